/** Numbers as people write them, the same in every language and option: 64, 0x40, 1e6, 1.5, 1_000_000. */

import { exact, type ArgValue } from '../wide';

/** What may be a number, for the lexer: `parseNumber` says whether it is one. */
export const NUMBER = String.raw`(?:0x[0-9a-f_]+|\d[\d_]*(?:\.\d+)?(?:e\d+)?)(?![\w$])`;

const withoutGaps = (text: string): string => text.replace(/(?<=[0-9a-f])_+(?=[0-9a-f])/gi, '');

/** Its value; NaN when it is none. A whole number beyond 2^53 - 1 is rounded: `parseExact` keeps all of it. Underscores stand between digits, and nowhere else. */
export function parseNumber(text: string): number {
	const bare = withoutGaps(text);
	if (/^-?0x[0-9a-f]+$/i.test(bare)) return bare.startsWith('-') ? -parseInt(bare.slice(1), 16) : parseInt(bare, 16);
	return /^-?\d+(\.\d+)?(e\d+)?$/i.test(bare) ? Number(bare) : NaN;
}

/** As `parseNumber`, for a text without a sign, and whole numbers of any size exactly. */
export function parseExact(text: string): ArgValue {
	const value = parseNumber(text);
	if (!Number.isInteger(value) || Number.isSafeInteger(value)) return value;
	const bare = withoutGaps(text);
	return exact(BigInt(/^(0x[0-9a-f]+|\d+)$/i.test(bare) ? bare : value));
}
