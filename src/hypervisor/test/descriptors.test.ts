import { describe, expect, it } from 'vitest';
import { FLAT_RING1_CS, FLAT_RING1_DS } from '../../abi/structs/cpu';
import { audit } from '../mm/audit';
import { call, DATA, poweroff, store, storeEsp, TinyGuest, trap } from './tiny-guest';

const HANDLER = 0x400;
const ARGS = DATA + 0x200;
const TABLE = DATA + 0x100;
/** Pages that the guest gives up as descriptor tables. */
const [GDT_PAGE, LDT_PAGE] = [8, 9];
/** A writable flat data segment of ring 1, and one whose P bit is clear. */
const DATA_SEGMENT = [0x0000_67ff, 0x00cf_b200];
const ABSENT_SEGMENT = [0x0000_67ff, 0x00cf_3200];
/** mov $selector, %ecx; mov %ecx, %gs */
const loadGs = (selector: number): number[] => [0xb9, selector & 0xff, selector >> 8, 0, 0, 0x8e, 0xe9];
/** mov %gs:0x1000, %eax */
const readGs = [0x65, 0xa1, 0, 0x10, 0, 0];

/** The page's own mapping becomes read-only: update_va_mapping with its frame, P US A. */
const readOnly = (guest: TinyGuest, page: number): number[] =>
	call(14, page << 12, (guest.mfn(page) << 12) | 0x25, 0, 2);

describe('the guest\u2019s own GDT', () => {
	it('is used once its frame is read-only to the guest', () => {
		const guest = new TinyGuest();
		guest.write32(GDT_PAGE << 12, 0, 0, ...DATA_SEGMENT);
		guest.write32(ARGS, guest.mfn(GDT_PAGE));
		guest.write32(DATA, 0xcafe);
		guest.start([
			...readOnly(guest, GDT_PAGE),
			...call(2, ARGS, 512),
			...store(DATA + 4),
			...loadGs(9),
			...readGs,
			...store(DATA + 8),
			...poweroff()
		]);
		guest.run();
		expect(guest.domain.crash).toBeNull();
		expect([guest.read32(DATA + 4), guest.read32(DATA + 8)]).toEqual([0, 0xcafe]);
		expect(guest.v.regs.gs & 0xfffc).toBe(8);
		expect(audit(guest.hv)).toEqual([]);
	});

	it('that loses a loaded segment sends the guest to its failsafe callback', () => {
		const guest = new TinyGuest();
		guest.write32(GDT_PAGE << 12, 0, 0, ...DATA_SEGMENT);
		guest.write32(ARGS, guest.mfn(GDT_PAGE));
		guest.write(HANDLER, [
			0xb8,
			FLAT_RING1_DS & 0xff,
			FLAT_RING1_DS >> 8,
			0,
			0,
			0x8e,
			0xd8,
			...storeEsp(DATA),
			...poweroff()
		]);
		const callbacks = call(4, FLAT_RING1_CS, 0x700, FLAT_RING1_CS, HANDLER);
		guest.start([
			...callbacks,
			...readOnly(guest, GDT_PAGE),
			...call(2, ARGS, 512),
			...loadGs(9),
			...call(2, ARGS, 0),
			...poweroff()
		]);
		guest.run();
		expect(guest.domain.shutdownCode).toBe(0);
		expect(guest.recorder.of('failsafe')).toHaveLength(1);
		expect(guest.read32(guest.read32(DATA) + 12) & 0xffff).toBe(9);
	});
});

describe('a code segment of 16 bits', () => {
	const CODE16 = [0x0000_67ff, 0x008f_ba00];
	const RESULT = DATA + 0x20;
	const far = (offset: number, selector: number): number[] => [
		0xea,
		...[0, 8, 16, 24].map((shift) => (offset >>> shift) & 0xff),
		selector & 0xff,
		selector >> 8
	];

	it('makes instructions that are carried out for the guest 16-bit ones', () => {
		const guest = new TinyGuest();
		guest.write32(GDT_PAGE << 12, 0, 0, ...CODE16);
		guest.write32(ARGS, guest.mfn(GDT_PAGE));
		guest.write32(ARGS + 8, 1);
		// in (%dx), %ax; ljmpl $ring-1 CS, $HANDLER + 0x40
		guest.write(HANDLER, [0xed, 0x66, ...far(HANDLER + 0x40, FLAT_RING1_CS)]);
		guest.write(HANDLER + 0x40, [...store(RESULT), ...poweroff()]);
		guest.start([
			...call(33, 6, ARGS + 8),
			...readOnly(guest, GDT_PAGE),
			...call(2, ARGS, 512),
			...[0xba, 0xf8, 0x0c, 0, 0],
			...[0xb8, 0, 0, 0x34, 0x12],
			...far(HANDLER, 9)
		]);
		guest.run();
		expect(guest.domain.crash).toBeNull();
		// A double word would be the PCI address, 0; a word is nobody's.
		expect(guest.read32(RESULT)).toBe(0x1234_ffff);
	});
});

describe('the guest\u2019s LDT', () => {
	const setLdt = (guest: TinyGuest, entries: number): number[] => {
		guest.write32(ARGS, 13, LDT_PAGE << 12, entries);
		return [...readOnly(guest, LDT_PAGE), ...call(26, ARGS, 1, 0, 0x7ff0)];
	};

	it('is mapped page by page, at the first use of one of its selectors', () => {
		const guest = new TinyGuest();
		guest.write32((LDT_PAGE + 1) << 12, ...DATA_SEGMENT);
		guest.write32(DATA, 0xbeef);
		const second = [...readOnly(guest, LDT_PAGE + 1), ...setLdt(guest, 513)];
		guest.start([
			...second,
			...store(DATA + 4),
			...loadGs((512 << 3) | 5),
			...readGs,
			...store(DATA + 8),
			...poweroff()
		]);
		guest.run();
		expect(guest.domain.crash).toBeNull();
		expect([guest.read32(DATA + 4), guest.read32(DATA + 8)]).toEqual([0, 0xbeef]);
		expect(guest.recorder.of('descriptor_fault').map((event) => event.args[1])).toEqual([0x1000]);
		expect(audit(guest.hv)).toEqual([]);
	});

	it('gives #NP for an absent segment, like hardware', () => {
		const guest = new TinyGuest();
		guest.write32(LDT_PAGE << 12, ...ABSENT_SEGMENT);
		guest.write(TABLE, [...trap(11, HANDLER), ...new Array<number>(8).fill(0)]);
		guest.write(HANDLER, [...storeEsp(DATA), ...poweroff()]);
		guest.start([...call(0, TABLE), ...setLdt(guest, 1), ...loadGs(5)]);
		guest.run();
		expect(guest.domain.shutdownCode).toBe(0);
		expect(guest.read32(guest.read32(DATA))).toBe(4);
	});
});

describe('writable page tables', () => {
	it('a write to a read-only L1 is carried out for a guest that asked for the assist', () => {
		const guest = new TinyGuest();
		const at = (26 << 12) + 10 * 8;
		const write = [
			0xc7,
			0x05,
			...[0, 8, 16, 24].map((shift) => (at >>> shift) & 0xff),
			...[0, 8, 16, 24].map((shift) => (((guest.mfn(11) << 12) | 0x25) >>> shift) & 0xff)
		];
		guest.write32(11 << 12, 0x77);
		guest.start([
			...call(21, 0, 2),
			...write,
			...call(26, ARGS, 1, 0, 0x7ff0),
			0xa1,
			0,
			0xa0,
			0,
			0,
			...store(DATA),
			...poweroff()
		]);
		guest.write32(ARGS, 6, 0, 0);
		guest.run();
		expect(guest.domain.shutdownCode).toBe(0);
		expect(guest.read32(DATA)).toBe(0x77);
		expect(guest.recorder.of('ptwr')).toHaveLength(1);
		expect(guest.recorder.of('bounce')).toEqual([]);
		expect(audit(guest.hv)).toEqual([]);
	});
});
