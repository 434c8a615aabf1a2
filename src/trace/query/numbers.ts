/** Numbers as people write them, the same in every language and option: 64, 0x40, 1e6, 1.5, 1_000_000. */

/** What may be a number, for the lexer: `parseNumber` says whether it is one. */
export const NUMBER = String.raw`(?:0x[0-9a-f_]+|\d[\d_]*(?:\.\d+)?(?:e\d+)?)(?![\w$])`;

/** Its value; NaN when it is none. Underscores stand between digits, and nowhere else. */
export function parseNumber(text: string): number {
	const bare = text.replace(/(?<=[0-9a-f])_+(?=[0-9a-f])/gi, '');
	if (/^-?0x[0-9a-f]+$/i.test(bare)) return bare.startsWith('-') ? -parseInt(bare.slice(1), 16) : parseInt(bare, 16);
	return /^-?\d+(\.\d+)?(e\d+)?$/i.test(bare) ? Number(bare) : NaN;
}
