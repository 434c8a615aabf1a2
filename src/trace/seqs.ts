/** Events by their seqs, ascending: what a query found. */
import { CHUNK_SIZE } from './chunk';

/** Reading of such a list. */
export interface Found {
	readonly count: number;
	/** The seq at a place below `count`. */
	at(place: number): number;
	/** How many lie before event `seq`. */
	before(seq: number): number;
}

/** A list that grows at its end. */
export class Seqs implements Found {
	private seqs = new Int32Array(256);
	count = 0;

	at(place: number): number {
		return this.seqs[place];
	}
	push(seq: number): void {
		if (this.count === this.seqs.length) {
			const larger = new Int32Array(this.seqs.length * 2);
			larger.set(this.seqs);
			this.seqs = larger;
		}
		this.seqs[this.count++] = seq;
	}
	/** Forgets what lies at or behind event `seq`. */
	cut(seq: number): void {
		this.count = this.before(seq);
	}
	before(seq: number): number {
		return countBelow(this.seqs, this.count, seq);
	}
	toArray(): number[] {
		return Array.from(this.seqs.subarray(0, this.count));
	}
}

/** How many of the first `count` of the ascending `seqs` lie below `seq`. */
function countBelow(seqs: ArrayLike<number>, count: number, seq: number): number {
	let low = 0;
	let high = count;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (seqs[middle] < seq) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** A list that is known already. */
export const foundOf = (seqs: ArrayLike<number>): Found => ({
	count: seqs.length,
	at: (place) => seqs[place],
	before: (seq) => countBelow(seqs, seqs.length, seq)
});

/** Events in stretches spread over a trace of `length`, about `most` of them; all, where there are no more. A stretch is a chunk: few are unpacked. */
export function* spread(length: number, most: number): Generator<number, void> {
	const stride = CHUNK_SIZE * Math.max(1, Math.floor(length / most));
	for (let from = 0; from < length; from += stride)
		for (let seq = from; seq < Math.min(length, from + CHUNK_SIZE); seq++) yield seq;
}
