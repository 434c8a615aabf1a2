import { describe, expect, it } from 'vitest';
import { fresh, type LessonProgress } from './lessons/progress/record';
import { FIRST, nextThing } from './next-thing';

const course = [
	{ slug: 'one', title: 'First', steps: 3 },
	{ slug: 'two', title: 'Second', steps: 4 }
];
const seen = (steps: number[], from = ''): LessonProgress => ({
	...fresh(),
	seen: steps,
	at: steps.at(-1) ?? 1,
	visits: from ? [{ from, seconds: 60 }] : []
});

describe('the first button of home', () => {
	it('leads who is new to the opening page, and who has read it to the first lesson', () => {
		expect(nextThing(course, {}, 0, false)).toEqual(FIRST);
		expect(nextThing(course, {}, 0, true)).toEqual({ says: 'Start lesson 1: First', path: '/lessons/one/' });
	});
	it('goes on where the learner was, though the opening page was never read', () => {
		expect(nextThing(course, { one: seen([1, 2]) }, 0, false)).toEqual({
			says: 'Go on with lesson 1, step 2',
			path: '/lessons/one/#step-2'
		});
	});
	it('takes the lesson that was open last, where two are begun', () => {
		const progress = { one: seen([1], '2026-03-02T10:00:00Z'), two: seen([1, 2], '2026-03-01T10:00:00Z') };
		expect(nextThing(course, progress, 0, true).says).toBe('Go on with lesson 1, step 1');
		expect(nextThing(course, { ...progress, one: seen([1], '2026-02-01T10:00:00Z') }, 0, true).says).toBe(
			'Go on with lesson 2, step 2'
		);
	});
	it('starts the next lesson when one is done', () => {
		expect(nextThing(course, { one: seen([1, 2, 3]) }, 2, true).says).toBe('Start lesson 2: Second');
	});
	it('leads to what is due, or to the debugger, when all is done', () => {
		const done = { one: seen([1, 2, 3]), two: seen([1, 2, 3, 4]) };
		expect(nextThing(course, done, 1, true)).toEqual({ says: 'All lessons done: 1 question is due', path: '/recall/' });
		expect(nextThing(course, done, 2, true).says).toBe('All lessons done: 2 questions are due');
		expect(nextThing(course, done, 0, true).path).toBe('/debugger/');
	});
	it('takes no lesson for done whose length it does not know', () => {
		const unknown = course.map((lesson) => ({ ...lesson, steps: 0 }));
		expect(nextThing(unknown, { one: seen([1, 2, 3]) }, 0, true).says).toBe('Go on with lesson 1, step 3');
	});
});
