/**
 * Addresses of embeds. The fragment is the place, as everywhere in a lesson (`../address.ts`); the query says how it is shown, and who writes
 * an address by hand may name the place there as well:
 *
 *     ?embed&moment=cli-bounce&shows=trap,checks&theme=dark&ask&origin=https://course.example
 */
import { costsIn, hashOf, kinds, placeIn, placeOf, NOWHERE, type Place } from '../address';
import { PICTURES, type Picture } from '../vocabulary/vocabulary';

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

/** The address of an embed. @param lesson as of `lessonAddress` */
export function embedAddress(lesson: URL | string, place: Place, look: Partial<EmbedLook> = {}): string {
	const url = new URL(lesson);
	const { shows = [], theme = '', ask = false, origin = '' } = look;
	const parts = [
		'embed',
		ask ? 'ask' : '',
		shows.length ? `shows=${shows.join(',')}` : '',
		theme ? `theme=${theme}` : '',
		origin ? `origin=${encodeURIComponent(origin)}` : '',
		...costsIn(url.search)
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
