/** Each guest says what its expected output says; each rogue is refused as the table says, and hurts nobody else. */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CRASH_REASONS } from '../trace/events';
import { audit } from '../hypervisor/mm/audit';
import { crashOf } from '../workbench/inspect/crash';
import type { Run } from '../workbench/run';
import { runGuest } from '../workbench/testing';
import expectedOutcomes from './rogues/expected.json';

/** How an attack must end: with a line of the rogue's own, or with its life. */
interface Expected {
	outcome?: string;
	crash?: string;
	/** Where another Xen than a 32-bit one answers otherwise, and why. */
	elsewhere?: string;
}

const ROGUES = Object.entries(expectedOutcomes as Record<string, Expected>);
/** No guest here needs more; a bound for those that would never end. */
const MOST_INSTRUCTIONS = 40_000_000;

const folder = new URL('./expected/', import.meta.url);
const expectedText = (name: string): string => readFileSync(new URL(`${name}.txt`, folder), 'utf8');

/** The text as a pattern: `{n}` stands for a number with blanks before it, `{x}` for an address. */
const pattern = (text: string): RegExp =>
	new RegExp(
		`^${text
			.replace(/[.*+?^$()|[\]\\]/g, '\\$&')
			.replace(/ \{n\}/g, ' +\\d+')
			.replace(/\{x\}/g, '[0-9a-f]{8}')}$`
	);

/** What is typed to guests that listen. */
const TYPED: Record<string, string> = { 'pocket-echo': 'hi there\nbye\n' };

function runToEnd(run: Run): Run {
	const { cause } = run.advance({}, MOST_INSTRUCTIONS);
	expect(cause).toBe('ended');
	return run;
}

describe('guests', () => {
	it.each(readdirSync(folder).map((file) => file.replace('.txt', '')))('%s speaks its lines', (name) => {
		const [image, program, vcpus = '1'] = name.split('-');
		const input = TYPED[name] ? [{ text: TYPED[name] }] : [];
		const domain = { cmdline: program ? `run=${program}` : '', vcpus: Number(vcpus) };
		const run = runToEnd(runGuest(image, domain, { input }));
		expect(run.consoles.text(1)).toMatch(pattern(expectedText(name)));
		expect(audit(run.system.hypervisor)).toEqual([]);
	});

	it('says when there is no such program', () => {
		const run = runToEnd(runGuest('pocket', { cmdline: 'run=nothing' }));
		expect(run.consoles.text(1)).toContain('there is no program nothing');
	});
});

describe('rogues', () => {
	it('stand in the table, all of them', () => {
		const run = runToEnd(runGuest('rogues'));
		expect(run.consoles.text(1).trim().split('\n').sort()).toEqual(ROGUES.map(([name]) => name).sort());
	});

	it.each(ROGUES)('%s', (name, { outcome, crash }) => {
		const victim = { name: 'victim', image: 'hello', memoryMiB: 4 };
		const rogue = { memoryMiB: 4, vcpus: 2, cmdline: `attack=${name}` };
		const run = runToEnd(runGuest('rogues', rogue, { domains: [victim] }));
		const lines = run.consoles.text(1).trim().split('\n').slice(1);
		expect(lines).toEqual(outcome === undefined ? [] : [`rogue ${name}: ${outcome}`]);
		const end = crashOf(run, 1);
		expect(end ? CRASH_REASONS[end.reason] : undefined).toBe(crash);
		expect(run.consoles.text(2)).toBe(expectedText('hello'));
		expect(audit(run.system.hypervisor)).toEqual([]);
	});
});
