/**
 * Where events lie: chunks of columns, each for the same number of events, with the words of their arguments.
 * A trace grows by a chunk at a time; soon after a chunk is full it is packed (packed.ts), and traces that fork share it.
 * Where an event's words lie in its chunk follows from the kinds before it, so the same events lie alike in every copy.
 */

import { ARG_WORDS, EVENT_KINDS, EVENTS } from './events';

/** Events a chunk, and how their seqs split into the chunk's number and the row in it. */
export const CHUNK_SHIFT = 10;
export const CHUNK_SIZE = 1 << CHUNK_SHIFT;
export const CHUNK_MASK = CHUNK_SIZE - 1;

/** `end` of a span that has not ended. */
export const OPEN = -1;

/** 1 for the kinds that last. */
export const IS_SPAN: Uint8Array = Uint8Array.from(EVENT_KINDS, (name) => (EVENTS[name].span ? 1 : 0));
/** Words of the pool that an event of each kind takes: its arguments, and for a span how many cycles it took. */
export const WORD_COUNT: Uint8Array = Uint8Array.from(ARG_WORDS, (count, kind) => count + IS_SPAN[kind]);

/** One typed array an attribute, one row an event; all of them lie in one buffer. */
export interface Columns {
	cycle: Float64Array<ArrayBuffer>;
	icount: Float64Array<ArrayBuffer>;
	cause: Int32Array<ArrayBuffer>;
	end: Int32Array<ArrayBuffer>;
	/** Where the event's arguments start in the chunk's `pool`; how many follows from its kind. */
	argAt: Uint32Array<ArrayBuffer>;
	dom: Uint16Array<ArrayBuffer>;
	vcpu: Uint8Array<ArrayBuffer>;
	ring: Uint8Array<ArrayBuffer>;
	kind: Uint8Array<ArrayBuffer>;
}

export type ColumnName = keyof Columns;

/** From the widest to the narrowest, so that any number of rows leaves each column aligned. */
const TYPES = {
	cycle: Float64Array,
	icount: Float64Array,
	cause: Int32Array,
	end: Int32Array,
	argAt: Uint32Array,
	dom: Uint16Array,
	vcpu: Uint8Array,
	ring: Uint8Array,
	kind: Uint8Array
} as const;

export const COLUMN_NAMES = Object.keys(TYPES) as ColumnName[];

/** Bytes of one event in its columns, its arguments aside. */
export const ROW_BYTES = COLUMN_NAMES.reduce((sum, name) => sum + TYPES[name].BYTES_PER_ELEMENT, 0);

/** Columns for `rows` events, all zero. */
export function makeColumns(rows: number): Columns {
	const buffer = new ArrayBuffer(rows * ROW_BYTES);
	let end = 0;
	const take = (name: ColumnName): number => {
		const at = end;
		end += rows * TYPES[name].BYTES_PER_ELEMENT;
		return at;
	};
	// In the order of TYPES. Spelled out, so that every chunk has one shape for the compiler.
	return {
		cycle: new Float64Array(buffer, take('cycle'), rows),
		icount: new Float64Array(buffer, take('icount'), rows),
		cause: new Int32Array(buffer, take('cause'), rows),
		end: new Int32Array(buffer, take('end'), rows),
		argAt: new Uint32Array(buffer, take('argAt'), rows),
		dom: new Uint16Array(buffer, take('dom'), rows),
		vcpu: new Uint8Array(buffer, take('vcpu'), rows),
		ring: new Uint8Array(buffer, take('ring'), rows),
		kind: new Uint8Array(buffer, take('kind'), rows)
	};
}

/** Up to `CHUNK_SIZE` events that follow each other. */
export class Chunk implements Columns {
	readonly cycle: Float64Array<ArrayBuffer>;
	readonly icount: Float64Array<ArrayBuffer>;
	readonly cause: Int32Array<ArrayBuffer>;
	readonly end: Int32Array<ArrayBuffer>;
	readonly argAt: Uint32Array<ArrayBuffer>;
	readonly dom: Uint16Array<ArrayBuffer>;
	readonly vcpu: Uint8Array<ArrayBuffer>;
	readonly ring: Uint8Array<ArrayBuffer>;
	readonly kind: Uint8Array<ArrayBuffer>;
	constructor(
		columns: Columns,
		/** Argument words, one event's after the other's; `used` of them. */
		readonly pool: Uint32Array<ArrayBuffer>,
		public used = 0
	) {
		this.cycle = columns.cycle;
		this.icount = columns.icount;
		this.cause = columns.cause;
		this.end = columns.end;
		this.argAt = columns.argAt;
		this.dom = columns.dom;
		this.vcpu = columns.vcpu;
		this.ring = columns.ring;
		this.kind = columns.kind;
	}
}

/** Words of a chunk, at most; and room for those that the last event might have had. */
const MOST_WORDS = CHUNK_SIZE * Math.max(...WORD_COUNT) + 8;

/** An empty chunk with room for any events. */
export const makeChunk = (): Chunk => new Chunk(makeColumns(CHUNK_SIZE), new Uint32Array(MOST_WORDS));

/** The first `rows` events of a chunk, in one of their own with room for others. */
export function copyChunk(chunk: Chunk, rows: number): Chunk {
	const copy = makeChunk();
	for (const name of COLUMN_NAMES) copy[name].set(chunk[name].subarray(0, rows));
	copy.used = wordsBefore(chunk, rows);
	copy.pool.set(chunk.pool.subarray(0, copy.used));
	return copy;
}

/** How many words the events before a row have. */
export function wordsBefore({ argAt, kind }: Columns, row: number): number {
	return row === 0 ? 0 : argAt[row - 1] + WORD_COUNT[kind[row - 1]];
}
