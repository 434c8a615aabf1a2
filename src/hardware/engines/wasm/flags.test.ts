/** What compiled code makes of the flags, against the interpreter's own kernels: RESULT and AUX to the bit, and every condition. */
import { expect, it } from 'vitest';
import { Code, I32, moduleOf, type FunctionOf } from './emit';
import { auxFunction, Flags, kindOf, KINDS, PLAIN, resultFunction, type Known } from './flags';
import { LOCAL } from './locals';
import { AUX, CONDITIONS, RESULT } from '../../cpu/flags';
import { Machine } from '../../machine';
import { KERNELS } from '../interpreter/functions';
import { Random } from '../oracle/cases';

type Fn = (...words: number[]) => number;
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, -0x8000_0000, -1];

function instantiate(functions: readonly FunctionOf[]): Fn {
	const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
	const module = new WebAssembly.Module(moduleOf(1, functions) as BufferSource);
	return new WebAssembly.Instance(module, { m: { m: memory } }).exports.run as Fn;
}
const result = instantiate([resultFunction()]);
const aux = instantiate([auxFunction()]);

/** A function of kind and words that decides condition `n`, with what is known of them. */
function conditionOf(n: number, known: Known): Fn {
	const code = new Code();
	code.get(0).set(LOCAL.FLAG_KIND).get(1).set(LOCAL.FLAG_A).get(2).set(LOCAL.FLAG_B);
	const flags = new Flags(code);
	flags.known = known;
	flags.condition(n);
	code.i32(0).op('i32_ne');
	const locals = Array.from({ length: LOCAL.COUNTS - 3 }, () => I32);
	return instantiate([{ parameters: [I32, I32, I32], locals, code }, resultFunction(), auxFunction()]);
}

const { cpu } = new Machine({ ramBytes: 0x1000 });
const value = (random: Random): number => (random.chance(50) ? random.pick(EDGES) : random.bits() | 0);

const CASES = KINDS.flatMap((name) => ([8, 16, 32] as const).map((size) => ({ name, size, kind: kindOf(name, size) })));

it.each(CASES)('$name of $size bits', ({ name, size, kind }) => {
	const random = new Random(kind + 1);
	const up = 32 - size;
	const conditions = CONDITIONS.map((_, n) => [conditionOf(n, kind), conditionOf(n, null)]);
	for (let n = 0; n < 120; n++) {
		const [a, b] = [(value(random) << up) >>> up, (value(random) << up) >>> up];
		const count = 1 + random.below(31);
		const isStep = name === 'inc' || name === 'dec';
		const isShift = name === 'shl' || name === 'shr' || name === 'sar';
		const carry = random.chance(50) ? -0x8000_0000 : 0;
		cpu.s[AUX] = carry;
		const kernel = KERNELS[name]![size];
		const r = kernel(cpu, size === 32 ? a | 0 : a, isShift ? count : size === 32 ? b | 0 : b);
		const shifted = name === 'shl' ? a << up : name === 'shr' ? a : (a << up) >> up;
		const words = isStep ? [r << up, carry] : isShift ? [shifted, count] : [a << up, b << up];
		expect([result(kind, ...words), aux(kind, ...words)], `${a} ${b} ${count}`).toEqual([cpu.s[RESULT], cpu.s[AUX]]);
		for (const [index, holds] of CONDITIONS.entries()) {
			const expected = holds(cpu.s) ? 1 : 0;
			expect(
				conditions[index].map((decide) => decide(kind, ...words)),
				`condition ${index}`
			).toEqual([expected, expected]);
		}
	}
});

it('of a logical result, and of words as they stand in memory', () => {
	const random = new Random(5);
	for (const [n, holds] of CONDITIONS.entries()) {
		const [logic, plain] = [conditionOf(n, 'logic'), conditionOf(n, PLAIN)];
		for (let round = 0; round < 60; round++) {
			cpu.s[RESULT] = value(random);
			cpu.s[AUX] = 0;
			expect(logic(0, cpu.s[RESULT], 0)).toBe(holds(cpu.s) ? 1 : 0);
			cpu.setEflags(random.bits() & 0x8d5);
			expect(plain(0, cpu.s[RESULT], cpu.s[AUX])).toBe(holds(cpu.s) ? 1 : 0);
		}
	}
});
