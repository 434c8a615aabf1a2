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
	inRing,
	makeCpu,
	put,
	TSS
} from '../testing';
import { farCall, farJump, farReturn, sysenter, sysexit } from './transfers';
import { SYSTEM } from '../../x86/descriptors';
import { VECTOR } from '../../x86/exceptions';
import { EFLAGS } from '../../x86/flags';
import { CS, DS, SS } from '../../x86/registers';

const { GP, NP, TS } = VECTOR;
const GATE = 20 << 3;

function machine(ring: number): TestCpu {
	const t = makeCpu();
	flatRings(t);
	inRing(t.cpu, ring);
	return t;
}

const words = ({ cpu, memory }: TestCpu, count: number): number[] =>
	Array.from({ length: count }, (_, i) => memory.read32(cpu.esp + i * 4));

describe('far JMP and CALL straight to code (SDM vol. 3, 5.8.1)', () => {
	it('asks CPL = DPL and RPL <= CPL of private code, DPL <= CPL of conforming code', () => {
		for (const conforming of [false, true]) {
			for (let cpl = 0; cpl < 4; cpl++) {
				for (let dpl = 0; dpl < 4; dpl++) {
					for (let rpl = 0; rpl < 4; rpl++) {
						const t = machine(cpl);
						put(t.memory, GDT, 20, descriptor({ type: conforming ? CODE | 4 : CODE, dpl }));
						const allowed = conforming ? dpl <= cpl : dpl === cpl && rpl <= cpl;
						for (const transfer of [farJump, farCall]) {
							inRing(t.cpu, cpl);
							const expected = allowed ? null : [GP, GATE];
							expect(faultOf(() => transfer(t.cpu, GATE | rpl, 0x99, 32))).toEqual(expected);
							if (allowed) expect([t.cpu.eip, t.cpu.seg[CS].selector]).toEqual([0x99, GATE | cpl]);
						}
					}
				}
			}
		}
	});

	it('CALL pushes CS and EIP in the operand size', () => {
		const t = machine(0);
		farCall(t.cpu, codeOf(0), 0x1_2345, 32);
		expect([t.cpu.esp, ...words(t, 2)]).toEqual([0x7000 - 8, 0x5000, codeOf(0)]);
		farCall(t.cpu, codeOf(0), 0x1_2345, 16);
		expect([t.cpu.esp, t.cpu.eip, words(t, 1)[0]]).toEqual([0x7000 - 12, 0x2345, (codeOf(0) << 16) | 0x2345]);
	});

	it('refuses null, absent code, data, and EIP beyond the limit', () => {
		const t = machine(0);
		put(t.memory, GDT, 20, descriptor({ type: CODE, present: false }));
		put(t.memory, GDT, 21, descriptor({ type: CODE, limit: 15, pages: false }));
		expect(faultOf(() => farJump(t.cpu, 0, 0, 32))).toEqual([GP, 0]);
		expect(faultOf(() => farJump(t.cpu, GATE, 0, 32))).toEqual([NP, GATE]);
		expect(faultOf(() => farJump(t.cpu, dataOf(0), 0, 32))).toEqual([GP, dataOf(0)]);
		expect(faultOf(() => farCall(t.cpu, 21 << 3, 16, 32))).toEqual([GP, 0]);
		expect([t.cpu.eip, t.cpu.esp]).toEqual([0x5000, 0x7000]);
	});
});

describe('call gates (SDM vol. 3, 5.8.3)', () => {
	/** A gate in slot 20 to ring `to`, seen from ring `ring`. */
	function gated(ring: number, to: number, type: number = SYSTEM.CALL_GATE32, count = 0, dpl = 3): TestCpu {
		const t = machine(ring);
		put(t.memory, GDT, 20, gate(type, codeOf(to), 0x3_0000, dpl, count));
		return t;
	}

	it('to an inner ring copies the parameters between ESP and CS', () => {
		const t = gated(3, 0, SYSTEM.CALL_GATE32, 3);
		[0xa, 0xb, 0xc].forEach((value, i) => t.memory.write32(0x7000 + i * 4, value));
		farCall(t.cpu, GATE | 3, 0xdead, 32);
		expect([t.cpu.cpl, t.cpu.eip, t.cpu.esp, t.cpu.seg[CS].selector]).toEqual([0, 0x3_0000, 0x8000 - 28, codeOf(0)]);
		expect(words(t, 7)).toEqual([0x5000, codeOf(3), 0xa, 0xb, 0xc, 0x7000, dataOf(3)]);
		expect(t.recorder.of(KIND.ring_change)).toEqual([[3, 0, 0x3_0000]]);
	});

	it('and far RET n goes back, releasing them on both stacks', () => {
		const t = gated(3, 0, SYSTEM.CALL_GATE32, 3);
		farCall(t.cpu, GATE | 3, 0, 32);
		farReturn(t.cpu, 32, 12);
		expect([t.cpu.cpl, t.cpu.eip, t.cpu.esp, t.cpu.seg[SS].selector]).toEqual([3, 0x5000, 0x700c, dataOf(3)]);
	});

	it('a 16-bit gate pushes and copies words', () => {
		const t = gated(3, 1, SYSTEM.CALL_GATE16, 2);
		t.memory.write32(0x7000, 0xbbbb_aaaa);
		farCall(t.cpu, GATE | 3, 0, 32);
		expect([t.cpu.eip, t.cpu.esp]).toEqual([0, 0x9000 - 12]);
		expect(words(t, 3)).toEqual([(codeOf(3) << 16) | 0x5000, 0xbbbb_aaaa, ((dataOf(3) << 16) | 0x7000) >>> 0]);
	});

	it('in the same ring pushes a plain far return address', () => {
		const t = gated(1, 1);
		farCall(t.cpu, GATE | 1, 0, 32);
		expect([t.cpu.cpl, t.cpu.esp, ...words(t, 2)]).toEqual([1, 0x7000 - 8, 0x5000, codeOf(1)]);
	});

	it('JMP reaches the same ring only', () => {
		expect(faultOf(() => farJump(gated(3, 0).cpu, GATE | 3, 0, 32))).toEqual([GP, codeOf(0)]);
		const t = gated(3, 3);
		farJump(t.cpu, GATE | 3, 0, 32);
		expect([t.cpu.eip, t.cpu.esp]).toEqual([0x3_0000, 0x7000]);
	});

	it.each([
		['gate DPL below CPL', (t: TestCpu) => put(t.memory, GDT, 20, gate(12, codeOf(0), 0, 2)), [GP, GATE]],
		['absent gate', (t: TestCpu) => put(t.memory, GDT, 20, gate(12, codeOf(0), 0, 3, 0, false)), [NP, GATE]],
		['interrupt gate', (t: TestCpu) => put(t.memory, GDT, 20, gate(14, codeOf(0), 0, 3)), [GP, GATE]],
		['null target', (t: TestCpu) => put(t.memory, GDT, 20, gate(12, 0, 0, 3)), [GP, 0]],
		['data target', (t: TestCpu) => put(t.memory, GDT, 20, gate(12, dataOf(0), 0, 3)), [GP, dataOf(0)]],
		[
			'absent target',
			(t: TestCpu) => put(t.memory, GDT, 1, descriptor({ type: CODE, present: false })),
			[NP, codeOf(0)]
		],
		['null stack', (t: TestCpu) => t.memory.write32(TSS + 8, 0), [TS, 0]],
		['stack of another ring', (t: TestCpu) => t.memory.write32(TSS + 8, dataOf(2)), [TS, dataOf(2) & ~3]],
		[
			'absent stack',
			(t: TestCpu) => put(t.memory, GDT, 2, descriptor({ type: DATA, present: false })),
			[VECTOR.SS, dataOf(0)]
		],
		['no room', (t: TestCpu) => t.memory.write32(TSS + 4, 8), [VECTOR.SS, dataOf(0)]]
	] as [string, (t: TestCpu) => void, [number, number]][])('refuse: %s', (_name, spoil, expected) => {
		const t = gated(3, 0);
		spoil(t);
		expect(faultOf(() => farCall(t.cpu, GATE | 3, 0, 32))).toEqual(expected);
		expect([t.cpu.eip, t.cpu.esp, t.cpu.cpl]).toEqual([0x5000, 0x7000, 3]);
	});

	it('refuse an RPL above the gate DPL', () => {
		expect(faultOf(() => farCall(gated(0, 0, SYSTEM.CALL_GATE32, 0, 1).cpu, GATE | 2, 0, 32))).toEqual([GP, GATE]);
	});
});

describe('far RET to an outer ring', () => {
	it('pops SS:ESP and drops privileged data segments', () => {
		const t = machine(0);
		[0x4444, codeOf(3), 0x6000, dataOf(3)].forEach((value, i) => t.memory.write32(0x7000 + i * 4, value));
		farReturn(t.cpu, 32, 0);
		expect([t.cpu.cpl, t.cpu.eip, t.cpu.esp, t.cpu.seg[DS].usable]).toEqual([3, 0x4444, 0x6000, false]);
		expect(t.recorder.of(KIND.ring_change)).toEqual([[0, 3, 0x4444]]);
	});

	it('never goes inwards', () => {
		const t = machine(3);
		[0x4444, codeOf(0)].forEach((value, i) => t.memory.write32(0x7000 + i * 4, value));
		expect(faultOf(() => farReturn(t.cpu, 32, 0))).toEqual([GP, codeOf(0)]);
	});
});

describe('SYSENTER and SYSEXIT', () => {
	it('go to flat segments beside the MSR, with no table read and nothing pushed', () => {
		const t = machine(3);
		Object.assign(t.cpu, { sysenterCs: 0x100, sysenterEsp: 0x8800, sysenterEip: 0xc000 });
		Object.assign(t.cpu.gdtr, { limit: 0 });
		t.cpu.setEflags(EFLAGS.IF | 2);
		sysenter(t.cpu);
		expect([t.cpu.cpl, t.cpu.eip, t.cpu.esp, t.cpu.getEflags()]).toEqual([0, 0xc000, 0x8800, 2]);
		expect([t.cpu.seg[CS].selector, t.cpu.seg[SS].selector, t.cpu.seg[CS].limit]).toEqual([0x100, 0x108, 0xffff_ffff]);
		t.cpu.s[1 << 1] = 0x7000;
		t.cpu.s[2 << 1] = 0x5002;
		sysexit(t.cpu);
		expect([t.cpu.cpl, t.cpu.eip, t.cpu.esp]).toEqual([3, 0x5002, 0x7000]);
		expect([t.cpu.seg[CS].selector, t.cpu.seg[SS].selector]).toEqual([0x113, 0x11b]);
	});

	it('are #GP(0) with a null MSR, and SYSEXIT outside ring 0', () => {
		expect(faultOf(() => sysenter(machine(3).cpu))).toEqual([GP, 0]);
		const t = machine(1);
		t.cpu.sysenterCs = 8;
		expect(faultOf(() => sysexit(t.cpu))).toEqual([GP, 0]);
	});
});
