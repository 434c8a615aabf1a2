/** What the machine can be sent to, forward and back, one row each; the same text makes a breakpoint. */
import type { StepTo } from '../../debugger/session';
import { eventTest } from '../../trace/query';
import type { Desk } from './desk.svelte';
import { expandQuery } from './filter';
import { readAddress, readPlace, type Typed } from './numbers';

export interface Goal {
	readonly kind: StepTo['kind'];
	readonly name: string;
	/** What is to be typed. */
	readonly about: string;
	readonly hint: string;
	/** What was typed as a step. @throws Error with what is wrong with it */
	read(desk: Desk, text: string): StepTo;
	/** The same as a line of `src/debugger/breakpoints.ts`. */
	breakpoint(text: string): string;
}

function valueOf(typed: Typed): number {
	if ('problem' in typed) throw new Error(typed.problem);
	return typed.value;
}
const placeOf = (desk: Desk, text: string): number => valueOf(readPlace(text, desk.debugger?.symbols, desk.moment));

/** Bytes watched where no length is given. */
const WORD = 4;
const MOST_BYTES = 4096;

export const GOALS: readonly Goal[] = [
	{
		kind: 'until',
		name: 'address',
		about: 'Address or symbol, to run to or to stop at',
		hint: 'address or symbol',
		read: (desk, text) => ({ kind: 'until', address: placeOf(desk, text) }),
		breakpoint: (text) => text
	},
	{
		kind: 'to-event',
		name: 'event',
		about: 'Query that names the event to go to',
		hint: 'check refused',
		read: (_, text) => {
			const query = expandQuery(text);
			eventTest(query);
			return { kind: 'to-event', query };
		},
		breakpoint: expandQuery
	},
	{
		kind: 'to-write',
		name: 'write to',
		about: 'Address or symbol of the bytes written, and how many',
		hint: 'address [length]',
		read: (desk, text) => {
			const [place, length = String(WORD)] = text.split(/\s+/);
			const bytes = valueOf(readAddress(length));
			if (bytes < 1 || bytes > MOST_BYTES) throw new Error(`${length} bytes cannot be watched: 1 to ${MOST_BYTES}.`);
			return { kind: 'to-write', space: 'linear', address: placeOf(desk, place), length: bytes };
		},
		breakpoint: (text) => `watch ${text}`
	},
	{
		kind: 'to-type',
		name: 'type of frame',
		about: 'Number of the machine frame whose type changes',
		hint: 'frame, such as 0x13a',
		read: (_, text) => ({ kind: 'to-type', mfn: valueOf(readAddress(text)) }),
		breakpoint: (text) => `frame ${text}`
	}
];

export const goalOf = (kind: StepTo['kind']): Goal => GOALS.find((goal) => goal.kind === kind) ?? GOALS[0];
