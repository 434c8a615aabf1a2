/**
 * What is kept of a learner. Version 1 had `seen`, `at`, `predicted` and `solved` alone; `tidy` takes it over, for a part that is missing
 * is empty.
 */

/** One answer to a prediction, or one run of an exercise. */
export interface Attempt {
	kind: 'prediction' | 'exercise';
	/** The prediction's or exercise's name in its lesson. */
	id: string;
	/** When, ISO 8601 in UTC. */
	at: string;
	/** Of a prediction: the option, by its place, or TOLD. Of an exercise: what was set and typed. */
	answer: number | Readonly<Record<string, string>>;
	/** As the trace of the run decided. */
	right: boolean;
}

/** In place of an option: the learner asked to be told without a prediction. */
export const TOLD = -1;

/** One answer to a recall question. */
export interface RecallAnswer {
	id: string;
	at: string;
	/** Name of the option. */
	answer: string;
	right: boolean;
}

/** A lesson that was open: time counts while the page is seen and used. */
export interface Visit {
	/** When it began; no two visits begin at once. */
	from: string;
	seconds: number;
}

export interface LessonProgress {
	/** Steps opened: 1-based numbers, ascending. */
	seen: number[];
	/** The step that was open last. */
	at: number;
	/** Prediction -> the option that was committed, by its place, or TOLD. */
	predicted: Record<string, number>;
	/** Exercises solved. */
	solved: string[];
	/** All answers, the oldest first. */
	attempts: Attempt[];
	recall: RecallAnswer[];
	visits: Visit[];
}

/** Lesson -> what was done of it. */
export type Progress = Record<string, LessonProgress>;

export interface Learner {
	/** '' where none was given. */
	name: string;
	lessons: Progress;
}

export const fresh = (): LessonProgress => ({
	seen: [],
	at: 1,
	predicted: {},
	solved: [],
	attempts: [],
	recall: [],
	visits: []
});

const isRecord = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const sameKind = (a: unknown, b: unknown): boolean =>
	Array.isArray(b) ? Array.isArray(a) : isRecord(b) ? isRecord(a) : typeof a === typeof b;

/** A lesson's record with the parts that `kept` has, and empty ones for those that it lacks. */
export function tidy(kept: unknown): LessonProgress {
	const whole = fresh();
	if (!isRecord(kept)) return whole;
	const parts = Object.entries(whole).map(([part, empty]) => [part, sameKind(kept[part], empty) ? kept[part] : empty]);
	return Object.fromEntries(parts) as LessonProgress;
}

/** What storage holds, of any version: version 1 was the lessons alone. */
export function learnerOf(kept: unknown): Learner {
	if (!isRecord(kept)) return { name: '', lessons: {} };
	const lessons = 'ringside' in kept ? kept.lessons : kept;
	const name = 'ringside' in kept && typeof kept.name === 'string' ? kept.name : '';
	const entries = isRecord(lessons) ? Object.entries(lessons) : [];
	return { name, lessons: Object.fromEntries(entries.map(([lesson, entry]) => [lesson, tidy(entry)])) };
}

export const isBegun = (lesson: LessonProgress | undefined): boolean =>
	lesson !== undefined && (lesson.seen.length > 0 || lesson.attempts.length > 0 || lesson.recall.length > 0);

/** Seconds spent in a lesson. */
export const secondsOf = ({ visits }: LessonProgress): number => visits.reduce((sum, visit) => sum + visit.seconds, 0);

/** A lesson's record with one more attempt; the first right one of an exercise solves it. */
export function withAttempt(lesson: LessonProgress, attempt: Attempt): LessonProgress {
	const { kind, id, answer, right } = attempt;
	const attempts = [...lesson.attempts, attempt];
	if (kind === 'prediction' && typeof answer === 'number')
		return { ...lesson, attempts, predicted: { ...lesson.predicted, [id]: answer } };
	const solved = right && !lesson.solved.includes(id) ? [...lesson.solved, id] : lesson.solved;
	return { ...lesson, attempts, solved };
}

/** What was set and typed when an exercise was solved last, or null. */
export function solutionOf(lesson: LessonProgress, id: string): Readonly<Record<string, string>> | null {
	const solved = lesson.attempts.findLast(
		(attempt) => attempt.kind === 'exercise' && attempt.id === id && attempt.right
	);
	return solved && typeof solved.answer === 'object' ? solved.answer : null;
}
