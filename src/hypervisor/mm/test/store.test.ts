import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AF, CF, DF, OF, PF, SF, STATUS, ZF } from '../../../x86/flags';
import { emptyRegs, type UserRegs } from '../../core/domain';
import { decodeStore, type Store } from '../store';
import { STORE_FUNCTIONS, type Computed } from '../store-flags';

const EIP = 0x8000;
const view = (hex: string): DataView => {
	const bytes = Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'));
	return new DataView(bytes.buffer);
};
/** Bases of ES CS SS DS FS GS. */
const BASES = [0x10_0000, 0x20_0000, 0x30_0000, 0x40_0000, 0x50_0000, 0x60_0000];

function decoded(hex: string, more: Partial<UserRegs> = {}, bases = [0, 0, 0, 0, 0, 0]): Store | null {
	const regs = { ...emptyRegs(), eip: EIP, eflags: 0x202, ...more };
	return decodeStore({ code: view(hex), regs, segmentBase: (segment) => bases[segment] });
}
function store(hex: string, more: Partial<UserRegs> = {}, bases?: number[]): Store {
	const found = decoded(hex, more, bases);
	if (found === null) throw new Error(`${hex} is no store`);
	return found;
}

describe('the address of a store', () => {
	it.each<[string, string, Partial<UserRegs>, number]>([
		['[ebx]', '89 03', { ebx: 0x1234 }, 0x1234],
		['[ebx + esi * 8 - 4]', '89 44 f3 fc', { ebx: 0x1000, esi: 3 }, 0x1014],
		['[0xfffffff0]', '89 05 f0 ff ff ff', {}, 0xffff_fff0],
		['wraps at 4 GiB', '89 43 20', { ebx: -0x10 }, 0x10],
		['of 16 bits wraps at 64 KiB', '67 89 47 20', { ebx: 0x1234_fff0 }, 0x10],
		['of 16 bits takes the low halves', '67 89 00', { ebx: 0x7777_1000, esi: 0x5555_0234 }, 0x1234]
	])('%s', (_name, hex, regs, address) => {
		expect(store(hex, regs).address).toBe(address);
		expect(store(hex, regs, [0, 0, 0, 0x40_0000, 0, 0]).address).toBe((address + 0x40_0000) % 2 ** 32);
	});

	it('begins at the base of its segment', () => {
		const at = (hex: string): number => store(hex, { ebx: 0x10, ebp: 0x10, edi: 0x10, esi: 0x20 }, BASES).address;
		expect(at('89 03')).toBe(0x40_0010);
		expect(at('89 45 00')).toBe(0x30_0010);
		for (const [segment, prefix] of ['26', '2e', '36', '3e', '64', '65'].entries())
			expect(at(`${prefix} 89 03`)).toBe(BASES[segment] + 0x10);
		expect(at('ab')).toBe(0x10_0010);
		expect(at('64 a5')).toBe(0x10_0010);
		expect(store('64 a5', { esi: 0x20 }, BASES).source).toBe(0x50_0020);
		expect(store('89 03', {}, BASES).source).toBeNull();
	});

	it('of a bit in a register may lie before or after the operand; of a bit in the instruction it does not', () => {
		const bts = (hex: string, ecx: number): number => store(hex, { ebx: 0x1000, ecx }).address;
		expect([0, 31, 32, 100, -1, -32, -33].map((bit) => bts('0f ab 0b', bit))).toEqual([
			0x1000, 0x1000, 0x1004, 0x100c, 0xffc, 0xffc, 0xff8
		]);
		expect([15, 16, -1, 0x1234_0011, 0xffff].map((bit) => bts('66 0f ab 0b', bit))).toEqual([
			0x1000, 0x1002, 0xffe, 0x1002, 0xffe
		]);
		expect(bts('0f ba 2b 64', 0)).toBe(0x1000);
	});
});

describe('a store', () => {
	it.each<[string, string, number, boolean]>([
		['mov', '89 03', 4, false],
		['mov word', '66 89 03', 2, false],
		['mov byte', '88 03', 1, false],
		['add', '01 03', 4, false],
		['lock add', 'f0 01 03', 4, true],
		['xchg', '87 03', 4, true],
		['xchg byte', '86 03', 1, true],
		['xadd', '0f c1 03', 4, false],
		['lock xadd', 'f0 0f c1 03', 4, true],
		['cmpxchg', '0f b1 0b', 4, true],
		['cmpxchg8b', '0f c7 0b', 8, true],
		['bts', '0f ab 0b', 4, false],
		['lock btr word', '66 f0 0f b3 0b', 2, true],
		['stosb', 'aa', 1, false],
		['movsw', '66 a5', 2, false],
		['sete', '0f 94 03', 1, false]
	])('%s: has its size, and is one with its load or not', (_name, hex, bytes, atomic) => {
		expect(store(hex)).toMatchObject({ bytes, atomic });
	});

	it('moves EIP behind its last byte', () => {
		const eip = (hex: string, regs: Partial<UserRegs> = {}): unknown => store(hex, regs).run(0n, 0n).regs.eip;
		expect(eip('89 03')).toBe(EIP + 2);
		expect(eip('26 66 c7 43 04 34 12')).toBe(EIP + 7);
		expect([eip('0f ba 2b 05'), eip('f0 0f c7 0b'), eip('aa')]).toEqual([EIP + 4, EIP + 4, EIP + 1]);
		expect(eip('89 03', { eip: 0x7fff_fffe })).toBe(-0x8000_0000);
	});
});

/** What is written, and the registers that change but EIP and EFLAGS. */
function effect(hex: string, regs: Partial<UserRegs>, old: bigint, from = 0n): [bigint | null, Partial<UserRegs>] {
	const { value, regs: all } = store(hex, regs).run(old, from);
	const rest: Partial<UserRegs> = { ...all };
	delete rest.eip;
	delete rest.eflags;
	return [value, rest];
}

describe('what is written', () => {
	const regs = { eax: 0x1122_3344, ecx: 0x5566_7788, ebx: 0, edi: 0x0bad_cafe };
	it.each<[string, string, bigint, bigint | null, Partial<UserRegs>]>([
		['mov [ebx], ah', '88 23', 0n, 0x33n, {}],
		['mov [ebx], cl', '88 0b', 0n, 0x88n, {}],
		['mov [ebx], ch', '88 2b', 0n, 0x77n, {}],
		['mov [ebx], cx', '66 89 0b', 0n, 0x7788n, {}],
		['mov [ebx], ecx', '89 0b', 0n, 0x5566_7788n, {}],
		['mov dword [ebx], -2', 'c7 03 fe ff ff ff', 0n, 0xffff_fffen, {}],
		['mov word [ebx], -2', '66 c7 03 fe ff', 0n, 0xfffen, {}],
		['or dword [ebx], -128', '83 0b 80', 1n, 0xffff_ff81n, {}],
		['xchg [ebx], ah', '86 23', 0x99n, 0x33n, { eax: 0x1122_9944 }],
		['xchg [ebx], cx', '66 87 0b', 0xabcdn, 0x7788n, { ecx: 0x5566_abcd }],
		['xchg [ebx], ecx', '87 0b', 0x8000_0001n, 0x5566_7788n, { ecx: 0x8000_0001 | 0 }],
		['xchg [ebx], edi', '87 3b', 5n, 0x0bad_cafen, { edi: 5 }],
		['xchg [ebx], di', '66 87 3b', 5n, 0xcafen, { edi: 0x0bad_0005 }],
		['xadd [ebx], al', '0f c0 03', 0xf0n, 0x34n, { eax: 0x1122_33f0 }],
		['cmpxchg [ebx], cl: equal', '0f b0 0b', 0x44n, 0x88n, {}],
		['cmpxchg [ebx], cl: not', '0f b0 0b', 0x45n, null, { eax: 0x1122_3345 }],
		['cmpxchg [ebx], cx: not', '66 0f b1 0b', 0xffffn, null, { eax: 0x1122_ffff }],
		['bts [ebx], 31', '0f ba 2b 1f', 1n, 0x8000_0001n, {}],
		['btr [ebx], 31', '0f ba 33 1f', 0x8000_0001n, 1n, {}],
		['btc word [ebx], 17: bit 1', '66 0f ba 3b 11', 3n, 1n, {}]
	])('%s', (_name, hex, old, value, after) => expect(effect(hex, regs, old)).toEqual([value, after]));

	it('by CMPXCHG8B are 64 bits, and what was there is told where it differs', () => {
		const halves = { eax: -1, edx: 0x7000_0000, ebx: -2, ecx: -3 };
		const run = (old: bigint, eflags: number): unknown => store('0f c7 0b', { ...halves, eflags }).run(old, 0n);
		expect(run(0x7000_0000_ffff_ffffn, 0x202 | CF)).toEqual({
			value: 0xffff_fffd_ffff_fffen,
			regs: { eip: EIP + 3, eflags: 0x202 | CF | ZF }
		});
		expect(run(0x8000_0001_9000_0002n, 0x202 | CF | ZF)).toEqual({
			value: null,
			regs: { eip: EIP + 3, eflags: 0x202 | CF, eax: 0x9000_0002 | 0, edx: 0x8000_0001 | 0 }
		});
	});

	it('of BTS and its kin leaves the old bit in CF, and the other flags alone', () => {
		const flags = (eflags: number, old: bigint): unknown => store('0f ba 2b 04', { eflags }).run(old, 0n).regs.eflags;
		expect([flags(0x202, 0x10n), flags(0x203, 0x0fn), flags(0x2c6, 0x10n)]).toEqual([0x203, 0x202, 0x2c7]);
	});

	it('by ADC and SBB takes the carry; by SETcc tells a condition', () => {
		const value = (hex: string, eflags: number, old = 5n): bigint | null => store(hex, { eflags }).run(old, 0n).value;
		expect([value('83 13 01', 0x202), value('83 13 01', 0x203)]).toEqual([6n, 7n]);
		expect([value('83 1b 01', 0x202), value('83 1b 01', 0x203)]).toEqual([4n, 3n]);
		expect([value('0f 94 03', 0x202), value('0f 94 03', 0x242)]).toEqual([0n, 1n]);
		expect([value('0f 9c 03', 0x202 | SF), value('0f 9c 03', 0x202 | SF | OF)]).toEqual([1n, 0n]);
	});
});

describe('a string store', () => {
	const step = (hex: string, more: Partial<UserRegs>): Partial<UserRegs> =>
		store(hex, { esi: 0x100, edi: 0x200, ...more }).run(0n, 0n).regs;

	it('stores the accumulator, or what it copies', () => {
		expect(store('66 ab', { eax: 0x1234_5678 }).run(0n, 7n).value).toBe(0x5678n);
		expect(store('a5', { eax: 0x1234_5678 }).run(0n, 7n).value).toBe(7n);
	});
	it('goes on by its size, backwards with DF', () => {
		expect([step('ab', {}), step('aa', {})]).toEqual([
			{ eip: EIP + 1, edi: 0x204 },
			{ eip: EIP + 1, edi: 0x201 }
		]);
		expect(step('66 a5', {})).toEqual({ eip: EIP + 2, esi: 0x102, edi: 0x202 });
		expect(step('a5', { eflags: 0x202 | DF })).toEqual({ eip: EIP + 1, esi: 0xfc, edi: 0x1fc });
	});
	it('repeats where it is until ECX is used up', () => {
		expect(step('f3 ab', { ecx: 2 })).toEqual({ eip: EIP, edi: 0x204, ecx: 1 });
		expect(step('f3 ab', { ecx: 1 })).toEqual({ eip: EIP + 2, edi: 0x204, ecx: 0 });
		expect(step('f2 a5', { ecx: -0x8000_0000 })).toEqual({ eip: EIP, esi: 0x104, edi: 0x204, ecx: 0x7fff_ffff });
		expect(step('ab', { ecx: 5 })).toEqual({ eip: EIP + 1, edi: 0x204 });
	});
});

describe('no store of these', () => {
	it.each([
		['mov eax, [ebx]: a load', '8b 03'],
		['cmp [ebx], eax: flags only', '39 03'],
		['test [ebx], eax', '85 03'],
		['add eax, ecx: no memory', '01 c8'],
		['add eax, [ebx]: memory is read', '03 03'],
		['bts eax, ecx: no memory', '0f ab c8'],
		['cmovne eax, [ebx]: a load', '0f 45 03'],
		['cmove eax, [ebx]: a load, though nothing is moved', '0f 44 03'],
		['nop', '90'],
		['lea eax, [ebx]', '8d 03'],
		['shl dword [ebx], 1: a function that is not here', 'd1 23'],
		['shld [ebx], eax, cl', '0f a5 03'],
		['bt [ebx], eax: a bit is read', '0f a3 03'],
		['push dword [ebx]', 'ff 33'],
		['pop dword [ebx]', '8f 03'],
		['mov [ebx], ds', '8c 1b'],
		['lodsd', 'ad'],
		['cmpsd', 'a7'],
		['insd', '6d'],
		['stosd, addresses of 16 bits', '67 ab'],
		['movsd, addresses of 16 bits', '67 a5'],
		['bytes that end too early', 'c7 03 00 00'],
		['bytes that mean nothing', '0f ff 03'],
		['no bytes', '']
	])('%s', (_name, hex) => expect(decoded(hex)).toBeNull());
});

describe('the code', () => {
	it('may be a window on a larger buffer', () => {
		const bytes = Uint8Array.of(0x90, 0x90, 0x89, 0x43, 0x10, 0x90);
		const input = { regs: { ...emptyRegs(), ebx: 1 }, segmentBase: () => 0 };
		expect(decodeStore({ ...input, code: new DataView(bytes.buffer, 2, 3) })?.address).toBe(0x11);
		expect(decodeStore({ ...input, code: new DataView(bytes.buffer, 2, 2) })).toBeNull();
	});
});

/** A result and its flags as SDM vol. 1, 3.4.3.1 defines them, by whole numbers: a carry is a result out of range. */
function defined(sign: 1 | -1, a: number, b: number, carry: number, bits: number): Computed {
	const range = 2 ** bits;
	const signed = (value: number): number => (value >= range / 2 ? value - range : value);
	const whole = a + sign * (b + carry);
	const value = ((whole % range) + range) % range;
	const nibble = (a % 16) + sign * ((b % 16) + carry);
	const eflags =
		(whole !== value ? CF : 0) |
		(nibble < 0 || nibble > 15 ? AF : 0) |
		(signed(a) + sign * (signed(b) + carry) !== signed(value) ? OF : 0);
	return { value, eflags: eflags | ofResult(value, bits) };
}
const ofResult = (value: number, bits: number): number => {
	const ones = (value % 256).toString(2).replaceAll('0', '').length;
	return (value === 0 ? ZF : 0) | (value >= 2 ** (bits - 1) ? SF : 0) | (ones % 2 === 0 ? PF : 0);
};

describe('flags of arithmetic', () => {
	type Expected = (a: number, b: number, carry: number, bits: number) => Computed;
	const bitwise =
		(apply: (a: bigint, b: bigint) => bigint): Expected =>
		(a, b, _carry, bits) => {
			const value = Number(apply(BigInt(a), BigInt(b)));
			return { value, eflags: ofResult(value, bits) };
		};
	const keeping = ({ value, eflags }: Computed, carry: number): Computed => ({
		value,
		eflags: (eflags & ~CF) | (carry === 1 ? CF : 0)
	});
	const rules: [keyof typeof STORE_FUNCTIONS, Expected][] = [
		['add', (a, b, _carry, bits) => defined(1, a, b, 0, bits)],
		['adc', (a, b, carry, bits) => defined(1, a, b, carry, bits)],
		['sub', (a, b, _carry, bits) => defined(-1, a, b, 0, bits)],
		['sbb', (a, b, carry, bits) => defined(-1, a, b, carry, bits)],
		['neg', (a, _b, _carry, bits) => defined(-1, 0, a, 0, bits)],
		['inc', (a, _b, carry, bits) => keeping(defined(1, a, 1, 0, bits), carry)],
		['dec', (a, _b, carry, bits) => keeping(defined(-1, a, 1, 0, bits), carry)],
		['and', bitwise((a, b) => a & b)],
		['or', bitwise((a, b) => a | b)],
		['xor', bitwise((a, b) => a ^ b)]
	];
	const wordOf = (bits: number): fc.Arbitrary<number> =>
		fc.oneof(
			fc.constantFrom(0, 1, 15, 16, 2 ** (bits - 1) - 1, 2 ** (bits - 1), 2 ** bits - 16, 2 ** bits - 1),
			fc.integer({ min: 0, max: 2 ** bits - 1 })
		);
	const operation = fc
		.constantFrom(8, 16, 32)
		.chain((bits) => fc.tuple(fc.constant(bits), wordOf(bits), wordOf(bits), fc.boolean(), fc.boolean()));

	it.each(rules)('%s: as they are defined, and those of no arithmetic stay', (name, rule) => {
		const property = fc.property(operation, ([bits, a, b, carry, dirty]) => {
			const before = 0x202 | DF | (carry ? CF : 0) | (dirty ? STATUS & ~CF : 0);
			const { value, eflags } = rule(a, b, Number(carry), bits);
			const expected = { value, eflags: 0x202 | DF | eflags };
			expect(STORE_FUNCTIONS[name]!(a, b, bits, before)).toEqual(expected);
		});
		fc.assert(property, { seed: 9, numRuns: 300 });
	});

	it('NOT changes none', () => {
		for (const eflags of [0x202, 0x202 | STATUS])
			for (const [bits, value] of [
				[8, 0xfe],
				[16, 0xfffe],
				[32, 0xffff_fffe]
			])
				expect(STORE_FUNCTIONS.not!(1, 0, bits, eflags)).toEqual({ value, eflags });
	});
});
