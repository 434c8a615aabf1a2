/** What is counted of a learner's lesson: steps, predictions, exercises, recall, time; and which misconceptions show. */
import type { Assignment } from '../assignment/address';
import type { LessonOutline, Outline, PredictionOutline } from '../lessons/outline';
import { fresh, secondsOf, TOLD, type LessonProgress } from '../lessons/progress/record';
import type { LearnerRow } from './learners';

/** The parts of a lesson that are looked at. */
export interface Scope {
	lesson: string;
	steps: readonly number[];
	predictions: readonly PredictionOutline[];
	exercises: readonly string[];
	recall: readonly string[];
}

const wholeOf = (lesson: string, { steps, predictions, exercises, recall }: LessonOutline): Scope => ({
	lesson,
	steps: steps.map((_title, index) => index + 1),
	predictions,
	exercises: exercises.map(({ id }) => id),
	recall: recall.map(({ id }) => id)
});

/** All lessons whole, or what an assignment asks for. */
export function scopesOf(outline: Outline, assignment: Assignment | null): Scope[] {
	const whole = Object.entries(outline).map(([lesson, of]) => wholeOf(lesson, of));
	if (!assignment) return whole;
	return assignment.lessons.flatMap(({ lesson, steps, exercises, recall }) => {
		const all = whole.find((scope) => scope.lesson === lesson);
		if (!all) return [];
		return {
			lesson,
			steps,
			predictions: all.predictions.filter(({ step }) => steps.includes(step)),
			exercises,
			recall: recall ? all.recall : []
		};
	});
}

export interface Counts {
	steps: number;
	stepsOf: number;
	/** Right at the first try. */
	predictions: number;
	predictionsOf: number;
	exercises: number;
	exercisesOf: number;
	/** Runs of exercises, solved or not. */
	attempts: number;
	/** Questions whose last answer was right. */
	recall: number;
	recallOf: number;
	seconds: number;
}

/** The option that a learner first committed, and whether it was right; null where none was. Records of old say the last one alone. */
function firstTry(
	{ id, right }: PredictionOutline,
	{ attempts, predicted }: LessonProgress
): { option: number; right: boolean } | null {
	const first = attempts.find((attempt) => attempt.kind === 'prediction' && attempt.id === id);
	if (first) return { option: Number(first.answer), right: first.right };
	return predicted[id] === undefined ? null : { option: predicted[id], right: predicted[id] === right };
}

export function countsOf(scope: Scope, done: LessonProgress): Counts {
	const last = (id: string) => done.recall.findLast((answer) => answer.id === id);
	return {
		steps: scope.steps.filter((step) => done.seen.includes(step)).length,
		stepsOf: scope.steps.length,
		predictions: scope.predictions.filter((prediction) => firstTry(prediction, done)?.right).length,
		predictionsOf: scope.predictions.length,
		exercises: scope.exercises.filter((id) => done.solved.includes(id)).length,
		exercisesOf: scope.exercises.length,
		attempts: done.attempts.filter(({ kind, id }) => kind === 'exercise' && scope.exercises.includes(id)).length,
		recall: scope.recall.filter((id) => last(id)?.right).length,
		recallOf: scope.recall.length,
		seconds: secondsOf(done)
	};
}

/** Counts of several lessons together. */
export function total(all: readonly Counts[]): Counts {
	const sum = (part: keyof Counts) => all.reduce((so, counts) => so + counts[part], 0);
	return {
		steps: sum('steps'),
		stepsOf: sum('stepsOf'),
		predictions: sum('predictions'),
		predictionsOf: sum('predictionsOf'),
		exercises: sum('exercises'),
		exercisesOf: sum('exercisesOf'),
		attempts: sum('attempts'),
		recall: sum('recall'),
		recallOf: sum('recallOf'),
		seconds: sum('seconds')
	};
}

export const minutes = (seconds: number): number => Math.round(seconds / 60);

/** A column: what it is called, what it is sorted by, and how it is written. */
export interface Measure {
	name: string;
	value(counts: Counts): number;
	text(counts: Counts): string;
}

const tried = (attempts: number): string => (attempts === 1 ? '1 run' : `${attempts} runs`);

export const MEASURES = {
	steps: { name: 'Steps opened', value: ({ steps }) => steps, text: ({ steps, stepsOf }) => `${steps} of ${stepsOf}` },
	predictions: {
		name: 'Predictions right at first try',
		value: ({ predictions }) => predictions,
		text: ({ predictions, predictionsOf }) => `${predictions} of ${predictionsOf}`
	},
	exercises: {
		name: 'Exercises solved',
		value: ({ exercises, attempts }) => exercises - attempts / 1e6,
		text: ({ exercises, exercisesOf, attempts }) =>
			`${exercises} of ${exercisesOf}${attempts ? `, ${tried(attempts)}` : ''}`
	},
	recall: {
		name: 'Recall, last answer right',
		value: ({ recall }) => recall,
		text: ({ recall, recallOf }) => `${recall} of ${recallOf}`
	},
	time: { name: 'Time in use', value: ({ seconds }) => seconds, text: ({ seconds }) => `${minutes(seconds)} min` }
} as const satisfies Record<string, Measure>;

export type MeasureName = keyof typeof MEASURES;

/** A wrong answer, and who gave it. */
export interface Misconception {
	lesson: string;
	/** What was asked: a recall question, or the title of the step that asks for the prediction. */
	asked: string;
	kind: 'prediction' | 'recall';
	/** What is believed, or the wrong option's own words. */
	belief: string;
	learners: readonly string[];
}

/** Wrong answers of one learner: what tells them apart, and what they are. */
function* wrongAnswers(
	scope: Scope,
	of: LessonOutline,
	done: LessonProgress
): Generator<[string, Omit<Misconception, 'learners'>]> {
	const { lesson } = scope;
	for (const prediction of scope.predictions) {
		const first = firstTry(prediction, done);
		if (!first || first.right || first.option === TOLD) continue;
		const belief = prediction.options[first.option] ?? 'an option that is no longer there';
		const asked = `Step ${prediction.step}: ${of.steps[prediction.step - 1]}`;
		yield [`${lesson} prediction ${prediction.id} ${first.option}`, { lesson, asked, kind: 'prediction', belief }];
	}
	for (const { id, question, misconceptions } of of.recall) {
		if (!scope.recall.includes(id)) continue;
		for (const option of new Set(done.recall.filter((answer) => answer.id === id).map(({ answer }) => answer)))
			if (Object.hasOwn(misconceptions, option))
				yield [
					`${lesson} recall ${id} ${option}`,
					{ lesson, asked: question, kind: 'recall', belief: misconceptions[option] }
				];
	}
}

/** The misconceptions of a class: those that most learners had come first. */
export function misconceptionsOf(
	rows: readonly LearnerRow[],
	scopes: readonly Scope[],
	outline: Outline
): Misconception[] {
	const found = new Map<string, Misconception>();
	for (const row of rows)
		for (const scope of scopes)
			for (const [key, wrong] of wrongAnswers(scope, outline[scope.lesson], row.lessons[scope.lesson] ?? fresh()))
				found.set(key, { ...wrong, learners: [...(found.get(key)?.learners ?? []), row.name] });
	return [...found.values()].sort((a, b) => b.learners.length - a.learners.length);
}

const HEAD = [
	'learner',
	'lesson',
	'steps opened',
	'steps',
	'predictions right at first try',
	'predictions',
	'exercises solved',
	'exercises',
	'exercise runs',
	'recall right',
	'recall questions',
	'minutes',
	'written',
	'files'
];

/** The class as a table for spreadsheets: one row a learner and lesson. */
export function tableOf(rows: readonly LearnerRow[], scopes: readonly Scope[]): (string | number)[][] {
	const body = rows.flatMap((row) =>
		scopes.map((scope) => {
			const of = countsOf(scope, row.lessons[scope.lesson] ?? fresh());
			return [
				row.name,
				scope.lesson,
				of.steps,
				of.stepsOf,
				of.predictions,
				of.predictionsOf,
				of.exercises,
				of.exercisesOf,
				of.attempts,
				of.recall,
				of.recallOf,
				minutes(of.seconds),
				new Date(row.written).toISOString(),
				row.files.join(' ')
			];
		})
	);
	return [HEAD, ...body];
}
