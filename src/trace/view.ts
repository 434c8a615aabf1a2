/**
 * Reading a trace. An event is its seq; its fields lie in chunks of columns (chunk.ts), one row an event,
 * and its arguments in a pool of 32-bit words: one an argument, two where it holds 64 bits. Each accessor takes a seq in [0, length).
 */
import { firstWhere } from '../base';
import {
	Chunk,
	CHUNK_MASK,
	CHUNK_SHIFT,
	CHUNK_SIZE,
	copyChunk,
	IS_SPAN,
	makeChunk,
	makeColumns,
	OPEN,
	ROW_BYTES
} from './chunk';
import {
	ARG_WORDS,
	EVENT_KINDS,
	EVENTS,
	isWide,
	type ArgName,
	type EventKind,
	type EventRow,
	type WideName
} from './events';
import { open } from './opened';
import { pack, Packed, unpack } from './packed';
import { joined, type ArgValue } from './wide';

export { IS_SPAN, OPEN } from './chunk';

/** The read side of a trace: of the store where it is recorded, and of its mirror in the page. */
export interface TraceView {
	/** Events known. A store that replays may stand before its end; see `TraceStore.next`. */
	readonly length: number;
	/** Whether it came from a tracer that records less: results, lengths, causes and some arguments read 0 and mean nothing. */
	readonly partial: boolean;
	/** Number of the kind; `KIND.hypercall` and so on. It can be had without unpacking anything. */
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
	/**
	 * Argument by place or by name, with the sign that its format says. Throws for a name the kind does not have, and for an
	 * argument of 64 bits.
	 */
	arg(seq: number, which: number | string): number;
	/** As `arg`, of whatever width. */
	value(seq: number, which: number | string): ArgValue;
	/** All arguments by name. */
	args(seq: number): EventArgs;
	/** Word `index` of its arguments as it lies in the pool, unsigned; see WORD_NAMES. */
	word(seq: number, index: number): number;
	/** The innermost span around it, or -1. */
	parent(seq: number): number;
	/** First event at or after a moment; `length` when none. */
	seqAtCycle(cycle: number): number;
	seqAtIcount(icount: number): number;
	/**
	 * For those who read whole columns: the chunk of an event, in whose row `seq & CHUNK_MASK` it lies; an empty one where there is none. Ask
	 * again once more may have been recorded, or much else read: the columns may then be other events'.
	 */
	chunkOf(seq: number): Chunk;
	/** The column of kinds of that chunk, likewise had without unpacking. */
	kindsOf(seq: number): Uint8Array;
	/** Lengths at which the trace was cut, in order: what was read beyond is to be read again. */
	readonly cuts: readonly number[];
}

/** Arguments by name, for whoever knows the kind. */
export type EventArgs = Readonly<Record<Exclude<ArgName, WideName>, number> & Record<WideName, ArgValue>>;

/** Number of arguments of each kind. */
export const ARG_COUNT: Uint8Array = Uint8Array.from(EVENT_KINDS, (name) => EVENTS[name].args.length);
const ARG_INDEX: ReadonlyMap<string, number>[] = EVENT_KINDS.map(
	(name) => new Map(EVENTS[name].args.map(([arg], index) => [arg, index]))
);

/** Where each argument of each kind lies: its first word, and how it is read. */
const SIGNED = 0x40;
const WIDE = 0x80;
const PLACES: readonly Uint8Array[] = EVENT_KINDS.map((kind) => {
	let word = 0;
	return Uint8Array.from(EVENTS[kind].args, ([, format]) => {
		const first = word;
		word += isWide(format) ? 2 : 1;
		return first | (isWide(format) ? WIDE : format === 'signed' ? SIGNED : 0);
	});
});

/** Place of the argument `name` of a kind, or -1. */
export const argIndex = (kind: number, name: string): number => ARG_INDEX[kind]?.get(name) ?? -1;
/** First word of the argument `name` of a kind, or -1. */
export const wordIndex = (kind: number, name: string): number => {
	const index = argIndex(kind, name);
	return index < 0 ? -1 : PLACES[kind][index] & ~(SIGNED | WIDE);
};
/** The words of the argument `name` of a kind: one, or the low and the high one of 64 bits. */
export function argWords(kind: number, name: string): readonly number[] {
	const place = placeOf(kind, name);
	const first = place & ~(SIGNED | WIDE);
	return place >= WIDE ? [first, first + 1] : [first];
}
/** Whether the argument at a place of a kind holds 64 bits. */
export const holds64 = (kind: number, place: number): boolean => (PLACES[kind][place] & WIDE) !== 0;

/** Where an argument lies, with SIGNED and WIDE. */
function placeOf(kind: number, which: number | string): number {
	const index = typeof which === 'number' ? which : argIndex(kind, which);
	if (index >= 0 && index < ARG_COUNT[kind]) return PLACES[kind][index];
	throw new RangeError(
		`${EVENT_KINDS[kind]} has no argument ${which}; it has ${[...ARG_INDEX[kind].keys()].join(', ') || 'none'}`
	);
}

/** What lies where no event is: nothing. */
const NO_CHUNK = new Chunk(makeColumns(0), new Uint32Array(0));

/**
 * Chunks at the end of a trace that are not packed yet: what was recorded last is what is still written to, since spans end, and
 * what a feed sends as rows.
 */
const LOOSE = 4;

/** Columns that grow, and the reading of them. The store and the mirror write to its fields; all others read. */
export class TraceColumns implements TraceView {
	/** All events: chunk `seq >>> CHUNK_SHIFT`, row `seq & CHUNK_MASK`. */
	private readonly held: (Chunk | Packed)[] = [];
	/** Numbers of the full chunks that are not packed, in the order in which they are to be. */
	private loose: number[] = [];
	length = 0;
	partial = false;
	/** Lengths at which the trace was cut, in order: what was read beyond is to be read again. */
	readonly cuts: number[] = [];
	/** The chunk that the next event goes into, while it has room. */
	tail: Chunk = NO_CHUNK;
	/** A chunk whose events have been packed: the next ones may have its place. */
	private spare: Chunk | null = null;

	/** Bytes held by events so far, without the room for growth. */
	get bytes(): number {
		const sizes = this.held.map((one) => (one instanceof Packed ? one.bytes.length : one.used * 4));
		const rows = this.length - CHUNK_SIZE * this.held.filter((one) => one instanceof Packed).length;
		return rows * ROW_BYTES + sizes.reduce((sum, size) => sum + size, 0);
	}

	chunkOf(seq: number): Chunk {
		const held = this.held[seq >>> CHUNK_SHIFT];
		return held instanceof Packed ? open(held, seq - (seq & CHUNK_MASK)) : (held ?? NO_CHUNK);
	}

	kindsOf(seq: number): Uint8Array {
		return (this.held[seq >>> CHUNK_SHIFT] ?? NO_CHUNK).kind;
	}

	kind(seq: number): number {
		return this.kindsOf(seq)[seq & CHUNK_MASK];
	}
	kindName(seq: number): EventKind {
		return EVENT_KINDS[this.kind(seq)];
	}
	row(seq: number): EventRow {
		return EVENTS[this.kindName(seq)];
	}
	cycle(seq: number): number {
		return this.chunkOf(seq).cycle[seq & CHUNK_MASK];
	}
	icount(seq: number): number {
		return this.chunkOf(seq).icount[seq & CHUNK_MASK];
	}
	dom(seq: number): number {
		return this.chunkOf(seq).dom[seq & CHUNK_MASK];
	}
	vcpu(seq: number): number {
		return this.chunkOf(seq).vcpu[seq & CHUNK_MASK];
	}
	ring(seq: number): number {
		return this.chunkOf(seq).ring[seq & CHUNK_MASK];
	}
	cause(seq: number): number {
		return this.chunkOf(seq).cause[seq & CHUNK_MASK];
	}
	end(seq: number): number {
		return this.chunkOf(seq).end[seq & CHUNK_MASK];
	}
	duration(seq: number): number {
		const { kind, end, argAt, pool } = this.chunkOf(seq);
		const at = seq & CHUNK_MASK;
		if (!IS_SPAN[kind[at]]) return 0;
		return end[at] < 0 ? NaN : pool[argAt[at] + ARG_WORDS[kind[at]]];
	}

	arg(seq: number, which: number | string): number {
		const chunk = this.chunkOf(seq);
		const at = seq & CHUNK_MASK;
		const kind = chunk.kind[at];
		const place = placeOf(kind, which);
		if (place >= WIDE) throw new RangeError(`${which} of ${EVENT_KINDS[kind]} holds 64 bits: it is read by \`value\``);
		const word = chunk.pool[chunk.argAt[at] + (place & ~SIGNED)];
		return place >= SIGNED ? word | 0 : word;
	}

	value(seq: number, which: number | string): ArgValue {
		const { kind, argAt, pool } = this.chunkOf(seq);
		const at = seq & CHUNK_MASK;
		const place = placeOf(kind[at], which);
		if (place < WIDE) return this.arg(seq, which);
		const word = argAt[at] + (place & ~WIDE);
		return joined(pool[word], pool[word + 1]);
	}

	args(seq: number): EventArgs {
		const row = this.row(seq);
		return Object.fromEntries(row.args.map(([name], index) => [name, this.value(seq, index)])) as EventArgs;
	}

	word(seq: number, index: number): number {
		const { argAt, pool } = this.chunkOf(seq);
		return pool[argAt[seq & CHUNK_MASK] + index];
	}

	parent(seq: number): number {
		const by = this.cause(seq);
		if (by < 0 || !IS_SPAN[this.kind(by)]) return -1;
		const end = this.end(by);
		return end < 0 || end >= seq ? by : -1;
	}

	seqAtCycle(cycle: number): number {
		return this.lowerBound('cycle', cycle);
	}
	seqAtIcount(icount: number): number {
		return this.lowerBound('icount', icount);
	}

	/** First seq whose value in the ascending column `name` is not below `value`; `length` when none. Opens one chunk. */
	private lowerBound(name: 'cycle' | 'icount', value: number): number {
		const { held } = this;
		const first = (index: number): number => {
			const one = held[index];
			return one instanceof Packed ? one[name] : one[name][0];
		};
		// In the last chunk that begins below it, or right after that.
		const chunks = firstWhere(0, held.length, (index) => first(index) >= value);
		if (chunks === 0) return 0;
		const base = (chunks - 1) << CHUNK_SHIFT;
		const column = this.chunkOf(base)[name];
		return base + firstWhere(0, Math.min(CHUNK_SIZE, this.length - base), (row) => column[row] >= value);
	}

	// --- for those who write ---------------------------------------------------------------------

	/** A new chunk at the end; the last one must be full. */
	addChunk(): Chunk {
		if (this.held.length > 0) this.loosen(this.held.length - 1);
		this.tail = this.spare ?? makeChunk();
		this.tail.used = 0;
		this.spare = null;
		this.held.push(this.tail);
		return this.tail;
	}

	/** The chunk of this number, packed; null while it is not. */
	packedAt(index: number): Packed | null {
		const held = this.held[index];
		return held instanceof Packed ? held : null;
	}

	/** Takes over chunk `index` packed elsewhere, in the place of what is known of it. */
	protected adopt(index: number, packed: Packed): void {
		const rows = this.held[index];
		if (rows instanceof Chunk) this.spare = rows;
		this.held[index] = packed;
		this.length = Math.max(this.length, (index + 1) << CHUNK_SHIFT);
	}

	/** Notes that a full chunk is to be packed; the one that waits longest is packed for it. */
	private loosen(index: number): void {
		if (this.held[index] instanceof Packed) return;
		if (this.loose.push(index) > LOOSE) this.pack(this.loose.shift()!);
	}

	private pack(index: number): void {
		const chunk = this.held[index];
		if (chunk instanceof Packed) return;
		this.adopt(index, pack(chunk, index << CHUNK_SHIFT));
	}

	/** The chunk of `seq` to write to. One that was packed is packed again later; whoever shares it keeps the bytes that it has. */
	ownChunk(seq: number): Chunk {
		const index = seq >>> CHUNK_SHIFT;
		const held = this.held[index];
		if (!(held instanceof Packed)) return held;
		const own = unpack(held, index << CHUNK_SHIFT);
		this.held[index] = own;
		this.loosen(index);
		return own;
	}

	/** Writes word `index` of an event's arguments anew. */
	setWord(seq: number, index: number, word: number): void {
		const { argAt, pool } = this.ownChunk(seq);
		pool[argAt[seq & CHUNK_MASK] + index] = word;
	}

	/** Forgets the events from `length` on. */
	cut(length: number): void {
		if (length >= this.length) return;
		const rows = length & CHUNK_MASK;
		const last = length >>> CHUNK_SHIFT;
		this.tail = rows > 0 ? copyChunk(this.chunkOf(length), rows) : NO_CHUNK;
		this.held.length = last;
		if (rows > 0) this.held.push(this.tail);
		this.loose = this.loose.filter((index) => index < last);
		this.length = length;
		this.cuts.push(length);
	}

	/** The spans `open` have not ended after all. */
	reopen(open: readonly number[]): void {
		for (const seq of open) this.ownChunk(seq).end[seq & CHUNK_MASK] = OPEN;
	}

	/** Becomes `parent` up to event `length`, with the spans `open` there open again. Full chunks are shared from now on. */
	protected share(parent: TraceColumns, length: number, open: readonly number[]): void {
		const rows = length & CHUNK_MASK;
		const full = length >>> CHUNK_SHIFT;
		for (let index = 0; index < full; index++) {
			parent.pack(index);
			this.held.push(parent.held[index]);
		}
		if (rows > 0) {
			this.tail = copyChunk(parent.chunkOf(length - 1), rows);
			this.held.push(this.tail);
		}
		this.length = length;
		this.reopen(open);
	}

	/** A trace of its own that has the events below `length`. */
	forkAt(length: number, open: readonly number[]): TraceColumns {
		const fork = new TraceColumns();
		fork.share(this, length, open);
		return fork;
	}
}
