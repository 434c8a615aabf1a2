/**
 * Reading a trace. An event is its seq; its fields lie in columns of typed arrays, one row an event,
 * and its arguments in a pool of 32-bit words. Each accessor takes a seq in [0, length).
 */
import { EVENT_KINDS, EVENTS, type ArgFormat, type EventKind, type EventRow } from './events';

/** The read side of a trace: of the store where it is recorded, and of its mirror in the page. */
export interface TraceView {
	/** Events known. A store that replays may stand before its end; see `TraceStore.next`. */
	readonly length: number;
	/** Number of the kind; `KIND.hypercall` and so on. */
	kind(seq: number): number;
	kindName(seq: number): EventKind;
	row(seq: number): EventRow;
	/** Virtual time, cycles since reset. */
	cycle(seq: number): number;
	/** Instructions retired when it was recorded. */
	icount(seq: number): number;
	/** Domain and vcpu in whose context it happened; 0x7fff when none. */
	dom(seq: number): number;
	vcpu(seq: number): number;
	ring(seq: number): number;
	/** The event that caused it, or -1. */
	cause(seq: number): number;
	/** Seq of the last event inside the span; its own seq for an event that does not last; -1 while the span is open. */
	end(seq: number): number;
	/** Cycles that the span took; 0 for an event that does not last, NaN while the span is open. */
	duration(seq: number): number;
	/** Argument by place or by name, with the sign that its format says. Throws for a name the kind does not have. */
	arg(seq: number, which: number | string): number;
	/** All arguments by name. */
	args(seq: number): Record<string, number>;
	/** The innermost span around it, or -1. */
	parent(seq: number): number;
	/** First event at or after a moment; `length` when none. */
	seqAtCycle(cycle: number): number;
	seqAtIcount(icount: number): number;
}

/** One typed array an attribute. */
export interface Columns {
	cycle: Float64Array<ArrayBuffer>;
	icount: Float64Array<ArrayBuffer>;
	dom: Uint16Array<ArrayBuffer>;
	vcpu: Uint8Array<ArrayBuffer>;
	ring: Uint8Array<ArrayBuffer>;
	kind: Uint8Array<ArrayBuffer>;
	cause: Int32Array<ArrayBuffer>;
	end: Int32Array<ArrayBuffer>;
	/** Where the event's arguments start in `pool`; how many follows from its kind. */
	argAt: Uint32Array<ArrayBuffer>;
}

export type ColumnName = keyof Columns;

const emptyColumns = (size: number): Columns => ({
	cycle: new Float64Array(size),
	icount: new Float64Array(size),
	dom: new Uint16Array(size),
	vcpu: new Uint8Array(size),
	ring: new Uint8Array(size),
	kind: new Uint8Array(size),
	cause: new Int32Array(size),
	end: new Int32Array(size),
	argAt: new Uint32Array(size)
});

/** Number of arguments of each kind. */
export const ARG_COUNT: Uint8Array = Uint8Array.from(EVENT_KINDS, (name) => EVENTS[name].args.length);
/** 1 for the kinds that last. */
export const IS_SPAN: Uint8Array = Uint8Array.from(EVENT_KINDS, (name) => (EVENTS[name].span ? 1 : 0));

/** Words of the pool that an event of each kind takes: its arguments, and for a span how many cycles it took. */
export const WORD_COUNT: Uint8Array = Uint8Array.from(ARG_COUNT, (count, kind) => count + IS_SPAN[kind]);

const ARG_INDEX: ReadonlyMap<string, number>[] = EVENT_KINDS.map(
	(name) => new Map(EVENTS[name].args.map(([arg], index) => [arg, index]))
);
const FORMATS: readonly (readonly ArgFormat[])[] = EVENT_KINDS.map((name) => EVENTS[name].args.map((arg) => arg[1]));

/** Place of the argument `name` of a kind, or -1. */
export const argIndex = (kind: number, name: string): number => ARG_INDEX[kind]?.get(name) ?? -1;

/** Columns that grow, and the reading of them. The store and the mirror write to its fields; all others read. */
export class TraceColumns implements TraceView {
	columns: Columns;
	/** Argument words of all events, one after another; `poolUsed` of them. */
	pool: Uint32Array<ArrayBuffer>;
	poolUsed = 0;
	length = 0;
	private capacity: number;

	constructor(capacity = 1024) {
		this.capacity = capacity;
		this.columns = emptyColumns(capacity);
		this.pool = new Uint32Array(capacity * 4);
	}

	/** Bytes held by events so far, without the room for growth. */
	get bytes(): number {
		const c = this.columns;
		const eventBytes = Object.values(c).reduce((sum, column: Columns[ColumnName]) => sum + column.BYTES_PER_ELEMENT, 0);
		return this.length * eventBytes + this.poolUsed * 4;
	}

	kind(seq: number): number {
		return this.columns.kind[seq];
	}
	kindName(seq: number): EventKind {
		return EVENT_KINDS[this.columns.kind[seq]];
	}
	row(seq: number): EventRow {
		return EVENTS[this.kindName(seq)];
	}
	cycle(seq: number): number {
		return this.columns.cycle[seq];
	}
	icount(seq: number): number {
		return this.columns.icount[seq];
	}
	dom(seq: number): number {
		return this.columns.dom[seq];
	}
	vcpu(seq: number): number {
		return this.columns.vcpu[seq];
	}
	ring(seq: number): number {
		return this.columns.ring[seq];
	}
	cause(seq: number): number {
		return this.columns.cause[seq];
	}
	end(seq: number): number {
		return this.columns.end[seq];
	}
	duration(seq: number): number {
		const { kind, end, argAt } = this.columns;
		if (!IS_SPAN[kind[seq]]) return 0;
		return end[seq] < 0 ? NaN : this.pool[argAt[seq] + ARG_COUNT[kind[seq]]];
	}

	arg(seq: number, which: number | string): number {
		const kind = this.columns.kind[seq];
		const index = typeof which === 'number' ? which : argIndex(kind, which);
		if (index < 0 || index >= ARG_COUNT[kind]) {
			throw new RangeError(
				`${EVENT_KINDS[kind]} has no argument ${which}; it has ${[...ARG_INDEX[kind].keys()].join(', ') || 'none'}`
			);
		}
		const word = this.pool[this.columns.argAt[seq] + index];
		return FORMATS[kind][index] === 'signed' ? word | 0 : word;
	}

	args(seq: number): Record<string, number> {
		const row = this.row(seq);
		return Object.fromEntries(row.args.map(([name], index) => [name, this.arg(seq, index)]));
	}

	parent(seq: number): number {
		const { cause, kind, end } = this.columns;
		const by = cause[seq];
		if (by < 0 || !IS_SPAN[kind[by]]) return -1;
		return end[by] < 0 || end[by] >= seq ? by : -1;
	}

	seqAtCycle(cycle: number): number {
		return lowerBound(this.columns.cycle, this.length, cycle);
	}
	seqAtIcount(icount: number): number {
		return lowerBound(this.columns.icount, this.length, icount);
	}

	/** Makes room for `events` more events and `words` more argument words. */
	reserve(events: number, words: number): void {
		if (this.length + events > this.capacity) {
			this.capacity = Math.max(this.capacity * 2, this.length + events);
			const grown = emptyColumns(this.capacity);
			for (const name of Object.keys(grown) as ColumnName[]) grown[name].set(this.columns[name] as never);
			this.columns = grown;
		}
		if (this.poolUsed + words > this.pool.length) {
			const grown = new Uint32Array(Math.max(this.pool.length * 2, this.poolUsed + words));
			grown.set(this.pool);
			this.pool = grown;
		}
	}
}

/** First index in the ascending `column[0..count)` whose value is not below `value`. */
function lowerBound(column: Float64Array, count: number, value: number): number {
	let low = 0;
	let high = count;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (column[middle] < value) low = middle + 1;
		else high = middle;
	}
	return low;
}
