/** What is said of real runs: every event's sentence, its reason and its cause are sentences. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EVENT_KINDS, EVENTS, KIND } from '../events';
import { fixture } from '../fixture';
import type { TraceView } from '../view';
import { rootText } from './causes';
import { sentence } from './sentence';
import { why } from './why';
import { Run } from '../../workbench/run';

const image = (name: string) =>
	new Uint8Array(readFileSync(new URL(`../../guests/images/${name}.elf`, import.meta.url)));

/** A sentence begins with a capital, a number or a sign of its own (#GP), and counts one of a thing as one. */
const BEGINS = /^(?:[A-Z#‘“]|\d)/;
const ONE_OF_MANY =
	/(?<![\w.:/])1 (?:byte|word|page|question|translation|event|time|entry|frame|port|hypercall)(?:s|ies)\b/;

/** What is wrong with what is said of a run: kind, text. */
function faults(view: TraceView): [kind: string, text: string][] {
	const wrong = new Map<string, string>();
	for (let seq = 0; seq < view.length; seq++) {
		const said = [`${sentence(view, seq)}.`, rootText(view, seq), why(view, seq)?.says, why(view, seq)?.rule?.says];
		for (const text of said)
			if (text && (!BEGINS.test(text) || ONE_OF_MANY.test(text) || !/[^.…][.?]$/.test(text)))
				wrong.set(view.kindName(seq), text);
	}
	return [...wrong];
}

it.each([
	['pocket', 'run=rings'],
	['pocket', 'run=ptwrite'],
	['pocket', 'run=batch'],
	['pocket', 'run=fork'],
	['pocket', 'run=pagefaults'],
	['queues', ''],
	['rogues', '']
])('all that is said of %s %s are sentences', (name, cmdline) => {
	const run = new Run({ name, domains: [{ name, image: name, memoryMiB: 16, cmdline }] }, image);
	run.advance(run.goal);
	expect(run.trace.length).toBeGreaterThan(100);
	expect(faults(run.trace)).toEqual([]);
});

it('so is what is said of every kind of event, of one thing as of many', () => {
	const { store } = fixture();
	const from = store.view.length;
	for (const name of EVENT_KINDS)
		for (const value of [0, 1, 2, 14]) {
			const args = EVENTS[name].args.map(() => value) as [number?];
			if (!EVENTS[name].span) store.record(KIND[name], ...args);
			else for (const result of [0, -22]) store.end(store.begin(KIND[name], ...args), result);
		}
	expect(store.view.length).toBeGreaterThan(from);
	expect(faults(store.view)).toEqual([]);
});
