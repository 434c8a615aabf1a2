/**
 * The records of a file that xentrace wrote, in order of their time. Each window belongs to one processor, whose records are
 * in order; those of several processors are merged here. Time counts from the first record.
 */
import { FileError } from '../file/error';
import { CYCLES_INCLUDED, TRC, WORDS_SHIFT } from './records';

const CPU_CHANGE = (TRC.TRACE_CPU_CHANGE | (2 << WORDS_SHIFT)) >>> 0;
const CPU_CHANGE_BYTES = 12;
/** xenalyze's limit. */
const MOST_CPUS = 256;

/** Whether a file begins as xentrace begins one. */
export const isXentrace = (bytes: Uint8Array): boolean =>
	bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true) === CPU_CHANGE;

/** A record where it lies in the file. */
export interface XenRecord {
	cpu: number;
	event: number;
	/** Cycles since the first record; of a record without time, those of the one before on its processor. */
	cycle: number;
	words: number;
	/** Byte offset of its first word. */
	at: number;
}

interface Window {
	readonly from: number;
	readonly to: number;
}

/** The windows of each processor, as far as the file can be read. */
export interface Windows {
	readonly cpus: ReadonlyMap<number, readonly Window[]>;
	/** What is wrong with the file from some byte on, or null. */
	readonly damage: FileError | null;
}

/** Finds the windows. Throws FileError when there is not even one. */
export function findWindows(file: DataView): Windows {
	const cpus = new Map<number, Window[]>();
	const wrong = (reason: string, at: number): Windows => {
		const damage = new FileError(reason, at);
		if (cpus.size === 0) throw damage;
		return { cpus, damage };
	};
	let at = 0;
	while (at < file.byteLength) {
		if (file.byteLength - at < CPU_CHANGE_BYTES)
			return wrong('the file is cut off in the record that begins a window', file.byteLength);
		if (file.getUint32(at, true) !== CPU_CHANGE)
			return wrong('here should be the record that begins a window of a processor', at);
		const [cpu, bytes] = [file.getUint32(at + 4, true), file.getUint32(at + 8, true)];
		if (cpu >= MOST_CPUS) return wrong(`a window of processor ${cpu}; at most there are ${MOST_CPUS}`, at + 4);
		if (bytes % 4 !== 0) return wrong(`a window of ${bytes} bytes, which is no number of words`, at + 8);
		const from = at + CPU_CHANGE_BYTES;
		at = from + bytes;
		const windows = cpus.get(cpu) ?? [];
		windows.push({ from, to: Math.min(at, file.byteLength) });
		cpus.set(cpu, windows);
		if (at > file.byteLength) return wrong(`the file is cut off in a window of ${bytes} bytes`, file.byteLength);
	}
	return { cpus, damage: null };
}

/** Reads one processor's records. */
class Cursor {
	record: XenRecord | null;
	/** First thing that cannot be read, or null. */
	damage: FileError | null = null;
	private window = 0;
	private at: number;

	constructor(
		private readonly file: DataView,
		readonly cpu: number,
		private readonly windows: readonly Window[],
		private readonly base: readonly [low: number, high: number]
	) {
		this.at = windows[0].from;
		this.record = { cpu, event: 0, cycle: 0, words: 0, at: 0 };
		this.next();
	}

	/** Goes to the next record; `record` is null after the last. */
	next(): void {
		const { windows, record, file } = this;
		while (this.window < windows.length) {
			const { at } = this;
			const { to } = windows[this.window];
			if (at >= to) {
				this.at = windows[++this.window]?.from ?? 0;
				continue;
			}
			const head = at + 4 <= to ? file.getUint32(at, true) : 0;
			const words = (head >>> WORDS_SHIFT) & 7;
			const body = at + 4 + ((head & CYCLES_INCLUDED) !== 0 ? 8 : 0);
			this.at = body + words * 4;
			if (this.at > to) {
				this.damage ??= new FileError('a record goes on beyond its window', at);
				continue;
			}
			if (record) this.take(record, head, at, body);
			return;
		}
		this.record = null;
	}

	private take(record: XenRecord, head: number, at: number, body: number): void {
		record.event = head & 0x0fff_ffff;
		record.words = (head >>> WORDS_SHIFT) & 7;
		record.at = body;
		if ((head & CYCLES_INCLUDED) === 0) return;
		const [low, high] = this.base;
		const cycle =
			(this.file.getUint32(at + 8, true) - high) * 0x1_0000_0000 + (this.file.getUint32(at + 4, true) - low);
		// Time stamps of one processor may not go back; a file that says so is read on as if they had stood still.
		if (cycle > record.cycle && cycle < 2 ** 52) record.cycle = cycle;
	}
}

/** The earliest time stamp that begins a processor's records. */
function firstTime(file: DataView, cpus: Windows['cpus']): [low: number, high: number] {
	let first: [number, number] | null = null;
	for (const windows of cpus.values()) {
		const { from, to } = windows[0];
		for (let at = from; at + 12 <= to;) {
			const head = file.getUint32(at, true);
			if ((head & CYCLES_INCLUDED) !== 0) {
				const [low, high] = [file.getUint32(at + 4, true), file.getUint32(at + 8, true)];
				if (!first || high < first[1] || (high === first[1] && low < first[0])) first = [low, high];
				break;
			}
			at += 4 + ((head >>> WORDS_SHIFT) & 7) * 4;
		}
	}
	return first ?? [0, 0];
}

/** All records in order of time. The same object is handed out again and again; `damages` takes what cannot be read. */
export function* readRecords(
	file: DataView,
	cpus: Windows['cpus'],
	damages: FileError[]
): Generator<Readonly<XenRecord>> {
	const base = firstTime(file, cpus);
	const cursors = [...cpus].map(([cpu, windows]) => new Cursor(file, cpu, windows, base));
	for (;;) {
		let first: Cursor | null = null;
		for (const cursor of cursors)
			if (cursor.record && (!first?.record || cursor.record.cycle < first.record.cycle)) first = cursor;
		if (!first?.record) break;
		yield first.record;
		first.next();
	}
	for (const { damage } of cursors) if (damage) damages.push(damage);
}
