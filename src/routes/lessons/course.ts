/** The course: every lesson folder, in order, as the pages find them. */
import type { Component } from 'svelte';
import type { ScenarioInput } from '../../workbench/scenario';
import { joined, type Recall, type RecallQuestion, type RecallWords } from './recall/questions';
import type { Exercise, Exercises, ExercisesWords, ExerciseWords } from './written/exercise';
import type { Moments } from './vocabulary/vocabulary';

/** `en.json` of a lesson: what the index and the header need before its prose is loaded. */
export interface LessonMeta {
	title: string;
	part: string;
	/** What the learner can do afterwards. */
	objective: string;
	/** About how long, minutes. */
	minutes: number;
}

export interface Lesson {
	prose: Component;
	moments: Moments;
	scenario: ScenarioInput;
}

// What a lesson says lies in one file a language, and this is the language that the pages pick.
const PROSE = import.meta.glob<Component>('../../../lessons/*/en.md', { import: 'default' });
const META = import.meta.glob<LessonMeta>('../../../lessons/*/en.json', { import: 'default', eager: true });
// What happens in it and what is named there is the same in all of them.
const MOMENTS = import.meta.glob<Moments>('../../../lessons/*/moments.ts', { import: 'moments' });
const SCENARIOS = import.meta.glob<ScenarioInput>('../../../lessons/*/scenario.ts', { import: 'scenario' });
// What is asked once a lesson is done, loaded when it is asked.
const RECALLS = import.meta.glob<Recall>('../../../lessons/*/recall.ts', { import: 'recall' });
// What is written in it, loaded when its step is opened.
const EXERCISES = import.meta.glob<Exercises>('../../../lessons/*/exercise.ts', { import: 'exercises' });
const EXERCISE_WORDS = import.meta.glob<ExercisesWords>('../../../lessons/*/en.exercise.json', { import: 'default' });
const RECALL_WORDS = import.meta.glob<RecallWords>('../../../lessons/*/en.recall.json', { import: 'default' });

const slugOf = (path: string): string => path.split('/').at(-2)!;
const bySlug = <T>(modules: Record<string, T>): Map<string, T> =>
	new Map(Object.entries(modules).map(([path, module]) => [slugOf(path), module]));

const metas = bySlug(META);
const proses = bySlug(PROSE);
const moments = bySlug(MOMENTS);
const scenarios = bySlug(SCENARIOS);
const recalls = bySlug(RECALLS);
const recallWords = bySlug(RECALL_WORDS);
const exercises = bySlug(EXERCISES);
const exerciseWords = bySlug(EXERCISE_WORDS);

/** `01-four-rings`, ... in order. */
export const lessonSlugs: readonly string[] = [...metas.keys()].sort();

export const lessonMeta = (slug: string): LessonMeta | undefined => metas.get(slug);
/** 1 for the first lesson. */
export const lessonNumber = (slug: string): number => lessonSlugs.indexOf(slug) + 1;

/** What a lesson runs, or null when there is none of that name. */
export const loadScenario = (slug: string): Promise<ScenarioInput> | null => scenarios.get(slug)?.() ?? null;

/** A lesson with all that it takes to play it, or null when there is none of that name. */
export async function loadLesson(slug: string): Promise<Lesson | null> {
	const parts = [proses.get(slug), moments.get(slug), scenarios.get(slug)] as const;
	if (!parts.every((part) => part !== undefined)) return null;
	const [prose, named, scenario] = await Promise.all([parts[0]!(), parts[1]!(), parts[2]!()]);
	return { prose, moments: named, scenario };
}

/** The recall questions of a lesson; none where there is no lesson of that name. */
export async function loadRecall(slug: string): Promise<RecallQuestion[]> {
	const [recall, words] = await Promise.all([recalls.get(slug)?.(), recallWords.get(slug)?.()]);
	return recall && words ? joined(recall, words) : [];
}

/** An exercise of a lesson, and what is said about it; null where there is none of that name. */
export async function loadExercise(
	slug: string,
	id: string
): Promise<{ exercise: Exercise; words: ExerciseWords } | null> {
	const [found, words] = await Promise.all([exercises.get(slug)?.(), exerciseWords.get(slug)?.()]);
	return found?.[id] && words?.[id] ? { exercise: found[id], words: words[id] } : null;
}
