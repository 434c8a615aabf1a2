import { crc32 } from '../../../base/crc32';
import { word } from '../../../trace/events';

/*
 * A frame on the wire (IEEE 802.3, clause 3): after preamble and start delimiter, which nobody keeps, come
 *
 *     destination 6   source 6   type or length 2   data 46..1500   frame check sequence 4
 */

/** Bytes before a frame: preamble and start delimiter. */
const PREAMBLE = 8;
export const FCS_BYTES = 4;
/** The shortest frame that is no fragment, its check sequence included. */
export const LEAST_FRAME = 64;
const BITS_PER_SECOND = 10_000_000;
/** Bits of silence between two frames (IEEE 802.3, 4.4.2: interFrameGap). */
const GAP_BITS = 96;

/** What passes on the wire. */
export interface Frame {
	/** From the destination to the frame check sequence. */
	readonly bytes: Uint8Array;
	/** Bits that came after the last whole byte, 0 to 7: more than none is an alignment error. */
	readonly dribble: number;
}

/** A frame check sequence as it passes on the wire, lowest byte first. */
export function checkSequence(bytes: Uint8Array): Uint8Array {
	const crc = crc32(bytes);
	return Uint8Array.of(crc, crc >>> 8, crc >>> 16, crc >>> 24);
}

/** `bytes` from destination to data, and their check sequence. */
export function sealed(bytes: Uint8Array): Frame {
	const all = new Uint8Array(bytes.length + FCS_BYTES);
	all.set(bytes);
	all.set(checkSequence(bytes), bytes.length);
	return { bytes: all, dribble: 0 };
}

/** The same after zeros up to the shortest length, as a station sends what is shorter. */
export function padded(bytes: Uint8Array): Frame {
	const all = new Uint8Array(Math.max(bytes.length, LEAST_FRAME - FCS_BYTES));
	all.set(bytes);
	return sealed(all);
}

/** Whether the last four bytes are the check sequence of those before. */
export function isWhole({ bytes }: Frame): boolean {
	if (bytes.length < FCS_BYTES) return false;
	const end = bytes.length - FCS_BYTES;
	return checkSequence(bytes.subarray(0, end)).every((byte, index) => byte === bytes[end + index]);
}

/** From destination to data. */
export const contentOf = ({ bytes }: Frame): Uint8Array => bytes.subarray(0, Math.max(0, bytes.length - FCS_BYTES));

/** Cycles of a clock with `hz` that `bytes` take on a wire of 10 Mbit/s, preamble included. */
export const airtime = (bytes: number, hz: number): number =>
	Math.ceil((((PREAMBLE + bytes) * 8) / BITS_PER_SECOND) * hz);

/** Cycles of silence after each frame. */
export const gapTime = (hz: number): number => Math.ceil((GAP_BITS / BITS_PER_SECOND) * hz);

const isGroup = (bytes: Uint8Array): boolean => (bytes[0] & 1) !== 0;
const isBroadcast = (bytes: Uint8Array): boolean => bytes.subarray(0, 6).every((byte) => byte === 0xff);

/** Whom a frame is for. */
export const audienceOf = (bytes: Uint8Array): 'one' | 'group' | 'all' =>
	isBroadcast(bytes) ? 'all' : isGroup(bytes) ? 'group' : 'one';

const word16 = (bytes: Uint8Array, at: number): number => (bytes[at] << 8) | bytes[at + 1];
const word32 = (bytes: Uint8Array, at: number): number => ((word16(bytes, at) << 16) | word16(bytes, at + 2)) >>> 0;

/** The words of an event that tell whose frame it is: destination, source, type or length. Of a fragment, what is missing is zero. */
export const headingOf = (bytes: Uint8Array) =>
	[
		word('dst_low', word32(bytes, 2)),
		word('dst_high', word16(bytes, 0)),
		word('src_low', word32(bytes, 8)),
		word('src_high', word16(bytes, 6)),
		word('type', word16(bytes, 12))
	] as const;
