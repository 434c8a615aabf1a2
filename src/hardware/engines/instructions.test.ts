import { describe, expect, it } from 'vitest';
import { Machine } from '../machine';
import { ROWS } from '../../x86/isa';
import { VECTOR } from '../../x86/exceptions';
import { AF, CF, OF, PF, SF, STATUS, ZF } from '../../x86/flags';

const CODE = 0x1000;
const DATA = 0x4000;
const NAMES = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'] as const;
type Registers = Partial<Record<(typeof NAMES)[number], number>>;

/** A flat ring-0 machine without paging, with `bytes` at CODE and the stack below DATA. */
function machineWith(bytes: readonly number[], registers: Registers = {}, flags = 2, code32 = true): Machine {
	const machine = new Machine({ ramBytes: 0x1_0000 });
	machine.memory.copyIn(CODE, Uint8Array.from(bytes));
	const { cpu } = machine;
	if (!code32) cpu.setSegment(1, 0x18, 0, 0xffff_ffff, 0x0080_9b00);
	cpu.esp = DATA;
	for (const [name, value] of Object.entries(registers)) cpu.s[NAMES.indexOf(name as 'eax') << 1] = value;
	cpu.setEflags(flags);
	cpu.eip = CODE;
	return machine;
}

const register = (machine: Machine, name: (typeof NAMES)[number]): number =>
	machine.cpu.s[NAMES.indexOf(name) << 1] >>> 0;

/** The vector that the one instruction raises: an IDT whose every gate leads to native code tells it. */
function vectorOf(bytes: readonly number[], registers: Registers = {}): number {
	const machine = machineWith(bytes, registers);
	const { cpu, memory } = machine;
	const [idt, gdt, stubs] = [0x8000, 0x8800, 0x9000];
	memory.write32(gdt + 8, 0xffff);
	memory.write32(gdt + 12, 0x00cf_9b00);
	Object.assign(cpu.gdtr, { base: gdt, limit: 0xff });
	Object.assign(cpu.idtr, { base: idt, limit: 0x7ff });
	for (let vector = 0; vector < 256; vector++) {
		memory.write32(idt + 8 * vector, (8 << 16) | (stubs + 4 * vector));
		memory.write32(idt + 8 * vector + 4, 0x8e00);
		memory.copyIn(stubs + 4 * vector, Uint8Array.of(0x0f, 0x3f, vector));
	}
	let taken = -1;
	cpu.native = (vector) => {
		taken = vector;
		machine.stop();
	};
	machine.run(2);
	return taken;
}

describe('results and flags (SDM vol. 2)', () => {
	it.each<[string, number[], Registers, number, Registers, number]>([
		// what, bytes, registers and flags before, registers and status flags after
		['ADD carries out', [0x01, 0xc8], { eax: 0xffff_ffff, ecx: 1 }, 0, { eax: 0 }, CF | PF | AF | ZF],
		['ADD overflows', [0x01, 0xc8], { eax: 0x7fff_ffff, ecx: 1 }, 0, { eax: 0x8000_0000 }, PF | AF | SF | OF],
		[
			'ADD of 16 bits leaves the upper half',
			[0x66, 0x01, 0xc8],
			{ eax: 0x1234_ffff, ecx: 1 },
			0,
			{ eax: 0x1234_0000 },
			CF | PF | AF | ZF
		],
		['ADD AH, CL', [0x00, 0xcc], { eax: 0x8034, ecx: 0x80 }, 0, { eax: 0x34 }, CF | PF | ZF | OF],
		['ADC takes CF in', [0x11, 0xc8], { eax: 1, ecx: 1 }, CF, { eax: 3 }, PF],
		['SBB takes CF in', [0x19, 0xc8], { eax: 1, ecx: 1 }, CF, { eax: 0xffff_ffff }, CF | PF | AF | SF],
		['SUB with a sign-extended byte', [0x83, 0xe8, 0xff], { eax: 0 }, 0, { eax: 1 }, CF | AF],
		['CMP leaves its operands', [0x39, 0xc8], { eax: 5, ecx: 5 }, 0, { eax: 5 }, PF | ZF],
		['INC keeps CF', [0x40], { eax: 0xffff_ffff }, CF, { eax: 0 }, CF | PF | AF | ZF],
		['DEC keeps CF', [0x48], { eax: 0x8000_0000 }, CF, { eax: 0x7fff_ffff }, CF | PF | AF | OF],
		['NEG of zero clears CF', [0xf7, 0xd8], { eax: 0 }, CF, { eax: 0 }, PF | ZF],
		['NOT touches no flag', [0xf7, 0xd0], { eax: 0 }, STATUS, { eax: 0xffff_ffff }, STATUS],
		['AND clears CF and OF', [0x21, 0xc8], { eax: 0xf0, ecx: 0x3c }, CF | OF, { eax: 0x30 }, PF],
		['SHL by CL of zero changes nothing', [0xd3, 0xe0], { eax: 1, ecx: 32 }, STATUS, { eax: 1 }, STATUS],
		['ROL by one', [0xd1, 0xc0], { eax: 0x8000_0000 }, ZF, { eax: 1 }, CF | ZF | OF],
		['RCR through CF', [0xd1, 0xd8], { eax: 1 }, CF, { eax: 0x8000_0000 }, CF | OF],
		['IMUL that overflows', [0x0f, 0xaf, 0xc1], { eax: 0x1_0000, ecx: 0x1_0000 }, 0, { eax: 0 }, CF | OF],
		[
			'MUL into EDX:EAX',
			[0xf7, 0xe1],
			{ eax: 0xffff_ffff, ecx: 0xffff_ffff },
			0,
			{ eax: 1, edx: 0xffff_fffe },
			CF | OF
		],
		['BT of a bit beyond the register', [0x0f, 0xa3, 0xc8], { eax: 4, ecx: 34 }, 0, { eax: 4 }, CF],
		['BSR of zero leaves the destination', [0x0f, 0xbd, 0xc1], { eax: 7, ecx: 0 }, 0, { eax: 7 }, ZF | PF],
		[
			'SHLD fills from the other register',
			[0x0f, 0xa4, 0xc8, 0x08],
			{ eax: 0x1234_5678, ecx: 0xab00_0000 },
			0,
			{ eax: 0x3456_78ab },
			AF
		],
		[
			'CMPXCHG that fails loads EAX',
			[0x0f, 0xb1, 0xd1],
			{ eax: 1, ecx: 2, edx: 9 },
			0,
			{ eax: 2, ecx: 2 },
			CF | PF | AF | SF
		],
		['CMPXCHG that succeeds', [0x0f, 0xb1, 0xd1], { eax: 2, ecx: 2, edx: 9 }, 0, { eax: 2, ecx: 9 }, PF | ZF],
		['XADD', [0x0f, 0xc1, 0xc8], { eax: 1, ecx: 2 }, 0, { eax: 3, ecx: 1 }, PF],
		['BSWAP', [0x0f, 0xc8], { eax: 0x1122_3344 }, 0, { eax: 0x4433_2211 }, 0],
		['CMOVB taken', [0x0f, 0x42, 0xc1], { eax: 1, ecx: 2 }, CF, { eax: 2 }, CF],
		['CMOVB not taken', [0x0f, 0x42, 0xc1], { eax: 1, ecx: 2 }, 0, { eax: 1 }, 0],
		['SETE', [0x0f, 0x94, 0xc0], { eax: 0xff00 }, ZF, { eax: 0xff01 }, ZF],
		['DAA', [0x27], { eax: 0x9a }, 0, { eax: 0 }, CF | PF | AF | ZF],
		['AAM', [0xd4, 0x0a], { eax: 0x63 }, 0, { eax: 0x0909 }, PF],
		['CWDE', [0x98], { eax: 0x8000 }, 0, { eax: 0xffff_8000 }, 0],
		['CDQ', [0x99], { eax: 0x8000_0000 }, 0, { edx: 0xffff_ffff }, 0],
		['LEA with an index', [0x8d, 0x44, 0x8b, 0x10], { ebx: 0x100, ecx: 3 }, 0, { eax: 0x11c }, 0],
		['LEA with 16-bit addresses wraps', [0x67, 0x8d, 0x40, 0x10], { ebx: 0xfff8, esi: 0x10 }, 0, { eax: 0x18 }, 0],
		['LAHF', [0x9f], { eax: 0 }, SF | CF, { eax: 0x8300 }, SF | CF],
		['MOVSX', [0x0f, 0xbe, 0xc1], { ecx: 0x80 }, 0, { eax: 0xffff_ff80 }, 0],
		['XCHG EAX, ECX', [0x91], { eax: 1, ecx: 2 }, 0, { eax: 2, ecx: 1 }, 0],
		['SALC', [0xd6], { eax: 0 }, CF, { eax: 0xff }, CF]
	])('%s', (_name, bytes, before, flags, after, status) => {
		const machine = machineWith(bytes, before, flags | 2);
		expect(machine.run(1)).toBe('budget');
		for (const [name, value] of Object.entries(after)) expect(register(machine, name as 'eax'), name).toBe(value);
		expect(machine.cpu.getEflags() & STATUS).toBe(status);
	});

	it('16-bit code has 16-bit operands, and the prefix asks for 32', () => {
		const short = machineWith([0xb8, 0x34, 0x12], { eax: 0xffff_0000 }, 2, false);
		short.run(1);
		expect([register(short, 'eax'), short.cpu.eip]).toEqual([0xffff_1234, CODE + 3]);
		const long = machineWith([0x66, 0xb8, 0x34, 0x12, 0, 0], { eax: 0xffff_0000 }, 2, false);
		long.run(1);
		expect(register(long, 'eax')).toBe(0x1234);
	});

	it('ENTER builds the frames of nested procedures and LEAVE undoes it', () => {
		const machine = machineWith([0xc8, 0x10, 0x00, 0x03, 0xc9], { ebp: 0x3800 });
		machine.memory.write32(0x37fc, 0x1111);
		machine.memory.write32(0x37f8, 0x2222);
		machine.run(1);
		expect(register(machine, 'ebp')).toBe(DATA - 4);
		expect(register(machine, 'esp')).toBe(DATA - 4 - 12 - 16);
		expect([4, 8, 12, 16].map((down) => machine.memory.read32(DATA - down))).toEqual([
			0x3800,
			0x1111,
			0x2222,
			DATA - 4
		]);
		machine.run(1);
		expect([register(machine, 'ebp'), register(machine, 'esp')]).toEqual([0x3800, DATA]);
	});

	it('CMPXCHG8B', () => {
		const machine = machineWith([0x0f, 0xc7, 0x0d, 0, 0x40, 0, 0], { eax: 1, edx: 2, ebx: 3, ecx: 4 });
		machine.memory.write32(DATA, 1);
		machine.memory.write32(DATA + 4, 2);
		machine.run(1);
		expect([machine.memory.read32(DATA), machine.memory.read32(DATA + 4), machine.cpu.getEflags() & ZF]).toEqual([
			3,
			4,
			ZF
		]);
	});

	it('BTS in memory reaches beyond the addressed word, in both directions', () => {
		const machine = machineWith([0x0f, 0xab, 0x05, 0, 0x40, 0, 0, 0x0f, 0xab, 0x0d, 0, 0x40, 0, 0], {
			eax: 65,
			ecx: -1
		});
		machine.run(2);
		expect([machine.memory.read32(DATA + 8), machine.memory.read32(DATA - 4)]).toEqual([2, 0x8000_0000]);
	});
});

describe('refusals (SDM vol. 2)', () => {
	it.each<[string, number[], number, Registers?]>([
		['LOCK of a register destination', [0xf0, 0x01, 0xc8], VECTOR.UD],
		['LOCK of a memory source', [0xf0, 0x03, 0x00], VECTOR.UD],
		['LOCK of MOV', [0xf0, 0x89, 0x00], VECTOR.UD],
		['LOCK of CMP', [0xf0, 0x39, 0x00], VECTOR.UD],
		['LOCK of BT', [0xf0, 0x0f, 0xa3, 0x00], VECTOR.UD],
		['UD2', [0x0f, 0x0b], VECTOR.UD],
		['an undefined opcode', [0x0f, 0xff], VECTOR.UD],
		['SSE, which this processor has not', [0x0f, 0x10, 0xc0], VECTOR.UD],
		['LEA of a register', [0x8d, 0xc0], VECTOR.UD],
		['MOV to CS', [0x8e, 0xc8], VECTOR.UD],
		['MOV to segment register 6', [0x8e, 0xf0], VECTOR.UD],
		['FE /7', [0xfe, 0xf8], VECTOR.UD],
		['an instruction of 16 bytes', [...new Array<number>(14).fill(0x66), 0x01, 0xc8], VECTOR.GP],
		['division by zero', [0xf7, 0xf1], VECTOR.DE, { ecx: 0 }],
		['a quotient that does not fit', [0xf7, 0xf1], VECTOR.DE, { ecx: 1, edx: 1 }],
		['IDIV of the most negative by -1', [0xf7, 0xf9], VECTOR.DE, { eax: 0x8000_0000, edx: -1, ecx: -1 }],
		['AAM 0', [0xd4, 0x00], VECTOR.DE],
		['BOUND', [0x62, 0x05, 0, 0x40, 0, 0], VECTOR.BR, { eax: 1 }],
		['INT3', [0xcc], VECTOR.BP],
		['INT 80h', [0xcd, 0x80], 0x80]
	])('%s', (_name, bytes, vector, registers = {}) => {
		expect(vectorOf(bytes, registers)).toBe(vector);
	});

	it('LOCK is fine where a memory destination is modified', () => {
		const machine = machineWith([0xf0, 0x01, 0x05, 0, 0x40, 0, 0], { eax: 5 });
		expect(machine.run(1)).toBe('budget');
		expect(machine.memory.read32(DATA)).toBe(5);
	});

	it('an instruction of exactly 15 bytes', () => {
		const machine = machineWith([...new Array<number>(13).fill(0x66), 0x01, 0xc8], { eax: 1, ecx: 2 });
		machine.run(1);
		expect([register(machine, 'eax'), machine.cpu.eip]).toEqual([3, CODE + 15]);
	});

	it('POP to memory leaves ESP alone when the write faults', () => {
		const machine = machineWith([0x8f, 0x00], { eax: 0x2000 });
		machine.cpu.setSegment(3, 0x10, 0, 0xfff, 0x0040_9300);
		machine.run(1);
		expect(machine.cpu.shutdown).toBe(true);
		expect(register(machine, 'esp')).toBe(DATA);
	});
});

describe('strings (SDM vol. 1, 7.3.9)', () => {
	it('REP MOVSD copies, forwards and backwards, by whole pages and by odd ends', () => {
		for (const [flags, start] of [
			[2, 0],
			[0x402, 2996]
		] as const) {
			const machine = machineWith([0xf3, 0xa5], { ecx: 750, esi: DATA + start, edi: 0x6000 + start }, flags);
			const pattern = Uint8Array.from({ length: 3000 }, (_, i) => i * 7);
			machine.memory.copyIn(DATA, pattern);
			machine.run(1);
			expect(machine.memory.bytes(0x6000, 3000)).toEqual(pattern);
			expect(register(machine, 'ecx')).toBe(0);
		}
	});

	it('REP MOVSB onto itself spreads the first byte', () => {
		const machine = machineWith([0xf3, 0xa4], { ecx: 8, esi: DATA, edi: DATA + 1 });
		machine.memory.write8(DATA, 0x55);
		machine.run(1);
		expect([...machine.memory.bytes(DATA, 9)]).toEqual(new Array<number>(9).fill(0x55));
	});

	it('REPNE SCASB finds, REPE CMPSB differs', () => {
		const machine = machineWith([0xf2, 0xae, 0xf3, 0xa6], { eax: 3, ecx: 10, edi: DATA, esi: 0x5000 });
		machine.memory.copyIn(DATA, Uint8Array.of(1, 2, 3, 4, 5));
		machine.run(1);
		expect([register(machine, 'ecx'), register(machine, 'edi')]).toEqual([7, DATA + 3]);
		machine.memory.copyIn(0x5000, Uint8Array.of(4, 5, 6));
		machine.run(1);
		expect([register(machine, 'ecx'), register(machine, 'esi')]).toEqual([4, 0x5003]);
		expect(machine.cpu.getEflags() & (ZF | CF)).toBe(0);
	});

	it('a count of zero does nothing, and sets no flag', () => {
		const machine = machineWith([0xf3, 0xa6], { ecx: 0, esi: 0xffff_0000, edi: 0xffff_0000 }, STATUS | 2);
		machine.run(1);
		expect(machine.cpu.getEflags() & STATUS).toBe(STATUS);
	});
});

it('every row of the opcode table names its opcode and operands in the manual\u2019s notation', () => {
	for (const { opcode, text } of ROWS) {
		expect(opcode).toMatch(
			/^(NP )?[0-9A-F]{2}(\+r)?( [0-9A-F]{2}(\+r)?){0,2}( \/[r0-7])?( (ib|iw|iw\/id|cb|cw\/cd|cp|mo)){0,2}$/
		);
		expect(text).toMatch(/^[A-Z][A-Z0-9/]*( \S+(, \S+)*)?$/);
	}
	expect(new Set(ROWS.map(({ opcode }) => opcode)).size).toBe(ROWS.length);
});
