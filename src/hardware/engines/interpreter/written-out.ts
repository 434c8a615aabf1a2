/**
 * Functions for the shapes that programs use most: an instruction in one call, where `evaluate.ts` makes several.
 *
 * They are chosen by what the row says, so an instruction finds them by its meaning alone: `a = f(a, b)` for any function of two values, in all
 * sizes; and the commonest 32-bit ones by name, since a call of `op.kernel` cannot be inlined. `quiet` twins leave the flags alone; the block
 * builder takes them where the flags are overwritten unread. Each does what `evaluate` does with the same row, and a test says so.
 */
import { add32, and32, dec32, inc32, or32, sub32, xor32 } from './alu';
import type { Cpu } from '../../cpu/cpu';
import { AUX, RESULT } from '../../cpu/flags';
import { KERNELS } from './functions';
import { address, type Exec, type Op } from './op';
import type { Forms, Shape, Sized } from './shape';
import type { FunctionName, Meaning } from '../../../x86/isa';

// --- `a = f(a, b)` and `a = f(a)`: the kernel returns what is stored ---------------------------------

const GENERIC: Sized<Forms> = {
	8: {
		rr: (cpu, op) => void (cpu.u8[op.rm] = op.kernel(cpu, cpu.u8[op.rm], cpu.u8[op.reg])),
		ri: (cpu, op) => void (cpu.u8[op.rm] = op.kernel(cpu, cpu.u8[op.rm], op.imm)),
		rm: (cpu, op) => {
			const value = cpu.read8(op.seg, address(cpu, op));
			cpu.u8[op.reg] = op.kernel(cpu, cpu.u8[op.reg], value);
		},
		mr: (cpu, op) => modify8(cpu, op, cpu.u8[op.reg]),
		mi: (cpu, op) => modify8(cpu, op, op.imm),
		r: (cpu, op) => void (cpu.u8[op.rm] = op.kernel(cpu, cpu.u8[op.rm], 0)),
		m: (cpu, op) => modify8(cpu, op, 0)
	},
	16: {
		rr: (cpu, op) => void (cpu.u16[op.rm] = op.kernel(cpu, cpu.u16[op.rm], cpu.u16[op.reg])),
		ri: (cpu, op) => void (cpu.u16[op.rm] = op.kernel(cpu, cpu.u16[op.rm], op.imm)),
		rm: (cpu, op) => {
			const value = cpu.read16(op.seg, address(cpu, op));
			cpu.u16[op.reg] = op.kernel(cpu, cpu.u16[op.reg], value);
		},
		mr: (cpu, op) => modify16(cpu, op, cpu.u16[op.reg]),
		mi: (cpu, op) => modify16(cpu, op, op.imm),
		r: (cpu, op) => void (cpu.u16[op.rm] = op.kernel(cpu, cpu.u16[op.rm], 0)),
		m: (cpu, op) => modify16(cpu, op, 0)
	},
	32: {
		rr: (cpu, op) => void (cpu.s[op.rm] = op.kernel(cpu, cpu.s[op.rm], cpu.s[op.reg])),
		ri: (cpu, op) => void (cpu.s[op.rm] = op.kernel(cpu, cpu.s[op.rm], op.imm)),
		rm: (cpu, op) => {
			const value = cpu.read32(op.seg, address(cpu, op));
			cpu.s[op.reg] = op.kernel(cpu, cpu.s[op.reg], value);
		},
		mr: (cpu, op) => modify32(cpu, op, cpu.s[op.reg]),
		mi: (cpu, op) => modify32(cpu, op, op.imm),
		r: (cpu, op) => void (cpu.s[op.rm] = op.kernel(cpu, cpu.s[op.rm], 0)),
		m: (cpu, op) => modify32(cpu, op, 0)
	}
};

/** Reads, calculates and writes back a memory destination. Write permission is taken before anything changes. */
function modify8(cpu: Cpu, op: Op, b: number): void {
	const offset = address(cpu, op);
	const a = cpu.readForWrite8(op.seg, offset);
	cpu.writeBack8(op.kernel(cpu, a, b));
}
function modify16(cpu: Cpu, op: Op, b: number): void {
	const offset = address(cpu, op);
	const a = cpu.readForWrite16(op.seg, offset);
	cpu.writeBack16(op.kernel(cpu, a, b));
}
function modify32(cpu: Cpu, op: Op, b: number): void {
	const offset = address(cpu, op);
	const a = cpu.readForWrite32(op.seg, offset);
	cpu.writeBack32(op.kernel(cpu, a, b));
}

/** Counts in CL, whatever the size of what is shifted. */
const COUNTED: Sized<Forms> = {
	8: GENERIC[8],
	16: {
		rr: (cpu, op) => void (cpu.u16[op.rm] = op.kernel(cpu, cpu.u16[op.rm], cpu.u8[op.reg])),
		mr: (cpu, op) => modify16(cpu, op, cpu.u8[op.reg])
	},
	32: {
		rr: (cpu, op) => void (cpu.s[op.rm] = op.kernel(cpu, cpu.s[op.rm], cpu.u8[op.reg])),
		mr: (cpu, op) => modify32(cpu, op, cpu.u8[op.reg])
	}
};

// --- `f(a, b)`: only the flags stay ---------------------------------------------------------------------

const COMPARING: Sized<Forms> = {
	8: {
		rr: (cpu, op) => void op.kernel(cpu, cpu.u8[op.rm], cpu.u8[op.reg]),
		ri: (cpu, op) => void op.kernel(cpu, cpu.u8[op.rm], op.imm),
		rm: (cpu, op) => void op.kernel(cpu, cpu.u8[op.reg], cpu.read8(op.seg, address(cpu, op))),
		mr: (cpu, op) => void op.kernel(cpu, cpu.read8(op.seg, address(cpu, op)), cpu.u8[op.reg]),
		mi: (cpu, op) => void op.kernel(cpu, cpu.read8(op.seg, address(cpu, op)), op.imm)
	},
	16: {
		rr: (cpu, op) => void op.kernel(cpu, cpu.u16[op.rm], cpu.u16[op.reg]),
		ri: (cpu, op) => void op.kernel(cpu, cpu.u16[op.rm], op.imm),
		rm: (cpu, op) => void op.kernel(cpu, cpu.u16[op.reg], cpu.read16(op.seg, address(cpu, op))),
		mr: (cpu, op) => void op.kernel(cpu, cpu.read16(op.seg, address(cpu, op)), cpu.u16[op.reg]),
		mi: (cpu, op) => void op.kernel(cpu, cpu.read16(op.seg, address(cpu, op)), op.imm)
	},
	32: {
		rr: (cpu, op) => void op.kernel(cpu, cpu.s[op.rm], cpu.s[op.reg]),
		ri: (cpu, op) => void op.kernel(cpu, cpu.s[op.rm], op.imm),
		rm: (cpu, op) => void op.kernel(cpu, cpu.s[op.reg], cpu.read32(op.seg, address(cpu, op))),
		mr: (cpu, op) => void op.kernel(cpu, cpu.read32(op.seg, address(cpu, op)), cpu.s[op.reg]),
		mi: (cpu, op) => void op.kernel(cpu, cpu.read32(op.seg, address(cpu, op)), op.imm)
	}
};

// --- the common 32-bit forms, written out -------------------------------------------------------------------

const ADD_FORMS: Forms = {
	rr: (cpu, op) => void (cpu.s[op.rm] = add32(cpu, cpu.s[op.rm], cpu.s[op.reg])),
	ri: (cpu, op) => void (cpu.s[op.rm] = add32(cpu, cpu.s[op.rm], op.imm)),
	rm: (cpu, op) => {
		const value = cpu.read32(op.seg, address(cpu, op));
		cpu.s[op.reg] = add32(cpu, cpu.s[op.reg], value);
	},
	mr: (cpu, op) => {
		const offset = address(cpu, op);
		const a = cpu.readForWrite32(op.seg, offset);
		cpu.writeBack32(add32(cpu, a, cpu.s[op.reg]));
	}
};
const SUB_FORMS: Forms = {
	rr: (cpu, op) => void (cpu.s[op.rm] = sub32(cpu, cpu.s[op.rm], cpu.s[op.reg])),
	ri: (cpu, op) => void (cpu.s[op.rm] = sub32(cpu, cpu.s[op.rm], op.imm)),
	rm: (cpu, op) => {
		const value = cpu.read32(op.seg, address(cpu, op));
		cpu.s[op.reg] = sub32(cpu, cpu.s[op.reg], value);
	}
};
const AND_FORMS: Forms = {
	rr: (cpu, op) => void (cpu.s[op.rm] = and32(cpu, cpu.s[op.rm], cpu.s[op.reg])),
	ri: (cpu, op) => void (cpu.s[op.rm] = and32(cpu, cpu.s[op.rm], op.imm)),
	rm: (cpu, op) => {
		const value = cpu.read32(op.seg, address(cpu, op));
		cpu.s[op.reg] = and32(cpu, cpu.s[op.reg], value);
	}
};
const OR_FORMS: Forms = {
	rr: (cpu, op) => void (cpu.s[op.rm] = or32(cpu, cpu.s[op.rm], cpu.s[op.reg])),
	ri: (cpu, op) => void (cpu.s[op.rm] = or32(cpu, cpu.s[op.rm], op.imm)),
	rm: (cpu, op) => {
		const value = cpu.read32(op.seg, address(cpu, op));
		cpu.s[op.reg] = or32(cpu, cpu.s[op.reg], value);
	}
};
const XOR_FORMS: Forms = {
	rr: (cpu, op) => void (cpu.s[op.rm] = xor32(cpu, cpu.s[op.rm], cpu.s[op.reg])),
	ri: (cpu, op) => void (cpu.s[op.rm] = xor32(cpu, cpu.s[op.rm], op.imm)),
	rm: (cpu, op) => {
		const value = cpu.read32(op.seg, address(cpu, op));
		cpu.s[op.reg] = xor32(cpu, cpu.s[op.reg], value);
	}
};
const CMP_FORMS: Forms = {
	rr: (cpu, op) => void sub32(cpu, cpu.s[op.rm], cpu.s[op.reg]),
	ri: (cpu, op) => void sub32(cpu, cpu.s[op.rm], op.imm),
	rm: (cpu, op) => void sub32(cpu, cpu.s[op.reg], cpu.read32(op.seg, address(cpu, op))),
	mr: (cpu, op) => void sub32(cpu, cpu.read32(op.seg, address(cpu, op)), cpu.s[op.reg]),
	mi: (cpu, op) => void sub32(cpu, cpu.read32(op.seg, address(cpu, op)), op.imm)
};
const TEST_FORMS: Forms = {
	rr: ({ s }, op) => {
		s[AUX] = 0;
		s[RESULT] = s[op.rm] & s[op.reg];
	},
	ri: ({ s }, op) => {
		s[AUX] = 0;
		s[RESULT] = s[op.rm] & op.imm;
	}
};

/** The comparisons of 32-bit registers that can be fused with the branch after them (fuse.ts), and the decrement. */
export const COMPARE_REGISTERS = CMP_FORMS.rr as Exec;
export const COMPARE_IMMEDIATE = CMP_FORMS.ri as Exec;
export const TEST_REGISTERS = TEST_FORMS.rr as Exec;
export const DECREMENT_REGISTER: Exec = (cpu, op) => void (cpu.s[op.rm] = dec32(cpu, cpu.s[op.rm], 1));

const MOVES: Sized<Forms> = {
	8: {
		rr: (cpu, op) => void (cpu.u8[op.rm] = cpu.u8[op.reg]),
		ri: (cpu, op) => void (cpu.u8[op.rm] = op.imm),
		rm: (cpu, op) => void (cpu.u8[op.reg] = cpu.read8(op.seg, address(cpu, op))),
		mr: (cpu, op) => cpu.write8(op.seg, address(cpu, op), cpu.u8[op.reg]),
		mi: (cpu, op) => cpu.write8(op.seg, address(cpu, op), op.imm)
	},
	16: {
		rr: (cpu, op) => void (cpu.u16[op.rm] = cpu.u16[op.reg]),
		ri: (cpu, op) => void (cpu.u16[op.rm] = op.imm),
		rm: (cpu, op) => void (cpu.u16[op.reg] = cpu.read16(op.seg, address(cpu, op))),
		mr: (cpu, op) => cpu.write16(op.seg, address(cpu, op), cpu.u16[op.reg]),
		mi: (cpu, op) => cpu.write16(op.seg, address(cpu, op), op.imm)
	},
	32: {
		rr: ({ s }, op) => void (s[op.rm] = s[op.reg]),
		ri: ({ s }, op) => void (s[op.rm] = op.imm),
		rm: (cpu, op) => void (cpu.s[op.reg] = cpu.read32(op.seg, address(cpu, op))),
		mr: (cpu, op) => cpu.write32(op.seg, address(cpu, op), cpu.s[op.reg]),
		mi: (cpu, op) => cpu.write32(op.seg, address(cpu, op), op.imm)
	}
};

/** By meaning; ` from 8` where the second operand is a narrower one. */
const WRITTEN_OUT: Readonly<Record<string, Partial<Sized<Forms>>>> = {
	'a = b': MOVES,
	'a = add(a, b)': { 32: ADD_FORMS },
	'a = sub(a, b)': { 32: SUB_FORMS },
	'a = and(a, b)': { 32: AND_FORMS },
	'a = or(a, b)': { 32: OR_FORMS },
	'a = xor(a, b)': { 32: XOR_FORMS },
	'sub(a, b)': { 32: CMP_FORMS },
	'and(a, b)': { 32: TEST_FORMS },
	'a = inc(a)': { 32: { r: (cpu, op) => void (cpu.s[op.rm] = inc32(cpu, cpu.s[op.rm], 1)) } },
	'a = dec(a)': { 32: { r: DECREMENT_REGISTER } },
	'a = zx(b) from 8': {
		32: {
			rr: (cpu, op) => void (cpu.s[op.rm] = cpu.u8[op.reg]),
			rm: (cpu, op) => void (cpu.s[op.reg] = cpu.read8(op.seg, address(cpu, op)))
		}
	},
	'a = zx(b) from 16': {
		32: {
			rr: (cpu, op) => void (cpu.s[op.rm] = cpu.u16[op.reg]),
			rm: (cpu, op) => void (cpu.s[op.reg] = cpu.read16(op.seg, address(cpu, op)))
		}
	},
	'a = sx(b) from 8': {
		32: {
			rr: (cpu, op) => void (cpu.s[op.rm] = (cpu.u8[op.reg] << 24) >> 24),
			rm: (cpu, op) => void (cpu.s[op.reg] = (cpu.read8(op.seg, address(cpu, op)) << 24) >> 24)
		}
	},
	'a = sx(b) from 16': {
		32: {
			rr: (cpu, op) => void (cpu.s[op.rm] = (cpu.u16[op.reg] << 16) >> 16),
			rm: (cpu, op) => void (cpu.s[op.reg] = (cpu.read16(op.seg, address(cpu, op)) << 16) >> 16)
		}
	},
	'a = address(b)': {
		16: { rm: ({ s, u16 }, op) => void (u16[op.reg] = s[op.base] + (s[op.index] << op.scale) + op.disp) },
		32: { rm: ({ s }, op) => void (s[op.reg] = (s[op.base] + (s[op.index] << op.scale) + op.disp) & op.mask) }
	}
};

/** Twins that write no flags, for 32-bit registers. */
const nothing: Exec = () => {};
const QUIET: Readonly<Record<string, Forms>> = {
	'a = add(a, b)': {
		rr: ({ s }, op) => void (s[op.rm] += s[op.reg]),
		ri: ({ s }, op) => void (s[op.rm] += op.imm)
	},
	'a = sub(a, b)': {
		rr: ({ s }, op) => void (s[op.rm] -= s[op.reg]),
		ri: ({ s }, op) => void (s[op.rm] -= op.imm)
	},
	'a = and(a, b)': {
		rr: ({ s }, op) => void (s[op.rm] &= s[op.reg]),
		ri: ({ s }, op) => void (s[op.rm] &= op.imm)
	},
	'a = or(a, b)': {
		rr: ({ s }, op) => void (s[op.rm] |= s[op.reg]),
		ri: ({ s }, op) => void (s[op.rm] |= op.imm)
	},
	'a = xor(a, b)': {
		rr: ({ s }, op) => void (s[op.rm] ^= s[op.reg]),
		ri: ({ s }, op) => void (s[op.rm] ^= op.imm)
	},
	'sub(a, b)': { rr: nothing, ri: nothing },
	'and(a, b)': { rr: nothing, ri: nothing },
	'a = inc(a)': { r: ({ s }, op) => void (s[op.rm] += 1) },
	'a = dec(a)': { r: ({ s }, op) => void (s[op.rm] -= 1) },
	'a = neg(a)': { r: ({ s }, op) => void (s[op.rm] = -s[op.rm]) },
	'a = imul(a, b)': { rr: ({ s }, op) => void (s[op.rm] = Math.imul(s[op.rm], s[op.reg])) }
};
/** The same for shifts by an immediate count other than zero: a count of zero keeps the flags. */
const QUIET_SHIFTS: Readonly<Record<string, Exec>> = {
	'a = shl(a, b)': ({ s }, op) => void (s[op.rm] <<= op.imm),
	'a = shr(a, b)': ({ s }, op) => void (s[op.rm] = s[op.rm] >>> op.imm),
	'a = sar(a, b)': ({ s }, op) => void (s[op.rm] >>= op.imm),
	'a = rol(a, b)': ({ s }, op) => void (s[op.rm] = (s[op.rm] << op.imm) | (s[op.rm] >>> (32 - op.imm))),
	'a = ror(a, b)': ({ s }, op) => void (s[op.rm] = (s[op.rm] >>> op.imm) | (s[op.rm] << (32 - op.imm)))
};

function quietTwin({ size, form }: Shape, text: string, count: number): Exec | null {
	if (size !== 32) return null;
	const shift = form === 'ri' && (count & 31) !== 0 ? QUIET_SHIFTS[text] : undefined;
	return shift ?? QUIET[text]?.[form] ?? null;
}

/** The function of `a = f(a, b)`, `a = f(a)` or `f(a, b)`; null for other meanings. */
function appliedFunction({ statements }: Meaning): { fn: FunctionName; stores: boolean } | null {
	const [statement, more] = statements;
	if (more !== undefined || statement.kind !== 'set' || (statement.to !== null && statement.to !== 'a')) return null;
	const { value } = statement;
	if (
		value.kind !== 'call' ||
		!/^a(, b)?$/.test(value.values.map((it) => (it.kind === 'name' ? it.name : '')).join(', '))
	)
		return null;
	return { fn: value.fn, stores: statement.to === 'a' };
}

/** The written-out function for this shape and its quiet twin, or null. */
export function writtenOut(shape: Shape, op: Op): Exec | null {
	const { size, source, form } = shape;
	const { meaning } = shape.instruction.row;
	const narrower = source < size;
	op.quiet = quietTwin(shape, meaning.text, op.imm);
	const written = WRITTEN_OUT[narrower ? `${meaning.text} from ${source}` : meaning.text]?.[size]?.[form];
	if (written !== undefined) return written;
	const applied = appliedFunction(meaning);
	const kernel = applied === null ? undefined : KERNELS[applied.fn]?.[size];
	if (applied === null || kernel === undefined) return null;
	const forms = !applied.stores ? COMPARING : narrower ? COUNTED : GENERIC;
	const exec = forms[size][form];
	if (exec === undefined) return null;
	op.kernel = kernel;
	return exec;
}
