/**
 * Decimal adjustments (SDM vol. 2, AAA, AAD, AAM, AAS, DAA, DAS). Flags that the manual leaves undefined follow the
 * processors compared with.
 */
import { ADD, SUB } from './alu';
import type { Cpu } from '../../cpu/cpu';
import { adjust, AUX, carry, changeStatus, RESULT } from '../../cpu/flags';
import { VECTOR } from '../../../x86/exceptions';
import { AF, CF } from '../../../x86/flags';

/** AL as u8[0], AH as u8[1], AX as u16[0]. */
const AL = 0;
const AH = 1;
const AX = 0;

/** Sets CF and AF over the flags that the adjusting addition or subtraction left. */
const setCarries = (s: Int32Array, cf: number, af: number): void =>
	changeStatus(s, CF | AF, (cf === 1 ? CF : 0) | (af === 1 ? AF : 0));

export function decimalAdjustAdd(cpu: Cpu): void {
	const { s, u8 } = cpu;
	const al = u8[AL];
	const af = (al & 15) > 9 || adjust(s) === 1 ? 1 : 0;
	const cf = al > 0x99 || carry(s) === 1 ? 1 : 0;
	u8[AL] = ADD[8](cpu, al, 6 * af + 0x60 * cf);
	setCarries(s, cf, af);
}

export function decimalAdjustSubtract(cpu: Cpu): void {
	const { s, u8 } = cpu;
	const al = u8[AL];
	const af = (al & 15) > 9 || adjust(s) === 1 ? 1 : 0;
	const high = al > 0x99 || carry(s) === 1 ? 1 : 0;
	const borrow = af === 1 && al < 6 ? 1 : 0;
	u8[AL] = SUB[8](cpu, al, 6 * af + 0x60 * high);
	setCarries(s, high | borrow, af);
}

/** AAA and AAS: SF, ZF and PF come from AX before AL is cut to a digit. */
function asciiAdjust(cpu: Cpu, calculate: typeof ADD): void {
	const { s, u8, u16 } = cpu;
	const adjusts = (u8[AL] & 15) > 9 || adjust(s) === 1 ? 1 : 0;
	u16[AX] = calculate[16](cpu, u16[AX], 0x106 * adjusts);
	u8[AL] &= 15;
	setCarries(s, adjusts, adjusts);
}
export const asciiAdjustAdd = (cpu: Cpu): void => asciiAdjust(cpu, ADD);
export const asciiAdjustSubtract = (cpu: Cpu): void => asciiAdjust(cpu, SUB);

export function asciiAdjustMultiply(cpu: Cpu, base: number): void {
	if (base === 0) throw cpu.fault(VECTOR.DE);
	const { s, u8 } = cpu;
	const al = u8[AL];
	u8[AH] = Math.floor(al / base);
	u8[AL] = al % base;
	s[RESULT] = (u8[AL] << 24) >> 24;
	s[AUX] = 0;
}

export function asciiAdjustDivide(cpu: Cpu, base: number): void {
	const { u8, u16 } = cpu;
	u16[AX] = ADD[8](cpu, u8[AL], (u8[AH] * base) & 0xff);
}
