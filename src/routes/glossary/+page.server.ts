/** The glossary as its page shows it, made when the site is built: in the alphabet's order, with the steps that teach. */
import { loadGlossary, type GlossaryEntry, type Taught } from '../../words/glossary';
import { lessonMeta, lessonNumber, lessonSlugs, loadLesson } from '../lessons/course';
import { notesOf } from '../lessons/vocabulary/notebook';
import { alphabetical } from './order';
import type { PageServerLoad } from './$types';

export interface Lesson {
	slug: string;
	number: number;
	title: string;
	/** 1-based number of the step. */
	step: number;
}
export interface Shown extends GlossaryEntry {
	name: string;
	lesson: Lesson | null;
}

/** Lesson -> the moments at which its steps stand, in order. */
async function stepsByLesson(): Promise<Map<string, { at: readonly string[]; query(name: string): string }>> {
	const lessons = await Promise.all(lessonSlugs.map(async (slug) => [slug, await loadLesson(slug)] as const));
	return new Map(
		lessons.flatMap(([slug, lesson]) => {
			if (!lesson) return [];
			const notes = notesOf(lesson);
			return [
				[slug, { at: notes.steps.map(({ at }) => at), query: (name: string) => notes.names.query(name) }] as const
			];
		})
	);
}

export const load: PageServerLoad = async () => {
	const [glossary, lessons] = await Promise.all([loadGlossary(), stepsByLesson()]);
	const lessonOf = (name: string, { lesson, at }: Taught): Lesson => {
		const steps = lessons.get(lesson);
		const step = steps ? steps.at.indexOf(steps.query(at)) + 1 : 0;
		if (step === 0)
			throw new Error(`the glossary says that '${name}' is taught at '${at}' of ${lesson}: no step stands there`);
		return { slug: lesson, number: lessonNumber(lesson), title: lessonMeta(lesson)!.title, step };
	};
	const entries: Shown[] = Object.entries(glossary).map(([name, entry]) => ({
		...entry,
		name,
		lesson: entry.taught ? lessonOf(name, entry.taught) : null
	}));
	return { entries: entries.sort((a, b) => alphabetical(a.term, b.term)) };
};
