import { describe, expect, it } from 'vitest';
import type { TestCpu } from '../testing';
import {
	CODE,
	codeOf,
	DATA,
	dataOf,
	descriptor,
	faultOf,
	flatRings,
	gate,
	GDT,
	IDT,
	inRing,
	LDT,
	makeCpu,
	put,
	TSS
} from '../testing';
import { deliver, interruptReturn, softwareInterrupt } from './interrupts';
import { farCall, farJump } from './transfers';
import { CR0 } from '../../x86/control';
import { SYSTEM } from '../../x86/descriptors';
import { VECTOR } from '../../x86/exceptions';
import { EFLAGS } from '../../x86/flags';
import { CS, DS, SS } from '../../x86/registers';

const NEW = 0x4800;
const TASK = 20 << 3;
const OLD = 9 << 3;

/** A second 32-bit TSS in slot 20: ring `ring`, EIP 0x9999, ESP 0x6000, EAX 77. */
function machine(ring = 0): TestCpu {
	const t = makeCpu();
	flatRings(t);
	inRing(t.cpu, 0);
	t.cpu.setEflags(2);
	put(t.memory, GDT, 20, descriptor({ base: NEW, limit: 0x67, type: SYSTEM.TSS32, big: false, pages: false }));
	t.memory.write32(NEW + 0x20, 0x9999);
	t.memory.write32(NEW + 0x24, EFLAGS.IF | 2);
	t.memory.write32(NEW + 0x28, 77);
	t.memory.write32(NEW + 0x38, 0x6000);
	[dataOf(ring), codeOf(ring), dataOf(ring), dataOf(ring), 0, 0].forEach((selector, i) =>
		t.memory.write32(NEW + 0x48 + i * 4, selector)
	);
	return t;
}

const busy = (t: TestCpu, slot: number): boolean => (t.memory.read8(GDT + slot * 8 + 5) & 2) !== 0;

describe('task switches (SDM vol. 3, 7.3)', () => {
	it('JMP to a TSS saves the old task and loads the new one', () => {
		const t = machine(3);
		t.cpu.s[0] = 11;
		farJump(t.cpu, TASK, 0, 32);
		expect([t.cpu.cpl, t.cpu.eip, t.cpu.esp, t.cpu.s[0], t.cpu.getEflags()]).toEqual([
			3,
			0x9999,
			0x6000,
			77,
			EFLAGS.IF | 2
		]);
		expect([t.cpu.seg[CS].selector, t.cpu.seg[SS].selector, t.cpu.seg[DS].selector]).toEqual([
			codeOf(3),
			dataOf(3),
			dataOf(3)
		]);
		expect([t.memory.read32(TSS + 0x20), t.memory.read32(TSS + 0x28), t.memory.read32(TSS + 0x38)]).toEqual([
			0x5000, 11, 0x7000
		]);
		expect([busy(t, 9), busy(t, 20), t.cpu.tr.selector, t.cpu.cr0 & CR0.TS]).toEqual([false, true, TASK, CR0.TS]);
	});

	it('CALL nests: link, NT and both busy; IRET goes back', () => {
		const t = machine();
		farCall(t.cpu, TASK, 0, 32);
		expect([t.memory.read16(NEW), t.cpu.getEflags() & EFLAGS.NT, busy(t, 9), busy(t, 20)]).toEqual([
			OLD,
			EFLAGS.NT,
			true,
			true
		]);
		interruptReturn(t.cpu, 32);
		expect([t.cpu.eip, t.cpu.esp, t.cpu.tr.selector, t.cpu.getEflags()]).toEqual([0x5000, 0x7000, OLD, 2]);
		expect([busy(t, 9), busy(t, 20), t.memory.read32(NEW + 0x24) & EFLAGS.NT]).toEqual([true, false, 0]);
	});

	it('an interrupt through a task gate pushes the error code in the new task', () => {
		const t = machine();
		put(t.memory, IDT, VECTOR.DF, gate(SYSTEM.TASK_GATE, TASK, 0));
		deliver(t.cpu, VECTOR.GP, 'fault', 0x10);
		expect([t.cpu.eip, t.cpu.esp, t.memory.read32(0x5ffc)]).toEqual([0x9999, 0x5ffc, 0]);
		expect(t.memory.read32(TSS + 0x20)).toBe(0x5000);
	});

	it('a task gate may be used from ring 3 if its DPL says so', () => {
		const t = machine();
		inRing(t.cpu, 3);
		put(t.memory, GDT, 21, gate(SYSTEM.TASK_GATE, TASK, 0, 3));
		farCall(t.cpu, (21 << 3) | 3, 0, 32);
		expect([t.cpu.cpl, t.cpu.eip]).toEqual([0, 0x9999]);
	});

	it('loads a 16-bit TSS', () => {
		const t = machine();
		put(t.memory, GDT, 20, descriptor({ base: NEW, limit: 0x2b, type: SYSTEM.TSS16, big: false, pages: false }));
		t.memory.fill(NEW, 0x2c, 0);
		t.memory.write16(NEW + 0x0e, 0x1111);
		t.memory.write16(NEW + 0x10, 2);
		t.memory.write16(NEW + 0x1a, 0x6000);
		[dataOf(0), codeOf(0), dataOf(0), 0].forEach((selector, i) => t.memory.write16(NEW + 0x22 + i * 2, selector));
		farJump(t.cpu, TASK, 0, 32);
		expect([t.cpu.eip, t.cpu.s[4 << 1] & 0xffff, t.cpu.tr.selector]).toEqual([0x1111, 0x6000, TASK]);
	});

	const { GP, NP, TS } = VECTOR;
	it.each([
		['busy', { base: NEW, limit: 0x67, type: SYSTEM.TSS32_BUSY, pages: false }, [GP, TASK]],
		['absent', { base: NEW, limit: 0x67, type: SYSTEM.TSS32, pages: false, present: false }, [NP, TASK]],
		['too short', { base: NEW, limit: 0x66, type: SYSTEM.TSS32, pages: false }, [TS, TASK]]
	])('refuses a TSS that is %s and stays in the old task', (_name, shape, expected) => {
		const t = machine();
		put(t.memory, GDT, 20, descriptor(shape));
		expect(faultOf(() => farJump(t.cpu, TASK, 0, 32))).toEqual(expected);
		expect([t.cpu.eip, t.cpu.tr.selector, busy(t, 9)]).toEqual([0x5000, OLD, true]);
	});

	it('faults of the new segments are delivered in the new task', () => {
		const t = machine();
		put(t.memory, LDT, 0, descriptor({ type: 2 }));
		t.memory.write32(NEW + 0x50, dataOf(3));
		put(t.memory, IDT, TS, gate(SYSTEM.TASK_GATE, 22 << 3, 0));
		put(t.memory, GDT, 22, descriptor({ base: 0x5800, limit: 0x67, type: SYSTEM.TSS32, big: false, pages: false }));
		t.memory.copyIn(0x5800, t.memory.bytes(NEW, 0x68).slice());
		t.memory.write32(0x5850, dataOf(0));
		t.memory.write32(0x5820, 0x7777);
		farJump(t.cpu, TASK, 0, 32);
		expect([t.cpu.eip, t.cpu.tr.selector, t.memory.read16(0x5800)]).toEqual([0x7777, 22 << 3, TASK]);
		expect(t.memory.read32(NEW + 0x20)).toBe(0x9999);
		expect(t.memory.read32(0x5ffc)).toBe(dataOf(3) & ~3);
	});

	it('a fault that goes through a task gate is saved with RF, an INT n is not (SDM vol. 3, 17.3.1.1)', () => {
		const saved = (go: (cpu: TestCpu['cpu']) => void): number => {
			const t = machine();
			for (const vector of [VECTOR.UD, 0x50]) put(t.memory, IDT, vector, gate(SYSTEM.TASK_GATE, TASK, 0));
			go(t.cpu);
			expect(t.cpu.tr.selector).toBe(TASK);
			return t.memory.read32(TSS + 0x24);
		};
		expect(saved((cpu) => deliver(cpu, VECTOR.UD, 'fault'))).toBe(EFLAGS.RF | 2);
		expect(saved((cpu) => deliver(cpu, VECTOR.UD, 'trap'))).toBe(2);
		expect(saved((cpu) => deliver(cpu, 0x50, 'external'))).toBe(2);
		expect(saved((cpu) => softwareInterrupt(cpu, 0x50, 'int n'))).toBe(2);
	});

	it('an event through a task gate ends the shadow of STI and of a load of SS', () => {
		const t = machine();
		put(t.memory, IDT, VECTOR.PF, gate(SYSTEM.TASK_GATE, TASK, 0));
		t.cpu.inhibit = t.cpu.inhibitTraps = true;
		deliver(t.cpu, VECTOR.PF, 'fault', 0);
		expect([t.cpu.inhibit, t.cpu.inhibitTraps]).toEqual([false, false]);
	});

	it('IRET with NT refuses a link that is no busy TSS', () => {
		const t = machine();
		t.cpu.setEflags(EFLAGS.NT | 2);
		t.memory.write16(TSS, TASK);
		expect(faultOf(() => interruptReturn(t.cpu, 32))).toEqual([TS, TASK]);
	});
});

describe('a bad segment of the new task faults there, in the order of SDM vol. 3, table 7-1', () => {
	const { GP, NP, TS, DF, UD } = VECTOR;
	/** Slots of bad segments, and the stack pointers of the new task: its own, and for ring 0. */
	const [ABSENT_CODE, ABSENT_DATA, SHORT, ABSENT_LDT, READ_ONLY, CONFORMING, EXECUTE_ONLY] = [
		24, 25, 26, 27, 28, 29, 30
	];
	const BEYOND = 0x800;
	const OWN = 0x6000;
	const INNER = 0xa000;
	const at = (slot: number): number => slot << 3;

	type Words = Partial<Record<'es' | 'cs' | 'ss' | 'ds' | 'fs' | 'gs' | 'ldt' | 'eip', number>>;
	const OFFSETS = { es: 0x48, cs: 0x4c, ss: 0x50, ds: 0x54, fs: 0x58, gs: 0x5c, ldt: 0x60, eip: 0x20 };

	function prepared(words: Words): TestCpu {
		const t = machine();
		put(t.memory, GDT, ABSENT_CODE, descriptor({ type: CODE, present: false }));
		put(t.memory, GDT, ABSENT_DATA, descriptor({ type: DATA, present: false }));
		put(t.memory, GDT, SHORT, descriptor({ type: CODE, limit: 0xff, pages: false }));
		put(
			t.memory,
			GDT,
			ABSENT_LDT,
			descriptor({ base: LDT, limit: 0xff, type: SYSTEM.LDT, present: false, pages: false })
		);
		put(t.memory, GDT, READ_ONLY, descriptor({ type: 0x10 }));
		put(t.memory, GDT, CONFORMING, descriptor({ type: CODE | 4, dpl: 1 }));
		put(t.memory, GDT, EXECUTE_ONLY, descriptor({ type: 0x18 }));
		t.memory.write32(NEW + 4, INNER);
		t.memory.write32(NEW + 8, dataOf(0));
		for (const [name, value] of Object.entries(words)) t.memory.write32(NEW + OFFSETS[name as 'cs'], value);
		for (let vector = 0; vector < 0x20; vector++) {
			put(t.memory, IDT, vector, gate(SYSTEM.INTERRUPT_GATE32, codeOf(0), vector << 16));
		}
		return t;
	}
	/** Vector, error code, and the stack that took the frame; the frame is that of a fault at the new task's first instruction. */
	function outcome(t: TestCpu, words: Words): [vector: number, error: number, top: number] {
		const { cpu, memory } = t;
		expect([cpu.shutdown, cpu.tr.selector, busy(t, 20)]).toEqual([false, TASK, true]);
		const [error, eip, cs, flags] = [0, 4, 8, 12].map((depth) => memory.read32(cpu.esp + depth));
		expect([eip, cs, flags & EFLAGS.RF]).toEqual([words.eip ?? 0x9999, words.cs ?? codeOf(0), EFLAGS.RF]);
		expect(memory.read32(TSS + 0x20)).toBe(0x5000);
		const top = cpu.esp > OWN ? cpu.esp + 24 : cpu.esp + 16;
		return [cpu.eip >>> 16, error, top];
	}

	it.each([
		['CS absent', { cs: at(ABSENT_CODE) }, [NP, at(ABSENT_CODE), OWN]],
		['CS beyond the table', { cs: BEYOND }, [TS, BEYOND, OWN]],
		['CS of data', { cs: dataOf(0) }, [TS, dataOf(0), OWN]],
		['CS of a TSS', { cs: OLD }, [TS, OLD, OWN]],
		['CS null', { cs: 0 }, [TS, 0, OWN]],
		['CS null with RPL 3', { cs: 3, ss: dataOf(3), ds: 0, es: 0 }, [TS, 0, INNER]],
		['CS whose DPL is not its RPL', { cs: codeOf(3) & ~3 }, [TS, codeOf(3) & ~3, INNER]],
		['CS conforming with a DPL above its RPL', { cs: at(CONFORMING) }, [TS, at(CONFORMING), INNER]],
		['EIP beyond CS', { cs: at(SHORT) }, [GP, 0, OWN]],
		['SS null', { ss: 0 }, [TS, 0, INNER]],
		['SS absent', { ss: at(ABSENT_DATA) }, [VECTOR.SS, at(ABSENT_DATA), INNER]],
		['SS beyond the table', { ss: BEYOND }, [TS, BEYOND, INNER]],
		['SS of code', { ss: codeOf(0) }, [TS, codeOf(0), INNER]],
		['SS that cannot be written', { ss: at(READ_ONLY) }, [TS, at(READ_ONLY), INNER]],
		['SS of another ring', { ss: dataOf(1) }, [TS, dataOf(1) & ~3, INNER]],
		['SS with another RPL', { ss: dataOf(0) | 1 }, [TS, dataOf(0), INNER]],
		['DS absent', { ds: at(ABSENT_DATA) }, [NP, at(ABSENT_DATA), OWN]],
		['ES beyond the table', { es: BEYOND }, [TS, BEYOND, OWN]],
		['FS that cannot be read', { fs: at(EXECUTE_ONLY) }, [TS, at(EXECUTE_ONLY), OWN]],
		['GS of a TSS', { gs: OLD }, [TS, OLD, OWN]],
		['DS of an inner ring', { cs: codeOf(3), ss: dataOf(3), es: 0 }, [TS, dataOf(0), INNER]],
		[
			'DS absent, and of an inner ring',
			{ cs: codeOf(3), ss: dataOf(3), ds: at(ABSENT_DATA), es: 0 },
			[NP, at(ABSENT_DATA), INNER]
		],
		['LDT absent', { ldt: at(ABSENT_LDT) }, [TS, at(ABSENT_LDT), OWN]],
		['LDT of code', { ldt: codeOf(0) }, [TS, codeOf(0), INNER]],
		['LDT beyond the table', { ldt: BEYOND }, [TS, BEYOND, INNER]],
		['LDT in an LDT', { ldt: 4 }, [TS, 4, INNER]],
		['the LDT before a privilege', { ldt: BEYOND, cs: codeOf(3) & ~3 }, [TS, BEYOND, INNER]],
		['the privilege of CS before SS', { cs: codeOf(3) & ~3, ss: BEYOND }, [TS, codeOf(3) & ~3, INNER]],
		['SS before an absent LDT', { ldt: at(ABSENT_LDT), ss: BEYOND }, [TS, BEYOND, INNER]],
		['an absent LDT before SS in it', { ldt: at(ABSENT_LDT), ss: 4 }, [TS, at(ABSENT_LDT), INNER]],
		['an absent LDT before CS', { ldt: at(ABSENT_LDT), cs: at(ABSENT_CODE) }, [TS, at(ABSENT_LDT), OWN]],
		['SS before CS', { cs: at(ABSENT_CODE), ss: BEYOND }, [TS, BEYOND, INNER]],
		['CS before the RPL of SS', { cs: at(ABSENT_CODE), ss: dataOf(0) | 1 }, [NP, at(ABSENT_CODE), INNER]],
		['the RPL of SS before DS', { ss: dataOf(0) | 1, ds: at(ABSENT_DATA) }, [TS, dataOf(0), INNER]],
		['CS before DS', { cs: at(ABSENT_CODE), ds: BEYOND }, [NP, at(ABSENT_CODE), OWN]],
		['DS before EIP', { cs: at(SHORT), ds: at(ABSENT_DATA) }, [NP, at(ABSENT_DATA), OWN]]
	] as [string, Words, [number, number, number]][])('%s', (_name, words, expected) => {
		const t = prepared(words);
		farJump(t.cpu, TASK, 0, 32);
		expect(outcome(t, words)).toEqual(expected);
	});

	it.each([
		['CALL', (cpu) => farCall(cpu, TASK, 0, 32), NP, at(ABSENT_CODE)],
		['INT n', (cpu) => softwareInterrupt(cpu, 0x50, 'int n'), NP, at(ABSENT_CODE)],
		['an interrupt', (cpu) => deliver(cpu, 0x50, 'external'), NP, at(ABSENT_CODE) | 1],
		['a benign fault', (cpu) => deliver(cpu, UD, 'fault'), NP, at(ABSENT_CODE) | 1],
		['a contributory fault', (cpu) => deliver(cpu, GP, 'fault', 0), DF, 0]
	] as [string, (cpu: TestCpu['cpu']) => void, number, number][])(
		'whatever leads there: %s',
		(_name, go, vector, error) => {
			const words = { cs: at(ABSENT_CODE) };
			const t = prepared(words);
			for (const n of [UD, GP, 0x50]) put(t.memory, IDT, n, gate(SYSTEM.TASK_GATE, TASK, 0));
			go(t.cpu);
			expect(outcome(t, words)).toEqual([vector, error, OWN]);
			expect([t.memory.read16(NEW), t.cpu.getEflags() & EFLAGS.NT]).toEqual([OLD, 0]);
		}
	);

	it('IRET, too', () => {
		const words = { cs: at(ABSENT_CODE) };
		const t = prepared(words);
		t.memory.write16(TSS, TASK);
		t.memory.write8(GDT + 20 * 8 + 5, 0x8b);
		t.cpu.setEflags(EFLAGS.NT | 2);
		interruptReturn(t.cpu, 32);
		expect(outcome(t, words)).toEqual([NP, at(ABSENT_CODE), OWN]);
	});

	it('a task gate saves the new task as far as it was loaded', () => {
		const t = prepared({ cs: at(ABSENT_CODE), ds: BEYOND });
		put(t.memory, IDT, NP, gate(SYSTEM.TASK_GATE, 22 << 3, 0));
		put(t.memory, GDT, 22, descriptor({ base: 0x5800, limit: 0x67, type: SYSTEM.TSS32, big: false, pages: false }));
		t.memory.copyIn(0x5800, t.memory.bytes(NEW, 0x68).slice());
		t.memory.write32(0x5800 + 0x4c, codeOf(0));
		t.memory.write32(0x5800 + 0x54, dataOf(0));
		t.memory.write32(0x5800 + 0x38, 0x6800);
		farJump(t.cpu, TASK, 0, 32);
		expect([t.cpu.tr.selector, t.memory.read16(0x5800), t.memory.read32(0x6800 - 4)]).toEqual([
			22 << 3,
			TASK,
			at(ABSENT_CODE)
		]);
		const saved = [0x20, 0x24, 0x38, 0x4c, 0x50, 0x54].map((offset) => t.memory.read32(NEW + offset));
		expect(saved).toEqual([0x9999, EFLAGS.IF | EFLAGS.RF | 2, OWN, at(ABSENT_CODE), dataOf(0), BEYOND]);
	});

	it('with no stack anywhere the machine shuts down', () => {
		const t = prepared({ ss: 0 });
		t.memory.write32(NEW + 8, 0);
		farJump(t.cpu, TASK, 0, 32);
		expect(t.cpu.shutdown).toBe(true);
	});
});
