/** How well what was typed fits a text: every letter in order, best at the beginnings of words. */

export interface Fit {
	/** Larger is better. */
	readonly score: number;
	/** Indices of the letters that fit, ascending. */
	readonly at: readonly number[];
}

const WORD_START = 8;
const NEXT_TO = 5;
const LETTER = 1;
/** For each letter of the text before the first that fits, and at most. */
const LATE = 0.1;

/** Null when the letters do not all occur in this order. Blanks in what was typed stand for nothing. */
export function fit(typed: string, text: string): Fit | null {
	const letters = typed.toLowerCase().replace(/\s+/g, '');
	const lower = text.toLowerCase();
	if (letters === '') return { score: 0, at: [] };
	const isStart = (index: number): boolean => index === 0 || /[\s\-:(,]/.test(text[index - 1]);
	// best[j]: the best way to have fitted the letters so far, the last of them at j.
	let best: ({ score: number; from: number } | null)[] = [];
	const ways: ({ score: number; from: number } | null)[][] = [];
	for (let i = 0; i < letters.length; i++) {
		const row: ({ score: number; from: number } | null)[] = new Array(lower.length).fill(null);
		let before: { score: number; index: number } | null = null;
		for (let j = 0; j < lower.length; j++) {
			const previous = j > 0 ? best[j - 1] : null;
			if (i > 0 && j > 1 && best[j - 2] && (!before || best[j - 2]!.score > before.score))
				before = { score: best[j - 2]!.score, index: j - 2 };
			if (lower[j] !== letters[i]) continue;
			const own = LETTER + (isStart(j) ? WORD_START : 0);
			if (i === 0) {
				row[j] = { score: own - LATE * j, from: -1 };
				continue;
			}
			const near = previous ? previous.score + NEXT_TO : -Infinity;
			const far = before ? before.score : -Infinity;
			if (near === -Infinity && far === -Infinity) continue;
			row[j] = near >= far ? { score: near + own, from: j - 1 } : { score: far + own, from: before!.index };
		}
		ways.push(row);
		best = row;
	}
	let end = -1;
	for (let j = 0; j < best.length; j++) if (best[j] && (end < 0 || best[j]!.score > best[end]!.score)) end = j;
	if (end < 0) return null;
	const at: number[] = [];
	for (let i = letters.length - 1, j = end; i >= 0; i--) {
		at.unshift(j);
		j = ways[i][j]!.from;
	}
	return { score: best[end]!.score - text.length * 0.01, at };
}
