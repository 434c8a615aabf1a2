import { describe, expect, it } from 'vitest';
import type { ChannelPicture, PortState } from '../../moments';
import { VIRQ } from '../../abi/structs/xen';
import { KIND } from '../../trace/events';
import { TraceStore } from '../../trace/store';
import { runGuest } from '../../workbench/testing';
import { boundTo, CELL_LETTERS, CELL_WIDTH, describe as tell, hotPorts, lastPath, layout, rowOf, twin } from './layout';

const port = (number: number, more: Partial<PortState> = {}): PortState => ({
	port: number,
	state: 'interdomain',
	remoteDom: 0,
	remotePort: number,
	virq: 0,
	pending: false,
	masked: false,
	vcpu: 0,
	queue: null,
	...more
});

const picture = (ports: PortState[]): ChannelPicture => ({
	domains: [
		{
			id: 0,
			name: 'Domain-0',
			native: true,
			fifo: false,
			vcpus: [],
			words: [],
			ports: [port(1, { remoteDom: 1, remotePort: 2 })]
		},
		{
			id: 1,
			name: 'guest',
			native: false,
			fifo: false,
			vcpus: [
				{
					id: 0,
					upcallPending: true,
					upcallMask: false,
					pendingSel: 1,
					cr2: 0,
					blocked: false,
					polling: null,
					callback: null,
					queues: null
				}
			],
			words: [{ index: 0, pending: 4, mask: 0 }],
			ports
		}
	]
});

const usual = picture([port(2, { remotePort: 1, pending: true }), port(3, { state: 'virq', virq: 0 })]);

describe('event channels', () => {
	it('say what a port is bound to', () => {
		expect(usual.domains[1].ports.map(boundTo)).toEqual(['dom0:1', 'TIMER']);
		expect(boundTo(port(1, { state: 'unbound', remoteDom: 2 }))).toBe('for dom2');
		expect(tell(usual, '1/2')).toBe(
			'dom1 port 2: connected to port 1 of dom0. Pending, not masked; events go to vcpu 0.'
		);
		expect(tell(usual, '0/1')).toContain('served by the toolstack');
	});

	it('join the two ends of a connection, once', () => {
		const { links, domains } = layout({ picture: usual, chosen: '1/2' }, { width: 400 });
		expect(links.map(({ id, chosen }) => [id, chosen])).toEqual([['0/1-1/2', true]]);
		expect(domains[1].lines[0]).toMatchObject({ due: true });
	});

	it('stay inside, without overlap, however many ports there are', () => {
		const many = picture(Array.from({ length: 40 }, (_, index) => port(index + 1, { state: 'ipi' })));
		for (const width of [0, 220, 400, 900]) {
			const { domains, height } = layout({ picture: many }, { width });
			for (const domain of domains)
				for (const mark of domain.ports) expect(mark.x + 1 + CELL_WIDTH).toBeLessThanOrEqual(Math.max(200, width));
			expect(domains[1].y).toBeGreaterThanOrEqual(domains[0].y + domains[0].height);
			expect(domains[1].y + domains[1].height).toBeLessThanOrEqual(height);
		}
	});

	it('have cells in which the names of the usual ports stand whole', () => {
		// `CONSOLE` had its last letter over the edge. A letter of twelve pixels is 7.3 wide; five are left free before it.
		expect(5 + CELL_LETTERS * 7.3).toBeLessThanOrEqual(CELL_WIDTH);
		const usualNames = [
			...Object.values(VIRQ).map((virq) => port(1, { state: 'virq', virq })),
			port(1, { remotePort: 12 })
		];
		for (const one of usualNames.slice(0, 3)) expect(boundTo(one).length).toBeLessThanOrEqual(CELL_LETTERS);
		expect(boundTo(usualNames.at(-1)!)).toHaveLength(CELL_LETTERS);
	});

	it('mark a port whose bits changed', () => {
		const before = picture([port(2, { remotePort: 1 }), port(3, { state: 'virq', virq: 0 })]);
		const { domains } = layout({ picture: usual, before }, { width: 400 });
		expect(domains.flatMap((domain) => domain.ports.filter((mark) => mark.changed).map(({ id }) => id))).toEqual([
			'1/2'
		]);
	});

	it('follow every event of a real run back to a send or an interrupt, and on to the upcall', () => {
		const run = runGuest('pocket', { cmdline: 'run=spin' });
		run.advance({}, 2_000_000);
		const { trace } = run;
		const seqs = Array.from({ length: trace.length }, (_, seq) => seq);
		const pendings = seqs.filter((seq) => trace.kind(seq) === KIND.event_pending);
		expect(pendings.length).toBeGreaterThan(4);
		// Ports start pending when they are bound; what comes after was sent or raised.
		const begun = pendings.filter((seq) => lastPath(trace, seq + 1)[0].seq < seq);
		expect(begun.length).toBeGreaterThan(pendings.length / 2);
		const sends = begun.map((seq) => lastPath(trace, seq + 1)[0].text);
		expect(sends).toContain('dom1 sends on its port 2');
		expect(sends).toContain('virtual interrupt TIMER is raised');
		expect(lastPath(trace, trace.length).map(({ seq }) => trace.kindName(seq))).toContain('event_pending');
	});

	it('of a domain with queues say where each port stands, and what is taken next', () => {
		const queue = (priority: number, linked: boolean, link = 0) => ({ priority, linked, link });
		const fifo = picture([
			port(2, { pending: true, queue: queue(7, true, 5) }),
			port(3, { state: 'virq', masked: true, queue: queue(0, false) }),
			port(5, { state: 'ipi', pending: true, queue: queue(7, true) }),
			port(1030, { state: 'ipi', masked: true })
		]);
		fifo.domains[1].fifo = true;
		fifo.domains[1].words = [];
		fifo.domains[1].vcpus[0].queues = [
			{ priority: 7, ports: [2, 5], more: false },
			{ priority: 9, ports: [], more: false },
			{ priority: 15, ports: [1, 2, 3, 4, 5, 6, 7, 8, 9], more: true }
		];
		const { domains } = layout({ picture: fifo }, { width: 400 });
		expect(domains[1].ports.map((mark) => mark.queue)).toEqual(['q7 → 5', 'q0', 'q7 tail', 'no word']);
		expect(domains[1].lines.map(({ text }) => text)).toEqual([
			'vcpu 0: upcall pending, open, no callback',
			'vcpu 0, queue 7: 2 → 5',
			'vcpu 0, queue 9: nothing linked',
			'vcpu 0, queue 15: 1 → 2 → 3 → 4 → 5 → 6 → 7 → 8 → 1 more → …'
		]);
		expect(new Set(domains[1].lines.map(({ id }) => id)).size).toBe(4);
		expect(domains[0].ports[0].queue).toBe('');
		expect(tell(fifo, '1/2')).toBe(
			'dom1 port 2: connected to port 2 of dom0. Pending, not masked; events go to vcpu 0, through queue 7; it hangs in a queue, before port 5.'
		);
		expect(tell(fifo, '1/5')).toMatch(/through queue 7; it hangs in a queue, as the last\.$/);
		expect(tell(fifo, '1/3')).toMatch(/through queue 0, where it does not hang now\.$/);
		expect(tell(fifo, '1/1030')).toMatch(/no event word yet/);
		const told = twin(fifo, layout({ picture: fifo }, { width: 400 }), []).map(({ text }) => text);
		expect(told).toContain('dom1, guest: 4 open ports, events by FIFO queues.');
		expect(told).toContain('vcpu 0, queue 7: 2 → 5.');
	});

	it('of a domain with queues stay inside, and mark a queue that changed', () => {
		const many = picture(Array.from({ length: 40 }, (_, index) => port(index + 1, { state: 'ipi' })));
		many.domains[1].fifo = true;
		many.domains[1].vcpus[0].queues = [{ priority: 7, ports: [1], more: false }];
		const before = structuredClone(many);
		before.domains[1].vcpus[0].queues![0].ports = [2];
		for (const width of [0, 220, 900]) {
			const { domains, height } = layout({ picture: many, before }, { width });
			const [, guest] = domains;
			const rows = Math.max(...guest.ports.map((_, place) => rowOf(guest, place, Math.max(200, width)))) + 1;
			expect(20 + rows * guest.row + guest.lines.length * 17).toBe(guest.height);
			expect(guest.y + guest.height).toBeLessThanOrEqual(height);
			expect(guest.lines.map(({ changed }) => changed)).toEqual([false, true]);
		}
	});

	it('follow the last event from its send to the upcall', () => {
		const store = new TraceStore({ now: () => 0, icount: () => 0, ring: () => 0 });
		store.dom = 0;
		const send = store.record(KIND.event_send, 1, 1, 2);
		store.cause = send;
		const pending = store.record(KIND.event_pending, 1, 2, 0, 0);
		store.cause = pending;
		store.dom = 1;
		store.record(KIND.upcall, 0xe019, 0xc000_1000, 0xc001_0000, 0xc000_2000, 1);
		const stages = lastPath(store.view, store.view.length);
		expect(stages.map(({ text }) => text)).toEqual([
			'dom0 sends on its port 1',
			'dom1 port 2 becomes pending',
			'dom1 is entered at its callback c000_1000'
		]);
		expect(hotPorts(store.view, stages)).toEqual(['0/1', '1/2']);
		expect(lastPath(store.view, 1)).toEqual([]);
		const marks = layout({ picture: usual }, { width: 400 });
		expect(twin(usual, marks, stages).at(-1)!.text).toBe('The last event: dom1 is entered at its callback c000_1000.');
	});

	it('passes over the upcall of another vcpu', () => {
		const store = new TraceStore({ now: () => 0, icount: () => 0, ring: () => 0 });
		store.dom = 1;
		store.record(KIND.event_pending, 1, 4, 0, 2);
		const upcall = (vcpu: number): number => {
			store.vcpu = vcpu;
			return store.record(KIND.upcall, 0xe019, 0xc000_1000, 0xc001_0000, 0xc000_2000, 1);
		};
		upcall(0);
		expect(lastPath(store.view, store.view.length)).toHaveLength(1);
		const own = upcall(2);
		expect(lastPath(store.view, store.view.length).at(-1)).toEqual({
			seq: own,
			text: 'dom1 vcpu 2 is entered at its callback c000_1000'
		});
	});
});
