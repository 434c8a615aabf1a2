/** What a learner has done, kept in the browser and nowhere else. It can be exported and brought back (`../progress/file.ts`). */
import { storage } from '../../shell/storage.svelte';
import { load, save } from '../../shell/stored';
import { mergeLearner, mergeLesson } from '../progress/merge';
import { fresh, learnerOf, type Learner, type LessonProgress, type RecallAnswer, type Visit } from '../progress/record';

export { fresh, type LessonProgress, type Progress } from '../progress/record';

const KEY = 'progress';
const VERSION = 2;

export const learner = (): Learner => learnerOf(load<unknown>(KEY, {}));

function keepLearner({ name, lessons }: Learner): void {
	if (!save(KEY, { ringside: VERSION, name, lessons })) storage.refused = true;
}

export const progressOf = (lesson: string): LessonProgress => learner().lessons[lesson] ?? fresh();

/** Keeps what was done of a lesson. What another tab has added since stays. */
export function keep(lesson: string, progress: LessonProgress): void {
	const { name, lessons } = learner();
	const known = lessons[lesson];
	keepLearner({ name, lessons: { ...lessons, [lesson]: known ? mergeLesson(progress, known) : progress } });
}

export const keepName = (name: string): void => keepLearner({ ...learner(), name: name.trim() });

export const keepRecall = (lesson: string, answer: RecallAnswer): void =>
	keep(lesson, mergeLesson(progressOf(lesson), { ...fresh(), recall: [answer] }));

export const keepVisit = (lesson: string, visit: Visit): void =>
	keep(lesson, mergeLesson(progressOf(lesson), { ...fresh(), visits: [visit] }));

/** Takes in what a file holds: nothing of what is known here is lost. */
export const bringBack = (brought: Learner): void => keepLearner(mergeLearner(learner(), brought));

/** Forgets everything, the name too. */
export const forgetProgress = (): void => keepLearner({ name: '', lessons: {} });
