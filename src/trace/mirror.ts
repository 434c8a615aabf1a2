/**
 * Carrying a trace from the worker to the page. The worker's `TraceFeed` cuts slices, whose buffers
 * are transferred; the page's `TraceMirror` appends them and reads as if it were the store.
 */
import {
	CHUNK_MASK,
	CHUNK_SHIFT,
	CHUNK_SIZE,
	COLUMN_NAMES,
	makeColumns,
	OPEN,
	wordsBefore,
	type Columns
} from './chunk';
import type { TraceStore } from './store';
import { ARG_WORDS } from './events';
import { Packed } from './packed';
import { TraceColumns } from './view';

/** Events that follow each other, as plain data. */
export interface TraceRows {
	columns: Columns;
	/** Their words, in which `argAt` counts from 0. */
	pool: Uint32Array<ArrayBuffer>;
}

/** What is new in a trace, as plain data. */
export interface TraceSlice {
	/** Events that were told before and still hold. */
	known: number;
	/** Chunks that have been packed since, by their numbers: of known events that were told as rows, and of those that follow. */
	packed: { index: number; bytes: Uint8Array }[];
	/** The events `from..to` after all these. */
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
	return { known: from, packed: [], from, to, rows: { columns, pool }, closed: Float64Array.from(closed) };
}

/** The buffers of a slice, for the transfer list of `postMessage`. Packed chunks stay here, too: shared where that can be, else copied. */
export const transferables = ({ rows, closed }: TraceSlice): ArrayBuffer[] => [
	rows.columns.cycle.buffer,
	rows.pool.buffer,
	closed.buffer
];

/** Hands out what a store has recorded since the last time. */
export class TraceFeed {
	private open: number[] = [];
	/** Chunks, from the first on, that were handed out packed. */
	private packed: number;
	/** Cuts of the store's trace that are known here. */
	private cutsSeen: number;

	/** @param sent events that the other side has already: those that a fork shares with where it comes from */
	constructor(
		private readonly store: Pick<TraceStore, 'view' | 'openSpans'>,
		private sent = 0
	) {
		this.packed = sent >>> CHUNK_SHIFT;
		this.cutsSeen = store.view.cuts.length;
		this.open = store.openSpans.filter((seq) => seq < sent);
	}

	/** The next slice of at most `limit` events, or null when there is nothing new. */
	take(limit = 65_536): TraceSlice | null {
		const { view } = this.store;
		for (; this.cutsSeen < view.cuts.length; this.cutsSeen++) this.cut(view.cuts[this.cutsSeen]);
		const known = this.sent;
		const to = Math.min(view.length, known + limit);
		const packed: TraceSlice['packed'] = [];
		for (let chunk = view.packedAt(this.packed); chunk; chunk = view.packedAt(this.packed)) {
			if ((this.packed + 1) << CHUNK_SHIFT > to) break;
			packed.push({ index: this.packed++, bytes: chunk.bytes });
		}
		const closed = this.closings();
		if (known === to && closed.length === 0 && packed.length === 0) return null;
		this.noteOpen(known, to);
		this.sent = to;
		return { ...sliceOf(view, Math.max(known, this.packed << CHUNK_SHIFT), to, closed), known, packed };
	}

	/** Notes which of the events `from..to` are still to end. */
	private noteOpen(from: number, to: number): void {
		const { view } = this.store;
		byChunk(from, to, (at, end) => {
			if (view.packedAt(at >>> CHUNK_SHIFT)?.open === false) return;
			for (let seq = at; seq < end; seq++) if (view.end(seq) === OPEN) this.open.push(seq);
		});
	}

	/** The trace was cut at `length`: what follows must be sent again. */
	cut(length: number): void {
		if (this.sent > length) this.sent = length;
		this.packed = Math.min(this.packed, length >>> CHUNK_SHIFT);
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
	/** Takes in a slice; one that knows fewer events than there are replaces the others. */
	append({ known, packed, from, to, rows, closed }: TraceSlice): void {
		if (known > this.length) throw new RangeError(`a slice follows event ${known}, the trace ends at ${this.length}`);
		if (known < this.length) this.cut(known);
		for (const { index, bytes } of packed) this.adopt(index, new Packed(bytes));
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

	/** A chunk that was packed since the span ended has it already. */
	private close([seq, end, last, took]: Float64Array): void {
		if (this.end(seq) === end) return;
		const chunk = this.ownChunk(seq);
		const at = seq & CHUNK_MASK;
		const args = ARG_WORDS[chunk.kind[at]];
		const after = chunk.argAt[at] + args;
		chunk.end[at] = end;
		if (args > 0) chunk.pool[after - 1] = last;
		chunk.pool[after] = took;
	}
}
