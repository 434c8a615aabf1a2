/** Where a text says a word of the glossary. */
import { spellingsOf, type Glossary } from './glossary';

/** A word found in a text: of which entry, from where to where. */
export interface Said {
	readonly name: string;
	readonly from: number;
	readonly to: number;
}

export interface Spellings {
	/** Every place in a text where prose says a word of the glossary, in order. */
	find(text: string): Said[];
	/** The entry that code of exactly these letters belongs to, or undefined. */
	ofCode(code: string): string | undefined;
}

const isCode = (spelling: string): boolean => spelling.startsWith('`');
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&').replace(/ /g, '\\s+');

/** As a pattern: what is written in small letters may begin a sentence. */
function patternOf(spelling: string): string {
	const [first] = spelling;
	return /[a-z]/.test(first) && spelling === spelling.toLowerCase()
		? `[${first}${first.toUpperCase()}]${escaped(spelling.slice(1))}`
		: escaped(spelling);
}

/** As it is looked up again, however it was broken into lines and whether or not it began a sentence. */
const keyOf = (text: string): string => text.replace(/\s+/g, ' ').toLowerCase();

export function spellings(glossary: Glossary): Spellings {
	const names = new Map<string, string>();
	const codes = new Map<string, string>();
	/** What is written -> the entry that it means, or null where it means none. */
	const meant = new Map<string, string | null>();
	for (const [name, entry] of Object.entries(glossary)) {
		for (const spelling of spellingsOf(entry))
			if (isCode(spelling)) codes.set(spelling.slice(1, -1), name);
			else meant.set(spelling, name);
		for (const phrase of entry.not ?? []) meant.set(phrase, null);
	}
	for (const [spelling, name] of meant) if (name) names.set(keyOf(spelling), name);
	const longestFirst = [...meant.keys()].sort((a, b) => b.length - a.length);
	const pattern = new RegExp(`(?<![\\w#/.-])(?:${longestFirst.map(patternOf).join('|')})(?![\\w-])`, 'g');
	const skipped = new Set([...meant].filter(([, name]) => name === null).map(([phrase]) => keyOf(phrase)));
	return {
		find: (text) =>
			[...text.matchAll(pattern)]
				.filter(([said]) => !skipped.has(keyOf(said)))
				.map(({ 0: said, index }) => ({ name: names.get(keyOf(said))!, from: index, to: index + said.length })),
		ofCode: (code) => codes.get(code)
	};
}
