import { describe, expect, it } from 'vitest';
import { Bug } from '../base';
import { KIND } from './events';
import { fixture, smallTrace } from './fixture';
import { TraceFeed, TraceMirror } from './mirror';
import { OPEN } from './store';

describe('the store', () => {
	it('keeps what was recorded, in columns', () => {
		const { view } = smallTrace().store;
		expect(view.length).toBe(10);
		expect(view.kindName(6)).toBe('page_fault');
		expect(view.args(6)).toEqual({ eip: 0x1234, addr: 0xdead0000, error: 6, from_ring: 3 });
		expect(view.arg(1, 'result')).toBe(-22);
		expect(view.ring(6)).toBe(3);
		expect(() => view.arg(6, 'result')).toThrow(/page_fault has no argument result; it has eip, addr/);
	});

	it('knows what lies inside a span, and what caused what', () => {
		const { view } = smallTrace().store;
		expect(view.end(1)).toBe(5);
		expect(view.parent(5)).toBe(4);
		expect(view.parent(4)).toBe(1);
		expect(view.parent(1)).toBe(-1);
		expect(view.cause(7)).toBe(6);
		expect(view.parent(7)).toBe(-1);
		expect(view.duration(1)).toBe(50);
	});

	it('finds the first event at a moment', () => {
		const { view } = smallTrace().store;
		expect(view.seqAtCycle(view.cycle(6))).toBe(6);
		expect(view.seqAtCycle(1e12)).toBe(view.length);
		expect(view.seqAtIcount(0)).toBe(0);
	});

	it('accepts a replay that repeats the run and refuses one that does not', () => {
		const first = fixture();
		const play = (fault: number): void => {
			first.at.cycle = first.at.icount = 0;
			first.store.dom = 1;
			first.tick(7);
			const call = first.store.begin(KIND.hypercall, 21, 0);
			first.tick(3);
			first.store.end(call, 0);
			first.store.record(KIND.page_fault, 1, fault, 3, 4);
		};
		play(2);
		first.store.rewind();
		play(2);
		expect(first.store.next).toBe(first.store.view.length);
		first.store.rewind();
		expect(() => play(9)).toThrow(Bug);
	});

	it('forgets the future when it is cut, and opens again what was open there', () => {
		const { store, tick } = fixture();
		const call = store.begin(KIND.hypercall, 21);
		store.record(KIND.halt, 1);
		store.end(call, 0);
		store.record(KIND.halt, 2);
		store.rewind();
		tick(0);
		const { at } = fixture();
		expect(at.cycle).toBe(0);
		store.dom = 1;
		store.attach({ now: () => 0, icount: () => 0, ring: () => 1 });
		store.begin(KIND.hypercall, 21);
		store.truncate();
		expect(store.view.length).toBe(1);
		expect(store.view.end(call)).toBe(OPEN);
	});

	it('wants spans begun and events recorded', () => {
		const { store } = fixture();
		expect(() => store.record(KIND.hypercall)).toThrow(/lasts/);
		expect(() => store.begin(KIND.halt)).toThrow(/does not last/);
		expect(() => store.end(0)).toThrow(/not open/);
	});
});

describe('the mirror', () => {
	it('reads as the store does, whatever the slices', () => {
		const made = smallTrace();
		const { view } = made.store;
		const feed = new TraceFeed(made.store);
		const mirror = new TraceMirror(2);
		for (let slice = feed.take(3); slice; slice = feed.take(3)) mirror.append(slice);
		expect(mirror.length).toBe(view.length);
		for (let seq = 0; seq < view.length; seq++) {
			expect(mirror.args(seq)).toEqual(view.args(seq));
			expect([mirror.end(seq), mirror.cause(seq), mirror.cycle(seq)]).toEqual([
				view.end(seq),
				view.cause(seq),
				view.cycle(seq)
			]);
		}
	});

	it('learns of spans that end after they were sent, and of a cut', () => {
		const { store, tick } = fixture();
		const feed = new TraceFeed(store);
		const mirror = new TraceMirror();
		const call = store.begin(KIND.hypercall, 1);
		mirror.append(feed.take()!);
		expect(mirror.duration(0)).toBeNaN();
		tick(5);
		store.end(call, -1);
		mirror.append(feed.take()!);
		expect([mirror.end(0), mirror.arg(0, 'result'), mirror.duration(0)]).toEqual([0, -1, 5]);
		expect(feed.take()).toBeNull();
		store.record(KIND.halt, 1);
		mirror.append(feed.take()!);
		store.rewind();
		store.attach({ now: () => 0, icount: () => 0, ring: () => 1 });
		store.dom = 1;
		store.begin(KIND.hypercall, 1);
		store.truncate();
		feed.cut(store.view.length);
		store.record(KIND.halt, 7);
		mirror.append(feed.take()!);
		expect([mirror.length, mirror.arg(1, 'eip')]).toEqual([2, 7]);
	});
});
