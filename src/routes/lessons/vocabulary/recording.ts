/**
 * A run recorded when the site is built, as one file: JSON whose typed arrays lie behind it. A lesson opens on it at once;
 * the machine itself is started when the learner asks for something that only a machine can answer, and must then go
 * the same way to the last event. Columns that climb are kept as differences.
 *
 *     u32 length of the JSON | JSON, padded to 8 bytes | the arrays, each padded to 8 bytes
 */
import type { TraceSlice } from '../../../trace/mirror';
import type { Scene } from './scene';

export interface Recording {
	slice: TraceSlice;
	/** The last cycle. */
	end: number;
	/** The machine at the first step, and the key by which the player asks for it. */
	scene: Scene;
	key: string;
}

const ARRAYS = { Float64Array, Int32Array, Uint32Array, Uint16Array, Uint8Array } as const;
type ArrayName = keyof typeof ARRAYS;

interface Reference {
	array: ArrayName;
	at: number;
	length: number;
	/** Each number less the one before it. */
	differences?: true;
}

/** Columns that climb from event to event: their differences are small and much alike, so that they compress to a fifth. */
const CLIMBING: ReadonlySet<string> = new Set(['cycle', 'icount', 'cause', 'end', 'argAt']);
type Climbing = Float64Array | Int32Array | Uint32Array;

/** Whether sums of differences give all numbers back exactly: whole ones, and integers that wrap around, do. */
const canClimb = (name: string, view: ArrayBufferView): view is Climbing =>
	CLIMBING.has(name) &&
	(view instanceof Int32Array ||
		view instanceof Uint32Array ||
		(view instanceof Float64Array && view.every(Number.isSafeInteger)));

function differencesOf<A extends Climbing>(column: A): A {
	const differences = column.slice() as A;
	for (let n = column.length - 1; n > 0; n--) differences[n] = column[n] - column[n - 1];
	return differences;
}

function addUp(differences: Climbing): void {
	for (let n = 1; n < differences.length; n++) differences[n] += differences[n - 1];
}

const padded = (length: number): number => Math.ceil(length / 8) * 8;

export function pack(recording: Recording): Uint8Array<ArrayBuffer> {
	const tail: Uint8Array[] = [];
	let at = 0;
	const json = JSON.stringify(recording, (key, value: unknown) => {
		if (!ArrayBuffer.isView(value)) return value;
		const climbs = canClimb(key, value);
		const stored: ArrayBufferView = climbs ? differencesOf(value) : value;
		const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
		const array = Object.keys(ARRAYS).find((name) => value instanceof ARRAYS[name as ArrayName]) as ArrayName;
		const reference: Reference = {
			array,
			at,
			length: (value as Uint8Array).length,
			...(climbs && { differences: true })
		};
		tail.push(bytes);
		at += padded(bytes.length);
		return reference;
	});
	const text = new TextEncoder().encode(json);
	const start = padded(4 + text.length);
	const file = new Uint8Array(start + at);
	new DataView(file.buffer).setUint32(0, text.length, true);
	file.set(text, 4);
	let to = start;
	for (const bytes of tail) {
		file.set(bytes, to);
		to += padded(bytes.length);
	}
	return file;
}

export function unpack(file: Uint8Array<ArrayBuffer>): Recording {
	const length = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
	const start = padded(4 + length);
	const json = new TextDecoder().decode(file.subarray(4, 4 + length));
	return JSON.parse(json, (_name, value: unknown) => {
		const { array, at, length: items, differences } = (value ?? {}) as Partial<Reference>;
		if (!array || !(array in ARRAYS)) return value;
		const stored = new ARRAYS[array](file.buffer, file.byteOffset + start + at!, items).slice();
		if (differences) addUp(stored as Climbing);
		return stored;
	}) as Recording;
}

/** Compressed, as it lies on the server; what decompresses it is part of every browser. */
export async function unzip(file: ArrayBuffer): Promise<Uint8Array<ArrayBuffer>> {
	const stream = new Blob([file]).stream().pipeThrough(new DecompressionStream('gzip'));
	return new Uint8Array(await new Response(stream).arrayBuffer());
}
