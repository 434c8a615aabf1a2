import { describe, expect, it } from 'vitest';
import { Bookmarks } from './bookmarks.svelte';

const at = (icount: number, seq: number, timeline: number) => ({ icount, seq, cycle: 10 * icount, timeline });

describe('bookmarks', () => {
	it('of one moment in two futures are two', () => {
		const marks = new Bookmarks();
		const first = marks.add(at(5, 2, 0));
		const second = marks.add(at(5, 2, 1));
		expect(marks.add(at(5, 2, 1))).toBe(second);
		expect(marks.list).toEqual([first, second]);
		expect(marks.at(at(5, 2, 1))).toBe(second);
		expect(marks.at(at(5, 2, 2))).toBeUndefined();
	});
	it('are gone through one after the other, both ways, and round at the ends', () => {
		const marks = new Bookmarks();
		const places = [at(5, 2, 0), at(5, 2, 1), at(5, 3, 0), at(9, 1, 1)];
		for (const place of [...places].reverse()) marks.add(place);
		const walk = (by: 1 | -1): number[] => {
			let here = places[0];
			return places.map(() => {
				here = marks.next(here, by)!;
				return places.findIndex(
					(place) => place.icount === here.icount && place.seq === here.seq && place.timeline === here.timeline
				);
			});
		};
		expect(walk(1)).toEqual([1, 2, 3, 0]);
		expect(walk(-1)).toEqual([3, 2, 1, 0]);
	});
});
