import { error } from '@sveltejs/kit';
import { lessonMeta, lessonNumber, lessonSlugs, loadLesson, loadRecall } from '../../course';
import { guideOf } from '../../teacher/guide';
import { loadTeaching } from '../../teacher/teaching';
import type { EntryGenerator, PageServerLoad } from './$types';

export const entries: EntryGenerator = () => lessonSlugs.map((slug) => ({ slug }));

export const load: PageServerLoad = async ({ params: { slug } }) => {
	const [lesson, recall, teaching] = await Promise.all([loadLesson(slug), loadRecall(slug), loadTeaching(slug)]);
	const meta = lessonMeta(slug);
	if (!lesson || !meta || !teaching) error(404, 'There is no such lesson.');
	return { slug, number: lessonNumber(slug), guide: guideOf(lesson, meta, teaching, recall) };
};
