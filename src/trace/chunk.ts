/**
 * Where events lie: chunks of columns, each for the same number of events, with the words of their arguments.
 * A trace grows by a chunk at a time and what was written never moves; traces that fork share the chunks before the fork.
 * Where an event's words lie in its chunk follows from the kinds before it, so the same events lie alike in every copy.
 */

/** Events a chunk, and how their seqs split into the chunk's number and the row in it. */
export const CHUNK_SHIFT = 15;
export const CHUNK_SIZE = 1 << CHUNK_SHIFT;
export const CHUNK_MASK = CHUNK_SIZE - 1;

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
	/** Whether other traces read it too: it is copied before it is written to. */
	shared = false;

	constructor(
		columns: Columns,
		/** Argument words, one event's after the other's; `used` of them. */
		public pool: Uint32Array<ArrayBuffer>,
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

/** An empty chunk with room for about `words` argument words. */
export const makeChunk = (words: number): Chunk => new Chunk(makeColumns(CHUNK_SIZE), new Uint32Array(words));

/** The first `rows` events of a chunk, with `words` words, in a chunk of their own. */
export function copyChunk(chunk: Chunk, rows: number, words: number): Chunk {
	const copy = makeChunk(Math.max(words, chunk.pool.length));
	for (const name of COLUMN_NAMES) copy[name].set(chunk[name].subarray(0, rows));
	copy.pool.set(chunk.pool.subarray(0, words));
	copy.used = words;
	return copy;
}

/** Makes room for `words` more words. Only within its chunk does anything move. */
export function growPool(chunk: Chunk, words: number): void {
	const grown = new Uint32Array(Math.max(chunk.used + words, Math.ceil(chunk.pool.length * 1.25)));
	grown.set(chunk.pool.subarray(0, chunk.used));
	chunk.pool = grown;
}
