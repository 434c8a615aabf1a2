import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compare, fromMarkdown, toMarkdown, type Results } from './results';

const HEAD = ['', 'best', 'ours of theirs'];
const results = (ratio: string): Results =>
	new Map([
		[
			'cpu',
			[
				{
					head: HEAD,
					rows: [
						['sieve', '1,230', ratio],
						['left out now', '7', '1.00']
					]
				}
			]
		]
	]);

it('what is kept is read as it was measured', () => {
	const folder = mkdtempSync(join(tmpdir(), 'ringside-results-'));
	try {
		const path = join(folder, 'RESULTS.md');
		writeFileSync(path, toMarkdown(results('0.50'), { cpu: 'Processor' }, '0.5.462'));
		expect([...fromMarkdown(path)]).toEqual([...results('0.50')]);
	} finally {
		rmSync(folder, { recursive: true });
	}
});

it('ratios of one run are compared, and nothing else', () => {
	const now: Results = new Map([
		[
			'cpu',
			[
				{
					head: HEAD,
					rows: [
						['sieve', '9,990', '0.75'],
						['new', '1', '2.00']
					]
				}
			]
		],
		['io', [{ head: HEAD, rows: [['disk', '1', '1.00']] }]]
	]);
	expect(compare(results('0.50'), now).rows).toEqual([['cpu', 'sieve', 'ours of theirs', '0.50', '0.75', '1.50 ×']]);
});
