/**
 * What a teacher is told of a lesson. Nothing here is written twice: misconceptions are the wrong options of its questions, moments are those
 * that the prose speaks of. It is put together while the site is built.
 */
import type { Lesson, LessonMeta } from '../course';
import type { RecallQuestion } from '../recall/questions';
import { notesOf } from '../vocabulary/notebook';
import type { Teaching } from './teaching';

export interface Misconception {
	/** What somebody thinks who has it. */
	says: string;
	/** What is told to whoever chooses it. */
	reply: string;
}

export interface QuestionGuide {
	question: string;
	/** The right answer, and why. */
	right: Misconception;
	wrong: readonly Misconception[];
	/** Where it is asked; 0 for what is asked at the end and days later. */
	step: number;
	/** The moment that shows it, by name, or ''. */
	moment: string;
}

export interface Guide {
	meta: LessonMeta;
	teaching: Teaching;
	steps: readonly { title: string; questions: number; exercises: number }[];
	moments: readonly { name: string; is: string }[];
	questions: readonly QuestionGuide[];
}

const plainly = ({ says, reply }: Misconception): Misconception => ({ says, reply });

export function guideOf(
	lesson: Lesson,
	meta: LessonMeta,
	teaching: Teaching,
	recall: readonly RecallQuestion[]
): Guide {
	const notes = notesOf(lesson);
	const predicted = notes.predictions.map((prediction) => ({
		question: notes.questionOf(prediction),
		right: plainly(prediction.options.find(({ expected }) => expected)!),
		wrong: prediction.options.filter(({ expected }) => !expected).map(plainly),
		step: notes.steps.findIndex(({ predictions }) => predictions.includes(prediction.id)) + 1,
		moment: ''
	}));
	const recalled = recall.map(({ question, options }) => {
		const right = options.find((option) => option.right)!;
		return {
			question,
			right: plainly(right),
			// Here the belief behind the option has words of its own.
			wrong: options
				.filter((option) => !option.right)
				.map(({ says, misconception, reply }) => ({ says: misconception ?? says, reply })),
			step: 0,
			moment: right.shows
		};
	});
	return {
		meta,
		teaching,
		steps: notes.steps.map(({ title, predictions, exercises }) => ({
			title,
			questions: predictions.length,
			exercises: exercises.length
		})),
		moments: Object.entries(lesson.moments).map(([name, { is }]) => ({ name, is })),
		questions: [...predicted, ...recalled]
	};
}
