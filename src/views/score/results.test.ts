import { describe, expect, it } from 'vitest';
import { KIND } from '../../trace/events';
import { fixture } from '../../trace/fixture';
import { foundOf } from '../../trace/seqs';
import { placeResults } from './results';
import { scaleOf } from './scale';

const size = { width: 1000, height: 200 };

/** A trace of `count` halts, ten cycles apart. */
function halts(count: number) {
	const { store, tick } = fixture();
	for (let index = 0; index < count; index++) {
		store.record(KIND.halt, index);
		tick(10);
	}
	return store.view;
}

describe('results of a query on the score', () => {
	const trace = halts(20_000);
	const every = (n: number) => foundOf(Array.from({ length: 20_000 / n }, (_none, index) => index * n));

	it('have a mark each where there is room', () => {
		const scale = scaleOf({ from: 0, to: 2000 }, size);
		const { marks, label } = placeResults(trace, every(20), trace.length, scale, size, 100);
		expect(marks.map(({ seq, count }) => [seq, count])).toEqual(Array.from({ length: 10 }, (_none, n) => [n * 20, 1]));
		expect(marks[3].x).toBeCloseTo(scale.toX(600) - 1, 6);
		expect(label).toBe('found: 10 here');
	});

	it('are counted together where there is none, and none is lost', () => {
		const scale = scaleOf({ from: 0, to: 200_000 }, size);
		const { marks } = placeResults(trace, every(1), trace.length, scale, size, 100);
		expect(marks.length).toBeLessThan(size.width / 3);
		expect(marks.reduce((sum, { count }) => sum + count, 0)).toBe(20_000);
	});

	it('are told only as far as the run is', () => {
		const scale = scaleOf({ from: 0, to: 200_000 }, size);
		expect(placeResults(trace, every(1), 40, scale, size, 100).marks.reduce((sum, { count }) => sum + count, 0)).toBe(
			40
		);
	});
});
