/**
 * Addresses inside a lesson. What is pointed at stands in the fragment, so that the page needs no new load:
 *
 *     #step-4                      a step
 *     #step-4&moment=cli-bounce    a named moment, and the step that the reader stands in
 *     #step-4&event=55             any event of the run, by its number
 *     #moment=cli-bounce           the moment alone; its step is the last one that begins no later
 *
 * and how an embed shows it in the query (the same three words may stand there, for who writes an address by hand):
 *
 *     ?embed&moment=cli-bounce&shows=trap,checks&theme=dark&ask&origin=https://course.example#step-4
 *
 * A moment's name outlives new versions of a lesson; an event's number holds as long as its run stays the same.
 */
import { PICTURES, type Picture } from './vocabulary/vocabulary';

/** What an address points at. */
export interface Place {
	/** 1-based; 0 where none is named. */
	step: number;
	/** Name of a moment, or ''. */
	moment: string;
	/** Number of an event, or -1. */
	event: number;
}

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

const PLACES = ['step', 'moment', 'event'];

export const NOWHERE: Place = { step: 0, moment: '', event: -1 };

const THEMES: readonly string[] = ['', 'light', 'dark'];
const DIGITS = /^\d{1,9}$/;

/** `step-4&event=55` as fields; a step's short form is a field like the others. */
const fieldsOf = (text: string): URLSearchParams => new URLSearchParams(text.replace(/^step-/, 'step='));

function numberIn(fields: URLSearchParams, name: string, least: number, problems: string[]): number | null {
	const text = fields.get(name);
	if (text === null) return null;
	if (DIGITS.test(text) && Number(text) >= least) return Number(text);
	problems.push(`${name}=${text}: a ${name} is a number from ${least} on`);
	return null;
}

function placeOf(fields: URLSearchParams, problems: string[]): Place {
	return {
		step: numberIn(fields, 'step', 1, problems) ?? NOWHERE.step,
		moment: fields.get('moment') ?? NOWHERE.moment,
		event: numberIn(fields, 'event', 0, problems) ?? NOWHERE.event
	};
}

/** What the fragment of a lesson's address points at. What it says otherwise is not for us. */
export const placeIn = (hash: string): Place => placeOf(fieldsOf(hash.replace(/^#/, '')), []);

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
export function embedIn({ searchParams, hash }: URL): EmbedAddress {
	const problems: string[] = [];
	const fragment = fieldsOf(hash.slice(1));
	// The fragment is the nearer one: it changes while the embed lives.
	const fields = PLACES.some((name) => fragment.has(name)) ? fragment : searchParams;
	const theme = searchParams.get('theme') ?? '';
	if (!THEMES.includes(theme)) problems.push(`theme=${theme}: a theme is light or dark`);
	const asked = searchParams.get('origin') ?? '';
	const origin = asked && originIn(asked);
	if (origin === null) problems.push(`origin=${asked}: an origin is like https://course.example`);
	return {
		place: placeOf(fields, problems),
		shows: showsIn(searchParams.get('shows') ?? '', problems),
		theme: THEMES.includes(theme) ? (theme as ThemeAsked) : '',
		ask: searchParams.has('ask'),
		origin: origin ?? '',
		problems
	};
}

/** `#step-4&event=55`; '' for nowhere. */
export function hashOf({ step, moment, event }: Place): string {
	const parts = [
		step > 0 ? `step-${step}` : '',
		moment ? `moment=${encodeURIComponent(moment)}` : '',
		event >= 0 ? `event=${event}` : ''
	].filter(Boolean);
	return parts.length ? `#${parts.join('&')}` : '';
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
