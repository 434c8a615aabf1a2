import { describe, expect, it } from 'vitest';
import { KIND } from '../events';
import { fixture, type Fixture } from '../fixture';
import { queryAll } from '.';
import { Search } from './search';

/** `count` halts and calls by turns; every third call is refused. */
function record({ store, tick }: Fixture, count: number): void {
	for (let index = 0; index < count; index++) {
		tick(1);
		store.record(KIND.halt, index);
		store.end(store.begin(KIND.hypercall, index & 31, 0), index % 3 === 0 ? -22 : 0);
	}
}

const list = ({ found }: Search): number[] => Array.from({ length: found.count }, (_none, place) => found.at(place));

describe('a search', () => {
	it('finds in pieces what the query finds at once', () => {
		const made = fixture();
		record(made, 30_000);
		const { view } = made.store;
		for (const text of [
			'hypercall refused',
			'any',
			'halt eip>100 before(hypercall name=mmu_update #300)',
			'halt last'
		]) {
			const search = new Search(view, text);
			let pieces = 1;
			let fraction = 0;
			while (!search.go(() => true)) {
				pieces++;
				expect(search.fraction).toBeGreaterThanOrEqual(fraction);
				fraction = search.fraction;
			}
			expect(pieces).toBeGreaterThan(2);
			expect(search.fraction).toBe(1);
			expect(list(search)).toEqual(queryAll(view, text));
			expect(search.found.before(search.found.at(3) + 1)).toBe(Math.min(4, search.found.count));
		}
	});

	it('tells how much of its work is done', () => {
		expect(new Search(fixture().store.view, 'any').fraction).toBe(1);
		const made = fixture();
		record(made, 30_000);
		const search = new Search(made.store.view, 'hypercall refused');
		expect(search.fraction).toBe(0);
		search.go(() => true);
		expect(search.fraction).toBeGreaterThan(0);
		expect(search.fraction).toBeLessThan(1);
		search.go();
		expect(search.fraction).toBe(1);
	});

	it('is stale where the trace was cut, though it is as long as before', () => {
		const made = fixture();
		record(made, 100);
		const { view } = made.store;
		const search = new Search(view, 'halt eip>=95');
		search.go();
		expect(list(search)).toEqual([190, 192, 194, 196, 198]);
		made.store.rewind({ ...made.store.mark(), next: 190 });
		made.store.truncate();
		record(made, 5);
		expect([view.length, search.stale]).toEqual([200, true]);
		search.again();
		search.go();
		expect([list(search), search.stale]).toEqual([[], false]);
	});

	it('keeps up with a trace that grows and is cut', () => {
		const made = fixture();
		record(made, 100);
		const { view } = made.store;
		for (const text of ['hypercall refused', 'halt after(hypercall refused last)']) {
			const search = new Search(view, text);
			expect(search.go()).toBe(true);
			expect(search.stale).toBe(false);
			record(made, 50);
			expect(search.stale).toBe(true);
			search.again();
			search.go();
			expect(list(search)).toEqual(queryAll(view, text));
			made.store.rewind({ ...made.store.mark(), next: 80 });
			made.store.truncate();
			record(made, 200);
			search.again();
			search.go();
			expect(list(search)).toEqual(queryAll(view, text));
		}
	});

	it('answers for what was there when it began, then for the rest', () => {
		const made = fixture();
		record(made, 20_000);
		const search = new Search(made.store.view, 'halt');
		search.go(() => true);
		record(made, 10);
		search.again();
		search.go();
		expect([search.found.count, search.stale]).toEqual([20_000, true]);
		search.again();
		search.go();
		expect(search.found.count).toBe(20_010);
	});

	it('says what is wrong with a query at once', () => {
		expect(() => new Search(fixture().store.view, 'nonsense')).toThrow(/expected a kind of event/);
	});
});
