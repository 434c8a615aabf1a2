import { describe, expect, it } from 'vitest';
import type { TlbPicture, TlbSlot } from '../../moments';
import { describe as tell, layout, twin } from './layout';

const slot = (set: number, way: number, more: Partial<TlbSlot> = {}): TlbSlot => ({
	kind: 'data',
	set,
	way,
	linear: 0xc000_0000 + set * 0x1000,
	size: 4096,
	physical: 0x135000,
	writable: true,
	user: false,
	global: false,
	dirty: true,
	noExecute: false,
	agreement: 'agrees',
	tables: null,
	...more
});

const picture = (slots: TlbSlot[], more: Partial<TlbPicture> = {}): TlbPicture => ({
	arrays: [
		{ name: 'data 4K', sets: 32, ways: 4, pageSize: 4096, slots },
		{ name: 'data large', sets: 2, ways: 4, pageSize: 0x20_0000, slots: [] }
	],
	hits: 1000,
	dataMisses: 10,
	codeMisses: 5,
	flushes: [2, 0, 0, 0, 0, 0],
	...more
});

describe('the TLB', () => {
	it('has a place for each set and way, none over another, at every width', () => {
		for (const width of [0, 260, 400, 900]) {
			const { arrays, cell } = layout(picture([]), null, { width });
			expect(cell).toBeGreaterThanOrEqual(24);
			expect(arrays[0].places).toHaveLength(128);
			expect(new Set(arrays[0].places.map(({ x, y }) => `${x},${y}`)).size).toBe(128);
			for (const { x, y } of arrays[0].places) {
				expect(x + cell).toBeLessThanOrEqual(arrays[0].width);
				expect(y + cell).toBeLessThanOrEqual(arrays[0].height);
			}
			if (width) expect(arrays[0].width).toBeLessThanOrEqual(Math.max(width, 192));
		}
	});

	it('tells whose page it is, by tone and by words', () => {
		const { arrays } = layout(
			picture([slot(1, 0), slot(2, 0, { user: true }), slot(3, 0, { linear: 0xff00_3000, global: true })]),
			null,
			{ width: 800 }
		);
		const at = (set: number) => arrays[0].places.find((place) => place.set === set && place.way === 0)!;
		expect([at(1).tone, at(2).tone, at(3).tone, at(4).tone]).toEqual(['kernel', 'user', 'xen', null]);
		expect(tell('data 4K', at(3))).toContain('global: a switch of address space keeps it');
		expect(tell('data 4K', at(4))).toBe('data 4K, set 4, way 0: empty.');
	});

	it('marks stale entries, and counts only those that let through what the tables would not', () => {
		const marks = layout(
			picture([
				slot(1, 0, { agreement: 'gone' }),
				slot(2, 0, { agreement: 'narrower' }),
				slot(3, 0, { agreement: 'moved', tables: { physical: 0x200000, writable: true, user: false } })
			]),
			null,
			{ width: 800 }
		);
		expect(marks.stale).toBe(2);
		const moved = marks.arrays[0].places.find((place) => place.set === 3 && place.slot)!;
		expect(moved.sign).toBe('≠');
		expect(tell('data 4K', moved)).toContain('the page tables name another frame now (frame 200)');
		expect(twin(marks).map(({ text }) => text)).toContain('2 entries are stale.');
	});

	it('marks what came and went since a moment ago, and how counters rose', () => {
		const marks = layout(picture([slot(1, 0)], { hits: 1234 }), picture([slot(2, 0)]), { width: 800 });
		expect(marks.arrays[0].places.filter((place) => place.changed).map(({ set }) => set)).toEqual([1, 2]);
		expect(marks.counters).toEqual([
			{ name: 'hits', value: '1,234', more: '+234' },
			{ name: 'data misses', value: '10', more: '' },
			{ name: 'code misses', value: '5', more: '' },
			{ name: 'flushed: mov cr3', value: '2', more: '' }
		]);
	});
});
