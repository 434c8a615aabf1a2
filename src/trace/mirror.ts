/**
 * Carrying a trace from the worker to the page. The worker's `TraceFeed` cuts slices, whose buffers
 * are transferred; the page's `TraceMirror` appends them and reads as if it were the store.
 */
import type { TraceStore } from './store';
import { OPEN } from './store';
import { ARG_COUNT, TraceColumns, type ColumnName, type Columns } from './view';

/** Events `from..to` as plain data. `argAt` counts from the slice's own pool. */
export interface TraceSlice {
	from: number;
	to: number;
	columns: Columns;
	pool: Uint32Array<ArrayBuffer>;
	/** Spans of earlier slices that have ended since: seq, end, last argument, cycles it took; four numbers each. */
	closed: Float64Array<ArrayBuffer>;
}

/** Events `from..to` of a trace, copied out. */
export function sliceOf(view: TraceColumns, from: number, to: number, closed: number[] = []): TraceSlice {
	const columns = {} as Record<ColumnName, unknown>;
	for (const name of Object.keys(view.columns) as ColumnName[]) columns[name] = view.columns[name].slice(from, to);
	const words = from < view.length ? view.columns.argAt[from] : view.poolUsed;
	const wordsEnd = to < view.length ? view.columns.argAt[to] : view.poolUsed;
	const slice = {
		from,
		to,
		columns: columns as unknown as Columns,
		pool: view.pool.slice(words, wordsEnd),
		closed: Float64Array.from(closed)
	};
	for (let i = 0; i < slice.columns.argAt.length; i++) slice.columns.argAt[i] -= words;
	return slice;
}

/** The buffers of a slice, for the transfer list of `postMessage`. */
export const transferables = (slice: TraceSlice): ArrayBuffer[] => [
	...Object.values(slice.columns).map((column: Columns[ColumnName]) => column.buffer),
	slice.pool.buffer,
	slice.closed.buffer
];

/** Hands out what a store has recorded since the last time. */
export class TraceFeed {
	private sent = 0;
	private open: number[] = [];

	constructor(private readonly store: TraceStore) {}

	/** The next slice of at most `limit` events, or null when there is nothing new. */
	take(limit = 65_536): TraceSlice | null {
		const { view } = this.store;
		// The store forgot a future that had been sent: send anew from where it was cut.
		if (this.sent > view.length) {
			this.sent = view.length;
			this.open = this.open.filter((seq) => seq < this.sent);
		}
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
			const after = view.columns.argAt[seq] + ARG_COUNT[view.kind(seq)];
			closed.push(seq, view.end(seq), view.pool[after - 1], view.pool[after]);
			return false;
		});
		return closed;
	}
}

/** A trace received in slices. */
export class TraceMirror extends TraceColumns {
	/** Appends a slice; one that starts before the end replaces what follows its start. */
	append(slice: TraceSlice): void {
		if (slice.from > this.length)
			throw new RangeError(`slice starts at ${slice.from}, the trace ends at ${this.length}`);
		if (slice.from < this.length) {
			this.poolUsed = this.columns.argAt[slice.from];
			this.length = slice.from;
		}
		const events = slice.to - slice.from;
		this.reserve(events, slice.pool.length);
		for (const name of Object.keys(this.columns) as ColumnName[]) {
			this.columns[name].set(slice.columns[name] as never, slice.from);
		}
		for (let seq = slice.from; seq < slice.to; seq++) this.columns.argAt[seq] += this.poolUsed;
		this.pool.set(slice.pool, this.poolUsed);
		this.poolUsed += slice.pool.length;
		this.length = slice.to;
		for (let i = 0; i < slice.closed.length; i += 4) this.close(slice.closed.subarray(i, i + 4));
	}

	private close([seq, end, last, took]: Float64Array): void {
		this.columns.end[seq] = end;
		const args = ARG_COUNT[this.columns.kind[seq]];
		const after = this.columns.argAt[seq] + args;
		if (args > 0) this.pool[after - 1] = last;
		this.pool[after] = took;
	}
}
