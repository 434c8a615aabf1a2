import { describe, expect, it } from 'vitest';
import { CS, DS, SS } from '../layout';
import type { TestCpu } from '../testing';
import {
	codeOf,
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
import { VECTOR } from './fault';
import { deliver, interruptReturn } from './interrupts';
import { CR0, EFLAGS } from './registers';
import { SYSTEM } from './segment-register';
import { farCall, farJump } from './transfers';

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

	it('IRET with NT refuses a link that is no busy TSS', () => {
		const t = machine();
		t.cpu.setEflags(EFLAGS.NT | 2);
		t.memory.write16(TSS, TASK);
		expect(faultOf(() => interruptReturn(t.cpu, 32))).toEqual([TS, TASK]);
	});
});
