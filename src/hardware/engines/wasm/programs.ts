/**
 * For tests: random programs that run for ever, with faults and interrupts on the way, in pairs of machines that differ in their engine alone.
 *
 * A program is a list of statements in a loop: random instructions of all kinds (../oracle/cases.ts), forward branches, loops, calls of
 * one another, and writes to the program itself. What faults is skipped; a timer interrupts at random.
 */
import type { Cpu } from '../../cpu/cpu';
import { movToCr } from '../../cpu/control';
import { Fault } from '../../cpu/fault';
import { ltr } from '../../cpu/system';
import { COST_PROFILES } from '../../cost';
import { Machine } from '../../machine';
import type { Random } from '../oracle/cases';
import { encode, sequential } from '../oracle/cases';
import { CODE, DATA } from '../oracle/oracle';
import type { EngineName } from '../names';
import { CR0, CR4, EFER_NXE } from '../../../x86/control';
import {
	descriptorWords,
	DPL_SHIFT,
	flatAccess,
	gateWords,
	LOADED_CODE,
	LOADED_DATA,
	READABLE_CODE,
	SYSTEM,
	systemAccess,
	TYPE_ACCESSED,
	WRITABLE_DATA,
	type DescriptorWords
} from '../../../x86/descriptors';
import { pushesError } from '../../../x86/exceptions';
import { AC, DF, FIXED, IF, TF } from '../../../x86/flags';
import { ROWS, type Row } from '../../../x86/isa';
import { PTE_P, PTE_RW, PTE_US } from '../../../x86/paging';
import { CS, DS, ES, FS, GS, SS } from '../../../x86/registers';
import { TSS32, TSS_IO_MAP, TSS_SIZE, tssStack } from '../../../x86/tss';

/** Physical homes; all of RAM is also mapped one to one, for ring 0. */
const [GDT, IDT, TSS, STUBS, STACK, POINTERS, DIRECTORIES, TABLES] = [
	0x1000, 0x2000, 0x3000, 0x4000, 0x6000, 0x7000, 0x8000, 0xc000
];
const CODE_FRAME = 0x1_0000;
const DATA_FRAME = 0x1_4000;
const RAM = 0x2_0000;
export const CODE_PAGES = 4;
/** Linear pages of data, which share fewer frames: more than a set of the TLB holds. */
const DATA_PAGES = 40;
const DATA_FRAMES = 8;
const TIMER = 0x40;

/** What may differ from program to program beside the code. */
interface Setting {
	readonly ring: 0 | 3;
	/** Last page of the data segment, and its base. */
	readonly limit: number;
	readonly base: number;
	readonly timer: number;
	/** Strings go downwards. */
	readonly down: boolean;
}

export interface Program {
	readonly code: readonly number[];
	/** Offsets of the statements. */
	readonly starts: readonly number[];
	readonly setting: Setting;
}

const SEQUENCE = ROWS.filter((row) => sequential(row) && !/^(INT|ENTER)/.test(row.text));
const le32 = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
const pointer = (random: Random): number =>
	DATA + random.below(DATA_PAGES * 0x1000 - 0x40) + (random.chance(80) ? 0 : 3);

/** A count, or an offset of bits. */
const few = (random: Random): number => random.below(80) - 40;

/** One of the rows with random operands; rows that are shadowed by others have no encoding. */
function instruction(random: Random, rows: readonly Row[]): number[] {
	for (;;) {
		try {
			return encode(random, random.pick(rows));
		} catch {
			continue;
		}
	}
}

/** Few instructions, most without memory, between which loops are worth compiling. */
const SIMPLE = [
	[0x01, 0xc8],
	[0x29, 0xd8],
	[0x11, 0xf2],
	[0x31, 0xfb],
	[0x39, 0xc1],
	[0xd1, 0xe8],
	[0xc1, 0xc3, 7],
	[0x40],
	[0x4a],
	[0x0f, 0xaf, 0xd8],
	[0x8d, 0x44, 0x8b, 5],
	[0x85, 0xdb],
	[0x0f, 0xb6, 0xc1],
	[0x0f, 0x9c, 0xc2],
	[0x0f, 0x44, 0xd8],
	// shl, shr and sar of DL, BX, AH and (ESI), by 1, CL and more than there are bits.
	[0xd0, 0xe2],
	[0x66, 0xd3, 0xeb],
	[0xc0, 0xfc, 9],
	[0xd2, 0x26],
	[0x66, 0xc1, 0xfb, 21],
	// rol and ror of CL, DX and EAX.
	[0xd2, 0xc1],
	[0x66, 0xc1, 0xca, 5],
	[0xd3, 0xc0],
	[0xc0, 0x0f, 11],
	// shld, shrd.
	[0x0f, 0xa4, 0xd0, 7],
	[0x0f, 0xa5, 0xc3],
	[0x0f, 0xac, 0x06, 33],
	[0x0f, 0xad, 0xda],
	// bt, bts, btr, btc, of registers and of what lies around (EDI).
	[0x0f, 0xa3, 0xc8],
	[0x0f, 0xab, 0xd3],
	[0x0f, 0xba, 0x37, 14],
	[0x83, 0xe0, 0x7f, 0x0f, 0xbb, 0x07],
	[0xb8, ...le32(-27), 0x0f, 0xb3, 0x07],
	// xadd, cmpxchg.
	[0x0f, 0xc1, 0xd1],
	[0x0f, 0xc0, 0x27],
	[0xf0, 0x0f, 0xb1, 0x0e],
	[0x0f, 0xb0, 0xd6],
	// movs, stos, lods, cmps, scas; std, cld.
	[0xa4],
	[0x66, 0xa5],
	[0xa5],
	[0xaa],
	[0xab],
	[0xac],
	[0xad],
	[0xa6],
	[0xa7],
	[0xae],
	[0xaf],
	[0xfd],
	[0xfc]
];

/** What statements are made of: how many of 100 are one of the rows, whose operands may be anything, so that it often faults. */
interface Mix {
	readonly wild: number;
	readonly rows: readonly Row[];
}

function statement(random: Random, starts: readonly number[], at: number, { wild, rows }: Mix): number[] {
	if (random.chance(wild)) return instruction(random, rows);
	const kind = 28 + random.below(72);
	if (kind < 51) return random.pick(SIMPLE);
	// pushf; pop %eax or %ebx: all flags are seen.
	if (kind < 55) return [0x9c, random.pick([0x58, 0x5b])];
	// mov $pointer, %reg; %esp more often than others.
	if (kind < 63) return [0xb8 + random.pick([0, 1, 2, 3, 4, 4, 5, 6, 7]), ...le32(pointer(random))];
	if (kind < 66) return [0xb8 + random.below(4), ...le32(few(random))];
	// mov and add between EAX or EDX and (ESI) or (EDI).
	if (kind < 72)
		return [random.pick([0x8b, 0x89, 0x03, 0x01, 0x3b, 0x8a, 0x88]), random.pick([0x06, 0x07, 0x16, 0x17])];
	// A branch over a few bytes: it may lead into the middle of an instruction.
	if (kind < 84) return [0x70 + random.below(16), random.pick([0, 1, 2, 3, 5, 8, 13, 21])];
	// Back to an earlier statement, by LOOP or JNZ.
	if (kind < 89 && starts.length > 0) {
		const back = random.pick(starts.slice(-6)) - (at + 2);
		if (back >= -128) return [random.pick([0xe2, 0x75, 0x7c]), back & 0xff];
	}
	// call of an earlier statement; ret.
	if (kind < 93 && starts.length > 0) return [0xe8, ...le32(random.pick(starts) - (at + 5))];
	if (kind < 96) return random.pick([[0xc3], [0xc2, 4, 0], [0x58, 0xff, 0xe0]]);
	// movb $n, (an address of the program).
	if (kind < 98) return [0xc6, 0x05, ...le32(CODE + random.below(at + 1)), random.below(256)];
	return [0xff, random.pick([0x30, 0x36, 0x16, 0x15]), ...le32(pointer(random))];
}

/** Goes on somewhere in the next page, if there is one: calls and branches lead from page to page then. */
function toNextPage(random: Random, code: number[]): void {
	const next = (code.length & ~0xfff) + 0x1000 + random.below(0x40);
	if (next + 0x800 > CODE_PAGES * 0x1000) return;
	code.push(0xe9, ...le32(next - (code.length + 5)));
	while (code.length < next) code.push(0x90);
}

/** @param rows what its statements are for the most part; all rows now and then where left out */
export function randomProgram(random: Random, rows: readonly Row[] | null = null): Program {
	const code: number[] = [];
	const starts: number[] = [];
	const add = (bytes: readonly number[]): void => {
		starts.push(code.length);
		code.push(...bytes);
	};
	// Somewhere in the page, so that some programs go on in the next one.
	while (code.length < random.pick([0, 0x100, 0xf80])) code.push(0x90);
	const begin = code.length;
	for (const r of [0, 1, 3, 4, 5, 6, 7])
		add([0xb8 + r, ...le32(random.chance(50) || r > 3 ? pointer(random) : few(random))]);
	const mix = rows ? { wild: 50, rows } : { wild: random.pick([0, 3, 10, 40]), rows: SEQUENCE };
	const scattered = random.chance(30);
	for (let n = 10 + random.below(50); n > 0; n--) {
		if (scattered && random.chance(10)) toNextPage(random, code);
		add(statement(random, starts, code.length, mix));
	}
	add([0xe9, ...le32(begin - (code.length + 5))]);
	const flat = random.chance(50);
	return {
		code,
		starts,
		setting: {
			ring: random.chance(70) ? 3 : 0,
			limit: flat ? 0xf_ffff : (DATA >>> 12) + random.below(DATA_PAGES),
			base: random.chance(80) ? 0 : 0x2000,
			timer: 20 + random.below(400),
			down: random.chance(30)
		}
	};
}

function map(machine: Machine, linear: number, physical: number, flags: number): void {
	const { memory } = machine;
	const directory = DIRECTORIES + (linear >>> 30) * 0x1000 + ((linear >>> 21) & 511) * 8;
	let table = memory.read32(directory) & ~0xfff;
	if (table === 0) {
		table = TABLES;
		while (memory.read32(table + 0xffc) !== 0) table += 0x1000;
		// Marks the table as taken, where no entry is used.
		memory.write32(table + 0xffc, 0x8000_0000);
		memory.write32(directory, table | PTE_P | PTE_RW | PTE_US);
	}
	memory.write32(table + ((linear >>> 12) & 511) * 8, physical | flags);
}

/** A machine that is about to run a program. */
export function machineFor({ code, starts, setting }: Program, engine: EngineName): Machine {
	const machine = new Machine({ ramBytes: RAM, profile: COST_PROFILES.unit, engine });
	const { cpu, memory } = machine;
	if (machine.engine.regions) machine.engine.regions.policy = IMPATIENT;
	for (let n = 0; n < 4; n++) memory.write32(POINTERS + 8 * n, (DIRECTORIES + 0x1000 * n) | PTE_P);
	const all = PTE_P | PTE_RW | PTE_US;
	for (let page = 0; page < RAM; page += 0x1000) map(machine, page, page, PTE_P | PTE_RW);
	for (let n = 0; n < CODE_PAGES; n++) map(machine, CODE + 0x1000 * n, CODE_FRAME + 0x1000 * n, all);
	for (let n = 0; n < DATA_PAGES; n++) {
		// Some may not be written, some are absent.
		const flags = n % 13 === 7 ? PTE_P | PTE_US : n % 17 === 11 ? 0 : all;
		map(machine, DATA + 0x1000 * n, DATA_FRAME + 0x1000 * (n % DATA_FRAMES), flags);
	}
	setUp(machine, setting);
	memory.copyIn(CODE_FRAME, Uint8Array.from(code));
	cpu.eip = CODE + starts[0];
	cpu.native = (vector) => {
		if (vector === TIMER) {
			machine.lapic.eoi();
			machine.lapic.setTimer(machine.clock.now + setting.timer);
			return goBack(cpu);
		}
		if (pushesError(vector)) cpu.esp += 4;
		const eip = memory.read32(cpu.esp) - CODE;
		memory.write32(cpu.esp, CODE + (starts.find((start) => start > eip) ?? starts[0]));
		memory.write32(cpu.esp + 8, (memory.read32(cpu.esp + 8) & ~(TF | AC)) | IF);
		goBack(cpu);
	};
	machine.lapic.setTimerVector(TIMER);
	machine.lapic.setTimer(setting.timer);
	return machine;
}

/** Returns from an interrupt. A program in ring 0 may have spoilt what it returns by, or have come here by a jump: that is its end. */
function goBack(cpu: Cpu): void {
	try {
		cpu.returnFromInterrupt();
	} catch (error) {
		if (!(error instanceof Fault)) throw error;
		cpu.shutdown = true;
	}
}

/** Compiles what was run twice. */
const IMPATIENT = {
	hot: 3,
	warm: 1,
	doublings: 6,
	pause: 0,
	most: 3,
	visits: 7,
	worth: 4,
	rest: 3,
	passages: 2,
	frames: 3
};

function setUp(machine: Machine, { ring, limit, base, down }: Setting): void {
	const { cpu, memory } = machine;
	const put = (at: number, [low, high]: DescriptorWords): void => {
		memory.write32(at, low);
		memory.write32(at + 4, high);
	};
	for (const [n, dpl] of [
		[1, 0],
		[3, 3]
	]) {
		put(GDT + 8 * n, descriptorWords(0, 0xf_ffff, flatAccess(READABLE_CODE | TYPE_ACCESSED, dpl)));
		put(GDT + 8 * (n + 1), descriptorWords(0, 0xf_ffff, flatAccess(WRITABLE_DATA | TYPE_ACCESSED, dpl)));
	}
	put(GDT + 0x30, descriptorWords(TSS, TSS_SIZE - 1, systemAccess(SYSTEM.TSS32)));
	for (let vector = 0; vector < 256; vector++) {
		put(IDT + 8 * vector, gateWords(0x08, STUBS + 4 * vector, systemAccess(SYSTEM.INTERRUPT_GATE32, 3)));
		memory.copyIn(STUBS + 4 * vector, Uint8Array.of(0x0f, 0x3f, vector));
	}
	memory.write32(TSS + tssStack(TSS32, 0), STACK + 0x1000);
	memory.write16(TSS + tssStack(TSS32, 0) + 4, 0x10);
	memory.write16(TSS + TSS_IO_MAP, TSS_SIZE);
	cpu.efer = EFER_NXE;
	movToCr(cpu, 4, CR4.PAE);
	movToCr(cpu, 3, POINTERS);
	movToCr(cpu, 0, CR0.PG | CR0.WP | CR0.ET | CR0.PE);
	Object.assign(cpu.gdtr, { base: GDT, limit: 0x3f });
	Object.assign(cpu.idtr, { base: IDT, limit: 0x7ff });
	ltr(cpu, 0x30);
	const access = ring << DPL_SHIFT;
	const [code, data] = ring === 0 ? [0x08, 0x10] : [0x1b, 0x23];
	cpu.setSegment(CS, code, 0, 0xffff_ffff, LOADED_CODE | access);
	cpu.setSegment(SS, data, 0, 0xffff_ffff, LOADED_DATA | access);
	const last = limit * 0x1000 + 0xfff;
	for (const segment of [ES, DS]) cpu.setSegment(segment, data, 0, last, LOADED_DATA | access);
	cpu.setSegment(FS, data, base, 0x3fff_ffff, LOADED_DATA | access);
	cpu.setSegment(GS, 0, 0, 0, 0, false);
	cpu.setCpl(ring);
	cpu.setEflags(IF | FIXED | (down ? DF : 0));
}
