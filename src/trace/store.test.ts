import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Bug } from '../base';
import { KIND } from './events';
import { CHUNK_SIZE } from './chunk';
import { fixture, smallTrace, type Fixture } from './fixture';
import { sliceOf, TraceFeed, TraceMirror, transferables } from './mirror';
import { OPEN, TraceStore } from './store';
import { ARG_COUNT, type TraceColumns } from './view';

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

	it('goes on from a mark, and judges what is recorded again', () => {
		const { store, at } = fixture();
		store.record(KIND.halt, 1);
		const call = store.begin(KIND.hypercall, 21);
		store.cause = 0;
		const mark = store.mark();
		const rest = (eip: number): void => {
			store.record(KIND.halt, eip);
			store.end(call, -22);
			store.dom = 2;
			store.record(KIND.halt, 9);
		};
		rest(3);
		store.rewind(mark);
		expect([store.next, store.dom, store.cause, store.openSpans]).toEqual([2, 1, 0, [1]]);
		rest(3);
		expect(store.next).toBe(store.view.length);
		store.rewind(mark);
		expect(() => rest(4)).toThrow(/did not repeat event 2/);
		store.rewind(mark);
		at.cycle = 7;
		expect(() => rest(3)).toThrow(Bug);
		expect(() => store.rewind({ ...mark, next: 99 })).toThrow(/event 99 has not been recorded/);
		expect(structuredClone(mark)).toEqual(mark);
	});

	it('counts anew from a mark where nothing is kept', () => {
		const store = new TraceStore(undefined, false);
		store.record(KIND.halt, 1);
		const mark = store.mark();
		store.record(KIND.halt, 1);
		store.rewind(mark);
		store.record(KIND.halt, 1);
		expect(store.counts[KIND.halt]).toBe(2);
		store.rewind();
		expect(store.counts[KIND.halt]).toBe(0);
	});

	it('asks about an event once all of it is known', () => {
		const { store } = fixture();
		const asked: [string, number][] = [];
		store.stopWhen = (seq, kind, args) => {
			expect(store.view.kind(seq)).toBe(kind);
			asked.push([store.view.kindName(seq), args[ARG_COUNT[kind] - 1] | 0]);
			return kind === KIND.hypercall;
		};
		let stops = 0;
		store.onStop = () => void stops++;
		const call = store.begin(KIND.hypercall, 21);
		store.record(KIND.halt, 5);
		expect([asked, stops]).toEqual([[['halt', 5]], 0]);
		store.end(call, -22);
		expect([asked[1], stops]).toEqual([['hypercall', -22], 1]);
	});

	it('holds an event\u2019s place until its words are known, and what it led to comes after it', () => {
		const made = fixture();
		const { store } = made;
		const asked: [number, number][] = [];
		store.stopWhen = (seq, _kind, args) => (asked.push([seq, args[0]]), false);
		const access = (value: number): void => {
			store.dom = 1;
			made.at.cycle = made.at.icount = 0;
			store.cause = store.hold(KIND.port_io);
			store.record(KIND.irq_line, 14, 0);
			store.settle(store.cause, KIND.port_io, 0x1f7, 1, value, 1, 0);
			store.cause = -1;
		};
		access(0x50);
		expect([store.view.kindName(0), store.view.end(0), store.view.cause(1)]).toEqual(['port_io', 0, 0]);
		expect(store.view.args(0)).toEqual({ io_port: 0x1f7, io_size: 1, io_value: 0x50, times: 1, io_write: 0 });
		expect(asked).toEqual([
			[1, 14],
			[0, 0x1f7]
		]);
		store.rewind();
		access(0x50);
		store.rewind();
		expect(() => access(0x51)).toThrow(Bug);
	});

	it('wants spans begun and events recorded', () => {
		const { store } = fixture();
		expect(() => store.record(KIND.hypercall)).toThrow(/lasts/);
		expect(() => store.hold(KIND.hypercall)).toThrow(/lasts/);
		expect(() => store.begin(KIND.halt)).toThrow(/does not last/);
		expect(() => store.end(0)).toThrow(/not open/);
	});
});

/** `count` events of two kinds, every tenth a span that holds the next. */
function many(made: Fixture, count: number, salt = 0): void {
	for (let index = 0; index < count; index++) {
		made.tick(3);
		if (index % 10 === 9) {
			const call = made.store.begin(KIND.hypercall, index & 31, salt);
			index++;
			made.store.record(KIND.halt, index ^ salt);
			made.store.end(call, -index);
		} else made.store.record(KIND.halt, index ^ salt);
	}
}

/** All that a trace holds, as one value that is quick to compare. */
function contents(view: TraceColumns): string {
	const hash = createHash('sha1').update(String(view.length));
	const { columns, pool } = sliceOf(view, 0, view.length).rows;
	hash.update(new Uint8Array(columns.cycle.buffer)).update(pool);
	return hash.digest('hex');
}

describe('a trace of many chunks', () => {
	it('reads across their edges, and finds moments', () => {
		const made = fixture();
		many(made, 12.5 * CHUNK_SIZE);
		const { view } = made.store;
		for (const chunk of [1, 2, 7, 10, 12])
			for (const seq of [-1, 0, 1, 5].map((by) => chunk * CHUNK_SIZE + by)) {
				expect(view.kindName(seq)).toBe(seq % 10 === 9 ? 'hypercall' : 'halt');
				expect(view.seqAtIcount(view.icount(seq))).toBe(seq % 10 === 0 && seq > 0 ? seq - 1 : seq);
			}
		const halt = 2 * CHUNK_SIZE + 4;
		expect(view.arg(halt, 'eip')).toBe(halt);
		expect(view.bytes / view.length).toBeLessThan(30);
		expect([view.seqAtCycle(0), view.seqAtCycle(view.cycle(view.length - 1) + 1)]).toEqual([0, view.length]);
	});

	it('is cut and grown again in any chunk', () => {
		const [cut, straight] = [fixture(), fixture()];
		many(cut, 11.5 * CHUNK_SIZE);
		for (const length of [11 * CHUNK_SIZE + 10, 11 * CHUNK_SIZE, 3 * CHUNK_SIZE + 40, 40, 0]) {
			cut.store.rewind({ ...cut.store.mark(), next: length });
			cut.store.truncate();
			expect(cut.store.view.length).toBe(length);
			if (length > 0) expect(cut.store.view.arg(length - 2, 'eip')).toBe(length - 2);
		}
		cut.at.cycle = cut.at.icount = 0;
		many(cut, 11.2 * CHUNK_SIZE, 77);
		many(straight, 11.2 * CHUNK_SIZE, 77);
		expect(contents(cut.store.view)).toEqual(contents(straight.store.view));
	});

	it('is compared with a replay in every chunk', () => {
		const made = fixture();
		many(made, 11.5 * CHUNK_SIZE);
		const whole = contents(made.store.view);
		const again = (count: number): void => {
			made.store.rewind();
			made.store.dom = 1;
			made.at.cycle = made.at.icount = 0;
			many(made, count);
		};
		again(11 * CHUNK_SIZE);
		for (const chunk of [0, 3, 9, 11]) {
			again(chunk * CHUNK_SIZE + 20);
			expect(() => made.store.record(KIND.halt, 4711)).toThrow(/a replay did not repeat event/);
		}
		expect(contents(made.store.view)).toBe(whole);
	});

	it('lets a span end, and a held event be settled, long after', () => {
		const made = fixture();
		const { store } = made;
		const call = store.begin(KIND.hypercall, 7);
		const held = store.hold(KIND.port_io);
		many(made, 9 * CHUNK_SIZE);
		expect([store.view.end(call), store.view.end(held)]).toEqual([OPEN, OPEN]);
		const fork = store.fork();
		store.settle(held, KIND.port_io, 0x1f7, 1, 0x50, 1, 0);
		store.end(call, -3);
		const told = (view: TraceColumns): unknown[] => [
			view.end(call),
			view.arg(call, 'result'),
			view.end(held),
			view.arg(held, 'io_value')
		];
		expect(told(store.view)).toEqual([9 * CHUNK_SIZE + 1, -3, held, 0x50]);
		many(made, 9 * CHUNK_SIZE);
		expect(told(store.view)).toEqual([9 * CHUNK_SIZE + 1, -3, held, 0x50]);
		expect(told(fork.view)).toEqual([OPEN, 0, OPEN, 0]);
	});

	it('forks: both futures go on, the past is shared and stays as it was', () => {
		const made = fixture();
		many(made, 9.5 * CHUNK_SIZE);
		const whole = contents(made.store.view);
		const at = 9 * CHUNK_SIZE + 100;
		made.store.rewind({ ...made.store.mark(), next: at });
		const fork = made.store.fork();
		expect([fork.next, fork.view.length, fork.dom]).toEqual([at, at, 1]);
		expect(fork.view.chunkOf(at - CHUNK_SIZE)).toBe(made.store.view.chunkOf(at - CHUNK_SIZE));
		expect(fork.view.chunkOf(at - 1)).not.toBe(made.store.view.chunkOf(at - 1));
		fork.record(KIND.halt, 4711);
		expect(fork.view.arg(at, 'eip')).toBe(4711);
		expect(contents(made.store.view)).toEqual(whole);
		// Back to before the shared chunks' end: what is written there is written to a copy.
		fork.rewind({ ...fork.mark(), next: 50 });
		fork.truncate();
		fork.record(KIND.halt, 4712);
		expect(contents(made.store.view)).toEqual(whole);
		made.store.rewind({ ...made.store.mark(), next: CHUNK_SIZE + 5 });
		made.store.truncate();
		made.store.record(KIND.halt, 4713);
		expect([fork.view.length, fork.view.arg(50, 'eip'), made.store.view.arg(50, 'eip')]).toEqual([51, 4712, 50]);
	});

	it('forks inside a span, which ends otherwise in each future', () => {
		const made = fixture();
		const call = made.store.begin(KIND.hypercall, 7);
		const open = made.store.mark();
		many(made, CHUNK_SIZE + 20);
		made.store.end(call, 1);
		made.store.rewind({ ...open, next: CHUNK_SIZE + 3 });
		const fork = made.store.fork();
		expect(fork.view.end(call)).toBe(OPEN);
		made.tick(1);
		fork.end(call, 2);
		expect([made.store.view.arg(call, 'result'), fork.view.arg(call, 'result')]).toEqual([1, 2]);
		expect([made.store.view.end(call), fork.view.end(call)]).toEqual([CHUNK_SIZE + 20, CHUNK_SIZE + 2]);
	});
});

describe('the mirror', () => {
	it('reads as the store does, whatever the slices', () => {
		const made = smallTrace();
		const { view } = made.store;
		const feed = new TraceFeed(made.store);
		const mirror = new TraceMirror();
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

	it('holds every chunk, taken over whole or filled in pieces, and is cut with the store', () => {
		const made = fixture();
		const feed = new TraceFeed(made.store);
		const mirror = new TraceMirror();
		const send = (limit: number): void => {
			for (let slice = feed.take(limit); slice; slice = feed.take(limit))
				mirror.append(structuredClone(slice, { transfer: transferables(slice) }));
		};
		many(made, 8.2 * CHUNK_SIZE);
		send(1001);
		expect(contents(mirror)).toEqual(contents(made.store.view));
		made.store.rewind({ ...made.store.mark(), next: CHUNK_SIZE - 7 });
		made.store.truncate();
		many(made, 9 * CHUNK_SIZE, 5);
		send(Infinity);
		expect(contents(mirror)).toEqual(contents(made.store.view));
		expect(mirror.cuts).toEqual([CHUNK_SIZE - 7]);
	});

	it('gets chunks packed once they are, also those it has as rows, and holds the same bytes', () => {
		const made = fixture();
		const { store } = made;
		const feed = new TraceFeed(store);
		const mirror = new TraceMirror();
		const call = store.begin(KIND.hypercall, 7);
		let rows = 0;
		for (let turn = 0; turn < 40; turn++) {
			many(made, 0.3 * CHUNK_SIZE, turn);
			const slice = feed.take()!;
			rows += slice.to - slice.from;
			mirror.append(slice);
		}
		expect(rows).toBe(store.view.length);
		for (const index of [0, 1, 5]) expect(mirror.packedAt(index)!.bytes).toBe(store.view.packedAt(index)!.bytes);
		// What is told late is told packed at once.
		many(made, 9 * CHUNK_SIZE);
		const late = feed.take(Infinity)!;
		expect(late.packed.length).toBeGreaterThan(8);
		mirror.append(late);
		expect(contents(mirror)).toEqual(contents(store.view));
		store.end(call, -9);
		mirror.append(feed.take()!);
		expect([mirror.arg(call, 'result'), mirror.end(call)]).toEqual([-9, store.view.end(call)]);
		expect(contents(mirror)).toEqual(contents(store.view));
	});

	it('learns of the end of a span that it first saw packed', () => {
		const made = fixture();
		const feed = new TraceFeed(made.store);
		const mirror = new TraceMirror();
		many(made, 2 * CHUNK_SIZE);
		const call = made.store.begin(KIND.hypercall, 7);
		many(made, 9 * CHUNK_SIZE);
		mirror.append(feed.take(Infinity)!);
		expect(mirror.packedAt(2)).not.toBeNull();
		expect(mirror.end(call)).toBe(OPEN);
		made.store.end(call, 5);
		mirror.append(feed.take()!);
		expect(contents(mirror)).toEqual(contents(made.store.view));
	});

	it('forks as the store does', () => {
		const made = fixture();
		const feed = new TraceFeed(made.store);
		const mirror = new TraceMirror();
		many(made, 1.4 * CHUNK_SIZE);
		mirror.append(feed.take(Infinity)!);
		const whole = contents(mirror);
		const at = CHUNK_SIZE + 20;
		made.store.rewind({ ...made.store.mark(), next: at });
		const store = made.store.fork();
		const other = mirror.fork(at, store.openSpans);
		const otherFeed = new TraceFeed(store, at);
		expect(otherFeed.take()).toBeNull();
		many({ ...made, store }, 100, 9);
		other.append(otherFeed.take()!);
		expect(contents(other)).toEqual(contents(store.view));
		expect(contents(mirror)).toEqual(whole);
		expect(other.chunkOf(0)).toBe(mirror.chunkOf(0));
	});
});
