/** Every attack of the hostile guests, with its exact refusal, the auditor content, and another domain undisturbed. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hasGuest } from './testing';

const EXPECTED = new URL('./golden/rogues.txt', import.meta.url);
const PARTS = 2;

/** A part of the sweep as a process of its own: it is many machines, and slow under a test runner's module wrappers. */
function sweep(part: number): Promise<string> {
	return new Promise((resolve, reject) => {
		const child = spawn(
			process.execPath,
			['--import', 'tsx', 'src/workbench/rogue-sweep.ts', String(part), String(PARTS)],
			{
				stdio: ['ignore', 'pipe', 'pipe'],
				env: { ...process.env, NODE_OPTIONS: '' }
			}
		);
		let [output, errors] = ['', ''];
		child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
		child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()));
		child.on('error', reject);
		child.on('close', (code) => (code === 0 ? resolve(output) : reject(new Error(errors))));
	});
}

const lines = (text: string): string[] =>
	text
		.split('\n')
		.filter((line) => line && !line.startsWith('#'))
		.sort();

describe.runIf(hasGuest('rogues'))('hostile guests', () => {
	it('are refused, each as the table says, and harm nobody', { timeout: 600_000 }, async () => {
		const parts = await Promise.all(Array.from({ length: PARTS }, (_none, part) => sweep(part)));
		expect(lines(parts.join(''))).toEqual(lines(readFileSync(EXPECTED, 'utf8')));
	});
});
