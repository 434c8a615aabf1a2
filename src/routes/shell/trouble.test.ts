import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { WorkerLost, type Loss } from '../../workbench/worker/lifeline';
import { lineOf, partMissing, troubleOf } from './trouble';

const LOSSES: Loss[] = ['not started', 'not loaded', 'silent', 'broken', 'garbled'];

describe('what went wrong', () => {
	it.each(LOSSES)('says what to do where a worker is lost: %s', (loss) => {
		const { says, todo, reload } = troubleOf(new WorkerLost(loss));
		expect(says).toMatch(/^The machine is not there: .*\.$/);
		expect(todo).toMatch(/\.$/);
		expect(reload).toBe(false);
	});

	it.each([
		'Failed to fetch dynamically imported module: http://host/_app/x.js',
		'error loading dynamically imported module: http://host/_app/x.js',
		'Importing a module script failed.',
		'Unable to preload CSS for /_app/x.css'
	])('knows a part of the page that did not load, in each browser’s words: %s', (message) => {
		expect(partMissing(new TypeError(message))).toBe(true);
		expect(troubleOf(new TypeError(message))).toMatchObject({ reload: true });
	});

	it.each(['Failed to fetch', 'NetworkError when attempting to fetch resource.', 'Load failed'])(
		'knows a site that cannot be reached: %s',
		(message) => expect(troubleOf(new TypeError(message)).says).toBe('The site could not be reached.')
	);

	it('makes a sentence of anything else, and keeps its words', () => {
		expect(troubleOf(new Error('there is no guest image "x"')).says).toBe('There is no guest image "x".');
		expect(troubleOf('no').says).toBe('No.');
		expect(lineOf(new Error('memory: 3 is not a number'))).toBe('memory: 3 is not a number');
	});
});

const folder = new URL('../', import.meta.url);
const components = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
	name.endsWith('.svelte')
);
/** Each `{#await` with what belongs to it. */
const awaits = components.flatMap((name) =>
	readFileSync(new URL(name, folder), 'utf8')
		.split('{#await')
		.slice(1)
		.map((text) => ({ name, text: text.split('{/await}')[0] }))
);

describe('what a component waits for', () => {
	it('is found', () => expect(awaits.length).toBeGreaterThan(5));
	it.each(awaits)('may fail to come, and that is told: $name', ({ text }) => expect(text).toContain('{:catch'));
});
