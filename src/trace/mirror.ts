/**
 * Carrying a trace from the worker to the page. The worker's `TraceFeed` cuts slices, whose buffers
 * are transferred; the page's `TraceMirror` appends them and reads as if it were the store.
 */
import { CHUNK_MASK, CHUNK_SIZE, COLUMN_NAMES, makeColumns, OPEN, wordsBefore, type Columns } from './chunk';
import type { TraceStore } from './store';
import { ARG_WORDS } from './events';
import { TraceColumns } from './view';

/** Events that follow each other, as plain data. */
export interface TraceRows {
	columns: Columns;
	/** Their words, in which `argAt` counts from 0. */
	pool: Uint32Array<ArrayBuffer>;
}

/** Events `from..to` as plain data. */
export interface TraceSlice {
	from: number;
	to: number;
	rows: TraceRows;
	/** Spans of earlier slices that have ended since: seq, end, last argument (a word), cycles it took; four numbers each. */
	closed: Float64Array<ArrayBuffer>;
}

/** Calls `each` for the part of `from..to` in each chunk. */
function byChunk(from: number, to: number, each: (from: number, to: number) => void): void {
	for (let at = from; at < to;) {
		const end = Math.min(to, at - (at & CHUNK_MASK) + CHUNK_SIZE);
		each(at, end);
		at = end;
	}
}

/** Copies `count` events and where their words lie, which move by `words`. */
function copyRows(from: Columns, first: number, count: number, into: Columns, at: number, words: number): void {
	for (const name of COLUMN_NAMES) into[name].set(from[name].subarray(first, first + count), at);
	for (let row = at; row < at + count; row++) into.argAt[row] += words;
}

/** Events `from..to` of a trace, copied out. */
export function sliceOf(view: TraceColumns, from: number, to: number, closed: number[] = []): TraceSlice {
	const columns = makeColumns(to - from);
	const pools: Uint32Array[] = [];
	let words = 0;
	byChunk(from, to, (at, end) => {
		const chunk = view.chunkOf(at);
		const first = at & CHUNK_MASK;
		const [wordsAt, wordsEnd] = [wordsBefore(chunk, first), wordsBefore(chunk, first + end - at)];
		copyRows(chunk, first, end - at, columns, at - from, words - wordsAt);
		pools.push(chunk.pool.subarray(wordsAt, wordsEnd));
		words += wordsEnd - wordsAt;
	});
	const pool = new Uint32Array(words);
	pools.reduce((at, piece) => (pool.set(piece, at), at + piece.length), 0);
	return { from, to, rows: { columns, pool }, closed: Float64Array.from(closed) };
}

/** The buffers of a slice, for the transfer list of `postMessage`. */
export const transferables = ({ rows, closed }: TraceSlice): ArrayBuffer[] => [
	rows.columns.cycle.buffer,
	rows.pool.buffer,
	closed.buffer
];

/** Hands out what a store has recorded since the last time. */
export class TraceFeed {
	private open: number[] = [];
	/** Cuts of the store's trace that are known here. */
	private cutsSeen: number;

	/** @param sent events that the other side has already: those that a fork shares with where it comes from */
	constructor(
		private readonly store: Pick<TraceStore, 'view' | 'openSpans'>,
		private sent = 0
	) {
		this.cutsSeen = store.view.cuts.length;
		this.open = store.openSpans.filter((seq) => seq < sent);
	}

	/** The next slice of at most `limit` events, or null when there is nothing new. */
	take(limit = 65_536): TraceSlice | null {
		const { view } = this.store;
		for (; this.cutsSeen < view.cuts.length; this.cutsSeen++) this.cut(view.cuts[this.cutsSeen]);
		const from = this.sent;
		const to = Math.min(view.length, from + limit);
		const closed = this.closings();
		if (from === to && closed.length === 0) return null;
		for (let seq = from; seq < to; seq++) if (view.end(seq) === OPEN) this.open.push(seq);
		this.sent = to;
		return sliceOf(view, from, to, closed);
	}

	/** The trace was cut at `length`: what follows must be sent again. */
	cut(length: number): void {
		if (this.sent > length) this.sent = length;
		this.open = this.open.filter((seq) => seq < length);
		for (const seq of this.store.openSpans) if (seq < this.sent && !this.open.includes(seq)) this.open.push(seq);
	}

	private closings(): number[] {
		const { view } = this.store;
		const closed: number[] = [];
		this.open = this.open.filter((seq) => {
			if (view.end(seq) === OPEN) return true;
			const { argAt, kind, pool } = view.chunkOf(seq);
			const after = argAt[seq & CHUNK_MASK] + ARG_WORDS[kind[seq & CHUNK_MASK]];
			closed.push(seq, view.end(seq), pool[after - 1], pool[after]);
			return false;
		});
		return closed;
	}
}

/** A trace received in slices. */
export class TraceMirror extends TraceColumns {
	/** Appends a slice; one that starts before the end replaces what follows its start. */
	append({ from, to, rows, closed }: TraceSlice): void {
		if (from > this.length) throw new RangeError(`slice starts at ${from}, the trace ends at ${this.length}`);
		if (from < this.length) this.cut(from);
		byChunk(from, to, (at, end) => this.appendRows(rows, at - from, end - at));
		for (let i = 0; i < closed.length; i += 4) this.close(closed.subarray(i, i + 4));
	}

	/** The trace of another future: what is known here below `length`, with the spans `open` there open again. */
	fork(length: number, open: readonly number[] = []): TraceMirror {
		const fork = new TraceMirror();
		fork.share(this, length, open);
		return fork;
	}

	/** Appends `count` rows from `first` on, all to one chunk. */
	private appendRows({ columns, pool }: TraceRows, first: number, count: number): void {
		const at = this.length & CHUNK_MASK;
		const chunk = at === 0 ? this.addChunk() : this.tail;
		const [wordsAt, wordsEnd] = [wordsBefore(columns, first), wordsBefore(columns, first + count)];
		copyRows(columns, first, count, chunk, at, chunk.used - wordsAt);
		chunk.pool.set(pool.subarray(wordsAt, wordsEnd), chunk.used);
		chunk.used += wordsEnd - wordsAt;
		this.length += count;
	}

	private close([seq, end, last, took]: Float64Array): void {
		const chunk = this.ownChunk(seq);
		const at = seq & CHUNK_MASK;
		const args = ARG_WORDS[chunk.kind[at]];
		const after = chunk.argAt[at] + args;
		chunk.end[at] = end;
		if (args > 0) chunk.pool[after - 1] = last;
		chunk.pool[after] = took;
	}
}
