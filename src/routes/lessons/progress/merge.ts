/** Two records of one learner become one. Nothing is lost, and what is said twice counts once. */
import { fresh, isBegun, type Learner, type LessonProgress, type Progress } from './record';

/** Both lists, each entry once by its key, in the order of its moment. */
function union<T>(
	here: readonly T[],
	there: readonly T[],
	keyOf: (entry: T) => string,
	momentOf: (entry: T) => string
): T[] {
	const all = new Map([...there, ...here].map((entry) => [keyOf(entry), entry]));
	return [...all.values()].sort((a, b) => (momentOf(a) < momentOf(b) ? -1 : momentOf(a) > momentOf(b) ? 1 : 0));
}

const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];

/** One lesson: where both say something about one thing, `here` holds; a visit has the longer of its two times. */
export function mergeLesson(here: LessonProgress, there: LessonProgress): LessonProgress {
	const longest = new Map(there.visits.map((visit) => [visit.from, visit.seconds]));
	const visits = here.visits.map((visit) => ({
		...visit,
		seconds: Math.max(visit.seconds, longest.get(visit.from) ?? 0)
	}));
	return {
		seen: unique([...here.seen, ...there.seen]).sort((a, b) => a - b),
		at: isBegun(here) ? here.at : there.at,
		predicted: { ...there.predicted, ...here.predicted },
		solved: unique([...there.solved, ...here.solved]),
		attempts: union(
			here.attempts,
			there.attempts,
			({ kind, id, at }) => `${at} ${kind} ${id}`,
			({ at }) => at
		),
		recall: union(
			here.recall,
			there.recall,
			({ id, at }) => `${at} ${id}`,
			({ at }) => at
		),
		visits: union(
			visits,
			there.visits,
			({ from }) => from,
			({ from }) => from
		)
	};
}

export function mergeProgress(here: Progress, there: Progress): Progress {
	const lessons = unique([...Object.keys(here), ...Object.keys(there)]);
	return Object.fromEntries(
		lessons.map((lesson) => [lesson, mergeLesson(here[lesson] ?? fresh(), there[lesson] ?? fresh())])
	);
}

export const mergeLearner = (here: Learner, there: Learner): Learner => ({
	name: here.name || there.name,
	lessons: mergeProgress(here.lessons, there.lessons)
});
