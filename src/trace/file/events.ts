/**
 * Events as bytes, some thousands at a time (section 'EVTS'). What lies beside each other is alike: one stream of numbers a
 * column, differences rather than values, and the arguments by kind and place.
 *
 *     number      seq of the first event
 *     number      how many
 *     block       kinds: a byte each
 *     block       cycles, block instruction counts: differences
 *     block       domains, block vcpus, block rings: how often, then which
 *     block       causes: 0 for none, else how many events before
 *     block       ends of those that last: 0 for none yet, else how many events after, plus 1
 *     block       words: for each kind of the file's table and each word of its arguments, and for those that last how
 *                 many cycles they took, the differences (modulo 2^32) from one such event to the next
 */
import { IS_SPAN, makeColumns, WORD_COUNT, type Columns } from '../chunk';
import { ARG_WORDS, EVENT_KINDS, KIND } from '../events';
import type { TraceRows } from '../mirror';
import { wordIndex, type TraceView } from '../view';
import { ByteReader, ByteWriter, LARGEST } from './bytes';
import { FileError } from './error';

/** Events of one section at most: few enough that writing one holds nobody up. */
export const SECTION_EVENTS = 16_384;

/** Seqs of `from..to` by kind. */
function byKind(kinds: Uint8Array): number[][] {
	const places: number[][] = EVENT_KINDS.map(() => []);
	for (let at = 0; at < kinds.length; at++) places[kinds[at]].push(at);
	return places;
}

function differences(count: number, value: (at: number) => number, what: string): ByteWriter {
	const into = new ByteWriter();
	let before = 0;
	for (let at = 0; at < count; at++) {
		const now = value(at);
		if (!Number.isSafeInteger(now) || now < 0 || now > LARGEST) throw new RangeError(`${what} ${now} cannot be stored`);
		into.signed(now - before);
		before = now;
	}
	return into;
}

function runs(count: number, value: (at: number) => number): ByteWriter {
	const into = new ByteWriter();
	for (let at = 0; at < count;) {
		const now = value(at);
		let next = at + 1;
		while (next < count && value(next) === now) next++;
		into.number(next - at);
		into.number(now);
		at = next;
	}
	return into;
}

/** Word `index` of an event: of an argument, or after the last of a span how many cycles it took (0 while it is open). */
const word = (view: TraceView, seq: number, kind: number, index: number): number =>
	index < ARG_WORDS[kind] ? view.word(seq, index) : view.end(seq) < 0 ? 0 : view.duration(seq);

/** Events `from..to` of a trace; they lie in one stretch of `SECTION_EVENTS`. */
export function encodeEvents(view: TraceView, from: number, to: number): Uint8Array {
	const count = to - from;
	const kinds = new Uint8Array(count);
	const kindBytes = new ByteWriter();
	const causes = new ByteWriter();
	const ends = new ByteWriter();
	for (let at = 0; at < count; at++) {
		const seq = from + at;
		kindBytes.byte((kinds[at] = view.kind(seq)));
		const cause = view.cause(seq);
		causes.number(cause < 0 ? 0 : seq - cause);
		if (IS_SPAN[kinds[at]]) ends.number(view.end(seq) < 0 ? 0 : view.end(seq) - seq + 1);
	}
	const words = new ByteWriter();
	byKind(kinds).forEach((places, kind) => {
		for (let index = 0; index < WORD_COUNT[kind]; index++) {
			let before = 0;
			for (const at of places) {
				const now = word(view, from + at, kind, index);
				words.signed((now - before) | 0);
				before = now;
			}
		}
	});
	const all = new ByteWriter();
	all.number(from);
	all.number(count);
	all.block(kindBytes);
	all.block(differences(count, (at) => view.cycle(from + at), 'cycle'));
	all.block(differences(count, (at) => view.icount(from + at), 'instruction count'));
	all.block(runs(count, (at) => view.dom(from + at)));
	all.block(runs(count, (at) => view.vcpu(from + at)));
	all.block(runs(count, (at) => view.ring(from + at)));
	all.block(causes);
	all.block(ends);
	all.block(words);
	return all.written;
}

/** How a file numbers kinds and checks, made to fit the catalogue of this program. */
export interface FileTables {
	/** Number of each of the file's kinds here. */
	readonly kinds: readonly number[];
	/** For each of the file's kinds, where the words of its events lie here, in the order of the file. */
	readonly words: readonly (readonly number[])[];
	/** Number of each of the file's checks here. */
	readonly checks: readonly number[];
}

/** What the columns before a chunk ended with: they never go down. */
export interface Before {
	cycle: number;
	icount: number;
}

const CHECK_WORD = wordIndex(KIND.check, 'check');

function readRising(from: ByteReader, into: Float64Array, start: number): void {
	let value = 0;
	let least = start;
	for (let at = 0; at < into.length; at++) {
		value += from.signed();
		if (!(value >= least && value <= LARGEST)) throw new FileError('its times go back');
		into[at] = least = value;
	}
	from.finish();
}

function readRuns(from: ByteReader, into: Uint8Array | Uint16Array, most: number): void {
	for (let at = 0; at < into.length;) {
		const times = from.number();
		const value = from.number();
		if (times === 0 || times > into.length - at || value > most)
			throw new FileError('it holds a domain, vcpu or ring that cannot be');
		into.fill(value, at, at + times);
		at += times;
	}
	from.finish();
}

function readKinds(from: ByteReader, into: Uint8Array, tables: FileTables): void {
	for (let at = 0; at < into.length; at++) {
		const kind = tables.kinds[from.byte()];
		if (kind === undefined) throw new FileError('it holds an event of no kind');
		into[at] = kind;
	}
	from.finish();
}

function readLinks(causes: ByteReader, ends: ByteReader, from: number, { kind, cause, end }: Columns): void {
	for (let at = 0; at < kind.length; at++) {
		const seq = from + at;
		const back = causes.number();
		if (back > seq) throw new FileError('it holds an event caused by none there is');
		cause[at] = back === 0 ? -1 : seq - back;
		const lasts = IS_SPAN[kind[at]] ? ends.number() : 1;
		if (lasts > 0x7fff_ffff - seq) throw new FileError('it holds an event that ends nowhere');
		end[at] = lasts === 0 ? -1 : seq + lasts - 1;
	}
	causes.finish();
	ends.finish();
}

function readWords(from: ByteReader, { columns, pool }: TraceRows, tables: FileTables): void {
	const places = byKind(columns.kind);
	for (const [number, kind] of tables.kinds.entries()) {
		for (const index of tables.words[number]) {
			const names = kind === KIND.check && index === CHECK_WORD ? tables.checks : null;
			let value = 0;
			for (const at of places[kind]) {
				value = (value + from.signed()) >>> 0;
				const here = names ? names[value] : value;
				if (here === undefined) throw new FileError('it holds a decision of no name');
				pool[columns.argAt[at] + index] = here;
			}
		}
	}
	from.finish();
}

/** Makes room for the arguments of all events. */
function layWords(columns: Columns): TraceRows {
	let words = 0;
	for (let at = 0; at < columns.kind.length; at++) {
		columns.argAt[at] = words;
		words += WORD_COUNT[columns.kind[at]];
	}
	return { columns, pool: new Uint32Array(words) };
}

/**
 * Reads what `encodeEvents` wrote.
 * @param expected the seq that the first event must have
 * @throws FileError, without a place, for what cannot be events
 */
export function decodeEvents(bytes: Uint8Array, tables: FileTables, before: Before, expected: number): TraceRows {
	const all = new ByteReader(bytes);
	const from = all.number();
	const count = all.number();
	if (from !== expected) throw new FileError(`it begins with event ${from}, not ${expected}`);
	if (count === 0 || count > SECTION_EVENTS - (from % SECTION_EVENTS)) throw new FileError(`it holds ${count} events`);
	const columns = makeColumns(count);
	readKinds(all.block(), columns.kind, tables);
	readRising(all.block(), columns.cycle, before.cycle);
	readRising(all.block(), columns.icount, before.icount);
	readRuns(all.block(), columns.dom, 0xffff);
	readRuns(all.block(), columns.vcpu, 0xff);
	readRuns(all.block(), columns.ring, 3);
	readLinks(all.block(), all.block(), from, columns);
	const rows = layWords(columns);
	readWords(all.block(), rows, tables);
	all.finish();
	before.cycle = columns.cycle[count - 1];
	before.icount = columns.icount[count - 1];
	return rows;
}
