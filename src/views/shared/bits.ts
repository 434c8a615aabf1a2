/** Words cut into their bit fields, to be drawn: descriptors, page-table entries, flags. */
import type { BitField } from '../../x86/bits';

/** A field with what it holds. */
export interface BitMark extends BitField {
	/** Hexadecimal, or 0 and 1 for a single bit. */
	value: string;
	/** Not zero. */
	set: boolean;
	/** Other than a moment ago. */
	changed: boolean;
}

/** The bits `high..low` of a word that is given as two halves; at most 32 bits. */
export function bitsOf(field: { high: number; low: number }, lowWord: number, highWord: number): number {
	const width = field.high - field.low + 1;
	const mask = width >= 32 ? 0xffff_ffff : 2 ** width - 1;
	if (field.low >= 32) return ((highWord >>> (field.low - 32)) & mask) >>> 0;
	const below = lowWord >>> field.low;
	const above = field.high >= 32 && field.low > 0 ? highWord << (32 - field.low) : 0;
	return ((below | above) & mask) >>> 0;
}

/**
 * The fields of a word, highest first.
 * @param before the word a moment ago, or null
 */
export const bitMarks = (
	fields: readonly BitField[],
	[low, high]: readonly [low: number, high: number],
	before: readonly [low: number, high: number] | null = null
): BitMark[] =>
	fields.map((field) => {
		const value = bitsOf(field, low, high);
		return {
			...field,
			value: value.toString(16),
			set: value !== 0,
			changed: before !== null && bitsOf(field, before[0], before[1]) !== value
		};
	});
