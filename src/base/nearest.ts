/** Which known word somebody meant: the one that fewest slips of the hand lead to. */

/** Letters added, left out, changed, or swapped with their neighbour (optimal string alignment). */
export function slips(typed: string, meant: string): number {
	let before: number[] = [];
	let last = Array.from({ length: meant.length + 1 }, (_, length) => length);
	for (let i = 1; i <= typed.length; i++) {
		const row = [i];
		for (let j = 1; j <= meant.length; j++) {
			const same = typed[i - 1] === meant[j - 1];
			row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
			const swapped = i > 1 && j > 1 && typed[i - 1] === meant[j - 2] && typed[i - 2] === meant[j - 1];
			if (swapped) row[j] = Math.min(row[j], before[j - 2] + 1);
		}
		[before, last] = [last, row];
	}
	return last[meant.length];
}

/** The nearest of `known`, or null where none is near: a third of the letters may be wrong, two at most, and of a single letter none. The first of equals wins. */
export function nearest(typed: string, known: Iterable<string>): string | null {
	let best: { word: string; away: number } | null = null;
	const most = typed.length < 2 ? 0 : Math.min(2, Math.max(1, Math.floor(typed.length / 3)));
	for (const word of known) {
		if (Math.abs(word.length - typed.length) > most) continue;
		const away = slips(typed, word);
		if (away <= most && (best === null || away < best.away)) best = { word, away };
	}
	return best?.word ?? null;
}
