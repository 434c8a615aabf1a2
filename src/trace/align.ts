/**
 * Two futures beside each other, aligned by what happens in them (identity.ts), never by the clock.
 *
 * Both are scanned while they agree. Where they part, the nearest place is sought at which they agree again for some
 * events in a row; what lies between is matched step by step if it is small enough.
 * So the work grows with the number of events and never with its square, whatever the two traces are.
 */
import { KIND } from './events';
import { fingerprint, sameBegin, sameEvent, sameStep } from './identity';
import type { TraceView } from './view';

/** How events stand beside each other: the same, the same step gone otherwise, or in one future only. */
export type Standing = 'same' | 'changed' | 'a' | 'b';

/** A run of events that stand alike: from seq `a` of the one and `b` of the other, `count` of them (of one side only for 'a' and 'b'). */
export interface Block {
	readonly kind: Standing;
	readonly a: number;
	readonly b: number;
	readonly count: number;
}

/** How often events of one kind stand how. */
export interface KindCount {
	/** A number of KIND. */
	readonly kind: number;
	readonly onlyA: number;
	readonly onlyB: number;
	readonly changed: number;
}

/** The first place at which two futures differ. */
export interface FirstDifference {
	readonly kind: Exclude<Standing, 'same'>;
	/** Seq in each; where the event is missing, that of the event which comes instead (or the length). */
	readonly a: number;
	readonly b: number;
}

/** Two futures, aligned: plain data. */
export interface Alignment {
	/** In order; every event from the first compared one on lies in exactly one, those of `tail` excepted. */
	readonly blocks: readonly Block[];
	readonly first: FirstDifference | null;
	readonly same: number;
	readonly changed: number;
	readonly onlyA: number;
	readonly onlyB: number;
	/** By kind, the most different first; kinds without a difference are left out. */
	readonly kinds: readonly KindCount[];
	/** Where one future is known and the other is not any more: its events from there on. */
	readonly tail: { readonly side: 'a' | 'b'; readonly from: number; readonly count: number } | null;
	/** False where the limit ended the comparison. */
	readonly complete: boolean;
}

/**
 * Where two futures agree again: some events in a row that are the same, sought in windows that grow. What a search costs is made
 * good by how far it leads; one that finds nothing is paid by the stretch that is then gone without it.
 */
const WIDEST = 16_384;
const SEARCHES: readonly (readonly [width: number, row: number])[] = [
	[64, 3],
	[64, 2],
	[64, 1],
	[1024, 3],
	[1024, 2],
	[WIDEST, 3],
	[WIDEST, 2],
	[WIDEST, 1]
];
/** Events of a side that are gone through at once where nothing was found; twice as many each time in a row. */
const STRETCH = 256;
/** Most cells of the table by which two stretches are matched step by step. */
const CELLS = STRETCH * STRETCH;
/** Most events of a side, and most blocks. */
const MOST_EVENTS = 4_000_000;
const MOST_BLOCKS = 200_000;

/** An alignment being made: `go` until it is there. */
export class Aligner {
	private i: number;
	private j: number;
	private readonly endA: number;
	private readonly endB: number;
	private readonly blocks: Block[] = [];
	private first: FirstDifference | null = null;
	/** Spans that only ended otherwise: the difference came to be inside, if one is found there, else at this span's end. */
	private ended: { difference: FirstDifference; untilA: number; untilB: number } | null = null;
	private readonly counts = { same: 0, changed: 0, a: 0, b: 0 };
	private readonly kinds = new Map<number, [onlyA: number, onlyB: number, changed: number]>();
	private readonly startA: number;
	/** The longest row that can still be found. */
	private row = 3;
	private stretch = STRETCH;

	/** @param from seq of the first event that may differ: where the futures fork */
	constructor(
		private readonly a: TraceView,
		private readonly b: TraceView,
		from: number,
		limit = MOST_EVENTS
	) {
		this.startA = this.i = skipChanges(a, from);
		this.j = skipChanges(b, from);
		this.endA = Math.min(a.length, this.i + limit);
		this.endB = Math.min(b.length, this.j + limit);
	}

	/** How far it has come, 0 to 1. */
	get fraction(): number {
		const all = Math.min(this.endA - this.startA, this.endB - this.startA);
		return all <= 0 ? 1 : Math.min(1, (this.i - this.startA) / all);
	}

	/** Goes on for about `events` more; the alignment when it is made, else null. */
	go(events = Infinity): Alignment | null {
		const until = this.i + this.j + events;
		while (this.i < this.endA && this.j < this.endB && this.blocks.length < MOST_BLOCKS) {
			if (this.i + this.j >= until) return null;
			this.agree(until);
			if (this.i < this.endA && this.j < this.endB && !sameEvent(this.a, this.i, this.b, this.j)) this.part();
		}
		return this.result();
	}

	/** Takes what is the same. */
	private agree(until: number): void {
		const { a, b } = this;
		const from = this.i;
		while (this.i < this.endA && this.j < this.endB && this.i + this.j < until && sameEvent(a, this.i, b, this.j)) {
			this.i++;
			this.j++;
		}
		const count = this.i - from;
		if (count > 0) this.put('same', from, this.j - count, count);
	}

	/** The futures differ here: finds where they agree again, and matches what lies between. */
	private part(): void {
		const { a, b, i, j } = this;
		// The same call with the same arguments that only ended otherwise is no reason to look further.
		if (sameBegin(a, i, b, j)) return this.gap(i + 1, j + 1);
		for (const [width, row] of SEARCHES) {
			if (row > this.row) continue;
			const [toA, toB] = [Math.min(this.endA, i + width), Math.min(this.endB, j + width)];
			const met = this.meet(toA, toB, row);
			if (met) {
				this.stretch = STRETCH;
				return this.gap(met.i, met.j);
			}
			// Where no such row is left in all that remains, there will not be one later either.
			if (toA === this.endA && toB === this.endB) this.row = Math.min(this.row, row - 1);
		}
		const { stretch } = this;
		this.stretch = Math.min(WIDEST, stretch * 2);
		this.gap(Math.min(this.endA, i + stretch), Math.min(this.endB, j + stretch));
	}

	/** The nearest place in the window from which `row` events in a row are the same; one alone must be the only one of its like. */
	private meet(toA: number, toB: number, row: number): { i: number; j: number } | null {
		const { a, b, i: fromA, j: fromB } = this;
		const known = new Map<number, number>();
		const printsB = new Int32Array(toB - fromB);
		for (let j = fromB; j < toB; j++) printsB[j - fromB] = fingerprint(b, j);
		for (let at = 0; at + row <= printsB.length; at++) {
			const key = rowPrint(printsB, at, row);
			if (!known.has(key)) known.set(key, fromB + at);
			else if (row === 1) known.set(key, -1);
		}
		const printsA = new Int32Array(toA - fromA);
		const seen = new Set<number>();
		let best: { i: number; j: number } | null = null;
		let cost = Infinity;
		for (let ahead = 0; ahead + fromA < toA; ahead++) {
			printsA[ahead] = fingerprint(a, fromA + ahead);
			const at = ahead - row + 1;
			if (at < 0) continue;
			if (at >= cost) break;
			const key = rowPrint(printsA, at, row);
			const j = known.get(key) ?? -1;
			if (j < 0 || at + (j - fromB) >= cost || (row === 1 && seen.has(key))) continue;
			seen.add(key);
			if (!this.sameRow(fromA + at, j, row)) continue;
			cost = at + (j - fromB);
			best = { i: fromA + at, j };
		}
		return best;
	}

	private sameRow(i: number, j: number, row: number): boolean {
		for (let n = 0; n < row; n++) if (!sameEvent(this.a, i + n, this.b, j + n)) return false;
		return true;
	}

	/** Matches the events up to seq `toA` and `toB` step by step where that is affordable. */
	private gap(toA: number, toB: number): void {
		const [rows, columns] = [toA - this.i, toB - this.j];
		if (rows * columns > 0 && rows * columns <= CELLS) this.match(rows, columns);
		if (toA < this.endA || toB < this.endB) {
			if (this.i < toA) this.only('a', toA - this.i);
			if (this.j < toB) this.only('b', toB - this.j);
			return;
		}
		// At the very end as many events of either stand against each other; what the longer one has beyond is its tail.
		const ended = this.blocks.at(-1);
		const against = ended && ended.kind !== 'same' && ended.kind !== 'changed' ? ended.count : 0;
		const [leftA, leftB] = [toA - this.i, toB - this.j];
		if (leftA > 0 && leftB > 0) {
			this.only('a', Math.min(leftA, leftB));
			this.only('b', Math.min(leftA, leftB));
		} else if (leftA > 0 && ended?.kind === 'b') this.only('a', Math.min(leftA, against));
		else if (leftB > 0 && ended?.kind === 'a') this.only('b', Math.min(leftB, against));
	}

	/** Longest common sequence: an event that is the same counts more than a step gone otherwise. */
	private match(rows: number, columns: number): void {
		const { a, b, i, j } = this;
		const width = columns + 1;
		const score = new Uint16Array((rows + 1) * width);
		for (let r = rows - 1; r >= 0; r--) {
			for (let c = columns - 1; c >= 0; c--) {
				const gain = sameEvent(a, i + r, b, j + c) ? 3 : sameStep(a, i + r, b, j + c) ? 2 : 0;
				const skip = Math.max(score[(r + 1) * width + c], score[r * width + c + 1]);
				const take = gain === 0 ? 0 : score[(r + 1) * width + c + 1] + gain;
				score[r * width + c] = Math.max(skip, take);
			}
		}
		let [r, c] = [0, 0];
		while (r < rows && c < columns) {
			const here = score[r * width + c];
			const gain = sameEvent(a, i + r, b, j + c) ? 3 : sameStep(a, i + r, b, j + c) ? 2 : 0;
			if (gain > 0 && here === score[(r + 1) * width + c + 1] + gain) {
				this.put(gain === 3 ? 'same' : 'changed', i + r, j + c, 1);
				r++;
				c++;
			} else if (here === score[(r + 1) * width + c]) this.put('a', i + r++, j + c, 1);
			else this.put('b', i + r, j + c++, 1);
			this.i = i + r;
			this.j = j + c;
		}
	}

	private only(kind: 'a' | 'b', count: number): void {
		this.put(kind, this.i, this.j, count);
		if (kind === 'a') this.i += count;
		else this.j += count;
	}

	private put(kind: Standing, a: number, b: number, count: number): void {
		this.counts[kind] += count;
		if (kind !== 'same') this.tally(kind, kind === 'b' ? this.b : this.a, kind === 'b' ? b : a, count);
		if (kind !== 'same' && !this.first) this.differ(kind, a, b);
		const last = this.blocks.at(-1);
		if (last?.kind === kind && follows(last, a, b))
			this.blocks[this.blocks.length - 1] = { ...last, count: last.count + count };
		else this.blocks.push({ kind, a, b, count });
	}

	private differ(kind: FirstDifference['kind'], i: number, j: number): void {
		const { a, b } = this;
		const difference = { kind, a: i, b: j };
		if (this.ended && i > this.ended.untilA && j > this.ended.untilB) this.first = this.ended.difference;
		else if (kind === 'changed' && sameBegin(a, i, b, j))
			this.ended = { difference, untilA: lastOf(a, i), untilB: lastOf(b, j) };
		else this.first = difference;
	}

	private tally(kind: Exclude<Standing, 'same'>, view: TraceView, from: number, count: number): void {
		const column = kind === 'a' ? 0 : kind === 'b' ? 1 : 2;
		for (let seq = from; seq < from + count; seq++) {
			const of = view.kind(seq);
			let row = this.kinds.get(of);
			if (!row) this.kinds.set(of, (row = [0, 0, 0]));
			row[column]++;
		}
	}

	private result(): Alignment {
		const { a, b, i, j, counts } = this;
		const [leftA, leftB] = [this.endA - i, this.endB - j];
		const kinds = [...this.kinds].map(([kind, [onlyA, onlyB, changed]]) => ({ kind, onlyA, onlyB, changed }));
		const weight = (row: KindCount): number => row.onlyA + row.onlyB + row.changed;
		return {
			blocks: this.blocks,
			first: this.first ?? this.ended?.difference ?? null,
			same: counts.same,
			changed: counts.changed,
			onlyA: counts.a,
			onlyB: counts.b,
			kinds: kinds.sort((x, y) => weight(y) - weight(x) || x.kind - y.kind),
			tail:
				leftA > 0 && leftB === 0
					? { side: 'a', from: i, count: a.length - i }
					: leftB > 0 && leftA === 0
						? { side: 'b', from: j, count: b.length - j }
						: null,
			complete: this.blocks.length < MOST_BLOCKS && (this.endA === a.length || this.endB === b.length)
		};
	}
}

const lastOf = (view: TraceView, seq: number): number => (view.end(seq) < 0 ? Infinity : view.end(seq));

const follows = (last: Block, a: number, b: number): boolean => {
	if (last.kind === 'a') return last.a + last.count === a;
	if (last.kind === 'b') return last.b + last.count === b;
	return last.a + last.count === a && last.b + last.count === b;
};

function rowPrint(prints: Int32Array, at: number, row: number): number {
	let hash = 17;
	for (let n = 0; n < row; n++) hash = Math.imul(hash, 31) + prints[at + n];
	return hash | 0;
}

/** The first event at or after `from` that is no change made by hand: what the futures are compared by comes after it. */
function skipChanges(view: TraceView, from: number): number {
	let seq = from;
	while (seq < view.length && view.kind(seq) === KIND.change) seq++;
	return seq;
}

/**
 * Aligns two futures from seq `from` on, up to where they fork they are the same.
 * @param limit most events of each that are looked at
 */
export const align = (a: TraceView, b: TraceView, from: number, limit?: number): Alignment =>
	new Aligner(a, b, from, limit).go() as Alignment;
