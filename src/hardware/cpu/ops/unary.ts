/** INC, DEC, NEG, NOT, the shifts and rotates, and double shifts (SDM vol. 2). */
import { DEC, dec32, INC, inc32, NEG, NOT, type Kernels } from '../alu';
import { address, type Exec, type Op } from '../operands';
import { RCL, RCR, ROL, ROR, SAR, SHL, shiftLeftDouble, shiftRightDouble, SHR } from '../shift';
import type { Cpu } from '../cpu';
import { modify } from './binary';
import { byPlace, withKernel, type Operation, type Shape, type Sized } from './forms';
import { AF, CF, OF, PF, SF, STATUS, ZF } from '../../../x86/flags';

/** Count or second operand is irrelevant: the kernel looks at the first only. */
const register: Sized<Exec> = {
	8: (cpu, op) => void (cpu.u8[op.rm] = op.kernel(cpu, cpu.u8[op.rm], 0)),
	16: (cpu, op) => void (cpu.u16[op.rm] = op.kernel(cpu, cpu.u16[op.rm], 0)),
	32: (cpu, op) => void (cpu.s[op.rm] = op.kernel(cpu, cpu.s[op.rm], 0))
};
const memory: Sized<Exec> = {
	8: (cpu, op) => modify[8](cpu, op, 0),
	16: (cpu, op) => modify[16](cpu, op, 0),
	32: (cpu, op) => modify[32](cpu, op, 0)
};

/** The written-out 32-bit register form of an instruction, and its twin without flags. */
interface Special {
	readonly exact?: Exec;
	readonly quiet?: Exec;
}

function unary(kernels: Kernels, flags: number, special: Special = {}): Operation {
	return {
		bind: ({ size, memory: inMemory }: Shape, op: Op) => {
			if (inMemory) return withKernel(op, kernels[size], memory[size]);
			if (size === 32) op.quiet = special.quiet ?? null;
			return (size === 32 && special.exact) || withKernel(op, kernels[size], register[size]);
		},
		reads: 0,
		writes: flags,
		kills: flags,
		lock: true
	};
}

const WITHOUT_CARRY = PF | AF | ZF | SF | OF;

export const INCREMENT = unary(INC, WITHOUT_CARRY, {
	exact: (cpu, op) => void (cpu.s[op.rm] = inc32(cpu, cpu.s[op.rm], 1)),
	quiet: ({ s }, op) => void (s[op.rm] += 1)
});
export const DECREMENT_REGISTER: Exec = (cpu, op) => void (cpu.s[op.rm] = dec32(cpu, cpu.s[op.rm], 1));
export const DECREMENT = unary(DEC, WITHOUT_CARRY, {
	exact: DECREMENT_REGISTER,
	quiet: ({ s }, op) => void (s[op.rm] -= 1)
});
export const NEGATE = unary(NEG, STATUS, { quiet: ({ s }, op) => void (s[op.rm] = -s[op.rm]) });
export const COMPLEMENT = unary(NOT, 0);

// --- shifts -----------------------------------------------------------------------------------------------

const byImmediate: { register: Sized<Exec>; memory: Sized<Exec> } = {
	register: {
		8: (cpu, op) => void (cpu.u8[op.rm] = op.kernel(cpu, cpu.u8[op.rm], op.imm)),
		16: (cpu, op) => void (cpu.u16[op.rm] = op.kernel(cpu, cpu.u16[op.rm], op.imm)),
		32: (cpu, op) => void (cpu.s[op.rm] = op.kernel(cpu, cpu.s[op.rm], op.imm))
	},
	memory: {
		8: (cpu, op) => modify[8](cpu, op, op.imm),
		16: (cpu, op) => modify[16](cpu, op, op.imm),
		32: (cpu, op) => modify[32](cpu, op, op.imm)
	}
};
/** u8 index of CL. */
const CL = 8;
const byCl: { register: Sized<Exec>; memory: Sized<Exec> } = {
	register: {
		8: (cpu, op) => void (cpu.u8[op.rm] = op.kernel(cpu, cpu.u8[op.rm], cpu.u8[CL])),
		16: (cpu, op) => void (cpu.u16[op.rm] = op.kernel(cpu, cpu.u16[op.rm], cpu.u8[CL])),
		32: (cpu, op) => void (cpu.s[op.rm] = op.kernel(cpu, cpu.s[op.rm], cpu.u8[CL]))
	},
	memory: {
		8: (cpu, op) => modify[8](cpu, op, cpu.u8[CL]),
		16: (cpu, op) => modify[16](cpu, op, cpu.u8[CL]),
		32: (cpu, op) => modify[32](cpu, op, cpu.u8[CL])
	}
};

/** Twins without flags, by mnemonic: 32-bit register shifted by an immediate count other than zero. */
const QUIET: { readonly [name: string]: Exec } = {
	SHL: ({ s }, op) => void (s[op.rm] <<= op.imm),
	SHR: ({ s }, op) => void (s[op.rm] = s[op.rm] >>> op.imm),
	SAR: ({ s }, op) => void (s[op.rm] >>= op.imm),
	ROL: ({ s }, op) => void (s[op.rm] = (s[op.rm] << op.imm) | (s[op.rm] >>> (32 - op.imm))),
	ROR: ({ s }, op) => void (s[op.rm] = (s[op.rm] >>> op.imm) | (s[op.rm] << (32 - op.imm)))
};

/** How the count is given. */
type Count = 'one' | 'imm8' | 'CL';

/** One shift or rotate with its count. Only a count known when decoding is known to overwrite flags. */
function shift(name: string, kernels: Kernels, written: number, reads: number, count: Count): Operation {
	const forms = count === 'CL' ? byCl : byImmediate;
	return {
		bind: ({ size, memory: inMemory }, op) => {
			if (count === 'one') op.imm = 1;
			if (count !== 'CL' && size === 32 && !inMemory && (op.imm & 31) !== 0) op.quiet = QUIET[name] ?? null;
			return withKernel(op, kernels[size], (inMemory ? forms.memory : forms.register)[size]);
		},
		reads,
		writes: written,
		kills: count === 'one' ? written : 0
	};
}

const ROTATE = CF | OF;

/** The eight of group 2 in encoding order (SDM vol. 2, table A-6); /6 is SHL again. */
export const SHIFTS: readonly (readonly [name: string, make: (count: Count) => Operation])[] = [
	['ROL', (count) => shift('ROL', ROL, ROTATE, 0, count)],
	['ROR', (count) => shift('ROR', ROR, ROTATE, 0, count)],
	['RCL', (count) => shift('RCL', RCL, ROTATE, CF, count)],
	['RCR', (count) => shift('RCR', RCR, ROTATE, CF, count)],
	['SHL', (count) => shift('SHL', SHL, STATUS, 0, count)],
	['SHR', (count) => shift('SHR', SHR, STATUS, 0, count)],
	['SAL', (count) => shift('SHL', SHL, STATUS, 0, count)],
	['SAR', (count) => shift('SAR', SAR, STATUS, 0, count)]
];

// --- double shifts ----------------------------------------------------------------------------------------

type DoubleShift = (cpu: Cpu, size: 16 | 32, a: number, b: number, count: number) => number;

/** SHLD or SHRD with the count in CL or an immediate. */
function doubleShift(calculate: DoubleShift, fromCl: boolean): Operation {
	const count = (cpu: Cpu, op: Op): number => (fromCl ? cpu.u8[CL] : op.imm);
	return {
		bind: byPlace(
			{
				8: () => {},
				16: (cpu, op) => void (cpu.u16[op.rm] = calculate(cpu, 16, cpu.u16[op.rm], cpu.u16[op.reg], count(cpu, op))),
				32: (cpu, op) => void (cpu.s[op.rm] = calculate(cpu, 32, cpu.s[op.rm], cpu.s[op.reg], count(cpu, op)))
			},
			{
				8: () => {},
				16: (cpu, op) => {
					const offset = address(cpu, op);
					const a = cpu.readForWrite16(op.seg, offset);
					cpu.writeBack16(calculate(cpu, 16, a, cpu.u16[op.reg], count(cpu, op)));
				},
				32: (cpu, op) => {
					const offset = address(cpu, op);
					const a = cpu.readForWrite32(op.seg, offset);
					cpu.writeBack32(calculate(cpu, 32, a, cpu.s[op.reg], count(cpu, op)));
				}
			}
		),
		writes: STATUS
	};
}

export const SHLD = { imm8: doubleShift(shiftLeftDouble, false), CL: doubleShift(shiftLeftDouble, true) };
export const SHRD = { imm8: doubleShift(shiftRightDouble, false), CL: doubleShift(shiftRightDouble, true) };
