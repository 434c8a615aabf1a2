import { expect, it } from 'vitest';
import type { Timeline } from '../../../workbench/worker/client';
import { firstPair, partingSeq } from './parting';

const timeline = (id: number, parent: number, seq: number): Timeline => ({
	id,
	parent,
	at: { icount: seq * 10, seq },
	entry: null,
	name: String(id)
});
/**     0 ──────── 100 ──── 300
 *              └ 1 ── 200
 *                   └ 2          3 leaves 0 at 50, 4 leaves 3 at 70
 */
const all = [timeline(0, -1, 0), timeline(1, 0, 100), timeline(2, 1, 200), timeline(3, 0, 50), timeline(4, 3, 70)];

it('two futures part where the first of them leaves what they share', () => {
	const pairs: [number, number, number][] = [
		[0, 1, 100],
		[1, 0, 100],
		[1, 2, 200],
		[0, 2, 100],
		[2, 3, 50],
		[3, 4, 70],
		[2, 4, 50]
	];
	expect(pairs.map(([a, b]) => partingSeq(all, a, b))).toEqual(pairs.map(([, , seq]) => seq));
});

it('the pair to begin with is the current one and where it comes from, or its youngest child', () => {
	expect(firstPair(all, 2)).toEqual([1, 2]);
	expect(firstPair(all, 0)).toEqual([0, 3]);
	expect(firstPair([all[0]], 0)).toEqual([0, 0]);
});
