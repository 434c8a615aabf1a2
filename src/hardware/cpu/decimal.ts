/**
 * Decimal adjustments (SDM vol. 2, AAA, AAD, AAM, AAS, DAA, DAS). Flags that the manual leaves undefined follow the
 * processors compared with.
 */
import type { Cpu } from './cpu';
import { VECTOR } from './fault';
import { adjust, AF, AUX, carry, CF, RESULT, setStatus, status } from './flags';

/** AL as u8[0] and AH as u8[1]. */
const AL = 0;
const AH = 1;

/** SF, ZF and PF by `value`, CF and AF as given, OF clear. */
function setResult(s: Int32Array, value: number, cf: number, af: number): void {
	s[RESULT] = (value << 24) >> 24;
	s[AUX] = (cf << 31) | (cf << 30) | (af << 3);
}

export function decimalAdjustAdd(cpu: Cpu): void {
	const { s, u8 } = cpu;
	const al = u8[AL];
	const af = (al & 15) > 9 || adjust(s) === 1 ? 1 : 0;
	const cf = al > 0x99 || carry(s) === 1 ? 1 : 0;
	u8[AL] = al + 6 * af + 0x60 * cf;
	setResult(s, u8[AL], cf, af);
}

export function decimalAdjustSubtract(cpu: Cpu): void {
	const { s, u8 } = cpu;
	const al = u8[AL];
	const af = (al & 15) > 9 || adjust(s) === 1 ? 1 : 0;
	const high = al > 0x99 || carry(s) === 1 ? 1 : 0;
	const borrow = af === 1 && al < 6 ? 1 : 0;
	u8[AL] = al - 6 * af - 0x60 * high;
	setResult(s, u8[AL], high | borrow, af);
}

export function asciiAdjustAdd(cpu: Cpu): void {
	const { s, u8, u16 } = cpu;
	const adjusts = (u8[AL] & 15) > 9 || adjust(s) === 1;
	if (adjusts) u16[0] += 0x106;
	u8[AL] &= 15;
	asciiFlags(s, adjusts);
}

export function asciiAdjustSubtract(cpu: Cpu): void {
	const { s, u8, u16 } = cpu;
	const adjusts = (u8[AL] & 15) > 9 || adjust(s) === 1;
	if (adjusts) {
		u16[0] -= 6;
		u8[AH] -= 1;
	}
	u8[AL] &= 15;
	asciiFlags(s, adjusts);
}

/** AF and CF by whether AL was adjusted; the others are undefined. */
function asciiFlags(s: Int32Array, adjusts: boolean): void {
	setStatus(s, (status(s) & ~(AF | CF)) | (adjusts ? AF | CF : 0));
}

export function asciiAdjustMultiply(cpu: Cpu, base: number): void {
	if (base === 0) throw cpu.fault(VECTOR.DE);
	const { s, u8 } = cpu;
	const al = u8[AL];
	u8[AH] = Math.floor(al / base);
	u8[AL] = al % base;
	setResult(s, u8[AL], 0, 0);
}

export function asciiAdjustDivide(cpu: Cpu, base: number): void {
	const { s, u8, u16 } = cpu;
	u16[0] = (u8[AL] + u8[AH] * base) & 0xff;
	setResult(s, u8[AL], 0, 0);
}
