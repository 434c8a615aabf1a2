import { describe, expect, it } from 'vitest';
import { EVENT_KINDS, KIND } from '../../trace/events';
import { TraceStore } from '../../trace/store';
import { expandQuery, firstEffect, GROUPS, kindMask, Matches } from './filter';
import { TallList } from './tall-list';

describe('the event filter', () => {
	it('puts every kind of event in exactly one group', () => {
		expect(new Set(GROUPS.map(({ id }) => id)).size).toBe(GROUPS.length);
		const kinds = GROUPS.flatMap((group) => group.kinds);
		expect([...kinds].sort()).toEqual([...EVENT_KINDS].sort());
	});

	it('has groups with names of their own', () => {
		for (const key of ['id', 'name'] as const)
			expect(new Set(GROUPS.map((group) => group[key])).size).toBe(GROUPS.length);
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

	it('starts over where the trace was cut', () => {
		let cycle = 0;
		const store = new TraceStore({ now: () => ++cycle, icount: () => cycle, ring: () => 0 });
		const matches = new Matches(store.view, kindMask(new Set(['events'])));
		for (let index = 0; index < 5; index++) store.record(KIND.event_send, index, 0, 0);
		expect(matches.extend().count).toBe(5);
		store.rewind({ ...store.mark(), next: 2 });
		store.truncate();
		store.record(KIND.halt, 0);
		for (let index = 0; index < 6; index++) store.record(KIND.event_send, index, 0, 0);
		expect(matches.behind).toBe(true);
		expect(matches.extend().count).toBe(8);
		expect([matches.at(1), matches.at(2), matches.behind]).toEqual([1, 3, false]);
	});

	it('looks at a long trace in pieces', () => {
		const store = new TraceStore();
		for (let index = 0; index < 50_000; index++) store.record(index % 2 ? KIND.halt : KIND.event_send, index, 0, 0);
		const matches = new Matches(store.view, kindMask(new Set(['events'])));
		let pieces = 0;
		for (; matches.behind; matches.extend(7000)) pieces++;
		expect([pieces, matches.count, matches.at(24_999)]).toEqual([8, 25_000, 49_998]);
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
});

describe('a list of any length', () => {
	it('is laid out as it is while it fits', () => {
		const list = new TallList(1000, 24, 240);
		expect(list.space).toBe(24_000);
		expect(list.exact).toBe(true);
		expect(list.first(list.topOf(2400))).toBe(100);
		expect(list.y(100, 2400, 2400)).toBe(2400);
		expect(list.scrollOf(list.topFor(100))).toBe(2400);
	});
	it('reaches its last row when it is taller than a browser can scroll', () => {
		const list = new TallList(10_000_000, 24, 240);
		const end = list.space - 240;
		expect(list.space).toBeLessThan(10_000_000);
		expect(list.exact).toBe(false);
		const top = list.topOf(end);
		expect(list.first(top)).toBe(9_999_990);
		expect(list.y(9_999_999, top, end)).toBeCloseTo(end + 216, 3);
		expect(list.first(list.topFor(7_234_567))).toBe(7_234_567);
		expect(list.topOf(list.scrollOf(list.topFor(7_234_567)))).toBeCloseTo(list.topFor(7_234_567), 3);
	});
	it('moves by single rows wherever it stands, and not beyond its ends', () => {
		const list = new TallList(10_000_000, 24, 240);
		const top = list.topFor(5_000_000);
		expect(list.first(list.moved(top, 24))).toBe(5_000_001);
		expect(list.moved(top, -1e12)).toBe(0);
		expect(list.first(list.moved(top, 1e12))).toBe(9_999_990);
		expect(new TallList(3, 24, 240).moved(0, 100)).toBe(0);
	});
});
