/** Bits, alignment and hexadecimal: the arithmetic every part shares. */

/** Reads `value` as an unsigned 32-bit number. */
export const u32 = (value: number): number => value >>> 0;

/** The bits `high..low` (inclusive, as the SDM writes them) of a 32-bit `value`. */
export const field = (value: number, high: number, low: number): number =>
	(value >>> low) & (0xffff_ffff >>> (31 - (high - low)));

export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 4096;
export const PAGE_MASK = 0xfff;

/** Rounds `value` (below 2^53) up to a multiple of `size`, a power of two. */
export const alignUp = (value: number, size: number): number => Math.ceil(value / size) * size;

/** Rounds `value` (below 2^53) down to a multiple of `size`. */
export const alignDown = (value: number, size: number): number => Math.floor(value / size) * size;

/** `0x`-prefixed hexadecimal of an unsigned 32-bit number, padded to `digits`. */
export const hex = (value: number, digits = 1): string => '0x' + (value >>> 0).toString(16).padStart(digits, '0');

/** Eight bare hexadecimal digits, as register dumps print them. */
export const hex8 = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
