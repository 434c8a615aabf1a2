/** Every written exercise in every way in which it is posed, on the real run: what solves it, what does not, and what is said then. */
import { describe, expect, it } from 'vitest';
import { localCode } from '../src/debugger/local-code';
import {
	carryOut,
	momentOf,
	pose,
	type Attempt,
	type Bench,
	type Expand
} from '../src/routes/lessons/written/carry-out';
import {
	startValues,
	type Exercise,
	type Exercises,
	type ExercisesWords,
	type Values
} from '../src/routes/lessons/written/exercise';
import { replyOf, taskOf } from '../src/routes/lessons/written/say';
import { Names } from '../src/routes/lessons/vocabulary/names';
import type { Moments } from '../src/routes/lessons/vocabulary/vocabulary';
import { places } from '../src/words/template';
import { Run } from '../src/workbench/run';
import { imageFile } from '../src/workbench/testing';
import { inspect } from '../src/workbench/inspect/moment';
import type { ScenarioInput } from '../src/workbench/scenario';

const EXERCISES = import.meta.glob<Exercises>('./*/exercise.ts', { import: 'exercises', eager: true });
const WORDS = import.meta.glob<ExercisesWords>('./*/*.exercise.json', { import: 'default', eager: true });
const MOMENTS = import.meta.glob<Moments>('./*/moments.ts', { import: 'moments', eager: true });
const SCENARIOS = import.meta.glob<ScenarioInput>('./*/scenario.ts', { import: 'scenario', eager: true });

/** A run in this thread, as the page has one in a worker. */
function benchOf(scenario: ScenarioInput): Bench & { run: Run } {
	const run = new Run(scenario, imageFile, { timelines: true });
	run.advance(run.goal);
	const soon = <T>(work: () => T): Promise<T> => Promise.resolve().then(work);
	return {
		run,
		get timeline() {
			return run.timeline;
		},
		traceOf: (timeline) => run.traceOf(timeline),
		switchTo: (timeline) => soon(() => run.switchTo(timeline)),
		seek: (moment) => soon(() => run.seek(moment)),
		fork: (change) => soon(() => run.fork(change)),
		advance: (stop) => soon(() => run.advance(stop)),
		inspect: () => soon(() => inspect(run))
	};
}

const { assemble } = localCode();

describe.each(Object.keys(EXERCISES))('%s', (path) => {
	const folder = path.slice(0, path.lastIndexOf('/'));
	const bench = benchOf(SCENARIOS[`${folder}/scenario.ts`]);
	const lesson = bench.traceOf(0);
	const names = new Names(MOMENTS[`${folder}/moments.ts`]);
	const expand: Expand = (text) => names.expand(text);
	const languages = Object.entries(WORDS).filter(([file]) => file.startsWith(`${folder}/`));

	/** What comes of values, in a future of the same run. */
	const tried = (exercise: Exercise, posed: ReturnType<typeof pose>, values: Values): Promise<Attempt> =>
		carryOut(bench, exercise, { posed, values, at: momentOf(lesson, expand, exercise), expand, assemble });

	describe.each(Object.entries(EXERCISES[path]))('%s', (id, exercise) => {
		const all = exercise.variants.map((variant) => pose(lesson, expand, exercise, variant));
		const variants = all.map((posed, index) => [index + 1, posed.variant.ask, posed] as const);

		it('is posed in several ways, which have different answers', () => {
			expect(all.length).toBeGreaterThanOrEqual(3);
			const answers = all.map((posed) => JSON.stringify(exercise.solution(posed)));
			expect(new Set(answers).size).toBe(all.length);
		});

		it.each(variants)('way %i, %s: what stands there at the start does not solve it', async (_n, _ask, posed) => {
			const start = startValues(exercise, posed);
			if (Object.values(start).includes('')) return;
			expect((await tried(exercise, posed, start)).verdict?.solved).toBe(false);
		});

		it.each(variants)('way %i, %s: its solution does, by the trace', async (_n, _ask, posed) => {
			const { verdict, trace, unfinished } = await tried(exercise, posed, exercise.solution(posed));
			expect(verdict).toMatchObject({ solved: true });
			expect(verdict!.at).toBeGreaterThanOrEqual(0);
			expect(verdict!.at).toBeLessThan(trace.length);
			expect(unfinished).toBe(false);
		});

		it.each(variants)('way %i, %s: a solution of another way does not', async (_n, _ask, posed) => {
			for (const other of all) {
				if (other === posed) continue;
				const { verdict } = await tried(exercise, posed, exercise.solution(other));
				expect([exercise.solution(other), verdict?.solved]).toEqual([exercise.solution(other), false]);
			}
		});

		it.each(variants)('way %i, %s: what people get wrong has a reply of its own', async (_n, _ask, posed) => {
			const slips = exercise.slips(posed);
			expect(slips.length).toBeGreaterThanOrEqual(2);
			for (const { values, reply } of slips) {
				const { verdict } = await tried(exercise, posed, values);
				expect([values, verdict]).toMatchObject([values, { solved: false, reply }]);
			}
		});

		describe.each(languages)('%s', (_file, { [id]: words }) => {
			it('says the task, two hints and the label of each field', () => {
				for (const posed of all) {
					const { task, hints } = taskOf(exercise, words, posed);
					for (const text of [task, ...hints]) expect(text).toMatch(/\.$|\?$/);
					expect(hints).toHaveLength(2);
					expect(Object.keys(words.labels)).toEqual(Object.keys(exercise.controls(posed)));
				}
				expect(new Set(Object.keys(words.asks))).toEqual(new Set(all.map(({ variant }) => variant.ask)));
			});

			it('replies to whatever comes of it', async () => {
				for (const posed of all)
					for (const { values } of [{ values: exercise.solution(posed) }, ...exercise.slips(posed)]) {
						const { says } = replyOf(words, await tried(exercise, posed, values));
						expect(says).toMatch(/\S.*[.?]$/);
						expect(places(says)).toEqual([]);
					}
			});
		});
	});
});
