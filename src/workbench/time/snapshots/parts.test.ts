import { expect, it } from 'vitest';
import { compareMaps, emptyMap, pageOf, visitPages, withPages } from './page-map';
import { PageStore } from './pages';
import { Sharing } from './share';

it('pieces are found again by number, and used again once nobody names them', () => {
	const store = new PageStore();
	const page = (value: number): Uint8Array => new Uint8Array(4096).fill(value);
	const ids = Array.from({ length: 300 }, (_, n) => store.put(page(n), 0));
	expect(store.get(ids[290])[5]).toBe(290 & 255);
	const held = store.bytes;
	store.sweep((name) => ids.slice(0, 10).forEach(name));
	expect(store.bytes).toBe(held - 290 * 4096);
	const again = Array.from({ length: 290 }, () => store.put(page(9), 0));
	expect(store.bytes).toBe(held);
	expect(new Set([...again, ...ids.slice(0, 10)]).size).toBe(300);
	expect(store.get(ids[3])[0]).toBe(3);
	expect(store.words(0).every((word) => word === 0)).toBe(true);
});

it('maps share the leaves in which nothing differs', () => {
	const first = emptyMap(1000);
	const second = withPages(first, [3, 70, 999], (frame) => frame + 1);
	const third = withPages(second, [70], () => 5);
	expect([pageOf(first, 70), pageOf(second, 70), pageOf(third, 70), pageOf(third, 999)]).toEqual([0, 71, 5, 1000]);
	expect(third.filter((leaf, at) => leaf !== second[at]).length).toBe(1);
	const differing: number[] = [];
	compareMaps(first, third, (frame) => differing.push(frame));
	expect(differing).toEqual([3, 70, 999]);
	const seen = new Set<number>();
	visitPages([first, second, third], (id) => seen.add(id));
	expect([...seen].sort((a, b) => a - b)).toEqual([0, 4, 5, 71, 1000]);
});

it('plain data becomes what it equals, part by part', () => {
	const before = { a: { b: [1, 2, { c: NaN }] }, d: Int32Array.of(1, 2), e: 'x', f: new Map([[1, 2]]) };
	const sharing = new Sharing();
	const after = sharing.share(structuredClone({ ...before, e: 'y' }), before);
	expect(after).toEqual({ ...before, e: 'y' });
	expect([after.a === before.a, after.d === before.d, after === before]).toEqual([true, true, false]);
	const { f, ...same } = before;
	expect(f.size).toBe(1);
	expect(sharing.share(structuredClone(same), same)).toBe(same);
	const fresh = new Sharing();
	fresh.share({ words: new Int32Array(100) }, { words: new Int32Array(99) });
	expect(fresh.fresh).toBeGreaterThan(400);
});
