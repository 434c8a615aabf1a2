import { describe, expect, it } from 'vitest';
import { decode, type Instruction } from '../decode';
import { CF, OF, PF, STATUS, ZF } from '../flags';
import { CS, DS, ES, GPR, SS } from '../registers';
import { FUNCTIONS, flagEffects, meaning } from './meaning';
import { ROWS } from './index';
import { mnemonicOf, row } from './row';

const decoded = (...bytes: number[]): Instruction => {
	const code = decode(Uint8Array.from(bytes), 0, bytes.length, true);
	if (!('row' in code)) throw new Error(code.why);
	return code;
};
const register = (n: number, size: number): object => ({ kind: 'register', size, register: n });
const memory = (more: object): object => ({
	kind: 'memory',
	size: 32,
	segment: DS,
	base: -1,
	index: -1,
	scale: 0,
	displacement: 0,
	...more
});

describe('a meaning', () => {
	it('is statements, one after another', () => {
		expect(meaning('b = a; a = add(a, b)').statements).toEqual([
			{ kind: 'set', to: 'b', value: { kind: 'name', name: 'a' } },
			{
				kind: 'set',
				to: 'a',
				value: {
					kind: 'call',
					fn: 'add',
					values: [
						{ kind: 'name', name: 'a' },
						{ kind: 'name', name: 'b' }
					]
				}
			}
		]);
	});

	it('may be a value of which only the flags stay, or a procedure', () => {
		expect(meaning('sub(a, b)').statements).toMatchObject([{ kind: 'set', to: null }]);
		expect(meaning('jumpIf(NE, a)').statements).toEqual([
			{
				kind: 'procedure',
				name: 'jumpIf',
				values: [
					{ kind: 'condition', condition: 5 },
					{ kind: 'name', name: 'a' }
				]
			}
		]);
	});

	it.each([
		['a = ', 'a = '],
		['a = plus(a, b)', 'plus'],
		['d = a', 'd'],
		['a = add(a, b', 'add(a, b'],
		['a = add(a b)', 'b'],
		['a = b c', 'c'],
		['a + b', '+ b'],
		['push', 'push']
	])('%s is refused, and the message quotes it', (text) => {
		expect(() => meaning(text)).toThrow(`the meaning "${text}" cannot be read at "`);
	});

	it.each<[string, reads: number, writes: number, kills: number]>([
		['a = add(a, b)', 0, STATUS, STATUS],
		['a = adc(a, b)', CF, STATUS, STATUS],
		['a = shl(a, b)', 0, STATUS, 0],
		['a = rcl(a, b)', CF, CF | OF, 0],
		['a = choose(BE, b, a)', CF | ZF, 0, 0],
		['a = choose(P, 1, 0)', PF, 0, 0],
		['CF = 1', 0, CF, CF],
		['a = b', 0, 0, 0]
	])('%s says what it does to flags', (text, reads, writes, kills) => {
		expect(flagEffects(meaning(text))).toEqual({ reads, writes, kills });
	});

	it('of a shift by one overwrites the flags for certain', () => {
		expect(row('D1 /4', 'SHL r/m16/32, 1', 'a = shl(a, b)').flags.kills).toBe(STATUS);
		expect(row('C1 /4 ib', 'SHL r/m16/32, imm8', 'a = shl(a, b)').flags.kills).toBe(0);
	});
});

describe('the table', () => {
	it('is data: it survives being written down', () => {
		expect(JSON.parse(JSON.stringify(ROWS))).toEqual(ROWS);
	});

	it('uses every function that meanings may use', () => {
		const text = ROWS.map(({ meaning: { text: means } }) => means).join('\n');
		for (const name of Object.keys(FUNCTIONS)) expect(text).toContain(`${name}(`);
	});

	it('lets only memory destinations be locked that are read as well as written', () => {
		const locked = new Set(ROWS.filter(({ traits }) => traits.lock).map(mnemonicOf));
		expect([...locked].sort().join(' ')).toBe(
			'ADC ADD AND BTC BTR BTS CMPXCHG CMPXCHG8B DEC INC NEG NOT OR SBB SUB XADD XCHG XOR'
		);
	});
});

describe('an instruction', () => {
	it.each<[string, number[], string, object]>([
		['add eax, ecx', [0x01, 0xc8], 'ADD r/m16/32, r16/32', [register(GPR.EAX, 32), register(GPR.ECX, 32)]],
		['add ah, [ebx]', [0x02, 0x23], 'ADD r8, r/m8', [register(4, 8), memory({ size: 8, base: GPR.EBX })]],
		[
			'mov [ebp + esi * 4 - 8], dx',
			[0x66, 0x89, 0x54, 0xb5, 0xf8],
			'MOV r/m16/32, r16/32',
			[
				memory({ size: 16, segment: SS, base: GPR.EBP, index: GPR.ESI, scale: 2, displacement: -8 }),
				register(GPR.EDX, 16)
			]
		],
		[
			'mov eax, cs:[0x1234]',
			[0x2e, 0xa1, 0x34, 0x12, 0, 0],
			'MOV AX/EAX, moffs16/32',
			[register(GPR.EAX, 32), memory({ segment: CS, displacement: 0x1234 })]
		],
		['shl byte [eax], cl', [0xd2, 0x20], 'SHL r/m8, CL', [memory({ size: 8, base: 0 }), register(GPR.ECX, 8)]],
		['sar eax, 1', [0xd1, 0xf8], 'SAR r/m16/32, 1', [register(0, 32), { kind: 'immediate', value: 1 }]],
		['jne -2', [0x75, 0xfe], 'JNE rel8', [{ kind: 'relative', distance: -2 }]],
		[
			'jmp 0x10:0x12345678',
			[0xea, 0x78, 0x56, 0x34, 0x12, 0x10, 0],
			'JMP ptr16:16/32',
			[{ kind: 'far', selector: 0x10, offset: 0x1234_5678 }]
		],
		['mov cr3, ebx', [0x0f, 0x22, 0xdb], 'MOV CR, r32', [{ kind: 'control', register: 3 }, register(GPR.EBX, 32)]],
		['mov ds, ax', [0x8e, 0xd8], 'MOV Sreg, r/m16', [{ kind: 'segment', register: DS }, register(0, 16)]],
		['push es', [0x06], 'PUSH ES', [{ kind: 'segment', register: ES }]],
		['bswap edi', [0x0f, 0xcf], 'BSWAP r16/32', [register(GPR.EDI, 32)]],
		[
			'fs rep movsd',
			[0x64, 0xf3, 0xa5],
			'MOVS Y16/32, X16/32',
			[memory({ segment: ES, base: GPR.EDI }), memory({ segment: 4, base: GPR.ESI })]
		],
		[
			'enter 16, 2',
			[0xc8, 16, 0, 2],
			'ENTER imm16, imm8',
			[
				{ kind: 'immediate', value: 16 },
				{ kind: 'immediate', value: 2 }
			]
		],
		['out dx, al', [0xee], 'OUT DX, AL', [register(GPR.EDX, 16), register(GPR.EAX, 8)]]
	])('%s', (_name, bytes, text, operands) => {
		const instruction = decoded(...bytes);
		expect(instruction.row.text).toBe(text);
		expect(instruction.operands).toEqual(operands);
		expect(instruction.length).toBe(bytes.length);
	});

	it('tells what its prefixes do', () => {
		expect(decoded(0xf3, 0xa4)).toMatchObject({ repeat: 0xf3, size: 8, operandSize: 32 });
		// It means nothing there.
		expect(decoded(0xf3, 0x90)).toMatchObject({ repeat: 0 });
		expect(decoded(0xf0, 0x01, 0x08)).toMatchObject({ lock: true });
		expect(decoded(0x67, 0x8b, 0x07)).toMatchObject({ addressSize: 16, operands: [{}, { base: GPR.EBX }] });
	});

	it.each<[string, number[], string, number]>([
		['an opcode without a row', [0x0f, 0x0a], 'undefined', 2],
		['LOCK on a register', [0xf0, 0x01, 0xc8], 'undefined', 3],
		['LOCK where none is legal', [0xf0, 0x8b, 0x00], 'undefined', 3],
		['LEA of a register', [0x8d, 0xc0], 'undefined', 2],
		['a segment register that does not exist', [0x8e, 0xf0], 'undefined', 2],
		['bytes that end within it', [0x81, 0xc0, 1, 2], 'cut off', 4],
		['no bytes', [], 'cut off', 0],
		['16 bytes', [...new Array<number>(15).fill(0x66), 0x90], 'too long', 15]
	])('is none: %s', (_name, bytes, why, length) => {
		expect(decode(Uint8Array.from(bytes), 0, bytes.length, true)).toEqual({ why, length });
	});
});
