import { describe, expect, it } from 'vitest';
import { CODE, DATA, dataOf, descriptor, faultOf, flatRings, GDT, inRing, LDT, makeCpu, put } from '../testing';
import { lar, loadSegment, lsl, verr, verw } from './segments';
import { SYSTEM } from '../../x86/descriptors';
import { VECTOR } from '../../x86/exceptions';
import { CS, DS, ES, SS } from '../../x86/registers';

const { GP, NP, SS: STACK } = VECTOR;
const SLOT = 20;
const sel = (rpl: number, local = 0): number => (SLOT << 3) | (local << 2) | rpl;

/** A processor in ring `cpl` whose GDT slot 20 holds a descriptor of `type` and `dpl`. */
function having(type: number, dpl: number, cpl: number, present = true) {
	const t = makeCpu();
	flatRings(t);
	inRing(t.cpu, cpl);
	put(t.memory, GDT, SLOT, descriptor({ type, dpl, present }));
	return t;
}

describe('loading DS, ES, FS, GS (SDM vol. 3, 5.5 and 5.6)', () => {
	// Every type of code and data segment, and a system one, in every combination of privileges.
	const readable = (type: number): boolean => (type & 0x10) !== 0 && (type & 10) !== 8;
	const conforming = (type: number): boolean => (type & 0x1c) === 0x1c;
	for (let type = 0; type < 32; type++) {
		it(`type ${type.toString(16)} in every CPL, RPL and DPL`, () => {
			for (let cpl = 0; cpl < 4; cpl++) {
				for (let rpl = 0; rpl < 4; rpl++) {
					for (let dpl = 0; dpl < 4; dpl++) {
						const { cpu } = having(type, dpl, cpl);
						const allowed = readable(type) && (conforming(type) || Math.max(cpl, rpl) <= dpl);
						const expected = allowed ? null : [GP, SLOT << 3];
						expect(
							faultOf(() => loadSegment(cpu, DS, sel(rpl))),
							`${cpl} ${rpl} ${dpl}`
						).toEqual(expected);
						expect(cpu.seg[DS].selector).toBe(allowed ? sel(rpl) : dataOf(cpl));
					}
				}
			}
		});
	}

	it('accepts null and faults on use, not on load', () => {
		const { cpu } = having(DATA, 0, 0);
		for (const selector of [0, 1, 2, 3]) {
			expect(faultOf(() => loadSegment(cpu, ES, selector))).toBeNull();
			expect(faultOf(() => cpu.read8(ES, 0))).toEqual([GP, 0]);
		}
	});

	it('checks privilege before presence: #GP, then #NP', () => {
		expect(faultOf(() => loadSegment(having(DATA, 0, 3, false).cpu, DS, sel(3)))).toEqual([GP, SLOT << 3]);
		expect(faultOf(() => loadSegment(having(DATA, 3, 3, false).cpu, DS, sel(3)))).toEqual([NP, SLOT << 3]);
	});

	it('refuses a selector beyond its table, or in an LDT that is not there', () => {
		const { cpu } = having(DATA, 0, 0);
		cpu.gdtr.limit = SLOT * 8 + 6;
		expect(faultOf(() => loadSegment(cpu, DS, sel(0)))).toEqual([GP, SLOT << 3]);
		cpu.gdtr.limit = SLOT * 8 + 7;
		expect(faultOf(() => loadSegment(cpu, DS, sel(0)))).toBeNull();
		expect(faultOf(() => loadSegment(cpu, DS, sel(0, 1)))).toEqual([GP, (SLOT << 3) | 4]);
	});

	it('reads the LDT for selectors with the table bit', () => {
		const { cpu, memory } = having(DATA, 0, 0);
		put(memory, LDT, 3, descriptor({ type: DATA, base: 0x5_0000, limit: 15, pages: false }));
		cpu.ldtr.set(0x50, LDT, 0x1f, 0x8200, true);
		loadSegment(cpu, DS, (3 << 3) | 4);
		expect([cpu.seg[DS].base, cpu.seg[DS].limit]).toEqual([0x5_0000, 15]);
		expect(faultOf(() => loadSegment(cpu, DS, (4 << 3) | 4))).toEqual([GP, (4 << 3) | 4]);
	});

	it('sets the accessed bit in the table', () => {
		const { cpu, memory } = having(DATA, 0, 0);
		expect(memory.read8(GDT + SLOT * 8 + 5) & 1).toBe(0);
		loadSegment(cpu, DS, sel(0));
		expect(memory.read8(GDT + SLOT * 8 + 5) & 1).toBe(1);
		expect(cpu.seg[DS].type & 1).toBe(1);
	});
});

describe('loading SS', () => {
	it('wants writable data with DPL = RPL = CPL', () => {
		for (let cpl = 0; cpl < 4; cpl++) {
			for (let rpl = 0; rpl < 4; rpl++) {
				for (let dpl = 0; dpl < 4; dpl++) {
					for (let type = 0x10; type < 0x20; type++) {
						const { cpu } = having(type, dpl, cpl);
						const allowed = cpl === rpl && cpl === dpl && (type & 10) === 2;
						expect(faultOf(() => loadSegment(cpu, SS, sel(rpl)))).toEqual(allowed ? null : [GP, SLOT << 3]);
					}
				}
			}
		}
	});

	it('refuses null with #GP(0) and an absent segment with #SS', () => {
		const { cpu } = having(DATA, 0, 0, false);
		expect(faultOf(() => loadSegment(cpu, SS, 0))).toEqual([GP, 0]);
		expect(faultOf(() => loadSegment(cpu, SS, sel(0)))).toEqual([STACK, SLOT << 3]);
	});

	it('takes the stack size from the B bit', () => {
		const { cpu, memory } = having(DATA, 0, 0);
		put(memory, GDT, SLOT, descriptor({ type: DATA, big: false }));
		loadSegment(cpu, SS, sel(0));
		expect([cpu.stack32, cpu.stackMask]).toEqual([false, 0xffff]);
		cpu.esp = 0x1234_0000;
		cpu.push32(7);
		expect(cpu.esp).toBe(0x1234_fffc);
	});
});

describe('limits (SDM vol. 3, 5.3)', () => {
	/** The highest offset at which `size` bytes can be read, or -1, found by asking. */
	const accessible = (
		big: boolean,
		type: number,
		limit: number,
		pages: boolean,
		size: 1 | 2 | 4,
		offset: number
	): boolean => {
		const { cpu, memory } = having(DATA, 0, 0);
		put(memory, GDT, SLOT, descriptor({ type, limit, pages, big }));
		loadSegment(cpu, DS, sel(0));
		const read = { 1: () => cpu.read8(DS, offset), 2: () => cpu.read16(DS, offset), 4: () => cpu.read32(DS, offset) }[
			size
		];
		return faultOf(read) === null;
	};
	const DOWN = DATA | 4;
	it.each([
		// type, limit, pages, big, size, offset, permitted
		['up, last byte', DATA, 0xff, false, true, 1, 0xff, true],
		['up, beyond', DATA, 0xff, false, true, 1, 0x100, false],
		['up, last word', DATA, 0xff, false, true, 2, 0xfe, true],
		['up, word half outside', DATA, 0xff, false, true, 2, 0xff, false],
		['up, last doubleword', DATA, 0xff, false, true, 4, 0xfc, true],
		['up, doubleword half outside', DATA, 0xff, false, true, 4, 0xfd, false],
		['up, limit below the size', DATA, 1, false, true, 4, 0, false],
		['up, in pages', DATA, 0, true, true, 4, 0xffc, true],
		['up, in pages, beyond', DATA, 0, true, true, 4, 0xffd, false],
		['flat, top', DATA, 0xfffff, true, true, 4, 0xffff_fffc, true],
		['flat, wrapping', DATA, 0xfffff, true, true, 4, 0xffff_fffd, false],
		['down, at the limit', DOWN, 0xff, false, true, 1, 0xff, false],
		['down, above the limit', DOWN, 0xff, false, true, 1, 0x100, true],
		['down, 32-bit top', DOWN, 0xff, false, true, 4, 0xffff_fffc, true],
		['down, wrapping', DOWN, 0xff, false, true, 4, 0xffff_fffd, false],
		['down, 16-bit top', DOWN, 0xff, false, false, 4, 0xfffc, true],
		['down, 16-bit beyond', DOWN, 0xff, false, false, 4, 0xfffd, false],
		['down, in pages', DOWN, 0, true, true, 1, 0xfff, false],
		['down, in pages, above', DOWN, 0, true, true, 1, 0x1000, true]
	] as const)('%s', (_name, type, limit, pages, big, size, offset, permitted) => {
		expect(accessible(big, type, limit, pages, size, offset)).toBe(permitted);
	});

	it('is #SS(0) through SS and #GP(0) through the others', () => {
		const { cpu } = having(DATA, 0, 0);
		for (const index of [SS, DS]) cpu.setSegment(index, 0x10, 0, 0xfff, 0x0040_9300);
		expect(faultOf(() => cpu.write32(SS, 0x1000, 0))).toEqual([STACK, 0]);
		expect(faultOf(() => cpu.write32(DS, 0x1000, 0))).toEqual([GP, 0]);
	});

	it('lets nobody write code or read-only data, or read execute-only code', () => {
		const { cpu } = having(DATA, 0, 0);
		cpu.setSegment(DS, 8, 0, 0xffff_ffff, 0x00c0_9100);
		expect([faultOf(() => cpu.read8(DS, 0)), faultOf(() => cpu.write8(DS, 0, 0))]).toEqual([null, [GP, 0]]);
		cpu.setSegment(DS, 8, 0, 0xffff_ffff, 0x00c0_9b00);
		expect([faultOf(() => cpu.read8(DS, 0)), faultOf(() => cpu.write8(DS, 0, 0))]).toEqual([null, [GP, 0]]);
		expect(faultOf(() => cpu.readForWrite32(DS, 0))).toEqual([GP, 0]);
		cpu.setSegment(CS, 8, 0, 0xffff_ffff, 0x00c0_9900);
		expect(faultOf(() => cpu.read8(CS, 0))).toEqual([GP, 0]);
	});

	it('adds the base modulo 4 GiB', () => {
		const { cpu, memory } = having(DATA, 0, 0);
		cpu.setSegment(DS, 8, 0xffff_f000, 0xffff_ffff, 0x00c0_9300);
		memory.write32(0x7_0010, 0xcafe);
		expect(cpu.read32(DS, 0x7_1010)).toBe(0xcafe);
	});
});

describe('alignment check', () => {
	it('is #AC(0) only in ring 3 with AM and AC', () => {
		for (const [ring, am, ac, expected] of [
			[3, true, true, [VECTOR.AC, 0]],
			[3, true, false, null],
			[3, false, true, null],
			[0, true, true, null]
		] as const) {
			const { cpu } = having(DATA, ring, ring);
			cpu.cr0 |= am ? 1 << 18 : 0;
			cpu.setEflags(ac ? 1 << 18 : 0);
			expect(faultOf(() => cpu.read32(DS, 0x6001))).toEqual(expected);
			expect(faultOf(() => cpu.write16(DS, 0x6001, 1))).toEqual(expected);
			expect(faultOf(() => cpu.read32(DS, 0x6004))).toBeNull();
		}
	});
});

describe('LAR, LSL, VERR, VERW', () => {
	it('LAR shows bits 23:8 where the descriptor is visible', () => {
		expect(lar(having(DATA, 3, 3).cpu, sel(3))).toBe(0x00c0_f200 | 0xf_0000);
		expect(lar(having(DATA, 0, 3).cpu, sel(3))).toBe(-1);
		expect(lar(having(CODE | 4, 0, 3).cpu, sel(3))).toBeGreaterThan(0);
		expect(lar(having(DATA, 0, 0).cpu, 0)).toBe(-1);
	});

	it('knows which system types each of them reports', () => {
		const types = Array.from({ length: 16 }, (_, type) => type);
		expect(types.filter((type) => lar(having(type, 0, 0).cpu, sel(0)) !== -1)).toEqual([1, 2, 3, 4, 5, 9, 11, 12]);
		expect(types.filter((type) => lsl(having(type, 0, 0).cpu, sel(0)) !== -1)).toEqual([
			SYSTEM.TSS16,
			SYSTEM.LDT,
			SYSTEM.TSS16_BUSY,
			SYSTEM.TSS32,
			SYSTEM.TSS32_BUSY
		]);
	});

	it('LSL gives the limit in bytes', () => {
		expect(lsl(having(DATA, 0, 0).cpu, sel(0))).toBe(0xffff_ffff);
	});

	it('VERR and VERW ask for reading and writing', () => {
		const answers = (type: number): boolean[] => [
			verr(having(type, 3, 3).cpu, sel(3)),
			verw(having(type, 3, 3).cpu, sel(3))
		];
		expect(answers(0x10)).toEqual([true, false]);
		expect(answers(DATA)).toEqual([true, true]);
		expect(answers(0x18)).toEqual([false, false]);
		expect(answers(CODE)).toEqual([true, false]);
		expect(answers(SYSTEM.TSS32)).toEqual([false, false]);
	});
});
