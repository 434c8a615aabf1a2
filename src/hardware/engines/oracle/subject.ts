/** The emulated machine set up as the harness is: 32-bit user code under paging, every trap caught in ring 0. */
import { movToCr } from '../../cpu/control';
import { ltr } from '../../cpu/system';
import { Machine } from '../../machine';
import { COST_PROFILES } from '../../cost';
import { CODE, CODE_BYTES, DATA, DATA_BYTES, type Case, type Result } from './oracle';
import { EFER_NXE, CR0, CR4 } from '../../../x86/control';
import { CS, DS, ES, FS, GS, SS } from '../../../x86/registers';
import {
	type DescriptorWords,
	descriptorWords,
	flatAccess,
	gateWords,
	READABLE_CODE,
	SYSTEM as X86_SYSTEM,
	systemAccess,
	TYPE_ACCESSED,
	WRITABLE_DATA,
	DPL_SHIFT,
	LOADED_CODE,
	LOADED_DATA
} from '../../../x86/descriptors';
import { pushesError, VECTOR } from '../../../x86/exceptions';
import { PTE_P, PTE_RW, PTE_US } from '../../../x86/paging';
import { TSS32, TSS_IO_MAP, TSS_SIZE, tssStack } from '../../../x86/tss';

/** Physical and linear homes of the system structures; the host has its own code near that linear address. */
const PDPT = 0x1000;
const DIRECTORIES = 0x2000;
const TABLES = 0x6000;
const SYSTEM = 0x9000;
const SYSTEM_LINEAR = 0x0800_0000;
const [GDT, IDT, TSS, STUBS, STACK] = [0, 0x1000, 0x2000, 0x3000, 0x4000];
const CODE_PHYSICAL = 0x1_0000;
const DATA_PHYSICAL = 0x1_1000;

/** A segment over the whole address space of 32-bit code or data, not yet loaded. */
const flat = (type: number, dpl: number) => descriptorWords(0, 0xf_ffff, flatAccess(type | TYPE_ACCESSED, dpl));
export class Subject {
	readonly machine = new Machine({ ramBytes: 0x2_0000, profile: COST_PROFILES.unit });
	private result: Result | null = null;

	constructor() {
		const { cpu, memory } = this.machine;
		this.buildTables();
		cpu.efer = EFER_NXE;
		movToCr(cpu, 4, CR4.PAE);
		movToCr(cpu, 3, PDPT);
		Object.assign(cpu.gdtr, { base: SYSTEM_LINEAR + GDT, limit: 0x3f });
		Object.assign(cpu.idtr, { base: SYSTEM_LINEAR + IDT, limit: 0x7ff });
		movToCr(cpu, 0, CR0.PG | CR0.WP | CR0.ET | CR0.PE);
		ltr(cpu, 0x30);
		cpu.native = (vector) => this.trapped(vector);
		memory.write32(SYSTEM + TSS + tssStack(TSS32, 0), SYSTEM_LINEAR + STACK + 0x1000);
		memory.write16(SYSTEM + TSS + tssStack(TSS32, 0) + 4, 0x10);
		// No I/O bitmap: its base lies beyond the limit.
		memory.write16(SYSTEM + TSS + TSS_IO_MAP, TSS_SIZE);
	}

	private buildTables(): void {
		const { memory } = this.machine;
		for (let i = 0; i < 4; i++) memory.write32(PDPT + 8 * i, (DIRECTORIES + i * 0x1000) | PTE_P);
		const areas = [
			[SYSTEM_LINEAR, SYSTEM, 5, 0],
			[CODE, CODE_PHYSICAL, 1, PTE_US],
			[DATA, DATA_PHYSICAL, 2, PTE_US]
		];
		areas.forEach(([linear, physical, pages, user], n) => {
			const table = TABLES + n * 0x1000;
			memory.write32(DIRECTORIES + (linear >>> 21) * 8, table | (PTE_P | PTE_RW) | PTE_US);
			for (let i = 0; i < pages; i++) memory.write32(table + 8 * i, (physical + i * 0x1000) | (PTE_P | PTE_RW) | user);
		});
		const put = (at: number, [low, high]: DescriptorWords): void => {
			memory.write32(at, low);
			memory.write32(at + 4, high);
		};
		put(SYSTEM + GDT + 0x08, flat(READABLE_CODE, 0));
		put(SYSTEM + GDT + 0x10, flat(WRITABLE_DATA, 0));
		put(SYSTEM + GDT + 0x20, flat(READABLE_CODE, 3));
		put(SYSTEM + GDT + 0x28, flat(WRITABLE_DATA, 3));
		put(SYSTEM + GDT + 0x30, descriptorWords(SYSTEM_LINEAR + TSS, TSS_SIZE - 1, systemAccess(X86_SYSTEM.TSS32)));
		for (let vector = 0; vector < 256; vector++) {
			const stub = SYSTEM_LINEAR + STUBS + 4 * vector;
			// INT3, INTO and INT1 may come from ring 3.
			const dpl = vector === VECTOR.BP || vector === VECTOR.OF ? 3 : 0;
			put(SYSTEM + IDT + 8 * vector, gateWords(0x08, stub, systemAccess(X86_SYSTEM.INTERRUPT_GATE32, dpl)));
			memory.copyIn(SYSTEM + STUBS + 4 * vector, Uint8Array.of(0x0f, 0x3f, vector));
		}
	}

	/** Runs one case to its trap. */
	run(test: Case): Result {
		const { machine } = this;
		this.load(test);
		this.result = null;
		const reason = machine.run(2_000_000);
		if (this.result === null) throw new Error(`${test.text}: no trap, the run ended with ${reason}`);
		return this.result;
	}

	/** Puts the machine where the case begins. */
	load(test: Case): void {
		const { cpu, memory } = this.machine;
		const code = new Uint8Array(CODE_BYTES).fill(0xcc);
		code.set(test.code);
		memory.copyIn(CODE_PHYSICAL, code);
		memory.copyIn(DATA_PHYSICAL, randomData(test.seed));
		cpu.setSegment(CS, 0x23, 0, 0xffff_ffff, LOADED_CODE | (3 << DPL_SHIFT));
		for (const index of [ES, SS, DS]) cpu.setSegment(index, 0x2b, 0, 0xffff_ffff, LOADED_DATA | (3 << DPL_SHIFT));
		for (const index of [FS, GS]) cpu.setSegment(index, 0, 0, 0, 0, false);
		cpu.setCpl(3);
		cpu.setEflags(test.eflags);
		test.regs.forEach((value, r) => (cpu.s[r << 1] = value));
		cpu.eip = CODE;
	}

	private trapped(trap: number): void {
		const { machine } = this;
		const { cpu, memory } = machine;
		let at = SYSTEM + STACK + cpu.esp - (SYSTEM_LINEAR + STACK);
		const next = (): number => memory.read32((at += 4) - 4);
		const error = pushesError(trap) ? next() : 0;
		const [eip, , eflags, esp] = [next(), next(), next(), next()];
		const regs = Array.from({ length: 8 }, (_, r) => (r === 4 ? esp : cpu.s[r << 1] >>> 0));
		const cr2 = trap === VECTOR.PF ? cpu.cr2 >>> 0 : 0;
		this.result = { regs, eip, eflags, trap, error, cr2, hash: hashData(memory.bytes(DATA_PHYSICAL, DATA_BYTES)) };
		machine.stop();
	}
}

/** The next state of the harness's generator (xorshift32). */
export function nextRandom(state: number): number {
	let x = state;
	x ^= x << 13;
	x ^= x >>> 17;
	x ^= x << 5;
	return x;
}

function randomData(seed: number): Uint8Array {
	const words = new Int32Array(DATA_BYTES >> 2);
	let state = seed;
	for (let i = 0; i < words.length; i++) words[i] = state = nextRandom(state);
	return new Uint8Array(words.buffer);
}

function hashData(bytes: Uint8Array): number {
	const words = new Int32Array(bytes.slice().buffer);
	let hash = 0x811c_9dc5 | 0;
	for (const word of words) hash = Math.imul(hash ^ word, 0x0100_0193);
	return hash >>> 0;
}
