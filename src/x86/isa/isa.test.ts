import { describe, expect, it } from 'vitest';
import { decode, type Instruction } from '../decode';
import { CF, OF, PF, SF, STATUS, ZF } from '../flags';
import { CS, DS, ES, GPR, SS } from '../registers';
import { FUNCTIONS, flagEffects, isRead, isWritten, meaning, valuesOf } from './meaning';
import { ROWS } from './index';
import { mnemonicOf, opcodeByte, operandsOf, row } from './row';

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
		['a = ', ''],
		['a = plus(a, b)', '( a , b )'],
		['a = x1', ''],
		['d = a', 'd = a'],
		['a = add(a, b', ''],
		['a = add(a b)', 'b )'],
		['a = add a', 'a'],
		['a = b c', 'c'],
		['a = b; ', ''],
		['a + b', ' + b'],
		['halt() %', ' %'],
		['push', ''],
		['toString(a) = b', '= b']
	])('%s is refused, and the message quotes it from where it is wrong', (text, at) => {
		expect(() => meaning(text)).toThrow(`the meaning "${text}" cannot be read at "${at}"`);
	});

	it('may be written with any spaces, and a procedure with nothing to work on', () => {
		expect(meaning(' a=add( a,b ) ; halt( ) ').statements).toEqual(meaning('a = add(a, b); halt()').statements);
		expect(meaning('halt()').statements).toEqual([{ kind: 'procedure', name: 'halt', values: [] }]);
		// A name that every object has is no function, but may be a part of the processor.
		expect(meaning('toString(a)').statements).toMatchObject([{ kind: 'procedure', name: 'toString' }]);
	});

	it('takes numbers', () => {
		expect(meaning('AL = choose(B, 255, 0)').statements).toMatchObject([
			{ to: 'AL', value: { values: [{ kind: 'condition', condition: 2 }, { kind: 'number', number: 255 }, {}] } }
		]);
	});

	it('is read once: the same text is the same object', () => {
		expect(meaning('a = xor(a, b)')).toBe(meaning('a = xor(a, b)'));
		expect(meaning('a = xor(a, b)').text).toBe('a = xor(a, b)');
	});

	it.each<[string, reads: number, writes: number, kills: number]>([
		['a = add(a, b)', 0, STATUS, STATUS],
		['a = adc(a, b)', CF, STATUS, STATUS],
		['a = shl(a, b)', 0, STATUS, 0],
		['a = rcl(a, b)', CF, CF | OF, 0],
		['a = choose(BE, b, a)', CF | ZF, 0, 0],
		['a = choose(P, 1, 0)', PF, 0, 0],
		['a = choose(G, b, a)', ZF | SF | OF, 0, 0],
		['jumpIf(S, a)', SF, 0, 0],
		['CF = 1', 0, CF, CF],
		['CF = choose(AE, 1, 0)', CF, CF, CF],
		['a = CF', CF, 0, 0],
		['push(a)', 0, 0, 0],
		['a = b; sub(a, b)', 0, STATUS, STATUS],
		['a = inc(a)', 0, STATUS & ~CF, STATUS & ~CF],
		['a = imul(a, b)', 0, CF | OF, CF | OF],
		['a = adc(shl(a, b), b)', CF, STATUS, STATUS],
		['a = b', 0, 0, 0]
	])('%s says what it does to flags', (text, reads, writes, kills) => {
		expect(flagEffects(meaning(text))).toEqual({ reads, writes, kills });
	});

	it('names what it takes, outer values first, and not what it only takes the address of', () => {
		const taken = (text: string): string[] =>
			[...valuesOf(meaning(text))].map((value) => {
				if (value.kind === 'call') return value.fn;
				return value.kind === 'name' ? value.name : value.kind;
			});
		expect(taken('a = choose(E, add(b, 1), acc); push(c)')).toEqual('choose condition add b number acc c'.split(' '));
		expect(taken('a = address(b)')).toEqual(['address']);
		const used = (text: string): [boolean, boolean][] =>
			(['a', 'b'] as const).map((name) => [isRead(meaning(text), name), isWritten(meaning(text), name)]);
		expect(used('a = b')).toEqual([
			[false, true],
			[true, false]
		]);
		expect(used('sub(acc, a)')).toEqual([
			[true, false],
			[false, false]
		]);
		expect(used('push(b)')[1]).toEqual([true, false]);
		expect(used('a = address(b)')[1]).toEqual([false, false]);
		expect(used('a = not(a); b = 1')).toEqual([
			[true, true],
			[false, true]
		]);
	});

	it('of a shift by one overwrites the flags for certain', () => {
		expect(row('D1 /4', 'SHL r/m16/32, 1', 'a = shl(a, b)').flags.kills).toBe(STATUS);
		expect(row('C1 /4 ib', 'SHL r/m16/32, imm8', 'a = shl(a, b)').flags.kills).toBe(0);
	});
});

describe('a row', () => {
	it('says what its meaning does to flags, unless it says so itself', () => {
		expect(row('39 /r', 'CMP r/m16/32, r16/32', 'sub(a, b)').flags).toEqual({
			reads: 0,
			writes: STATUS,
			kills: STATUS
		});
		const said = { reads: PF, writes: ZF, kills: OF };
		expect(row('39 /r', 'CMP r/m16/32, r16/32', 'sub(a, b)', said).flags).toEqual(said);
		expect(row('D1 /4', 'SHL r/m16/32, 1', 'a = shl(a, b)', { kills: 0 }).flags.kills).toBe(0);
		expect(row('F4', 'HLT', 'halt()').traits).toEqual({});
	});

	it('that cannot be read is refused', () => {
		expect(() => row('01 /r', 'ADD r/m16/32, r16/32', 'a = plus(a, b)')).toThrow('cannot be read');
	});

	it('has a mnemonic and operands as they are written', () => {
		const imul = row('69 /r iw/id', 'IMUL r16/32, r/m16/32, imm16/32', 'a = imul(b, c)');
		expect([mnemonicOf(imul), operandsOf(imul)]).toEqual(['IMUL', ['r16/32', 'r/m16/32', 'imm16/32']]);
		const hlt = row('F4', 'HLT', 'halt()');
		expect([mnemonicOf(hlt), operandsOf(hlt)]).toEqual(['HLT', []]);
		expect([opcodeByte(5), opcodeByte(0x70, 12), opcodeByte(0xa3, 8)]).toEqual(['05', '7C', 'AB']);
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
