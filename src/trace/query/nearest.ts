/** What somebody meant who mistyped a name: one implementation for queries, facts, conditions, addresses and commands. */

/** Mistakes that are forgiven: one in every so many letters, and one at least. */
const LETTERS_A_MISTAKE = 3;
/** A beginning of a name is taken for it from so many letters on. */
const LEAST_BEGINNING = 3;
const HALF = 0.5;

/** Letters to add, leave out, change or exchange with the next, to make `b` of `a`. */
export function mistakes(a: string, b: string): number {
	let before: number[] = [];
	let above = Array.from({ length: b.length + 1 }, (_, j) => j);
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let j = 1; j <= b.length; j++) {
			row[j] = Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + Number(a[i - 1] !== b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
				row[j] = Math.min(row[j], before[j - 2] + 1);
		}
		[before, above] = [above, row];
	}
	return above[b.length];
}

/** The name that is nearest to what was written, or '' where none is near. */
export function nearest(written: string, names: Iterable<string>): string {
	const word = written.toLowerCase();
	const most = Math.max(1, Math.floor(word.length / LETTERS_A_MISTAKE));
	let best = '';
	let least = most + 1;
	for (const name of names) {
		const other = name.toLowerCase();
		const begins = word.length >= LEAST_BEGINNING && other.startsWith(word);
		const count = Math.abs(other.length - word.length) > most && !begins ? Infinity : mistakes(word, other);
		// One who has not written on yet has made no mistake so far.
		const weight = begins ? Math.min(count, most) - HALF : count;
		if (weight < least && weight < word.length) [best, least] = [name, weight];
	}
	return best;
}

/** `; did you mean 'name'?`, or nothing where no name is near. */
export function meant(written: string, names: Iterable<string>): string {
	const name = nearest(written, names);
	return name && `; did you mean '${name}'?`;
}

/**
 * What comes behind "there is no …": the name that was meant, or else all that there are.
 * @param otherwise how the list of names is introduced, such as `there are`
 */
export const otherwise = (written: string, names: readonly string[], introduced: string): string =>
	meant(written, names) || `; ${introduced} ${names.join(', ')}`;
