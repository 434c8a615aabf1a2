import { describe, expect, it } from 'vitest';
import { COST_PROFILES } from '../cost';
import { Machine } from '../machine';
import { codeOf, dataOf, descriptor, flatRings, gate, GDT, IDT, inRing, ListRecorder, put, TSS } from '../testing';
import { setDr } from './debug';
import { image, sameHowever } from '../engines/cut-runs';
import { DR6_BS, DR6_BT } from '../../x86/debug';
import { SYSTEM } from '../../x86/descriptors';
import { IF, RF, TF, EFLAGS } from '../../x86/flags';
import { pushesError } from '../../x86/exceptions';

const CODE = 0x5000;
const STUBS = 0xc000;
const NEW = 0x4800;
const TASK = 20 << 3;

const NEW_CODE = 0xb000;
const NEW_STACK = 0xa800;
const STACK = 0x7000;
const [ECX, ESI, EDI] = [2, 12, 14];

/** DR7 with breakpoint 0 enabled for all tasks: instructions, or data of 1 or 4 bytes; written, or read or written. */
const EXECUTE = 0x402;
const WRITE1 = 0x1_0402;
const WRITE4 = 0xd_0402;
const ACCESS4 = 0xf_0402;

/** What native code found behind a gate. */
interface Trap {
	vector: number;
	eip: number;
	eflags: number;
	dr6: number;
	ecx: number;
	task: number;
	/** Where the frame lies. */
	esp: number;
}

/**
 * A machine in `ring` at `code`, with a second task that does INC EAX for ever. Each vector leads to native code in ring 0 that notes
 * the trap and then does `after`: by default it stops the run.
 */
function machineWith(
	code: readonly number[],
	{ ring = 0, after = (m: Machine) => m.stop() }: { ring?: number; after?: (m: Machine, trap: Trap) => void } = {}
): { machine: Machine; traps: Trap[] } {
	const machine = new Machine({ ramBytes: 0x10_0000, profile: COST_PROFILES.unit });
	const { cpu, memory } = machine;
	Object.assign(cpu.gdtr, { base: GDT, limit: 0x7ff });
	Object.assign(cpu.idtr, { base: IDT, limit: 0x7ff });
	flatRings({ cpu, memory, recorder: new ListRecorder() });
	inRing(cpu, ring);
	cpu.setEflags(2);
	memory.copyIn(CODE, Uint8Array.from(code));
	memory.copyIn(NEW_CODE, Uint8Array.of(0x40, 0x40, 0x40, 0xeb, 0xfb));
	put(memory, GDT, 20, descriptor({ base: NEW, limit: 0x67, type: SYSTEM.TSS32, big: false, pages: false }));
	memory.write32(NEW + 0x20, NEW_CODE);
	memory.write32(NEW + 0x24, 2);
	memory.write32(NEW + 0x38, NEW_STACK);
	[dataOf(0), codeOf(0), dataOf(0), dataOf(0), 0, 0].forEach((selector, i) =>
		memory.write32(NEW + 0x48 + i * 4, selector)
	);
	for (let vector = 0; vector < 0x100; vector++) {
		put(memory, IDT, vector, gate(SYSTEM.INTERRUPT_GATE32, codeOf(0), STUBS + 4 * vector, 3));
		memory.copyIn(STUBS + 4 * vector, Uint8Array.of(0x0f, 0x3f, vector));
	}
	const traps: Trap[] = [];
	cpu.native = (vector) => {
		const frame = cpu.esp + (pushesError(vector) ? 4 : 0);
		const trap = {
			vector,
			eip: memory.read32(frame),
			eflags: memory.read32(frame + 8),
			dr6: cpu.dr[6] & 0xe00f,
			ecx: cpu.s[ECX],
			task: cpu.tr.selector,
			esp: cpu.esp
		};
		cpu.esp = frame;
		traps.push(trap);
		after(machine, trap);
	};
	return { machine, traps };
}

/** The handler that returns, with RF set so that an execution breakpoint lets its instruction pass. */
function resume({ cpu, memory }: Machine): void {
	memory.write32(cpu.esp + 8, memory.read32(cpu.esp + 8) | RF);
	cpu.returnFromInterrupt();
}

/** Breakpoint 0. */
function breakAt({ cpu }: Machine, address: number, dr7: number): void {
	setDr(cpu, 0, address);
	setDr(cpu, 7, dr7);
}

/** Puts `count` bytes before a string instruction. */
const strings = (machine: Machine, count: number): void =>
	void Object.assign(machine.cpu.s, { [ECX]: count, [ESI]: 0x2_0000, [EDI]: 0x3_0000 });

describe('between two iterations of a repeated instruction RF is set (SDM vol. 3, 17.3.1.1)', () => {
	// rep movsb; nop; hlt
	const code = [0xf3, 0xa4, 0x90, 0xf4];
	const seen = (traps: Trap[]): number[][] => traps.map(({ eip, eflags, ecx }) => [eip - CODE, eflags & RF, ecx]);

	it('in what a single-step trap pushes, but not after the last', () => {
		const { machine, traps } = machineWith(code, { after: (m) => m.cpu.returnFromInterrupt() });
		strings(machine, 3);
		machine.cpu.setEflags(TF | 2);
		machine.run(4);
		expect(seen(traps)).toEqual([
			[0, RF, 2],
			[0, RF, 1],
			[2, 0, 0]
		]);
	});

	it.each([
		['in the middle', 1, [0, RF, 2]],
		['at the end', 3, [2, 0, 0]]
	])('in what the trap of a data breakpoint pushes: %s', (_name, at, expected) => {
		const { machine, traps } = machineWith(code);
		strings(machine, 4);
		breakAt(machine, 0x3_0000 + at, WRITE1);
		machine.run(10);
		expect(seen(traps)).toEqual([expected]);
	});

	it.each([
		['in the middle', 10_000, [0, RF, 10_000 - 4096]],
		['at the end', 100, [2, 0, 0]]
	])('in what an interrupt pushes: %s', (_name, count, expected) => {
		// rep stosb; nop; hlt
		const { machine, traps } = machineWith([0xf3, 0xaa, 0x90, 0xf4]);
		strings(machine, count);
		machine.cpu.setEflags(IF | 2);
		machine.bus.mountMemory(0x20_0000, 1, { read: () => 0, write: () => machine.lapic.raise(0x41) });
		machine.cpu.s[EDI] = 0x20_0000;
		machine.run(10);
		expect(traps[0].vector).toBe(0x41);
		expect(seen(traps)).toEqual([expected]);
	});

	it('stays when the run is cut and saved there', () => {
		const { machine, traps } = machineWith([0xf3, 0xaa, 0x90, 0xf4]);
		strings(machine, 10_000);
		machine.bus.mountMemory(0x20_0000, 1, { read: () => 0, write: () => machine.stop() });
		machine.cpu.s[EDI] = 0x20_0000;
		expect(machine.run(10)).toBe('stopped');
		const state = structuredClone(machine.save());
		const other = machineWith([], { after: (m) => m.stop() });
		other.machine.restore(state);
		for (const [m, noted] of [
			[machine, traps],
			[other.machine, other.traps]
		] as const) {
			m.cpu.setEflags(m.cpu.getEflags() | IF);
			m.lapic.raise(0x41);
			m.run(10);
			expect(seen([...noted])).toEqual([[0, RF, 10_000 - 4096]]);
		}
	});

	it('so an execution breakpoint there is met once, whatever traps on the way', () => {
		const { machine, traps } = machineWith(code, {
			after: (m, { dr6 }) => (dr6 === 1 ? resume(m) : m.cpu.returnFromInterrupt())
		});
		strings(machine, 4);
		breakAt(machine, CODE, EXECUTE);
		setDr(machine.cpu, 1, 0x3_0001);
		setDr(machine.cpu, 7, EXECUTE | (0x1 << 20) | 8);
		machine.run(4);
		expect(traps.map(({ dr6, ecx }) => [dr6, ecx])).toEqual([
			[1, 4],
			[2, 2]
		]);
	});

	it('and is clear again behind it', () => {
		const { machine } = machineWith([0xf3, 0xaa, 0x90, 0xf4]);
		strings(machine, 10_000);
		machine.run(1);
		expect([machine.cpu.eip, machine.cpu.getEflags() & RF]).toEqual([CODE + 2, 0]);
	});
});

describe('RF that IRET loads', () => {
	// iret; inc eax; int 0x42
	const code = [0xcf, 0x40, 0xcd, 0x42];
	function returning(): ReturnType<typeof machineWith> {
		const made = machineWith(code);
		const { cpu, memory } = made.machine;
		[CODE + 1, codeOf(0), RF | IF | 2].forEach((word, i) => memory.write32(STACK + 4 * i, word));
		cpu.setEflags(2);
		return made;
	}

	it('is pushed by an interrupt that comes before the next instruction', () => {
		const { machine, traps } = returning();
		machine.lapic.raise(0x41);
		machine.run(10);
		expect(traps).toMatchObject([{ vector: 0x41, eip: CODE + 1, eflags: RF | IF | 2 }]);
	});

	it('is gone when that has begun, run or stepped', () => {
		for (const step of [1, 10]) {
			const { machine, traps } = returning();
			while (traps.length === 0) machine.run(step);
			expect(traps).toMatchObject([{ vector: 0x42, eflags: IF | 2 }]);
		}
		const { machine } = returning();
		machine.run(1);
		expect(machine.cpu.getEflags() & RF).toBe(RF);
		machine.run(1);
		expect(machine.cpu.getEflags() & RF).toBe(0);
	});
});

describe('a fault of the debug registers themselves is a fault like others', () => {
	it('general detection pushes RF, an execution breakpoint does not (SDM vol. 3, 17.3.1.1)', () => {
		// mov dr0, eax
		const guarded = machineWith([0x0f, 0x23, 0xc0]);
		setDr(guarded.machine.cpu, 7, 0x2400);
		guarded.machine.run(3);
		expect(guarded.traps).toMatchObject([{ vector: 1, eip: CODE, eflags: RF | 2, dr6: 0x2000 }]);
		const broken = machineWith([0x90]);
		breakAt(broken.machine, CODE, EXECUTE);
		broken.machine.run(3);
		expect(broken.traps).toMatchObject([{ vector: 1, eip: CODE, eflags: 2, dr6: 1 }]);
	});
});

const JUMP = [0xea, 0, 0, 0, 0, TASK, 0];
const CALL = [0x9a, 0, 0, 0, 0, TASK, 0];
const INT = [0xcd, 0x50];

/** A machine that goes to the second task by `code`; `change` prepares it. */
function switching(code: readonly number[], change: (m: Machine) => void): ReturnType<typeof machineWith> {
	const made = machineWith(code);
	const { memory } = made.machine;
	put(memory, IDT, 0x50, gate(SYSTEM.TASK_GATE, TASK, 0));
	change(made.machine);
	return made;
}
const trapBit = ({ memory }: Machine): void => memory.write16(NEW + 0x64, 1);

/** An IRET to the second task, as a nested one. */
function nest({ cpu, memory }: Machine): void {
	memory.write16(TSS, TASK);
	memory.write8(GDT + 20 * 8 + 5, 0x8b);
	cpu.setEflags(EFLAGS.NT | 2);
}

describe('the T bit of a TSS (SDM vol. 3, 17.3.1.5)', () => {
	it.each([
		['JMP', JUMP, () => {}],
		['CALL', CALL, () => {}],
		['INT n', INT, () => {}],
		['IRET', [0xcf], nest],
		['a fault', [0x0f, 0x0b], ({ memory }) => put(memory, IDT, 6, gate(SYSTEM.TASK_GATE, TASK, 0))],
		[
			'an interrupt',
			[0xfb, 0x90, 0x90],
			(m) => {
				put(m.memory, IDT, 0x41, gate(SYSTEM.TASK_GATE, TASK, 0));
				m.lapic.raise(0x41);
			}
		]
	] as [string, number[], (m: Machine) => void][])(
		'traps before the first instruction after %s',
		(_name, code, change) => {
			const { machine, traps } = switching(code, (m) => {
				change(m);
				trapBit(m);
			});
			machine.cpu.s[0] = 5;
			machine.run(10);
			expect(traps).toMatchObject([{ vector: 1, eip: NEW_CODE, dr6: DR6_BT, task: TASK, esp: NEW_STACK - 12 }]);
			expect(machine.cpu.s[0]).toBe(0);
			expect(machine.cpu.icount).toBe(code[0] === 0x0f ? 1 : code[0] === 0xfb ? 3 : 2);
		}
	);

	it('is one trap with what the switch itself met, and comes before a breakpoint on the first instruction', () => {
		const { machine, traps } = switching(JUMP, (m) => {
			trapBit(m);
			breakAt(m, NEW_CODE, EXECUTE);
			setDr(m.cpu, 1, GDT + 20 * 8 + 4);
			setDr(m.cpu, 7, EXECUTE | (0xd << 20) | 8);
		});
		machine.run(2);
		expect(traps.map(({ dr6, eip }) => [dr6, eip])).toEqual([[DR6_BT | 2, NEW_CODE]]);
	});

	it('is not asked where a segment of the new task is bad: its fault comes instead', () => {
		const { machine, traps } = switching(JUMP, (m) => {
			trapBit(m);
			m.memory.write32(NEW + 0x4c, dataOf(0));
		});
		machine.run(3);
		expect(traps).toMatchObject([{ vector: 10, eip: NEW_CODE, dr6: 0 }]);
		expect(machine.cpu.pendingDebug).toBe(0);
	});
});

describe('TF, RF and breakpoints across a task switch', () => {
	it.each([
		['JMP', JUMP],
		['CALL', CALL],
		['INT n', INT]
	])('TF of the old task does not trap into the new one: %s', (_name, code) => {
		const { machine, traps } = switching(code, ({ cpu }) => cpu.setEflags(TF | 2));
		machine.run(6);
		expect(traps).toEqual([]);
		expect(machine.memory.read32(TSS + 0x24) & TF).toBe(TF);
	});

	it.each([
		['JMP', JUMP],
		['INT n', INT]
	])('TF of the new task traps after its first instruction, also where both have it: %s', (_name, code) => {
		for (const old of [0, TF]) {
			const { machine, traps } = switching(code, ({ cpu, memory }) => {
				cpu.setEflags(old | 2);
				memory.write32(NEW + 0x24, TF | 2);
			});
			machine.run(6);
			expect(traps).toMatchObject([{ vector: 1, eip: NEW_CODE + 1, dr6: DR6_BS }]);
		}
	});

	it.each([0, RF])('RF of the new task counts for its first instruction, that of the old (%i) does not', (old) => {
		const landing = (image: number): number[] => {
			const { machine, traps } = switching(JUMP, (m) => {
				m.memory.write32(NEW + 0x24, image | 2);
				m.cpu.setEflags(old | 2);
				breakAt(m, NEW_CODE, EXECUTE);
			});
			machine.run(4);
			return traps.map(({ eip }) => eip);
		};
		expect([landing(0), landing(RF)]).toEqual([[NEW_CODE], []]);
	});

	it('RF is spent when an instruction begins: it is in no frame and no TSS that the instruction writes', () => {
		for (const [code, image] of [
			[JUMP, TSS + 0x24],
			[[0xcd, 0x40], STACK - 4]
		] as const) {
			const { machine } = switching(code, ({ cpu }) => cpu.setEflags(RF | 2));
			machine.run(1);
			expect(machine.memory.read32(image)).toBe(2);
		}
	});

	it('local breakpoints end, and with them the watch on every access', () => {
		const { machine, traps } = switching(JUMP, (m) => breakAt(m, NEW_CODE, 0x401));
		machine.run(4);
		expect([traps, machine.cpu.dr[7] & 0x3ff, machine.cpu.watching]).toEqual([[], 0, false]);
	});
});

describe('a data breakpoint that a delivery meets traps before the first instruction of the handler', () => {
	const handler = (vector: number): number => STUBS + 4 * vector;

	it.each([
		['INT n', [0xcd, 0x42], 0x42, 12],
		['INT3', [0xcc], 3, 12],
		['a fault', [0x0f, 0x0b], 6, 12],
		['a fault with an error code', [0xcd, 0xff], 13, 16],
		['an interrupt', [0xfb, 0x90, 0x90], 0x41, 12]
	] as [string, number[], number, number][])('%s', (_name, code, vector, depth) => {
		const { machine, traps } = machineWith(code);
		if (vector === 0x41) machine.lapic.raise(0x41);
		machine.cpu.idtr.limit = 0xff * 8 - 1;
		breakAt(machine, STACK - depth, WRITE4);
		machine.run(10);
		expect(traps).toMatchObject([{ vector: 1, eip: handler(vector), eflags: 2, dr6: 1, esp: STACK - depth - 12 }]);
	});

	it('from an outer ring, on the stack of the inner one, and where the TSS names that stack', () => {
		for (const [address, kind] of [
			[0x8000 - 20, WRITE4],
			[0x8000 - 4, WRITE4],
			[TSS + 4, ACCESS4],
			[IDT + 0x42 * 8, ACCESS4]
		]) {
			const { machine, traps } = machineWith([0xcd, 0x42], { ring: 3 });
			breakAt(machine, address, kind);
			machine.run(10);
			expect(traps).toMatchObject([{ vector: 1, eip: handler(0x42), esp: 0x8000 - 32 }]);
		}
	});

	it('and the delivery of #DB is a delivery, too', () => {
		const { machine, traps } = machineWith([0xcd, 0x42]);
		breakAt(machine, STACK - 12, WRITE4);
		setDr(machine.cpu, 1, STACK - 24);
		setDr(machine.cpu, 7, WRITE4 | (0xd << 20) | 8);
		machine.run(10);
		expect(traps).toMatchObject([{ vector: 1, eip: handler(1), dr6: 2, esp: STACK - 36 }]);
	});

	it('what a delivery that failed had met is forgotten', () => {
		const { machine, traps } = machineWith([0xcd, 0x42]);
		put(machine.memory, IDT, 0x42, gate(SYSTEM.INTERRUPT_GATE32, codeOf(0), 0, 3, 0, false));
		breakAt(machine, IDT + 0x42 * 8, ACCESS4);
		machine.run(10);
		expect(traps).toMatchObject([{ vector: 11, dr6: 0 }]);
	});

	it('the error code that a task gate hands to its task', () => {
		const { machine, traps } = switching([0xcd, 0xff], (m) => {
			put(m.memory, IDT, 13, gate(SYSTEM.TASK_GATE, TASK, 0));
			m.cpu.idtr.limit = 0xff * 8 - 1;
			breakAt(m, NEW_STACK - 4, WRITE4);
		});
		machine.run(10);
		expect(traps).toMatchObject([{ vector: 1, eip: NEW_CODE, task: TASK, esp: NEW_STACK - 16 }]);
	});

	it('what a switch reads and writes in either TSS', () => {
		for (const [address, kind] of [
			[TSS + 0x20, WRITE4],
			[NEW + 0x20, ACCESS4]
		]) {
			const { machine, traps } = switching(JUMP, (m) => breakAt(m, address, kind));
			machine.run(10);
			expect(traps).toMatchObject([{ vector: 1, eip: NEW_CODE, task: TASK }]);
		}
	});

	it('and the frame of a far call, and the descriptor of a segment that is loaded', () => {
		// call 8:NEW_CODE; mov fs, eax with a selector in EAX, whose accessed bit is clear
		const call = machineWith([0x9a, 0, NEW_CODE >> 8, 0, 0, codeOf(0), 0]);
		breakAt(call.machine, STACK - 8, WRITE4);
		call.machine.run(10);
		expect(call.traps).toMatchObject([{ vector: 1, eip: NEW_CODE }]);
		for (const kind of [WRITE4, ACCESS4]) {
			const load = machineWith([0x8e, 0xe0, 0x90]);
			load.machine.cpu.s[0] = dataOf(3);
			breakAt(load.machine, GDT + dataOf(3) - 3 + 4, kind);
			load.machine.run(10);
			expect(load.traps).toMatchObject([{ vector: 1, eip: CODE + 2 }]);
		}
	});

	it('before an interrupt that waits, which then waits for the handler (SDM vol. 3, table 6-2)', () => {
		// mov [0x20000], eax
		const { machine, traps } = machineWith([0xa3, 0, 0, 2, 0, 0x90]);
		breakAt(machine, 0x2_0000, WRITE4);
		machine.cpu.setEflags(IF | 2);
		machine.clock.schedule(1, () => machine.lapic.raise(0x41));
		machine.run(10);
		expect(traps).toMatchObject([{ vector: 1, eip: CODE + 5 }]);
	});

	it('a load of SS holds it back with other traps, and INT n goes first', () => {
		// mov ss, [0x20000]; int 0x42
		const { machine, traps } = machineWith([0x8e, 0x15, 0, 0, 2, 0, 0xcd, 0x42]);
		machine.memory.write16(0x2_0000, dataOf(0));
		breakAt(machine, 0x2_0000, ACCESS4);
		machine.run(1);
		expect([machine.cpu.inhibitTraps, machine.cpu.pendingDebug]).toEqual([true, 1]);
		const state = structuredClone(machine.save());
		machine.run(10);
		expect(traps).toMatchObject([{ vector: 1, eip: handler(0x42) }]);
		const other = machineWith([]);
		other.machine.restore(state);
		other.machine.run(10);
		expect(other.traps).toEqual(traps);
	});
});

describe('however a run with debug traps is cut, it is the same run', () => {
	/**
	 * A task that calls another with the T bit, which steps, repeats a string instruction over a watched byte and returns; a timer
	 * interrupts both, and its frame is watched as well.
	 */
	function prepared(): Machine {
		const { machine } = machineWith([...CALL, 0x40, 0xeb, 0x100 - 10], {
			after: (m, { vector }) => {
				const { cpu, memory } = m;
				memory.write32(0x6800 + 4 * (vector & 0xf), memory.read32(0x6800 + 4 * (vector & 0xf)) + 1);
				if (vector === 0x41) {
					m.lapic.eoi();
					m.lapic.setTimer(m.clock.now + 61);
				}
				cpu.dr[6] &= ~0xe00f;
				cpu.returnFromInterrupt();
			}
		});
		const { cpu, memory } = machine;
		// again: mov ecx, 5; mov edi, 0x30000; rep stosb; iret; jmp again
		memory.copyIn(NEW_CODE, Uint8Array.of(0xb9, 5, 0, 0, 0, 0xbf, 0, 0, 3, 0, 0xf3, 0xaa, 0xcf, 0xeb, 0x100 - 15));
		memory.write32(NEW + 0x24, TF | IF | 2);
		memory.write16(NEW + 0x64, 1);
		setDr(cpu, 0, 0x3_0002);
		setDr(cpu, 1, STACK - 12);
		setDr(cpu, 7, WRITE1 | (0xd << 20) | 8);
		cpu.setEflags(IF | 2);
		machine.lapic.setTimerVector(0x41);
		machine.lapic.setTimer(50);
		return machine;
	}
	const LENGTH = 1200;
	const whole = prepared();
	whole.run(LENGTH);
	const expected = image(whole.save());

	it('took traps and interrupts on the way', () => {
		expect([whole.memory.read32(0x6804) > 500, whole.cpu.shutdown]).toEqual([true, false]);
	});

	sameHowever(prepared, LENGTH, expected, { seed: 11, most: 9, cycles: 7 });
});
