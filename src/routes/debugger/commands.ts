/**
 * Everything that the debugger can be told to do, one row each: the palette lists them, their keys act, and the list
 * of keys (`?`) is made of them. A capital letter is the letter with Shift; keys with Ctrl and function keys act while
 * somebody types, too.
 */
import type { StepKind } from '../../debugger/session';
import { hex8 } from '../../base';
import type { Desk } from './desk.svelte';
import { SIDES, type Side } from './layout/arrangement';
import { ARRANGEMENTS } from './layout/arrangements';
import { EXPORTS } from './files.svelte';
import { firstEffect } from './filter';
import { readPlace } from './numbers';
import { PANELS } from './panels';
import { count } from '../../words/numbers';

export interface Command {
	readonly id: string;
	/** As an order: `Next hypercall`. */
	readonly title: string;
	/** The heading under which it is listed. */
	readonly group: string;
	/** As `KeyboardEvent.key`; `' '` is the space bar, `Ctrl+k` also Cmd. */
	readonly keys?: readonly string[];
	/** Other words by which the palette finds it. */
	readonly also?: string;
	/** Whether it can be done now; always when left out. */
	readonly when?: (desk: Desk) => boolean;
	run(desk: Desk): void;
}

const ready = (desk: Desk): boolean => desk.client !== null && !desk.busy;
/** A step can be asked for: at once, or after those that were asked for before. */
const steps = (desk: Desk): boolean => desk.takesSteps;
const loaded = (desk: Desk): boolean => desk.client !== null;

/** A step of each size, with the keys that go on and back. */
const STEPS: readonly { kind: StepKind; on: string; back: string; keys?: [string, string]; also?: string }[] = [
	{
		kind: 'instruction',
		on: 'One instruction on',
		back: 'One instruction back',
		keys: ['.', ','],
		also: 'stepi step into'
	},
	{
		kind: 'over',
		on: 'One instruction on, over calls',
		back: 'One instruction back, over calls',
		keys: ['o', 'O'],
		also: 'nexti step over'
	},
	{ kind: 'line', on: 'One source line on', back: 'One source line back', keys: ['l', 'L'], also: 'step' },
	{
		kind: 'line-over',
		on: 'One source line on, over calls',
		back: 'One source line back, over calls',
		keys: ['k', 'K'],
		also: 'next'
	},
	{ kind: 'out', on: 'Out of the function', back: 'Back to the call', keys: ['u', 'U'], also: 'finish up step out' },
	{ kind: 'event', on: 'Next recorded event', back: 'Previous recorded event', keys: ['e', 'E'] },
	{ kind: 'hypercall', on: 'Next hypercall', back: 'Previous hypercall', keys: ['h', 'H'] },
	{ kind: 'fault', on: 'Next fault', back: 'Previous fault', keys: ['f', 'F'], also: 'exception page fault trap' },
	{
		kind: 'switch',
		on: 'Next context switch',
		back: 'Previous context switch',
		keys: ['v', 'V'],
		also: 'scheduler vcpu'
	}
];

const RUNNING: readonly Command[] = [
	{
		id: 'run',
		title: 'Run, or pause',
		group: 'Run and step',
		keys: [' '],
		also: 'continue stop go',
		when: loaded,
		run: (desk) => void (desk.busy ? desk.pause() : desk.run())
	},
	{
		id: 'run-back',
		title: 'Run back to the last breakpoint',
		group: 'Run and step',
		keys: ['Backspace'],
		also: 'reverse continue',
		when: steps,
		run: (desk) => desk.runBack()
	},
	{
		id: 'start',
		title: 'To the start',
		group: 'Run and step',
		also: 'beginning',
		when: steps,
		run: (desk) => desk.toStart()
	},
	...STEPS.flatMap(({ kind, on, back, keys, also }): Command[] => [
		{
			id: `step-${kind}`,
			title: on,
			group: 'Run and step',
			keys: keys?.slice(0, 1),
			also,
			when: steps,
			run: (desk) => desk.step(kind)
		},
		{
			id: `back-${kind}`,
			title: back,
			group: 'Run and step',
			keys: keys?.slice(1),
			also: `reverse ${also ?? ''}`,
			when: steps,
			run: (desk) => desk.back(kind)
		}
	]),
	{
		id: 'breakpoint-here',
		title: 'Breakpoint at this instruction, on or off',
		group: 'Run and step',
		keys: ['b'],
		when: (desk) => desk.moment !== null,
		run: (desk) => desk.moment && desk.toggleBreakpoint(desk.moment.code.address)
	}
];

const SHARE = 0.25;
const ZOOM = 0.6;
const middle = (desk: Desk): number =>
	desk.moment?.cycle ?? (desk.viewport.stretch.from + desk.viewport.stretch.to) / 2;

const LOOKING: readonly Command[] = [
	{
		id: 'cause',
		title: 'To the cause of the chosen event',
		group: 'Events',
		keys: ['['],
		also: 'why',
		when: (desk) => desk.client !== null && desk.focus >= 0 && desk.client.trace.cause(desk.focus) >= 0,
		run: (desk) => desk.choose(desk.client!.trace.cause(desk.focus))
	},
	{
		id: 'effect',
		title: 'To what the chosen event caused',
		group: 'Events',
		keys: [']'],
		when: (desk) => desk.client !== null && desk.focus >= 0,
		run: (desk) => {
			const effect = firstEffect(desk.client!.trace, desk.focus);
			if (effect >= 0) desk.choose(effect);
		}
	},
	{
		id: 'answers',
		title: 'Why, who wrote this, and what came of it',
		group: 'Events',
		keys: ['y'],
		also: 'ask answer cause effect reason',
		when: loaded,
		run: (desk) => void desk.layout.go('answers')
	},
	{
		id: 'change',
		title: 'Change something at this moment',
		group: 'Events',
		keys: ['C'],
		also: 'poke set overrule skip drop fork past',
		when: ready,
		run: (desk) => void desk.layout.go('change')
	},
	{
		id: 'compare',
		title: 'Compare two futures',
		group: 'Events',
		keys: ['P'],
		also: 'align difference diff timelines',
		when: (desk) => desk.timelines.length > 1,
		run: (desk) => void desk.layout.go('compare')
	},
	{
		id: 'go-there',
		title: 'Take the machine to the chosen event',
		group: 'Events',
		keys: ['g'],
		when: (desk) => steps(desk) && desk.focus >= 0,
		run: (desk) => desk.toEvent(desk.focus)
	},
	{
		id: 'bookmark',
		title: 'Mark this moment, or take its mark away',
		group: 'Bookmarks',
		keys: ['m'],
		also: 'bookmark note',
		when: (desk) => desk.moment !== null,
		run: (desk) => desk.toggleBookmark()
	},
	{
		id: 'bookmark-note',
		title: 'Write a note on this moment',
		group: 'Bookmarks',
		keys: ['M'],
		also: 'bookmark',
		when: (desk) => desk.moment !== null,
		run: (desk) => {
			desk.markHere();
			void desk.layout.go('bookmarks');
		}
	},
	{
		id: 'next-bookmark',
		title: 'Go to the next bookmark',
		group: 'Bookmarks',
		keys: ['n'],
		when: (desk) => steps(desk) && desk.bookmarks.list.length > 0,
		run: (desk) => desk.turnBookmark(1)
	},
	{
		id: 'previous-bookmark',
		title: 'Go to the bookmark before',
		group: 'Bookmarks',
		keys: ['N'],
		when: (desk) => steps(desk) && desk.bookmarks.list.length > 0,
		run: (desk) => desk.turnBookmark(-1)
	},
	{
		id: 'next-result',
		title: 'Next result of the query',
		group: 'Events',
		keys: ['r'],
		also: 'search find',
		when: (desk) => (desk.query.found?.count ?? 0) > 0,
		run: (desk) => desk.query.turn(1)
	},
	{
		id: 'previous-result',
		title: 'Previous result of the query',
		group: 'Events',
		keys: ['R'],
		also: 'search find',
		when: (desk) => (desk.query.found?.count ?? 0) > 0,
		run: (desk) => desk.query.turn(-1)
	},
	{
		id: 'zoom-in',
		title: 'Score: closer',
		group: 'Score',
		keys: ['w'],
		also: 'zoom in',
		when: loaded,
		run: (desk) => desk.viewport.zoom(ZOOM, middle(desk))
	},
	{
		id: 'zoom-out',
		title: 'Score: further away',
		group: 'Score',
		keys: ['s'],
		also: 'zoom out',
		when: loaded,
		run: (desk) => desk.viewport.zoom(1 / ZOOM, middle(desk))
	},
	{
		id: 'pan-left',
		title: 'Score: earlier',
		group: 'Score',
		keys: ['a'],
		also: 'pan left',
		when: loaded,
		run: (desk) => desk.viewport.pan(-SHARE)
	},
	{
		id: 'pan-right',
		title: 'Score: later',
		group: 'Score',
		keys: ['d'],
		also: 'pan right',
		when: loaded,
		run: (desk) => desk.viewport.pan(SHARE)
	},
	{
		id: 'whole-run',
		title: 'Score: the whole run',
		group: 'Score',
		keys: ['0'],
		when: loaded,
		run: (desk) => desk.viewport.showAll()
	},
	{
		id: 'as-text',
		title: 'All pictures as text, or as pictures',
		group: 'Panels',
		keys: ['t'],
		run: (desk) => (desk.asText = !desk.asText)
	}
];

const FILES: readonly Command[] = [
	{
		id: 'open',
		title: 'Open a run, a trace or a kernel',
		group: 'Files',
		also: 'load import file',
		run: (desk) => desk.onopen()
	},
	{
		id: 'save',
		title: 'Save the run',
		group: 'Files',
		keys: ['Ctrl+s'],
		also: 'download file',
		when: ready,
		run: (desk) => void desk.files?.save()
	},
	...EXPORTS.map(({ kind, title, about }) => ({
		id: `export-${kind}`,
		title: `Export: ${title}`,
		group: 'Files',
		also: `download ${about}`,
		when: (desk: Desk) => desk.trace !== null && !desk.busy,
		run: (desk: Desk) => void desk.files?.export(kind)
	}))
];

const MOVES: Record<Side, string> = { left: 'to the left', right: 'to the right', above: 'up', below: 'down' };

const PANEL_COMMANDS: readonly Command[] = [
	{
		id: 'palette',
		title: 'Every command, by name',
		group: 'Panels',
		keys: ['F1', 'Ctrl+k'],
		run: (desk) => desk.onpalette()
	},
	{
		id: 'search',
		title: 'Search the events',
		group: 'Panels',
		keys: ['/'],
		also: 'query find',
		run: (desk) => void desk.layout.go('events')
	},
	{
		id: 'to-console',
		title: 'To the console; Shift+Tab leaves it again',
		group: 'Panels',
		keys: ['c'],
		run: (desk) => void desk.layout.go('console')
	},
	{ id: 'next-panel', title: 'To the next panel', group: 'Panels', keys: ['F6'], run: (desk) => desk.layout.turn(1) },
	{
		id: 'previous-panel',
		title: 'To the panel before',
		group: 'Panels',
		keys: ['Shift+F6'],
		run: (desk) => desk.layout.turn(-1)
	},
	{
		id: 'alone',
		title: 'This panel fills the page, or stands among the others',
		group: 'Panels',
		keys: ['x'],
		also: 'maximise zoom full',
		run: ({ layout }) => (layout.alone = layout.alone ? '' : layout.current)
	},
	{
		id: 'close-panel',
		title: 'Close this panel',
		group: 'Panels',
		when: ({ layout }) => layout.panels.length > 1,
		run: ({ layout }) => layout.close(layout.current)
	},
	...SIDES.map((side) => ({
		id: `move-${side}`,
		title: `Move this panel ${MOVES[side]}`,
		group: 'Panels',
		run: ({ layout }: Desk) => layout.move(layout.current, side)
	})),
	...SIDES.map((side) => ({
		id: `edge-${side}`,
		title: `Move this panel along the edge ${MOVES[side]}`,
		group: 'Panels',
		run: ({ layout }: Desk) => layout.edge(layout.current, side)
	})),
	...ARRANGEMENTS.map(({ id, title, about }) => ({
		id: `arrange-${id}`,
		title: `Arrangement: ${title}`,
		group: 'Panels',
		also: `layout ${about}`,
		run: ({ layout }: Desk) => layout.arrange(id)
	})),
	{
		id: 'reset-panels',
		title: 'Reset the panels',
		group: 'Panels',
		also: 'arrangement layout default',
		run: ({ layout }) => layout.arrange('debug')
	},
	...PANELS.map(({ id, title, about }) => ({
		id: `panel-${id}`,
		title: `Panel: ${title}`,
		group: 'Panels',
		also: `show open ${about}`,
		run: ({ layout }: Desk) => void layout.go(id)
	}))
];

export const COMMANDS: readonly Command[] = [...RUNNING, ...LOOKING, ...FILES, ...PANEL_COMMANDS];

/** What can be done with a place that was typed into the palette: a number, an address, a symbol, a register. */
export function placeCommands(desk: Desk, text: string): Command[] {
	if (!desk.moment || text === '') return [];
	const found: Command[] = [];
	const add = (id: string, title: string, run: () => void): void =>
		void found.push({ id, title, group: 'Places', when: ready, run });
	const number = /^\d[\d,_]*$/.test(text) ? Number(text.replace(/[,_]/g, '')) : NaN;
	if (Number.isSafeInteger(number)) {
		if (number < desk.length) add('place-event', `Go to event ${number}`, () => desk.toEvent(number));
		add('place-moment', `Go to instruction ${count(number)}`, () => desk.toMoment({ icount: number }));
	}
	const place = readPlace(text, desk.debugger?.symbols, desk.moment);
	if ('value' in place) {
		const name = /^[a-z_.$]/i.test(text) ? `${text} (${hex8(place.value)})` : `0x${place.value.toString(16)}`;
		add('place-run', `Run to ${name}`, () => desk.runTo(place.value));
		add('place-break', `Breakpoint at ${name}, on or off`, () => desk.toggleBreakpoint(place.value));
		add('place-walk', `Walk the page tables to ${name}`, () => {
			void desk.follow(place.value);
			desk.layout.open('walk');
		});
	}
	return found;
}
