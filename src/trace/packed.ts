/**
 * A full chunk as few bytes: a dozen an event instead of more than fifty. Each column is written for itself, as what differs from what
 * was to be expected, since neighbours are much alike; the words of an event are expected to be those of the event of its kind
 * before it. Any chunk comes back exactly as it was.
 *
 *     a byte each     its kind: these can be read as they lie
 *     two doubles     cycle and instruction count of the first event: so can these
 *     four bytes      how many events have not ended: so can this
 *     each cycle      how much more than the one before it, plus 1; or 0 and a double, for whatever is no such number
 *     each count      of instructions: likewise
 *     runs            how many events in a row have the same domain, vcpu and ring; these, in bits 0 to 15, 16 to 23 and 24 to 31
 *     each cause      how many events before it, 0 for none
 *     each span's end how many events after it, plus 1; 0 while it is open
 *     held open       how many of the other events (`Recorder.hold`); the row of each
 *     each's words    a bit for each that is not as expected, the first lowest, in one byte, or in two where there may be more than
 *                     eight; then of each of these the difference, its sign in bit 0
 *
 * Numbers are below 2^32, seven bits a byte, the lowest first, bit 7 set while more follow.
 */
import { CHUNK_SIZE, IS_SPAN, makeChunk, OPEN, WORD_COUNT, type Chunk } from './chunk';

const TIMES_AT = CHUNK_SIZE;
const OPEN_AT = TIMES_AT + 16;
const NUMBERS_AT = OPEN_AT + 4;
/** Bytes of an event none of which is as expected: two times, a run, links, words. */
const WORST_EVENT = 2 * 9 + 2 * 5 + 3 * 5 + 2 + 5 * Math.max(...WORD_COUNT);

/** Where the page and its worker may share memory, the bytes lie in such: sent from one to the other they are still there once. */
const makeBytes = (length: number): Uint8Array =>
	new Uint8Array(globalThis.crossOriginIsolated ? new SharedArrayBuffer(length) : new ArrayBuffer(length));

const scratch = new Uint8Array(NUMBERS_AT + CHUNK_SIZE * WORST_EVENT + 5);
/** A double and its bytes. */
const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);
/** Where the words of the last event of each kind lie; -1 where there was none yet. */
const lastAt = new Int32Array(256);

/** `CHUNK_SIZE` events that follow each other, packed. */
export class Packed {
	/** Of the first event. */
	readonly cycle: number;
	readonly icount: number;
	/** Of each event. */
	readonly kind: Uint8Array;
	/** Whether one of them had not ended when it was packed. */
	readonly open: boolean;
	/** Its columns while somebody reads them, and whether somebody has asked for them: opened.ts. */
	chunk: Chunk | null = null;
	asked = false;

	constructor(readonly bytes: Uint8Array) {
		this.kind = bytes.subarray(0, CHUNK_SIZE);
		this.open = bytes.subarray(OPEN_AT, NUMBERS_AT).some((byte) => byte > 0);
		[this.cycle, this.icount] = new Float64Array(bytes.buffer, bytes.byteOffset + TIMES_AT, 2);
	}
}

// --- packing: what is put goes to `at`; returned is where the next goes -------------------------------------------

function put(number: number, at: number): number {
	while (number > 0x7f) {
		scratch[at++] = number | 0x80;
		number >>>= 7;
	}
	scratch[at++] = number;
	return at;
}

function putDouble(value: number, at: number): number {
	double[0] = value;
	scratch.set(doubleBytes, at);
	return at + 8;
}

function putTimes(times: Float64Array, at: number): number {
	let before = times[0];
	for (let row = 1; row < CHUNK_SIZE; row++) {
		const time = times[row];
		const more = time - before;
		if (more >= 0 && more < 0x7f && before + (more | 0) === time) scratch[at++] = more + 1;
		else if (more >= 0 && more < 0xffff_ffff && before + Math.floor(more) === time) at = put(more + 1, at);
		else at = putDouble(time, put(0, at));
		before = time;
	}
	return at;
}

function putContexts({ dom, vcpu, ring }: Chunk, at: number): number {
	for (let row = 0; row < CHUNK_SIZE;) {
		const context = dom[row] | (vcpu[row] << 16) | (ring[row] << 24);
		let end = row + 1;
		while (end < CHUNK_SIZE && (dom[end] | (vcpu[end] << 16) | (ring[end] << 24)) === context) end++;
		at = put(context >>> 0, put(end - row, at));
		row = end;
	}
	return at;
}

function putLinks({ kind, cause, end }: Chunk, first: number, at: number): number {
	for (let row = 0; row < CHUNK_SIZE; row++) {
		const back = cause[row] < 0 ? 0 : (first + row - cause[row]) >>> 0;
		if (back < 0x80) scratch[at++] = back;
		else at = put(back, at);
	}
	const held: number[] = [];
	for (let row = 0; row < CHUNK_SIZE; row++) {
		if (IS_SPAN[kind[row]]) at = put(end[row] === OPEN ? 0 : (end[row] - (first + row) + 1) >>> 0, at);
		else if (end[row] === OPEN) held.push(row);
	}
	at = put(held.length, at);
	for (const row of held) at = put(row, at);
	return at;
}

function putWords({ kind, pool }: Chunk, at: number): number {
	lastAt.fill(-1);
	let word = 0;
	for (let row = 0; row < CHUNK_SIZE; row++) {
		const like = kind[row];
		const count = WORD_COUNT[like];
		if (count === 0) continue;
		const before = lastAt[like];
		lastAt[like] = word;
		const bitsAt = at++;
		if (count > 8) at++;
		let bits = 0;
		for (let index = 0; index < count; index++) {
			const more = (pool[word + index] - (before < 0 ? 0 : pool[before + index])) | 0;
			if (more === 0) continue;
			bits |= 1 << index;
			const number = ((more << 1) ^ (more >> 31)) >>> 0;
			if (number < 0x80) scratch[at++] = number;
			else at = put(number, at);
		}
		scratch[bitsAt] = bits;
		if (count > 8) scratch[bitsAt + 1] = bits >> 8;
		word += count;
	}
	return at;
}

/** Packs a full chunk, whose first event is `first`. */
export function pack(chunk: Chunk, first: number): Packed {
	scratch.set(chunk.kind);
	putDouble(chunk.cycle[0], TIMES_AT);
	putDouble(chunk.icount[0], TIMES_AT + 8);
	let at = putTimes(chunk.cycle, NUMBERS_AT);
	at = putTimes(chunk.icount, at);
	at = putContexts(chunk, at);
	at = putLinks(chunk, first, at);
	at = putWords(chunk, at);
	let open = 0;
	for (let row = 0; row < CHUNK_SIZE; row++) if (chunk.end[row] === OPEN) open++;
	for (let byte = 0; byte < 4; byte++) scratch[OPEN_AT + byte] = open >> (8 * byte);
	const bytes = makeBytes(at);
	bytes.set(scratch.subarray(0, at));
	return new Packed(bytes);
}

// --- unpacking ----------------------------------------------------------------------------------------------------

/** Reads one after the other what was put. */
class Reader {
	constructor(
		private readonly bytes: Uint8Array,
		private at: number
	) {}

	byte(): number {
		return this.bytes[this.at++];
	}

	number(): number {
		const byte = this.bytes[this.at++];
		return byte < 0x80 ? byte : this.long(byte & 0x7f);
	}

	/** The rest of a number of more than one byte. */
	private long(number: number): number {
		for (let shift = 7; ; shift += 7) {
			const byte = this.bytes[this.at++];
			number |= (byte & 0x7f) << shift;
			if (byte < 0x80) return number >>> 0;
		}
	}

	double(): number {
		doubleBytes.set(this.bytes.subarray(this.at, this.at + 8));
		this.at += 8;
		return double[0];
	}
}

function readTimes(from: Reader, times: Float64Array, first: number): void {
	let time = first;
	times[0] = first;
	for (let row = 1; row < CHUNK_SIZE; row++) {
		const more = from.number();
		time = more > 0 ? time + (more - 1) : from.double();
		times[row] = time;
	}
}

function readContexts(from: Reader, { dom, vcpu, ring }: Chunk): void {
	for (let row = 0; row < CHUNK_SIZE;) {
		const end = row + from.number();
		const context = from.number();
		for (; row < end; row++) {
			dom[row] = context;
			vcpu[row] = context >>> 16;
			ring[row] = context >>> 24;
		}
	}
}

function readLinks(from: Reader, { kind, cause, end }: Chunk, first: number): void {
	for (let row = 0; row < CHUNK_SIZE; row++) {
		const back = from.number();
		cause[row] = back === 0 ? -1 : first + row - back;
	}
	for (let row = 0; row < CHUNK_SIZE; row++) {
		const after = IS_SPAN[kind[row]] ? from.number() : 1;
		end[row] = after === 0 ? OPEN : first + row + after - 1;
	}
	for (let held = from.number(); held > 0; held--) end[from.number()] = OPEN;
}

function readWords(from: Reader, chunk: Chunk): void {
	const { kind, argAt, pool } = chunk;
	lastAt.fill(-1);
	let word = 0;
	for (let row = 0; row < CHUNK_SIZE; row++) {
		const like = kind[row];
		const count = WORD_COUNT[like];
		argAt[row] = word;
		if (count === 0) continue;
		const before = lastAt[like];
		lastAt[like] = word;
		for (let index = 0; index < count; index++) pool[word + index] = before < 0 ? 0 : pool[before + index];
		let bits = from.byte();
		if (count > 8) bits |= from.byte() << 8;
		for (; bits !== 0; bits &= bits - 1) {
			const more = from.number();
			pool[word + 31 - Math.clz32(bits & -bits)] += (more >>> 1) ^ -(more & 1);
		}
		word += count;
	}
	chunk.used = word;
}

/** Makes `chunk`, whatever it holds, what it was that was packed; its first event is `first`. */
export function unpack({ bytes, kind, cycle, icount }: Packed, first: number, chunk = makeChunk()): Chunk {
	const from = new Reader(bytes, NUMBERS_AT);
	chunk.kind.set(kind);
	readTimes(from, chunk.cycle, cycle);
	readTimes(from, chunk.icount, icount);
	readContexts(from, chunk);
	readLinks(from, chunk, first);
	readWords(from, chunk);
	return chunk;
}
