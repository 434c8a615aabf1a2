/** Every lesson on its real run: each step, fact, prediction and event of the prose must resolve. */
import { readFileSync } from 'node:fs';
import { render } from 'svelte/server';
import type { Component } from 'svelte';
import { describe, expect, it } from 'vitest';
import { fact } from '../src/trace/facts';
import { query } from '../src/trace/query';
import type { TraceView } from '../src/trace/view';
import { contextOf } from '../src/routes/lessons/vocabulary/player.svelte';
import { PICTURES, type ExerciseData, type Values } from '../src/routes/lessons/vocabulary/vocabulary';
import type { LessonMeta } from '../src/routes/lessons/course';
import { Notebook } from '../src/routes/lessons/vocabulary/notebook';
import { Run } from '../src/workbench/run';
import type { ScenarioInput } from '../src/workbench/scenario';

const PROSE = import.meta.glob<{ default: Component }>('./*/lesson.md', { eager: true });
const META = import.meta.glob<LessonMeta>('./*/meta.json', { import: 'default', eager: true });
const SCENARIOS = import.meta.glob<{ scenario: ScenarioInput }>('./*/scenario.ts', { eager: true });

const image = (name: string) =>
	new Uint8Array(readFileSync(new URL(`../src/guests/images/${name}.elf`, import.meta.url)));

function runOf(scenario: ScenarioInput): { trace: TraceView; run: Run } {
	const run = new Run(scenario, image);
	run.advance(run.goal);
	return { trace: run.trace, run };
}

const started = (exercise: ExerciseData): Values =>
	Object.fromEntries(exercise.controls.map((control) => [control.name, control.start]));

describe.each(Object.keys(PROSE).map((path) => path.split('/')[1]))('%s', (slug) => {
	const notes = new Notebook();
	const { body } = render(PROSE[`./${slug}/lesson.md`].default, { context: contextOf(notes) });
	const { trace } = runOf(SCENARIOS[`./${slug}/scenario.ts`].scenario);

	it('has prose, as many steps as it says, two predictions and an exercise', () => {
		expect(body.length).toBeGreaterThan(1000);
		expect(notes.steps).toHaveLength(META[`./${slug}/meta.json`].steps);
		expect(notes.predictions.length).toBeGreaterThanOrEqual(2);
		expect(notes.exercises.length).toBeGreaterThanOrEqual(1);
		expect(new Set(notes.predictions.map((prediction) => prediction.id)).size).toBe(notes.predictions.length);
	});

	it.each(notes.steps.map((step, index) => [index + 1, step] as const))('step %i has its moment', (_number, step) => {
		expect(query(trace, step.at)).toBeGreaterThanOrEqual(0);
		if (step.until) expect(query(trace, step.until)).toBeGreaterThan(query(trace, step.at));
		if (step.address) expect(Number.isFinite(fact(trace, step.address))).toBe(true);
		for (const picture of step.shows) expect(PICTURES).toContain(picture);
	});

	it('goes forward: no step lies before the one that it follows', () => {
		const seqs = notes.steps.map((step) => query(trace, step.at));
		expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
	});

	it.each(notes.facts)('fact: %s', (text) => {
		expect(Number.isFinite(fact(trace, text))).toBe(true);
	});

	it.each([...new Set(notes.events)])('event: %s', (text) => {
		expect(query(trace, text)).toBeGreaterThanOrEqual(0);
	});

	it.each(notes.predictions.map((prediction) => [prediction.id, prediction] as const))(
		'prediction %s has exactly one right answer, and a reply to each',
		(_id, prediction) => {
			const measured = fact(trace, prediction.measure);
			expect(prediction.options.map((option) => option.when(measured))).toEqual(
				prediction.options.map((option) => option.expected === true)
			);
			expect(prediction.options.filter((option) => option.expected)).toHaveLength(1);
			for (const option of prediction.options) expect(option.reply.length).toBeGreaterThan(20);
		}
	);

	it.each(notes.exercises.map((exercise) => [exercise.id, exercise] as const))(
		'exercise %s is not solved at the start, and can be solved',
		(_id, exercise) => {
			const at = (values: Values) => exercise.check(runOf(exercise.scenario(values)).trace, values);
			expect(at(started(exercise)).solved).toBe(false);
			expect(at(exercise.solution)).toMatchObject({ solved: true });
		}
	);
});
