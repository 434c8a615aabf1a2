/**
 * Two-operand arithmetic in all its forms. The 32-bit forms of the commonest instructions are written out, since a
 * call of `op.kernel` cannot be inlined; everything else goes through the generic forms.
 *
 * `quiet` twins leave the flags alone; the block builder takes them where the flags are overwritten unread.
 */
import type { Cpu } from '../cpu';
import { ADC, ADD, add32, AND, and32, OR, or32, SBB, SUB, sub32, XOR, xor32, type Kernels } from '../alu';
import { AUX, RESULT } from '../flags';
import { address, type Exec, type Op } from '../operands';
import type { Form, Operation, Shape, Sized } from './forms';
import { withKernel } from './forms';
import { CF, STATUS } from '../../../x86/flags';

type Forms = { readonly [F in Form]?: Exec };

// --- generic forms: the kernel returns what is stored ------------------------------------------------

const generic: Sized<Forms> = {
	8: {
		rr: (cpu, op) => void (cpu.u8[op.rm] = op.kernel(cpu, cpu.u8[op.rm], cpu.u8[op.reg])),
		ri: (cpu, op) => void (cpu.u8[op.rm] = op.kernel(cpu, cpu.u8[op.rm], op.imm)),
		rm: (cpu, op) => {
			const value = cpu.read8(op.seg, address(cpu, op));
			cpu.u8[op.reg] = op.kernel(cpu, cpu.u8[op.reg], value);
		},
		mr: (cpu, op) => modify8(cpu, op, cpu.u8[op.reg]),
		mi: (cpu, op) => modify8(cpu, op, op.imm)
	},
	16: {
		rr: (cpu, op) => void (cpu.u16[op.rm] = op.kernel(cpu, cpu.u16[op.rm], cpu.u16[op.reg])),
		ri: (cpu, op) => void (cpu.u16[op.rm] = op.kernel(cpu, cpu.u16[op.rm], op.imm)),
		rm: (cpu, op) => {
			const value = cpu.read16(op.seg, address(cpu, op));
			cpu.u16[op.reg] = op.kernel(cpu, cpu.u16[op.reg], value);
		},
		mr: (cpu, op) => modify16(cpu, op, cpu.u16[op.reg]),
		mi: (cpu, op) => modify16(cpu, op, op.imm)
	},
	32: {
		rr: (cpu, op) => void (cpu.s[op.rm] = op.kernel(cpu, cpu.s[op.rm], cpu.s[op.reg])),
		ri: (cpu, op) => void (cpu.s[op.rm] = op.kernel(cpu, cpu.s[op.rm], op.imm)),
		rm: (cpu, op) => {
			const value = cpu.read32(op.seg, address(cpu, op));
			cpu.s[op.reg] = op.kernel(cpu, cpu.s[op.reg], value);
		},
		mr: (cpu, op) => modify32(cpu, op, cpu.s[op.reg]),
		mi: (cpu, op) => modify32(cpu, op, op.imm)
	}
};

/** Reads, calculates and writes back a memory destination. Write permission is taken before anything changes. */
export function modify8(cpu: Cpu, op: Op, b: number): void {
	const offset = address(cpu, op);
	const a = cpu.readForWrite8(op.seg, offset);
	cpu.writeBack8(op.kernel(cpu, a, b));
}
export function modify16(cpu: Cpu, op: Op, b: number): void {
	const offset = address(cpu, op);
	const a = cpu.readForWrite16(op.seg, offset);
	cpu.writeBack16(op.kernel(cpu, a, b));
}
export function modify32(cpu: Cpu, op: Op, b: number): void {
	const offset = address(cpu, op);
	const a = cpu.readForWrite32(op.seg, offset);
	cpu.writeBack32(op.kernel(cpu, a, b));
}
export const modify: Sized<(cpu: Cpu, op: Op, b: number) => void> = { 8: modify8, 16: modify16, 32: modify32 };

// --- generic comparisons: only the flags stay -----------------------------------------------------------

const comparing: Sized<Forms> = {
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

/** Twins that write no flags. */
const nothing: Exec = () => {};
const QUIET: { readonly [name: string]: Forms } = {
	ADD: {
		rr: ({ s }, op) => void (s[op.rm] += s[op.reg]),
		ri: ({ s }, op) => void (s[op.rm] += op.imm)
	},
	SUB: {
		rr: ({ s }, op) => void (s[op.rm] -= s[op.reg]),
		ri: ({ s }, op) => void (s[op.rm] -= op.imm)
	},
	AND: {
		rr: ({ s }, op) => void (s[op.rm] &= s[op.reg]),
		ri: ({ s }, op) => void (s[op.rm] &= op.imm)
	},
	OR: {
		rr: ({ s }, op) => void (s[op.rm] |= s[op.reg]),
		ri: ({ s }, op) => void (s[op.rm] |= op.imm)
	},
	XOR: {
		rr: ({ s }, op) => void (s[op.rm] ^= s[op.reg]),
		ri: ({ s }, op) => void (s[op.rm] ^= op.imm)
	},
	CMP: { rr: nothing, ri: nothing },
	TEST: { rr: nothing, ri: nothing }
};

/** Looks a form up: the written-out one for 32 bits if there is one, else the generic one with its kernel. */
function choose(kernels: Kernels, forms: Sized<Forms>, special: Forms, quiet: Forms | undefined) {
	return ({ size, form }: Shape, op: Op): Exec => {
		const written = size === 32 ? special[form] : undefined;
		if (size === 32) op.quiet = quiet?.[form] ?? null;
		return written ?? withKernel(op, kernels[size], forms[size][form]!);
	};
}

const arithmetic = (name: string, kernels: Kernels, special: Forms, reads = 0): Operation => ({
	bind: choose(kernels, generic, special, QUIET[name]),
	reads,
	writes: STATUS,
	kills: STATUS,
	lock: true
});

const comparison = (name: string, kernels: Kernels, special: Forms): Operation => ({
	bind: choose(kernels, comparing, special, QUIET[name]),
	writes: STATUS,
	kills: STATUS
});

/** The eight of opcodes 00-3F and 80-83, in encoding order. */
export const ARITHMETIC: readonly (readonly [string, Operation])[] = [
	['ADD', arithmetic('ADD', ADD, ADD_FORMS)],
	['OR', arithmetic('OR', OR, OR_FORMS)],
	['ADC', arithmetic('ADC', ADC, {}, CF)],
	['SBB', arithmetic('SBB', SBB, {}, CF)],
	['AND', arithmetic('AND', AND, AND_FORMS)],
	['SUB', arithmetic('SUB', SUB, SUB_FORMS)],
	['XOR', arithmetic('XOR', XOR, XOR_FORMS)],
	['CMP', comparison('CMP', SUB, CMP_FORMS)]
];

export const TEST = comparison('TEST', AND, TEST_FORMS);

/** The comparisons of 32-bit registers that can be fused with the branch after them (fuse.ts). */
export const COMPARE_REGISTERS = CMP_FORMS.rr as Exec;
export const COMPARE_IMMEDIATE = CMP_FORMS.ri as Exec;
export const TEST_REGISTERS = TEST_FORMS.rr as Exec;
