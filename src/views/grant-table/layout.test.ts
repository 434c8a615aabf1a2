import { describe, expect, it } from 'vitest';
import type { GrantEntry, GrantPicture } from '../../trace/moment';
import { entryOf, layout, twin } from './layout';

const entry = (ref: number, more: Partial<GrantEntry> = {}): GrantEntry => ({
	ref,
	flags: 1,
	domid: 0,
	frame: 0x140 + ref,
	owner: 1,
	pfn: 0x10 + ref,
	mapped: 0,
	...more
});
const picture = (entries: GrantEntry[]): GrantPicture => ({
	domains: [{ id: 1, name: 'guest', frames: [0x121], maxFrames: 64, capacity: 512, entries }]
});

describe('grant tables', () => {
	it('say what is permitted to whom, and what is in use', () => {
		const [table] = layout(picture([entry(0, { mapped: 1 }), entry(9, { flags: 1 | 4 | 8 })]));
		expect(table.detail).toBe('2 of 512 entries used, 1 of at most 64 frames (121)');
		expect(table.rows.map((row) => row.cells)).toEqual([
			['0', 'access', 'dom0', '140 (pfn 10)', 'mapped', 'the console ring'],
			['9', 'access, read-only', 'dom0', '149 (pfn 19)', 'being read', '']
		]);
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
			domains: [{ id: 1, name: 'guest', frames: [], maxFrames: 64, capacity: 0, entries: [] }]
		};
		expect(twin(layout(none))[0].text).toContain('It has no grant table');
		expect(entryOf(none, '1/0')).toBeUndefined();
	});
});
