/** An assignment is an address: written, read, and held against what was done. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outline } from '../lessons/outline';
import { fresh } from '../lessons/progress/record';
import { readAssignment, writeAssignment, type Assignment } from './address';
import { doneOf, tasksOfLesson } from './tasks';

const outline: Outline = {
	'01-rings': {
		title: 'Rings',
		steps: ['a', 'b', 'c', 'd', 'e', 'f'],
		predictions: [{ id: 'p', step: 2, options: ['x', 'y'], right: 1 }],
		exercises: [
			{ id: 'one', step: 5 },
			{ id: 'two', step: 6 }
		],
		recall: [
			{ id: 'q', question: '?', misconceptions: {} },
			{ id: 'r', question: '?', misconceptions: {} }
		]
	},
	'02-calls': { title: 'Calls', steps: ['a', 'b'], predictions: [], exercises: [{ id: 'x', step: 2 }], recall: [] }
};
const read = (query: string) => readAssignment(query, outline);

describe('the address of an assignment', () => {
	it('can be read by people', () => {
		const assignment: Assignment = {
			title: 'Week 3: rings',
			due: 'Friday, noon',
			lessons: [
				{ lesson: '01-rings', steps: [1, 2, 3, 6], exercises: ['one'], recall: true },
				{ lesson: '02-calls', steps: [1, 2], exercises: ['x'], recall: false }
			]
		};
		expect(writeAssignment(assignment, outline)).toBe(
			'title=Week+3:+rings&due=Friday,+noon&01-rings=steps:1-3,steps:6,exercise:one,recall&02-calls=steps,exercises'
		);
	});

	it('gives back whatever was put together', () => {
		const some = (of: readonly number[]) => fc.subarray([...of]);
		const tasks = fc.record({
			title: fc.string({ maxLength: 60 }).map((text) => text.trim()),
			due: fc.string({ maxLength: 60 }).map((text) => text.trim()),
			steps: some([1, 2, 3, 4, 5, 6]),
			exercises: fc.subarray(['one', 'two']),
			recall: fc.boolean(),
			more: some([1, 2])
		});
		fc.assert(
			fc.property(tasks, ({ title, due, steps, exercises, recall, more }) => {
				const lessons = [
					{ lesson: '01-rings', steps, exercises, recall },
					{ lesson: '02-calls', steps: more, exercises: [], recall: false }
				].filter(({ steps, exercises, recall }) => steps.length || exercises.length || recall);
				const { assignment, problems } = read(writeAssignment({ title, due, lessons }, outline));
				expect(assignment).toEqual({ title, due, lessons });
				expect(problems).toEqual(lessons.length ? [] : ['It names no lesson']);
			})
		);
	});

	it.each([
		['', 'It names no lesson'],
		['title=x', 'It names no lesson'],
		['09-gone=steps', 'There is no lesson “09-gone”; there are 01-rings, 02-calls'],
		['constructor=steps', 'There is no lesson “constructor”; there are 01-rings, 02-calls'],
		['01-rings=', '01-rings: “” is none of steps, exercises, exercise, recall'],
		['01-rings=toString', '01-rings: “toString” is none of steps, exercises, exercise, recall'],
		['01-rings=steps:0', '01-rings: “0” are no steps of it: it has 1 to 6'],
		['01-rings=steps:4-2', '01-rings: “4-2” are no steps of it: it has 1 to 6'],
		['01-rings=steps:2-7', '01-rings: “2-7” are no steps of it: it has 1 to 6'],
		['01-rings=steps:1-1e9', '01-rings: “1-1e9” are no steps of it: it has 1 to 6'],
		['01-rings=exercise:three', '01-rings: it has no exercise “three”; there is one, two'],
		['01-rings=recall:q', '01-rings: “recall” stands alone'],
		[`title=${'x'.repeat(300)}&02-calls=steps`, 'The title is longer than 200 characters, so its end is left out']
	])('%s is not understood, and what and where is said', (query, problem) => {
		expect(read(query).problems).toContain(problem);
	});

	it('holds as far as it is understood', () => {
		const { assignment, problems } = read('?due=now&01-rings=steps:2,steps:99&09-gone=steps&01-rings=recall');
		expect(problems).toHaveLength(2);
		expect(assignment).toEqual({
			title: '',
			due: 'now',
			lessons: [{ lesson: '01-rings', steps: [2], exercises: [], recall: true }]
		});
	});
});

describe('what is done of an assignment', () => {
	const { assignment } = read('01-rings=steps:1-2,exercise:two,recall&02-calls=steps:1');
	const [rings] = assignment.lessons;
	const marks = (done: Partial<ReturnType<typeof fresh>>) =>
		tasksOfLesson(rings, outline['01-rings'], { ...fresh(), ...done }).map((task) => task.done);
	const answer = (id: string) => ({ id, at: '2026-03-01T12:00:00.000Z', answer: 'x', right: false });

	it('is a step that was opened, with its predictions committed or told', () => {
		expect(marks({ seen: [1, 2] })).toEqual([true, false, false, false]);
		expect(marks({ seen: [1, 2], predicted: { p: -1 } })).toEqual([true, true, false, false]);
		expect(marks({ predicted: { p: 0 } })).toEqual([false, false, false, false]);
	});

	it('is an exercise that was solved, and recall that was answered, right or wrong', () => {
		expect(marks({ solved: ['one'], recall: [answer('q')] })).toEqual([false, false, false, false]);
		expect(marks({ solved: ['two'], recall: [answer('q'), answer('r')] })).toEqual([false, false, true, true]);
	});

	it('is counted over all its lessons', () => {
		expect(doneOf(assignment, outline, {})).toEqual({ done: 0, of: 5 });
		expect(doneOf(assignment, outline, { '02-calls': { ...fresh(), seen: [1, 2] } })).toEqual({ done: 1, of: 5 });
	});
});
