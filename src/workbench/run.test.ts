import { describe, expect, it } from 'vitest';
import { Bug } from '../base';
import { KIND } from '../trace/events';
import { jsonl } from '../trace/export/jsonl';
import { query } from '../trace/query';
import { sliceOf, type TraceSlice } from '../trace/mirror';
import { DOMID_XEN } from '../abi/structs/xen';
import { inspect } from './inspect/moment';
import type { ScenarioInput } from './scenario';
import { Run } from './run';
import { imageFile, runGuest, stopAt } from './testing';

/** Everything that a run has recorded and said, as comparable values. */
function history(run: Run): { lines: string; events: TraceSlice; console: string } {
	const { view } = run.store;
	return {
		lines: [...jsonl(view)].join(''),
		events: sliceOf(view, 0, view.length),
		console: run.consoles.text(1)
	};
}

const guest = (): Run => runGuest('pocket', { memoryMiB: 8 });

describe('a run', () => {
	it('goes to its end, and says what the guest said', () => {
		const run = guest();
		expect(run.advance().cause).toBe('ended');
		expect(run.consoles.text(1)).toContain('I am process 1');
		expect(run.system.guests[0].status.shutdown).toBe(0);
		expect(run.store.openSpans).toEqual([]);
	});

	it('keeps the hypervisor\u2019s own log, from its boot on', () => {
		const run = guest();
		run.advance({});
		const lines = run.consoles.text(DOMID_XEN).split('\r\n');
		expect(lines).toContain('(XEN) Scheduler: round-robin, 10 ms a slice');
		expect(lines).toContain('(XEN) Domain 1 (guest) shut down, code 0');
		expect(run.consoles.all().map(({ dom }) => dom)).toEqual([DOMID_XEN, 1]);
	});

	it('gives the same history twice', () => {
		const [a, b] = [guest(), guest()];
		a.advance();
		b.advance();
		expect(history(a)).toEqual(history(b));
		expect(inspect(a)).toEqual(inspect(b));
	});

	it('gives the same history stepped one by one, in odd stretches, and at once', () => {
		const [once, stepped, stretched] = [guest(), guest(), guest()];
		once.advance();
		while (stepped.advance({}, 1).cause === 'budget') {
			// one instruction after another
		}
		const stretches = [1, 7, 100, 3, 1911];
		for (let n = 0; stretched.advance({}, stretches[n % stretches.length]).cause === 'budget'; n++)
			expect(n).toBeLessThan(1e5);
		expect(history(stepped)).toEqual(history(once));
		expect(history(stretched)).toEqual(history(once));
		expect(inspect(stepped)).toEqual(inspect(once));
	});

	it('stops where it is told: at a count, a cycle, an event, a kind, a fault, a text, a breakpoint', () => {
		const run = guest();
		expect(run.advance({ icount: 30_000 })).toMatchObject({ cause: 'icount', icount: 30_000 });
		expect(run.advance({ cycle: run.now + 500 }).cause).toBe('cycle');
		const { seq } = run.report('budget');
		expect(run.advance({ seq: seq + 1 }).cause).toBe('seq');
		expect(run.store.next).toBeGreaterThan(seq);
		expect(run.advance({ kinds: [KIND.hypercall] }).cause).toBe('event');
		const { eip } = inspect(run).regs;
		expect(run.advance(stopAt(eip)).cause).toBe('point');
		expect(inspect(run).code.address).toBe(eip);
		expect(run.advance({ text: 'power off' }).cause).toBe('text');
		expect(run.advance().cause).toBe('ended');
		const again = guest();
		again.advance();
		expect(history(run)).toEqual(history(again));
	});

	it('goes back exactly, and forward again over what is known', () => {
		const run = guest();
		run.advance({ icount: 31_500 });
		const then = inspect(run);
		run.advance();
		const known = history(run);
		const length = run.trace.length;
		expect(run.seek({ icount: 31_500 })).toMatchObject({ cause: 'icount', icount: 31_500, seq: then.seq });
		expect(inspect(run)).toEqual(then);
		expect(run.trace.length).toBe(length);
		run.advance();
		expect(history(run)).toEqual(known);
	});

	it('goes to the moment right after an event', () => {
		const run = guest();
		run.advance();
		const trap = query(run.trace, 'trap vector=0x82 #3');
		run.seek({ seq: trap });
		expect(run.store.next).toBe(trap + 1);
		expect(inspect(run).cpl).toBe(0);
		expect(inspect(run).regs.eip).toBe(run.trace.arg(trap, 'new_eip'));
		run.seek({ icount: 0 });
		run.seek({ seq: trap });
		expect(run.store.next).toBe(trap + 1);
		expect(() => run.seek({ seq: 1e9 })).toThrow(/has not been recorded/);
	});

	it('takes a replay that differs for a bug of ours', () => {
		const run = guest();
		run.advance();
		run.store.view.ownChunk(100).cycle[100]++;
		expect(() => run.seek({ icount: 0 }) && run.advance()).toThrow(Bug);
	});

	it('logs what is typed, replays it, and forgets a future that it changes', () => {
		const run = guest();
		run.advance({ icount: 50_000 });
		run.type(1, 'abc');
		run.advance();
		expect(run.log).toEqual([{ icount: 50_000, dom: 1, text: 'abc' }]);
		const typed = query(run.trace, 'console_input');
		const length = run.trace.length;
		run.seek({ icount: 40_000 });
		run.advance();
		expect(run.trace.length).toBe(length);
		run.seek({ icount: 45_000 });
		run.type(1, 'x');
		expect(run.trace.length).toBeLessThan(typed);
		expect(run.log).toEqual([{ icount: 45_000, dom: 1, text: 'x' }]);
		run.advance();
		const other = guest();
		other.load(run.log);
		other.advance();
		expect(history(other)).toEqual(history(run));
	});

	it.each<[unknown, RegExp]>([
		[{}, /scenario\.domains/],
		[{ domains: [] }, /scenario\.domains/],
		[{ domains: [{ name: 'a', image: 'hello', memoryMiB: 1 }] }, /scenario\.domains\.0\.memoryMiB/],
		[{ domains: [{ name: 'a', image: 'hello', vcpus: 33 }] }, /scenario\.domains\.0\.vcpus/],
		[{ domains: [{ name: 'a', image: 'hello' }], machine: { profile: 'z80' } }, /no cost profile 'z80'/]
	])('refuses the scenario %j', (scenario, reason) => {
		expect(() => new Run(scenario as ScenarioInput, imageFile)).toThrow(reason);
	});

	it('runs two domains beside each other, each on its console', () => {
		const run = runGuest('hello', { memoryMiB: 8 }, { domains: [{ name: 'other', image: 'hello', memoryMiB: 8 }] });
		expect(run.advance().cause).toBe('ended');
		expect(run.consoles.text(2)).toBe(run.consoles.text(1));
		expect(query(run.trace, 'sched_switch prev_dom=1 next_dom=2')).toBeGreaterThan(0);
	});
});
