/**
 * Status flags in compiled code: nobody computes them until somebody asks. Three locals hold what they follow from: two words and their *kind*.
 * The words of RESULT and AUX (../../cpu/flags.ts), which memory holds while no region runs, are made of them on the way out, by two functions
 * that each module has; and they are, to the bit, what the interpreter would have left.
 *
 *     kind      FLAG_A               FLAG_B
 *     plain     RESULT               AUX
 *     add, sub  first operand        second operand, both moved to the top of the word
 *     inc, dec  result, at the top   the carry that was there before, as bit 31
 *     shl       what was shifted, at the top    by how many bits, 1 to 31
 *     shr, sar  the same, zero-extended or sign-extended instead
 *
 * Where the kind is known while compiling, a condition is decided from the words themselves: a comparison and a branch become one.
 */
import { Code, I32, type FunctionOf } from './emit';
import { LOCAL } from './locals';
import { AUX_MASK } from '../../cpu/flags';
import type { Size } from '../../../x86/decode';

/** Operations that leave words of their own, each in three sizes. */
export const KINDS = ['add', 'sub', 'inc', 'dec', 'shl', 'shr', 'sar'] as const;
export type KindName = (typeof KINDS)[number];
const SIZES: readonly Size[] = [8, 16, 32];
/** The words are RESULT and AUX themselves. */
export const PLAIN = 0;

/** The kind of an operation of a size. */
export const kindOf = (name: KindName, size: Size): number =>
	1 + KINDS.indexOf(name) * SIZES.length + SIZES.indexOf(size);
/** And back; null for plain. */
const nameOf = (kind: number): KindName | null =>
	kind === PLAIN ? null : KINDS[Math.floor((kind - 1) / SIZES.length)];

/** What is known of the flags while compiling: their kind, that they are a logical result (plain, AUX is 0), or nothing. */
export type Known = number | 'logic' | null;

/** Places of the two functions in their module. */
export const RESULT_FUNCTION = 1;
export const AUX_FUNCTION = 2;

const [FLAG_KIND, A, B, R] = [0, 1, 2, 3];

/** Chooses by kind what is left on the stack. */
function byKind(code: Code, arms: readonly (() => void)[]): FunctionOf {
	const labels = arms.map(() => ({}));
	const [first] = labels;
	for (const label of [...labels].reverse()) code.block(label);
	code.get(FLAG_KIND).brTable(labels, first);
	for (const arm of arms) {
		code.end();
		arm();
		code.op('return');
	}
	code.op('unreachable');
	return { parameters: [I32, I32, I32], locals: [I32], code };
}

/** For each kind in the order of their numbers: its name, and by how much its operands are moved up to the top of a word. */
const table = (make: (name: KindName | null, up: number) => () => void): (() => void)[] => [
	make(null, 0),
	...KINDS.flatMap((name) => SIZES.map((size) => make(name, 32 - size)))
];

/** RESULT of kind and words. */
export function resultFunction(): FunctionOf {
	const code = new Code();
	const arms = table((name, up) => () => {
		code.get(A);
		if (name === 'add' || name === 'sub') code.get(B).op(`i32_${name}`);
		else if (name === 'shl' || name === 'shr' || name === 'sar') code.get(B).op(SHIFT_OF[name]);
		if (up > 0 && name !== 'shr' && name !== 'sar') code.i32(up).op('i32_shr_s');
	});
	return byKind(code, arms);
}
export const SHIFT_OF = { shl: 'i32_shl', shr: 'i32_shr_u', sar: 'i32_shr_s' } as const;

/** AUX of kind and words. */
export function auxFunction(): FunctionOf {
	const code = new Code();
	const arms = table((name, up) => () => {
		switch (name) {
			case null:
				return code.get(B);
			case 'add':
				code.get(A).get(B).op('i32_add').set(R);
				carriesOf(code, 'add', A, B, R);
				return narrow(code, up, R);
			case 'sub':
				code.get(A).get(B).op('i32_sub').set(R);
				carriesOf(code, 'sub', A, B, R);
				return narrow(code, up, R);
			case 'inc':
				return stepped(code, up, -0x8000_0000, 0);
			case 'dec':
				return stepped(code, up, 0x7fff_ffff & (-1 << up), 15);
			default:
				return shifted(code, name, up);
		}
	});
	return byKind(code, arms);
}

/** The carry (or borrow) out of each bit of `r`, as ../interpreter/alu.ts has it. */
export function carriesOf(code: Code, name: 'add' | 'sub', a: number, b: number, r: number): void {
	if (name === 'add') {
		code.get(a).get(b).op('i32_and');
		code.get(a).get(b).op('i32_or').get(r).i32(-1).op('i32_xor', 'i32_and', 'i32_or');
	} else {
		code.get(a).i32(-1).op('i32_xor').get(b).op('i32_and');
		code.get(a).get(b).op('i32_xor').i32(-1).op('i32_xor').get(r).op('i32_and', 'i32_or');
	}
}

/** Of carries on the stack, moved up by `up`, those that AUX keeps. */
export function narrow(code: Code, up: number, temporary: number): void {
	if (up === 0) return void code.i32(AUX_MASK).op('i32_and');
	code.tee(temporary).i32(0xc000_0000).op('i32_and');
	code.get(temporary).i32(up).op('i32_shr_u').i32(8).op('i32_and', 'i32_or');
}

/** INC and DEC: OF where the result is `turn`, AF where its low four bits are `low`, CF as it was. */
function stepped(code: Code, up: number, turn: number, low: number): void {
	code.get(B);
	code.get(B).i32(1).op('i32_shr_u');
	code.get(A).i32(turn).op('i32_eq').i32(30).op('i32_shl', 'i32_xor', 'i32_or');
	code.get(A).i32(up).op('i32_shr_u').i32(15).op('i32_and').i32(low).op('i32_eq').i32(3).op('i32_shl', 'i32_or');
}

/** Shifts (../interpreter/shift.ts): CF is the last bit out, bit 30 is CF xor OF, AF is set. */
function shifted(code: Code, name: 'shl' | 'shr' | 'sar', up: number): void {
	if (name === 'shl') {
		code.get(A).i32(32).get(B).op('i32_sub', 'i32_shr_u').i32(31).op('i32_shl');
		code.get(A).get(B).op('i32_shl').i32(31).op('i32_shr_u').i32(30).op('i32_shl', 'i32_or');
	} else {
		code.get(A).get(B).i32(1).op('i32_sub', SHIFT_OF[name]).i32(1).op('i32_and').tee(R).i32(31).op('i32_shl');
		code.get(R);
		if (name === 'shr') {
			// OF: the top bit of the result, which is not 0 for a shift by 1 alone, xor the one below it.
			code
				.get(A)
				.get(B)
				.op('i32_shr_u')
				.tee(R)
				.i32(1)
				.op('i32_shl')
				.get(R)
				.op('i32_xor')
				.i32(31 - up)
				.op('i32_shr_u', 'i32_xor');
		}
		code.i32(30).op('i32_shl', 'i32_or');
	}
	code.i32(8).op('i32_or');
}

/** Emits conditions, and keeps what is known of the flags. */
export class Flags {
	known: Known = null;

	constructor(private readonly code: Code) {}

	/** The two words have been set: says what they are. */
	become(kind: number, known: Known = kind): void {
		this.code.i32(kind).set(LOCAL.FLAG_KIND);
		this.known = known;
	}

	/** Makes RESULT and AUX of the words, in place. */
	makePlain(): void {
		if (this.known === PLAIN || this.known === 'logic') return;
		const { code } = this;
		const words = (): Code => code.get(LOCAL.FLAG_KIND).get(LOCAL.FLAG_A).get(LOCAL.FLAG_B);
		words().call(RESULT_FUNCTION);
		words().call(AUX_FUNCTION).set(LOCAL.FLAG_B);
		code.set(LOCAL.FLAG_A);
		this.become(PLAIN);
	}

	/** Leaves CF on the stack, 0 or 1. */
	carry(): void {
		this.condition(0x2);
	}

	/** Leaves on the stack whether condition `n` (SDM vol. 2, appendix B, table B-10) holds: 0 or not. */
	condition(n: number): void {
		const { code } = this;
		const holds = this.direct(n & ~1);
		if (holds !== null) holds();
		else {
			this.makePlain();
			plain(code, n & ~1);
		}
		if ((n & 1) !== 0) code.op('i32_eqz');
	}

	/** How an even condition is decided from the words of the kind that is known; null where it must be made plain. */
	private direct(n: number): (() => void) | null {
		const { code, known } = this;
		const a = (): Code => code.get(LOCAL.FLAG_A);
		const both = (): Code => a().get(LOCAL.FLAG_B);
		if (known === null) return null;
		if (known === 'logic') return logical(code, n);
		const name = nameOf(known);
		/** By a result on the stack of which sign and zero count. */
		const byResult = (result: () => Code): (() => void) | null => {
			if (n === 0x4) return () => result().op('i32_eqz');
			return n === 0x8 ? () => result().i32(0).op('i32_lt_s') : null;
		};
		switch (name) {
			case null:
				return null;
			case 'sub': {
				const comparison = COMPARISONS[n];
				return comparison === undefined ? byResult(() => both().op('i32_sub')) : () => both().op(comparison);
			}
			case 'add': {
				const sum = (): Code => both().op('i32_add');
				return n === 0x2 ? () => sum().get(LOCAL.FLAG_A).op('i32_lt_u') : byResult(sum);
			}
			case 'inc':
			case 'dec':
				return n === 0x2 ? () => code.get(LOCAL.FLAG_B).i32(31).op('i32_shr_u') : byResult(a);
			default:
				return byResult(() => both().op(SHIFT_OF[name]));
		}
	}
}

/** After a comparison: B, E, BE, L, LE. Operands of any size are at the top of their words, so one comparison serves all. */
const COMPARISONS: Readonly<Record<number, 'i32_lt_u' | 'i32_eq' | 'i32_le_u' | 'i32_lt_s' | 'i32_le_s'>> = {
	0x2: 'i32_lt_u',
	0x4: 'i32_eq',
	0x6: 'i32_le_u',
	0xc: 'i32_lt_s',
	0xe: 'i32_le_s'
};

/** CF and OF are clear. */
function logical(code: Code, n: number): (() => void) | null {
	const a = (): Code => code.get(LOCAL.FLAG_A);
	switch (n) {
		case 0x0:
		case 0x2:
			return () => code.i32(0);
		case 0x4:
		case 0x6:
			return () => a().op('i32_eqz');
		case 0x8:
		case 0xc:
			return () => a().i32(0).op('i32_lt_s');
		case 0xe:
			return () => a().i32(0).op('i32_le_s');
		default:
			return null;
	}
}

/** The even conditions from RESULT and AUX, as CONDITIONS of ../../cpu/flags.ts has them. */
function plain(code: Code, n: number): void {
	const a = (): Code => code.get(LOCAL.FLAG_A);
	const b = (): Code => code.get(LOCAL.FLAG_B);
	const zero = (): Code => a().op('i32_eqz');
	const sign = (): Code => a().get(LOCAL.FLAG_B).i32(31).op('i32_shl', 'i32_xor');
	const negative = (): Code => code.i32(0).op('i32_lt_s');
	const overflow = (): Code => b().get(LOCAL.FLAG_B).i32(1).op('i32_shl', 'i32_xor');
	const less = (): void => {
		sign();
		overflow().op('i32_xor');
		negative();
	};
	switch (n) {
		case 0x0:
			overflow();
			return void negative();
		case 0x2:
			b();
			return void negative();
		case 0x4:
			return void zero();
		case 0x6:
			b();
			negative();
			return void zero().op('i32_or');
		case 0x8:
			sign();
			return void negative();
		case 0xa:
			a().get(LOCAL.FLAG_B).i32(8).op('i32_shr_s', 'i32_xor').i32(0xff).op('i32_and', 'i32_popcnt').i32(1);
			return void code.op('i32_and', 'i32_eqz');
		case 0xc:
			return less();
		default:
			less();
			return void zero().op('i32_or');
	}
}
