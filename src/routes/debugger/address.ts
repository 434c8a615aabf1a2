/** The page as an address, and back: what `src/debugger/position.ts` says, taken from a desk and given to one. */
import { emptyPosition, type Position } from '../../debugger/position';
import { addressesOf, saveRow, type Breakpoint } from '../../debugger/breakpoints';
import { plainCosting, profileName, type Costing } from '../../workbench/costs';
import type { RunClient } from '../../workbench/worker/client';
import { build, sourceOf, sourceOfLesson, withCosts } from './build';
import { futuresOf, remake } from './futures';
import { FIRST_TARGET, type Target } from './target';
import { messageOf, type Desk } from './desk.svelte';

/** One that an address tells by its number alone. */
const isPlain = ({ text, enabled, label }: Breakpoint): boolean => enabled && !label && /^0x[0-9a-f]+$/.test(text);

/** What the learner set on the page, apart from the run itself: it goes into addresses and into files. */
export type Settings = Pick<
	Position,
	'breakpoints' | 'stops' | 'marks' | 'focus' | 'walk' | 'panels' | 'query' | 'asText'
>;

export function settingsOf(desk: Desk): Settings {
	const { breakpoints, bookmarks, layout } = desk;
	return {
		breakpoints: breakpoints.rows.filter(isPlain).flatMap(addressesOf),
		stops: breakpoints.rows.filter((row) => !isPlain(row)).map(saveRow),
		marks: bookmarks.list.map(({ icount, seq, cycle, timeline, note }) => ({ icount, seq, cycle, timeline, note })),
		focus: desk.chosen,
		walk: desk.walkAddress ?? -1,
		panels: layout.name === 'debug' ? '' : layout.name || layout.text,
		query: desk.query.asked,
		asText: desk.asText
	};
}

/** Puts on the page what was set when it was saved. @returns what could not be taken over, or '' */
export function applySettings(desk: Desk, settings: Settings): string {
	const problems: string[] = [];
	desk.breakpoints.clear();
	const stops = [...settings.breakpoints.map((address) => ({ text: `0x${address.toString(16)}` })), ...settings.stops];
	for (const stop of stops) {
		try {
			desk.breakpoints.add(stop.text, stop);
		} catch (error) {
			problems.push(`A breakpoint is left out: ${messageOf(error)}.`);
		}
	}
	desk.bookmarks.clear();
	for (const { note, ...moment } of settings.marks) desk.bookmarks.add(moment, note);
	desk.query.ask(settings.query);
	desk.asText = settings.asText;
	if (settings.walk >= 0) void desk.follow(settings.walk);
	if (settings.focus >= 0 && settings.focus < desk.length) desk.choose(settings.focus);
	const problem = settings.panels ? desk.layout.read(settings.panels) : '';
	if (problem) problems.push(`The arrangement of panels ${problem}; the panels stay as they are.`);
	return problems.join(' ');
}

/** The cost table, as far as an address must name it: none where it is the lesson's own. */
function costingOf({ source, target }: Desk): Costing {
	const { profile, costs = {} } = target?.machine ?? {};
	if (!source?.lesson) return { profile, costs };
	return source.overruled ? { profile: profileName({ profile }), costs } : {};
}

/** What runs, as addresses name it. */
const runsOf = ({
	domains,
	dom0,
	disks = [],
	cards = 0
}: Target): Pick<Position, 'domains' | 'dom0' | 'disks' | 'cards'> => ({
	domains: domains.map((domain) => ({ ...domain })),
	dom0: dom0 ? { ...dom0 } : null,
	disks: disks.map((disk) => disk && { ...disk }),
	cards
});

/** Where the desk stands, or null while nothing is loaded or it moves. */
export async function positionOf(desk: Desk): Promise<Position | null> {
	const { client, moment, target } = desk;
	if (!client || !moment || !target || desk.busy) return null;
	const futures = await futuresOf(client);
	const own = desk.lesson && desk.source?.lesson === desk.lesson.slug;
	if (client !== desk.client || moment !== desk.moment) return null;
	return {
		...emptyPosition(),
		...settingsOf(desk),
		lesson: desk.lesson,
		...(own ? {} : runsOf(target)),
		machine: costingOf(desk),
		icount: moment.icount,
		seq: moment.seq,
		...futures
	};
}

/** Loads what an address says; one that says nothing loads the first guest. On failure `desk.error` says why. */
export async function openPosition(desk: Desk, position: Position | null): Promise<void> {
	if (!position) {
		await desk.load(FIRST_TARGET);
		return;
	}
	// What the panels show while the machine is on its way is what one waits for.
	if (!desk.client && position.panels) desk.layout.read(position.panels);
	const { domains, dom0, disks, cards, lesson, log, futures, near, icount, seq } = position;
	const machine = plainCosting(position.machine);
	const source = async () => {
		if (!lesson || domains.length > 0 || dom0)
			return sourceOf({ domains, disks, cards, machine, ...(dom0 && { dom0 }) });
		const own = await sourceOfLesson(lesson.slug);
		return Object.keys(position.machine).length > 0 ? withCosts(own, machine) : own;
	};
	const load = (then?: (client: RunClient) => Promise<void>) =>
		desk.install(async () => build(await source(), log, then));
	const loaded =
		futures.length === 0 || !desk.files
			? await load()
			: await desk.files.long('Making the futures of this address again', (options) =>
					load((client) => remake(client, position, options))
				);
	if (!loaded) return;
	desk.lesson = lesson;
	if (near) await desk.toNear(near);
	else if (icount >= 0 || seq !== undefined) await desk.return({ icount: Math.max(0, icount), seq });
	const problem = applySettings(desk, position);
	if (problem) desk.error = desk.error ? `${desk.error} ${problem}` : problem;
}
