/**
 * When a recall question is asked again. Five boxes after Leitner: a question in a box comes back after 1, 3, 7, 21 or 60 days.
 *
 * - A question is first asked when the end of its lesson is reached, never before.
 * - The first answer puts it into the first box, right or wrong: what one has just read proves little.
 * - A right answer, given when it was due, moves it one box on; in the last box it stays.
 * - A wrong answer puts it back into the first box.
 * - A right answer before it was due changes nothing.
 *
 * It is due from midnight of its day on, where the learner is: what was answered late in the evening can be asked in the morning.
 */
import type { Progress, RecallAnswer } from '../progress/record';

export const INTERVALS: readonly number[] = [1, 3, 7, 21, 60];

export interface Standing {
	/** Place in INTERVALS. */
	box: number;
	/** From when on it is due, milliseconds since 1970. */
	due: number;
}

/** Midnight `days` after the day of a moment, local time. */
export function dayAfter(moment: number, days: number): number {
	const day = new Date(moment);
	return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days).getTime();
}

function next({ box, due }: Standing, { at, right }: RecallAnswer): Standing {
	const answered = Date.parse(at);
	if (right && answered < due) return { box, due };
	const moved = right ? Math.min(box + 1, INTERVALS.length - 1) : 0;
	return { box: moved, due: dayAfter(answered, INTERVALS[moved]) };
}

/** Where a question stands after its answers, the oldest first; null while it was never answered. */
export function standingOf(answers: readonly RecallAnswer[]): Standing | null {
	const [first, ...later] = answers;
	if (!first) return null;
	return later.reduce(next, { box: 0, due: dayAfter(Date.parse(first.at), INTERVALS[0]) });
}

/** What a lesson asks: how many steps lead to its end, and the names of its questions. */
export interface Asked {
	steps: number;
	recall: readonly string[];
}

export interface DueQuestion {
	lesson: string;
	id: string;
	/** Since when; 0 for one that was never answered. */
	due: number;
}

/** Every question that is or will be due: those of lessons whose end was reached, and those that were answered. The earliest first. */
export function agenda(course: Readonly<Record<string, Asked>>, progress: Progress): DueQuestion[] {
	const questions = Object.entries(course).flatMap(([lesson, { steps, recall }]) => {
		const done = progress[lesson];
		if (!done) return [];
		return recall.flatMap((id) => {
			const standing = standingOf(done.recall.filter((answer) => answer.id === id));
			if (standing) return [{ lesson, id, due: standing.due }];
			return done.seen.includes(steps) ? [{ lesson, id, due: 0 }] : [];
		});
	});
	return questions.sort((a, b) => a.due - b.due);
}

/** Those that are due, mixed over lessons: one of each in turn, the lesson that waits longest first. */
export function dueNow(course: Readonly<Record<string, Asked>>, progress: Progress, now: number): DueQuestion[] {
	const turns = new Map<string, number>();
	return agenda(course, progress)
		.filter(({ due }) => due <= now)
		.map((question) => {
			const turn = turns.get(question.lesson) ?? 0;
			turns.set(question.lesson, turn + 1);
			return { question, turn };
		})
		.sort((a, b) => a.turn - b.turn)
		.map(({ question }) => question);
}
