/** What every lesson consists of, read from its prose while the site is built. */
import { json } from '@sveltejs/kit';
import { lessonMeta, lessonSlugs, loadLesson, loadRecall } from '../course';
import type { LessonOutline } from '../outline';
import { notesOf } from '../vocabulary/notebook';

export const prerender = true;
export const trailingSlash = 'never';

async function outlineOf(slug: string): Promise<LessonOutline> {
	const lesson = await loadLesson(slug);
	const questions = await loadRecall(slug);
	const { steps, predictions } = lesson ? notesOf(lesson) : { steps: [], predictions: [] };
	return {
		title: lessonMeta(slug)!.title,
		steps: steps.map(({ title }) => title),
		predictions: predictions.map(({ id, options }) => ({
			id,
			step: steps.findIndex((step) => step.predictions.includes(id)) + 1,
			options: options.map(({ says }) => says),
			right: options.findIndex(({ expected }) => expected)
		})),
		exercises: steps.flatMap(({ exercises }, index) => exercises.map((id) => ({ id, step: index + 1 }))),
		recall: questions.map(({ id, question, options }) => ({
			id,
			question,
			misconceptions: Object.fromEntries(
				options.flatMap(({ name, misconception }) => (misconception ? [[name, misconception]] : []))
			)
		}))
	};
}

export async function GET(): Promise<Response> {
	const lessons = await Promise.all(lessonSlugs.map(async (slug) => [slug, await outlineOf(slug)] as const));
	return json(Object.fromEntries(lessons));
}
