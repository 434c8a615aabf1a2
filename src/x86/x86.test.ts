import { describe, expect, it } from 'vitest';
import { field } from '../base';
import { namedBits, type BitField } from './bits';
import { CR0, CR0_NAMES, CR4, CR4_NAMES } from './control';
import { EXTENDED_EDX, FEATURES_ECX, FEATURES_EDX } from './cpuid';
import * as debug from './debug';
import * as descriptors from './descriptors';
import * as exceptions from './exceptions';
import { DEFINED, EFLAGS, FIXED, FLAG_NAMES, IOPL, IOPL_SHIFT, ioplOf, NEVER_SET, STATUS } from './flags';
import { MSR } from './msr';
import * as paging from './paging';
import {
	ES,
	CS,
	SS,
	DS,
	FS,
	GS,
	GENERAL_REGISTERS,
	GPR,
	REGISTER_NAMES,
	REGISTERS_TO_READ,
	SEGMENT_NAMES
} from './registers';
import { TSS16, TSS32, TSS_IO_MAP, TSS_SIZE, tssStack } from './tss';

const { EXCEPTIONS, VECTOR, FAULT_CLASS, pushesError, exceptionName } = exceptions;
const bits = (masks: readonly number[]): number => masks.reduce((all, mask) => (all | mask) >>> 0, 0);

describe('registers', () => {
	it('are numbered in the order of their names', () => {
		expect(GENERAL_REGISTERS.map((name) => GPR[name.toUpperCase() as keyof typeof GPR])).toEqual([
			0, 1, 2, 3, 4, 5, 6, 7
		]);
		expect([ES, CS, SS, DS, FS, GS].map((number) => SEGMENT_NAMES[number])).toEqual([
			'es',
			'cs',
			'ss',
			'ds',
			'fs',
			'gs'
		]);
		expect([...REGISTERS_TO_READ, 'eflags'].sort()).toEqual([...REGISTER_NAMES].sort());
	});
	it('MSRs have one name each', () => {
		expect(new Set(Object.values(MSR)).size).toBe(Object.keys(MSR).length);
	});
});

describe('words with named bits', () => {
	it.each([
		['EFLAGS', EFLAGS],
		['CR0', CR0],
		['CR4', CR4]
	] as const)('%s: no two names share a bit', (_name, masks) => {
		const all = Object.values(masks).map((mask) => mask >>> 0);
		expect(bits(all)).toBe(all.reduce((sum, mask) => sum + mask, 0));
	});
	it('are listed lowest bit first, with the lowest bit of a field', () => {
		for (const names of [FLAG_NAMES, CR0_NAMES, CR4_NAMES]) {
			expect(names.map(({ bit }) => bit)).toEqual(names.map(({ bit }) => bit).sort((a, b) => a - b));
			for (const { bit, mask } of names) expect((mask >>> bit) & 1).toBe(1);
		}
		expect(namedBits({ top: 1 << 31, pair: 3 << 4 })).toEqual([
			{ name: 'pair', bit: 4, mask: 0x30 },
			{ name: 'top', bit: 31, mask: 0x8000_0000 }
		]);
	});
	it('announce features: all bits of leaf 1 but those that the SDM has for nothing', () => {
		const without = (...reserved: number[]): number[] =>
			Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => !reserved.includes(bit));
		expect(namedBits(FEATURES_ECX).map(({ bit }) => bit)).toEqual(without(16));
		expect(namedBits(FEATURES_EDX).map(({ bit }) => bit)).toEqual(without(10, 20, 30));
		expect(namedBits(EXTENDED_EDX).map(({ name, bit }) => `${name} ${bit}`)).toEqual([
			'PSE 3',
			'APIC 9',
			'SYSCALL 11',
			'MTRR 12',
			'PGE 13',
			'PSE36 17',
			'NX 20',
			'PAGE_1GB 26',
			'RDTSCP 27',
			'LM 29'
		]);
	});
	it('every bit of EFLAGS is defined, always set, or never', () => {
		expect([DEFINED & FIXED, DEFINED & NEVER_SET, STATUS & ~DEFINED]).toEqual([0, 0, 0]);
		expect(bits([DEFINED, FIXED, NEVER_SET])).toBe(0xffff_ffff);
		expect(bits(FLAG_NAMES.map(({ mask }) => mask))).toBe(DEFINED);
		expect([0, 1, 2, 3].map((level) => ioplOf((level << IOPL_SHIFT) | ~IOPL))).toEqual([0, 1, 2, 3]);
	});
});

describe('exceptions', () => {
	const vectors = Object.values(EXCEPTIONS).map(({ vector }) => vector);

	it('are in the order of their vectors, each once', () => {
		expect(vectors).toEqual([...new Set(vectors)].sort((a, b) => a - b));
		expect(Object.keys(VECTOR)).toEqual(Object.keys(EXCEPTIONS));
	});
	it('push an error code where table 6-1 says so', () => {
		const all = Array.from({ length: 256 }, (_, vector) => vector);
		expect(all.filter(pushesError)).toEqual([8, 10, 11, 12, 13, 14, 17]);
	});
	it('have the classes of table 6-4', () => {
		const of = (wanted: number): number[] => FAULT_CLASS.flatMap((each, vector) => (each === wanted ? [vector] : []));
		expect(FAULT_CLASS).toHaveLength(exceptions.FIRST_USER_VECTOR);
		expect(of(exceptions.CONTRIBUTORY)).toEqual([0, 10, 11, 12, 13]);
		expect([of(exceptions.PAGE_FAULT), of(exceptions.DOUBLE_FAULT)]).toEqual([[14], [8]]);
	});
	it('that name a selector push an error code, as all contributory ones but #DE do', () => {
		const naming = vectors.filter(exceptions.errorNamesSelector);
		expect(naming.every(pushesError)).toBe(true);
		expect(naming).toEqual(vectors.filter((v) => FAULT_CLASS[v] === exceptions.CONTRIBUTORY && pushesError(v)));
	});
	it('are called by mnemonic, and other vectors have none', () => {
		expect(vectors.map(exceptionName)).toEqual(exceptions.EXCEPTION_NAMES);
		expect([2, 14, 9, 32].map(exceptionName)).toEqual(['NMI', '#PF', undefined, undefined]);
	});
	it('error codes have room for a selector: TI is where a selector has it, and RPL where EXT and IDT are', () => {
		const { ERROR_EXT, ERROR_IDT, ERROR_LDT } = exceptions;
		expect(ERROR_LDT).toBe(descriptors.SELECTOR_LDT);
		expect(ERROR_EXT | ERROR_IDT).toBe(descriptors.SELECTOR_RPL);
		expect(descriptors.selectorError(0xffff) & (ERROR_EXT | ERROR_IDT)).toBe(0);
	});
});

/** The place of a field among those that are drawn, as [high, low]. */
const drawn = (fields: readonly BitField[], name: string): number[][] =>
	fields.filter((each) => each.name === name).map(({ high, low }) => [high, low]);
/** Highest and lowest bit of a mask in the half of a word that begins at bit `from`. */
const placeOf = (mask: number, from = 0): number[] => [
	from + 31 - Math.clz32(mask),
	from + 31 - Math.clz32(mask & -mask)
];
const inOrder = (fields: readonly BitField[]): boolean =>
	fields.every(({ high, low }, index) => high >= low && (index === 0 || fields[index - 1].low > high));

describe('page-table entries', () => {
	it('are drawn as their constants say', () => {
		const { ENTRY_FIELDS } = paging;
		expect(inOrder(ENTRY_FIELDS)).toBe(true);
		const flags = {
			P: paging.PTE_P,
			'R/W': paging.PTE_RW,
			'U/S': paging.PTE_US,
			PWT: paging.PTE_PWT,
			PCD: paging.PTE_PCD,
			A: paging.PTE_A,
			D: paging.PTE_D,
			'PS/PAT': paging.PTE_PS,
			G: paging.PTE_G
		};
		for (const [name, mask] of Object.entries(flags)) expect(drawn(ENTRY_FIELDS, name)).toEqual([placeOf(mask)]);
		expect(drawn(ENTRY_FIELDS, 'NX')).toEqual([placeOf(paging.PTE_XD_HIGH, 32)]);
		expect(drawn(ENTRY_FIELDS, 'frame')).toEqual([[11 + 24, 12]]);
	});

	const FLAGS = [
		paging.PTE_P,
		paging.PTE_RW,
		paging.PTE_US,
		paging.PTE_PWT,
		paging.PTE_PCD,
		paging.PTE_A,
		paging.PTE_D,
		paging.PTE_PS,
		paging.PTE_G
	];
	it('have nine flags in their lowest nine bits', () => {
		expect(bits(FLAGS)).toBe(0x1ff);
		expect(paging.PTE_PAT).toBe(paging.PTE_PS);
	});
	it('of level 3 have no flags but P, PWT and PCD', () => {
		expect(paging.PDPTE_RESERVED).toBe(0x1ff & ~(paging.PTE_P | paging.PTE_PWT | paging.PTE_PCD));
	});
	it('hold 24 bits of frame number, and the high half has no bit without a use', () => {
		expect(paging.frameOf(0xffff_ffff, 0xffff_ffff)).toBe(0xff_ffff);
		expect(paging.frameOf(0x1234_5067, 0)).toBe(0x12345);
		expect(bits([paging.PAE_HIGH_RESERVED, paging.PTE_XD_HIGH, 0xf])).toBe(0xffff_ffff);
	});
	it('choose by bits that with the offset make up an address', () => {
		const all = Object.values(paging.PAE_INDEX_BITS).map(([high, low]) => high - low + 1);
		expect(all.reduce((sum, width) => sum + width, 12)).toBe(32);
		expect(all).toEqual([9, 9, 2]);
		expect([2 ** 9, 2 ** 2]).toEqual([paging.ENTRIES, paging.L3_ENTRIES]);
	});
	it('of large pages reserve the bits between flags and address', () => {
		expect(field(paging.PAE_LARGE_RESERVED, 20, 13)).toBe(0xff);
		expect(paging.PAE_LARGE_RESERVED >>> 21).toBe(0);
		expect(field(paging.PSE_LARGE_RESERVED, 21, 13)).toBe(0x1ff);
		expect(paging.PSE_LARGE_RESERVED >>> 22).toBe(0);
	});
});

describe('descriptors', () => {
	it('are drawn as their constants say', () => {
		const { SEGMENT_FIELDS, GATE_FIELDS } = descriptors;
		const flags = {
			G: descriptors.PAGES,
			'D/B': descriptors.BIG,
			P: descriptors.PRESENT,
			DPL: descriptors.DPL_MASK,
			S: descriptors.SEGMENT,
			type: descriptors.TYPE_MASK
		};
		for (const [name, mask] of Object.entries(flags)) expect(drawn(SEGMENT_FIELDS, name)).toEqual([placeOf(mask, 32)]);
		for (const name of ['P', 'DPL', 'S', 'type']) expect(drawn(GATE_FIELDS, name)).toEqual(drawn(SEGMENT_FIELDS, name));
		expect([inOrder(SEGMENT_FIELDS), inOrder(GATE_FIELDS)]).toEqual([true, true]);
		const width = (fields: readonly BitField[], name: string): number =>
			drawn(fields, name).reduce((sum, [high, low]) => sum + high - low + 1, 0);
		expect([width(SEGMENT_FIELDS, 'base'), width(SEGMENT_FIELDS, 'limit')]).toEqual([32, 20]);
		expect([width(GATE_FIELDS, 'offset'), width(GATE_FIELDS, 'selector')]).toEqual([32, 16]);
	});

	const { SYSTEM, flatAccess, systemAccess, descriptorWords, gateWords } = descriptors;

	it('give back what they were made of', () => {
		const access = flatAccess(descriptors.READABLE_CODE, 3);
		const [low, high] = descriptorWords(0x89ab_cdef, 0xf_1234, access);
		expect([descriptors.baseOf(low, high), descriptors.rawLimitOf(low, high)]).toEqual([0x89ab_cdef, 0xf_1234]);
		expect(descriptors.limitOf(low, high)).toBe(0xf123_4fff);
		expect([descriptors.typeOf(high), descriptors.dplOf(high)]).toEqual([10, 3]);
		expect(high & descriptors.ACCESS_BITS).toBe(access);
		expect(descriptors.withLimit(low, high, 0x2_5678)).toEqual(descriptorWords(0x89ab_cdef, 0x2_5678, access));
	});
	it('without G have a limit in bytes', () => {
		expect(descriptors.limitOf(...descriptorWords(0, 0x67, systemAccess(SYSTEM.TSS32)))).toBe(0x67);
	});
	it('of gates too, of 16 bits only the low half', () => {
		const [low, high] = gateWords(0xe019, 0xc010_4a60, systemAccess(SYSTEM.TRAP_GATE32, 1));
		expect([descriptors.gateSelectorOf(low), descriptors.gateOffsetOf(low, high)]).toEqual([0xe019, 0xc010_4a60]);
		expect(descriptors.gateOffsetOf(low, high, false)).toBe(0x4a60);
		expect([descriptors.typeOf(high), descriptors.dplOf(high)]).toEqual([SYSTEM.TRAP_GATE32, 1]);
	});
	it('system types differ from their 16-bit forms and their busy forms in one bit each', () => {
		const { TYPE_BUSY, TYPE_WIDE } = descriptors;
		for (const name of ['TSS', 'CALL_GATE', 'INTERRUPT_GATE', 'TRAP_GATE'] as const)
			expect(SYSTEM[`${name}32`]).toBe(SYSTEM[`${name}16`] | TYPE_WIDE);
		expect([SYSTEM.TSS16_BUSY, SYSTEM.TSS32_BUSY]).toEqual([SYSTEM.TSS16 | TYPE_BUSY, SYSTEM.TSS32 | TYPE_BUSY]);
	});
	it('flat ones are those of every kernel', () => {
		expect(descriptorWords(0, 0xf_ffff, flatAccess(descriptors.READABLE_CODE))).toEqual([0xffff, 0x00cf_9a00]);
		expect(descriptorWords(0, 0xf_ffff, flatAccess(descriptors.WRITABLE_DATA, 3))).toEqual([0xffff, 0x00cf_f200]);
	});
});

describe('task-state segments', () => {
	it.each([
		['32-bit', TSS32],
		['16-bit', TSS16]
	] as const)('%s: registers, segments and LDT follow each other up to the last byte', (_name, tss) => {
		expect(tssStack(tss, 1) - tssStack(tss, 0)).toBe(2 * tss.word);
		expect([tss.flags, tss.registers, tss.segments]).toEqual(
			[tss.eip, tss.flags, tss.registers].map((at, i) => at + [1, 1, 8][i] * tss.word)
		);
		expect(tss.ldt).toBe(tss.segments + tss.segmentCount * tss.word);
	});
	it('the I/O map base is the last field of the 32-bit one', () => {
		expect(TSS_IO_MAP + 2).toBe(TSS_SIZE);
		expect(TSS16.ldt + 2).toBe(TSS16.minLimit + 1);
	});
});

describe('debug registers', () => {
	it('no bit of DR6 or DR7 is fixed twice, and what is left can be written', () => {
		const { DR6_BD, DR6_BS, DR6_BT, DR6_MET, DR6_ONES, DR6_ZEROS, DR7_GD, DR7_LOCAL, DR7_ONES, DR7_ZEROS } = debug;
		expect([DR6_ONES & DR6_ZEROS, DR7_ONES & DR7_ZEROS]).toEqual([0, 0]);
		expect(~(DR6_ONES | DR6_ZEROS) >>> 0).toBe(DR6_MET | DR6_BD | DR6_BS | DR6_BT);
		expect((DR7_GD | DR7_LOCAL) & (DR7_ONES | DR7_ZEROS)).toBe(0);
	});
	it('DR7 of a four-byte write breakpoint in slot 2', () => {
		const dr7 = 0x0d00_0020;
		expect([0, 1, 2, 3].map((n) => debug.breakEnabled(dr7, n))).toEqual([false, false, true, false]);
		expect([debug.breakKind(dr7, 2), debug.breakLength(dr7, 2)]).toEqual([debug.BREAK_WRITE, 4]);
		expect([0, 1, 2, 3].reduce((all, n) => all | debug.breakEnables(n), 0)).toBe(debug.DR7_ENABLES);
	});
});
