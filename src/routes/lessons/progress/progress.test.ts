/** What a learner has done: taken over from older versions, put together from two places, counted, written and read. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { storage } from '../../shell/storage.svelte';
import {
	bringBack,
	forgetProgress,
	keep,
	keepName,
	keepRecall,
	keepVisit,
	learner,
	progressOf
} from '../vocabulary/progress';
import { Attention } from './attention';
import { fileNameOf, readProgress, writeProgress } from './file';
import { mergeLearner, mergeLesson } from './merge';
import { fresh, secondsOf, solutionOf, tidy, TOLD, withAttempt, type Attempt, type LessonProgress } from './record';

const at = (minute: number): string => new Date(Date.UTC(2026, 2, 1, 12, minute)).toISOString();

const predicted = (id: string, minute: number, answer: number, right: boolean): Attempt => ({
	kind: 'prediction',
	id,
	at: at(minute),
	answer,
	right
});
const tried = (id: string, minute: number, run: string, right: boolean): Attempt => ({
	kind: 'exercise',
	id,
	at: at(minute),
	answer: { run },
	right
});

/** As the first version kept it. */
const OLD = { seen: [1, 2, 5], at: 5, predicted: { cli: 0, popf: TOLD }, solved: ['without-xen'] };

/** A browser's storage, or one that refuses. */
function storageThat(refuses: boolean): Map<string, string> {
	const kept = new Map<string, string>();
	vi.stubGlobal('localStorage', {
		getItem: (key: string) => {
			if (refuses) throw new DOMException('no', 'SecurityError');
			return kept.get(key) ?? null;
		},
		setItem: (key: string, value: string) => {
			if (refuses) throw new DOMException('no', 'QuotaExceededError');
			kept.set(key, value);
		}
	});
	return kept;
}

describe('attempts', () => {
	it('are all kept, and the last prediction is the one that stands', () => {
		const first = withAttempt(fresh(), predicted('cli', 0, 2, false));
		const second = withAttempt(first, predicted('cli', 1, 0, true));
		expect(second.attempts.map(({ answer, right }) => [answer, right])).toEqual([
			[2, false],
			[0, true]
		]);
		expect(second.predicted).toEqual({ cli: 0 });
	});

	it('solve an exercise for good: what is tried afterwards takes nothing back', () => {
		const tries = [tried('batch', 0, 'run=hello', false), tried('batch', 1, 'run=fork', true)];
		const solved = [...tries, tried('batch', 2, 'run=spin', false)].reduce(withAttempt, fresh());
		expect(solved.solved).toEqual(['batch']);
		expect(solutionOf(solved, 'batch')).toEqual({ run: 'run=fork' });
		expect(solutionOf(solved, 'other')).toBeNull();
	});
});

describe('two records of one learner', () => {
	const here: LessonProgress = {
		...[predicted('cli', 5, 0, true), tried('batch', 6, 'run=fork', true)].reduce(withAttempt, fresh()),
		seen: [1, 3],
		at: 3,
		visits: [{ from: at(5), seconds: 40 }]
	};
	const there: LessonProgress = {
		...[predicted('cli', 1, 2, false), predicted('popf', 2, 1, true), tried('other', 3, 'x', true)].reduce(
			withAttempt,
			fresh()
		),
		seen: [1, 2],
		at: 2,
		recall: [{ id: 'mask', at: at(4), answer: 'cli', right: false }],
		visits: [
			{ from: at(1), seconds: 100 },
			{ from: at(5), seconds: 20 }
		]
	};
	const both = mergeLesson(here, there);

	it('become one that has all of both, in the order of time', () => {
		expect(both.seen).toEqual([1, 2, 3]);
		expect([...both.solved].sort()).toEqual(['batch', 'other']);
		expect(both.attempts.map(({ id, at }) => [id, at])).toEqual([
			['cli', at(1)],
			['popf', at(2)],
			['other', at(3)],
			['cli', at(5)],
			['batch', at(6)]
		]);
		expect(both.recall).toEqual(there.recall);
	});

	it('agree with what is newer here, and know where the learner is here', () => {
		expect(both.predicted).toEqual({ cli: 0, popf: 1 });
		expect(both.at).toBe(3);
		expect(mergeLesson(fresh(), there).at).toBe(2);
	});

	it('count a visit once, by the longer of its two times', () => {
		expect(secondsOf(both)).toBe(140);
	});

	it('say nothing new when the same file is brought back twice', () => {
		expect(mergeLesson(both, there)).toEqual(both);
		expect(mergeLesson(both, both)).toEqual(both);
	});

	it('keep the name that is here', () => {
		expect(mergeLearner({ name: 'Ada', lessons: {} }, { name: 'Bob', lessons: {} }).name).toBe('Ada');
		expect(mergeLearner({ name: '', lessons: {} }, { name: 'Bob', lessons: {} }).name).toBe('Bob');
	});
});

describe('what is stored', () => {
	beforeEach(() => {
		storageThat(false);
		forgetProgress();
		storage.refused = false;
	});

	it('by the first version is taken over without loss', () => {
		const kept = storageThat(false);
		kept.set('ringside.progress', JSON.stringify({ '01-four-rings': OLD }));
		expect(progressOf('01-four-rings')).toEqual({ ...fresh(), ...OLD });
		keepName(' Ada ');
		expect(learner()).toEqual({ name: 'Ada', lessons: { '01-four-rings': { ...fresh(), ...OLD } } });
	});

	it('and damaged breaks nothing', () => {
		const kept = storageThat(false);
		for (const text of ['null', '7', '[]', '{"01":null}', '{"01":{"seen":{}}}', '{"ringside":2,"lessons":[]}', '{'])
			expect([kept.set('ringside.progress', text).size, progressOf('01')], text).toEqual([1, fresh()]);
	});

	it('by another tab meanwhile stays', () => {
		storageThat(false);
		const mine = withAttempt(progressOf('01'), predicted('cli', 0, 0, true));
		keepRecall('01', { id: 'mask', at: at(1), answer: 'cli', right: false });
		keepVisit('01', { from: at(0), seconds: 30 });
		keep('01', mine);
		keepVisit('01', { from: at(0), seconds: 45 });
		expect(progressOf('01')).toMatchObject({ predicted: { cli: 0 }, recall: [{ id: 'mask' }] });
		expect(secondsOf(progressOf('01'))).toBe(45);
	});

	it('is remembered as long as the page where storage is refused, and that is said', () => {
		storageThat(true);
		keep('01', { ...fresh(), seen: [1] });
		keep('02', { ...fresh(), seen: [1, 2] });
		expect(storage.refused).toBe(true);
		expect([progressOf('01').seen, progressOf('02').seen]).toEqual([[1], [1, 2]]);
	});
});

describe('a file', () => {
	const ada = {
		name: 'Ada Lovelace',
		lessons: {
			'01-four-rings': {
				...[predicted('cli', 1, TOLD, false), tried('without-xen', 2, 'run=rings', false)].reduce(withAttempt, fresh()),
				seen: [1, 2],
				at: 2,
				recall: [{ id: 'mask', at: at(3), answer: 'cli', right: false }],
				visits: [{ from: at(0), seconds: 12 }]
			},
			'02-asking-the-hypervisor': { ...fresh(), seen: [1] }
		}
	};

	it('gives back what was written', () => {
		const { learner, exported, assignment } = readProgress(writeProgress(ada));
		expect(learner).toEqual(ada);
		expect(Date.parse(exported)).toBeGreaterThan(0);
		expect(assignment).toBeNull();
	});

	it('that is handed in names the assignment, and holds its lessons alone', () => {
		const handIn = { title: 'Week 3', tasks: 'title=Week+3&01-four-rings=steps' };
		const file = readProgress(writeProgress(ada, handIn, ['01-four-rings']));
		expect(file.assignment).toEqual(handIn);
		expect(Object.keys(file.learner.lessons)).toEqual(['01-four-rings']);
	});

	it('of the first version is taken over without loss', () => {
		const { learner } = readProgress(JSON.stringify({ ringside: 1, lessons: { '01-four-rings': OLD } }));
		expect(learner).toEqual({ name: '', lessons: { '01-four-rings': { ...fresh(), ...OLD } } });
	});

	it.each([
		['not JSON', 'it is not JSON: '],
		['null', 'it holds no progress of Ringside'],
		['{"lessons":{}}', 'it holds no progress of Ringside'],
		['{"ringside":3,"lessons":{}}', 'it was written by a newer Ringside (format 3; this one reads up to 2)'],
		['{"ringside":2}', 'it is damaged at lessons: '],
		['{"ringside":2,"lessons":{"a":{"seen":[0],"solved":[]}}}', 'it is damaged at lessons.a.seen.0: '],
		[
			'{"ringside":2,"lessons":{"a":{"seen":[],"solved":[],"visits":[{"from":"noon","seconds":1}]}}}',
			'it is damaged at lessons.a.visits.0.from: not a moment'
		],
		[
			'{"ringside":2,"lessons":{"a":{"seen":[],"solved":[],"attempts":[{"kind":"exam","id":"x","at":"2026-01-31T12:00:00.000Z","answer":1,"right":true}]}}}',
			'it is damaged at lessons.a.attempts.0.kind: '
		]
	])('%s is refused, and what and where is said', (text, message) => {
		expect(() => readProgress(text)).toThrow(message);
	});

	it('that is brought back takes nothing away', () => {
		storageThat(false);
		const newer = withAttempt(fresh(), predicted('cli', 9, 0, true));
		keep('01-four-rings', newer);
		bringBack(ada);
		expect(learner().name).toBe('Ada Lovelace');
		expect(progressOf('01-four-rings')).toMatchObject({ predicted: { cli: 0 }, seen: [1, 2] });
		expect(progressOf('01-four-rings').attempts.map(({ at }) => at)).toEqual([at(1), at(2), at(9)]);
		expect(progressOf('02-asking-the-hypervisor').seen).toEqual([1]);
	});

	it('is named after the learner and the assignment, in any script', () => {
		expect(fileNameOf('')).toBe('ringside-progress.json');
		expect(fileNameOf(' Ada  Lovelace ')).toBe('ringside-progress-ada-lovelace.json');
		expect(fileNameOf('../Ø:é', { title: 'Week 3: rings', tasks: '' })).toBe('ringside-week-3-rings-ø-é.json');
		expect(fileNameOf('李 明')).toBe('ringside-progress-李-明.json');
	});
});

it('a part of a record that is no list is taken as an empty one', () => {
	expect(tidy({ seen: 7, at: 'x', solved: ['a'], predicted: [], more: 1 })).toEqual({ ...fresh(), solved: ['a'] });
});

describe('time spent', () => {
	it('counts while the page is used, and a minute longer', () => {
		const time = new Attention(0);
		expect(time.seconds(30_000)).toBe(30);
		expect(time.seconds(3_600_000)).toBe(60);
		time.use(3_600_000);
		expect(time.seconds(3_610_000)).toBe(70);
	});

	it('does not count while the page is hidden', () => {
		const time = new Attention(0);
		time.show(false, 10_000);
		expect(time.seconds(20_000)).toBe(10);
		time.show(true, 30_000);
		expect(time.seconds(35_000)).toBe(15);
	});
});
