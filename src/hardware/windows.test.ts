/** Memory windows of devices as programs meet them, beyond RAM and in its midst. */
import { describe, expect, it } from 'vitest';
import { VECTOR } from '../x86/exceptions';
import { PTE_P, PTE_PS, PTE_RW } from '../x86/paging';
import { CR0, CR4 } from '../x86/control';
import type { Registers } from './bus';
import { Machine } from './machine';
import { codeOf, faultOf, flatRings, gate, GDT, IDT, inRing, ListRecorder, put } from './testing';

const PROGRAM = 0x5000;
const HANDLER = 0x6000;
/** The hole of a PC below 1 MiB, and a window beyond RAM. */
const HOLE = 0xa_0000;
const BEYOND = 0xe000_0000;

/** A window of 64 KiB that holds bytes, and keeps what is asked of it. */
class Shelf implements Registers {
	readonly bytes = new Uint8Array(0x1_0000);
	readonly asked: string[] = [];
	private readonly view = new DataView(this.bytes.buffer);
	read(offset: number, size: number): number {
		this.asked.push(`r${size}@${offset}`);
		if (size === 4) return this.view.getUint32(offset, true);
		return size === 2 ? this.view.getUint16(offset, true) : this.bytes[offset];
	}
	write(offset: number, size: number, value: number): void {
		this.asked.push(`w${size}@${offset}=${value.toString(16)}`);
		if (size === 4) this.view.setUint32(offset, value, true);
		else if (size === 2) this.view.setUint16(offset, value, true);
		else this.bytes[offset] = value;
	}
}

/** A machine of 2 MiB in ring 0 at `program`; handlers of exceptions halt. */
function machine(program: readonly number[]): Machine {
	const m = new Machine({ ramBytes: 0x20_0000 });
	Object.assign(m.cpu.gdtr, { base: GDT, limit: 0x7ff });
	Object.assign(m.cpu.idtr, { base: IDT, limit: 0x7ff });
	flatRings({ cpu: m.cpu, memory: m.memory, recorder: new ListRecorder() });
	inRing(m.cpu, 0);
	for (let vector = 0; vector < 32; vector++) put(m.memory, IDT, vector, gate(14, codeOf(0), HANDLER + vector, 0));
	m.memory.fill(HANDLER, 32, 0xf4);
	m.memory.copyIn(PROGRAM, Uint8Array.from(program));
	return m;
}

const le = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
const HLT = 0xf4;
/** The vector whose handler the machine halted in. */
const trapped = (m: Machine): number => m.cpu.eip - HANDLER - 1;

describe.each([
	['beyond RAM', BEYOND],
	['over RAM', HOLE]
])('a window %s', (_where, at) => {
	it('gets bytes, words and dwords of any alignment, reads and writes', () => {
		const shelf = new Shelf();
		// mov al, [at+1]; mov bx, [at+1]; mov ecx, [at+5]; mov [at+9], al; mov [at+11], bx; mov [at+14], ecx; hlt
		const m = machine([
			...[0xa0, ...le(at + 1), 0x66, 0x8b, 0x1d, ...le(at + 1), 0x8b, 0x0d, ...le(at + 5)],
			...[0xa2, ...le(at + 9), 0x66, 0x89, 0x1d, ...le(at + 11), 0x89, 0x0d, ...le(at + 14), HLT]
		]);
		m.bus.mountMemory(at, 0x1_0000, shelf);
		shelf.bytes.set([0, 1, 2, 3, 4, 5, 6, 7, 8]);
		m.run(100);
		expect([m.cpu.s[0] & 0xff, m.cpu.s[3 << 1] & 0xffff, m.cpu.s[1 << 1]]).toEqual([1, 0x0201, 0x0807_0605]);
		expect(shelf.asked).toEqual(['r1@1', 'r2@1', 'r4@5', 'w1@9=1', 'w2@11=201', 'w4@14=8070605']);
	});

	it('is read and written once by an instruction that does both', () => {
		const shelf = new Shelf();
		// inc dword [at+4]; hlt
		const m = machine([0xff, 0x05, ...le(at + 4), HLT]);
		m.bus.mountMemory(at, 0x1_0000, shelf);
		m.run(100);
		expect(shelf.asked).toEqual(['r4@4', 'w4@4=1']);
	});

	it('gets each byte of its own where an access lies on two pages', () => {
		const shelf = new Shelf();
		// mov dword [at-1], 44332211h; mov eax, [at-1]; mov word [at+fff], 6655h; hlt
		const m = machine([
			...[0xc7, 0x05, ...le(at - 1), ...le(0x4433_2211), 0xa1, ...le(at - 1)],
			...[0x66, 0xc7, 0x05, ...le(at + 0xfff), 0x55, 0x66, HLT]
		]);
		m.bus.mountMemory(at, 0x1_0000, shelf);
		m.run(100);
		const asked = ['w1@0=22', 'w1@1=33', 'w1@2=44', 'r1@2', 'r1@1', 'r1@0', 'w1@4095=55', 'w1@4096=66'];
		expect(shelf.asked).toEqual(asked);
		// Beyond RAM nothing holds the byte before the window.
		expect(m.cpu.s[0] >>> 0).toBe(at === HOLE ? 0x4433_2211 : 0x4433_22ff);
	});

	it.each([
		['rep stosb', [0xf3, 0xaa], 5000, 1, 0x77],
		['rep stosd', [0xf3, 0xab], 1500, 4, 0x77]
	])('gets every element of %s', (_name, code, count, size, value) => {
		const shelf = new Shelf();
		const m = machine([...code, HLT]);
		m.bus.mountMemory(at, 0x1_0000, shelf);
		const { s } = m.cpu;
		[s[0], s[1 << 1], s[7 << 1]] = [value, count, at];
		m.run(100);
		expect(shelf.asked).toEqual(
			Array.from({ length: count }, (_none, index) => `w${size}@${index * size}=${value.toString(16)}`)
		);
		expect([s[1 << 1], s[7 << 1] >>> 0]).toEqual([0, at + count * size]);
	});

	it('is read by rep movsd into RAM, and written by it from RAM, across its edge', () => {
		const shelf = new Shelf();
		// rep movsd; hlt
		const m = machine([0xf3, 0xa5, HLT]);
		m.bus.mountMemory(at, 0x1_0000, shelf);
		shelf.bytes.set([1, 2, 3, 4, 5, 6, 7, 8]);
		const { s } = m.cpu;
		[s[1 << 1], s[6 << 1], s[7 << 1]] = [2, at, 0x8_0000];
		m.run(100);
		expect([m.memory.read32(0x8_0000), m.memory.read32(0x8_0004)]).toEqual([0x0403_0201, 0x0807_0605]);
		m.cpu.eip = PROGRAM;
		m.cpu.halted = false;
		[s[1 << 1], s[6 << 1], s[7 << 1]] = [4, 0x8_0000 - 8, at - 8];
		shelf.asked.length = 0;
		m.run(100);
		expect(shelf.asked).toEqual(['w4@0=4030201', 'w4@4=8070605']);
	});
});

describe('RAM that a window comes over', () => {
	/** eax = [HOLE], three times; the window comes after the first and goes after the second. */
	it('is hidden, though the processor has been there before, and comes back as it was', () => {
		const m = machine([0xa1, ...le(HOLE), 0xa3, ...le(HOLE), HLT]);
		const shelf = new Shelf();
		const again = (value: number): number => {
			m.cpu.eip = PROGRAM;
			m.cpu.halted = false;
			m.memory.copyIn(HOLE, Uint8Array.from(le(value)));
			m.run(100);
			return m.cpu.s[0];
		};
		expect(again(1)).toBe(1);
		m.bus.mountMemory(HOLE, 0x1000, shelf);
		shelf.bytes[0] = 9;
		expect(again(2)).toBe(9);
		expect(shelf.asked).toEqual(['r4@0', 'w4@0=9']);
		m.bus.unmountMemory(shelf);
		expect(m.memory.read32(HOLE)).toBe(2);
		expect(again(3)).toBe(3);
		expect(shelf.asked).toHaveLength(2);
	});

	it('is saved and restored beneath the window', () => {
		const m = machine([]);
		m.memory.write32(HOLE, 5);
		m.bus.mountMemory(HOLE, 0x1000, new Shelf());
		const state = m.save();
		m.memory.copyIn(HOLE, Uint8Array.of(6));
		m.restore(state);
		expect(m.memory.ram[HOLE]).toBe(5);
	});

	it('gives no code: whether it was run before or not, the open bus is fetched, and that is #UD', () => {
		const shelf = new Shelf();
		// jmp HOLE, where RAM has: inc eax; jmp PROGRAM
		const m = machine([0xe9, ...le(HOLE - PROGRAM - 5)]);
		m.memory.copyIn(HOLE, Uint8Array.of(0x40, 0xe9, ...le(PROGRAM - HOLE - 6)));
		m.run(30);
		expect(m.cpu.s[0]).toBe(10);
		m.bus.mountMemory(HOLE, 0x1000, shelf);
		expect(m.run(30)).toBe('idle');
		expect([trapped(m), m.cpu.s[0], shelf.asked]).toEqual([VECTOR.UD, 10, []]);
		m.bus.unmountMemory(shelf);
		Object.assign(m.cpu, { halted: false, eip: PROGRAM });
		m.run(3);
		expect(m.cpu.s[0]).toBe(11);
	});

	it('gives no second half of an instruction either', () => {
		// The last byte before the hole begins mov eax, imm32, whose rest would be a device's.
		const m = machine([0xe9, ...le(HOLE - 1 - PROGRAM - 5)]);
		m.memory.copyIn(HOLE - 1, Uint8Array.of(0xb8, 1, 2, 3, 4, HLT));
		m.bus.mountMemory(HOLE, 0x1000, new Shelf());
		m.run(2);
		expect([m.cpu.s[0], m.cpu.eip]).toEqual([-1, HOLE + 4]);
	});

	it('is where the local APIC may be moved', () => {
		const m = machine([0xa1, ...le(HOLE + 0x30), HLT]);
		m.cpu.setApicBase((m.cpu.apicBase & 0xfff) | HOLE);
		m.run(10);
		expect(m.cpu.s[0]).toBe(0x5_0014);
		const state = m.save();
		m.cpu.setApicBase(((m.cpu.apicBase & 0xfff) | 0xfee0_0000) >>> 0);
		expect([m.memory.read32(HOLE + 0x30), m.bus.read(0xfee0_0030, 4)]).toEqual([0, 0x5_0014]);
		m.restore(state);
		expect([m.memory.read32(HOLE + 0x30), m.bus.read(HOLE + 0x30, 4)]).toEqual([0xffff_ffff, 0x5_0014]);
	});
});

describe('with paging', () => {
	const [DIRECTORY, TABLE] = [0x1_0000, 0x1_1000];
	/** The first 4 MiB mapped one to one by a page table, or by one large page; the hole also at 0x3f0000. */
	function paged(program: readonly number[], large: boolean): Machine {
		const m = machine(program);
		for (let page = 0; page < 1024; page++) m.memory.write32(TABLE + page * 4, (page << 12) | PTE_P | PTE_RW);
		m.memory.write32(TABLE + 0x3f0 * 4, HOLE | PTE_P | PTE_RW);
		m.memory.write32(DIRECTORY, (large ? PTE_PS : TABLE) | PTE_P | PTE_RW);
		m.cpu.cr4 = CR4.PSE;
		m.cpu.mmu.setCr3(DIRECTORY);
		m.cpu.cr0 |= CR0.PG;
		m.cpu.mmu.configure();
		return m;
	}

	it.each([false, true])('every mapping of the frame leads to the window (one large page: %s)', (large) => {
		const m = paged([0xa1, ...le(HOLE + 4), 0xa3, ...le(HOLE + 8), HLT], large);
		const shelf = new Shelf();
		m.memory.write32(HOLE + 4, 7);
		m.cpu.readAt(HOLE + 4, 4, false);
		m.bus.mountMemory(HOLE, 0x1000, shelf);
		shelf.bytes[4] = 3;
		m.run(10);
		expect([m.cpu.s[0], shelf.asked]).toEqual([3, ['r4@4', 'w4@8=3']]);
		if (!large) expect(m.cpu.readAt(0x3f_0008, 4, false)).toBe(3);
	});

	it('a page table beneath a window is not believed: its entries are the open bus, with reserved bits set', () => {
		const m = paged([], false);
		m.cpu.cr4 |= CR4.PAE;
		const shelf = new Shelf();
		// PAE: directory pointers at 0x12000, a directory at 0x13000, the table beneath the window.
		m.memory.write32(0x1_2000, 0x1_3000 | PTE_P);
		m.memory.write32(0x1_3000, HOLE | PTE_P | PTE_RW);
		m.memory.write32(HOLE + 5 * 8, PROGRAM | PTE_P | PTE_RW);
		m.cpu.mmu.configure();
		m.cpu.mmu.loadCr3(0x1_2000);
		m.memory.write32(PROGRAM, 42);
		expect(m.cpu.readAt(PROGRAM, 4, false)).toBe(42);
		m.bus.mountMemory(HOLE, 0x1000, shelf);
		m.cpu.mmu.flush();
		expect(faultOf(() => m.cpu.readAt(PROGRAM, 4, false))).toEqual([VECTOR.PF, 9]);
		m.bus.unmountMemory(shelf);
		expect([m.cpu.readAt(PROGRAM, 4, false), shelf.asked]).toEqual([42, []]);
	});

	it('code beyond 4 GiB is not taken for that in RAM 4 GiB below', () => {
		const m = paged([], false);
		m.cpu.cr4 |= CR4.PAE;
		m.memory.write32(0x1_2000, 0x1_3000 | PTE_P);
		m.memory.write32(0x1_3000, 0x1_4000 | PTE_P | PTE_RW);
		for (let page = 0; page < 32; page++) m.memory.write32(0x1_4000 + page * 8, (page << 12) | PTE_P | PTE_RW);
		m.memory.write32(0x1_4000 + 40 * 8, PROGRAM | PTE_P);
		m.memory.write32(0x1_4000 + 40 * 8 + 4, 1);
		m.cpu.mmu.configure();
		m.cpu.mmu.loadCr3(0x1_2000);
		// inc eax; jmp 28000h, which is mapped to the same offset 4 GiB above this code
		m.memory.copyIn(PROGRAM, Uint8Array.of(0x40, 0xe9, ...le(0x2_8000 - PROGRAM - 6)));
		m.run(20);
		expect([m.cpu.s[0], trapped(m)]).toEqual([1, VECTOR.UD]);
	});
});
