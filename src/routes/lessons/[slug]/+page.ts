import { error } from '@sveltejs/kit';
import { lessonMeta, lessonNumber, lessonSlugs, loadLesson } from '../course';
import type { EntryGenerator, PageLoad } from './$types';

export const entries: EntryGenerator = () => lessonSlugs.map((slug) => ({ slug }));

export const load: PageLoad = async ({ params }) => {
	const lesson = await loadLesson(params.slug);
	const meta = lessonMeta(params.slug);
	if (!lesson || !meta) error(404, 'There is no such lesson.');
	const number = lessonNumber(params.slug);
	const next = lessonSlugs[number];
	return {
		slug: params.slug,
		meta,
		number,
		lesson,
		next: next ? { slug: next, title: lessonMeta(next)!.title } : null
	};
};
