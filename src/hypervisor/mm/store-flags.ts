/** Arithmetic of emulated stores: results and EFLAGS at 8, 16, 32 bits (SDM vol. 1, 3.4.3.1). */
import { AF, CF, OF, PF, SF, STATUS, ZF } from '../../x86/flags';
/** A result and the flags that it leaves. */
export interface Computed {
	readonly value: number;
	readonly eflags: number;
}

/** Names in the order of bits 5–3 of the opcode. */
export const ALU = ['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp'] as const;
export type AluOp = (typeof ALU)[number];

const maskOf = (bits: number): number => (bits === 32 ? 0xffff_ffff : 2 ** bits - 1);

function parity(value: number): number {
	let byte = value & 0xff;
	byte ^= byte >> 4;
	byte ^= byte >> 2;
	return ((byte ^ (byte >> 1)) & 1) === 0 ? PF : 0;
}

/** SF, ZF and PF of a result. */
function signs(value: number, bits: number): number {
	return (value === 0 ? ZF : 0) | (value >= 2 ** (bits - 1) ? SF : 0) | parity(value);
}

/** `a` op `b`, both below 2^bits. */
export function alu(op: AluOp, a: number, b: number, bits: number, eflags: number): Computed {
	const kept = eflags & ~STATUS;
	const carry = eflags & CF;
	switch (op) {
		case 'or':
			return logic((a | b) >>> 0, bits, kept);
		case 'and':
			return logic((a & b) >>> 0, bits, kept);
		case 'xor':
			return logic((a ^ b) >>> 0, bits, kept);
		case 'add':
			return sum(a, b, 0, bits, kept);
		case 'adc':
			return sum(a, b, carry, bits, kept);
		case 'sbb':
			return difference(a, b, carry, bits, kept);
		default:
			return difference(a, b, 0, bits, kept);
	}
}

const logic = (value: number, bits: number, kept: number): Computed => ({ value, eflags: kept | signs(value, bits) });

function sum(a: number, b: number, carry: number, bits: number, kept: number): Computed {
	const value = ((a + b + carry) % 2 ** bits) >>> 0;
	const overflow = ((a ^ value) & (b ^ value)) >>> (bits - 1);
	const flags = (a + b + carry > maskOf(bits) ? CF : 0) | ((a ^ b ^ value) & AF) | ((overflow & 1) !== 0 ? OF : 0);
	return { value, eflags: kept | flags | signs(value, bits) };
}

function difference(a: number, b: number, borrow: number, bits: number, kept: number): Computed {
	const value = ((a - b - borrow) & maskOf(bits)) >>> 0;
	const overflow = ((a ^ b) & (a ^ value)) >>> (bits - 1);
	const flags = (a < b + borrow ? CF : 0) | ((a ^ b ^ value) & AF) | ((overflow & 1) !== 0 ? OF : 0);
	return { value, eflags: kept | flags | signs(value, bits) };
}

/** INC and DEC leave CF alone. */
export function step(a: number, by: 1 | -1, bits: number, eflags: number): Computed {
	const { value, eflags: after } = alu(by === 1 ? 'add' : 'sub', a, 1, bits, eflags);
	return { value, eflags: (after & ~CF) | (eflags & CF) };
}
