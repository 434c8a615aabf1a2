/**
 * Captured frames in a file, in the format of libpcap (pcap-savefile(5); draft-ietf-opsawg-pcap). All numbers have the byte order that the
 * first one shows.
 *
 *     file    magic 4   version 2 + 2   reserved 8   snapshot length 4   link type 4
 *     record  seconds 4   micro- or nanoseconds 4   captured bytes 4   bytes of the frame 4   the captured bytes
 */
import { hex } from '../../base';

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const MICROSECONDS = 0xa1b2_c3d4;
const NANOSECONDS = 0xa1b2_3c4d;
/** LINKTYPE_ETHERNET. */
const EN10MB = 1;
/** What tcpdump writes, and the most that libpcap takes of an Ethernet frame. */
const SNAPLEN = 262_144;

export type Resolution = 'microseconds' | 'nanoseconds';

/** One frame and when it passed: seconds since 1970 and the nanoseconds beyond. */
export interface Packet {
	readonly seconds: number;
	readonly nanoseconds: number;
	/** What was captured, from the destination on, without a check sequence. */
	readonly bytes: Uint8Array;
	/** Bytes that the frame had. */
	readonly length: number;
}

/** What a file holds. */
export interface Capture {
	/** Up to the first that is damaged. */
	readonly packets: readonly Packet[];
	readonly resolution: Resolution;
	/** What is wrong with the file, and where; '' for nothing. */
	readonly problem: string;
}

/** Nanoseconds of a unit, and how many of it a second has. */
const UNITS = {
	microseconds: { magic: MICROSECONDS, nanoseconds: 1000, second: 1_000_000 },
	nanoseconds: { magic: NANOSECONDS, nanoseconds: 1, second: 1_000_000_000 }
} as const satisfies Record<Resolution, unknown>;

// --- writing -------------------------------------------------------------------------------------------------

/** A file with `packets` in their order, little-endian. */
export function writePcap(packets: readonly Packet[], resolution: Resolution = 'microseconds'): Uint8Array {
	const unit = UNITS[resolution];
	const size = packets.reduce((sum, { bytes }) => sum + RECORD_HEADER + bytes.length, FILE_HEADER);
	const file = new Uint8Array(size);
	const view = new DataView(file.buffer);
	words(view, 0, [unit.magic, 2 | (4 << 16), 0, 0, SNAPLEN, EN10MB]);
	let at = FILE_HEADER;
	for (const { seconds, nanoseconds, bytes, length } of packets) {
		words(view, at, [seconds, Math.floor(nanoseconds / unit.nanoseconds), bytes.length, length]);
		file.set(bytes, at + RECORD_HEADER);
		at += RECORD_HEADER + bytes.length;
	}
	return file;
}

const words = (view: DataView, at: number, values: readonly number[]): void =>
	values.forEach((value, n) => view.setUint32(at + 4 * n, value, true));

// --- reading -------------------------------------------------------------------------------------------------

/** Other formats that are taken for this one, by their first four bytes. */
const OTHERS: Readonly<Record<number, string>> = {
	0x0a0d_0d0a: 'this is pcapng, another format; editcap -F pcap makes a pcap of it',
	0x34cd_b2a1: 'this is a pcap of a modified kind (Kuznetzov\u2019s); editcap -F pcap makes a plain one of it',
	0xa1b2_cd34: 'this is a pcap of a modified kind (Kuznetzov\u2019s); editcap -F pcap makes a plain one of it'
};
const GZIP = 0x1f8b;

interface Kind {
	readonly resolution: Resolution;
	readonly little: boolean;
}

/** What is wrong with a file. */
class Wrong extends Error {}

/** Reads micro- and nanosecond files of both byte orders. What is damaged ends the list, and is told. */
export function readPcap(file: Uint8Array): Capture {
	const packets: Packet[] = [];
	let resolution: Resolution = 'microseconds';
	try {
		const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
		const kind = kindOf(view);
		({ resolution } = kind);
		const trailer = headerOf(view, kind);
		for (let at = FILE_HEADER; at < file.length;) {
			const packet = packetAt(file, view, at, packets.length + 1, kind);
			packets.push(without(packet, trailer));
			at += RECORD_HEADER + packet.bytes.length;
		}
	} catch (error) {
		if (!(error instanceof Wrong)) throw error;
		return { packets, resolution, problem: error.message };
	}
	return { packets, resolution, problem: '' };
}

function kindOf(view: DataView): Kind {
	if (view.byteLength < 4) throw new Wrong(`this is no pcap: it has ${view.byteLength} bytes`);
	const magic = view.getUint32(0);
	if (OTHERS[magic]) throw new Wrong(OTHERS[magic]);
	if (magic >>> 16 === GZIP) throw new Wrong('this is compressed by gzip; gunzip it first');
	for (const resolution of ['microseconds', 'nanoseconds'] as const)
		for (const little of [true, false])
			if (view.getUint32(0, little) === UNITS[resolution].magic) return { resolution, little };
	throw new Wrong(`this is no pcap: its first bytes are ${hex(magic)}`);
}

/** Checks the file's header. @returns bytes of the check sequence behind each frame */
function headerOf(view: DataView, { little }: Kind): number {
	if (view.byteLength < FILE_HEADER)
		throw new Wrong(`the file ends in its header, after ${view.byteLength} of ${FILE_HEADER} bytes`);
	const [major, minor] = [view.getUint16(4, little), view.getUint16(6, little)];
	if (major !== 2 || minor !== 4) throw new Wrong(`version ${major}.${minor} at offset 4; there is only 2.4`);
	const link = view.getUint32(20, little);
	if ((link & 0xffff) !== EN10MB)
		throw new Wrong(`link type ${link & 0xffff} at offset 20; only frames of Ethernet (1) can be read`);
	// Bit 26 says that the top four count what follows each frame, in units of 16 bits.
	return (link & 0x0400_0000) !== 0 ? (link >>> 28) * 2 : 0;
}

function packetAt(file: Uint8Array, view: DataView, at: number, record: number, kind: Kind): Packet {
	const wrong = (what: string, place = at): Wrong => new Wrong(`record ${record} at offset ${place}: ${what}`);
	const left = file.length - at;
	if (left < RECORD_HEADER) throw wrong(`the file ends in its header, after ${left} of ${RECORD_HEADER} bytes`);
	const [seconds, fraction, captured, length] = [0, 4, 8, 12].map((n) => view.getUint32(at + n, kind.little));
	const unit = UNITS[kind.resolution];
	if (fraction >= unit.second) throw wrong(`a time of ${fraction} ${kind.resolution} beyond a second`, at + 4);
	if (captured > SNAPLEN) throw wrong(`a frame of ${captured} bytes; there are none beyond ${SNAPLEN}`, at + 8);
	if (captured > length) throw wrong(`${captured} bytes captured of a frame of ${length}`, at + 8);
	if (captured > left - RECORD_HEADER)
		throw wrong(`the file ends after ${left - RECORD_HEADER} of its ${captured} bytes`);
	const first = at + RECORD_HEADER;
	const bytes = file.slice(first, first + captured);
	return { seconds, nanoseconds: fraction * unit.nanoseconds, bytes, length };
}

/** A packet without the last `trailer` bytes of its frame, as far as they were captured. */
function without(packet: Packet, trailer: number): Packet {
	const length = Math.max(0, packet.length - trailer);
	return { ...packet, bytes: packet.bytes.subarray(0, length), length };
}
