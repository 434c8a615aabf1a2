/**
 * Values of 64 bits. In the trace they are two words; in the program a number where that is exact, and a bigint beyond
 * 2^53 - 1, so that `===`, `<` and a Map's keys mean what they say whichever of the two a value is.
 */

/** A value of an argument: a bigint only where a number would not be exact. */
export type ArgValue = number | bigint;

const WORD = 2 ** 32;
/** High words from here on make more than 2^53 - 1. */
const INEXACT_HIGH = 2 ** 21;

/** The value of two words. */
export const joined = (low: number, high: number): ArgValue =>
	high < INEXACT_HIGH ? high * WORD + low : (BigInt(high) << 32n) | BigInt(low);

/** A bigint as a value: a number where that is exact. */
export const exact = (value: bigint): ArgValue =>
	value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;

/** Bits 31..0 of a value, unsigned. */
export const lowOf = (value: ArgValue): number =>
	typeof value === 'number' ? value >>> 0 : Number(value & 0xffff_ffffn);

/** Bits 63..32 of a value, unsigned. */
export const highOf = (value: ArgValue): number =>
	typeof value === 'number' ? Math.floor(value / WORD) >>> 0 : Number((value >> 32n) & 0xffff_ffffn);

/** As JSON has it, which knows no bigint: what no number says exactly is text, hexadecimal with 0x before it. */
export const plainValue = (value: ArgValue): number | string =>
	typeof value === 'number' ? value : `0x${value.toString(16)}`;

/** An operator on numbers, exact where both sides are whole; `onBigs` does it where a number would be rounded. */
export const exactly =
	(onNumbers: (a: number, b: number) => number, onBigs: (a: bigint, b: bigint) => bigint) =>
	(a: ArgValue, b: ArgValue): ArgValue => {
		if (typeof a === 'number' && typeof b === 'number') {
			const value = onNumbers(a, b);
			if (Number.isSafeInteger(value) || !Number.isInteger(a) || !Number.isInteger(b)) return value;
		}
		return isWhole(a) && isWhole(b) ? exact(onBigs(BigInt(a), BigInt(b))) : onNumbers(Number(a), Number(b));
	};

const isWhole = (value: ArgValue): boolean => typeof value === 'bigint' || Number.isInteger(value);
