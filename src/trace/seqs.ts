/** Events by their seqs, ascending: what a query found. */
import { firstWhere } from '../base';
import { CHUNK_SIZE } from './chunk';

/** Reading of such a list. */
export interface Found {
	readonly count: number;
	/** The seq at a place below `count`. */
	at(place: number): number;
	/** How many lie before event `seq`. */
	before(seq: number): number;
}

/** Seqs a page of a list. */
const PAGE_SHIFT = 14;
const PAGE_MASK = (1 << PAGE_SHIFT) - 1;

/** A list that grows at its end, by a page at a time: nothing moves, however long it becomes. */
export class Seqs implements Found {
	private readonly pages: Int32Array[] = [];
	count = 0;

	at(place: number): number {
		return this.pages[place >>> PAGE_SHIFT]?.[place & PAGE_MASK];
	}
	push(seq: number): void {
		const page = this.count >>> PAGE_SHIFT;
		if (page === this.pages.length) this.pages.push(new Int32Array(1 << PAGE_SHIFT));
		this.pages[page][this.count++ & PAGE_MASK] = seq;
	}
	/** Forgets what lies at or behind event `seq`. */
	cut(seq: number): void {
		this.count = this.before(seq);
		this.pages.length = Math.min(this.pages.length, (this.count >>> PAGE_SHIFT) + 1);
	}
	before(seq: number): number {
		return countBelow((place) => this.at(place), this.count, seq);
	}
	toArray(): number[] {
		return Array.from({ length: this.count }, (_none, place) => this.at(place));
	}
}

/** How many of the first `count` seqs, which ascend, lie below `seq`. */
function countBelow(at: (place: number) => number, count: number, seq: number): number {
	return firstWhere(0, count, (place) => at(place) >= seq);
}

/** A list that is known already. */
export const foundOf = (seqs: ArrayLike<number>): Found => ({
	count: seqs.length,
	at: (place) => seqs[place],
	before: (seq) => countBelow((place) => seqs[place], seqs.length, seq)
});

/** Events in stretches spread over a trace of `length`, about `most` of them; all, where there are no more. A stretch is a chunk: few are unpacked. */
export function* spread(length: number, most: number): Generator<number, void> {
	const stride = CHUNK_SIZE * Math.max(1, Math.floor(length / most));
	for (let from = 0; from < length; from += stride)
		for (let seq = from; seq < Math.min(length, from + CHUNK_SIZE); seq++) yield seq;
}
