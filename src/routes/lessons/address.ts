/**
 * Addresses inside a lesson. The fragment names one place, so that the page needs no new load:
 *
 *     #step-4               a step
 *     #moment-cli-bounce    a moment, by the name that the lesson has for it
 *     #event-55             any event of the run, by its number
 *
 * and the query of an embed says how it is shown; who writes an address by hand may name the place there as well:
 *
 *     ?embed&moment=cli-bounce&shows=trap,checks&theme=dark&ask&origin=https://course.example
 *
 * A moment's name outlives new versions of a lesson; an event's number holds as long as its run stays the same.
 */
import { PICTURES, type Picture } from './vocabulary/vocabulary';

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

export type ThemeAsked = '' | 'light' | 'dark';

export interface EmbedLook {
	/** Pictures to show; empty for those of the step. */
	shows: readonly Picture[];
	theme: ThemeAsked;
	/** Whether the step's question is put before its pictures tell the answer. */
	ask: boolean;
	/** The only origin that is heard and told, or '' for whoever shows the frame. */
	origin: string;
}

export interface EmbedAddress extends EmbedLook {
	place: Place;
	/** What in the address could not be understood, a sentence each. */
	problems: string[];
}

const THEMES: readonly string[] = ['', 'light', 'dark'];

type Kind = keyof Place;
/** Kind of a place -> the place that a word names, or what such a word must be. */
const KINDS: Readonly<Record<Kind, (word: string) => Place | string>> = {
	step: (word) => (/^[1-9]\d{0,3}$/.test(word) ? { ...NOWHERE, step: Number(word) } : 'a step is a number from 1 on'),
	moment: (word) => (word ? { ...NOWHERE, moment: word } : 'a moment has a name'),
	event: (word) => (/^\d{1,9}$/.test(word) ? { ...NOWHERE, event: Number(word) } : 'an event is a number from 0 on')
};
const kinds = Object.keys(KINDS) as Kind[];

function placeOf(kind: Kind, word: string, problems: string[]): Place {
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

/** The fragment is the nearer one: it changes while an embed lives. */
function placeInEither({ searchParams, hash }: URL, problems: string[]): Place {
	const place = placeIn(hash, problems);
	const kind = kinds.find((name) => searchParams.has(name));
	return place !== NOWHERE || problems.length || !kind ? place : placeOf(kind, searchParams.get(kind)!, problems);
}

const isPicture = (word: string): word is Picture => (PICTURES as readonly string[]).includes(word);

function showsIn(text: string, problems: string[]): Picture[] {
	const words = text.split(/[\s,]+/).filter(Boolean);
	const unknown = words.filter((word) => !isPicture(word));
	if (unknown.length) problems.push(`shows=${unknown.join()}: there are the pictures ${PICTURES.join(', ')}`);
	return PICTURES.filter((picture) => words.includes(picture));
}

/** The origin that a text names, or null: no path, no user, and a real one. */
function originIn(text: string): string | null {
	try {
		const { origin } = new URL(text);
		return origin === 'null' ? null : origin;
	} catch {
		return null;
	}
}

/** An embed's address as it was written, with a sentence for each part that says nothing. */
export function embedIn(url: URL): EmbedAddress {
	const problems: string[] = [];
	const place = placeInEither(url, problems);
	const { searchParams } = url;
	const theme = searchParams.get('theme') ?? '';
	if (!THEMES.includes(theme)) problems.push(`theme=${theme}: a theme is light or dark`);
	const asked = searchParams.get('origin') ?? '';
	const origin = asked && originIn(asked);
	if (origin === null) problems.push(`origin=${asked}: an origin is like https://course.example`);
	return {
		place,
		shows: showsIn(searchParams.get('shows') ?? '', problems),
		theme: THEMES.includes(theme) ? (theme as ThemeAsked) : '',
		ask: searchParams.has('ask'),
		origin: origin ?? '',
		problems
	};
}

/** `#step-4`; '' for nowhere. */
export function hashOf({ step, moment, event }: Place): string {
	if (moment) return `#moment-${encodeURIComponent(moment)}`;
	if (event >= 0) return `#event-${event}`;
	return step > 0 ? `#step-${step}` : '';
}

/** The address of a place. @param lesson the lesson's address; its query and fragment are left out */
export function lessonAddress(lesson: URL | string, place: Place): string {
	const url = new URL(lesson);
	url.search = '';
	url.hash = hashOf(place);
	return url.href;
}

/** The address of an embed. @param lesson as of `lessonAddress` */
export function embedAddress(lesson: URL | string, place: Place, look: Partial<EmbedLook> = {}): string {
	const url = new URL(lesson);
	const { shows = [], theme = '', ask = false, origin = '' } = look;
	const parts = [
		'embed',
		ask ? 'ask' : '',
		shows.length ? `shows=${shows.join(',')}` : '',
		theme ? `theme=${theme}` : '',
		origin ? `origin=${encodeURIComponent(origin)}` : ''
	].filter(Boolean);
	url.search = `?${parts.join('&')}`;
	url.hash = hashOf(place);
	return url.href;
}

const ESCAPES: Readonly<Record<string, string>> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&#39;'
};
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => ESCAPES[char]);

export interface FrameSize {
	/** Pixels, or '100%'. */
	width: number | '100%';
	height: number;
}

/** What a teacher pastes into a page. */
export const iframeCode = (address: string, title: string, { width, height }: FrameSize): string =>
	`<iframe src="${escapeHtml(address)}" title="${escapeHtml(title)}" width="${width}" height="${height}" ` +
	`loading="lazy" style="border: 0"></iframe>`;
