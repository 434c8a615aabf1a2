/**
 * What each instruction is translated to, a row a meaning (src/x86/isa). What has no row here, or a form that its row does not take, is the
 * interpreter's: the region is left there.
 */
import type { OpName } from './emit';
import { carriesOf, kindOf, narrow, PLAIN, SHIFT_OF } from './flags';
import { LOCAL } from './locals';
import { isMemory, isRegister, isUsual, register, type Translator } from './translator';
import type { Instruction, Operand, Size } from '../../../x86/decode';
import { DF } from '../../../x86/flags';
import { GPR, SS } from '../../../x86/registers';

/** Translates one instruction that stays within its block. */
type Translate = (t: Translator<unknown>, instruction: Instruction) => void;

interface Row {
	readonly translate: Translate;
	/** Forms that it takes; all usual ones where it does not say. */
	readonly takes?: (instruction: Instruction) => boolean;
}

const { X, Y, R, FLAG_A, FLAG_B, WIDE, QUOTIENT } = LOCAL;
const EAX = register(GPR.EAX);
const EDX = register(GPR.EDX);

const is32 = ({ size }: Instruction): boolean => size === 32;
const inRegister = ({ operands }: Instruction): boolean => isRegister(operands[0]);

/** Sets a flag word to a local, moved to the top of the word. */
function toTop(t: Translator<unknown>, word: number, local: number, size: Size): void {
	t.code.get(local);
	if (size !== 32) t.code.i32(32 - size).op('i32_shl');
	t.code.set(word);
}

/** Sign-extends what is on the stack. */
function signExtend({ code }: Translator<unknown>, size: Size): void {
	if (size !== 32) code.op(size === 8 ? 'i32_extend8_s' : 'i32_extend16_s');
}

/** Sets the flags of a logical result. */
function logicFlags(t: Translator<unknown>, size: Size): void {
	const { code } = t;
	toTop(t, FLAG_A, R, size);
	if (size !== 32)
		code
			.get(FLAG_A)
			.i32(32 - size)
			.op('i32_shr_s')
			.set(FLAG_A);
	code.i32(0).set(FLAG_B);
	t.flags.become(PLAIN, 'logic');
}

/** Sets the flags of a sum or difference of X and Y. */
function sumFlags(t: Translator<unknown>, name: 'add' | 'sub', size: Size): void {
	toTop(t, FLAG_A, X, size);
	toTop(t, FLAG_B, Y, size);
	t.flags.become(kindOf(name, size));
}

/** `a = f(a, b)` or `f(a, b)`. */
const dyadic = (op: OpName, stores: boolean, setFlags: (t: Translator<unknown>, size: Size) => void): Row => ({
	translate: (t, { operands: [a, b], size }) => {
		if (stores) t.readToWrite(a);
		else t.read(a);
		t.code.set(X);
		t.read(b);
		t.code.set(Y);
		t.code.get(X).get(Y).op(op).set(R);
		setFlags(t, size);
		if (stores) t.write(a, R);
	}
});
const add = (t: Translator<unknown>, size: Size): void => sumFlags(t, 'add', size);
const sub = (t: Translator<unknown>, size: Size): void => sumFlags(t, 'sub', size);

/** ADC, SBB: the flags are made at once, since a third operand takes part. */
const withCarry = (name: 'add' | 'sub'): Row => ({
	translate: (t, { operands: [a, b], size }) => {
		const { code } = t;
		const up = 32 - size;
		t.readToWrite(a);
		code.set(X);
		t.read(b);
		code.set(Y);
		t.flags.carry();
		code.set(R);
		code.get(X).get(Y).op(`i32_${name}`).get(R).op(`i32_${name}`).set(R);
		toTop(t, FLAG_A, R, size);
		toTop(t, X, X, size);
		toTop(t, Y, Y, size);
		carriesOf(code, name, X, Y, FLAG_A);
		narrow(code, up, Y);
		code.set(FLAG_B);
		if (up > 0) code.get(FLAG_A).i32(up).op('i32_shr_s').set(FLAG_A);
		t.flags.become(PLAIN);
		t.write(a, R);
	}
});

/** INC, DEC: CF stays. */
const step = (name: 'inc' | 'dec'): Row => ({
	translate: (t, { operands: [a], size }) => {
		const { code } = t;
		t.readToWrite(a);
		code
			.i32(1)
			.op(name === 'inc' ? 'i32_add' : 'i32_sub')
			.set(R);
		if (t.flagsLive) {
			t.flags.carry();
			code.i32(31).op('i32_shl').set(FLAG_B);
			toTop(t, FLAG_A, R, size);
			t.flags.become(kindOf(name, size));
		}
		t.write(a, R);
	}
});

const countOf = (operand: Operand): number | null => (operand.kind === 'immediate' ? operand.value & 31 : null);

/** Leaves the count of a shift, masked to five bits. */
function shiftCount(t: Translator<unknown>, operand: Operand): void {
	t.read(operand);
	t.code.i32(31).op('i32_and');
}

/**
 * Sets flags by a count that Y holds: a count of zero changes none.
 * @param set makes the words of a kind
 */
function flagsByCount(t: Translator<unknown>, operand: Operand, kind: number, set: () => void): void {
	const { code, flags } = t;
	const count = countOf(operand);
	if (!t.flagsLive || count === 0) return;
	if (count !== null) {
		set();
		return flags.become(kind);
	}
	const before = flags.known;
	code.get(Y).if();
	set();
	flags.become(kind);
	code.end();
	flags.known = before === kind ? kind : null;
}

/** Shifts, whose operand is kept as their kind of flags wants it: as it is, at the top of the word, or sign-extended. */
const shift = (name: 'shl' | 'shr' | 'sar'): Row => ({
	translate: (t, { operands: [a, b], size }) => {
		const { code } = t;
		t.readToWrite(a);
		if (name === 'sar') signExtend(t, size);
		code.set(X);
		shiftCount(t, b);
		code.set(Y);
		code.get(X).get(Y).op(SHIFT_OF[name]).set(R);
		flagsByCount(t, b, kindOf(name, size), () => {
			toTop(t, FLAG_A, X, name === 'shl' ? size : 32);
			code.get(Y).set(FLAG_B);
		});
		t.write(a, R);
	}
});

/** What repeats an operand to fill a word: rotating all of them rotates each. */
const REPEATS = { 8: 0x0101_0101, 16: 0x0001_0001, 32: 1 } as const;

/** Rotates: CF and OF change, the others stay. `top` leaves their two bits of AUX, made of R. */
const rotate = (op: OpName, top: (t: Translator<unknown>) => void): Row => ({
	translate: (t, { operands: [a, b], size }) => {
		const { code } = t;
		t.readToWrite(a);
		if (size !== 32) code.i32(REPEATS[size]).op('i32_mul');
		code.set(X);
		shiftCount(t, b);
		code.set(Y);
		code.get(X).get(Y).op(op).set(R);
		if (t.flagsLive && countOf(b) !== 0) t.flags.makePlain();
		flagsByCount(t, b, PLAIN, () => {
			code.get(FLAG_B).i32(0x3fff_ffff).op('i32_and');
			top(t);
			code.op('i32_or').set(FLAG_B);
		});
		t.write(a, R);
	}
});
/** ROL: CF is the lowest bit, and CF xor OF the highest. */
const rolled = ({ code }: Translator<unknown>): void =>
	void code.get(R).i32(31).op('i32_shl').get(R).i32(31).op('i32_shr_u').i32(30).op('i32_shl', 'i32_or');
/** ROR: CF is the highest bit, and CF xor OF the one below it. */
const rored = ({ code }: Translator<unknown>): void => void code.get(R).i32(0xc000_0000).op('i32_and');

/** SHLD, SHRD of 32 bits: `a` is shifted, and filled with bits of `b`. */
const shiftDouble = (name: 'shl' | 'shr'): Row => ({
	takes: is32,
	translate: (t, { operands: [a, b, c] }) => {
		const { code } = t;
		t.readToWrite(a);
		code.set(X);
		shiftCount(t, c);
		code.set(Y);
		// As 64 bits, of which 32 are what comes of it: with a count of zero they are `a`.
		const [upper, lower] = name === 'shl' ? [() => code.get(X), () => t.read(b)] : [() => t.read(b), () => code.get(X)];
		upper();
		code.op('i64_extend_i32_u').i64(32n).op('i64_shl');
		lower();
		code
			.op('i64_extend_i32_u', 'i64_or')
			.get(Y)
			.op('i64_extend_i32_u', name === 'shl' ? 'i64_shl' : 'i64_shr_u');
		if (name === 'shl') code.i64(32n).op('i64_shr_u');
		code.op('i32_wrap_i64').set(R);
		flagsByCount(t, c, PLAIN, () => {
			code.get(X);
			if (name === 'shl') code.i32(0).get(Y).op('i32_sub', 'i32_shr_u');
			else code.get(Y).i32(1).op('i32_sub', 'i32_shr_u');
			code.i32(31).op('i32_shl');
			// Bit 30 is CF xor OF: OF tells whether the top bit has changed, or for SHRD whether it differs from the one below.
			if (name === 'shl') code.get(R).i32(31).op('i32_shr_u').i32(30).op('i32_shl');
			else sheared(t);
			code.op('i32_or').i32(8).op('i32_or').set(FLAG_B).get(R).set(FLAG_A);
		});
		t.write(a, R);
	}
});

/** Of SHRD: leaves bit 30 of AUX, CF xor OF, where CF is the last bit out of X by Y. */
function sheared({ code }: Translator<unknown>): void {
	code.get(X).get(Y).i32(1).op('i32_sub', 'i32_shr_u').i32(30).op('i32_shl');
	code.get(R).get(R).i32(1).op('i32_shl', 'i32_xor').i32(31).op('i32_shr_u').i32(30).op('i32_shl', 'i32_xor');
	code.i32(0x4000_0000).op('i32_and');
}

/** CF and OF as the value on the stack says, 0 or 1; the others stay. */
function setOverflow(t: Translator<unknown>): void {
	const { code } = t;
	code.i32(31).op('i32_shl').set(Y);
	t.flags.makePlain();
	code.get(FLAG_B).i32(0x3fff_ffff).op('i32_and').get(Y).op('i32_or').set(FLAG_B);
	t.flags.become(PLAIN);
}

/** IMUL with two or three operands, of 32 bits. */
const product = (from: (operands: readonly Operand[]) => readonly [Operand, Operand]): Row => ({
	takes: is32,
	translate: (t, { operands }) => {
		const { code } = t;
		const [a, b] = from(operands);
		t.read(a);
		code.set(X);
		t.read(b);
		code.set(Y);
		code.get(X).get(Y).op('i32_mul').set(R);
		if (t.flagsLive) {
			code.get(X).op('i64_extend_i32_s').get(Y).op('i64_extend_i32_s', 'i64_mul');
			code.get(R).op('i64_extend_i32_s', 'i64_ne');
			setOverflow(t);
		}
		t.write(operands[0], R);
	}
});

/** MUL and IMUL of EAX into EDX:EAX. */
const wideProduct = (extend: 'i64_extend_i32_u' | 'i64_extend_i32_s'): Row => ({
	takes: is32,
	translate: (t, { operands: [a] }) => {
		const { code } = t;
		t.read(a);
		code.op(extend).get(EAX).op(extend, 'i64_mul').set(WIDE);
		code.get(WIDE).op('i32_wrap_i64').set(EAX);
		code.get(WIDE).i64(32n).op('i64_shr_u', 'i32_wrap_i64').set(EDX);
		if (extend === 'i64_extend_i32_u') code.get(EDX).i32(0).op('i32_ne');
		else code.get(EDX).get(EAX).i32(31).op('i32_shr_s', 'i32_ne');
		setOverflow(t);
	}
});

/** DIV of EDX:EAX by 32 bits: a quotient that does not fit is the interpreter's to refuse. */
const DIVIDE: Row = {
	takes: is32,
	translate: (t, { operands: [a] }) => {
		const { code } = t;
		t.read(a);
		code.set(X);
		t.mayLeave('operation');
		// It fits where the upper half is less than the divisor, which then is not 0.
		code.get(EDX).get(X).op('i32_ge_u');
		t.leaveIf();
		code.get(EDX).op('i64_extend_i32_u').i64(32n).op('i64_shl').get(EAX).op('i64_extend_i32_u', 'i64_or').set(WIDE);
		code.get(WIDE).get(X).op('i64_extend_i32_u', 'i64_div_u', 'i32_wrap_i64').set(EAX);
		code.get(WIDE).get(X).op('i64_extend_i32_u', 'i64_rem_u', 'i32_wrap_i64').set(EDX);
		dividedFlags(t);
	}
};

/** IDIV, the same; where the dividend is one of 32 bits, its sign extended, as compilers make it. */
const DIVIDE_SIGNED: Row = {
	takes: is32,
	translate: (t, { operands: [a] }) => {
		const { code } = t;
		t.read(a);
		code.set(X);
		t.mayLeave('operation');
		code.get(EDX).get(EAX).i32(31).op('i32_shr_s', 'i32_ne');
		// By 0 and by -1, of which one may not fit.
		code.get(X).i32(1).op('i32_add').i32(2).op('i32_lt_u', 'i32_or');
		t.leaveIf();
		code.get(EAX).op('i64_extend_i32_s').get(X).op('i64_extend_i32_s', 'i64_div_s').set(QUOTIENT);
		code.get(EAX).op('i64_extend_i32_s').get(X).op('i64_extend_i32_s', 'i64_rem_s', 'i32_wrap_i64').set(EDX);
		code.get(QUOTIENT).op('i32_wrap_i64').set(EAX);
		dividedFlags(t);
	}
};

/** A division keeps CF and OF, sets AF and clears the rest (../interpreter/multiply.ts). */
function dividedFlags(t: Translator<unknown>): void {
	t.flags.makePlain();
	t.code.i32(1).set(FLAG_A).get(FLAG_B).i32(0xc000_0000).op('i32_and').i32(8).op('i32_or').set(FLAG_B);
	t.flags.become(PLAIN);
}

/** BSF, BSR: `index` leaves the number of the bit in Y; of 0 the destination stays, and ZF is set. */
const scan = (index: (t: Translator<unknown>) => void): Row => ({
	takes: is32,
	translate: (t, { operands: [a, b] }) => {
		const { code } = t;
		t.read(b);
		code.set(Y);
		code.i32(0).set(FLAG_A).i32(0).set(FLAG_B);
		t.read(a);
		code.set(R);
		code.get(Y).if();
		index(t);
		code.tee(R).i32(0x100).op('i32_or').set(FLAG_A);
		code.end();
		t.flags.become(PLAIN, 'logic');
		t.write(a, R);
	}
});

/** `a = choose(condition, b, a)`. */
const conditionalMove = (condition: number): Row => ({
	translate: (t, { operands: [a, b] }) => {
		t.read(b);
		t.code.set(X);
		t.read(a);
		t.code.set(Y);
		t.code.get(X).get(Y);
		t.flags.condition(condition);
		t.code.op('select').set(R);
		t.write(a, R);
	}
});
const setByCondition = (condition: number): Row => ({
	translate: (t, { operands: [a] }) => {
		t.aimAt(a);
		t.flags.condition(condition);
		t.code.i32(0).op('i32_ne').set(R);
		t.write(a, R);
	}
});

/** BT, BTS, BTR, BTC of 32 bits; an offset in a register reaches beyond the word in memory. `change` takes value and mask from the stack. */
const bitTest = (change: ((t: Translator<unknown>) => void) | null): Row => ({
	takes: is32,
	translate: (t, { operands: [a, b] }) => {
		const { code } = t;
		t.read(b);
		code.set(Y);
		if (isMemory(a)) {
			t.address(a);
			if (b.kind !== 'immediate') code.get(Y).i32(5).op('i32_shr_s').i32(2).op('i32_shl', 'i32_add');
			if (change === null) t.load(a.segment, 32);
			else {
				t.aim(a.segment, 32);
				t.loadAimed(32);
				// The interpreter looks up once more to write.
				t.hits++;
			}
		} else t.read(a);
		code.set(X);
		if (change !== null) {
			code.get(X).i32(1).get(Y).op('i32_shl');
			change(t);
			code.set(R);
			t.write(a, R);
		}
		code.get(X).get(Y).op('i32_shr_u').i32(1).op('i32_and').set(X);
		setCarry(t);
	}
});

/** CF as X says, 0 or 1, and since OF stays, bit 30 with it. */
function setCarry(t: Translator<unknown>): void {
	const { code } = t;
	t.flags.makePlain();
	code.get(FLAG_B).get(FLAG_B).i32(1).op('i32_shl', 'i32_xor').i32(31).op('i32_shr_u').get(X).op('i32_xor');
	code.i32(30).op('i32_shl').get(X).i32(31).op('i32_shl', 'i32_or');
	code.get(FLAG_B).i32(0x3fff_ffff).op('i32_and', 'i32_or').set(FLAG_B);
	t.flags.become(PLAIN);
}

/** Moves index registers by the size of an element: up, or down where DF is set. */
function advance(t: Translator<unknown>, size: Size, ...indexes: readonly number[]): void {
	const { code } = t;
	const bytes = size >> 3;
	// DF moved down to the bit of twice the size.
	const down = Math.log2(DF) - Math.log2(2 * bytes);
	t.eflags();
	code
		.i32(down)
		.op('i32_shr_u')
		.i32(2 * bytes)
		.op('i32_and')
		.set(Y);
	for (const index of indexes)
		code.get(register(index)).i32(bytes).op('i32_add').get(Y).op('i32_sub').set(register(index));
}

/** A string instruction that is not repeated: `move` reads and writes, and leaves what is compared in X and Y. */
const string = (
	move: (t: Translator<unknown>, operands: readonly Operand[], size: Size) => void,
	indexes: readonly number[],
	setFlags: typeof sub | null = null
): Row => ({
	translate: (t, { operands, size }) => {
		move(t, operands, size);
		setFlags?.(t, size);
		advance(t, size, ...indexes);
	}
});

const CONDITIONS = 'O NO B AE E NE BE A S NS P NP L GE LE G'.split(' ');

/** By meaning, as it is written in the row of the instruction. */
const OPERATIONS: Readonly<Record<string, Row | undefined>> = {
	'a = b': {
		translate: (t, { operands: [a, b] }) => {
			t.aimAt(a);
			t.read(b);
			t.code.set(R);
			t.write(a, R);
		}
	},
	'a = add(a, b)': dyadic('i32_add', true, add),
	'a = sub(a, b)': dyadic('i32_sub', true, sub),
	'a = and(a, b)': dyadic('i32_and', true, logicFlags),
	'a = or(a, b)': dyadic('i32_or', true, logicFlags),
	'a = xor(a, b)': dyadic('i32_xor', true, logicFlags),
	'sub(a, b)': dyadic('i32_sub', false, sub),
	'and(a, b)': dyadic('i32_and', false, logicFlags),
	'a = adc(a, b)': withCarry('add'),
	'a = sbb(a, b)': withCarry('sub'),
	'a = inc(a)': step('inc'),
	'a = dec(a)': step('dec'),
	'a = neg(a)': {
		translate: (t, { operands: [a], size }) => {
			t.readToWrite(a);
			t.code.set(Y).i32(0).set(X);
			t.code.get(X).get(Y).op('i32_sub').set(R);
			sumFlags(t, 'sub', size);
			t.write(a, R);
		}
	},
	'a = not(a)': {
		translate: (t, { operands: [a] }) => {
			t.readToWrite(a);
			t.code.i32(-1).op('i32_xor').set(R);
			t.write(a, R);
		}
	},
	'a = shl(a, b)': shift('shl'),
	'a = shr(a, b)': shift('shr'),
	'a = sar(a, b)': shift('sar'),
	'a = shld(a, b, c)': shiftDouble('shl'),
	'a = shrd(a, b, c)': shiftDouble('shr'),
	'a = rol(a, b)': rotate('i32_rotl', rolled),
	'a = ror(a, b)': rotate('i32_rotr', rored),
	'a = imul(a, b)': product(([a, b]) => [a, b]),
	'a = imul(b, c)': product(([, b, c]) => [b, c]),
	'multiply(a)': wideProduct('i64_extend_i32_u'),
	'multiplySigned(a)': wideProduct('i64_extend_i32_s'),
	'divide(a)': DIVIDE,
	'divideSigned(a)': DIVIDE_SIGNED,
	'a = bsf(a, b)': scan(({ code }) => code.get(Y).op('i32_ctz')),
	'a = bsr(a, b)': scan(({ code }) => code.i32(31).get(Y).op('i32_clz', 'i32_sub')),
	'testBit(a, b)': bitTest(null),
	'setBit(a, b)': bitTest(({ code }) => code.op('i32_or')),
	'clearBit(a, b)': bitTest(({ code }) => code.i32(-1).op('i32_xor', 'i32_and')),
	'flipBit(a, b)': bitTest(({ code }) => code.op('i32_xor')),
	'a = bswap(a)': {
		takes: is32,
		translate: (t, { operands: [a] }) => {
			t.read(a);
			t.code.set(X);
			t.code.get(X).i32(8).op('i32_rotl').i32(0x00ff_00ff).op('i32_and');
			t.code.get(X).i32(8).op('i32_rotr').i32(0xff00_ff00).op('i32_and', 'i32_or').set(R);
			t.write(a, R);
		}
	},
	'a = zx(b)': {
		translate: (t, { operands: [a, b] }) => {
			t.read(b);
			t.code.set(R);
			t.write(a, R);
		}
	},
	'a = sx(b)': {
		translate: (t, { operands: [a, b] }) => {
			t.read(b);
			if (isRegister(b) || isMemory(b)) signExtend(t, b.size);
			t.code.set(R);
			t.write(a, R);
		}
	},
	'a = address(b)': {
		translate: (t, { operands: [a, b] }) => {
			if (isMemory(b)) t.address(b);
			t.code.set(R);
			t.write(a, R);
		}
	},
	'a = b; b = a': {
		translate: (t, { operands: [a, b] }) => {
			t.readToWrite(a);
			t.code.set(X);
			t.read(b);
			t.code.set(Y);
			t.write(a, Y);
			t.write(b, X);
		}
	},
	'b = a; a = add(a, b)': {
		translate: (t, { operands: [a, b], size }) => {
			t.readToWrite(a);
			t.code.set(X);
			t.read(b);
			t.code.set(Y);
			t.code.get(X).get(Y).op('i32_add').set(R);
			sumFlags(t, 'add', size);
			t.write(b, X);
			t.write(a, R);
		}
	},
	'sub(acc, a); acc = choose(E, acc, a); a = choose(E, b, a)': {
		translate: (t, { operands: [a, b], size }) => {
			t.readToWrite(a);
			t.code.set(Y);
			t.readRegister(size, GPR.EAX);
			t.code.set(X);
			t.read(b);
			t.code.get(Y).get(X).get(Y).op('i32_eq', 'select').set(R);
			sumFlags(t, 'sub', size);
			// Where they are equal, the accumulator has what it gets.
			t.writeRegister(size, GPR.EAX, Y);
			t.write(a, R);
		}
	},
	'moveString(a, b)': string(
		(t, [a, b], size) => {
			t.read(b);
			t.code.set(R);
			t.aimAt(a);
			t.store(size, R);
		},
		[GPR.ESI, GPR.EDI]
	),
	'storeString(a)': string(
		(t, [a], size) => {
			t.aimAt(a);
			t.readRegister(size, GPR.EAX);
			t.code.set(R);
			t.store(size, R);
		},
		[GPR.EDI]
	),
	'loadString(a)': string(
		(t, [a], size) => {
			t.read(a);
			t.code.set(R);
			t.writeRegister(size, GPR.EAX, R);
		},
		[GPR.ESI]
	),
	'compareString(a, b)': string(
		(t, [a, b]) => {
			t.read(b);
			t.code.set(Y);
			t.read(a);
			t.code.set(X);
		},
		[GPR.ESI, GPR.EDI],
		sub
	),
	'scanString(a)': string(
		(t, [a], size) => {
			t.read(a);
			t.code.set(Y);
			t.readRegister(size, GPR.EAX);
			t.code.set(X);
		},
		[GPR.EDI],
		sub
	),
	'acc = widen(acc)': {
		translate: ({ code }, { operandSize }) => {
			if (operandSize === 32) code.get(EAX).op('i32_extend16_s').set(EAX);
			else
				code
					.get(EAX)
					.i32(~0xffff)
					.op('i32_and')
					.get(EAX)
					.op('i32_extend8_s')
					.i32(0xffff)
					.op('i32_and', 'i32_or')
					.set(EAX);
		}
	},
	'hi = sign(acc)': {
		takes: ({ operandSize }) => operandSize === 32,
		translate: ({ code }) => void code.get(EAX).i32(31).op('i32_shr_s').set(EDX)
	},
	'nop()': { translate: () => {} },
	'push(a)': {
		takes: ({ operandSize }) => operandSize === 32,
		translate: (t, { operands: [a] }) => {
			t.read(a);
			t.code.set(X);
			t.aimBelowStack(4);
			t.store(32, X);
			t.moveStack(-4);
		}
	},
	'pop(a)': {
		takes: (i) => i.operandSize === 32 && inRegister(i),
		translate: (t, { operands: [a] }) => {
			t.peek();
			t.code.set(R);
			t.moveStack(4);
			t.write(a, R);
		}
	},
	'leave()': {
		takes: ({ operandSize }) => operandSize === 32,
		translate: (t) => {
			const { code } = t;
			code.get(register(GPR.EBP));
			t.load(SS, 32);
			code.set(R).get(register(GPR.EBP)).i32(4).op('i32_add').set(register(GPR.ESP));
			code.get(R).set(register(GPR.EBP));
		}
	},
	...Object.fromEntries(
		CONDITIONS.flatMap((name, n) => [
			[`a = choose(${name}, b, a)`, conditionalMove(n)],
			[`a = choose(${name}, 1, 0)`, setByCondition(n)]
		])
	)
};

/** Whether some form of what a row means is translated. */
export const isTranslated = (text: string): boolean => OPERATIONS[text] !== undefined;

/** How an instruction is translated; null where the interpreter has to carry it out, or where it ends its block. */
export function translationOf(instruction: Instruction): Translate | null {
	if (!isUsual(instruction)) return null;
	const row = OPERATIONS[instruction.row.meaning.text];
	return row === undefined || row.takes?.(instruction) === false ? null : row.translate;
}
