/** What a learner has done, kept in the browser and nowhere else; it can be exported and brought back. */
import { load, save } from '../../shell/stored';

export interface LessonProgress {
	/** Steps opened: 1-based numbers, ascending. */
	seen: number[];
	/** The step that was open last. */
	at: number;
	/** Prediction -> the option that was committed, by its place; -1 where the learner asked to be told without. */
	predicted: Record<string, number>;
	/** Exercises solved. */
	solved: string[];
}

export type Progress = Record<string, LessonProgress>;

export const fresh = (): LessonProgress => ({ seen: [], at: 1, predicted: {}, solved: [] });

export const progressOf = (lesson: string): LessonProgress => ({
	...fresh(),
	...load<Progress>('progress', {})[lesson]
});

export function keep(lesson: string, progress: LessonProgress): void {
	save('progress', { ...load<Progress>('progress', {}), [lesson]: progress });
}

/** Everything as a text for a file. */
export const exportProgress = (): string =>
	JSON.stringify({ ringside: 1, lessons: load<Progress>('progress', {}) }, null, '\t');

const isNumbers = (value: unknown): value is number[] =>
	Array.isArray(value) && value.every((item) => typeof item === 'number');

/** Takes back what `exportProgress` gave. Throws with the reason when the text is something else. */
export function importProgress(text: string): Progress {
	const file = JSON.parse(text) as { ringside?: unknown; lessons?: Record<string, Partial<LessonProgress>> };
	if (file?.ringside !== 1 || typeof file.lessons !== 'object' || file.lessons === null)
		throw new Error('this file holds no progress of ours');
	const lessons: Progress = {};
	for (const [name, entry] of Object.entries(file.lessons)) {
		if (!isNumbers(entry?.seen) || !Array.isArray(entry.solved))
			throw new Error(`the entry of lesson ${name} is damaged`);
		lessons[name] = { ...fresh(), ...entry };
	}
	save('progress', lessons);
	return lessons;
}

/** Forgets everything. */
export const forgetProgress = (): void => save('progress', {});
