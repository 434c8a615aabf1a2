/** What a learner would do next: what home's first button says, and where it leads. */
import { isBegun, type LessonProgress, type Progress } from './lessons/progress/record';

/** A lesson of the course, in its order. */
export interface Known {
	slug: string;
	title: string;
	/** How many steps it has; 0 while that is not known. */
	steps: number;
}

export interface NextThing {
	says: string;
	/** Behind the site's base. */
	path: string;
}

/** Under which the browser keeps that the opening page was read. */
export const OPENING_READ = 'opening';

export const FIRST: NextThing = { says: 'Start: what is a hypervisor', path: '/what-is-a-hypervisor/' };

const isDone = ({ steps }: Known, done: LessonProgress | undefined): boolean =>
	steps > 0 && done !== undefined && done.seen.includes(steps);

/** When a lesson was open last, ISO 8601; '' where nobody knows. */
const lastOpen = (done: LessonProgress | undefined): string =>
	(done?.visits ?? []).reduce((latest, { from }) => (from > latest ? from : latest), '');

/**
 * @param course every lesson, in order
 * @param due recall questions that wait
 * @param openingRead whether the opening page was read
 */
export function nextThing(course: readonly Known[], progress: Progress, due: number, openingRead: boolean): NextThing {
	const lesson = (known: Known): NextThing => {
		const number = course.indexOf(known) + 1;
		const done = progress[known.slug];
		const path = `/lessons/${known.slug}/`;
		if (!isBegun(done)) return { says: `Start lesson ${number}: ${known.title}`, path };
		return { says: `Go on with lesson ${number}, step ${done.at}`, path: `${path}#step-${done.at}` };
	};
	const open = course.filter((known) => !isDone(known, progress[known.slug]));
	const begun = open.filter(({ slug }) => isBegun(progress[slug]));
	const anyBegun = course.some(({ slug }) => isBegun(progress[slug]));
	if (!anyBegun && !openingRead) return FIRST;
	const last = begun.reduce<Known | null>(
		(latest, known) => (latest && lastOpen(progress[latest.slug]) >= lastOpen(progress[known.slug]) ? latest : known),
		null
	);
	if (last) return lesson(last);
	if (open.length > 0) return lesson(open[0]);
	if (due > 0)
		return { says: `All lessons done: ${due === 1 ? '1 question is' : `${due} questions are`} due`, path: '/recall/' };
	return { says: 'All lessons done: on to the debugger', path: '/debugger/' };
}
