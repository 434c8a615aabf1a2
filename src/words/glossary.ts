/**
 * The words that a learner meets, explained. An entry is written once, in a language's folder; the page of the glossary, the marks in lessons'
 * prose and the explanation that is shown over them read it.
 */

/** What a word is about; the order of the groups on no page depends on it. */
export const GROUPS = ['virtualization', 'processor', 'memory', 'interface', 'ringside'] as const;
export type Group = (typeof GROUPS)[number];

/** Where a word is taught: a lesson's folder, and the moment at which one of its steps stands. */
export interface Taught {
	readonly lesson: string;
	readonly at: string;
}

export interface GlossaryEntry {
	/** The word as the list has it. */
	readonly term: string;
	/**
	 * Other spellings that prose uses. One in small letters may also begin a sentence; one in backticks is code of exactly these letters. The
	 * longest spelling that fits at a place is meant: `bounce frame`, not `frame`.
	 */
	readonly also?: readonly string[];
	/** Phrases in which a spelling means something else. */
	readonly not?: readonly string[];
	readonly group: Group;
	/** One or two exact sentences for somebody who knows page tables, not Xen. What stands in backticks is code. */
	readonly says: string;
	/** The manual's volume and section, a public header of Xen's, or the paper. */
	readonly source?: string;
	/** Names of entries. */
	readonly related?: readonly string[];
	readonly taught?: Taught;
}

/** Name -> entry. A name is the entry's anchor: `/glossary/#event-channel`. */
export type Glossary = Readonly<Record<string, GlossaryEntry>>;

/** The glossary in the language that is spoken. It is loaded when somebody first asks for it: a lesson need not bring it along. */
export const loadGlossary = async (): Promise<Glossary> => (await import('./en/glossary')).GLOSSARY;

/** A text in pieces: what stood in backticks is code. */
export const pieces = (text: string): { text: string; code: boolean }[] =>
	text
		.split('`')
		.map((piece, index) => ({ text: piece, code: index % 2 === 1 }))
		.filter((piece) => piece.text !== '');

/** All spellings of an entry, the headword first. */
export const spellingsOf = ({ term, also = [] }: GlossaryEntry): string[] => [term, ...also];
