/** A class from its files: who is who, what is counted, what was believed, and the table for spreadsheets. */
import { describe, expect, it } from 'vitest';
import { readAssignment } from '../assignment/address';
import type { Outline } from '../lessons/outline';
import { writeProgress } from '../lessons/progress/file';
import { fresh, type LessonProgress } from '../lessons/progress/record';
import { csv } from './csv';
import { readFiles, type ClassFile, type SomeFile } from './folder';
import { handedIn, learnersOf } from './learners';
import { countsOf, misconceptionsOf, scopesOf, tableOf, total } from './measures';

const outline: Outline = {
	one: {
		title: 'One',
		steps: ['a', 'b', 'c'],
		predictions: [
			{ id: 'p', step: 1, options: ['trap', 'silent'], right: 0 },
			{ id: 'q', step: 3, options: ['x', 'y', 'z'], right: 2 }
		],
		exercises: [{ id: 'e', step: 3 }],
		recall: [{ id: 'r', question: 'Why?', misconceptions: { no: 'Memory has a ring.' } }]
	},
	two: { title: 'Two', steps: ['a'], predictions: [], exercises: [], recall: [] }
};
const [one] = scopesOf(outline, null);
const at = (minute: number) => new Date(Date.UTC(2026, 2, 1, 12, minute)).toISOString();
const predicted = (id: string, minute: number, answer: number, right: boolean) =>
	({ kind: 'prediction', id, at: at(minute), answer, right }) as const;
const recalled = (minute: number, right: boolean) => ({ id: 'r', at: at(minute), answer: right ? 'yes' : 'no', right });

const done = (part: Partial<LessonProgress>): LessonProgress => ({ ...fresh(), ...part });
const file = (name: string, written: number, lessons: Record<string, LessonProgress>, more = {}): ClassFile => ({
	file: `${name || 'nameless'}-${written}.json`,
	written,
	learner: { name, lessons },
	exported: '',
	assignment: null,
	...more
});

describe('learners', () => {
	it('are one however their name is written, and the newest file wins, lesson by lesson', () => {
		const { rows, superseded } = learnersOf([
			file('Ada', 1, { one: done({ seen: [1] }), two: done({ seen: [1] }) }),
			file(' ada ', 3, { one: done({ seen: [1, 2] }) }),
			file('ADA', 2, { one: done({ seen: [3] }) }),
			file('Bob', 1, {})
		]);
		expect(rows.map(({ name, written }) => [name, written])).toEqual([
			['ada', 3],
			['Bob', 1]
		]);
		expect(rows[0].lessons.one.seen).toEqual([1, 2]);
		expect(rows[0].lessons.two.seen).toEqual([1]);
		expect(superseded).toEqual([{ file: 'ADA-2.json', name: ' ada ', newer: ' ada -3.json' }]);
	});

	it('without a name are told apart by their files', () => {
		const { rows } = learnersOf([file('', 1, {}), file(' ', 2, {})]);
		expect(rows.map(({ name }) => name).sort()).toEqual([' -2.json', 'nameless-1.json']);
	});

	it('hand in for assignments, each of which is told once', () => {
		const assignment = { title: 'Week 3', tasks: 'one=steps' };
		expect([
			...handedIn([file('a', 1, {}, { assignment }), file('b', 1, {}, { assignment }), file('c', 1, {})])
		]).toEqual([['one=steps', 'Week 3']]);
	});
});

describe('what is counted', () => {
	it('of predictions is the first try, and what an old record says where it has no attempts', () => {
		const second = done({
			attempts: [predicted('p', 0, 1, false), predicted('p', 1, 0, true)],
			predicted: { p: 0, q: 2 }
		});
		expect(countsOf(one, second)).toMatchObject({ predictions: 1, predictionsOf: 2 });
	});

	it('of exercises is whether they are solved, and how many runs it took', () => {
		const tries = [0, 1, 2].map(
			(minute) => ({ kind: 'exercise', id: 'e', at: at(minute), answer: {}, right: minute === 2 }) as const
		);
		expect(countsOf(one, done({ attempts: tries, solved: ['e'] }))).toMatchObject({ exercises: 1, attempts: 3 });
	});

	it('of recall is the last answer to each question', () => {
		expect(countsOf(one, done({ recall: [recalled(0, false), recalled(1, true)] })).recall).toBe(1);
		expect(countsOf(one, done({ recall: [recalled(0, true), recalled(1, false)] })).recall).toBe(0);
	});

	it('leaves out steps, exercises and questions that the lesson has not', () => {
		const odd = done({ seen: [1, 99], solved: ['gone'], recall: [{ ...recalled(0, true), id: 'gone' }] });
		expect(countsOf(one, odd)).toMatchObject({ steps: 1, exercises: 0, recall: 0 });
	});

	it('is what an assignment asks for, where one is chosen', () => {
		const { assignment } = readAssignment('one=steps:1-2', outline);
		const [scope, ...others] = scopesOf(outline, assignment);
		expect(others).toEqual([]);
		expect(countsOf(scope, done({ seen: [1, 2, 3], solved: ['e'] }))).toMatchObject({
			steps: 2,
			stepsOf: 2,
			predictionsOf: 1,
			exercisesOf: 0,
			recallOf: 0
		});
	});

	it('adds up over lessons', () => {
		const visits = [{ from: at(0), seconds: 90 }];
		const sum = total(scopesOf(outline, null).map((scope) => countsOf(scope, done({ seen: [1], visits }))));
		expect(sum).toMatchObject({ steps: 2, stepsOf: 4, seconds: 180 });
	});
});

describe('misconceptions', () => {
	const scopes = scopesOf(outline, null);
	const { rows } = learnersOf([
		file('Ada', 1, {
			one: done({
				attempts: [predicted('p', 0, 1, false), predicted('q', 0, -1, false)],
				recall: [recalled(0, false), recalled(9, false)]
			})
		}),
		file('Bob', 1, {
			one: done({
				attempts: [predicted('p', 0, 0, true), predicted('p', 1, 1, false)],
				recall: [recalled(0, false), recalled(1, true)]
			})
		}),
		file('Cy', 1, { one: done({ predicted: { p: 1, q: 0 } }) })
	]);

	it('are counted by learner, the most common first; who asked to be told had none', () => {
		expect(misconceptionsOf(rows, scopes, outline).map(({ belief, learners }) => [belief, learners])).toEqual([
			['silent', ['Ada', 'Cy']],
			['Memory has a ring.', ['Ada', 'Bob']],
			['x', ['Cy']]
		]);
	});

	it('say what was asked', () => {
		const asked = misconceptionsOf(rows, scopes, outline).map(({ kind, asked }) => [kind, asked]);
		expect(asked.slice(0, 2)).toEqual([
			['prediction', 'Step 1: a'],
			['recall', 'Why?']
		]);
	});
});

describe('a table for spreadsheets', () => {
	it('quotes what would be taken for a separator, a quotation mark or a line’s end', () => {
		expect(csv([['a,b', 'say "so"', 'two\nlines', 7, 'plain']])).toBe(
			'\ufeff"a,b","say ""so""","two\nlines",7,plain\r\n'
		);
	});

	it('makes text of what a spreadsheet would run', () => {
		const wicked = ['=HYPERLINK("http://x")', '+1', '-1', '@SUM(A1)', '\tx', '\r=1', '＝1'];
		const cells = csv([wicked]).slice(1, -2);
		expect(cells).toBe('"\'=HYPERLINK(""http://x"")","\'+1","\'-1","\'@SUM(A1)","\'\tx","\'\r=1","\'＝1"');
	});

	it('has one row a learner and lesson, with as many cells as its head', () => {
		const { rows } = learnersOf([file('=cmd|x', 1, { one: done({ seen: [1, 2], recall: [recalled(0, true)] }) })]);
		const [head, ...body] = tableOf(rows, scopesOf(outline, null));
		expect(body.map((row) => row.slice(0, 4))).toEqual([
			['=cmd|x', 'one', 2, 3],
			['=cmd|x', 'two', 0, 1]
		]);
		for (const row of body) expect(row).toHaveLength(head.length);
		expect(csv([head, ...body])).toContain('\r\n"\'=cmd|x",one,2,3,');
	});
});

describe('reading', () => {
	const some = (name: string, text: string, size = text.length): SomeFile => ({
		name,
		size,
		lastModified: 5,
		text: () => Promise.resolve(text)
	});

	it('takes progress of any version, and says of all else why it was not taken', async () => {
		const { read, unread } = await readFiles(
			[
				some('c/ada.json', writeProgress({ name: 'Ada', lessons: { one: fresh() } })),
				some('c/old.JSON', JSON.stringify({ ringside: 1, lessons: {} })),
				some('c/.DS_Store', ''),
				some('c/essay.json', '{"a":1}'),
				some('c/huge.json', '', 1e9)
			],
			() => {}
		);
		expect(read.map(({ file, learner }) => [file, learner.name])).toEqual([
			['c/ada.json', 'Ada'],
			['c/old.JSON', '']
		]);
		expect(read[1].written).toBe(5);
		expect(unread).toEqual([
			{ file: 'c/.DS_Store', reason: 'its name does not end in .json' },
			{ file: 'c/essay.json', reason: 'it holds no progress of Ringside' },
			{ file: 'c/huge.json', reason: 'it is too large to be a progress file' }
		]);
	});
});
