/** Numbers as a learner types them into a field: hexadecimal with 0x, decimal, `_` between digits. */
import type { ArgValue } from '../../../trace/wide';

export type TypedNumber = { readonly value: bigint } | { readonly problem: string };

/** Reads a number of up to so many bits. */
export function readNumber(text: string, bits: 32 | 64): TypedNumber {
	const word = text.trim().toLowerCase().replaceAll('_', '');
	if (word === '') return { problem: 'Type a number, for instance 0x1000.' };
	if (/^[0-9a-f]+$/.test(word) && /[a-f]/.test(word))
		return { problem: `A number in hexadecimal begins with 0x: 0x${word}.` };
	if (!/^(?:0x[0-9a-f]+|\d+)$/.test(word)) {
		const at = [...word].findIndex((letter, place) => !/[0-9a-f]/.test(letter) && !(letter === 'x' && place === 1));
		return { problem: `“${text.trim()}” is no number: look at character ${at < 0 ? word.length : at + 1}.` };
	}
	const value = BigInt(word);
	if (value >> BigInt(bits) !== 0n) return { problem: `“${text.trim()}” does not fit into ${bits} bits.` };
	return { value };
}

/** As it stands in a field. */
export const hexText = (value: ArgValue): string => `0x${BigInt(value).toString(16)}`;
/** An entry with all of its digits, in groups of four. */
export const entryText = (value: bigint): string =>
	`0x${value
		.toString(16)
		.padStart(16, '0')
		.replace(/(?=(?:.{4})+$)(?!^)/g, '_')}`;
