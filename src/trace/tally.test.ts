import { describe, expect, it } from 'vitest';
import { CHUNK_MASK } from './chunk';
import { KIND } from './events';
import { fixture, smallTrace, type Fixture } from './fixture';
import { HARDWARE, kernelLane, userLane, XEN } from './lanes';
import { CROSSINGS } from './slots';
import { Tally, type Sums } from './tally';
import type { TraceColumns } from './view';

/** A machine of two guests that call, fault, halt and are refused, in an order that does not repeat itself soon. */
function mixed(made: Fixture, rounds: number, seed = 1): void {
	const { store, at, tick } = made;
	let random = seed;
	for (let round = 0; round < rounds; round++) {
		random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
		store.dom = 1 + ((random >>> 16) & 1);
		tick(1 + ((random >>> 8) & 63));
		const ring = (random >>> 24) & 2 ? 3 : 1;
		if (random % 5 === 0) {
			store.record(KIND.page_fault, 1, 2, 4, ring);
			store.record(KIND.trap, 14, 4, ring, 0, 1, 2, 3, 4);
		} else {
			store.record(KIND.trap, 0x82, 0, 1, 0, 1, 2, 3, 4);
			const call = store.begin(KIND.hypercall, random & 31, 0);
			at.cycle += 7;
			store.record(KIND.check, 1, random % 3 === 0 ? 0 : 1);
			store.end(call, random % 3 === 0 ? -22 : 0);
		}
		if (random % 7 === 0) store.record(KIND.halt, 1);
		if (random % 11 === 0) store.record(KIND.interrupt, 0xf0, 1, 0, 0);
		tick(5);
		store.record(KIND.far_return, 0, ring, 1, 2, 3);
	}
}

/** Sums before `to` and up to `cycle`, counted one by one. */
function counted(tally: Tally, view: TraceColumns, to: number): { crossings: number; refused: number; faults: number } {
	let [crossings, no, faults, lane] = [0, 0, 0, XEN];
	for (let seq = 0; seq < to; seq++) {
		const kind = view.kind(seq);
		if (kind === KIND.check && view.arg(seq, 'passed') === 0) no++;
		if (kind === KIND.hypercall && view.arg(seq, 'result') < 0 && view.arg(seq, 'nr') !== 23) no++;
		if (kind === KIND.page_fault && view.dom(seq) === 2 && view.arg(seq, 'from_ring') === 3) faults++;
		const next = tally.places.laneAfter(view.chunkOf(seq), seq & CHUNK_MASK, seq);
		if (next >= 0 && next !== lane) {
			crossings++;
			lane = next;
		}
	}
	return { crossings, refused: no, faults };
}

function told(tally: Tally, { counts }: Sums): ReturnType<typeof counted> {
	const sum = (which: (slot: (typeof tally.slots)[number]) => boolean): number =>
		tally.slots.reduce((all, slot, number) => all + (which(slot) ? counts[number] : 0), 0);
	const second = tally.domains.indexOf(2);
	return {
		crossings: counts[CROSSINGS],
		refused: sum((slot) => slot.refused),
		faults: sum((slot) => slot.kind === KIND.page_fault && slot.place === second && slot.ring === 3)
	};
}

describe('the tally of a trace', () => {
	it('counts what lies before any event', () => {
		const made = fixture();
		mixed(made, 3000);
		const { view } = made.store;
		const tally = Tally.of(view);
		expect(tally.extend()).toBe(true);
		expect(tally.length).toBe(view.length);
		const reader = tally.reader();
		for (const seq of [0, 1, 511, 512, 513, 5000, 1024, view.length - 1, view.length])
			expect(told(tally, reader.to(seq))).toEqual(counted(tally, view, seq));
		expect(Tally.of(view)).toBe(tally);
	});

	it('tells how long each lane had the processor', () => {
		const { store, tick } = fixture();
		tick(100);
		store.record(KIND.domain_start, 1);
		store.record(KIND.far_return, 0, 1, 0, 0, 0);
		tick(50);
		store.record(KIND.far_return, 1, 3, 0, 0, 0);
		tick(30);
		store.record(KIND.trap, 0x80, 0, 3, 1, 0, 0, 0, 0);
		tick(5);
		store.record(KIND.halt, 0);
		const tally = Tally.of(store.view);
		tally.extend();
		const { times, lane } = tally.reader().at(1000);
		expect([times[XEN], times[kernelLane(0)], times[userLane(0)], times[HARDWARE]]).toEqual([100, 55, 30, 815]);
		expect(lane).toBe(HARDWARE);
		expect(tally.reader().at(130).times[kernelLane(0)]).toBe(30);
		// All time is somebody's, wherever one asks.
		const long = fixture();
		mixed(long, 2000);
		const whole = Tally.of(long.store.view);
		whole.extend();
		const reader = whole.reader();
		for (const cycle of [0, 17, 4000, 30_000, 90_000])
			expect(reader.at(cycle).times.reduce((sum, time) => sum + time, 0)).toBe(cycle);
		const near = whole.reader().at(50_000, 1e6);
		expect(near.seq % 512).toBe(0);
		expect(near.since).toBeLessThan(50_000);
		expect(near.times.reduce((sum, time) => sum + time, 0)).toBe(near.since);
		expect(whole.reader().at(50_000, 10).since).toBe(50_000);
	});

	it('reads in pieces what it reads at once, and again from a cut', () => {
		const [once, pieces] = [fixture(), fixture()];
		mixed(once, 4000, 3);
		const tally = Tally.of(pieces.store.view);
		mixed(pieces, 2500, 99);
		tally.extend();
		pieces.store.rewind({ ...pieces.store.mark(), next: 700 });
		pieces.store.truncate();
		pieces.store.rewind({ ...pieces.store.mark(), next: 0 });
		pieces.store.truncate();
		expect(tally.extend()).toBe(true);
		expect(tally.length).toBe(0);
		pieces.at.cycle = pieces.at.icount = 0;
		mixed(pieces, 4000, 3);
		while (!tally.extend(1001)) expect(tally.length % 1001).toBe(0);
		const other = Tally.of(once.store.view);
		other.extend();
		expect(tally.domains).toEqual(other.domains);
		for (const seq of [9, 777, 3333, once.store.view.length]) {
			const [a, b] = [tally.reader().to(seq), other.reader().to(seq)];
			expect(told(tally, a)).toEqual(told(other, b));
			expect([a.lane, a.since, ...a.times]).toEqual([b.lane, b.since, ...b.times]);
		}
	});

	it('waits for a span that may yet end', () => {
		const { store, tick } = fixture();
		store.record(KIND.halt, 0);
		const call = store.begin(KIND.hypercall, 1, 0);
		store.record(KIND.check, 1, 0);
		const tally = Tally.of(store.view);
		expect(tally.extend()).toBe(true);
		expect(tally.length).toBe(1);
		tick(9);
		store.end(call, -22);
		tally.extend();
		expect(tally.length).toBe(3);
		expect(told(tally, tally.reader().to(3)).refused).toBe(2);
	});

	it('finds the first event of a slot, and the crossings of a stretch', () => {
		const made = fixture();
		mixed(made, 1500);
		made.store.record(KIND.domain_crash, 1, 2, 3);
		mixed(made, 1500);
		const { view } = made.store;
		const tally = Tally.of(view);
		tally.extend();
		const crash = tally.slots.findIndex((slot) => slot.kind === KIND.domain_crash);
		const at = tally.first(crash, 0, view.length);
		expect(view.kindName(at)).toBe('domain_crash');
		expect(tally.first(crash, at + 1, view.length)).toBe(-1);
		expect(tally.first(crash, at, at + 1)).toBe(at);
		let crossings = 0;
		tally.crossings(100, 9000, () => void crossings++);
		const reader = tally.reader();
		expect(crossings).toBe(-reader.to(100).counts[CROSSINGS] + reader.to(9000).counts[CROSSINGS]);
	});

	it('does not take the way into a hypercall for an event of its own', () => {
		const { store } = smallTrace();
		const tally = Tally.of(store.view);
		tally.extend();
		const traps = tally.slots.filter((slot) => slot.kind === KIND.trap);
		expect(traps.map(({ way, ring }) => [way, ring])).toEqual([[true, 3]]);
	});
});

it('counts each of a hundred guests apart', () => {
	const made = fixture();
	const guests = Array.from({ length: 100 }, (_, at) => at + 1);
	for (const dom of guests) {
		made.store.dom = dom;
		for (let call = 0; call < dom; call++) made.store.end(made.store.begin(KIND.hypercall, 29, 0), 0);
	}
	const tally = Tally.of(made.store.view);
	tally.extend();
	const { counts } = tally.reader().to(tally.length);
	const of = (dom: number): number =>
		counts[tally.slots.findIndex(({ kind, place }) => kind === KIND.hypercall && tally.domains[place] === dom)];
	expect(guests.map(of)).toEqual(guests);
});
