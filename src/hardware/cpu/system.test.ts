import { describe, expect, it } from 'vitest';
import { KIND } from '../../trace/events';
import { REG, regIndex } from '../layout';
import type { TestCpu } from '../testing';
import { DATA, dataOf, descriptor, faultOf, flatRings, GDT, inRing, makeCpu, put, TSS } from '../testing';
import type { Cpu } from './cpu';
import { checkData, executionBreakpoint } from './debug';
import { debugTrap } from './interrupts';
import { loadSegment } from './segments';
import { resetCpu } from './state';
import * as system from './system';
import { CR0, CR4 } from '../../x86/control';
import { DR6_BS } from '../../x86/debug';
import { SYSTEM } from '../../x86/descriptors';
import { VECTOR } from '../../x86/exceptions';
import { EFLAGS } from '../../x86/flags';
import { MSR } from '../../x86/msr';
import { DS } from '../../x86/registers';

const { GP, NP, UD, NM, DB } = VECTOR;
const { IF, IOPL, AC, NT, RF, ID, DF } = EFLAGS;

function machine(ring = 0): TestCpu {
	const t = makeCpu();
	flatRings(t);
	inRing(t.cpu, ring);
	t.cpu.setEflags(2);
	return t;
}

const set = (cpu: Cpu, values: Partial<Record<'EAX' | 'ECX' | 'EDX', number>>): void => {
	for (const [name, value] of Object.entries(values)) cpu.s[regIndex(REG[name as 'EAX'])] = value;
};
const get = (cpu: Cpu, name: 'EAX' | 'EBX' | 'ECX' | 'EDX'): number => cpu.s[regIndex(REG[name])] >>> 0;

describe('POPF tells no lies and no truth (SDM vol. 2, POPF)', () => {
	it.each([
		// ring, IOPL, IF before, what POPF is given, what is left
		[0, 0, 0, IF | IOPL, IF | IOPL],
		[0, 3, IF, 0, 0],
		[1, 1, 0, IF | IOPL, IF | (1 << 12)],
		[1, 0, IF, 0, IF],
		[1, 0, 0, IF | IOPL, 0],
		[3, 3, IF, 0, 3 << 12],
		[3, 2, IF, 0, IF | (2 << 12)]
	])('ring %i, IOPL %i, flags %i, given %i', (ring, iopl, before, given, left) => {
		const { cpu } = machine(ring);
		cpu.setEflags(before | (iopl << 12) | 2);
		expect(faultOf(() => system.popFlags(cpu, given | 2, 32))).toBeNull();
		expect(cpu.getEflags()).toBe(left | 2);
	});

	it('changes AC, ID, NT and DF from any ring; RF and VM never', () => {
		const { cpu } = machine(3);
		system.popFlags(cpu, -1, 32);
		expect(cpu.getEflags() & (AC | ID | NT | DF | RF | EFLAGS.VM | IF | IOPL)).toBe(AC | ID | NT | DF);
	});

	it('of 16 bits keeps the upper half; PUSHF shows neither RF nor VM', () => {
		const { cpu } = machine();
		cpu.setEflags(AC | RF | 2);
		expect(system.pushFlagsValue(cpu, 32)).toBe(AC | 2);
		system.popFlags(cpu, IF | 2, 16);
		expect(cpu.getEflags()).toBe(AC | IF | 2);
		expect(system.pushFlagsValue(cpu, 16)).toBe(IF | 2);
	});
});

describe('CLI and STI', () => {
	it('are #GP(0) where CPL > IOPL, in every ring', () => {
		for (let ring = 0; ring < 4; ring++) {
			for (let iopl = 0; iopl < 4; iopl++) {
				const { cpu } = machine(ring);
				cpu.setEflags((iopl << 12) | 2);
				const expected = ring > iopl ? [GP, 0] : null;
				expect(faultOf(() => system.cli(cpu))).toEqual(expected);
				expect(faultOf(() => system.sti(cpu))).toEqual(expected);
				expect(cpu.getEflags() & IF).toBe(expected ? 0 : IF);
			}
		}
	});

	it('STI holds interrupts off for one instruction if they were off', () => {
		const { cpu } = machine();
		system.sti(cpu);
		expect(cpu.inhibit).toBe(true);
		cpu.intr = true;
		expect(cpu.interruptPending()).toBe(false);
		cpu.inhibit = false;
		expect(cpu.interruptPending()).toBe(true);
		system.sti(cpu);
		expect(cpu.inhibit).toBe(false);
	});
});

describe('ring 0 only', () => {
	const privileged: Record<string, (cpu: Cpu) => void> = {
		'mov cr0': (cpu) => system.movToCr(cpu, 0, cpu.cr0),
		'mov from cr3': (cpu) => void system.movFromCr(cpu, 3),
		'mov dr7': (cpu) => system.movToDr(cpu, 7, 0),
		'mov from dr6': (cpu) => void system.movFromDr(cpu, 6),
		lgdt: (cpu) => system.lgdt(cpu, 0, 0),
		lidt: (cpu) => system.lidt(cpu, 0, 0),
		lldt: (cpu) => system.lldt(cpu, 0),
		ltr: (cpu) => system.ltr(cpu, 10 << 3),
		lmsw: (cpu) => system.lmsw(cpu, 1),
		clts: system.clts,
		invlpg: (cpu) => system.invlpg(cpu, 0),
		hlt: system.hlt,
		wbinvd: system.wbinvd,
		invd: system.invd,
		rdmsr: (cpu) => (set(cpu, { ECX: MSR.TSC }), system.rdmsr(cpu)),
		wrmsr: (cpu) => (set(cpu, { ECX: MSR.SYSENTER_CS }), system.wrmsr(cpu))
	};
	it.each(Object.entries(privileged))('%s', (_name, run) => {
		for (const ring of [0, 1, 2, 3]) {
			const t = machine(ring);
			put(t.memory, GDT, 10, descriptor({ base: TSS, limit: 0x67, type: 9, pages: false }));
			expect(faultOf(() => run(t.cpu))).toEqual(ring === 0 ? null : [GP, 0]);
		}
	});

	it('but SMSW, SLDT and STR tell anyone: there is no UMIP', () => {
		const { cpu } = machine(3);
		expect([system.smsw(cpu) & 1, system.sldt(cpu), system.str(cpu)]).toEqual([1, 0, 9 << 3]);
	});
});

describe('control registers', () => {
	it.each([
		['CR0 without PE', 0, CR0.ET, [GP, 0]],
		['CR0 with NW and not CD', 0, CR0.PE | CR0.NW, [GP, 0]],
		['CR4 with a bit that is not there', 4, 1 << 9, [GP, 0]],
		['CR1', 1, 0, [UD, -1]],
		['CR8', 8, 0, [UD, -1]]
	] as const)('%s', (_name, n, value, expected) => {
		expect(faultOf(() => system.movToCr(machine().cpu, n, value))).toEqual(expected);
	});

	it('CR0 keeps ET set and drops bits that do not exist', () => {
		const { cpu } = machine();
		system.movToCr(cpu, 0, CR0.PE | CR0.TS | (1 << 10));
		expect(system.movFromCr(cpu, 0)).toBe(CR0.PE | CR0.TS | CR0.ET);
		system.clts(cpu);
		expect(system.movFromCr(cpu, 0)).toBe(CR0.PE | CR0.ET);
	});

	it('LMSW sets PE but does not clear it', () => {
		const { cpu } = machine();
		system.lmsw(cpu, 0xe);
		expect(cpu.cr0 & 0xf).toBe(0xf);
	});
});

describe('LLDT and LTR', () => {
	it.each([
		['lldt', (cpu: Cpu) => system.lldt(cpu, 0), null],
		['lldt of a local selector', (cpu: Cpu) => system.lldt(cpu, (10 << 3) | 4), [GP, (10 << 3) | 4]],
		['lldt of a TSS', (cpu: Cpu) => system.lldt(cpu, 9 << 3), [GP, 9 << 3]],
		['lldt of an absent LDT', (cpu: Cpu) => system.lldt(cpu, 11 << 3), [NP, 11 << 3]],
		['ltr of null', (cpu: Cpu) => system.ltr(cpu, 0), [GP, 0]],
		['ltr of a busy TSS', (cpu: Cpu) => system.ltr(cpu, 9 << 3), [GP, 9 << 3]],
		['ltr of data', (cpu: Cpu) => system.ltr(cpu, dataOf(0)), [GP, dataOf(0)]],
		['ltr beyond the table', (cpu: Cpu) => system.ltr(cpu, 0x800), [GP, 0x800]]
	] as const)('%s', (_name, run, expected) => {
		const t = machine();
		put(t.memory, GDT, 11, descriptor({ type: 2, present: false }));
		expect(faultOf(() => run(t.cpu))).toEqual(expected);
	});

	it('LTR makes the TSS busy; LLDT opens the local table', () => {
		const t = machine();
		put(t.memory, GDT, 10, descriptor({ base: TSS, limit: 0x67, type: 9, pages: false }));
		put(t.memory, GDT, 11, descriptor({ base: 0x6000, limit: 7, type: 2, pages: false }));
		put(t.memory, 0x6000, 0, descriptor({ type: DATA }));
		system.ltr(t.cpu, 10 << 3);
		system.lldt(t.cpu, 11 << 3);
		expect([t.cpu.tr.selector, t.memory.read8(GDT + 85) & 2, t.cpu.ldtr.base]).toEqual([10 << 3, 2, 0x6000]);
		expect(faultOf(() => system.ltr(t.cpu, 10 << 3))).toEqual([GP, 10 << 3]);
	});
});

describe('MSRs and time', () => {
	it('RDTSC reads the clock; CR4.TSD keeps it from the outer rings', () => {
		const { cpu } = machine(3);
		cpu.clock.now = 0x5_0000_1234;
		system.rdtsc(cpu);
		expect([get(cpu, 'EDX'), get(cpu, 'EAX')]).toEqual([5, 0x1234]);
		cpu.cr4 |= CR4.TSD;
		expect(faultOf(() => system.rdtsc(cpu))).toEqual([GP, 0]);
	});

	it('the TSC can be set, and goes on from there', () => {
		const { cpu } = machine();
		cpu.clock.now = 1000;
		set(cpu, { ECX: MSR.TSC, EAX: 50, EDX: 1 });
		system.wrmsr(cpu);
		cpu.clock.now += 7;
		system.rdtsc(cpu);
		expect([get(cpu, 'EDX'), get(cpu, 'EAX')]).toEqual([1, 57]);
	});

	it.each([
		['SYSENTER_EIP', MSR.SYSENTER_EIP, 0xc000_1000, 0, null],
		['EFER.NXE', MSR.EFER, 1 << 11, 0, null],
		['EFER.LME: no long mode', MSR.EFER, 1 << 8, 0, [GP, 0]],
		['PAT', MSR.PAT, 0x0007_0106, 0x0007_0406, null],
		['PAT with a type that is not', MSR.PAT, 2, 0, [GP, 0]],
		['APIC_BASE', MSR.APIC_BASE, 0xfee0_0900, 0, null],
		['APIC_BASE beyond 4 GiB', MSR.APIC_BASE, 0xfee0_0900, 1, [GP, 0]],
		['an unknown one', 0x1234, 0, 0, [GP, 0]]
	] as const)('WRMSR and RDMSR of %s', (_name, msr, low, high, expected) => {
		const { cpu } = machine();
		set(cpu, { ECX: msr, EAX: low, EDX: high });
		expect(faultOf(() => system.wrmsr(cpu))).toEqual(expected);
		if (expected !== null) return;
		set(cpu, { ECX: msr, EAX: 0, EDX: 0 });
		system.rdmsr(cpu);
		expect([get(cpu, 'EAX'), get(cpu, 'EDX')]).toEqual([low >>> 0, high >>> 0]);
	});

	it('there are no performance counters', () => {
		expect(faultOf(() => system.rdpmc(machine().cpu))).toEqual([GP, 0]);
	});
});

describe('CPUID', () => {
	const leaf = (cpu: Cpu, number: number): number[] => {
		set(cpu, { EAX: number });
		system.cpuid(cpu);
		return [get(cpu, 'EAX'), get(cpu, 'EBX'), get(cpu, 'ECX'), get(cpu, 'EDX')];
	};
	const text = (...words: number[]): string =>
		words.map((word) => String.fromCharCode(word & 255, (word >> 8) & 255, (word >> 16) & 255, word >>> 24)).join('');

	it('names a vendor, a family and what it can do, and no FPU, MMX or SSE', () => {
		const { cpu } = machine(3);
		const [max, b, c, d] = leaf(cpu, 0);
		expect([max, text(b, d, c)]).toEqual([2, 'GenuineIntel']);
		const [signature, , , features] = leaf(cpu, 1);
		expect((signature >> 8) & 15).toBe(6);
		const has = (bit: number) => (features >>> bit) & 1;
		expect([3, 4, 5, 6, 8, 9, 11, 13, 15].map(has)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1]);
		expect([0, 23, 24, 25, 26].map(has)).toEqual([0, 0, 0, 0, 0]);
		expect(leaf(cpu, 0x8000_0001)[3] >>> 20).toBe(1);
		expect(text(...leaf(cpu, 0x8000_0002))).toBe('Ringside 32-bit ');
		expect(leaf(cpu, 0x1234)).toEqual(leaf(cpu, 2));
	});

	it('a feature left out takes its CR4 bit with it', () => {
		const { cpu } = machine();
		Object.assign(cpu, { features: { ...cpu.features, pge: false } });
		expect((leaf(cpu, 1)[3] >>> 13) & 1).toBe(0);
		expect(faultOf(() => system.movToCr(cpu, 4, CR4.PGE))).toEqual([GP, 0]);
	});
});

describe('floating point that is not there', () => {
	it('is #NM with TS or EM and #UD without; WAIT is #NM with MP and TS', () => {
		const { cpu } = machine();
		expect(faultOf(() => system.fpu(cpu))).toEqual([UD, -1]);
		cpu.cr0 |= CR0.TS;
		expect(faultOf(() => system.fpu(cpu))).toEqual([NM, -1]);
		expect(faultOf(() => system.fwait(cpu))).toBeNull();
		cpu.cr0 |= CR0.MP;
		expect(faultOf(() => system.fwait(cpu))).toEqual([NM, -1]);
	});
});

describe('ports (SDM vol. 1, 19.5)', () => {
	/** Ring 3 with the I/O bitmap at 0x68, `length` bytes of which lie in the TSS. */
	function bitmap(length: number, bytes: number[]): TestCpu {
		const t = machine(3);
		t.memory.write16(TSS + 0x66, 0x68);
		bytes.forEach((byte, i) => t.memory.write8(TSS + 0x68 + i, byte));
		t.cpu.tr.limit = 0x67 + length;
		return t;
	}
	const tries = (t: TestCpu, port: number, size: number) => system.ioPermitted(t.cpu, port, size);

	it('IOPL decides first', () => {
		const t = machine(3);
		expect(tries(t, 0x80, 1)).toBe(false);
		t.cpu.setEflags(IOPL | 2);
		expect(tries(t, 0x80, 1)).toBe(true);
	});

	it('then every bit of the ports must be clear', () => {
		const t = bitmap(4, [0b0000_0100, 0b0000_0001, 0xff, 0xff]);
		expect([0, 1, 2, 3, 7].map((port) => tries(t, port, 1))).toEqual([true, true, false, true, true]);
		expect([tries(t, 1, 2), tries(t, 3, 4), tries(t, 4, 4)]).toEqual([false, true, true]);
		expect([tries(t, 5, 4), tries(t, 7, 2), tries(t, 8, 1), tries(t, 9, 1)]).toEqual([false, false, false, true]);
	});

	it('and two bytes of the map must lie inside the TSS', () => {
		expect(tries(bitmap(1, [0]), 0, 1)).toBe(false);
		expect(tries(bitmap(2, [0, 0xff]), 0, 1)).toBe(true);
	});

	it('a 16-bit TSS has no map', () => {
		const t = bitmap(4, [0, 0, 0, 0]);
		t.cpu.tr.access = 0x8300;
		expect(tries(t, 0, 1)).toBe(false);
	});

	it('reach the bus; what nobody answers is all ones', () => {
		const { cpu } = machine();
		const written: number[][] = [];
		cpu.bus.mountPorts(0x300, 4, {
			read: (offset, size) => offset * 16 + size,
			write: (...args) => written.push(args)
		});
		expect([system.portIn(cpu, 0x302, 2), system.portIn(cpu, 0x99, 1), system.portIn(cpu, 0x99, 4)]).toEqual([
			34, 0xff, -1
		]);
		system.portOut(cpu, 0x301, 1, 7);
		expect(written).toEqual([[1, 1, 7]]);
	});
});

describe('HLT', () => {
	it('halts and is recorded', () => {
		const t = machine();
		system.hlt(t.cpu);
		expect([t.cpu.halted, t.recorder.of(KIND.halt)]).toEqual([true, [[0x5000]]]);
	});
});

describe('after a reset (SDM vol. 3, table 9-1)', () => {
	it('LDTR and TR are present though their selectors are null, and tables have all of their limit', () => {
		const { cpu } = makeCpu();
		resetCpu(cpu);
		for (const [register, type] of [
			[cpu.ldtr, SYSTEM.LDT],
			[cpu.tr, SYSTEM.TSS32_BUSY]
		] as const) {
			expect(register.save()).toEqual({
				selector: 0,
				base: 0,
				limit: 0xffff,
				access: 0x8000 | (type << 8),
				usable: true
			});
		}
		expect([cpu.gdtr, cpu.idtr]).toEqual([
			{ base: 0, limit: 0xffff },
			{ base: 0, limit: 0xffff }
		]);
		expect([cpu.getEflags(), cpu.dr[6], cpu.dr[7], get(cpu, 'EDX') >>> 8]).toEqual([2, 0xffff_0ff0 | 0, 0x400, 6]);
		expect([cpu.cr2, cpu.cr3, cpu.cr4, get(cpu, 'EAX'), cpu.esp]).toEqual([0, 0, 0, 0, 0]);
	});

	it('a selector of the LDT that nobody loaded finds it at address 0', () => {
		const t = makeCpu();
		put(t.memory, 0, 1, descriptor({ type: DATA, base: 0x1234, pages: false }));
		loadSegment(t.cpu, DS, 12);
		expect(t.cpu.seg[DS].base).toBe(0x1234);
	});
});

describe('debug registers (SDM vol. 3, 17.2)', () => {
	it('DR4 and DR5 are DR6 and DR7, unless CR4.DE makes them #UD', () => {
		const { cpu } = machine();
		system.movToDr(cpu, 5, 0x3);
		expect(system.movFromDr(cpu, 7)).toBe(0x403);
		cpu.cr4 |= CR4.DE;
		expect(faultOf(() => system.movFromDr(cpu, 4))).toEqual([UD, -1]);
	});

	it('GD guards them once, with BD in DR6', () => {
		const { cpu } = machine();
		system.movToDr(cpu, 7, 1 << 13);
		expect(faultOf(() => system.movToDr(cpu, 0, 1))).toEqual([DB, -1]);
		expect([(cpu.dr[6] >>> 13) & 1, faultOf(() => system.movToDr(cpu, 0, 1))]).toEqual([1, null]);
	});

	it('a data breakpoint is noted by the access and reported after it', () => {
		const t = machine();
		system.movToDr(t.cpu, 0, 0x6002);
		system.movToDr(t.cpu, 7, 0x0005_0001);
		t.cpu.read32(DS, 0x6000);
		t.cpu.write16(DS, 0x6000, 1);
		t.cpu.write8(DS, 0x6004, 1);
		expect(t.cpu.pendingDebug).toBe(0);
		t.cpu.write32(DS, 0x6000, 1);
		expect(t.cpu.pendingDebug).toBe(1);
		t.cpu.pendingDebug |= DR6_BS;
		debugTrap(t.cpu);
		expect([t.cpu.dr[6] & 0x400f, t.cpu.pendingDebug]).toEqual([0x4001, 0]);
	});

	it('reads are watched by kind 3', () => {
		const { cpu } = machine();
		system.movToDr(cpu, 1, 0x6000);
		system.movToDr(cpu, 7, 0x00f0_0004);
		checkData(cpu, 0x6003, 1, false);
		expect(cpu.pendingDebug).toBe(2);
	});

	it('an execution breakpoint takes the place of its instruction, unless RF holds it off', () => {
		const { cpu } = machine();
		system.movToDr(cpu, 2, 0x5000);
		system.movToDr(cpu, 7, 1 << 4);
		expect([executionBreakpoint(cpu, 0x5001), cpu.pendingDebug]).toEqual([false, 0]);
		expect([executionBreakpoint(cpu, 0x5000), cpu.pendingDebug]).toEqual([true, 4]);
		cpu.setEflags(RF | 2);
		expect(executionBreakpoint(cpu, 0x5000)).toBe(false);
	});
});
