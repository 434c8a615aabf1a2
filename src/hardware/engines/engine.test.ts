import { describe, expect, it } from 'vitest';
import { COST_PROFILES } from '../cost';
import { Machine } from '../machine';
import { MARK } from '../memory';
import { movToCr, movToDr } from '../cpu/system';
import { AddressGuard } from './guard';
import { image, sameHowever } from './cut-runs';
import { AF, CF, IF, PF, RF, TF, ZF } from '../../x86/flags';
import { pushesError } from '../../x86/exceptions';

const CODE = 0x1000;
const STUBS = 0x9000;
const IDT = 0x8000;
const GDT = 0x8800;
const STACK = 0x7000;
const [EAX, ECX, ESI, EDI] = [0, 2, 12, 14];

/** Addressed by name of the vector that was taken: what native code saw on its stack. */
interface Trap {
	vector: number;
	eip: number;
	eflags: number;
	icount: number;
}

/** A flat ring-0 machine whose IDT leads to native code, which notes the trap and then does `after`, IRET by default. */
function machineWith(
	bytes: readonly number[],
	after?: (machine: Machine, vector: number) => void
): { machine: Machine; traps: Trap[] } {
	const machine = new Machine({ ramBytes: 0x2_0000, profile: COST_PROFILES.unit });
	const { cpu, memory } = machine;
	memory.copyIn(CODE, Uint8Array.from(bytes));
	memory.write32(GDT + 8, 0xffff);
	memory.write32(GDT + 12, 0x00cf_9b00);
	memory.write32(GDT + 16, 0xffff);
	memory.write32(GDT + 20, 0x00cf_9300);
	Object.assign(cpu.gdtr, { base: GDT, limit: 0x17 });
	Object.assign(cpu.idtr, { base: IDT, limit: 0x7ff });
	for (let vector = 0; vector < 256; vector++) {
		memory.write32(IDT + 8 * vector, (8 << 16) | (STUBS + 4 * vector));
		memory.write32(IDT + 8 * vector + 4, 0x8e00);
		memory.copyIn(STUBS + 4 * vector, Uint8Array.of(0x0f, 0x3f, vector));
	}
	const traps: Trap[] = [];
	cpu.native = (vector) => {
		const frame = cpu.esp + (pushesError(vector) ? 4 : 0);
		traps.push({ vector, eip: memory.read32(frame), eflags: memory.read32(frame + 8), icount: cpu.icount });
		if (after !== undefined) return after(machine, vector);
		cpu.esp = frame;
		cpu.returnFromInterrupt();
	};
	cpu.esp = STACK;
	cpu.eip = CODE;
	return { machine, traps };
}

/** ALU, memory, calls, strings and a fault now and then: a little of everything, in a loop. */
const PROGRAM = [
	0xb9,
	0x40,
	0x00,
	0x00,
	0x00, // mov ecx, 64
	0x01,
	0xc8,
	0x31,
	0xc2,
	0x40, // loop: add eax, ecx; xor edx, eax; inc eax
	0x89,
	0x04,
	0x8d,
	0x00,
	0x50,
	0x00,
	0x00, // mov [0x5000 + ecx*4], eax
	0xc1,
	0xc0,
	0x05,
	0x50,
	0x9c, // rol eax, 5; push eax; pushf
	0xe8,
	0x12,
	0x00,
	0x00,
	0x00, // call sub
	0x83,
	0xc4,
	0x08, // add esp, 8
	0xf6,
	0xc1,
	0x07,
	0x75,
	0x02, // test cl, 7; jnz +2
	0xf7,
	0xf3, // div ebx (#DE while EBX is 0)
	0x49,
	0x75,
	0xdb, // dec ecx; jnz loop
	0xb9,
	0x05,
	0x00,
	0x00,
	0x00,
	0xf4, // mov ecx, 5; hlt
	0x56,
	0x51,
	0xbe,
	0x00,
	0x50,
	0x00,
	0x00, // sub: push esi; push ecx; mov esi, 0x5000
	0xbf,
	0x00,
	0x60,
	0x00,
	0x00,
	0xb9,
	0x10,
	0x00,
	0x00,
	0x00, // mov edi, 0x6000; mov ecx, 16
	0xf3,
	0xa4,
	0x59,
	0x5e,
	0xc3 // rep movsb; pop ecx; pop esi; ret
];

/** Goes past a DIV that faulted, and calls a timer that interrupts every 37 cycles. */
function prepared(): Machine {
	const { machine } = machineWith(PROGRAM, (m, vector) => {
		const { cpu, memory } = m;
		if (vector === 0) memory.write32(cpu.esp, memory.read32(cpu.esp) + 2);
		if (vector === 0x40) {
			memory.write32(0x6800, memory.read32(0x6800) + 1);
			m.lapic.eoi();
			m.lapic.setTimer(m.clock.now + 37);
		}
		cpu.returnFromInterrupt();
	});
	machine.cpu.setEflags(IF | 2);
	machine.lapic.setTimerVector(0x40);
	machine.lapic.setTimer(50);
	return machine;
}

describe('however a run is cut, it is the same run', () => {
	const LENGTH = 1500;
	const whole = prepared();
	whole.run(LENGTH);
	const expected = image(whole.save());

	it('took interrupts and faults on the way', () => {
		expect(whole.cpu.icount).toBe(LENGTH);
		expect(whole.memory.read32(0x6800)).toBeGreaterThan(10);
	});

	sameHowever(prepared, LENGTH, expected, { seed: 7, most: 40, cycles: 13 });

	it('with breakpoints set, which the guest cannot see', () => {
		const machine = prepared();
		machine.engine.guard = new AddressGuard([CODE + 5, CODE + 12]);
		let stops = 0;
		while (machine.cpu.icount < LENGTH) if (machine.run(LENGTH - machine.cpu.icount) === 'breakpoint') stops++;
		expect(stops).toBeGreaterThan(10);
		expect(image(machine.save())).toBe(expected);
	});

	it('with frames whose writes and reads are announced, which the guest cannot see', () => {
		const machine = prepared();
		const { memory } = machine;
		let heard = 0;
		memory.watcher = () => heard++;
		for (let n = 0; machine.cpu.icount < LENGTH; n++) {
			memory.markAllClean();
			for (let pfn = n % 3; pfn < memory.frames; pfn += 3) memory.mark(pfn, n % 2 === 0 ? MARK.READ : MARK.WRITE);
			machine.run(Math.min(LENGTH - machine.cpu.icount, 37));
			expect(new Set(memory.dirty).size).toBe(memory.dirty.length);
			for (let pfn = 0; pfn < memory.frames; pfn++) memory.unmark(pfn, MARK.READ | MARK.WRITE);
		}
		expect(heard).toBeGreaterThan(10);
		expect(image(machine.save())).toBe(expected);
	});
});

describe('state is exact where it can be seen', () => {
	it('flags left out of a block are there when an instruction faults', () => {
		// add eax, eax (flags seen by the fault); mov [ebx], eax outside of DS; xor eax, eax
		const { machine, traps } = machineWith([0x01, 0xc0, 0x89, 0x03, 0x31, 0xc0], (m) => m.stop());
		machine.cpu.setSegment(3, 0x10, 0, 0xff, 0x0040_9300);
		machine.cpu.s[EAX] = 0x8000_0000;
		machine.cpu.s[6] = 0x1000;
		machine.run(10);
		expect(traps[0]).toMatchObject({ vector: 13, eip: CODE + 2, icount: 1 });
		expect(traps[0].eflags & (CF | PF | ZF | AF)).toBe(CF | PF | ZF);
	});

	it('flags are there after each step, also where a block leaves them out', () => {
		const { machine } = machineWith([0x01, 0xc0, 0x31, 0xd2, 0xf4]);
		machine.cpu.s[EAX] = 0x8000_0000;
		machine.run(1);
		expect(machine.cpu.getEflags() & (CF | ZF)).toBe(CF | ZF);
		machine.run(1);
		expect(machine.cpu.getEflags() & (CF | ZF)).toBe(ZF);
	});

	it('RDTSC sees every instruction before it', () => {
		const { machine } = machineWith([0x90, 0x90, 0x90, 0x0f, 0x31, 0xf4]);
		machine.run(4);
		expect(machine.cpu.s[EAX]).toBe(3);
		expect(machine.clock.now).toBe(4);
	});

	it('a fault is not counted, and interrupts nothing before it', () => {
		const { machine, traps } = machineWith([0x90, 0x90, 0x0f, 0x0b], (m) => m.stop());
		expect(machine.run(10)).toBe('stopped');
		expect(traps).toEqual([{ vector: 6, eip: CODE + 2, eflags: RF | 2, icount: 2 }]);
	});
});

describe('code that changes', () => {
	it('is decoded again when its bytes are written, also within the running block', () => {
		// mov byte [CODE + 8], 0x48 turns the INC at its end into DEC
		const { machine } = machineWith([0xc6, 0x05, 0x08, 0x10, 0, 0, 0x48, 0x90, 0x40, 0xf4]);
		machine.run(3);
		expect(machine.cpu.s[EAX]).toBe(-1);
	});

	it('is the same stepped and run', () => {
		const bytes = [0xc6, 0x05, 0x08, 0x10, 0, 0, 0x48, 0x90, 0x40, 0xf4];
		const [a, b] = [machineWith(bytes).machine, machineWith(bytes).machine];
		a.run(3);
		for (let i = 0; i < 3; i++) b.run(1);
		expect(image(b.save())).toBe(image(a.save()));
	});

	it('written from outside while a run stands within its block', () => {
		const { machine } = machineWith([0x40, 0x40, 0x40, 0xf4]);
		machine.run(1);
		machine.memory.write8(CODE + 1, 0x48);
		machine.run(1);
		expect(machine.cpu.s[EAX]).toBe(0);
	});

	it('data beside code does not disturb it', () => {
		// loop: inc dword [CODE + 0x800]; dec ecx; jnz loop
		const { machine } = machineWith([0xff, 0x05, 0x00, 0x18, 0, 0, 0x49, 0x75, 0xf7, 0xf4]);
		machine.cpu.s[ECX] = 500;
		machine.run(1500);
		expect(machine.memory.read32(CODE + 0x800)).toBe(500);
	});

	it('an instruction on two pages, changed in its second half', () => {
		const { machine } = machineWith([]);
		machine.memory.copyIn(0x1ffe, Uint8Array.of(0xb8, 0x01, 0x00, 0x00, 0x00, 0xeb, 0xf9));
		machine.cpu.eip = 0x1ffe;
		machine.run(1);
		expect(machine.cpu.s[EAX]).toBe(1);
		machine.memory.write8(0x2001, 0x7f);
		machine.run(2);
		expect([machine.cpu.s[EAX], machine.cpu.eip]).toEqual([0x7f_0001, 0x2003]);
	});
});

describe('stepping and debug registers (SDM vol. 3, 17.3)', () => {
	it('TF traps after each instruction, and not into INT n', () => {
		const { machine, traps } = machineWith([0x90, 0x40, 0xcd, 0x50, 0x40, 0xf4]);
		machine.cpu.setEflags(TF | 2);
		machine.run(8);
		expect(traps.map(({ vector, eip }) => [vector, eip - CODE])).toEqual([
			[1, 1],
			[1, 2],
			[0x50, 4],
			[1, 5]
		]);
	});

	it('TF traps after each iteration of a repeated instruction', () => {
		const { machine, traps } = machineWith([0xf3, 0xaa, 0x90], (m, vector) =>
			vector === 1 && m.cpu.s[ECX] === 0 ? m.stop() : m.cpu.returnFromInterrupt()
		);
		Object.assign(machine.cpu.s, { [ECX]: 3, [EDI]: 0x5000 });
		machine.cpu.setEflags(TF | 2);
		machine.run(20);
		expect(traps.map(({ eip }) => eip - CODE)).toEqual([0, 0, 2]);
	});

	it('a code breakpoint faults before its instruction, and RF, set by the handler, lets it pass', () => {
		const { machine, traps } = machineWith([0x90, 0x90, 0x40, 0xf4], ({ cpu, memory }) => {
			memory.write32(cpu.esp + 8, memory.read32(cpu.esp + 8) | RF);
			cpu.returnFromInterrupt();
		});
		movToDr(machine.cpu, 0, CODE + 2);
		movToDr(machine.cpu, 7, 0x401);
		machine.run(6);
		expect(traps).toEqual([{ vector: 1, eip: CODE + 2, eflags: 2, icount: 2 }]);
		expect(machine.cpu.s[EAX]).toBe(1);
		expect(machine.cpu.getEflags() & RF).toBe(0);
	});

	it('a data breakpoint traps after the access', () => {
		const { machine, traps } = machineWith([0xa3, 0x00, 0x50, 0, 0, 0x90, 0xf4]);
		movToDr(machine.cpu, 1, 0x5000);
		movToDr(machine.cpu, 7, (0xd << 20) | 0x404);
		machine.run(3);
		expect(traps.map(({ vector, eip }) => [vector, eip - CODE])).toEqual([[1, 5]]);
		expect(machine.cpu.dr[6] & 15).toBe(2);
	});
});

describe('interrupts', () => {
	it('come after the instruction that follows STI', () => {
		const { machine, traps } = machineWith([0xfb, 0x40, 0xfa, 0xf4]);
		machine.lapic.raise(0x41);
		machine.run(4);
		expect(traps.map(({ vector, eip }) => [vector, eip - CODE])).toEqual([[0x41, 2]]);
	});

	it('come between chunks of a repeated instruction, which retires once', () => {
		const { machine, traps } = machineWith([0xf3, 0xaa, 0xf4]);
		Object.assign(machine.cpu.s, { [EAX]: 0x11, [ECX]: 10_000, [EDI]: 0xa000 });
		machine.cpu.setEflags(IF | 2);
		machine.clock.schedule(0, () => {});
		machine.lapic.raise(0x41);
		machine.run(2);
		machine.lapic.eoi();
		machine.run(1);
		expect(machine.cpu.s[ECX]).toBe(0);
		expect(machine.memory.read8(0xa000 + 9999)).toBe(0x11);
		expect(traps).toHaveLength(1);
	});

	it('wake HLT; time passes meanwhile, and with nothing to come the run is idle', () => {
		const { machine } = machineWith([0xfb, 0xf4, 0x40, 0xf4], (m) => {
			m.lapic.eoi();
			m.cpu.returnFromInterrupt();
		});
		machine.lapic.setTimerVector(0x42);
		machine.lapic.setTimer(5000);
		expect(machine.run(100)).toBe('idle');
		expect(machine.cpu.s[EAX]).toBe(1);
		expect(machine.clock.now).toBeGreaterThanOrEqual(5000);
	});

	it('HLT waits no longer than it is told', () => {
		const { machine } = machineWith([0xfb, 0xf4]);
		machine.lapic.setTimerVector(0x42);
		machine.lapic.setTimer(5000);
		expect(machine.run(100, 1234)).toBe('cycle');
		expect(machine.clock.now).toBe(1234);
	});
});

describe('limits and translations of code', () => {
	it('a jump beyond CS is a fault of the jump, with the stack as it was', () => {
		// call 0x2fff beyond the limit
		const { machine, traps } = machineWith([0x90, 0xe8, 0x00, 0x20, 0x00, 0x00], (m) => m.stop());
		machine.cpu.setSegment(1, 8, 0, 0x1fff, 0x0040_9b00);
		machine.run(5);
		expect(traps[0]).toMatchObject({ vector: 13, eip: CODE + 1 });
		expect(machine.cpu.esp).toBe(STACK - 16);
	});

	it('running off the limit faults at the instruction that crosses it', () => {
		const { machine, traps } = machineWith([0x90, 0x90, 0xb8, 1, 0, 0, 0], (m) => m.stop());
		machine.cpu.setSegment(1, 8, 0, CODE + 4, 0x0040_9b00);
		machine.run(5);
		expect(traps[0]).toMatchObject({ vector: 13, eip: CODE + 2, icount: 2 });
	});

	it('one block serves two mappings, and a stale translation stays until it is flushed', () => {
		const { machine } = machineWith([]);
		const { cpu, memory } = machine;
		// One page table: page n to frame n, but page 0x10 also to frame 1.
		memory.write32(0xb000, 0xc003);
		for (let page = 0; page < 32; page++) memory.write32(0xc000 + 4 * page, (page << 12) | 3);
		memory.write32(0xc000 + 4 * 0x10, 0x1003);
		memory.copyIn(CODE, Uint8Array.of(0x40, 0xeb, 0xfd));
		memory.copyIn(0x2000, Uint8Array.of(0x48, 0xeb, 0xfd));
		movToCr(cpu, 3, 0xb000);
		movToCr(cpu, 0, 0x8000_0011 | 0);
		cpu.eip = 0x1_0000;
		machine.run(2);
		expect(cpu.s[EAX]).toBe(1);
		memory.write32(0xc000 + 4 * 0x10, 0x2003);
		machine.run(2);
		expect(cpu.s[EAX]).toBe(2);
		movToCr(cpu, 3, 0xb000);
		machine.run(2);
		expect(cpu.s[EAX]).toBe(1);
	});
});

it('native code may ask for a stop, and the run goes on from there', () => {
	const { machine } = machineWith([0x0f, 0x3f, 0x07, 0x40, 0x40, 0xf4], (m) => m.stop());
	expect(machine.run(100)).toBe('stopped');
	expect([machine.cpu.icount, machine.cpu.eip]).toEqual([1, CODE + 3]);
	expect(machine.run(2)).toBe('budget');
	expect(machine.cpu.s[EAX]).toBe(2);
	expect(machine.cpu.s[ESI]).toBe(0);
});

describe('what a gate or a return leaves behind counts at once', () => {
	// int3; inc eax; inc eax; hlt
	const code = [0xcc, 0x40, 0x40, 0xf4];

	it('TF in the frame of an IRET', () => {
		const { machine, traps } = machineWith(code, ({ cpu, memory }, vector) => {
			memory.write32(cpu.esp + 8, vector === 3 ? 2 | TF : 2);
			cpu.returnFromInterrupt();
		});
		expect(machine.run(100)).toBe('idle');
		expect(traps.map(({ vector, eip }) => [vector, eip])).toEqual([
			[3, CODE + 1],
			[1, CODE + 2]
		]);
	});

	it('a breakpoint, a halt and another code segment that native code brings about', () => {
		const after = (change: (machine: Machine) => void) => {
			const { machine } = machineWith(code, (m) => {
				m.cpu.returnFromInterrupt();
				change(m);
			});
			return [machine.run(100), machine.cpu.eip - CODE, machine.cpu.s[EAX]];
		};
		expect(after(({ engine }) => (engine.guard = new AddressGuard([CODE + 1])))).toEqual(['breakpoint', 1, 0]);
		expect(after(({ cpu }) => (cpu.halted = true))).toEqual(['idle', 1, 0]);
		expect(after(({ cpu }) => cpu.setSegment(1, 8, 1, 0xffff_ffff, 0x00c0_9b00))).toEqual(['idle', 3, 1]);
		expect(after(({ cpu }) => (cpu.shutdown = true))).toEqual(['shutdown', 1, 0]);
	});
});
