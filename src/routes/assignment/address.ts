/**
 * An assignment is an address, and nothing but: whoever has it sees the same.
 *
 *     /assignment/?title=Week+3&due=Friday+noon&01-four-rings=steps:1-4,exercises,recall&02-asking-the-hypervisor=steps
 *
 * A lesson's folder stands for what is to be done of it, separated by commas: `steps` (all of them) or `steps:2`, `steps:1-4`; `exercises` (all)
 * or `exercise:without-xen`; `recall`.
 */
import type { LessonOutline, Outline } from '../lessons/outline';

export interface LessonTasks {
	lesson: string;
	/** 1-based, ascending. */
	steps: number[];
	exercises: string[];
	recall: boolean;
}

export interface Assignment {
	title: string;
	/** As the teacher put it: a day, an hour, a word. Text, not a date. */
	due: string;
	/** In the order of the course. */
	lessons: LessonTasks[];
}

const LONGEST = 200;

/** Reads `steps:1-4`, `exercise:x` and the like into the tasks. Returns what is wrong with it, or ''. */
type Reader = (argument: string, of: LessonOutline, tasks: LessonTasks) => string;

const everyStep = (of: LessonOutline): number[] => of.steps.map((_title, index) => index + 1);

const READERS: Readonly<Record<string, Reader>> = {
	steps(argument, of, tasks) {
		const range = argument === '' ? `1-${of.steps.length}` : argument;
		const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
		const [from, to] = [Number(first), Number(last)];
		if (!first || from < 1 || to < from || to > of.steps.length)
			return `“${argument}” are no steps of it: it has 1 to ${of.steps.length}`;
		tasks.steps = everyStep(of).filter((step) => (step >= from && step <= to) || tasks.steps.includes(step));
		return '';
	},
	exercises(argument, of, tasks) {
		if (argument !== '') return '“exercises” means all of them: for one write exercise:its-name';
		tasks.exercises = of.exercises.map(({ id }) => id);
		return '';
	},
	exercise(argument, of, tasks) {
		const known = of.exercises.map(({ id }) => id);
		if (!known.includes(argument)) return `it has no exercise “${argument}”; there is ${known.join(', ') || 'none'}`;
		tasks.exercises = known.filter((id) => id === argument || tasks.exercises.includes(id));
		return '';
	},
	recall(argument, _of, tasks) {
		if (argument !== '') return '“recall” stands alone';
		tasks.recall = true;
		return '';
	}
};

function readLesson(lesson: string, value: string, of: LessonOutline): { tasks: LessonTasks; problems: string[] } {
	const tasks: LessonTasks = { lesson, steps: [], exercises: [], recall: false };
	const problems = value.split(',').map((part) => {
		const [word, ...rest] = part.trim().split(':');
		if (!Object.hasOwn(READERS, word)) return `“${part}” is none of ${Object.keys(READERS).join(', ')}`;
		return READERS[word](rest.join(':'), of, tasks);
	});
	return { tasks, problems: problems.filter(Boolean).map((problem) => `${lesson}: ${problem}`) };
}

/**
 * What the query of an address asks for. What cannot be understood is told, one sentence each; all the rest holds.
 * @param query with or without its question mark
 */
export function readAssignment(query: string, outline: Outline): { assignment: Assignment; problems: string[] } {
	const assignment: Assignment = { title: '', due: '', lessons: [] };
	const problems: string[] = [];
	for (const [key, value] of new URLSearchParams(query)) {
		if (key === 'title' || key === 'due') {
			assignment[key] = value.slice(0, LONGEST);
			if (value.length > LONGEST)
				problems.push(`The ${key} is longer than ${LONGEST} characters, so its end is left out`);
		} else if (!Object.hasOwn(outline, key)) {
			problems.push(`There is no lesson “${key}”; there are ${Object.keys(outline).join(', ')}`);
		} else {
			const read = readLesson(key, value, outline[key]);
			problems.push(...read.problems);
			assignment.lessons.push(read.tasks);
		}
	}
	if (assignment.lessons.length === 0) problems.push('It names no lesson');
	return { assignment: { ...assignment, lessons: inOrder(assignment.lessons, outline) }, problems };
}

/** One entry a lesson, in the order of the course; those that ask for nothing are left out. */
function inOrder(lessons: readonly LessonTasks[], outline: Outline): LessonTasks[] {
	const asked = lessons.filter(({ steps, exercises, recall }) => steps.length || exercises.length || recall);
	return Object.keys(outline).flatMap((lesson) => {
		const mine = asked.filter((tasks) => tasks.lesson === lesson);
		if (mine.length === 0) return [];
		return {
			lesson,
			steps: [...new Set(mine.flatMap(({ steps }) => steps))].sort((a, b) => a - b),
			exercises: [...new Set(mine.flatMap(({ exercises }) => exercises))],
			recall: mine.some(({ recall }) => recall)
		};
	});
}

/** `1-4`, `6`: ascending numbers as stretches. */
function stretches(numbers: readonly number[]): string[] {
	const found: [number, number][] = [];
	for (const number of numbers) {
		const last = found.at(-1);
		if (last && last[1] === number - 1) last[1] = number;
		else found.push([number, number]);
	}
	return found.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
}

function lessonPart({ steps, exercises, recall }: LessonTasks, of: LessonOutline): string {
	const all = steps.length === of.steps.length;
	return [
		...(all ? ['steps'] : stretches(steps).map((stretch) => `steps:${stretch}`)),
		...(exercises.length > 0 && exercises.length === of.exercises.length
			? ['exercises']
			: exercises.map((id) => `exercise:${id}`)),
		...(recall ? ['recall'] : [])
	].join(',');
}

/** Query of the address, without its question mark. Commas and colons stay as they are, so that it can be read. */
export function writeAssignment({ title, due, lessons }: Assignment, outline: Outline): string {
	const query = new URLSearchParams();
	if (title.trim()) query.set('title', title.trim());
	if (due.trim()) query.set('due', due.trim());
	for (const tasks of inOrder(lessons, outline)) query.set(tasks.lesson, lessonPart(tasks, outline[tasks.lesson]));
	return query.toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
}
