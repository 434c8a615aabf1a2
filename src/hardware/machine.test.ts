import { describe, expect, it } from 'vitest';
import { KIND } from '../trace/events';
import { COM1_PORTS } from './devices/pc';
import { Uart } from './devices/uart';
import { Machine } from './machine';
import { codeOf, flatRings, gate, GDT, IDT, inRing, ListRecorder, put } from './testing';

const PROGRAM = 0x5000;
const HANDLER = 0x6000;

/** A machine whose processor is in `ring` at a program; vector 0x40 goes to a handler in ring 0. */
function machine(program: number[], handler: number[] = [0xcf], ring = 0): { m: Machine; recorder: ListRecorder } {
	const recorder = new ListRecorder();
	const m = new Machine({ ramBytes: 0x10_0000, recorder });
	Object.assign(m.cpu.gdtr, { base: GDT, limit: 0x7ff });
	Object.assign(m.cpu.idtr, { base: IDT, limit: 0x7ff });
	flatRings({ cpu: m.cpu, memory: m.memory, recorder });
	inRing(m.cpu, ring);
	put(m.memory, IDT, 0x40, gate(14, codeOf(0), HANDLER, 3));
	m.memory.copyIn(PROGRAM, Uint8Array.from(program));
	m.memory.copyIn(HANDLER, Uint8Array.from(handler));
	return { m, recorder };
}

describe('code on the machine', () => {
	it('goes in by INT and out by IRET', () => {
		// again: int 40h; inc eax; jmp again
		const { m, recorder } = machine([0xcd, 0x40, 0x40, 0xeb, 0xfb], [0xcf], 3);
		expect(m.run(40)).toBe('budget');
		expect([m.cpu.s[0], m.cpu.icount]).toEqual([10, 40]);
		expect(recorder.of(KIND.trap)).toHaveLength(10);
		expect(recorder.of(KIND.far_return)).toHaveLength(10);
	});

	it('waits in HLT for the timer, which it reaches through the memory window', () => {
		// mov dword [fee00320], 40h; mov dword [fee00380], 1000; sti; hlt; inc ebx; jmp $
		const program = [
			0xc7, 0x05, 0x20, 0x03, 0xe0, 0xfe, 0x40, 0, 0, 0, 0xc7, 0x05, 0x80, 0x03, 0xe0, 0xfe, 0xe8, 3, 0, 0, 0xfb, 0xf4,
			0x43, 0xeb, 0xfe
		];
		// mov dword [fee000b0], 0; inc ecx; iret
		const { m, recorder } = machine(program, [0xc7, 0x05, 0xb0, 0, 0xe0, 0xfe, 0, 0, 0, 0, 0x41, 0xcf]);
		const before = m.clock.now;
		m.run(20);
		expect([m.cpu.s[3 << 1], m.cpu.s[1 << 1], m.lapic.inService]).toEqual([1, 1, -1]);
		expect(m.clock.now - before).toBeGreaterThan(2000);
		expect([KIND.halt, KIND.timer, KIND.interrupt].map((kind) => recorder.of(kind).length)).toEqual([1, 1, 1]);
	});

	it('is idle when nothing can wake it', () => {
		const { m } = machine([0xfb, 0xf4]);
		expect(m.run(100)).toBe('idle');
	});

	it('stops for good at a triple fault', () => {
		const { m } = machine([0x0f, 0x0b]);
		m.cpu.idtr.limit = 0;
		expect(m.run(100)).toBe('shutdown');
	});

	it('speaks through the serial line', () => {
		// mov dx, 3f8h; mov al, 'A'; out dx, al
		const { m } = machine([0x66, 0xba, COM1_PORTS & 255, COM1_PORTS >> 8, 0xb0, 0x41, 0xee]);
		let text = '';
		m.devices.get(Uart).onByte = (byte) => (text += String.fromCharCode(byte));
		m.run(3);
		expect(text).toBe('A');
	});

	it('native code runs in ring 0 and returns by the architectural IRET', () => {
		const { m } = machine([0xcd, 0x40, 0x40], [0x0f, 0x3f, 7], 1);
		const seen: number[] = [];
		m.cpu.native = (index) => {
			seen.push(index, m.cpu.cpl);
			m.cpu.returnFromInterrupt();
		};
		m.run(3);
		expect([seen, m.cpu.cpl, m.cpu.s[0]]).toEqual([[7, 0], 1, 1]);
	});
});

describe('save and restore', () => {
	/** A loop that counts, stores and traps, with a periodic timer. */
	const busy = () => {
		// again: int 40h; inc dword [7000h]; jmp again
		const made = machine([0xcd, 0x40, 0xff, 0x05, 0, 0x70, 0, 0, 0xeb, 0xf6], [0x41, 0xcf], 3);
		put(made.m.memory, IDT, 0x50, gate(14, codeOf(0), 0x6800, 0));
		made.m.memory.copyIn(0x6800, Uint8Array.of(0xc7, 0x05, 0xb0, 0, 0xe0, 0xfe, 0, 0, 0, 0, 0xcf));
		made.m.cpu.setEflags(0x202);
		made.m.lapic.write(0x320, 4, (1 << 17) | 0x50);
		made.m.lapic.write(0x380, 4, 3000);
		return made;
	};

	it('goes on from a saved state exactly as the first time, wherever it was cut', () => {
		for (const cut of [1, 2, 3, 997, 1000]) {
			const { m, recorder } = busy();
			m.run(cut);
			const state = structuredClone(m.save());
			recorder.events.length = 0;
			m.run(2000);
			const first = { events: recorder.events.slice(), state: m.save() };
			recorder.events.length = 0;
			m.restore(state);
			m.run(2000);
			expect(recorder.events).toEqual(first.events);
			const { ram, ...rest } = m.save();
			const { ram: firstRam, ...firstRest } = first.state;
			expect(rest).toEqual(firstRest);
			expect(Buffer.compare(ram, firstRam)).toBe(0);
		}
	});

	it('stepping and running give the same history', () => {
		const [ran, stepped] = [busy(), busy()];
		ran.m.run(1500);
		for (let i = 0; i < 1500; i++) stepped.m.run(1);
		expect(stepped.recorder.events).toEqual(ran.recorder.events);
		expect(stepped.m.clock.now).toBe(ran.m.clock.now);
		expect(stepped.m.memory.read32(0x7000)).toBe(ran.m.memory.read32(0x7000));
	});
});
