/** Two processors, one of which runs while the other waits for a device in the midst of an instruction. */
import { expect, it } from 'vitest';
import { SYSTEM } from '../../x86/descriptors';
import { FIXED } from '../../x86/flags';
import { DS } from '../../x86/registers';
import { TSS32, TSS_SIZE, tssStack } from '../../x86/tss';
import type { Registers } from '../bus';
import { CODE, DATA, dataOf, descriptor, flatRings, gate, GDT, IDT, inRing, makeCpu, put, TSS } from '../testing';
import type { TestCpu } from '../testing';
import type { Cpu } from './cpu';
import { interruptReturn, softwareInterrupt } from './interrupts';
import { loadSegment, lsl } from './segments';
import { saveCpu } from './state';
import { lldt, ltr } from './system';
import { farCall, farJump, farReturn } from './transfers';

const NEXT_TASK = TSS + 0x800;
const [CODE_0, DATA_3, CALL_GATE, NEW_TSS, NEW_LDT, CODE_3] = [10, 11, 12, 13, 14, 15].map((slot) => slot << 3);
const STACK = 0x7000;

/** A machine whose tables differ from another's by `own` alone: bases, limits, entries, stacks. */
function machine(ring: number, own: number): TestCpu {
	const t = makeCpu();
	const { cpu, memory } = t;
	const segment = (selector: number, type: number, dpl: number): void =>
		put(memory, GDT, selector >> 3, descriptor({ base: own, limit: 0xff00 + own, type, dpl }));
	const system = (selector: number, type: number, base: number): void =>
		put(memory, GDT, selector >> 3, descriptor({ base, limit: TSS_SIZE + own, type, big: false, pages: false }));
	flatRings(t);
	segment(CODE_0, CODE, 0);
	segment(DATA_3, DATA, 3);
	segment(CODE_3, CODE, 3);
	system(NEW_TSS, SYSTEM.TSS32, NEXT_TASK);
	system(NEW_LDT, SYSTEM.LDT, own);
	put(memory, GDT, CALL_GATE >> 3, gate(SYSTEM.CALL_GATE32, CODE_0, own, 3, 2));
	put(memory, IDT, 0x20, gate(SYSTEM.INTERRUPT_GATE32, CODE_0, own, 3));
	memory.write32(TSS + tssStack(TSS32, 0), 0x8000 + own);
	const selectors = [DATA_3, CODE_0, dataOf(0), DATA_3, 0, 0];
	selectors.forEach((selector, index) => memory.write32(NEXT_TASK + TSS32.segments + index * 4, selector));
	memory.write32(NEXT_TASK + TSS32.eip, own);
	memory.write32(NEXT_TASK + TSS32.flags, FIXED);
	memory.write32(NEXT_TASK + TSS32.ldt, NEW_LDT);
	inRing(cpu, ring);
	return t;
}

/** Lays a device over the tables that answers as memory does; before each answer, `meanwhile` happens. */
function tablesInDevice({ memory, cpu }: TestCpu, meanwhile: () => void): void {
	const bytes = memory.bytes(GDT, TSS + 0x1000 - GDT).slice();
	const view = new DataView(bytes.buffer);
	const device: Registers = {
		read(offset, size) {
			meanwhile();
			if (size === 4) return view.getUint32(offset, true);
			return size === 2 ? view.getUint16(offset, true) : view.getUint8(offset);
		},
		write(offset, size, value) {
			meanwhile();
			for (let n = 0; n < size; n++) view.setUint8(offset + n, value >>> (8 * n));
		}
	};
	cpu.bus.mountMemory(GDT, bytes.length, device);
}

/** Words of 4 bytes on the stack. */
const stack = ({ memory }: TestCpu, ...words: number[]): void =>
	words.forEach((word, index) => memory.write32(STACK + index * 4, word));

interface Row {
	ring: number;
	prepare?(t: TestCpu, own: number): void;
	run(cpu: Cpu): unknown;
}

const ROWS: Record<string, Row> = {
	'a far jump': { ring: 0, run: (cpu) => farJump(cpu, CODE_0, 4, 32) },
	'a far call': { ring: 0, run: (cpu) => farCall(cpu, CODE_0, 4, 32) },
	'a call gate to an inner ring': {
		ring: 3,
		prepare: (t, own) => stack(t, own + 1, own + 2),
		run: (cpu) => farCall(cpu, CALL_GATE, 0, 32)
	},
	'a far return to an outer ring': {
		ring: 0,
		prepare: (t, own) => stack(t, own, CODE_3 | 3, STACK + own, DATA_3 | 3),
		run: (cpu) => farReturn(cpu, 32, 0)
	},
	'an interrupt from an outer ring': { ring: 3, run: (cpu) => softwareInterrupt(cpu, 0x20, 'int n') },
	'an IRET to an outer ring': {
		ring: 0,
		prepare: (t, own) => stack(t, own, CODE_3 | 3, FIXED, STACK + own, DATA_3 | 3),
		run: (cpu) => interruptReturn(cpu, 32)
	},
	'a task switch': { ring: 0, run: (cpu) => farJump(cpu, NEW_TSS, 0, 32) },
	'a load of DS': { ring: 0, run: (cpu) => loadSegment(cpu, DS, DATA_3) },
	'a question for a limit': { ring: 0, run: (cpu) => lsl(cpu, DATA_3) },
	'a load of LDTR': { ring: 0, run: (cpu) => lldt(cpu, NEW_LDT) },
	'a load of TR': { ring: 0, run: (cpu) => ltr(cpu, NEW_TSS) }
};

/** What comes of a row on a machine of its own, with its tables in a device. */
function outcome(row: Row, own: number, meanwhile: () => void = () => {}): unknown {
	const t = machine(row.ring, own);
	row.prepare?.(t, own);
	tablesInDevice(t, meanwhile);
	const result = row.run(t.cpu);
	return { result, state: saveCpu(t.cpu), stacks: t.memory.bytes(TSS + 0x1000, 0x4000).slice() };
}

it.each(Object.entries(ROWS))('%s is the same when another processor does one in its midst', (_name, row) => {
	const alone = outcome(row, 0x40);
	expect(alone).not.toEqual(outcome(row, 0x20));
	let interruptions = 0;
	const disturbed = outcome(row, 0x40, () => {
		interruptions++;
		outcome(row, 0x20);
	});
	expect(interruptions).toBeGreaterThan(1);
	expect(disturbed).toEqual(alone);
});
