/** The course: every lesson folder, in order, as the pages find them. */
import type { Component } from 'svelte';
import type { ScenarioInput } from '../../workbench/scenario';

/** `meta.json` of a lesson: what the index and the header need before its prose is loaded. */
export interface LessonMeta {
	title: string;
	part: string;
	/** What the learner can do afterwards. */
	objective: string;
	/** About how long, minutes. */
	minutes: number;
	/** Number of steps, for the progress shown before the lesson is open; the tests compare it. */
	steps: number;
}

export interface LessonModule {
	default: Component;
}

export interface ScenarioModule {
	scenario: ScenarioInput;
}

const PROSE = import.meta.glob<LessonModule>('../../../lessons/*/lesson.md');
const META = import.meta.glob<LessonMeta>('../../../lessons/*/meta.json', { import: 'default', eager: true });
const SCENARIOS = import.meta.glob<ScenarioModule>('../../../lessons/*/scenario.ts');

const slugOf = (path: string): string => path.split('/').at(-2)!;
const bySlug = <T>(modules: Record<string, T>): Map<string, T> =>
	new Map(Object.entries(modules).map(([path, module]) => [slugOf(path), module]));

const metas = bySlug(META);
const proses = bySlug(PROSE);
const scenarios = bySlug(SCENARIOS);

/** `01-four-rings`, ... in order. */
export const lessonSlugs: readonly string[] = [...metas.keys()].sort();

export const lessonMeta = (slug: string): LessonMeta | undefined => metas.get(slug);
/** 1 for the first lesson. */
export const lessonNumber = (slug: string): number => lessonSlugs.indexOf(slug) + 1;

/** The prose and the scenario of a lesson, or null when there is none of that name. */
export async function loadLesson(slug: string): Promise<{ prose: LessonModule; scenario: ScenarioInput } | null> {
	const [prose, scenario] = [proses.get(slug), scenarios.get(slug)];
	if (!prose || !scenario) return null;
	const [text, run] = await Promise.all([prose(), scenario()]);
	return { prose: text, scenario: run.scenario };
}
