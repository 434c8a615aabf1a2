/** The alphabet's order, and whether an entry has what somebody looks for. */
import { spellingsOf, type GlossaryEntry } from '../../words/glossary';

/** `#GP` stands under G, `the score` under S. */
const sorted = (term: string): string => term.replace(/^(?:the |#)/, '').toLowerCase();

/** The letter under which a term stands: a capital. */
export const letterOf = (term: string): string => sorted(term)[0].toUpperCase();

export const alphabetical = (a: string, b: string): number => (sorted(a) < sorted(b) ? -1 : 1);

/** Other spellings that tell a reader something: no forms of the word itself, and each once, in code or out of it. */
export const alsoOf = (entry: GlossaryEntry): string[] => {
	const told: string[] = [];
	const bare = (text: string) => text.replaceAll('`', '').toLowerCase();
	for (const spelling of spellingsOf(entry)) {
		const text = bare(spelling);
		const isForm = told.some((other) => text.startsWith(bare(other)) && text.length - bare(other).length <= 3);
		if (!isForm) told.push(spelling);
	}
	return told.slice(1);
};

/** Whether all words that were typed occur in an entry. */
export function fits(entry: GlossaryEntry, typed: string): boolean {
	const text = [...spellingsOf(entry), entry.says].join(' ').toLowerCase();
	return typed
		.toLowerCase()
		.split(/\s+/)
		.every((word) => text.includes(word));
}
