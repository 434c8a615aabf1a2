import { describe, expect, it } from 'vitest';
import { EVENT_KINDS, KIND } from '../../trace/events';
import { TraceStore } from '../../trace/store';
import { expandQuery, firstEffect, Found, GROUPS, kindMask, Matches } from './filter';
import { TallList } from './tall-list';

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

	it('starts over when the trace was cut and grew again', () => {
		let cycle = 0;
		const store = new TraceStore({ now: () => ++cycle, icount: () => cycle, ring: () => 0 });
		const matches = new Matches(store.view, kindMask(new Set(['events'])));
		for (let index = 0; index < 5; index++) store.record(KIND.event_send, index, 0, 0);
		expect(matches.extend().count).toBe(5);
		const other = new TraceStore({ now: () => 1, icount: () => 1, ring: () => 0 });
		other.record(KIND.halt, 0);
		for (let index = 0; index < 6; index++) other.record(KIND.event_send, index, 0, 0);
		Object.assign(matches, { trace: other.view });
		expect(matches.extend().count).toBe(6);
		expect(matches.at(0)).toBe(1);
	});

	it('finds the first effect of an event', () => {
		const store = new TraceStore();
		store.record(KIND.event_send, 1, 0, 2);
		store.cause = 0;
		store.record(KIND.halt, 0);
		expect(firstEffect(store.view, 0)).toBe(1);
		expect(firstEffect(store.view, 1)).toBe(-1);
	});

	it('reads a bare hypercall name as the query for it', () => {
		expect(expandQuery('mmu_update')).toBe('hypercall name=mmu_update');
		expect(expandQuery('toString')).toBe('toString');
		expect(expandQuery('trap first')).toBe('trap first');
	});

	it('finds places in a list of matches', () => {
		const found = new Found([3, 7, 9]);
		expect([0, 3, 4, 9, 10].map((seq) => found.before(seq))).toEqual([0, 0, 1, 2, 3]);
	});
});

describe('a list of any length', () => {
	it('is laid out as it is while it fits', () => {
		const list = new TallList(1000, 24, 240);
		expect(list.space).toBe(24_000);
		expect(list.first(2400)).toBe(100);
		expect(list.y(100, 2400)).toBe(2400);
		expect(list.scrollFor(100)).toBe(2400);
	});
	it('reaches its last row when it is taller than a browser can scroll', () => {
		const list = new TallList(2_000_000, 24, 240);
		const end = list.space - 240;
		expect(list.space).toBeLessThan(10_000_000);
		expect(list.first(end)).toBe(1_999_990);
		expect(list.y(1_999_999, end)).toBeCloseTo(end + 216, 3);
		expect(list.first(list.scrollFor(1_234_567) + 0.001)).toBe(1_234_567);
	});
});
