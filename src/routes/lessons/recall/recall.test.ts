/** When recall questions are asked, and in which order; how questions and their words come together. */
import { describe, expect, it } from 'vitest';
import { fresh, type LessonProgress, type RecallAnswer } from '../progress/record';
import { joined, shuffled } from './questions';
import { agenda, dayAfter, dueNow, INTERVALS, standingOf } from './schedule';

/** Noon of a day of a made-up calendar, local time. */
const noon = (day: number): number => new Date(2026, 2, 1 + day, 12).getTime();
const midnight = (day: number): number => new Date(2026, 2, 1 + day).getTime();
const answer = (day: number, right: boolean, id = 'q'): RecallAnswer => ({
	id,
	at: new Date(noon(day)).toISOString(),
	answer: right ? 'yes' : 'no',
	right
});
/** The day on which a question is due after its answers. */
const dueAfter = (...answers: RecallAnswer[]): number =>
	Math.round((standingOf(answers)!.due - midnight(0)) / 86_400_000);

const lesson = (seen: number[], recall: RecallAnswer[] = []): LessonProgress => ({ ...fresh(), seen, recall });

describe('a question', () => {
	it('that was never answered has no standing', () => {
		expect(standingOf([])).toBeNull();
	});

	it('comes back the day after its first answer, right or wrong', () => {
		expect([dueAfter(answer(0, true)), dueAfter(answer(0, false))]).toEqual([1, 1]);
	});

	it('comes back later each time that it is known, up to the last box, and stays there', () => {
		const answers = [answer(0, true)];
		const gaps: number[] = [];
		for (let round = 0; round < 6; round++) {
			const last = Math.round((Date.parse(answers.at(-1)!.at) - noon(0)) / 86_400_000);
			const due = dueAfter(...answers);
			gaps.push(due - last);
			answers.push(answer(due, true));
		}
		expect(gaps).toEqual([...INTERVALS, INTERVALS.at(-1)]);
	});

	it('starts again when it is not known', () => {
		expect(dueAfter(answer(0, true), answer(1, true), answer(4, true), answer(11, false))).toBe(12);
		expect(dueAfter(answer(0, true), answer(1, true), answer(4, false), answer(5, true))).toBe(8);
	});

	it('is not moved on by being answered before it is due, but a wrong answer counts at any time', () => {
		expect(dueAfter(answer(0, true), answer(1, true), answer(2, true))).toBe(4);
		expect(dueAfter(answer(0, true), answer(1, true), answer(2, false))).toBe(3);
	});

	it('is due from midnight on, also when an hour was left out between', () => {
		const late = new Date(2026, 2, 28, 23, 59).getTime();
		expect(dayAfter(late, 1)).toBe(new Date(2026, 2, 29).getTime());
		expect(dayAfter(late, 3)).toBe(new Date(2026, 2, 31).getTime());
	});
});

describe('what is asked', () => {
	const course = { one: { steps: 3, recall: ['a', 'b'] }, two: { steps: 2, recall: ['c', 'd'] } };

	it('is nothing before the end of a lesson was reached', () => {
		expect(dueNow(course, {}, noon(0))).toEqual([]);
		expect(dueNow(course, { one: lesson([1, 2]) }, noon(0))).toEqual([]);
		expect(dueNow(course, { one: lesson([1, 3]) }, noon(0)).map(({ id }) => id)).toEqual(['a', 'b']);
	});

	it('is asked when its day has come, and not before', () => {
		const progress = { one: lesson([3], [answer(0, true, 'a'), answer(0, false, 'b')]) };
		expect(dueNow(course, progress, midnight(1) - 1)).toEqual([]);
		expect(dueNow(course, progress, midnight(1)).map(({ id }) => id)).toEqual(['a', 'b']);
		expect(agenda(course, progress).map(({ due }) => due)).toEqual([midnight(1), midnight(1)]);
	});

	it('is asked although the lesson has got more steps since', () => {
		expect(dueNow(course, { one: lesson([2], [answer(0, true, 'a')]) }, noon(5)).map(({ id }) => id)).toEqual(['a']);
	});

	it('is mixed over lessons, the one that waits longest first', () => {
		const progress = {
			one: lesson([3], [answer(3, true, 'a'), answer(3, true, 'b')]),
			two: lesson([2], [answer(1, true, 'c'), answer(2, true, 'd')])
		};
		expect(dueNow(course, progress, noon(9)).map(({ id }) => id)).toEqual(['c', 'a', 'd', 'b']);
	});

	it('leaves out what the course no longer asks', () => {
		expect(dueNow(course, { one: lesson([1], [answer(0, true, 'gone')]), old: lesson([1]) }, noon(9))).toEqual([]);
	});
});

describe('questions and their words', () => {
	const recall = { a: { shows: 'here', options: { yes: { expected: true }, no: { shows: 'there' } } } } as const;
	const words = {
		a: {
			question: 'So?',
			options: { yes: { says: 'Yes', reply: 'It is.' }, no: { says: 'No', reply: 'It is not.', misconception: 'M.' } }
		}
	};

	it('come together by their names, and an option shows its own moment or the question’s', () => {
		const [{ options }] = joined(recall, words);
		expect(options.map(({ name, right, shows, says }) => [name, right, shows, says])).toEqual([
			['yes', true, 'here', 'Yes'],
			['no', false, 'there', 'No']
		]);
	});

	it('that are missing are named', () => {
		expect(() => joined(recall, {})).toThrow('nothing is said for the recall question a');
		expect(() => joined(recall, { a: { question: 'So?', options: {} } })).toThrow('question a.yes');
	});

	it('are put in another order from time to time, and in the same one at the same time', () => {
		const [question] = joined(recall, words);
		const orders = Array.from({ length: 12 }, (_, time) =>
			shuffled(question, time)
				.map(({ name }) => name)
				.join()
		);
		expect(new Set(orders)).toEqual(new Set(['yes,no', 'no,yes']));
		expect(shuffled(question, 3)).toEqual(shuffled(question, 3));
	});
});
