import { describe, expect, it } from 'vitest';
import { EVENT_KINDS, KIND } from '../../trace/events';
import { TraceStore } from '../../trace/store';
import { GROUPS, kindMask, Matches } from './filter';

describe('the event filter', () => {
	it('puts every kind of event in exactly one group', () => {
		const kinds = GROUPS.flatMap((group) => group.kinds);
		expect([...kinds].sort()).toEqual([...EVENT_KINDS].sort());
	});

	it('keeps up with a trace that grows', () => {
		const store = new TraceStore();
		const matches = new Matches(store.view, kindMask(new Set(['events'])));
		store.record(KIND.event_send, 1, 0, 2);
		store.record(KIND.halt, 0);
		expect(matches.extend().count).toBe(1);
		for (let index = 0; index < 3000; index++) store.record(KIND.event_send, index, 0, 0);
		expect(matches.extend().count).toBe(3001);
		expect(matches.at(1)).toBe(2);
		expect(matches.before(2)).toBe(1);
		expect(matches.before(1e9)).toBe(3001);
	});
});
