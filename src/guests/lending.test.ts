/** Two domains and a page: what pocket-io's tours `lend` and `borrow` find out about grants, in their own words. */
import { expect, it } from 'vitest';
import { audit } from '../hypervisor/mm/audit';
import { Run } from '../workbench/run';
import { imageFile } from '../workbench/testing';

/** The granter is made by xl, which destroys it as soon as it ends; the mapper outlives it. */
const run = new Run(
	{
		domains: [{ name: 'mapper', image: 'pocket-io', memoryMiB: 4, cmdline: 'run=serve tour=borrow with=2' }],
		files: {
			'granter.cfg': 'name = "granter"\nkernel = "pocket-io"\nmemory = 4\nextra = "run=serve tour=lend with=1"\n'
		},
		input: [{ xl: 'create granter.cfg' }]
	},
	imageFile
);
run.advance();

/** What a tour says, without the number of the frame, which is as it happens to be. */
function saidBy(dom: number, tour: string): string[] {
	const { bytes } = run.consoles.all().find((console) => console.dom === dom)!;
	const lines = Buffer.from(bytes).toString('latin1').split('\n');
	return lines
		.filter((line) => line.startsWith(`${tour}: `))
		.map((line) => line.slice(tour.length + 2).replace(/frame [0-9a-f]+/, 'frame'));
}

it('a granter sees who uses its page, and cannot take it back by clearing the entry', () => {
	expect(saidBy(2, 'lend')).toEqual([
		'entry 8 lets dom1 use the page',
		"the page says 'written by the other'",
		'the entry is in use',
		'the entry is cleared',
		"the page says 'written again'",
		'entry 8 lets dom1 read the page',
		'the end'
	]);
});

it('a mapper gets what the entry permits, no more, and keeps it when the granter is gone', () => {
	expect(saidBy(1, 'borrow')).toEqual([
		'mapping frame: -16',
		'mapping it to write: 0',
		"the page says 'to be shared'",
		'mapping it to write: -1',
		'mapping it to write: -1',
		'mapping it to read: 0',
		'writing to it: #PF',
		"copying 4096 bytes: 0, 'to be read'",
		"copying 512 bytes: 0, 'to be read'",
		"dom2 is gone, the page says 'to be read'"
	]);
});

it('nothing of the granter is left, and every count has its reason', () => {
	expect(run.system.guests.map(({ status }) => status.alive)).toEqual([false]);
	expect(run.system.hypervisor.domains.has(2)).toBe(false);
	expect(audit(run.system.hypervisor)).toEqual([]);
});
