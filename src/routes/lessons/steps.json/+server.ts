/** How many steps each lesson has, counted from its prose while the site is built: slug -> number. */
import { json } from '@sveltejs/kit';
import { lessonSlugs, loadLesson } from '../course';
import { notesOf } from '../vocabulary/notebook';

export const prerender = true;
export const trailingSlash = 'never';

export async function GET(): Promise<Response> {
	const lessons = await Promise.all(lessonSlugs.map(async (slug) => [slug, await loadLesson(slug)] as const));
	return json(Object.fromEntries(lessons.map(([slug, lesson]) => [slug, lesson ? notesOf(lesson).steps.length : 0])));
}
