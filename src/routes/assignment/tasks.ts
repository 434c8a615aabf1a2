/** What is to do of an assignment, and what of it is done. */
import type { LessonOutline, Outline } from '../lessons/outline';
import { fresh, type LessonProgress, type Progress } from '../lessons/progress/record';
import type { Assignment, LessonTasks } from './address';

export interface Task {
	name: string;
	/** Step of the lesson at which it is done. */
	step: number;
	done: boolean;
}

/** A step is done when it was opened, and its predictions were committed, or told. */
export function isStepDone(step: number, of: LessonOutline, { seen, predicted }: LessonProgress): boolean {
	const asks = of.predictions.filter((prediction) => prediction.step === step);
	return seen.includes(step) && asks.every(({ id }) => predicted[id] !== undefined);
}

/** How many recall questions of a lesson were ever answered. */
const answered = (of: LessonOutline, { recall }: LessonProgress): number =>
	of.recall.filter(({ id }) => recall.some((answer) => answer.id === id)).length;

export function tasksOfLesson(
	{ steps, exercises, recall }: LessonTasks,
	of: LessonOutline,
	done: LessonProgress
): Task[] {
	const questions = answered(of, done);
	return [
		...steps.map((step) => ({ name: `Step ${step}: ${of.steps[step - 1]}`, step, done: isStepDone(step, of, done) })),
		...of.exercises
			.filter(({ id }) => exercises.includes(id))
			.map(({ id, step }) => ({
				name: `Exercise: ${of.steps[step - 1]}`,
				step,
				done: done.solved.includes(id)
			})),
		...(recall
			? [
					{
						name: `Recall: ${questions} of ${of.recall.length} questions answered`,
						step: of.steps.length,
						done: questions === of.recall.length
					}
				]
			: [])
	];
}

/** How much of an assignment is done. */
export function doneOf({ lessons }: Assignment, outline: Outline, progress: Progress): { done: number; of: number } {
	const tasks = lessons.flatMap((tasks) =>
		tasksOfLesson(tasks, outline[tasks.lesson], progress[tasks.lesson] ?? fresh())
	);
	return { done: tasks.filter(({ done }) => done).length, of: tasks.length };
}
