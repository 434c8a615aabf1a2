import { describe, expect, it } from 'vitest';
import { KIND } from '../../trace/events';
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
	makeCpu,
	put,
	TSS
} from '../testing';
import { deliver, interruptReturn, softwareInterrupt } from './interrupts';
import { SYSTEM } from '../../x86/descriptors';
import { NO_ERROR, VECTOR } from '../../x86/exceptions';
import { EFLAGS } from '../../x86/flags';
import { CS, DS, ES, FS, GS, SS } from '../../x86/registers';

const { IF, TF, NT, RF, IOPL, AC } = EFLAGS;
const HANDLER = 0x0012_3456;

/** Flat rings with the processor in `ring`, and a gate of `type` to ring `to` for vector 0x40. */
function machine(ring: number, to = 0, type: number = SYSTEM.INTERRUPT_GATE32, dpl = 3): TestCpu {
	const t = makeCpu();
	flatRings(t);
	inRing(t.cpu, ring);
	put(t.memory, IDT, 0x40, gate(type, codeOf(to), HANDLER, dpl));
	return t;
}

/** The words on the current stack, from the top. */
const stackWords = ({ cpu, memory }: TestCpu, count: number, size: 2 | 4 = 4): number[] =>
	Array.from({ length: count }, (_, i) =>
		size === 4 ? memory.read32(cpu.esp + i * 4) : memory.read16(cpu.esp + i * 2)
	);

describe('through a gate (SDM vol. 3, 6.12)', () => {
	it('in the same ring pushes EIP, CS and EFLAGS on the same stack', () => {
		const t = machine(0);
		t.cpu.setEflags(IF | 0x2 | 0x41);
		softwareInterrupt(t.cpu, 0x40, 'int n');
		expect([t.cpu.eip, t.cpu.esp, t.cpu.seg[CS].selector]).toEqual([HANDLER, 0x7000 - 12, codeOf(0)]);
		expect(stackWords(t, 3)).toEqual([0x5000, codeOf(0), IF | 0x43]);
	});

	it.each([0, 1, 2])('from ring 3 to ring %i takes the stack from the TSS and pushes SS and ESP first', (to) => {
		const t = machine(3, to);
		t.cpu.setEflags(IF | 2);
		softwareInterrupt(t.cpu, 0x40, 'int n');
		expect([t.cpu.cpl, t.cpu.seg[SS].selector, t.cpu.esp]).toEqual([to, dataOf(to), 0x8000 + to * 0x1000 - 20]);
		expect(stackWords(t, 5)).toEqual([0x5000, codeOf(3), IF | 2, 0x7000, dataOf(3)]);
		expect(t.recorder.of(KIND.trap)).toEqual([[0x40, 0, 3, to, 0x5000, 0x7000, HANDLER, t.cpu.esp]]);
	});

	it('an error code lies below EIP', () => {
		const t = machine(3);
		put(t.memory, IDT, VECTOR.GP, gate(SYSTEM.INTERRUPT_GATE32, codeOf(0), HANDLER));
		deliver(t.cpu, VECTOR.GP, 'fault', 0x1234);
		expect(stackWords(t, 3)).toEqual([0x1234, 0x5000, codeOf(3)]);
		expect(t.cpu.esp).toBe(0x8000 - 24);
	});

	it('an interrupt gate clears IF and a trap gate keeps it; both clear TF, NT and RF', () => {
		for (const [type, kept] of [
			[SYSTEM.INTERRUPT_GATE32, 0],
			[SYSTEM.TRAP_GATE32, IF]
		] as const) {
			const t = machine(3, 0, type);
			t.cpu.setEflags(IF | TF | NT | RF | AC | IOPL | 2);
			softwareInterrupt(t.cpu, 0x40, 'int n');
			expect(t.cpu.getEflags()).toBe(kept | AC | IOPL | 2);
		}
	});

	it('a 16-bit gate pushes words and jumps to 16 bits', () => {
		const t = machine(3, 0, SYSTEM.TRAP_GATE16);
		softwareInterrupt(t.cpu, 0x40, 'int n');
		expect([t.cpu.eip, t.cpu.esp]).toEqual([HANDLER & 0xffff, 0x8000 - 10]);
		expect(stackWords(t, 5, 2)).toEqual([0x5000, codeOf(3), 2, 0x7000, dataOf(3)]);
	});

	it('takes 16-bit stacks from a 16-bit TSS', () => {
		const t = machine(3);
		t.cpu.tr.set(9 << 3, TSS, 0x2b, 0x8300, true);
		t.memory.write16(TSS + 2, 0x6800);
		t.memory.write16(TSS + 4, dataOf(0));
		softwareInterrupt(t.cpu, 0x40, 'int n');
		expect(t.cpu.esp).toBe(0x6800 - 20);
	});

	it('a conforming handler runs in the ring that it was called from', () => {
		const t = machine(3);
		put(t.memory, GDT, 1, descriptor({ type: CODE | 4 }));
		softwareInterrupt(t.cpu, 0x40, 'int n');
		expect([t.cpu.cpl, t.cpu.seg[CS].selector, t.cpu.esp]).toEqual([3, codeOf(0) | 3, 0x7000 - 12]);
	});

	it('a fault pushes RF, a trap does not', () => {
		const images = (['fault', 'trap', 'external'] as const).map((source) => {
			const t = machine(0);
			deliver(t.cpu, 0x40, source);
			return stackWords(t, 3)[2] & RF;
		});
		expect(images).toEqual([RF, 0, 0]);
	});

	it('wakes a halted processor, and records interrupts as such', () => {
		const t = machine(0);
		t.cpu.halted = true;
		deliver(t.cpu, 0x40, 'external');
		expect(t.cpu.halted).toBe(false);
		expect(t.recorder.of(KIND.interrupt)).toEqual([[0x40, 0, 0x5000, 0x7000 - 12]]);
	});
});

describe('what a gate refuses, with its error code', () => {
	const IDT_ERROR = 0x40 * 8 + 2;
	const { GP, NP, TS } = VECTOR;
	const rows: [string, (t: TestCpu) => void, [number, number]][] = [
		['beyond the IDT', (t) => (t.cpu.idtr.limit = 0x40 * 8 + 6), [GP, IDT_ERROR]],
		['gate DPL below CPL', (t) => put(t.memory, IDT, 0x40, gate(14, codeOf(0), 0, 2)), [GP, IDT_ERROR]],
		['not a gate', (t) => put(t.memory, IDT, 0x40, gate(12, codeOf(0), 0, 3)), [GP, IDT_ERROR]],
		['absent gate', (t) => put(t.memory, IDT, 0x40, gate(14, codeOf(0), 0, 3, 0, false)), [NP, IDT_ERROR]],
		['null code selector', (t) => put(t.memory, IDT, 0x40, gate(14, 3, 0, 3)), [GP, 0]],
		['code selector beyond the GDT', (t) => put(t.memory, IDT, 0x40, gate(14, 0x800, 0, 3)), [GP, 0x800]],
		['data selector', (t) => put(t.memory, IDT, 0x40, gate(14, dataOf(0), 0, 3)), [GP, dataOf(0)]],
		['absent code', (t) => put(t.memory, GDT, 1, descriptor({ type: CODE, present: false })), [NP, codeOf(0)]],
		[
			'entry beyond the limit',
			(t) => put(t.memory, GDT, 1, descriptor({ type: CODE, limit: 1, pages: false })),
			[GP, 0]
		],
		['no TSS', (t) => t.cpu.tr.clear(), [TS, 0]],
		['short TSS', (t) => (t.cpu.tr.limit = 8), [TS, 9 << 3]],
		['null stack', (t) => t.memory.write32(TSS + 8, 0), [TS, 0]],
		['stack of another ring', (t) => t.memory.write32(TSS + 8, dataOf(1)), [TS, dataOf(1) & ~3]],
		['stack selector with another RPL', (t) => t.memory.write32(TSS + 8, dataOf(0) | 1), [TS, dataOf(0)]],
		['code as stack', (t) => t.memory.write32(TSS + 8, codeOf(0)), [TS, codeOf(0)]],
		['absent stack', (t) => put(t.memory, GDT, 2, descriptor({ type: DATA, present: false })), [VECTOR.SS, dataOf(0)]],
		['no room on the stack', (t) => t.memory.write32(TSS + 4, 16), [VECTOR.SS, dataOf(0)]]
	];
	it.each(rows)('%s', (_name, spoil, expected) => {
		const t = machine(3);
		spoil(t);
		const before = [t.cpu.eip, t.cpu.esp, t.cpu.cpl, t.cpu.getEflags(), ...t.cpu.seg.map((r) => r.selector)];
		expect(faultOf(() => softwareInterrupt(t.cpu, 0x40, 'int n'))).toEqual(expected);
		expect([t.cpu.eip, t.cpu.esp, t.cpu.cpl, t.cpu.getEflags(), ...t.cpu.seg.map((r) => r.selector)]).toEqual(before);
	});

	it('does not ask the DPL for hardware interrupts, exceptions and INT1', () => {
		for (const source of ['external', 'fault', 'int1'] as const) {
			const t = machine(3, 0, SYSTEM.INTERRUPT_GATE32, 0);
			deliver(t.cpu, 0x40, source);
			expect(t.cpu.eip).toBe(HANDLER);
		}
	});

	it('sets EXT for what happens while hardware events are delivered', () => {
		const t = machine(3);
		t.memory.write32(TSS + 8, dataOf(1));
		put(t.memory, IDT, VECTOR.TS, gate(14, codeOf(3), 0x100));
		deliver(t.cpu, 0x40, 'external');
		expect([t.cpu.eip, stackWords(t, 1)[0]]).toEqual([0x100, (dataOf(1) & ~3) | 1]);
	});
});

describe('faults in a row (SDM vol. 3, table 6-5)', () => {
	/** Vectors whose gates are absent fault when delivered; #DF goes to 0xdf00 in ring 0. */
	function landing(vector: number, source: 'fault' | 'external', usable: number[]): number | 'shutdown' {
		const t = machine(0);
		for (let v = 0; v < 0x42; v++) put(t.memory, IDT, v, gate(SYSTEM.INTERRUPT_GATE32, codeOf(0), 0, 0, 0, false));
		for (const v of usable) put(t.memory, IDT, v, gate(SYSTEM.INTERRUPT_GATE32, codeOf(0), v << 8));
		deliver(t.cpu, vector, source, source === 'fault' ? 0 : NO_ERROR);
		return t.cpu.shutdown ? 'shutdown' : t.cpu.eip >>> 8;
	}
	const { DE, UD, DF, GP, NP, PF, TS } = VECTOR;
	it.each([
		['benign, then contributory: served in turn', UD, 'fault', [DF, GP, NP], NP],
		['contributory, then contributory: double fault', DE, 'fault', [DF, GP, NP], DF],
		['#GP, then #NP: double fault', GP, 'fault', [DF, NP], DF],
		['#TS, then #NP: double fault', TS, 'fault', [DF, NP], DF],
		['#PF, then #NP: double fault', PF, 'fault', [DF, NP], DF],
		['an interrupt, then #NP: served', 0x41, 'external', [DF, NP], NP],
		['an interrupt, then two contributory ones: double fault', 0x41, 'external', [DF], DF],
		['nothing left: shutdown', PF, 'fault', [NP], 'shutdown']
	] as const)('%s', (_name, vector, source, usable, expected) => {
		expect(landing(vector, source, [...usable])).toBe(expected);
	});

	it('a double fault pushes error code 0; a triple fault is recorded', () => {
		const t = machine(0);
		put(t.memory, IDT, DF, gate(SYSTEM.INTERRUPT_GATE32, codeOf(0), 0xdf00));
		deliver(t.cpu, GP, 'fault', 0x123);
		expect(stackWords(t, 2)).toEqual([0, 0x5000]);
		const broken = makeCpu();
		deliver(broken.cpu, GP, 'fault', 0);
		expect([broken.cpu.shutdown, broken.recorder.of(KIND.shutdown).length]).toEqual([true, 1]);
	});
});

describe('IRET (SDM vol. 2)', () => {
	/** Puts an IRET frame on the current stack. */
	function frame(t: TestCpu, ...words: number[]): void {
		t.cpu.esp = 0x7000;
		words.forEach((word, i) => t.memory.write32(0x7000 + i * 4, word));
	}

	it.each([
		[0, 1],
		[0, 2],
		[0, 3],
		[1, 2],
		[1, 3],
		[2, 3]
	])('returns from ring %i to ring %i', (from, to) => {
		const t = machine(from);
		frame(t, 0x4444, codeOf(to), IF | 2, 0x6000, dataOf(to));
		interruptReturn(t.cpu, 32);
		expect([t.cpu.eip, t.cpu.cpl, t.cpu.esp, t.cpu.seg[SS].selector]).toEqual([0x4444, to, 0x6000, dataOf(to)]);
		expect(t.recorder.of(KIND.far_return)).toEqual([[from, to, 0x4444, 0x6000, IF | 2]]);
	});

	it('to the same ring pops three words', () => {
		const t = machine(1);
		frame(t, 0x4444, codeOf(1), 2);
		interruptReturn(t.cpu, 32);
		expect([t.cpu.eip, t.cpu.cpl, t.cpu.esp]).toEqual([0x4444, 1, 0x700c]);
	});

	it('marks the segments that it loads as accessed, code and outer stack', () => {
		const t = machine(0);
		frame(t, 0x4444, codeOf(3), 2, 0x6000, dataOf(3));
		interruptReturn(t.cpu, 32);
		const accessed = [codeOf(3), dataOf(3)].map((selector) => t.memory.read8(GDT + (selector & ~7) + 5) & 1);
		expect(accessed).toEqual([1, 1]);
		expect([CS, SS].map((index) => t.cpu.seg[index].type & 1)).toEqual([1, 1]);
	});

	it('drops data segments that the outer ring may not see, and keeps those that it may', () => {
		const t = machine(0);
		t.cpu.setSegment(ES, dataOf(3), 0, 0xffff_ffff, 0x00c0_f300);
		t.cpu.setSegment(FS, codeOf(0), 0, 0xffff_ffff, 0x00c0_9f00);
		frame(t, 0x4444, codeOf(3), 2, 0x6000, dataOf(3));
		interruptReturn(t.cpu, 32);
		expect([ES, DS, FS, GS].map((index) => t.cpu.seg[index].usable)).toEqual([true, false, true, false]);
		expect(t.cpu.seg[DS].selector).toBe(0);
		expect(faultOf(() => t.cpu.read8(DS, 0))).toEqual([VECTOR.GP, 0]);
	});

	it('changes IF by IOPL and IOPL in ring 0 only, silently', () => {
		const after = (ring: number, iopl: number): number => {
			const t = machine(ring);
			t.cpu.setEflags((iopl << 12) | 2);
			frame(t, 0, codeOf(ring), IF | IOPL | AC | 2);
			interruptReturn(t.cpu, 32);
			return t.cpu.getEflags();
		};
		expect(after(0, 0)).toBe(IF | IOPL | AC | 2);
		expect(after(1, 0)).toBe(AC | 2);
		expect(after(1, 1)).toBe(IF | AC | (1 << 12) | 2);
		expect(after(3, 2)).toBe(AC | (2 << 12) | 2);
	});

	const { GP, NP } = VECTOR;
	it.each([
		['null CS', [0, 0, 2], [GP, 0]],
		['CS of an inner ring', [0, codeOf(0), 2], [GP, codeOf(0)]],
		['RPL without the DPL', [0, codeOf(1) | 3, 2, 0x6000, dataOf(3)], [GP, codeOf(1) & ~3]],
		['data as CS', [0, dataOf(1), 2], [GP, dataOf(1) & ~3]],
		['null SS', [0, codeOf(3), 2, 0x6000, 0], [GP, 0]],
		['SS of another ring', [0, codeOf(3), 2, 0x6000, dataOf(2)], [GP, dataOf(2) & ~3]],
		['absent CS', [0, (20 << 3) | 1, 2], [NP, 20 << 3]],
		['EIP beyond the limit', [0x10, (21 << 3) | 1, 2], [GP, 0]]
	] as const)('refuses %s and changes nothing', (_name, words, expected) => {
		const t = machine(1);
		put(t.memory, GDT, 20, descriptor({ type: CODE, dpl: 1, present: false }));
		put(t.memory, GDT, 21, descriptor({ type: CODE, dpl: 1, limit: 15, pages: false }));
		frame(t, ...words);
		expect(faultOf(() => interruptReturn(t.cpu, 32))).toEqual(expected);
		expect([t.cpu.eip, t.cpu.esp, t.cpu.cpl]).toEqual([0x5000, 0x7000, 1]);
	});

	it('refuses to enter virtual-8086 mode, which is absent', () => {
		const t = machine(0);
		frame(t, 0, 0, EFLAGS.VM | 2);
		expect(faultOf(() => interruptReturn(t.cpu, 32))).toEqual([GP, 0]);
	});

	it('with 16-bit operands pops words and keeps the high half of EFLAGS', () => {
		const t = machine(0);
		t.cpu.setEflags(AC | 2);
		t.memory.write32(0x7000, 0x4444 | (codeOf(0) << 16));
		t.memory.write16(0x7004, IF | 2);
		interruptReturn(t.cpu, 16);
		expect([t.cpu.eip, t.cpu.esp, t.cpu.getEflags()]).toEqual([0x4444, 0x7006, IF | AC | 2]);
	});

	it('undoes INT: a round trip leaves everything as it was', () => {
		const t = machine(3);
		t.cpu.setEflags(IF | AC | 0x8d7);
		const before = [t.cpu.eip, t.cpu.esp, t.cpu.cpl, t.cpu.getEflags(), ...t.cpu.seg.map((r) => r.selector)];
		softwareInterrupt(t.cpu, 0x40, 'int n');
		interruptReturn(t.cpu, 32);
		expect([t.cpu.eip, t.cpu.esp, t.cpu.cpl, t.cpu.getEflags(), ...t.cpu.seg.map((r) => r.selector)]).toEqual(before);
	});
});
