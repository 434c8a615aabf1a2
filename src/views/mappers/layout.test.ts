import { describe, expect, it } from 'vitest';
import type { MapperEntry, MapperPicture } from '../../moments';
import { DOMID_INVALID, DOMID_XEN } from '../shared/rings';
import { layout, twin } from './layout';

const entry = (tableMfn: number, index: number, more: Partial<MapperEntry> = {}): MapperEntry => ({
	tableMfn,
	level: 1,
	index,
	entryLow: 0x0013_5063,
	entryHigh: 0,
	writable: true,
	user: false,
	owner: 1,
	seen: [{ linear: 0xc000_2000, root: 0x120 }],
	...more
});
const picture = (entries: MapperEntry[], more: Partial<MapperPicture> = {}): MapperPicture => ({
	mfn: 0x135,
	exists: true,
	owner: 1,
	type: 6,
	typeCount: 1,
	refCount: 2,
	pinned: false,
	validated: true,
	pfn: 2,
	entries,
	others: ['its owner has it from the allocator'],
	...more
});

describe('who maps a frame', () => {
	it('tells entry, table, address and rights', () => {
		const { rows, summary } = layout(picture([entry(0x13b, 2)]));
		expect(rows[0].cells).toEqual(['c000_2000', '[002]', 'L1 in 13b', '135 P RW A D', 'writable', 'dom1']);
		expect(summary).toBe('dom1 owns it, as its page 2. 2 references; 1 use as writable keep its type.');
	});

	it('counts spaces and addresses that are too many to tell', () => {
		const seen = [1, 2, 3].flatMap((page) => [1, 2].map((root) => ({ linear: page * 4096, root })));
		const { rows } = layout(picture([entry(0x13b, 2, { seen, owner: DOMID_XEN }), entry(0x13c, 3, { seen: [] })]));
		expect(rows.map(({ cells }) => cells[0])).toEqual([
			'0000_1000, 0000_2000 and 1 more in 2 spaces',
			'in no address space'
		]);
		expect(rows[0].tone).toBe('xen');
	});

	it('marks entries that came and went, for the same frame only', () => {
		const before = picture([entry(0x13b, 1)]);
		const { rows } = layout(picture([entry(0x13b, 2)]), before);
		expect(rows.map((row) => [row.id, row.changed, row.cells[3]])).toEqual([
			['315/2', true, '135 P RW A D'],
			['315/1', true, 'no longer names it']
		]);
		expect(layout(picture([entry(0x13b, 2)]), { ...before, mfn: 1 }).rows[0].changed).toBeUndefined();
	});

	it('says in words what is free, what is not there, and what nobody maps', () => {
		expect(layout(picture([], { owner: DOMID_INVALID })).summary).toBe('Nobody owns it: it is free.');
		expect(layout(picture([], { exists: false })).summary).toContain('There is no RAM');
		const none = picture([]);
		expect(twin(none, layout(none)).map(({ text }) => text)).toContain('No page-table entry names it.');
	});
});
