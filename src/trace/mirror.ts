/**
 * Carrying a trace from the worker to the page. The worker's `TraceFeed` cuts slices, whose buffers
 * are transferred; the page's `TraceMirror` appends them and reads as if it were the store.
 */
import { Chunk, CHUNK_MASK, CHUNK_SIZE, COLUMN_NAMES, growPool, makeColumns, type Columns } from './chunk';
import type { TraceStore } from './store';
import { ARG_WORDS } from './events';
import { OPEN, TraceColumns } from './view';

/** Events that follow each other in one chunk, as plain data. Copied to the same rows they read alike. */
export interface TracePart {
	/** Seq of its first event. */
	from: number;
	columns: Columns;
	/** Where its words lie in the chunk's pool. */
	wordsAt: number;
	pool: Uint32Array<ArrayBuffer>;
}

/** Events `from..to` as plain data. */
export interface TraceSlice {
	from: number;
	to: number;
	/** In order, without a gap; none crosses from one chunk into the next. */
	parts: TracePart[];
	/** Spans of earlier slices that have ended since: seq, end, last argument (a word), cycles it took; four numbers each. */
	closed: Float64Array<ArrayBuffer>;
}

/** Events `from..to` of one chunk, copied out. */
function partOf(view: TraceColumns, from: number, to: number): TracePart {
	const chunk = view.chunkOf(from);
	const [first, after] = [from & CHUNK_MASK, (from & CHUNK_MASK) + (to - from)];
	const columns = makeColumns(to - from);
	for (const name of COLUMN_NAMES) columns[name].set(chunk[name].subarray(first, after));
	const wordsAt = chunk.argAt[first];
	const wordsEnd = to < view.length && after < CHUNK_SIZE ? chunk.argAt[after] : chunk.used;
	return { from, columns, wordsAt, pool: chunk.pool.slice(wordsAt, wordsEnd) };
}

/** Events `from..to` of a trace, copied out. */
export function sliceOf(view: TraceColumns, from: number, to: number, closed: number[] = []): TraceSlice {
	const parts: TracePart[] = [];
	for (let at = from; at < to;) {
		const end = Math.min(to, at - (at & CHUNK_MASK) + CHUNK_SIZE);
		parts.push(partOf(view, at, end));
		at = end;
	}
	return { from, to, parts, closed: Float64Array.from(closed) };
}

/** The buffers of a slice, for the transfer list of `postMessage`. */
export const transferables = (slice: TraceSlice): ArrayBuffer[] => [
	...new Set(
		slice.parts.flatMap(({ columns, pool }) => [...COLUMN_NAMES.map((name) => columns[name].buffer), pool.buffer])
	),
	slice.closed.buffer
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
	/** Appends a slice; one that starts before the end replaces what follows its start. Whole chunks are taken over as they are. */
	append(slice: TraceSlice): void {
		if (slice.from > this.length)
			throw new RangeError(`slice starts at ${slice.from}, the trace ends at ${this.length}`);
		if (slice.from < this.length) this.cut(slice.from);
		for (const part of slice.parts) this.appendPart(part);
		for (let i = 0; i < slice.closed.length; i += 4) this.close(slice.closed.subarray(i, i + 4));
	}

	/** The trace of another future: what is known here below `length`, with the spans `open` there open again. */
	fork(length: number, open: readonly number[] = []): TraceMirror {
		const fork = new TraceMirror();
		fork.share(this, length, open);
		return fork;
	}

	private appendPart({ columns, wordsAt, pool }: TracePart): void {
		const rows = columns.kind.length;
		const at = this.length & CHUNK_MASK;
		this.length += rows;
		if (rows === CHUNK_SIZE) {
			this.addChunk(new Chunk(columns, pool, pool.length));
			return;
		}
		const chunk = at === 0 ? this.addChunk() : this.tail;
		for (const name of COLUMN_NAMES) chunk[name].set(columns[name], at);
		if (wordsAt + pool.length > chunk.pool.length) growPool(chunk, pool.length);
		chunk.pool.set(pool, wordsAt);
		chunk.used = wordsAt + pool.length;
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
