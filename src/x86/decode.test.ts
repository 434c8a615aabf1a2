import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, MAX_LENGTH, type Instruction, type MemoryOperand, type Undecoded } from './decode';
import { operandsOf, ROWS, type Row } from './isa';
import { CS, DS, ES, FS, GPR, GS, SS } from './registers';

const { EAX, ECX, EBX, ESP, EBP, ESI, EDI } = GPR;

const hex = (text: string): number[] => (text.match(/[0-9a-f]{2}/gi) ?? []).map((byte) => parseInt(byte, 16));
const given = (bytes: number[], code32 = true): Instruction | Undecoded =>
	decode(Uint8Array.from(bytes), 0, bytes.length, code32);

/** The instruction that is all of `bytes`, in hexadecimal. */
function decoded(text: string, code32 = true): Instruction {
	const bytes = hex(text);
	const instruction = given(bytes, code32);
	if (!('row' in instruction)) throw new Error(`${text}: ${instruction.why}`);
	expect([text, instruction.length]).toEqual([text, bytes.length]);
	return instruction;
}
const memoryOf = (text: string, code32 = true): Omit<MemoryOperand, 'kind' | 'size'> => {
	const operand = decoded(text, code32).operands.find(({ kind }) => kind === 'memory') as MemoryOperand;
	const { segment, base, index, scale, displacement } = operand;
	return { segment, base, index, scale, displacement };
};
const address = (segment: number, base: number, displacement = 0, index = -1, scale = 0): object => ({
	segment,
	base,
	index,
	scale,
	displacement
});

describe('an address of 32 bits (SDM vol. 2, tables 2-2 and 2-3)', () => {
	it.each<[string, string, object]>([
		['mov eax, [eax]', '8b 00', address(DS, EAX)],
		['mov eax, [edi]', '8b 07', address(DS, EDI)],
		['mov eax, [0x89abcdef]', '8b 05 ef cd ab 89', address(DS, -1, 0x89ab_cdef | 0)],
		['mov eax, [ebp]', '8b 45 00', address(SS, EBP)],
		['mov eax, [esi - 1]', '8b 46 ff', address(DS, ESI, -1)],
		['mov eax, [ebp + 0x12345678]', '8b 85 78 56 34 12', address(SS, EBP, 0x1234_5678)],
		['mov eax, [ebx - 2]', '8b 83 fe ff ff ff', address(DS, EBX, -2)],
		['mov eax, [esp]', '8b 04 24', address(SS, ESP)],
		['mov eax, [esp + 4]', '8b 44 24 04', address(SS, ESP, 4)],
		['mov eax, [eax + ecx]', '8b 04 08', address(DS, EAX, 0, ECX, 0)],
		['mov eax, [ebx + edi * 8]', '8b 04 fb', address(DS, EBX, 0, EDI, 3)],
		['mov eax, [esp + ebp * 2]', '8b 04 6c', address(SS, ESP, 0, EBP, 1)],
		['mov eax, [esi * 4 + 0x10]', '8b 04 b5 10 00 00 00', address(DS, -1, 0x10, ESI, 2)],
		['mov eax, [ebp + esi * 4 + 0x10]', '8b 44 b5 10', address(SS, EBP, 0x10, ESI, 2)],
		['mov eax, [ebp + esi * 4 + 0x10], long', '8b 84 b5 10 00 00 00', address(SS, EBP, 0x10, ESI, 2)],
		// An index of 4 is none, whatever its scale.
		['mov eax, [ebx], with a scale', '8b 04 e3', address(DS, EBX)]
	])('%s', (_name, bytes, expected) => expect(memoryOf(bytes)).toEqual(expected));

	it('of mod 3 is a register', () => {
		expect(decoded('8b c7').operands[1]).toEqual({ kind: 'register', size: 32, register: EDI });
		expect(decoded('8a c7').operands[1]).toEqual({ kind: 'register', size: 8, register: 7 });
	});
});

describe('an address of 16 bits (SDM vol. 2, table 2-1)', () => {
	const forms: [name: string, segment: number, base: number, index: number][] = [
		['bx + si', DS, EBX, ESI],
		['bx + di', DS, EBX, EDI],
		['bp + si', SS, EBP, ESI],
		['bp + di', SS, EBP, EDI],
		['si', DS, ESI, -1],
		['di', DS, EDI, -1],
		['bp', SS, EBP, -1],
		['bx', DS, EBX, -1]
	];
	it.each(forms.map((form, rm) => [...form, rm] as const))('[%s]', (_name, segment, base, index, rm) => {
		const modRm = (mod: number): string => (mod * 64 + rm).toString(16).padStart(2, '0');
		const at = (displacement: number): object => address(segment, base, displacement, index);
		// Alone, [bp] is an offset without a register.
		if (rm === 6) expect(memoryOf('8b 06 34 f2', false)).toEqual(address(DS, -1, 0xf234 - 0x1_0000));
		else expect(memoryOf(`8b ${modRm(0)}`, false)).toEqual(at(0));
		expect(memoryOf(`8b ${modRm(1)} 80`, false)).toEqual(at(-0x80));
		expect(memoryOf(`8b ${modRm(2)} 34 12`, false)).toEqual(at(0x1234));
		expect(memoryOf(`67 8b ${modRm(2)} 34 12`)).toEqual(at(0x1234));
	});
});

describe('a prefix', () => {
	it.each([
		['es', '26', ES],
		['cs', '2e', CS],
		['ss', '36', SS],
		['ds', '3e', DS],
		['fs', '64', FS],
		['gs', '65', GS]
	])('%s: overrides the segment of an address, and the last one counts', (_name, byte, segment) => {
		expect(memoryOf(`${byte} 8b 03`)).toMatchObject({ segment });
		expect(memoryOf(`${byte} 8b 45 00`)).toMatchObject({ segment });
		expect(memoryOf(`2e 36 ${byte} a1 00 10 00 00`)).toMatchObject({ segment });
		expect(memoryOf(`${byte} d7`)).toEqual(address(segment, EBX));
	});

	it('overrides the source of a string instruction, never its destination', () => {
		const segments = (text: string): number[] =>
			decoded(text).operands.flatMap((operand) => (operand.kind === 'memory' ? [operand.segment] : []));
		expect(segments('a5')).toEqual([ES, DS]);
		expect(segments('64 a5')).toEqual([ES, FS]);
		expect(segments('65 a6')).toEqual([GS, ES]);
		expect([segments('2e ab'), segments('2e ad')]).toEqual([[ES], [CS]]);
	});

	it('66 and 67 choose the sizes that the code segment does not', () => {
		const sizes = (text: string, code32: boolean): number[] => {
			const { size, operandSize, addressSize } = decoded(text, code32);
			return [size, operandSize, addressSize];
		};
		expect(sizes('89 c8', true)).toEqual([32, 32, 32]);
		expect(sizes('66 89 c8', true)).toEqual([16, 16, 32]);
		expect(sizes('67 89 c8', true)).toEqual([32, 32, 16]);
		expect(sizes('89 c8', false)).toEqual([16, 16, 16]);
		expect(sizes('66 89 c8', false)).toEqual([32, 32, 16]);
		expect(sizes('67 89 c8', false)).toEqual([16, 16, 32]);
		// Once is enough.
		expect(sizes('66 66 89 c8', true)).toEqual([16, 16, 32]);
		expect(sizes('66 88 c8', true)).toEqual([8, 16, 32]);
	});

	it('F2 and F3 repeat string instructions, the last one counts, and mean nothing elsewhere', () => {
		expect(['a4', 'f2 ae', 'f3 a6', 'f2 f3 ab', 'f3 c3'].map((text) => decoded(text).repeat)).toEqual([
			0, 0xf2, 0xf3, 0xf3, 0
		]);
	});

	it('LOCK is for instructions that read memory and write it', () => {
		expect(decoded('f0 0f c7 0b').lock).toBe(true);
		expect(decoded('0f c7 0b').lock).toBe(false);
		// inc eax, cmp [ebx], eax, nop, bt [ebx], 1.
		expect(['f0 40', 'f0 39 03', 'f0 90', 'f0 0f ba 23 01'].map((text) => given(hex(text)))).toEqual([
			{ why: 'undefined', length: 2 },
			{ why: 'undefined', length: 3 },
			{ why: 'undefined', length: 2 },
			{ why: 'undefined', length: 5 }
		]);
	});

	it('before a fence is undefined, whichever says another size or a repetition', () => {
		expect(decoded('0f ae e8').row.text).toBe('LFENCE');
		expect(decoded('0f ae f0', false).row.text).toBe('MFENCE');
		expect(decoded('2e 67 0f ae f8').row.text).toBe('SFENCE');
		for (const prefix of ['66', 'f2', 'f3'])
			for (const code32 of [true, false])
				expect(given(hex(`${prefix} 0f ae e8`), code32)).toEqual({ why: 'undefined', length: 4 });
	});
});

describe('what follows the address', () => {
	/** What the operands say beside registers and memory. */
	const numbers = (text: string, code32 = true): unknown[] =>
		decoded(text, code32).operands.flatMap((operand): unknown[] => {
			if (operand.kind === 'immediate') return [operand.value];
			if (operand.kind === 'relative') return [operand.distance];
			return operand.kind === 'far' ? [[operand.selector, operand.offset]] : [];
		});
	it.each<[string, string, unknown[]]>([
		['add ebx, -16', '83 c3 f0', [-16]],
		['add ebx, 0x89abcdef', '81 c3 ef cd ab 89', [0x89ab_cdef | 0]],
		['add bx, 0x8001', '66 81 c3 01 80', [0x8001 - 0x1_0000]],
		['mov byte [ebp - 4], 0x7f', 'c6 45 fc 7f', [0x7f]],
		['imul eax, [ebx + 8], 1000', '69 43 08 e8 03 00 00', [1000]],
		['shld eax, ebx, 5', '0f a4 d8 05', [5]],
		['ret 0xfff8', 'c2 f8 ff', [-8]],
		['enter 0x100, 3', 'c8 00 01 03', [0x100, 3]],
		['push -1', '6a ff', [-1]],
		['call -5', 'e8 fb ff ff ff', [-5]],
		['jmp 0x7fff, of 16 bits', '66 e9 ff 7f', [0x7fff]],
		['jne -0x8000, of 16 bits', '66 0f 85 00 80', [-0x8000]],
		['jmp 0xe019:0xffff0010', 'ea 10 00 ff ff 19 e0', [[0xe019, 0xffff_0010 | 0]]],
		// An offset of 16 bits is no distance: it has no sign.
		['call 0x10:0xfff0, of 16 bits', '66 9a f0 ff 10 00', [[0x10, 0xfff0]]],
		['ror dword [eax], 1', 'd1 08', [1]]
	])('%s', (_name, bytes, expected) => expect(numbers(bytes)).toEqual(expected));

	it('an offset without a register has the size of addresses, not of operands', () => {
		expect(memoryOf('66 a3 78 56 34 92')).toEqual(address(DS, -1, 0x9234_5678 | 0));
		expect(memoryOf('a2 f0 ff', false)).toEqual(address(DS, -1, 0xfff0));
		expect(memoryOf('67 a0 f0 ff')).toEqual(address(DS, -1, 0xfff0));
		expect(decoded('66 a3 00 00 00 00').operands[0]).toMatchObject({ kind: 'memory', size: 16 });
	});
});

describe('an operand', () => {
	it('of a control or debug register is beside a register, whatever mod says', () => {
		const cr4 = { kind: 'control', register: 4 };
		const ecx = { kind: 'register', size: 32, register: ECX };
		for (const modRm of ['e1', '21', '61']) {
			expect(decoded(`0f 22 ${modRm}`).operands).toEqual([cr4, ecx]);
			expect(decoded(`66 0f 20 ${modRm}`, false).operands).toEqual([ecx, cr4]);
		}
		expect(decoded('0f 23 39').operands).toEqual([{ kind: 'debug', register: 7 }, ecx]);
		expect(decoded('0f 21 f1').operands).toEqual([ecx, { kind: 'debug', register: 6 }]);
	});

	it('may be in the opcode', () => {
		const ecx = { kind: 'register', size: 32, register: ECX };
		expect([decoded('51').operands, decoded('41').operands]).toEqual([[ecx], [ecx]]);
		expect(decoded('91').operands).toEqual([ecx, { kind: 'register', size: 32, register: EAX }]);
		expect(decoded('b5 12').operands[0]).toEqual({ kind: 'register', size: 8, register: 5 });
	});

	it('needs no ModRM byte; who asks for it is told that there is none', () => {
		expect([decoded('51').modRm, decoded('8b c7').modRm, decoded('ff 33').modRm]).toEqual([-1, 0xc7, 0x33]);
		expect([decoded('51').opcode, decoded('66 0f 22 c0').opcode]).toEqual([0x51, 0x0f22]);
	});

	it('is a segment register up to GS', () => {
		const names = ['c0', 'c8', 'd0', 'd8', 'e0', 'e8'].map((modRm) => decoded(`8c ${modRm}`).operands[1]);
		expect(names).toEqual([ES, CS, SS, DS, FS, GS].map((register) => ({ kind: 'segment', register })));
		for (const bytes of ['8c f0', '8c f8', '8e f8', '8e 33'])
			expect(given(hex(bytes))).toEqual({ why: 'undefined', length: 2 });
		expect([decoded('0f a8'), decoded('1f')].map(({ operands }) => operands)).toEqual([
			[{ kind: 'segment', register: GS }],
			[{ kind: 'segment', register: DS }]
		]);
	});

	it('that has to lie in memory may be no register', () => {
		for (const bytes of ['8d c3', 'c4 c3', '62 c3', '0f 01 d0', '0f c7 c9', 'ff d8', 'ff e8'])
			expect([bytes, given(hex(bytes))]).toEqual([bytes, { why: 'undefined', length: hex(bytes).length }]);
		expect(decoded('0f 01 10').row.text).toBe('LGDT m');
		expect(decoded('ff 1b').row.text).toBe('CALL m16:16/32');
	});

	it.each([
		['out dx, eax', 'ef', 32],
		['out dx, al', 'ee', 8],
		['in ax, dx', '66 ed', 16],
		['outsb', '6e', 8],
		['shl word [eax], cl', '66 d3 20', 16],
		['movzx eax, byte [ebx]', '0f b6 03', 32],
		['mov ds, ax', '8e d8', 16],
		['arpl [ebx], ax', '63 03', 16],
		['int 0x80', 'cd 80', 32],
		['cbw', '66 98', 16],
		['mov cr0, eax', '66 0f 22 c0', 32]
	])('tells the size: %s', (_name, bytes, size) => expect(decoded(bytes).size).toBe(size));
});

describe('every row', () => {
	/** Bytes of the parts that are as long for any size; the others take the operand size, a far pointer a selector too. */
	const LENGTHS: Readonly<Record<string, number>> = { ib: 1, cb: 1, iw: 2 };
	const lengthOf = (part: string, code32: boolean): number => {
		const word = code32 ? 4 : 2;
		return LENGTHS[part] ?? (part === 'cp' ? word + 2 : word);
	};
	/** The shortest bytes that the notation of `row` stands for, with register numbers 0: row.ts tells how to read it. */
	function encoded({ opcode, text }: Row, code32: boolean): number[] {
		// A memory operand is [bx + si] or [eax].
		const mod = / (r\/)?m|, (r\/)?m/.test(text) ? 0 : 0xc0;
		return opcode
			.replace('NP ', '')
			.split(' ')
			.flatMap((token) => {
				if (/^[0-9A-F]{2}(\+r)?$/.test(token)) return [parseInt(token, 16)];
				if (token.startsWith('/')) return [mod + (token === '/r' ? 0 : 8 * Number(token[1]))];
				return new Array<number>(lengthOf(token, code32)).fill(0);
			});
	}
	const found = (row: Row, code32: boolean): Instruction =>
		decoded(Buffer.from(encoded(row, code32)).toString('hex'), code32);

	it('is found by the bytes that it says, all of them, in code of either size', () => {
		for (const row of ROWS)
			for (const code32 of [true, false])
				// XCHG of EAX with itself is NOP.
				expect(found(row, code32).row.text).toBe(row.text.startsWith('XCHG r16/32, AX') ? 'NOP' : row.text);
	});

	it('has as many operands as it names, of the sizes that it says', () => {
		const sizes: Readonly<Record<string, number>> = { AL: 8, CL: 8, DX: 16 };
		for (const row of ROWS)
			for (const code32 of [true, false]) {
				const { row: own, operands } = found(row, code32);
				if (own !== row) continue;
				const names = operandsOf(row);
				expect([row.text, operands.length]).toEqual([row.text, names.length]);
				operands.forEach((operand, place) => {
					if (!('size' in operand)) return;
					const said =
						sizes[names[place]] ?? Number(/(?<![/\d])(8|16|32)$/.exec(names[place])?.[1] ?? (code32 ? 32 : 16));
					expect([row.text, place, operand.size]).toEqual([row.text, place, said]);
				});
			}
	});
});

describe('any bytes at all', () => {
	/** Bytes that often begin an instruction of some length: prefixes, both maps, ModRM with and without SIB. */
	const byte = fc.oneof(
		{ weight: 6, arbitrary: fc.nat(255) },
		{ weight: 1, arbitrary: fc.constantFrom(0x26, 0x64, 0x66, 0x67, 0xf0, 0xf2, 0xf3) },
		{ weight: 1, arbitrary: fc.constantFrom(0x0f, 0x81, 0x84, 0x04, 0xc7, 0xea) }
	);
	const prefixes = fc.array(fc.constantFrom(0x2e, 0x65, 0x66, 0x67, 0xf3), { maxLength: MAX_LENGTH });
	const bytes = fc.oneof(
		{ weight: 4, arbitrary: fc.array(byte, { maxLength: 20 }) },
		{ weight: 1, arbitrary: fc.tuple(prefixes, fc.array(byte, { maxLength: 12 })).map((parts) => parts.flat()) }
	);
	const isWhole = (code: Instruction | Undecoded): code is Instruction => 'row' in code;

	it('are an instruction, or say why not, and never take more than 15 bytes or than are given', () => {
		const seen = new Map<string, number>();
		const property = fc.property(bytes, fc.boolean(), (all, code32) => {
			const code = given(all, code32);
			expect(code.length).toBeLessThanOrEqual(Math.min(MAX_LENGTH, all.length));
			const why = isWhole(code) ? 'whole' : code.why;
			seen.set(why, (seen.get(why) ?? 0) + 1);
			if (why === 'cut off') expect(code.length).toBe(all.length);
			if (why === 'too long') expect(code.length).toBe(MAX_LENGTH);
		});
		fc.assert(property, { seed: 6, numRuns: 3000 });
		expect([...seen.keys()].sort()).toEqual(['cut off', 'too long', 'undefined', 'whole']);
	});

	it('mean the same wherever they lie and whatever follows, and nothing while one is missing', () => {
		const property = fc.property(bytes, fc.nat(5), fc.boolean(), (all, before, code32) => {
			const code = given(all, code32);
			const buffer = Uint8Array.from([...new Array<number>(before).fill(0xf0), ...all, 0x90, 0x90]);
			expect(decode(buffer, before, before + all.length, code32)).toEqual(code);
			if (!isWhole(code)) return;
			expect(decode(buffer, before, buffer.length, code32)).toEqual(code);
			for (let end = 0; end < code.length; end++)
				expect(decode(buffer, before, before + end, code32)).toEqual({ why: 'cut off', length: end });
		});
		fc.assert(property, { seed: 7, numRuns: 1500 });
	});

	it('are the same instruction behind prefixes that name a segment, until they are too long', () => {
		const property = fc.property(bytes, fc.nat(15), (all, more) => {
			const code = given(all);
			if (!isWhole(code)) return;
			const longer = given([...new Array<number>(more).fill(0x3e), ...all]);
			if (code.length + more > MAX_LENGTH) expect(longer).toEqual({ why: 'too long', length: MAX_LENGTH });
			else expect(longer).toMatchObject({ row: code.row, modRm: code.modRm, length: code.length + more });
		});
		fc.assert(property, { seed: 8, numRuns: 1500 });
	});
});
