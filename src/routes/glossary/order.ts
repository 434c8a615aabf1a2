/** The alphabet's order, and whether an entry has what somebody looks for. */
import { spellingsOf, type GlossaryEntry } from '../../words/glossary';

/** `#GP` stands under G, `the score` under S. */
const sorted = (term: string): string => term.replace(/^(?:the |#)/, '').toLowerCase();

/** The letter under which a term stands: a capital. */
export const letterOf = (term: string): string => sorted(term)[0].toUpperCase();

export const alphabetical = (a: string, b: string): number => (sorted(a) < sorted(b) ? -1 : 1);

/** Whether all words that were typed occur in an entry. */
export function fits(entry: GlossaryEntry, typed: string): boolean {
	const text = [...spellingsOf(entry), entry.says].join(' ').toLowerCase();
	return typed
		.toLowerCase()
		.split(/\s+/)
		.every((word) => text.includes(word));
}
