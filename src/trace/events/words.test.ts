import { describe, expect, it } from 'vitest';
import { EVENT_KINDS, EVENTS, KIND } from './catalogue';
import { NullRecorder, type Recorder } from './recorder';
import { ARG_WORDS, word, WORD_NAMES } from './words';

const recorder: Recorder = new NullRecorder();

describe('a word of an event', () => {
	it('has the place that its row gives it, 64 bits two of them', () => {
		expect(WORD_NAMES[KIND.ptwr]).toEqual(['pte_low', 'pte_high', 'addr', 'eip']);
		expect(ARG_WORDS[KIND.mmu_entry]).toBe(7);
	});

	it('is its value, whatever its name', () => {
		expect(word('eip', 0xc000_0000)).toBe(0xc000_0000);
		expect(word('passed', 1)).toBe(1);
	});

	it('has a name of its own in its row, and only the last of a span is its result', () => {
		for (const kind of EVENT_KINDS) {
			const names = WORD_NAMES[KIND[kind]];
			expect(new Set(names).size, kind).toBe(names.length);
			const last = EVENTS[kind].span ? names.length - 1 : -1;
			expect(names.indexOf('result'), kind).toBe(last);
		}
	});

	// What must not compile: the type check fails for a line below that does.
	it('is refused by the compiler where it does not belong', () => {
		const [from, to, eip] = [word('from_ring', 1), word('to_ring', 3), word('eip', 0x1000)];
		recorder.record(KIND.ring_change, from, to, eip);
		recorder.record(KIND.math_state);
		// @ts-expect-error In another's place.
		recorder.record(KIND.ring_change, to, from, eip);
		// @ts-expect-error Missing.
		recorder.record(KIND.ring_change, from, to);
		// @ts-expect-error One too many.
		recorder.record(KIND.ring_change, from, to, eip, eip);
		// @ts-expect-error A number that nobody has named.
		recorder.record(KIND.ring_change, from, to, 0x1000);
		// @ts-expect-error A word that no event has.
		recorder.record(KIND.halt, word('eip_low', 0x1000));
		// @ts-expect-error Half of 64 bits.
		recorder.record(KIND.timer_set, word('deadline_low', 1));
		// @ts-expect-error Neither yes nor no.
		recorder.record(KIND.timer_fire, word('of_vcpu', 0), word('periodic', 2));
		// @ts-expect-error An event that lasts is begun.
		recorder.record(KIND.subcall);
		// @ts-expect-error One that does not last is recorded.
		recorder.begin(KIND.halt, eip);
		// @ts-expect-error A kind that is not told.
		recorder.record(7, eip);
		expect(recorder.next).toBe(12);
	});
});
