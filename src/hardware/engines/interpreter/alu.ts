/**
 * Additions, subtractions and logic with their flags (SDM vol. 2, ADD, ADC, SUB, SBB, CMP, AND, OR, XOR, INC, DEC, NEG; vol. 1, appendix A).
 *
 * The carry out of each bit of a sum r = a + b is majority(a, b, carry in) = (a & b) | ((a | b) & ~r), and the borrow of a
 * difference r = a - b is (~a & b) | (~(a ^ b) & r). One such word gives CF, OF and AF at once (see flags.ts).
 */
import { AUX, AUX_MASK, carry, overflow, RESULT } from '../../cpu/flags';
import type { Kernel, Size } from './op';

/** One calculation in its three operand sizes. */
export type Kernels = { readonly [S in Size]: Kernel };

const sums = (r: number, a: number, b: number): number => (a & b) | ((a | b) & ~r);
const borrows = (r: number, a: number, b: number): number => (~a & b) | (~(a ^ b) & r);

/** AUX of a narrow carry vector: the top two carries moved up, AF's carry left in place. */
const narrow8 = (carries: number): number => ((carries << 24) | (carries & 8)) & AUX_MASK;
const narrow16 = (carries: number): number => ((carries << 16) | (carries & 8)) & AUX_MASK;

const add8: Kernel = ({ s }, a, b) => {
	const r = ((a + b) << 24) >> 24;
	s[AUX] = narrow8(sums(r, a, b));
	return (s[RESULT] = r) & 0xff;
};
const add16: Kernel = ({ s }, a, b) => {
	const r = ((a + b) << 16) >> 16;
	s[AUX] = narrow16(sums(r, a, b));
	return (s[RESULT] = r) & 0xffff;
};
export const add32: Kernel = ({ s }, a, b) => {
	const r = (a + b) | 0;
	s[AUX] = sums(r, a, b) & AUX_MASK;
	return (s[RESULT] = r);
};
export const ADD: Kernels = { 8: add8, 16: add16, 32: add32 };

export const ADC: Kernels = {
	8: ({ s }, a, b) => {
		const r = ((a + b + carry(s)) << 24) >> 24;
		s[AUX] = narrow8(sums(r, a, b));
		return (s[RESULT] = r) & 0xff;
	},
	16: ({ s }, a, b) => {
		const r = ((a + b + carry(s)) << 16) >> 16;
		s[AUX] = narrow16(sums(r, a, b));
		return (s[RESULT] = r) & 0xffff;
	},
	32: ({ s }, a, b) => {
		const r = (a + b + carry(s)) | 0;
		s[AUX] = sums(r, a, b) & AUX_MASK;
		return (s[RESULT] = r);
	}
};

const sub8: Kernel = ({ s }, a, b) => {
	const r = ((a - b) << 24) >> 24;
	s[AUX] = narrow8(borrows(r, a, b));
	return (s[RESULT] = r) & 0xff;
};
const sub16: Kernel = ({ s }, a, b) => {
	const r = ((a - b) << 16) >> 16;
	s[AUX] = narrow16(borrows(r, a, b));
	return (s[RESULT] = r) & 0xffff;
};
export const sub32: Kernel = ({ s }, a, b) => {
	const r = (a - b) | 0;
	s[AUX] = borrows(r, a, b) & AUX_MASK;
	return (s[RESULT] = r);
};
export const SUB: Kernels = { 8: sub8, 16: sub16, 32: sub32 };

export const SBB: Kernels = {
	8: ({ s }, a, b) => {
		const r = ((a - b - carry(s)) << 24) >> 24;
		s[AUX] = narrow8(borrows(r, a, b));
		return (s[RESULT] = r) & 0xff;
	},
	16: ({ s }, a, b) => {
		const r = ((a - b - carry(s)) << 16) >> 16;
		s[AUX] = narrow16(borrows(r, a, b));
		return (s[RESULT] = r) & 0xffff;
	},
	32: ({ s }, a, b) => {
		const r = (a - b - carry(s)) | 0;
		s[AUX] = borrows(r, a, b) & AUX_MASK;
		return (s[RESULT] = r);
	}
};

/** Writes the flags of a logical result: CF, OF and AF are cleared. */
const logic = (s: Int32Array, size: Size, value: number): number => {
	s[AUX] = 0;
	if (size === 32) return (s[RESULT] = value);
	const shift = 32 - size;
	s[RESULT] = (value << shift) >> shift;
	return (value << shift) >>> shift;
};

export const and32: Kernel = ({ s }, a, b) => {
	s[AUX] = 0;
	return (s[RESULT] = a & b);
};
export const or32: Kernel = ({ s }, a, b) => {
	s[AUX] = 0;
	return (s[RESULT] = a | b);
};
export const xor32: Kernel = ({ s }, a, b) => {
	s[AUX] = 0;
	return (s[RESULT] = a ^ b);
};
export const AND: Kernels = {
	8: ({ s }, a, b) => logic(s, 8, a & b),
	16: ({ s }, a, b) => logic(s, 16, a & b),
	32: and32
};
export const OR: Kernels = {
	8: ({ s }, a, b) => logic(s, 8, a | b),
	16: ({ s }, a, b) => logic(s, 16, a | b),
	32: or32
};
export const XOR: Kernels = {
	8: ({ s }, a, b) => logic(s, 8, a ^ b),
	16: ({ s }, a, b) => logic(s, 16, a ^ b),
	32: xor32
};

/** Runs an addition or subtraction of one that keeps CF (INC, DEC). */
const keepCarry =
	(kernel: Kernel): Kernel =>
	(cpu, a) => {
		const s = cpu.s;
		const cf = carry(s);
		const r = kernel(cpu, a, 1);
		s[AUX] = (s[AUX] & 8) | (cf << 31) | ((cf ^ overflow(s)) << 30);
		return r;
	};

export const inc32: Kernel = ({ s }, a) => {
	const r = (a + 1) | 0;
	const cf = s[AUX] & 0x8000_0000;
	const of = r === -0x8000_0000 ? 0x4000_0000 : 0;
	s[AUX] = cf | ((cf >>> 1) ^ of) | ((r & 15) === 0 ? 8 : 0);
	return (s[RESULT] = r);
};
export const dec32: Kernel = ({ s }, a) => {
	const r = (a - 1) | 0;
	const cf = s[AUX] & 0x8000_0000;
	const of = r === 0x7fff_ffff ? 0x4000_0000 : 0;
	s[AUX] = cf | ((cf >>> 1) ^ of) | ((r & 15) === 15 ? 8 : 0);
	return (s[RESULT] = r);
};
export const INC: Kernels = { 8: keepCarry(add8), 16: keepCarry(add16), 32: inc32 };
export const DEC: Kernels = { 8: keepCarry(sub8), 16: keepCarry(sub16), 32: dec32 };

const negate =
	(kernel: Kernel): Kernel =>
	(cpu, a) =>
		kernel(cpu, 0, a);
export const NEG: Kernels = { 8: negate(sub8), 16: negate(sub16), 32: negate(sub32) };

/** NOT writes no flags. */
export const NOT: Kernels = { 8: (_cpu, a) => ~a & 0xff, 16: (_cpu, a) => ~a & 0xffff, 32: (_cpu, a) => ~a };
