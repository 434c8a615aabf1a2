import { describe, expect, it } from 'vitest';
import { chain, effects } from './causes';
import { HOW_WORDS, rootText } from './text/causes';
import { sentence } from './text/sentence';
import { KIND } from './events';
import { fixture, type Fixture } from './fixture';

const EVENT_CHANNEL_OP = 32;
const [BLOCKED, RUNNABLE, RUNNING] = [2, 1, 0];

/** dom1 sends to port 5 of dom2, which waits; dom2 is woken, gets its turn, handles the event and returns to where it was. */
function notification(): Fixture & { seqs: Record<string, number> } {
	const made = fixture();
	const { store, tick } = made;
	const seqs: Record<string, number> = {};
	tick(100);
	store.cause = seqs.trap = store.record(KIND.trap, 0x82, 0, 1, 0, 0x1000, 0, 0, 0);
	seqs.call = store.begin(KIND.hypercall, EVENT_CHANNEL_OP, 4, 0, 0, 0, 0, 0);
	seqs.send = store.record(KIND.event_send, 3, 2, 5);
	seqs.pending = store.record(KIND.event_pending, 2, 5, 0, 0);
	seqs.woken = store.record(KIND.runstate, 2, 0, BLOCKED, RUNNABLE);
	store.end(seqs.call, 0);
	store.cause = seqs.call;
	seqs.back = store.record(KIND.far_return, 0, 1, 0x1002, 0, 0x200);
	store.cause = -1;
	tick(500);
	store.cause = seqs.blocks = store.record(KIND.trap, 0x82, 0, 1, 0, 0x1100, 0, 0, 0);
	seqs.turn = store.record(KIND.sched_switch, 1, 0, 2, 0);
	store.dom = 2;
	store.cause = seqs.turn;
	seqs.runs = store.record(KIND.runstate, 2, 0, RUNNABLE, RUNNING);
	store.cause = seqs.pending;
	store.cause = seqs.upcall = store.record(KIND.upcall, 0xe019, 0xc000, 0x7f00, 0x4444, 1);
	seqs.handler = store.record(KIND.far_return, 0, 1, 0xc000, 0x7f00, 0x200);
	store.cause = -1;
	tick(50);
	seqs.other = store.record(KIND.far_return, 1, 3, 0x9999, 0, 0x200);
	store.cause = seqs.trap2 = store.record(KIND.trap, 0x82, 0, 1, 0, 0xc010, 0, 0, 0);
	seqs.call2 = store.begin(KIND.hypercall, 23, -1, 0, 0, 0, 0, 0);
	seqs.iret = store.record(KIND.iret, 0x4444, 1, 0x7f10, 0x200, 0);
	store.end(seqs.call2, 0);
	return { ...made, seqs };
}

const names = (links: readonly { seq: number }[], seqs: Record<string, number>): string[] =>
	links.map(({ seq }) => Object.keys(seqs).find((name) => seqs[name] === seq) ?? String(seq));

describe('the chain of an event', () => {
	it('goes from the return of a handler back to the instruction that sent the event', () => {
		const { store, seqs } = notification();
		const links = chain(store.view, seqs.iret);
		expect(names(links, seqs)).toEqual(['iret', 'upcall', 'turn', 'pending', 'send', 'call', 'trap']);
		expect(links.map(({ how }) => how)).toEqual(['self', 'returns', 'scheduled', 'led', 'led', 'inside', 'led']);
		expect(rootText(store.view, links.at(-1)!.seq)).toContain('kernel of dom1');
	});

	it('has a sentence and a joining word for each link', () => {
		const { store, seqs } = notification();
		for (const { seq, how } of chain(store.view, seqs.upcall)) {
			expect(sentence(store.view, seq)).toMatch(/^[A-Zi].{10}/);
			expect(HOW_WORDS[how].cause).not.toBe('');
		}
	});

	it('stands alone where nothing led to an event', () => {
		const { store, seqs } = notification();
		expect(names(chain(store.view, seqs.trap), seqs)).toEqual(['trap']);
	});

	it('goes from a virtual timer to the call that had set it', () => {
		const { store, tick } = fixture();
		const call = store.begin(KIND.hypercall, 15, -1, 0, 0, 0, 0, 0);
		const set = store.record(KIND.timer_set, 1000, 0);
		store.end(call, 0);
		tick(1000);
		const timer = store.record(KIND.timer, 0xf0);
		store.cause = timer;
		const interrupt = store.record(KIND.interrupt, 0xf0, 1, 0, 0);
		store.cause = interrupt;
		const fire = store.record(KIND.timer_fire, 0, 0);
		store.cause = fire;
		const virq = store.record(KIND.virq, 0, 4);
		expect(chain(store.view, virq).map(({ seq }) => seq)).toEqual([virq, fire, interrupt, timer, set, call]);
		expect(effects(store.view, set).map(({ seq }) => seq)).toEqual([fire, virq]);
	});

	it('goes from what was overruled to the question, and from a crash of the hypervisor to the change', () => {
		const { store } = fixture();
		const change = store.record(KIND.change, 4, 1, 2, 1);
		const check = store.record(KIND.check, 2, 0, 7, 8);
		const overruled = store.record(KIND.overruled, 0, 2, 7, 8);
		const crash = store.record(KIND.xen_crash, overruled, 0);
		expect(chain(store.view, crash).map(({ seq, how }) => [seq, how])).toEqual([
			[crash, 'self'],
			[overruled, 'changed'],
			[check, 'led']
		]);
		expect(rootText(store.view, change)).toContain('Somebody');
	});
});

it('a root says whose instruction it was', () => {
	const { store, tick } = fixture();
	const boot = store.record(KIND.tlb_flush, 0, 0, 0);
	tick(100);
	const own = store.record(KIND.far_return, 1, 3, 0x2000, 0, 0);
	const stub = store.record(KIND.far_return, 0, 1, 0x1000, 0, 0);
	expect(rootText(store.view, own)).toContain('of the kernel of dom1');
	expect(rootText(store.view, stub)).toContain('of the hypervisor');
	expect(rootText(store.view, boot)).toContain('before the run began');
});

describe('the effects of an event', () => {
	it('go from the send to the return of the handler, in order', () => {
		const { store, seqs } = notification();
		const links = effects(store.view, seqs.send);
		expect(names(links, seqs)).toEqual(['pending', 'woken', 'turn', 'runs', 'upcall', 'handler', 'iret']);
		expect(links.find(({ seq }) => seq === seqs.iret)).toMatchObject({ how: 'returns', of: seqs.upcall });
	});

	it('of a call are what happened inside, and what came of that', () => {
		const { store, seqs } = notification();
		expect(names(effects(store.view, seqs.call, 3), seqs)).toEqual(['send', 'pending', 'woken']);
		expect(names(effects(store.view, seqs.call), seqs)).toContain('back');
	});

	it('do not hold what merely came later', () => {
		const { store, seqs } = notification();
		const told = names(effects(store.view, seqs.trap), seqs);
		expect(told).not.toContain('other');
		expect(told).not.toContain('blocks');
		expect(told).not.toContain('trap2');
	});
});
