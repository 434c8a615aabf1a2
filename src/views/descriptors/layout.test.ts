import { describe, expect, it } from 'vitest';
import type { DescriptorPicture } from '../../moments';
import { decode } from './decode';
import { fieldsOf, layout, twin, wordsOf } from './layout';

/** Gates of stubs four bytes apart, as the hypervisor's are. */
const gate = (index: number) => ({ index, low: (0xe008 << 16) | (index * 4), high: 0xff00_8e00 });

const picture: DescriptorPicture = {
	owner: { dom: 1, vcpu: 0 },
	gdt: {
		base: 0xfc00_0000,
		limit: 0xefff,
		entries: [
			{ index: 0xe019 >>> 3, low: 0x0000_67ff, high: 0x00cf_bb00 },
			{ index: 0xe040 >>> 3, low: 0x2000_0067, high: 0xff00_8b00 }
		]
	},
	ldt: null,
	idt: { base: 0xff00_1000, limit: 0x7ff, entries: Array.from({ length: 256 }, (_, index) => gate(index)) },
	tss: {
		selector: 0xe040,
		base: 0xff00_2000,
		limit: 0x67,
		ss0: 0xe010,
		esp0: 0xff00_8000,
		ss1: 0xe021,
		esp1: 0xc001_0000,
		ioBitmap: 0x8000
	},
	traps: [{ vector: 14, cs: 0xe019, eip: 0xc000_1390, dpl: 0, masks: true }],
	uses: [
		{ register: 'cs', selector: 0xe019 },
		{ register: 'fs', selector: 0 },
		{ register: 'tr', selector: 0xe040 }
	],
	firstReserved: 0xe000 >>> 3
};

describe('a descriptor', () => {
	it('is read as the manual says', () => {
		// A flat 32-bit code segment of ring 1 that ends at 0xf67fffff (SDM vol. 3, 3.4.5).
		expect(decode({ low: 0x0000_67ff, high: 0x00cf_ba00 })).toMatchObject({
			kind: 'code',
			words: 'code, execute and read',
			present: true,
			dpl: 1,
			base: 0,
			limit: 0xf67f_ffff
		});
		expect(decode({ low: 0x2000_0067, high: 0xff00_8b00 })).toMatchObject({
			kind: 'tss',
			words: 'TSS, busy',
			base: 0xff00_2000,
			limit: 0x67
		});
		expect(decode(gate(14))).toMatchObject({
			kind: 'interrupt gate',
			gate: true,
			selector: 0xe008,
			offset: 0xff00_0038,
			dpl: 0
		});
		expect(decode({ low: 0, high: 0x0000_1600 }).words).toBe('data, read and write, expands down');
		expect(decode({ low: 0, high: 0 }).kind).toBe('reserved');
	});
});

describe('descriptor tables', () => {
	it('name the segment registers that an entry was loaded into', () => {
		const [gdt, ldt] = layout(picture).tables;
		expect(gdt.rows.map(({ cells }) => [cells[0], cells[5]])).toEqual([
			['e019', 'cs'],
			['e040', 'tr']
		]);
		expect(ldt.rows).toEqual([]);
		expect(ldt.detail).toBe('LDTR is null: dom1 vcpu 0 has no local descriptors.');
	});

	it('set the guest’s handler beside the processor’s gate, and fold gates that are alike', () => {
		const idt = layout(picture).tables[2];
		const fault = idt.rows.find((row) => row.id === 'idt/14')!;
		expect(fault.cells).toEqual(['0e #PF', 'e008:ff00_0038 int', '0', 'e019:c000_1390', '0', 'masked']);
		expect(idt.rows.length).toBeLessThan(40);
		expect(idt.rows.at(-1)!.cells[0]).toBe('20–ff');
	});

	it('shows an entry bit by bit', () => {
		const fields = fieldsOf(picture, null, `gdt/${0xe019 >>> 3}`);
		expect(fields.map(({ name, value }) => `${name} ${value}`)).toEqual([
			'base 0',
			'G 1',
			'D/B 1',
			'AVL 0',
			'limit f',
			'P 1',
			'DPL 1',
			'S 1',
			'type b',
			'base 0',
			'base 0',
			'limit 67ff'
		]);
		expect(fieldsOf(picture, null, 'tss/esp0')).toEqual([]);
		expect(wordsOf(picture, 'idt/14')).toBe('ff00_8e00 e008_0038');
	});

	it('mark what changed, but not another vcpu’s tables', () => {
		const traps = [{ ...picture.traps![0], eip: 0xc000_2000 }];
		const marked = (before: DescriptorPicture) =>
			layout(picture, before).tables.flatMap((table) => table.rows.filter((row) => row.changed).map(({ id }) => id));
		expect(marked({ ...picture, traps })).toEqual(['idt/14']);
		expect(marked({ ...picture, traps, owner: { dom: 2, vcpu: 0 } })).toEqual([]);
		expect(marked(picture)).toEqual([]);
	});

	it('says the same as text', () => {
		const lines = twin(layout(picture));
		expect(lines.filter(({ choosable }) => choosable === false).map(({ id }) => id)).toEqual([
			'gdt',
			'ldt',
			'idt',
			'tss'
		]);
		expect(lines.find(({ id }) => id === 'idt/14')!.text).toContain('the guest’s handler e019:c000_1390');
	});
});
