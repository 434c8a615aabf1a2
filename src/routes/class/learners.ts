/** Learners from their files: several of one learner become one row. */
import type { LessonProgress } from '../lessons/progress/record';
import type { ClassFile } from './folder';

export interface LearnerRow {
	key: string;
	/** The name that the file says, or the file's where it says none. */
	name: string;
	/** Lesson -> what was done of it. */
	lessons: Readonly<Record<string, LessonProgress>>;
	/** When the newest of the files was written, milliseconds since 1970. */
	written: number;
	files: readonly string[];
}

/** A file of which nothing was taken: newer ones of the same learner say all that it says. */
export interface Superseded {
	file: string;
	name: string;
	newer: string;
}

/** Upper and lower case, and spaces around a name, make no other learner. A file without a name is a learner of its own. */
const keyOf = ({ file, learner }: ClassFile): string =>
	learner.name.trim() ? learner.name.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase() : `file ${file}`;

/** One row a learner: of each lesson, what the newest file says that has it. By name. */
export function learnersOf(files: readonly ClassFile[]): { rows: LearnerRow[]; superseded: Superseded[] } {
	const groups = new Map<string, ClassFile[]>();
	for (const file of [...files].sort((a, b) => b.written - a.written))
		groups.set(keyOf(file), [...(groups.get(keyOf(file)) ?? []), file]);
	const superseded: Superseded[] = [];
	const rows = [...groups].map(([key, [newest, ...older]]) => {
		const lessons = { ...newest.learner.lessons };
		const used = [newest.file];
		for (const { file, learner } of older) {
			const fresh = Object.entries(learner.lessons).filter(([lesson]) => !Object.hasOwn(lessons, lesson));
			if (fresh.length === 0) superseded.push({ file, name: newest.learner.name, newer: newest.file });
			else used.push(file);
			Object.assign(lessons, Object.fromEntries(fresh));
		}
		return { key, name: newest.learner.name.trim() || newest.file, lessons, written: newest.written, files: used };
	});
	return { rows: rows.sort((a, b) => (a.key < b.key ? -1 : 1)), superseded };
}

/** Assignments that files were handed in for, each once: its address' query -> its title. */
export const handedIn = (files: readonly ClassFile[]): Map<string, string> =>
	new Map(files.flatMap(({ assignment }) => (assignment ? [[assignment.tasks, assignment.title]] : [])));
