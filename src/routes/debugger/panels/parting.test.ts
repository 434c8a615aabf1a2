import { expect, it } from 'vitest';
import type { Timeline } from '../../../workbench/worker/client';
import { firstPair, partingSeq, sharesMoment } from './parting';

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

it('a moment before two futures part is one of both, and a later one is not', () => {
	const at = (seq: number) => ({ icount: seq * 10, seq });
	const shared: [a: number, b: number, seq: number, both: boolean][] = [
		[0, 0, 900, true],
		[0, 1, 100, true],
		[1, 0, 101, false],
		[2, 0, 150, false],
		[2, 1, 150, true],
		[4, 2, 50, true],
		[4, 2, 51, false]
	];
	for (const [a, b, seq, both] of shared)
		expect([a, b, seq, sharesMoment(all, a, b, at(seq))]).toEqual([a, b, seq, both]);
	expect(sharesMoment(all, 0, 1, { icount: 1001, seq: 100 })).toBe(false);
});
