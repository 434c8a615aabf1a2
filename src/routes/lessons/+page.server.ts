/** How many steps each lesson has, counted while the site is built: the index shows progress before any prose is loaded. */
import { lessonSlugs, loadLesson } from './course';
import { notesOf } from './vocabulary/notebook';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async () => {
	const lessons = await Promise.all(lessonSlugs.map(async (slug) => [slug, await loadLesson(slug)] as const));
	const counts = lessons.map(([slug, lesson]) => [slug, lesson ? notesOf(lesson).steps.length : 0] as const);
	return { steps: Object.fromEntries(counts) as Readonly<Record<string, number>> };
};
