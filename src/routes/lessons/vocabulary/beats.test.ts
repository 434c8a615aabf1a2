import { describe, expect, it } from 'vitest';
import { KIND } from '../../../trace/events';
import { TraceStore } from '../../../trace/store';
import type { TraceView } from '../../../trace/view';
import { beatsOf, LONGEST_MS, timeOf } from './beats';

/** So many calls that do nothing: a trap, the call, the way back. */
function calls(count: number): TraceView {
	const store = new TraceStore();
	for (let call = 0; call < count; call++) {
		store.record(KIND.trap, 0x82, 0, 1, 0, 0, 0, 0, 0);
		store.end(store.begin(KIND.hypercall, 17, 0, 0, 0, 0, 0, 0), 0);
		store.record(KIND.far_return, 0, 1, 0, 0, 0);
	}
	return store.view;
}

describe('playing', () => {
	it('takes as long as what it shows', () => {
		const trace = calls(20);
		const [short, long] = [beatsOf(trace, 0, 6), beatsOf(trace, 0, 30)];
		expect(short.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
		expect(timeOf(long)).toBeGreaterThan(4 * timeOf(short));
		expect(timeOf(long)).toBeGreaterThan(6000);
	});

	it('stays longer where the processor changes its ring, and longest at what the prose names', () => {
		const trace = calls(4);
		const [call, back, trap] = beatsOf(trace, 0, 9);
		expect(back.ms).toBeGreaterThan(call.ms);
		expect(trap.ms).toBe(back.ms);
		expect(beatsOf(trace, 0, 9, [1])[0].ms).toBeGreaterThan(back.ms);
	});

	it('leaves no event out without saying so', () => {
		const trace = calls(2000);
		const beats = beatsOf(trace, 0, trace.length - 1, [3000]);
		let at = 0;
		for (const { seq, skipped } of beats) {
			expect(seq).toBe(at + skipped + 1);
			at = seq;
		}
		expect(at).toBe(trace.length - 1);
		expect(timeOf(beats)).toBeLessThan(2 * LONGEST_MS);
		expect(beats.filter(({ skipped }) => skipped > 0)).toHaveLength(2);
	});

	it('never skips what the prose names, nor what lies beside it', () => {
		const trace = calls(2000);
		const played = new Set(beatsOf(trace, 0, trace.length - 1, [1500, 3000, 3010]).map(({ seq }) => seq));
		for (const named of [1500, 3000, 3010])
			for (const seq of [named - 4, named, named + 4]) expect(played).toContain(seq);
	});

	it('of nothing is nothing', () => {
		expect(beatsOf(calls(1), 2, 2)).toEqual([]);
	});
});
