/**
 * One stave for each domain's rings, Xen's ring 0 under them all, the hardware at the bottom. Where there are more domains than there is room
 * for, some have staves of their own, and all others share two.
 */
import { HARDWARE, kernelLane, userLane, XEN } from '../../trace/lanes';
import { domainName, type Tone } from '../shared/rings';
import { type Size } from './scale';
import { words } from '../../words';
import { fill, type Template } from '../../words/template';

const said = words.views.score.staves;

export interface Stave {
	/** Its own lane; of a shared one the first. */
	lane: number;
	/** All lanes whose time and events it shows. */
	lanes: readonly number[];
	label: string;
	tone: Tone;
	/** Middle and height, pixels. */
	y: number;
	height: number;
}

/** Room for the axis below, and above the staves. */
export const AXIS = 18;
const TOP = 10;
/** Least from stave to stave, so that names do not lie on each other. */
const LEAST_PITCH = 15;
/** Staves that are always there: Xen, the hardware, and the two that are shared. */
const ALWAYS = 4;

/** Which domains the learner wants to see, the most wanted first, and which one an event tells of; ids. */
export interface Wanted {
	readonly picked?: readonly number[] | null;
	readonly spoken?: number;
}

const roomOf = ({ height }: Size, below: number): number => Math.floor((height - below - TOP) / LEAST_PITCH);

/** How many domains can have staves of their own where not all can. */
export const roomForDomains = (size: Size, below = AXIS): number =>
	Math.max(1, Math.floor((roomOf(size, below) - ALWAYS) / 2));

/** Places of the domains that have staves of their own, ascending: the wanted ones, else the first; always the one that is told of. */
export function ownPlaces(domains: readonly number[], size: Size, { picked, spoken }: Wanted, below = AXIS): number[] {
	const all = [...domains.keys()];
	if (!picked && 2 * domains.length + 2 <= roomOf(size, below)) return all;
	const room = roomForDomains(size, below);
	const wanted = picked ? picked.map((dom) => domains.indexOf(dom)).filter((place) => place >= 0) : all;
	const own = wanted.slice(0, room);
	const told = domains.indexOf(spoken ?? -1);
	if (told >= 0 && !own.includes(told)) own.splice(Math.min(own.length, room - 1), 1, told);
	// One alone shares with nobody.
	return own.length + 1 >= domains.length ? all : own.sort((a, b) => a - b);
}

type Row = Omit<Stave, 'y' | 'height'>;

/** The two staves of one domain, or of all that have none of their own. */
function pairOf(places: readonly number[], user: string, kernel: string): Row[] {
	const of = (laneOf: (place: number) => number, label: string, tone: Tone): Row => {
		const lanes = places.map(laneOf);
		return { lane: lanes[0], lanes, label, tone };
	};
	return [of(userLane, user, 'user'), of(kernelLane, kernel, 'kernel')];
}

const single = (lane: number, label: string, tone: Tone): Row => ({ lane, lanes: [lane], label, tone });

/**
 * @param domains guests in order of appearance
 * @param own places of those that have staves of their own
 */
export function staves(
	domains: readonly number[],
	size: Size,
	below = AXIS,
	own: readonly number[] = ownPlaces(domains, size, {}, below)
): Stave[] {
	const many = domains.length > 1;
	const narrow = size.width < 560;
	const userText: Template = narrow ? (many ? said.userOfShort : said.userShort) : many ? said.userOf : said.user;
	const kernelText: Template = narrow ? (many ? said.kernelOfShort : said.kernelShort) : said.kernel;
	const rows = own.flatMap((place) => {
		const dom = domainName(domains[place]);
		return pairOf([place], fill(userText, { dom }), fill(kernelText, { dom }));
	});
	const others = [...domains.keys()].filter((place) => !own.includes(place));
	if (others.length > 0) {
		const count = others.length;
		rows.push(
			...pairOf(
				others,
				fill(narrow ? said.userOthersShort : said.userOthers, { count }),
				fill(narrow ? said.kernelOthersShort : said.kernelOthers, { count })
			)
		);
	}
	rows.push(
		single(XEN, narrow ? said.xenShort : said.xen, 'xen'),
		single(HARDWARE, narrow ? said.hwShort : said.hw, 'hw')
	);
	const pitch = (size.height - below - TOP) / rows.length;
	return rows.map((row, index) => ({ ...row, y: TOP + pitch * (index + 0.5), height: Math.max(8, pitch - 4) }));
}

/** The stave of each lane. */
export const byLane = (rows: readonly Stave[]): ReadonlyMap<number, Stave> =>
	new Map(rows.flatMap((stave) => stave.lanes.map((lane) => [lane, stave] as const)));
