/** Every lesson on its real run: each step, fact, prediction and event of the prose must resolve. */
import type { Component } from 'svelte';
import { describe, expect, it } from 'vitest';
import { fact } from '../src/trace/facts';
import { query } from '../src/trace/query';
import type { TraceView } from '../src/trace/view';
import { entryOf } from '../src/trace/visit';
import { layout } from '../src/views/checks/layout';
import { changeSeq } from '../src/routes/lessons/vocabulary/moments';
import { PICTURES, type Moments } from '../src/routes/lessons/vocabulary/vocabulary';
import type { Exercises } from '../src/routes/lessons/written/exercise';
import type { LessonMeta } from '../src/routes/lessons/course';
import type { Teaching } from '../src/routes/lessons/teacher/teaching';
import { joined, type Recall, type RecallWords } from '../src/routes/lessons/recall/questions';
import { notesOf, type Notebook } from '../src/routes/lessons/vocabulary/notebook';
import { Run } from '../src/workbench/run';
import { imageFile } from '../src/workbench/testing';
import type { ScenarioInput } from '../src/workbench/scenario';

/** One file a lesson and language. */
const PROSE = import.meta.glob<Component>('./*/*.md', { import: 'default', eager: true });
const META = import.meta.glob<LessonMeta>(['./*/*.json', '!./*/*.*.json'], { import: 'default', eager: true });
const MOMENTS = import.meta.glob<Moments>('./*/moments.ts', { import: 'moments', eager: true });
const EXERCISES = import.meta.glob<Exercises>('./*/exercise.ts', { import: 'exercises', eager: true });
const RECALLS = import.meta.glob<Recall>('./*/recall.ts', { import: 'recall', eager: true });
const RECALL_WORDS = import.meta.glob<RecallWords>('./*/*.recall.json', { import: 'default', eager: true });
const TEACHING = import.meta.glob<Teaching>('./*/*.teacher.json', { import: 'default', eager: true });
const SCENARIOS = import.meta.glob<ScenarioInput>('./*/scenario.ts', { import: 'scenario', eager: true });

function runOf(scenario: ScenarioInput): { trace: TraceView; run: Run } {
	const run = new Run(scenario, imageFile);
	run.advance(run.goal);
	return { trace: run.trace, run };
}

/** The event that a query names; where it names none, what was asked for is said first. */
function seqOf(trace: TraceView, what: string, text: string): number {
	try {
		return query(trace, text);
	} catch (error) {
		throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
	}
}

/** What a lesson's components say of themselves, or why they could not. */
function read(path: string, moments: Moments): { notes?: Notebook; failure?: unknown } {
	try {
		return { notes: notesOf({ prose: PROSE[path], moments }) };
	} catch (failure) {
		return { failure };
	}
}

/** The events that the pictures of a moment tell of. */
function toldBy(trace: TraceView, seq: number): Record<string, number[]> {
	const { groups } = layout(trace, seq, { open: new Set(), lines: 10_000 });
	const asked = groups.flatMap(({ rows, outcomeSeq }) => [
		...rows.map((row) => (row.fold ? row.fold.seq : row.check.seq)),
		...(outcomeSeq < 0 ? [] : [outcomeSeq])
	]);
	const only = (found: number): number[] => (found < 0 ? [] : [found]);
	return { trap: only(entryOf(trace, seq)), checks: asked, walk: only(changeSeq(trace, seq)) };
}

/** The ways into the hypervisor and out of it that lie between two events: none where both belong to one visit. */
function apart(trace: TraceView, a: number, b: number): number[] {
	const [from, to] = [Math.min(a, b), Math.max(a, b)];
	const found: number[] = [];
	for (let seq = from; seq <= to; seq++) {
		const kind = trace.kindName(seq);
		const into = kind === 'interrupt' || (kind === 'trap' && trace.arg(seq, 'to_ring') === 0);
		const raised = seq === from + 1 && ['page_fault', 'timer'].includes(trace.kindName(from));
		const out = kind === 'far_return' && trace.arg(seq, 'from_ring') === 0;
		if ((into && seq > from && !raised) || (out && seq < to)) found.push(seq);
	}
	return found;
}

describe.each(Object.keys(PROSE))('%s', (path) => {
	const folder = path.slice(0, path.lastIndexOf('/'));
	const moments = MOMENTS[`${folder}/moments.ts`];
	const recall = RECALLS[`${folder}/recall.ts`];
	const exercises = EXERCISES[`${folder}/exercise.ts`];
	const recallWords = RECALL_WORDS[path.replace(/md$/, 'recall.json')];
	const { notes, failure } = read(path, moments);
	it('names only moments that it declares', () => {
		if (failure) throw failure;
	});
	if (!notes) return;
	const { trace } = runOf(SCENARIOS[`${folder}/scenario.ts`]);

	it('says what it is about, and has prose, steps, two predictions and an exercise', () => {
		const { title, part, objective, minutes } = META[path.replace(/md$/, 'json')];
		for (const text of [title, part, objective]) expect(text).toMatch(/\S/);
		expect(minutes).toBeGreaterThan(0);
		expect(notes.body.length).toBeGreaterThan(1000);
		expect(notes.steps.length).toBeGreaterThan(1);
		expect(notes.predictions.length).toBeGreaterThanOrEqual(2);
		expect(notes.exercises.length).toBeGreaterThanOrEqual(1);
		expect(new Set(notes.predictions.map((prediction) => prediction.id)).size).toBe(notes.predictions.length);
	});

	it('tells who teaches it what it assumes and what is learned, in whole sentences', () => {
		const { assumes, learns } = TEACHING[path.replace(/md$/, 'teacher.json')];
		for (const list of [assumes, learns]) expect(list.length).toBeGreaterThanOrEqual(2);
		for (const text of [...assumes, ...learns]) expect(text).toMatch(/^[A-Z].{10,}\.$/);
	});

	it('asks each prediction in words of its own', () => {
		const asked = notes.predictions.map((prediction) => notes.questionOf(prediction));
		for (const question of asked) expect(question).toMatch(/^[^<>{}]{4,}\?$/);
	});

	it.each(Object.entries(moments))('moment %s happens', (name, { is }) => {
		expect(is).toMatch(/\S/);
		const text = notes.names.query(name);
		expect(
			seqOf(trace, `the moment '${name}' (${is}) does not happen in the lesson's run`, text)
		).toBeGreaterThanOrEqual(0);
	});

	it('names no moment that nobody speaks of', () => {
		// Asking a moment above used it: the prose is read afresh.
		const { names } = notesOf({ prose: PROSE[path], moments });
		for (const { measure, shows, options } of Object.values(recall ?? {})) {
			if (measure) names.expand(measure);
			for (const name of [shows, ...Object.values(options).flatMap(({ shows }) => shows ?? [])]) names.query(name);
		}
		for (const { at, variants, facts } of Object.values(exercises)) {
			names.query(at);
			for (const variant of variants) Object.values(facts(variant)).forEach((text) => names.expand(text));
		}
		const unused = names.unused();
		expect(unused, `declared in moments.ts and not used: ${unused.join(', ')}`).toEqual([]);
	});

	it('says a moment by its name', () => {
		expect(notes.names.spelled()).toEqual([]);
	});

	it.each(notes.steps.map((step, index) => [index + 1, step] as const))('step %i has its moment', (_number, step) => {
		expect(query(trace, step.at)).toBeGreaterThanOrEqual(0);
		if (step.until) expect(query(trace, step.until)).toBeGreaterThan(query(trace, step.at));
		if (step.address) expect(Number.isFinite(Number(fact(trace, step.address)))).toBe(true);
		for (const picture of step.shows) expect(PICTURES).toContain(picture);
	});

	it.each(notes.steps.map((step, index) => [index + 1, step] as const))(
		'all pictures of step %i tell of one visit, at its moment and three events to each side',
		(_number, step) => {
			const at = query(trace, step.at);
			const last = Math.min(trace.length - 1, at + 3);
			for (let seq = Math.max(0, at - 3); seq <= last; seq++) {
				for (const [picture, told] of Object.entries(toldBy(trace, seq)))
					for (const event of told)
						expect(apart(trace, seq, event), `${picture} at event ${seq} tells of event ${event}`).toEqual([]);
			}
		}
	);

	it.each(notes.steps.map((step, index) => [index + 1, step] as const))(
		'step %i shows what Xen asks where it asks something, or says that it asks nothing',
		(_number, step) => {
			if (!step.shows.includes('checks')) return expect(step.asks).toBe('');
			const { total, nothing } = layout(trace, query(trace, step.at));
			expect(total > 0).toBe(step.asks !== 'nothing');
			if (total === 0) expect(nothing).toMatch(/asked nothing/);
		}
	);

	it('goes forward: no step lies before the one that it follows', () => {
		// An exercise goes back to the moment at which something is written.
		const told = notes.steps.filter((step) => step.exercises.length === 0);
		const seqs = told.map((step) => query(trace, step.at));
		expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
	});

	it.each(notes.facts)('fact: %s', (text) => {
		expect(Number.isFinite(Number(fact(trace, text)))).toBe(true);
	});

	it.each([...new Set(notes.events)])('event: %s', (text) => {
		expect(query(trace, text)).toBeGreaterThanOrEqual(0);
	});

	it.each(notes.predictions.map((prediction) => [prediction.id, prediction] as const))(
		'prediction %s has exactly one right answer, and a reply to each',
		(_id, prediction) => {
			const measured = Number(fact(trace, prediction.measure));
			expect(prediction.options.map((option) => option.when(measured))).toEqual(
				prediction.options.map((option) => option.expected === true)
			);
			expect(prediction.options.filter((option) => option.expected)).toHaveLength(1);
			for (const option of prediction.options) expect(option.reply.length).toBeGreaterThan(20);
		}
	);

	it('has the exercises that its prose names, each at the moment of its step', () => {
		expect([...notes.exercises].sort()).toEqual(Object.keys(exercises).sort());
		for (const { at, exercises: inside } of notes.steps)
			for (const id of inside) expect(notes.names.query(exercises[id].at)).toBe(at);
	});

	it('asks two or three questions when it is done, and says all of them in this language', () => {
		expect(Object.keys(recall).length).toBeGreaterThanOrEqual(2);
		expect(Object.keys(recall).length).toBeLessThanOrEqual(3);
		expect(Object.keys(recallWords)).toEqual(Object.keys(recall));
		for (const [id, { options }] of Object.entries(recall))
			expect(Object.keys(recallWords[id].options), id).toEqual(Object.keys(options));
	});

	it.each(Object.entries(recall ?? {}))(
		'recall %s has one right answer, as the run has it, and a moment that shows it',
		(_id, { measure, shows, options }) => {
			const measured = measure ? Number(fact(trace, notes.names.expand(measure))) : NaN;
			const expected = Object.values(options).map((option) => option.expected === true);
			expect(expected.filter(Boolean)).toHaveLength(1);
			if (measure) expect(Object.values(options).map(({ when }) => when?.(measured))).toEqual(expected);
			for (const option of Object.values(options)) {
				// Without a measure nothing could be looked at, and a test that looks at nothing would claim what the run does not say.
				if (!measure) expect(option.when).toBeUndefined();
				expect(query(trace, notes.names.query(option.shows ?? shows))).toBeGreaterThanOrEqual(0);
			}
		}
	);

	it.each(recall && recallWords ? joined(recall, recallWords) : [])(
		'recall $id names the misconception behind each wrong answer, and replies to all',
		({ question, options }) => {
			expect(question).toMatch(/\?$/);
			expect(new Set(options.map(({ says }) => says)).size).toBe(options.length);
			for (const { says, reply, misconception, right } of options) {
				expect(says).toMatch(/\S/);
				expect(reply.length).toBeGreaterThan(20);
				if (right) expect(misconception).toBeUndefined();
				else expect(misconception).toMatch(/\S{2}.*\.$/);
			}
		}
	);
});
