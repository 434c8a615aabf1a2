/** Memory as rows: a hex dump, text, and where to read when somebody names a place. */
import { hex8, PAGE_SIZE } from '../../base';
import type { KnownPlace } from '../../moments';
import type { RunClient } from '../../workbench/worker/client';
import { ConditionError, parseCondition, type SymbolFinder } from '../../workbench/points/conditions';
import { readPlace } from './numbers';

/** How a place is counted: a linear address, a physical one, or a frame number. */
export type Counting = 'linear' | 'physical' | 'frame';

export interface DumpRow {
	address: string;
	/** Bytes as two hexadecimal digits, or `  ` where nothing was read. */
	bytes: string[];
	text: string;
	/** Places in the row that differ from before. */
	changed: boolean[];
}

const PRINTABLE = (byte: number) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.');

/**
 * @param before the same bytes as they were a moment ago, or null
 * @param width bytes a row
 */
export function dump(start: number, bytes: Uint8Array, before: Uint8Array | null, width = 16): DumpRow[] {
	const rows: DumpRow[] = [];
	for (let at = 0; at < bytes.length; at += width) {
		const part = Array.from(bytes.subarray(at, at + width));
		rows.push({
			address: hex8(start + at),
			bytes: Array.from({ length: width }, (_, index) => part[index]?.toString(16).padStart(2, '0') ?? '  '),
			text: part.map(PRINTABLE).join(''),
			changed: part.map((byte, index) => before !== null && at + index < before.length && before[at + index] !== byte)
		});
	}
	return rows;
}

/** A stretch of readable text in memory. */
export interface TextRow {
	address: string;
	text: string;
	changed: boolean;
}

/** Fewer readable bytes in a row are no text. */
const SHORTEST = 4;
const LONGEST = 72;

/** The texts in a stretch of memory: at least four printable bytes in a row, long ones folded. */
export function texts(start: number, bytes: Uint8Array, before: Uint8Array | null): TextRow[] {
	const rows: TextRow[] = [];
	let from = 0;
	const flush = (to: number): void => {
		if (to - from >= SHORTEST) {
			const part = bytes.subarray(from, to);
			rows.push({
				address: hex8(start + from),
				text: Array.from(part, (byte) => (byte === 10 ? '⏎' : byte === 9 ? '⇥' : String.fromCharCode(byte))).join(''),
				changed: before !== null && part.some((byte, place) => before[from + place] !== byte)
			});
		}
	};
	for (let at = 0; at <= bytes.length; at++) {
		const byte = bytes[at];
		const readable = at < bytes.length && ((byte >= 0x20 && byte < 0x7f) || byte === 10 || byte === 9);
		if (readable && at - from < LONGEST) continue;
		flush(at);
		from = readable ? at : at + 1;
	}
	return rows;
}

/** Where to read: found, or why not. */
export type Place = { start: number; space: 'linear' | 'physical' } | { problem: string };

interface Moment {
	regs: object;
	cr3: number;
}

/**
 * Reads what somebody typed: an address, a register, a symbol, or an expression such as `[esp + 4]`, which the worker
 * works out at the present moment.
 */
export async function findPlace(
	client: RunClient,
	text: string,
	counting: Counting,
	symbols: SymbolFinder | undefined,
	moment: Moment | null
): Promise<Place> {
	const number = counting === 'frame' && /^[0-9a-f]+$/i.test(text.trim()) ? `0x${text.trim()}` : text;
	const plain = readPlace(number, symbols, moment);
	let value: number;
	if ('value' in plain) value = plain.value;
	else {
		// A single word that is no number is better told by the first message.
		if (/^\w*$/.test(text.trim())) return plain;
		try {
			const found = await client.inspectWith('evaluate', parseCondition(text, symbols ?? null).plain);
			if (found === null) return { problem: `'${text}' reads memory that is not mapped now.` };
			value = found;
		} catch (error) {
			if (error instanceof ConditionError || error instanceof Error) return { problem: error.message };
			throw error;
		}
	}
	if (counting === 'frame') return { start: value * PAGE_SIZE, space: 'physical' };
	return { start: value, space: counting };
}

/** Where a known structure lies now. */
export async function findKnown(client: RunClient, id: string): Promise<KnownPlace | null> {
	return (await client.inspectWith('places')).find((place) => place.id === id) ?? null;
}
