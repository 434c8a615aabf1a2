import { describe, expect, it } from 'vitest';
import type { Walk, WalkStep } from '../../moments';
import { entryText, layout, twin } from './layout';

const step = (level: 1 | 2 | 3, index: number, entryLow: number, bits: [number, number]): WalkStep => ({
	level,
	tableMfn: 0x130 + level,
	index,
	bits,
	entryLow,
	entryHigh: 0,
	present: (entryLow & 1) === 1,
	writable: (entryLow & 2) === 2,
	user: (entryLow & 4) === 4,
	noExecute: false,
	accessed: false,
	dirty: false,
	large: false,
	mfn: entryLow >>> 12,
	ok: (entryLow & 1) === 1,
	note: `level ${level}`
});

const whole: Walk = {
	address: 0xc0017010,
	cr3: 0x11c000,
	steps: [step(3, 3, 0x132001, [31, 30]), step(2, 0, 0x133067, [29, 21]), step(1, 0x17, 0x135063, [20, 12])],
	physical: 0x135010,
	owner: 1,
	type: 6,
	typeCount: 1,
	refCount: 2,
	pfn: 0x17
};

describe('the page-table walk', () => {
	it('cuts the address into its fields and ends in a page', () => {
		const { fields, boxes, arrows } = layout({ walk: whole }, { width: 800 });
		expect(fields.map(({ bits, value }) => `${bits}=${value}`)).toEqual(['31–30=3', '29–21=0', '20–12=17', '11–0=10']);
		expect(boxes.map((box) => box.kind)).toEqual(['table', 'table', 'table', 'page']);
		expect(boxes[3].lines).toContain('dom1’s');
		expect(arrows.every((arrow) => arrow.ok)).toBe(true);
	});

	it('places an entry by its index', () => {
		const { boxes } = layout({ walk: whole }, { width: 800 });
		expect(boxes[0].entry!.y).toBeGreaterThan(boxes[1].entry!.y);
		for (const box of boxes.slice(0, 3)) {
			expect(box.entry!.y).toBeGreaterThanOrEqual(box.y);
			expect(box.entry!.y + 20).toBeLessThanOrEqual(box.y + box.height);
		}
	});

	it('tells an entry in two lines where one does not fit', () => {
		const change = {
			mfn: 0x131,
			index: 0x1ff,
			outcome: 'written' as const,
			oldLow: 0x134063,
			newLow: 0x135063,
			newHigh: 0
		};
		const last: Walk = { ...whole, steps: [...whole.steps.slice(0, 2), step(1, 0x1ff, 0x135063, [20, 12])] };
		const wide = layout({ walk: last, change }, { width: 1000 }).boxes[2];
		expect(wide.entry!.lines).toEqual(['[1ff] 135 P RW A D']);
		const { boxes, row } = layout({ walk: last, change }, { width: 520 });
		expect(boxes[2].entry!.lines).toEqual(['[1ff] 135', 'P RW A D']);
		expect(boxes[2].changeLines).toEqual(['134 P RW A D', '→ 135 P RW A D']);
		for (const box of boxes.slice(0, 3))
			expect(box.entry!.y + row * (box.change ? 2 : 1)).toBeLessThanOrEqual(box.y + box.height);
	});

	it('ends at the first entry that is not there', () => {
		const broken: Walk = { ...whole, steps: [whole.steps[0], step(2, 0, 0, [29, 21])], physical: -1 };
		const { boxes, arrows } = layout({ walk: broken }, { width: 800 });
		expect(boxes.at(-1)!.kind).toBe('hole');
		expect(arrows.at(-1)!.ok).toBe(false);
	});

	it('shows what an entry is changed to, in its own table only', () => {
		const change = { mfn: 0x131, index: 0x17, outcome: 'written' as const, oldLow: 0, newLow: 0x135063, newHigh: 0 };
		expect(layout({ walk: whole, change }, { width: 800 }).boxes.map((box) => box.change)).toEqual([
			null,
			null,
			'not present → 135 P RW A D',
			null
		]);
		expect(layout({ walk: whole, change: { ...change, index: 1 } }, { width: 800 }).boxes[2].change).toBeNull();
	});

	it('stands upright where it is narrow, and never overlaps', () => {
		for (const width of [300, 479, 480, 900]) {
			const { boxes, vertical, height } = layout({ walk: whole }, { width });
			expect(vertical).toBe(width < 480);
			for (const [index, box] of boxes.entries()) {
				expect(box.x + box.width).toBeLessThanOrEqual(width);
				expect(box.y + box.height).toBeLessThanOrEqual(height);
				for (const other of boxes.slice(index + 1))
					expect(box.x + box.width <= other.x || box.y + box.height <= other.y).toBe(true);
			}
		}
	});

	it('has no negative size before it is measured', () => {
		for (const box of layout({ walk: whole }, { width: 0 }).boxes) expect(box.width).toBeGreaterThan(0);
	});

	it('says the same as text, in order', () => {
		expect(twin(whole).map((line) => line.id)).toEqual(['address', 'L3', 'L2', 'L1', 'goal']);
		expect(entryText(0x135063, 0)).toBe('135 P RW A D');
	});
});
