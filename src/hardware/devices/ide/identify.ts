import type { Disk } from '../disk';

/** Heads and sectors of a track by which a drive is addressed before it is told others. */
export const DEFAULT_GEOMETRY = { heads: 16, track: 63 } as const;
/** Most sectors that READ and WRITE MULTIPLE move at once. */
export const MOST_MULTIPLE = 16;
/** Highest addresses of 28 bits, in sectors of the whole. */
export const MOST_28 = 0x0fff_ffff;

/** What IDENTIFY DEVICE tells beside what the medium says. */
export interface Identified {
	readonly disk: Disk;
	readonly number: number;
	readonly heads: number;
	readonly track: number;
	readonly multiple: number;
	/** Transfer mode that was set last, as SET FEATURES names it. */
	readonly mode: number;
	readonly writeCache: boolean;
	readonly lookAhead: boolean;
}

/** Cylinders that can be addressed with so many heads and sectors of a track. */
const cylindersOf = (sectors: number, heads: number, track: number): number =>
	Math.max(1, Math.min(16_383, Math.floor(sectors / (heads * track))));

const on = (bit: boolean, value: number): number => (bit ? value : 0);

/** A transfer mode's bit among those of its family, or 0 if it is of another. */
const chosen = (mode: number, family: number): number => (mode >> 3 === family >> 3 ? 1 << (mode & 7) : 0);

/** The 256 words of IDENTIFY DEVICE (ATA/ATAPI-6, 8.15), as bytes. */
export function identify(of: Identified): Uint8Array {
	const { disk, number, heads, track, multiple, mode, writeCache, lookAhead } = of;
	const bytes = new Uint8Array(512);
	const view = new DataView(bytes.buffer);
	const put = (word: number, value: number): void => view.setUint16(word * 2, value & 0xffff, true);
	const put32 = (word: number, value: number): void => view.setUint32(word * 2, value, true);
	/** Each word holds two letters, the first in its high byte. */
	const text = (word: number, length: number, letters: string): void => {
		for (let n = 0; n < length; n++) bytes[word * 2 + (n ^ 1)] = (letters.charCodeAt(n) || 0x20) & 0x7f;
	};
	const cylinders = cylindersOf(disk.sectors, DEFAULT_GEOMETRY.heads, DEFAULT_GEOMETRY.track);
	const now = cylindersOf(disk.sectors, heads, track);
	put(0, 0x0040);
	put(1, cylinders);
	put(3, DEFAULT_GEOMETRY.heads);
	put(6, DEFAULT_GEOMETRY.track);
	text(10, 20, `RS${String(number + 1).padStart(5, '0')}`);
	text(23, 8, '1.0');
	text(27, 40, disk.name);
	put(47, 0x8000 | MOST_MULTIPLE);
	put(49, 0x0b00); // LBA, DMA, IORDY
	put(53, 0x0007); // words 54 to 58, 64 to 70 and 88 mean something
	put(54, now);
	put(55, heads);
	put(56, track);
	put32(57, now * heads * track);
	put(59, on(multiple > 0, 0x100 | multiple));
	put32(60, Math.min(disk.sectors, MOST_28));
	put(63, 0x0007 | (chosen(mode, 0x20) << 8));
	put(64, 0x0003);
	for (const word of [65, 66, 67, 68]) put(word, 120); // nanoseconds of a cycle
	put(80, 0x0070); // ATA/ATAPI-4 to 6
	put(82, 0x4068); // NOP, look-ahead, write cache, power management
	put(83, 0x7400); // FLUSH CACHE (EXT), 48 bits
	put(84, 0x4040); // writes through the cache
	put(85, 0x4008 | on(lookAhead, 0x40) | on(writeCache, 0x20));
	put(86, 0x3400);
	put(87, 0x4040);
	put(88, 0x003f | (chosen(mode, 0x40) << 8));
	put(93, (number & 1) === 0 ? 0x6001 : 0x6100); // a cable of 80 wires; how the drive learnt its number
	put32(100, disk.sectors);
	put(102, Math.floor(disk.sectors / 2 ** 32));
	bytes[510] = 0xa5;
	bytes[511] = -bytes.reduce((sum, byte) => sum + byte, 0);
	return bytes;
}
