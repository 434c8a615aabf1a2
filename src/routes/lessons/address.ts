/**
 * Addresses inside a lesson. The fragment names one place, so that the page needs no new load:
 *
 *     #step-4               a step
 *     #moment-cli-bounce    a moment, by the name that the lesson has for it
 *     #event-55             any event of the run, by its number
 *
 *
 * The run of a lesson or an embed may have another cost table than the lesson's: `?profile=p3&costs=hypercall.500`.
 *
 * A moment's name outlives new versions of a lesson; an event's number holds as long as its run stays the same.
 */

/** What an address points at: one of the three at most. */
export interface Place {
	/** 1-based; 0 where none is named. */
	step: number;
	/** Name of a moment, or ''. */
	moment: string;
	/** Number of an event, or -1. */
	event: number;
}

export const NOWHERE: Place = { step: 0, moment: '', event: -1 };

export type Kind = keyof Place;
/** Kind of a place -> the place that a word names, or what such a word must be. */
const KINDS: Readonly<Record<Kind, (word: string) => Place | string>> = {
	step: (word) => (/^[1-9]\d{0,3}$/.test(word) ? { ...NOWHERE, step: Number(word) } : 'a step is a number from 1 on'),
	moment: (word) => (word ? { ...NOWHERE, moment: word } : 'a moment has a name'),
	event: (word) => (/^\d{1,9}$/.test(word) ? { ...NOWHERE, event: Number(word) } : 'an event is a number from 0 on')
};
export const kinds = Object.keys(KINDS) as Kind[];

/** The place that a word names; nowhere, and a sentence more among the problems, for a word that names none. */
export function placeOf(kind: Kind, word: string, problems: string[]): Place {
	const found = KINDS[kind](word);
	if (typeof found !== 'string') return found;
	problems.push(`${kind}=${word}: ${found}`);
	return NOWHERE;
}

/** A fragment's text without its percent signs, where they are well-formed. */
function plain(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

/** What the fragment of a lesson's address points at; nowhere for one that says something else. */
export function placeIn(hash: string, problems: string[] = []): Place {
	const [, kind, word] = /^#?(step|moment|event)-(.*)$/.exec(hash) ?? [];
	return kind ? placeOf(kind as Kind, plain(word), problems) : NOWHERE;
}

/** `#step-4`; '' for nowhere. */
export function hashOf({ step, moment, event }: Place): string {
	if (moment) return `#moment-${encodeURIComponent(moment)}`;
	if (event >= 0) return `#event-${event}`;
	return step > 0 ? `#step-${step}` : '';
}

/** What of a query says which cost table the run has (`../costs/address.ts`): an event's number would mean another run without it. */
export const costsIn = (search: string): string[] =>
	search
		.slice(1)
		.split('&')
		.filter((field) => /^(profile|costs)=/.test(field));

/** The address of a place. @param lesson the lesson's address; of its query the cost table stays, its fragment is left out */
export function lessonAddress(lesson: URL | string, place: Place): string {
	const url = new URL(lesson);
	url.search = costsIn(url.search).join('&');
	url.hash = hashOf(place);
	return url.href;
}
