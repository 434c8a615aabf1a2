/**
 * How much lies before any event of a trace: so that the number of events of each slot (slots.ts) in any stretch, and how long
 * each lane had the processor in it, is one subtraction, however long the stretch. Sums are kept at every `BLOCK`th event;
 * from there to the event asked for they are counted. The trace is read as it grows, in pieces as large as one likes.
 *
 *     event    0       512      1024     1536
 *     sums     row 0   row 1    row 2    row 3    before an event: those of the row before it, and at most 511 events more
 */
import { CHUNK_MASK, CHUNK_SIZE } from './chunk';
import { CROSSES, Places, XEN } from './lanes';
import { CROSSINGS, Slots, type Slot } from './slots';
import { IS_SPAN, type TraceView } from './view';

const BLOCK_SHIFT = 9;
const BLOCK = 1 << BLOCK_SHIFT;

/** A span within this many events of the trace's end may yet end: it and what follows are read later. */
const SETTLING = 65_536;

/** Sums over the events before `seq`. */
export interface Sums {
	seq: number;
	/** Events by slot; crossings in the first place. */
	counts: Uint32Array;
	/** Cycles by lane, up to the cycle `since`. */
	times: Float64Array;
	since: number;
	/** The lane that has the processor. */
	lane: number;
}

/** `rows` rows of `width` numbers, in an array that grows both ways. */
class Table<T extends Uint32Array | Float64Array> {
	constructor(
		private readonly make: (size: number) => T,
		public width: number,
		private values: T = make(width * 64)
	) {}

	row(row: number): T {
		return this.values.subarray(row * this.width, (row + 1) * this.width) as T;
	}
	get(row: number, place: number): number {
		return this.values[row * this.width + place];
	}
	set(row: number, from: T): void {
		if ((row + 1) * this.width > this.values.length) this.resize(this.width, this.values.length * 2);
		this.values.set(from.subarray(0, this.width), row * this.width);
	}
	widen(least: number): void {
		let width = this.width;
		while (width < least) width *= 2;
		if (width > this.width) this.resize(width, (this.values.length / this.width) * width);
	}

	private resize(width: number, size: number): void {
		const resized = this.make(size);
		const rows = this.values.length / this.width;
		for (let row = 0; row < rows; row++) resized.set(this.row(row), row * width);
		this.values = resized;
		this.width = width;
	}
}

const tallies = new WeakMap<TraceView, Tally>();

/** The sums of one trace. */
export class Tally {
	readonly places = new Places();
	private readonly slotting: Slots;
	private readonly counts = new Table<Uint32Array>((size) => new Uint32Array(size), 64);
	private readonly times = new Table<Float64Array>((size) => new Float64Array(size), 8);
	/** Lane and cycle before each row's first event. */
	private readonly lanes: number[] = [];
	private readonly since: number[] = [];
	private readonly now: Sums = { seq: 0, counts: new Uint32Array(64), times: new Float64Array(8), since: 0, lane: XEN };
	private cutsSeen: number;

	private constructor(readonly view: TraceView) {
		this.slotting = new Slots(view, this.places);
		this.cutsSeen = view.cuts.length;
	}

	/** The tally of a trace: always the same one. Call `extend` before reading. */
	static of(view: TraceView): Tally {
		let tally = tallies.get(view);
		if (!tally) tallies.set(view, (tally = new Tally(view)));
		return tally;
	}

	/** Events read. */
	get length(): number {
		return this.now.seq;
	}
	/** What is counted apart, by number. */
	get slots(): readonly Slot[] {
		return this.slotting.list;
	}
	/** Domain ids of the guests, in order of appearance. */
	get domains(): readonly number[] {
		return this.places.domains;
	}

	/** Reads up to `budget` more events. @returns whether there is no more to read */
	extend(budget = Infinity): boolean {
		const { view, now } = this;
		for (; this.cutsSeen < view.cuts.length; this.cutsSeen++) this.cut(view.cuts[this.cutsSeen]);
		const to = Math.min(view.length, now.seq + budget);
		while (now.seq < to) {
			const from = now.seq;
			if ((from & (BLOCK - 1)) === 0) this.keepRow(from >>> BLOCK_SHIFT);
			this.walk(now, Math.min(to, (from | (BLOCK - 1)) + 1), view.length - SETTLING);
			if (now.seq === from) return true;
		}
		return to === view.length;
	}

	/** Sums that can be moved through what has been read. */
	reader(): TallyReader {
		return new TallyReader(this);
	}

	/** First event of `slot` in `[from, to)`, or -1; both within what has been read. `before` is its count before `from`. */
	first(slot: number, from: number, to: number, before = this.reader().to(from).counts[slot]): number {
		// The last block before which there was none yet.
		let low = from >>> BLOCK_SHIFT;
		let high = Math.max(low, (to - 1) >>> BLOCK_SHIFT);
		while (low < high) {
			const middle = (low + high + 1) >>> 1;
			if (this.counts.get(middle, slot) <= before) low = middle;
			else high = middle - 1;
		}
		const end = Math.min(to, (low + 1) << BLOCK_SHIFT);
		for (let seq = Math.max(from, low << BLOCK_SHIFT); seq < end; seq++)
			if (this.slotting.of(this.view.chunkOf(seq), seq & CHUNK_MASK, seq) === slot) return seq;
		return -1;
	}

	/** The slot of an event. */
	slotOf(seq: number): number {
		return this.slotting.of(this.view.chunkOf(seq), seq & CHUNK_MASK, seq);
	}

	/** The crossings in `[from, to)`: each event and the lane that it leads to, until the callback says false. */
	crossings(from: number, to: number, each: (seq: number, lane: number) => boolean | void): void {
		let { lane } = this.reader().to(from);
		for (let seq = from; seq < to;) {
			const block = seq >>> BLOCK_SHIFT;
			const end = Math.min(to, (block + 1) << BLOCK_SHIFT);
			if (this.stays(block)) seq = end;
			for (; seq < end; seq++) {
				const chunk = this.view.chunkOf(seq);
				const row = seq & CHUNK_MASK;
				const next = CROSSES[chunk.kind[row]] ? this.places.laneAfter(chunk, row, seq) : -1;
				if (next < 0 || next === lane) continue;
				lane = next;
				if (each(seq, lane) === false) return;
			}
		}
	}

	/** The last row that begins before `cycle`, or -1, and how many cycles later the next one does; infinite where there is none. */
	rowBefore(cycle: number): { row: number; span: number } {
		const { since } = this;
		let low = 0;
		let high = since.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (since[middle] < cycle) low = middle + 1;
			else high = middle;
		}
		return { row: low - 1, span: low > 0 && low < since.length ? since[low] - since[low - 1] : Infinity };
	}

	/** Makes `sums` those of the last row that is not after `seq`. */
	load(sums: Sums, seq: number): void {
		const block = Math.min(seq, Math.max(0, this.now.seq - 1)) >>> BLOCK_SHIFT;
		if (sums.counts.length < this.counts.width) sums.counts = new Uint32Array(this.counts.width);
		if (sums.times.length < this.times.width) sums.times = new Float64Array(this.times.width);
		sums.seq = block << BLOCK_SHIFT;
		sums.counts.set(this.counts.row(block));
		sums.times.set(this.times.row(block));
		sums.since = this.since[block] ?? 0;
		sums.lane = this.lanes[block] ?? XEN;
	}

	/** Counts on to `to`, or to a span after event `settled` that has not ended. */
	walk(sums: Sums, to: number, settled = Infinity): void {
		const { view, slotting, places } = this;
		while (sums.seq < to) {
			const chunk = view.chunkOf(sums.seq);
			const base = sums.seq - (sums.seq & CHUNK_MASK);
			const end = Math.min(to, base + CHUNK_SIZE);
			for (let { seq } = sums; seq < end; sums.seq = ++seq) {
				const row = seq - base;
				const kind = chunk.kind[row];
				if (seq > settled && IS_SPAN[kind] && chunk.end[row] < 0) return;
				const slot = slotting.of(chunk, row, seq);
				const lane = CROSSES[kind] ? places.laneAfter(chunk, row, seq) : -1;
				if (slot >= sums.counts.length || lane >= sums.times.length) this.widen(sums, slot, lane);
				sums.counts[slot]++;
				if (lane < 0 || lane === sums.lane) continue;
				const cycle = chunk.cycle[row];
				sums.times[sums.lane] += cycle - sums.since;
				sums.since = cycle;
				sums.lane = lane;
				sums.counts[CROSSINGS]++;
			}
		}
	}

	private widen(sums: Sums, slot: number, lane: number): void {
		this.counts.widen(slot + 1);
		this.times.widen(lane + 1);
		const { counts, times } = sums;
		sums.counts = new Uint32Array(this.counts.width);
		sums.counts.set(counts);
		sums.times = new Float64Array(this.times.width);
		sums.times.set(times);
	}

	private keepRow(row: number): void {
		const { now } = this;
		const cycle = this.view.cycle(now.seq);
		now.times[now.lane] += cycle - now.since;
		now.since = cycle;
		this.counts.set(row, now.counts);
		this.times.set(row, now.times);
		this.since[row] = cycle;
		this.lanes[row] = now.lane;
	}

	/** Whether the lane stays the same in all of a block. */
	private stays(block: number): boolean {
		if ((block + 1) << BLOCK_SHIFT >= this.now.seq) return false;
		return this.counts.get(block, CROSSINGS) === this.counts.get(block + 1, CROSSINGS);
	}

	private cut(length: number): void {
		if (length >= this.now.seq) return;
		this.places.cut(length);
		this.load(this.now, length);
	}
}

/** Sums that move through a trace; cheapest from the earlier to the later. */
class TallyReader {
	readonly sums: Sums = { seq: 0, counts: new Uint32Array(64), times: new Float64Array(8), since: 0, lane: XEN };

	constructor(private readonly tally: Tally) {
		tally.load(this.sums, 0);
	}

	/** Sums before event `seq`, valid until the next call. */
	to(seq: number): Sums {
		const { tally, sums } = this;
		const to = Math.min(seq, tally.length);
		if (to < sums.seq || to >>> BLOCK_SHIFT !== sums.seq >>> BLOCK_SHIFT) tally.load(sums, to);
		tally.walk(sums, to);
		return sums;
	}

	/**
	 * Sums up to a moment, but of events below `limit` only; valid until the next call. Exact, unless a row of sums lies not
	 * more than `slack` cycles before it and another not more than that after that one: then they are the row's, up to the
	 * cycle `since`, and nothing has to be counted.
	 */
	at(cycle: number, slack = 0, limit = Infinity): Sums {
		const { tally, sums } = this;
		const known = Math.min(limit, tally.length);
		if (slack > 0) {
			const { row, span } = tally.rowBefore(cycle);
			if (span <= slack && row << BLOCK_SHIFT < known) {
				tally.load(sums, row << BLOCK_SHIFT);
				return sums;
			}
		}
		this.to(Math.min(known, tally.view.seqAtCycle(cycle)));
		sums.times[sums.lane] += cycle - sums.since;
		sums.since = cycle;
		return sums;
	}
}
