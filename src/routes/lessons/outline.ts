/** What the course consists of, without its prose: what is asked, and how each answer is graded. Made while the site is built. */
import type { Asked } from './recall/schedule';

export interface PredictionOutline {
	id: string;
	/** 1-based. */
	step: number;
	/** What the options say. */
	options: readonly string[];
	/** Place of the right one: the tests compare it with the trace. */
	right: number;
}

export interface RecallOutline {
	id: string;
	question: string;
	/** Wrong option -> what people believe who choose it. */
	misconceptions: Readonly<Record<string, string>>;
}

export interface LessonOutline {
	title: string;
	/** Titles, in order. */
	steps: readonly string[];
	predictions: readonly PredictionOutline[];
	exercises: readonly { id: string; step: number }[];
	recall: readonly RecallOutline[];
}

/** Lesson -> its outline, in the order of the course. */
export type Outline = Readonly<Record<string, LessonOutline>>;

/** Brings the outline. @param fetch of the page that loads it */
export async function loadOutline(base: string, fetch = globalThis.fetch): Promise<Outline> {
	const answer = await fetch(`${base}/lessons/outline.json`);
	if (!answer.ok) throw new Error(`The outline of the course could not be loaded (${answer.status}).`);
	return (await answer.json()) as Outline;
}

/** What the schedule of recall needs of it. */
export const toBeAsked = (outline: Outline): Record<string, Asked> =>
	Object.fromEntries(
		Object.entries(outline).map(([lesson, { steps, recall }]) => [
			lesson,
			{ steps: steps.length, recall: recall.map(({ id }) => id) }
		])
	);
