/**
 * Shifts, rotates and double shifts with their flags (SDM vol. 2, RCL/RCR/ROL/ROR, SAL/SAR/SHL/SHR, SHLD, SHRD).
 *
 * The count is masked to five bits; a count of zero changes no flag. OF is defined for a count of one only: for larger
 * counts these follow what processors do, which the comparison with the host's processor shows.
 */
import type { Kernels } from './alu';
import type { Cpu } from '../../cpu/cpu';
import { AUX, carry, RESULT, setCarry } from '../../cpu/flags';
import type { Kernel, Size } from './op';

const sizes = (make: (size: Size) => Kernel): Kernels => ({ 8: make(8), 16: make(16), 32: make(32) });

/** Writes all six flags of a shift: ZF, SF, PF by the result, CF and OF as given, AF (undefined) set. Returns the truncated result. */
function shifted(s: Int32Array, size: Size, value: number, cf: number, of: number): number {
	const up = 32 - size;
	const result = (value << up) >> up;
	s[RESULT] = result;
	s[AUX] = (cf << 31) | ((cf ^ of) << 30) | 8;
	return size === 32 ? result : (value << up) >>> up;
}

/** Writes CF and OF of a rotate and keeps the other four. */
function rotated(s: Int32Array, cf: number, of: number): void {
	s[AUX] = (s[AUX] & 0x3fff_ffff) | (cf << 31) | ((cf ^ of) << 30);
}

export const SHL = sizes((size) => (cpu, a, b) => {
	const count = b & 31;
	if (count === 0) return a;
	const cf = count > size ? 0 : (a >>> (size - count)) & 1;
	const value = a << count;
	return shifted(cpu.s, size, value, cf, cf ^ ((value >>> (size - 1)) & 1));
});

export const SHR = sizes((size) => (cpu, a, b) => {
	const count = b & 31;
	if (count === 0) return a;
	const unsigned = size === 32 ? a : a & ((1 << size) - 1);
	const value = unsigned >>> count;
	const cf = (unsigned >>> (count - 1)) & 1;
	return shifted(cpu.s, size, value, cf, (((value << 1) ^ value) >>> (size - 1)) & 1);
});

export const SAR = sizes((size) => (cpu, a, b) => {
	const count = b & 31;
	if (count === 0) return a;
	const up = 32 - size;
	const signed = (a << up) >> up;
	return shifted(cpu.s, size, signed >> count, (signed >> (count - 1)) & 1, 0);
});

export const ROL = sizes((size) => (cpu, a, b) => {
	if ((b & 31) === 0) return a;
	const count = b & (size - 1);
	const value = rotateLeft(a, count, size);
	const cf = value & 1;
	rotated(cpu.s, cf, cf ^ ((value >>> (size - 1)) & 1));
	return value;
});

export const ROR = sizes((size) => (cpu, a, b) => {
	if ((b & 31) === 0) return a;
	const value = rotateLeft(a, (size - (b & (size - 1))) & (size - 1), size);
	const cf = (value >>> (size - 1)) & 1;
	rotated(cpu.s, cf, cf ^ ((value >>> (size - 2)) & 1));
	return value;
});

function rotateLeft(a: number, count: number, size: Size): number {
	if (size === 32) return (a << count) | (count === 0 ? 0 : a >>> (32 - count));
	const mask = (1 << size) - 1;
	const bits = a & mask;
	return ((bits << count) | (bits >>> (size - count))) & mask;
}

/** Rotates left through CF by `count` (less than size + 1) in `size + 1` bits. */
function throughCarry(s: Int32Array, a: number, count: number, size: Size): number {
	let cf = carry(s);
	let value = size === 32 ? a : a & ((1 << size) - 1);
	for (let i = 0; i < count; i++) {
		const out = (value >>> (size - 1)) & 1;
		value = (value << 1) | cf;
		cf = out;
	}
	setCarry(s, cf);
	return size === 32 ? value : value & ((1 << size) - 1);
}

export const RCL = sizes((size) => (cpu, a, b) => {
	const count = (b & 31) % (size + 1);
	if ((b & 31) === 0) return a;
	const value = throughCarry(cpu.s, a, count, size);
	const cf = carry(cpu.s);
	rotated(cpu.s, cf, cf ^ ((value >>> (size - 1)) & 1));
	return value;
});

export const RCR = sizes((size) => (cpu, a, b) => {
	const count = (b & 31) % (size + 1);
	if ((b & 31) === 0) return a;
	const value = throughCarry(cpu.s, a, (size + 1 - count) % (size + 1), size);
	const cf = carry(cpu.s);
	rotated(cpu.s, cf, ((value >>> (size - 1)) ^ (value >>> (size - 2))) & 1);
	return value;
});

/**
 * SHLD: `a` shifted left, filled from the top of `b`. Counts above 16 are undefined for 16 bits: processors go on with `b`
 * again, and clear CF.
 */
export function shiftLeftDouble(cpu: Cpu, size: Size, a: number, b: number, countByte: number): number {
	const count = countByte & 31;
	if (count === 0) return a;
	if (size === 32) {
		const value = (a << count) | (b >>> (32 - count));
		const cf = (a >>> (32 - count)) & 1;
		return shifted(cpu.s, 32, value, cf, cf ^ (value >>> 31));
	}
	if (count > 16) return shifted(cpu.s, 16, rotateLeft(b, count - 16, 16), 0, 0);
	const value = ((((a & 0xffff) << 16) | (b & 0xffff)) << count) >>> 16;
	const cf = (a >>> (16 - count)) & 1;
	return shifted(cpu.s, 16, value, cf, cf ^ ((value >>> 15) & 1));
}

/** SHRD: `a` shifted right, filled from the bottom of `b`. */
export function shiftRightDouble(cpu: Cpu, size: Size, a: number, b: number, countByte: number): number {
	const count = countByte & 31;
	if (count === 0) return a;
	if (size === 32) {
		const value = (a >>> count) | (b << (32 - count));
		const cf = (a >>> (count - 1)) & 1;
		return shifted(cpu.s, 32, value, cf, ((value ^ (value << 1)) >>> 31) & 1);
	}
	const wide = ((b & 0xffff) << 16) | (a & 0xffff);
	const value = count > 16 ? rotateLeft(b, 32 - count, 16) : wide >>> count;
	const cf = count > 16 ? 0 : (wide >>> (count - 1)) & 1;
	return shifted(cpu.s, 16, value, cf, ((value ^ (value << 1)) >>> 15) & 1);
}
