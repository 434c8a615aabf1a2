import { error } from '@sveltejs/kit';
import { lessonMeta, lessonNumber, lessonSlugs, loadLesson, loadRecall } from '../../course';
import type { EntryGenerator, PageLoad } from './$types';

export const entries: EntryGenerator = () => lessonSlugs.map((slug) => ({ slug }));

export const load: PageLoad = async ({ params: { slug } }) => {
	const [lesson, recall] = await Promise.all([loadLesson(slug), loadRecall(slug)]);
	const meta = lessonMeta(slug);
	if (!lesson || !meta) error(404, 'There is no such lesson.');
	return { slug, meta, number: lessonNumber(slug), lesson, recall };
};
