/** Arithmetic of emulated stores: results and EFLAGS at 8, 16, 32 bits (SDM vol. 1, 3.4.3.1). */
import { AF, CF, OF, PF, SF, STATUS, ZF } from '../../x86/flags';
import type { FunctionName } from '../../x86/isa';

/** A result and the flags that it leaves. */
export interface Computed {
	readonly value: number;
	readonly eflags: number;
}

/** The largest value of `bits`. */
export const maskOf = (bits: number): number => 2 ** bits - 1;

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
const keepingCarry = ({ value, eflags }: Computed, before: number): Computed => ({
	value,
	eflags: (eflags & ~CF) | (before & CF)
});

/** A function of values below 2^bits, by the names of src/x86/isa/meaning.ts. What is not here, no emulated store does. */
export type StoreFunction = (a: number, b: number, bits: number, eflags: number) => Computed;
export const STORE_FUNCTIONS: { readonly [F in FunctionName]?: StoreFunction } = {
	add: (a, b, bits, eflags) => sum(a, b, 0, bits, eflags & ~STATUS),
	adc: (a, b, bits, eflags) => sum(a, b, eflags & CF, bits, eflags & ~STATUS),
	sub: (a, b, bits, eflags) => difference(a, b, 0, bits, eflags & ~STATUS),
	sbb: (a, b, bits, eflags) => difference(a, b, eflags & CF, bits, eflags & ~STATUS),
	and: (a, b, bits, eflags) => logic((a & b) >>> 0, bits, eflags & ~STATUS),
	or: (a, b, bits, eflags) => logic((a | b) >>> 0, bits, eflags & ~STATUS),
	xor: (a, b, bits, eflags) => logic((a ^ b) >>> 0, bits, eflags & ~STATUS),
	inc: (a, _b, bits, eflags) => keepingCarry(sum(a, 1, 0, bits, eflags & ~STATUS), eflags),
	dec: (a, _b, bits, eflags) => keepingCarry(difference(a, 1, 0, bits, eflags & ~STATUS), eflags),
	neg: (a, _b, bits, eflags) => difference(0, a, 0, bits, eflags & ~STATUS),
	not: (a, _b, bits, eflags) => ({ value: (~a & maskOf(bits)) >>> 0, eflags })
};
