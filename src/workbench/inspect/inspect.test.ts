/** Each inspector against a real run; the facts are checked by hand against the machine's memory and the recorded trace. */
import { beforeAll, describe, expect, it } from 'vitest';
import { START_INFO_MAGIC } from '../../abi/structs/start';
import { DOMID_XEN } from '../../abi/structs/xen';
import { TYPE } from '../../hypervisor/mm/frame-table';
import { KIND } from '../../trace/events';
import { query } from '../../trace/query';
import { GRUB, hasGrub, runGuest } from '../testing';
import { inspect } from './moment';
import type { Run } from '../run';
import { finish } from '../task';
import { truths } from './truths';
import { whoWrote } from '../who/who';
import { translate, walk } from './page-walk';
import { inspectWith } from '.';

/** Somewhere in the middle of pocket's boot: its page tables, trap table and ports are set up. */
const MIDDLE = 60_000;

let run: Run;
beforeAll(() => {
	run = runGuest('pocket', { cmdline: 'run=fork' });
	run.advance({}, MIDDLE);
});

describe('inspectors', () => {
	it('are plain data, and change nothing', () => {
		const before = JSON.stringify(inspect(run));
		const seen: unknown[] = [
			inspectWith(run, 'channels'),
			inspectWith(run, 'descriptors'),
			inspectWith(run, 'engine'),
			inspectWith(run, 'grants'),
			inspectWith(run, 'mappers', 300),
			inspectWith(run, 'memory', 'linear', 0xc000_0000, 64),
			inspectWith(run, 'places'),
			inspectWith(run, 'scheduler'),
			inspectWith(run, 'tlb'),
			inspectWith(run, 'xenstore')
		];
		for (const each of seen) expect(structuredClone(each)).toEqual(each);
		expect(JSON.stringify(inspect(run))).toBe(before);
	});

	it('say so when there is none of a name', () => {
		expect(() => inspectWith(run, 'nothing' as 'tlb')).toThrow(/there is no inspector 'nothing'; there are channels, /);
	});
});

describe('the two truths', () => {
	/** Guest’s and machine’s ring after each event from the kernel’s first instruction on, in order, each once. */
	function rings(): string[] {
		const own = runGuest('pocket', { cmdline: 'run=fork' });
		own.advance({});
		const { trace } = own;
		const from = query(trace, 'far_return to_ring=1 dom=1 #1');
		const to = query(trace, 'trap dom=1 from_ring=3 #2');
		const met = new Set<string>();
		for (let seq = from; seq <= to; seq++) {
			own.seek({ seq });
			const [ring] = truths(own).rows;
			if (ring) met.add(`${ring.guest} | ${ring.machine} | ${ring.same}`);
		}
		return [...met].sort();
	}

	it('say that a paravirtual guest knows its ring: kernel, program, and either of them while the hypervisor works', () => {
		expect(rings()).toEqual([
			'ring 1 | ring 0: the hypervisor | false',
			'ring 1 | ring 1 | true',
			'ring 3 | ring 0: the hypervisor | false',
			'ring 3 | ring 3 | true'
		]);
	});
});

describe('the TLB', () => {
	it('has the entries that the processor has, in their set and way, all agreeing with the tables', () => {
		const { arrays } = inspectWith(run, 'tlb');
		expect(arrays.map(({ name, sets, ways }) => [name, sets, ways])).toEqual([
			['data 4K', 32, 4],
			['code 4K', 32, 4],
			['data large', 2, 4],
			['code large', 1, 2]
		]);
		const slots = arrays.flatMap((array) => array.slots);
		expect(slots.length).toBe(inspect(run).tlb.entries.length);
		expect(slots.length).toBeGreaterThan(10);
		for (const slot of slots.filter((each) => each.size === 4096)) {
			expect(slot.set).toBe((slot.linear / 4096) % 32);
			expect(slot.physical).toBe(translate(run, slot.linear));
			expect(slot.agreement).toBe('agrees');
		}
	});

	it('tells an entry that no longer agrees with the page tables, and how', () => {
		const { memory } = run.system.machine;
		const slot = inspectWith(run, 'tlb').arrays[0].slots.find(
			(each) => each.writable && !each.global && !each.user && walk(run, each.linear).steps[1].user
		)!;
		const step = walk(run, slot.linear).steps[2];
		const at = step.tableMfn * 4096 + step.index * 8;
		const state = () =>
			inspectWith(run, 'tlb').arrays[0].slots.find((each) => each.linear === slot.linear && each.way === slot.way)!
				.agreement;
		const as = (low: number) => {
			memory.write32(at, low);
			const seen = state();
			memory.write32(at, step.entryLow);
			return seen;
		};
		expect(state()).toBe('agrees');
		expect(as(0)).toBe('gone');
		expect(as((step.entryLow + 0x1000) >>> 0)).toBe('moved');
		expect(as((step.entryLow & ~2) >>> 0)).toBe('wider');
		expect(as((step.entryLow | 4) >>> 0)).toBe('narrower');
		expect(state()).toBe('agrees');
	});
});

describe('descriptor tables', () => {
	it('are those that the registers point at', () => {
		const seen = inspectWith(run, 'descriptors');
		expect(seen.owner).toEqual({ dom: 1, vcpu: 0 });
		// Xen's seven and the TSS: pocket brings no descriptors of its own.
		expect(seen.gdt.entries.map(({ index }) => (index * 8).toString(16))).toEqual([
			'e008',
			'e010',
			'e018',
			'e020',
			'e028',
			'e030',
			'e040'
		]);
		expect(seen.ldt).toBeNull();
		expect(seen.idt.entries).toHaveLength(256);
		expect(seen.tss.esp0).toBe(inspect(run).tss.esp0);
		expect(seen.uses.find(({ register }) => register === 'cs')?.selector).toBe(inspect(run).segs.cs.selector);
		expect(seen.traps?.map(({ vector }) => vector)).toEqual(
			inspect(run).domains[1].vcpus[0].traps.map((t) => t.vector)
		);
	});

	it('of the idle loop are only the hypervisor\u2019s own page', () => {
		const early = runGuest('pocket');
		const seen = inspectWith(early, 'descriptors');
		expect(seen.owner).toBeNull();
		expect(seen.traps).toBeNull();
		expect(seen.gdt.entries.every(({ index }) => index >= seen.firstReserved)).toBe(true);
	});
});

describe('event channels', () => {
	it('know both ends', () => {
		const [dom0, dom1] = inspectWith(run, 'channels').domains;
		expect(dom0.native).toBe(true);
		expect(dom1.vcpus).toHaveLength(1);
		// The builder made ports 1 (xenstore) and 2 (console); pocket bound its timer.
		expect(dom1.ports.map(({ port, state, remoteDom }) => [port, state, state === 'virq' ? -1 : remoteDom])).toEqual([
			[1, 'interdomain', 0],
			[2, 'interdomain', 0],
			[3, 'virq', -1]
		]);
		for (const port of dom1.ports.filter(({ state }) => state === 'interdomain')) {
			const far = dom0.ports.find((other) => other.port === port.remotePort)!;
			expect([far.remoteDom, far.remotePort]).toEqual([1, port.port]);
		}
		expect(dom1.words[0].pending & 1).toBe(0);
	});

	it('show a pending bit between its event and the upcall', () => {
		const other = runGuest('pocket', { cmdline: 'run=fork' });
		other.advance({}, MIDDLE);
		const seq = other.trace.length - 1;
		const last = Array.from({ length: seq + 1 }, (_, at) => seq - at).find(
			(at) => other.trace.kind(at) === KIND.event_pending && other.trace.arg(at, 'target_dom') === 1
		);
		if (last === undefined) throw new Error('no event went to dom1');
		other.seek({ seq: last });
		const port = other.trace.arg(last, 'port');
		const seen = inspectWith(other, 'channels').domains[1];
		expect(seen.ports.find((each) => each.port === port)?.pending).toBe(true);
		expect((seen.words[0].pending >>> port) & 1).toBe(1);
		expect(seen.vcpus[0].upcallPending).toBe(true);
	});
});

describe('event queues', () => {
	/** queues.elf at the moment when its five events have been sent: nobody may be called yet. */
	const queues = runGuest('queues');
	const sends = (): number[] =>
		Array.from({ length: queues.trace.length }, (_, seq) => seq).filter(
			(seq) => queues.trace.kind(seq) === KIND.event_pending && queues.trace.arg(seq, 'target_dom') === 1
		);
	queues.advance({}, 40_000_000);
	const urgent = sends().find((seq) => queues.trace.arg(seq, 'port') === 6)!;

	it('are seen as the guest finds them: by priority, from head to tail', () => {
		queues.seek({ seq: urgent });
		queues.advance({ kinds: [KIND.hypercall] });
		const [, dom1] = inspectWith(queues, 'channels').domains;
		expect([dom1.fifo, dom1.words]).toEqual([true, []]);
		expect(dom1.vcpus[0].queues).toEqual([
			{ priority: 0, ports: [6], more: false },
			{ priority: 7, ports: [5, 4], more: false },
			{ priority: 15, ports: [3], more: false }
		]);
		const port = (number: number) => dom1.ports.find((each) => each.port === number)!;
		expect(port(5)).toMatchObject({ pending: true, masked: false, queue: { priority: 7, linked: true, link: 4 } });
		expect(port(7)).toMatchObject({ pending: true, masked: true, queue: { priority: 7, linked: false, link: 0 } });
		expect(port(2)).toMatchObject({ state: 'interdomain', masked: true });
	});

	it('know who holds their pages, and who wrote their bits', () => {
		const domain = queues.system.hypervisor.domains.get(1)!;
		const others = (mfn: number): string[] => inspectWith(queues, 'mappers', mfn).others;
		expect(others(domain.events.fifo!.array[0])).toContain('it holds event words of dom1');
		expect(others(domain.events.fifo!.vcpus[0].control!.mfn)).toContain(
			'it holds the event control block of dom1 vcpu 0'
		);
		const found = finish(whoWrote(queues, { kind: 'port', dom: 1, port: 6, bit: 'pending' }));
		expect([found.old, found.new, found.writer.by]).toEqual(['not pending', 'pending', 'hypervisor']);
		expect(() => finish(whoWrote(queues, { kind: 'port', dom: 1, port: 1024, bit: 'pending' }))).toThrow(
			'port 1024 of domain 1 has no event word yet'
		);
	});

	it('that go around in a circle end where they began', () => {
		const domain = queues.system.hypervisor.domains.get(1)!;
		const { memory } = queues.system.machine;
		const word = domain.events.fifo!.array[0] * 4096 + 4 * 4;
		const before = memory.read32(word);
		memory.write32(word, (before & ~0x1ffff) | 5);
		expect(inspectWith(queues, 'channels').domains[1].vcpus[0].queues![1]).toEqual({
			priority: 7,
			ports: [5, 4],
			more: true
		});
		memory.write32(word, before);
	});
});

describe('grant tables', () => {
	it('hold the two entries that the builder wrote', () => {
		const [dom1] = inspectWith(run, 'grants').domains;
		const { built } = run.system.toolstack.domain(1)!;
		expect(dom1.entries.map(({ ref, domid, frame, owner, mapped }) => [ref, domid, frame, owner, mapped])).toEqual([
			[0, 0, built.consoleMfn, 1, 1],
			[1, 0, built.xenstoreMfn, 1, 1]
		]);
		expect(dom1.capacity).toBe(512);
	});
});

describe('grants in use', () => {
	it('are told as the hypervisor counts them, beside what the guest has written since', () => {
		// A rogue that maps a grant of its own page table, and then makes the entry name another page.
		const rogue = runGuest('rogues', { memoryMiB: 4, cmdline: 'attack=grant-page-table' });
		rogue.advance({}, 10 * MIDDLE);
		const [dom1] = inspectWith(rogue, 'grants').domains;
		const used = dom1.entries.find(({ ref }) => ref === 8)!;
		expect(used.use).toMatchObject({ domid: 1, writable: 0, readOnly: 1, devices: 0 });
		expect(used.use!.frame).not.toBe(used.frame);
		expect(dom1.mappings).toEqual([{ handle: 0, dom: 1, ref: 8, frame: used.use!.frame, flags: 6 }]);
		const { hypervisor } = rogue.system;
		expect(hypervisor.frames.type[used.use!.frame]).toBe(TYPE.l1);
	});
});

describe('xenstore', () => {
	it('is the tree, parents before children', () => {
		const { nodes, connections } = inspectWith(run, 'xenstore');
		const { xenstore } = run.system.toolstack;
		for (const node of nodes) expect(xenstore.read(node.path)).toBe(node.value);
		expect(nodes.find((node) => node.path === '/local/domain/1/name')?.value).toBe('guest');
		expect(nodes[0].path).toBe('/');
		nodes.slice(1).forEach((node, place) => {
			const parent = node.path.slice(0, node.path.lastIndexOf('/')) || '/';
			expect(nodes.slice(0, place + 1).some((each) => each.path === parent)).toBe(true);
		});
		expect(connections.map(({ dom, dead }) => [dom, dead])).toEqual([[1, false]]);
	});
});

describe('the scheduler', () => {
	it('accounts for all of the time', () => {
		const two = runGuest('pocket', { cmdline: 'run=fork' }, { domains: [{ name: 'other', image: 'pocket' }] });
		two.advance({}, MIDDLE);
		const seen = inspectWith(two, 'scheduler');
		expect(seen.vcpus.map(({ dom, name }) => [dom, name])).toEqual([
			[1, 'guest'],
			[2, 'other']
		]);
		// Counted from the domain's creation on.
		for (const vcpu of seen.vcpus) {
			const made = Array.from({ length: two.trace.length }, (_, seq) => seq).find(
				(seq) => two.trace.kind(seq) === KIND.domain_create && two.trace.arg(seq, 'of_dom') === vcpu.dom
			)!;
			expect(vcpu.times.reduce((sum, cycles) => sum + cycles, 0)).toBe(seen.now - two.trace.cycle(made));
		}
		expect(seen.running).toEqual([1, 0]);
		expect(seen.queue).toEqual([[2, 0]]);
		expect(seen.sliceEnd).toBeGreaterThan(seen.now);
		expect(seen.timers.map(({ at }) => at)).toEqual([...seen.timers.map(({ at }) => at)].sort((a, b) => a - b));
		// What the local APIC is set to is the first of them.
		expect(seen.apic).toBe(seen.timers[0].at);
	});
});

describe('who maps a frame', () => {
	it('finds the entry by which the walk came, and its linear address', () => {
		const { code, dom } = inspect(run);
		const found = walk(run, code.address);
		const mfn = Math.floor(found.physical / 4096);
		const seen = inspectWith(run, 'mappers', mfn);
		const last = found.steps.at(-1)!;
		const entry = seen.entries.find((each) => each.tableMfn === last.tableMfn && each.index === last.index)!;
		expect(entry).toMatchObject({ level: 1, entryLow: last.entryLow, writable: last.writable, owner: dom });
		const { guestTable } = inspect(run).domains[1].vcpus[0];
		expect(entry.seen).toContainEqual({ linear: (code.address & ~0xfff) >>> 0, root: guestTable });
	});

	it('counts as the frame table does: entries and other holders together are the references', () => {
		const { guestTable } = inspect(run).domains[1].vcpus[0];
		const seen = inspectWith(run, 'mappers', guestTable!);
		// It is mapped read-only, allocated, pinned and in CR3.
		expect(seen.entries.every((entry) => !entry.writable)).toBe(true);
		expect(seen.others).toHaveLength(3);
		expect(seen.refCount).toBe(seen.entries.length + seen.others.length);
	});

	it('agrees with a walk for every address that it names, and knows Xen\u2019s own tables', () => {
		const page = walk(run, 0xff00_1000);
		const seen = inspectWith(run, 'mappers', Math.floor(page.physical / 4096));
		expect(seen.owner).toBe(DOMID_XEN);
		expect(seen.entries[0].seen.some(({ linear }) => linear === 0xff00_1000)).toBe(true);
		const { guestTable } = inspect(run).domains[1].vcpus[0];
		for (let mfn = 0; mfn < 400; mfn++)
			for (const entry of inspectWith(run, 'mappers', mfn).entries)
				for (const { linear, root } of entry.seen)
					if (root === guestTable && entry.level === 1) expect(Math.floor(translate(run, linear) / 4096)).toBe(mfn);
	});

	it('says when there is no such frame', () => {
		expect(inspectWith(run, 'mappers', 10_000_000).exists).toBe(false);
		expect(() => inspectWith(run, 'mappers', -1)).toThrow('-1 is no frame number');
	});
});

describe('memory', () => {
	it('is the same by linear and physical addresses', () => {
		const linear = inspect(run).code.address;
		const seen = inspectWith(run, 'memory', 'linear', linear, 64);
		expect(seen.bytes).toHaveLength(64);
		expect(inspectWith(run, 'memory', 'physical', seen.physical, 64).bytes).toEqual(seen.bytes);
	});

	it('ends where mapping or memory ends', () => {
		expect(inspectWith(run, 'memory', 'linear', 0x10, 64)).toMatchObject({ physical: -1, bytes: new Uint8Array() });
		const { size } = run.system.machine.memory;
		expect(inspectWith(run, 'memory', 'physical', size - 16, 64).bytes).toHaveLength(16);
		expect(() => inspectWith(run, 'memory', 'physical', 0, 2 ** 20)).toThrow(/cannot be read at once/);
	});

	it('ends where a device lies over it, and the device is not touched', () => {
		const { bus } = run.system.machine;
		const linear = inspect(run).code.address;
		const { physical } = inspectWith(run, 'memory', 'linear', linear, 1);
		const device = {
			read: () => expect.unreachable('an inspection read the device'),
			write: () => expect.unreachable('an inspection wrote to the device')
		};
		bus.mountMemory(physical, 1, device);
		expect(inspect(run).code.bytes).toHaveLength(0);
		expect(inspectWith(run, 'memory', 'linear', linear, 64).bytes).toHaveLength(0);
		const page = physical - (physical % 4096);
		expect(inspectWith(run, 'memory', 'physical', page - 16, 64).bytes).toHaveLength(16);
		expect(() => run.fork({ kind: 'memory', space: 'physical', address: physical, bytes: [1] })).toThrow(
			/a device lies over the memory at physical address/
		);
		bus.unmountMemory(device);
		expect(inspectWith(run, 'memory', 'linear', linear, 64).bytes).toHaveLength(64);
	});

	it('knows where structures lie', () => {
		const places = inspectWith(run, 'places');
		const at = (id: string) => places.find((place) => place.id === id)!.physical;
		const magic = inspectWith(run, 'memory', 'physical', at('dom1/start_info'), START_INFO_MAGIC.length).bytes;
		expect(new TextDecoder().decode(magic)).toBe(START_INFO_MAGIC);
		const { built } = run.system.toolstack.domain(1)!;
		expect(at('dom1/console ring')).toBe(built.consoleMfn * 4096);
		expect(places.map(({ id }) => id)).toContain('dom1/grant table 0');
	});

	it('works an expression out', () => {
		const { regs } = inspect(run);
		const word = inspectWith(run, 'memory', 'linear', regs.esp + 4, 4).bytes;
		expect(inspectWith(run, 'evaluate', '[esp + 4]')).toBe(new DataView(word.buffer).getUint32(0, true));
		expect(inspectWith(run, 'evaluate', 'esp + 8')).toBe((regs.esp + 8) >>> 0);
		expect(inspectWith(run, 'evaluate', 'cs')).toBe(inspect(run).segs.cs.selector);
		expect(inspectWith(run, 'evaluate', '[0x10]')).toBeNull();
		expect(() => inspectWith(run, 'evaluate', 'esp +')).toThrow(/at character/);
	});
});

describe.skipIf(!hasGrub)('GRUB', () => {
	it('is looked at like any other guest', () => {
		const grub = runGuest(GRUB);
		grub.advance({}, 400_000);
		const names = ['tlb', 'descriptors', 'channels', 'grants', 'xenstore', 'scheduler', 'places'] as const;
		for (const name of names) expect(() => structuredClone(inspectWith(grub, name))).not.toThrow();
		expect(inspectWith(grub, 'descriptors').traps).not.toBeNull();
		expect(inspectWith(grub, 'channels').domains[1].vcpus[0].callback).toBeNull();
	});
});
