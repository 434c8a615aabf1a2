import { describe, expect, it } from 'vitest';
import { XENCONS_INTERFACE } from '../../abi/structs/io';
import { MMU_UPDATE } from '../../abi/structs/mm';
import { START_INFO } from '../../abi/structs/start';
import { SHARED_INFO } from '../../abi/structs/xen';
import { ABOUT } from './about';
import { STRUCTURES } from './catalogue';
import { layout, twin } from './layout';
import { MEANING } from './meaning';

const bytesOf = (size: number, fill: (view: DataView, bytes: Uint8Array) => void): Uint8Array => {
	const bytes = new Uint8Array(size);
	fill(new DataView(bytes.buffer), bytes);
	return bytes;
};
const text = (bytes: Uint8Array, at: number, value: string) => bytes.set(new TextEncoder().encode(value), at);
const cell = (marks: ReturnType<typeof layout>, id: string, place: number) =>
	marks.rows.find((row) => row.id === id)?.cells[place];

describe('a structure over memory', () => {
	it('reads each field at its offset', () => {
		const start = bytesOf(START_INFO.size, (view, bytes) => {
			text(bytes, 0, 'xen-3.0-x86_32p');
			view.setUint32(START_INFO.at.nr_pages, 8192, true);
			view.setUint32(START_INFO.at.shared_info, 0x11e000, true);
			view.setUint32(START_INFO.at.flags, 3, true);
			text(bytes, START_INFO.at.cmd_line, 'run=fork');
		});
		const marks = layout(START_INFO, start, null);
		expect(cell(marks, 'magic', 2)).toBe("'xen-3.0-x86_32p'");
		expect([cell(marks, 'nr_pages', 2), cell(marks, 'nr_pages', 3)]).toEqual(['0x2000', '32 MiB']);
		expect(cell(marks, 'shared_info', 3)).toBe('frame 11e');
		expect(cell(marks, 'flags', 3)).toBe('privileged, initial domain');
		expect(cell(marks, 'cmd_line', 2)).toBe("'run=fork'");
		expect(cell(marks, 'nr_pages', 0)).toBe('+020');
		expect(marks.about.get('shared_info')).toBe('machine address of shared_info');
	});

	it('goes into structures and arrays, folds what is alike, and leaves zeros out', () => {
		const shared = bytesOf(SHARED_INFO.size, (view, bytes) => {
			for (let vcpu = 0; vcpu < 32; vcpu++) bytes[vcpu * 64 + 1] = 1;
			bytes[0] = 1;
			view.setUint32(4, 1, true);
			view.setUint32(SHARED_INFO.at.evtchn_pending + 4, 0b101, true);
		});
		const marks = layout(SHARED_INFO, shared, null);
		expect(cell(marks, 'vcpu_info[0].evtchn_upcall_pending', 3)).toBe('pending');
		expect(cell(marks, 'vcpu_info[0].evtchn_pending_sel', 3)).toBe('word 0');
		expect(cell(marks, 'vcpu_info[1].evtchn_upcall_mask', 3)).toBe('masked');
		expect(cell(marks, 'vcpu_info[2–31]', 2)).toBe('the same');
		expect(cell(marks, 'evtchn_pending[1]', 3)).toBe('port 32, 34');
		expect(cell(marks, 'evtchn_mask', 2)).toBe('32, all zero');
		expect(new Set(marks.rows.map(({ id }) => id)).size).toBe(marks.rows.length);
	});

	it('marks fields that changed', () => {
		const before = bytesOf(SHARED_INFO.size, () => {});
		const now = before.slice();
		now[0] = 1;
		const changed = layout(SHARED_INFO, now, before)
			.rows.filter((row) => row.changed)
			.map(({ id }) => id);
		expect(changed).toContain('vcpu_info[0].evtchn_upcall_pending');
		expect(changed).not.toContain('wc_sec');
	});

	it('tells what waits in a ring, over its end too, and indices that make no sense', () => {
		const ring = (produced: number) =>
			bytesOf(XENCONS_INTERFACE.size, (view, bytes) => {
				text(bytes, 1022, 'ab');
				text(bytes, 0, 'cd');
				view.setUint32(XENCONS_INTERFACE.at.in_cons, 1022, true);
				view.setUint32(XENCONS_INTERFACE.at.in_prod, produced, true);
			});
		const marks = layout(XENCONS_INTERFACE, ring(1026), null);
		expect([cell(marks, 'waits in', 2), cell(marks, 'waits in', 3)]).toEqual([
			"'abcd'",
			'4 of 1,024 bytes wait for the guest'
		]);
		expect(cell(marks, 'waits out', 2)).toBe('nothing');
		const wrong = layout(XENCONS_INTERFACE, ring(5000), null).rows.find(({ id }) => id === 'waits in')!;
		expect(wrong).toMatchObject({ bad: true });
		expect(wrong.cells[2]).toBe('nonsense');
	});

	it('lays a table out one element a line', () => {
		const batch = bytesOf(MMU_UPDATE.size * 3, (view) => {
			view.setUint32(0, 0x14_3000 | (0x1c * 8), true);
			view.setUint32(8, 0x135063, true);
			view.setUint32(32, 0x14_3008, true);
		});
		const marks = layout(MMU_UPDATE, batch, null, 3);
		expect(marks.rows.map(({ id }) => id)).toEqual(['[0]', '[2]']);
		expect(marks.rows[0].cells[3]).toBe('NORMAL_PT_UPDATE: entry 1c of frame 143; 135 P RW A D');
		const page = bytesOf(4096, (view) => view.setUint32(8 * 5, 0x135067, true));
		expect(layout(STRUCTURES.get('page_table')!, page, null, 512).rows[0].cells).toEqual([
			'+028',
			'[005]',
			'0013_5067',
			'135 P RW U A D'
		]);
	});

	it('says when memory ends before the structure does', () => {
		expect(layout(START_INFO, new Uint8Array(100), null)).toMatchObject({
			rows: [],
			problem: 'Only 100 of its 1,112 bytes can be read: memory ends, or the next page is not mapped.'
		});
		expect(layout(START_INFO, new Uint8Array(), null).problem).toBe('Nothing is mapped there.');
		expect(layout(MMU_UPDATE, new Uint8Array(64), null, 4).problem).toBe('All of it is zero.');
	});

	it('says the same as text', () => {
		const start = bytesOf(START_INFO.size, (view) => view.setUint32(START_INFO.at.flags, 1, true));
		expect(twin(layout(START_INFO, start, null)).find(({ id }) => id === 'flags')!.text).toContain(
			'privileged: SIF_*: privileged, initial domain, a boot module'
		);
	});

	it('speaks only of fields that there are', () => {
		for (const key of [...Object.keys(ABOUT), ...Object.keys(MEANING)]) {
			const [structure, field] = key.split('.');
			expect(
				STRUCTURES.get(structure)?.fields.map(({ name }) => name),
				key
			).toContain(field);
		}
	});

	it('reads the flags of a grant entry by its type, and a status with its sign', () => {
		const flagsOf = (low: number): string => MEANING['grant_entry_v1.flags'](low, 0, 0);
		expect([1, 1 | 4 | 8, 1 | 16, 2, 2 | 4, 2 | 4 | 8, 3, 0].map(flagsOf)).toEqual([
			'permits access',
			'permits access, read-only, being read',
			'permits access, being written',
			'accepts a page',
			'accepts a page, which is on its way',
			'accepts a page, which has come',
			'transitive',
			''
		]);
		const statusOf = (low: number): string => MEANING['gnttab_copy.status'](low, 0, 0);
		expect([0, 0xffff, -9, 0xfff3, 1].map(statusOf)).toEqual([
			'GNTST_okay',
			'GNTST_general_error',
			'GNTST_bad_page',
			'GNTST_no_space',
			''
		]);
	});
});
