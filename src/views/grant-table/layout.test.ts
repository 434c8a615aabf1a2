import { describe, expect, it } from 'vitest';
import type { GrantEntry, GrantMapping, GrantPicture } from '../../moments';
import { entryOf, layout, twin } from './layout';

const entry = (ref: number, more: Partial<GrantEntry> = {}): GrantEntry => ({
	ref,
	flags: 1,
	domid: 0,
	frame: 0x140 + ref,
	owner: 1,
	pfn: 0x10 + ref,
	mapped: 0,
	use: null,
	...more
});
const picture = (entries: GrantEntry[], mappings: GrantMapping[] = []): GrantPicture => ({
	domains: [{ id: 1, name: 'guest', frames: [0x121], maxFrames: 64, capacity: 512, entries, mappings }]
});

describe('grant tables', () => {
	it('say what is permitted to whom, and what is in use', () => {
		const [table] = layout(picture([entry(0, { mapped: 1 }), entry(9, { flags: 1 | 4 | 8 })]));
		expect(table.detail).toBe('2 of 512 entries used, 1 of at most 64 frames (121)');
		expect(table.rows.map((row) => row.cells)).toEqual([
			['0', 'access', 'dom0', '140 (pfn 10)', 'mapped', 'the console ring'],
			['9', 'access, read-only', 'dom0', '149 (pfn 19)', 'no, only marked so', '']
		]);
	});

	it('say who uses an entry and how, as it is counted, whatever its flags say', () => {
		const use = { domid: 2, frame: 0x148, writable: 1, readOnly: 2, devices: 0 };
		const [table] = layout(picture([entry(8, { use, flags: 0 }), entry(9, { use, domid: 2 })]));
		expect(table.rows[0].cells.slice(4)).toEqual(['mapped by dom2: writable, read-only 2×', '']);
		expect(table.rows[0].faint).toBe(false);
		// Its frame was changed while it is in use: the use goes on as before.
		expect(table.rows[1]).toMatchObject({ bad: true });
		expect(table.rows[1].cells[5]).toBe('in use is frame 148');
	});

	it('tell a page that is to come, and one that has come', () => {
		const [table] = layout(picture([entry(8, { flags: 2, owner: 2 }), entry(9, { flags: 2 | 4 | 8 })]));
		expect(table.rows.map(({ cells, bad }) => [cells[1], cells[4], cells[5], bad])).toEqual([
			['a page to come', 'no', '', false],
			['a page to come', 'no', 'the page has come', false]
		]);
	});

	it('list what a domain has mapped of others', () => {
		const mapping = { handle: 3, dom: 2, ref: 8, frame: 0x200, flags: 2 | 4 };
		const tables = layout(picture([], [mapping, { ...mapping, handle: 4, flags: 3 }]), picture([], [mapping]));
		expect(tables[0].mappings.map(({ cells, changed }) => [...cells, changed ?? false])).toEqual([
			['3', 'dom2', '8', '200', 'read-only, in its page tables', false],
			['4', 'dom2', '8', '200', 'writable, in its page tables and for devices', true]
		]);
		expect(twin(tables).at(-1)!.text).toContain('granted by dom2');
	});

	it('tell an entry that grants a frame of somebody else', () => {
		const [table] = layout(picture([entry(8, { owner: 2 })]));
		expect(table.rows[0]).toMatchObject({ bad: true });
		expect(table.rows[0].cells[5]).toBe('not its own: dom2');
	});

	it('mark what is new, other and gone', () => {
		const [table] = layout(picture([entry(0), entry(8)]), picture([entry(0), entry(9)]));
		expect(table.rows.map((row) => [row.cells[0], row.cells[1], row.changed ?? false])).toEqual([
			['0', 'access', false],
			['8', 'access', true],
			['9', 'taken back', true]
		]);
	});

	it('say in words that there is none', () => {
		const none: GrantPicture = {
			domains: [{ id: 1, name: 'guest', frames: [], maxFrames: 64, capacity: 0, entries: [], mappings: [] }]
		};
		expect(twin(layout(none))[0].text).toContain('It has no grant table');
		expect(entryOf(none, '1/0')).toBeUndefined();
	});
});
