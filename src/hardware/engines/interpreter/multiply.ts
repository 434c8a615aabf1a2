/**
 * Multiplication and division (SDM vol. 2, MUL, IMUL, DIV, IDIV). What the manual leaves undefined
 * follows the processors compared with: a multiplication keeps SF, ZF, AF and PF; a division keeps CF and OF, sets AF and clears the rest.
 */
import { REG } from '../../layout';
import type { Cpu } from '../../cpu/cpu';
import { AUX, changeStatus } from '../../cpu/flags';
import type { Size } from './op';
import { VECTOR } from '../../../x86/exceptions';
import { AF, PF, SF, ZF } from '../../../x86/flags';

const EAX = REG.EAX << 1;
const EDX = REG.EDX << 1;
const AX = REG.EAX << 2;
const DX = REG.EDX << 2;

/** Upper 32 bits of the unsigned 64-bit product. */
export function multiplyHigh(a: number, b: number): number {
	const a0 = a & 0xffff;
	const a1 = a >>> 16;
	const b0 = b & 0xffff;
	const b1 = b >>> 16;
	const middle = a1 * b0 + ((a0 * b0) >>> 16);
	const low = a0 * b1 + (middle % 0x1_0000);
	return (a1 * b1 + Math.floor(middle / 0x1_0000) + Math.floor(low / 0x1_0000)) | 0;
}

/** Upper 32 bits of the signed 64-bit product. */
export const multiplyHighSigned = (a: number, b: number): number =>
	(multiplyHigh(a, b) - (a < 0 ? b : 0) - (b < 0 ? a : 0)) | 0;

/** CF and OF say that the upper half is needed. */
function setOverflow(s: Int32Array, set: boolean): void {
	s[AUX] = (s[AUX] & 0x3fff_ffff) | (set ? 0x8000_0000 : 0);
}

export function multiply(cpu: Cpu, size: Size, b: number): void {
	const { s, u16 } = cpu;
	if (size === 8) {
		const product = (s[EAX] & 0xff) * b;
		u16[AX] = product;
		setOverflow(s, product > 0xff);
	} else if (size === 16) {
		const product = u16[AX] * b;
		u16[AX] = product;
		u16[DX] = product >>> 16;
		setOverflow(s, product > 0xffff);
	} else {
		const a = s[EAX];
		s[EAX] = Math.imul(a, b);
		s[EDX] = multiplyHigh(a, b);
		setOverflow(s, s[EDX] !== 0);
	}
}

export function multiplySigned(cpu: Cpu, size: Size, b: number): void {
	const { s, u16 } = cpu;
	if (size === 8) {
		const product = ((s[EAX] << 24) >> 24) * ((b << 24) >> 24);
		u16[AX] = product;
		setOverflow(s, product !== (product << 24) >> 24);
	} else if (size === 16) {
		const product = ((s[EAX] << 16) >> 16) * ((b << 16) >> 16);
		u16[AX] = product;
		u16[DX] = product >> 16;
		setOverflow(s, product !== (product << 16) >> 16);
	} else {
		const a = s[EAX];
		s[EAX] = Math.imul(a, b);
		s[EDX] = multiplyHighSigned(a, b);
		setOverflow(s, s[EDX] !== s[EAX] >> 31);
	}
}

/** IMUL with two or three operands: the truncated product. */
export function multiplyTruncated(cpu: Cpu, size: Size, a: number, b: number): number {
	if (size === 16) {
		const product = ((a << 16) >> 16) * ((b << 16) >> 16);
		setOverflow(cpu.s, product !== (product << 16) >> 16);
		return product & 0xffff;
	}
	const product = Math.imul(a, b);
	setOverflow(cpu.s, multiplyHighSigned(a, b) !== product >> 31);
	return product;
}

/** Above this a double may round a quotient up to the next integer. */
const EXACT = 2 ** 52;

/** Truncated quotient and remainder of `high:low / divisor`, exact. */
function divideWide(high: number, low: number, divisor: number): [number, number] {
	const dividend = high * 0x1_0000_0000 + (low >>> 0);
	if (Math.abs(dividend) < EXACT) {
		const quotient = Math.trunc(dividend / divisor);
		return [quotient, dividend - quotient * divisor];
	}
	const wide = BigInt(high) * 0x1_0000_0000n + BigInt(low >>> 0);
	return [Number(wide / BigInt(divisor)), Number(wide % BigInt(divisor))];
}

/** Stores quotient and remainder, or throws #DE where the quotient does not fit. */
function commitDivision(cpu: Cpu, size: Size, quotient: number, remainder: number, fits: boolean): void {
	if (!fits) throw cpu.fault(VECTOR.DE);
	const { s, u8, u16 } = cpu;
	changeStatus(s, SF | ZF | AF | PF, AF);
	if (size === 8) {
		u8[0] = quotient;
		u8[1] = remainder;
	} else if (size === 16) {
		u16[AX] = quotient;
		u16[DX] = remainder;
	} else {
		s[EAX] = quotient;
		s[EDX] = remainder;
	}
}

export function divide(cpu: Cpu, size: Size, operand: number): void {
	const divisor = operand >>> 0;
	if (divisor === 0) throw cpu.fault(VECTOR.DE);
	const { s, u16 } = cpu;
	if (size === 32) {
		const [quotient, remainder] = divideWide(s[EDX] >>> 0, s[EAX], divisor);
		return commitDivision(cpu, 32, quotient, remainder, quotient <= 0xffff_ffff);
	}
	const dividend = size === 8 ? u16[AX] : ((u16[DX] << 16) | u16[AX]) >>> 0;
	const quotient = Math.floor(dividend / divisor);
	commitDivision(cpu, size, quotient, dividend % divisor, quotient < 2 ** size);
}

export function divideSigned(cpu: Cpu, size: Size, operand: number): void {
	const up = 32 - size;
	const divisor = (operand << up) >> up;
	if (divisor === 0) throw cpu.fault(VECTOR.DE);
	const { s, u16 } = cpu;
	if (size === 32) {
		const [quotient, remainder] = divideWide(s[EDX], s[EAX], divisor);
		return commitDivision(cpu, 32, quotient, remainder, quotient >= -0x8000_0000 && quotient <= 0x7fff_ffff);
	}
	const dividend = size === 8 ? (s[EAX] << 16) >> 16 : (u16[DX] << 16) | u16[AX];
	const quotient = Math.trunc(dividend / divisor);
	const bound = 2 ** (size - 1);
	commitDivision(cpu, size, quotient, dividend % divisor, quotient >= -bound && quotient < bound);
}
