/**
 * EFLAGS, kept lazily (SDM vol. 1, 3.4.3).
 *
 * An arithmetic instruction stores its result and its carries; nobody computes the six status flags until somebody asks.
 * Two words hold all six of them, whatever the operand size:
 *
 *     RESULT  the result, sign-extended to 32 bits
 *     AUX     31  carry out of the top bit                      CF = bit 31
 *             30  carry out of the bit below it                 OF = bit 31 xor bit 30
 *             15..8  "parity delta"                             PF = even parity of (RESULT xor delta)
 *              3  carry out of bit 3                            AF = bit 3
 *              0  "sign delta"                                  SF = sign of RESULT xor bit 0
 *                                                               ZF = (RESULT is 0)
 *
 * The deltas are zero after arithmetic; POPF, IRET and SAHF need them to express flags that no result has,
 * such as ZF and SF together. All other bits of EFLAGS stand in the FLAGS register as they are.
 */
import { FLAGS_INDEX, REG } from '../layout';
import type { Cpu } from './cpu';
import { AF, CF, FIXED, SF, ZF, TF, IF, DF, IOPL, NT, RF, VM, AC, VIF, VIP, ID } from '../../x86/flags';

/** Int32 indexes of the two lazy words. */
export const RESULT = REG.INTERPRETER << 1;
export const AUX = (REG.INTERPRETER + 1) << 1;

/** Bits that stand in the FLAGS register as they are: all that are defined but the six of arithmetic. */
const STORED = TF | IF | DF | IOPL | NT | RF | VM | AC | VIF | VIP | ID;

/** The bits of a carry vector that AUX keeps after arithmetic. */
export const AUX_MASK = 0xc000_0008 | 0;

/** Even parity of each byte value: 1 where PF would be set. */
const PARITY = Uint8Array.from({ length: 256 }, (_, byte) => {
	let bits = 0;
	for (let b = byte; b !== 0; b >>= 1) bits ^= b & 1;
	return bits ^ 1;
});

export const carry = (s: Int32Array): number => s[AUX] >>> 31;
export const overflow = (s: Int32Array): number => (s[AUX] ^ (s[AUX] << 1)) >>> 31;
export const zero = (s: Int32Array): number => (s[RESULT] === 0 ? 1 : 0);
export const sign = (s: Int32Array): number => (s[RESULT] ^ (s[AUX] << 31)) >>> 31;
export const parity = (s: Int32Array): number => PARITY[(s[RESULT] ^ (s[AUX] >> 8)) & 0xff];
export const adjust = (s: Int32Array): number => (s[AUX] >> 3) & 1;

/** The six status flags as they stand in EFLAGS. */
export const status = (s: Int32Array): number =>
	carry(s) | (parity(s) << 2) | (adjust(s) << 4) | (zero(s) << 6) | (sign(s) << 7) | (overflow(s) << 11);

/** Sets all six status flags from a value laid out as EFLAGS. */
export function setStatus(s: Int32Array, value: number): void {
	const cf = value & CF;
	const result = value & ZF ? 0 : 1;
	// Parity of 0 is even and of 1 odd: the delta flips it where the flag says otherwise.
	const delta = ((value >> 2) & 1) ^ PARITY[result];
	s[RESULT] = result;
	s[AUX] = (cf << 31) | ((cf ^ ((value >> 11) & 1)) << 30) | (delta << 8) | ((value & AF) >> 1) | ((value & SF) >> 7);
}

/** Sets the status flags in `mask` from `value` and keeps the others. */
export function changeStatus(s: Int32Array, mask: number, value: number): void {
	setStatus(s, (status(s) & ~mask) | (value & mask));
}

/** Sets CF and keeps the other five. */
export function setCarry(s: Int32Array, cf: number): void {
	const of = overflow(s);
	s[AUX] = (s[AUX] & 0x3fff_ffff) | (cf << 31) | ((cf ^ of) << 30);
}

/** The whole of EFLAGS. */
export const readEflags = (cpu: Cpu): number => (cpu.s[FLAGS_INDEX] & STORED) | status(cpu.s) | FIXED;

/** Writes all defined bits of EFLAGS, without any privilege rule. */
export function writeEflags(cpu: Cpu, value: number): void {
	cpu.s[FLAGS_INDEX] = (value & STORED) | FIXED;
	setStatus(cpu.s, value);
}

/** The sixteen conditions in encoding order (SDM vol. 2, appendix B, table B-10). */
export const CONDITIONS: readonly ((s: Int32Array) => boolean)[] = [
	(s) => overflow(s) === 1,
	(s) => overflow(s) === 0,
	(s) => s[AUX] < 0,
	(s) => s[AUX] >= 0,
	(s) => s[RESULT] === 0,
	(s) => s[RESULT] !== 0,
	(s) => s[AUX] < 0 || s[RESULT] === 0,
	(s) => s[AUX] >= 0 && s[RESULT] !== 0,
	(s) => sign(s) === 1,
	(s) => sign(s) === 0,
	(s) => parity(s) === 1,
	(s) => parity(s) === 0,
	(s) => less(s),
	(s) => !less(s),
	(s) => s[RESULT] === 0 || less(s),
	(s) => s[RESULT] !== 0 && !less(s)
];

/** SF differs from OF. */
export const less = (s: Int32Array): boolean => (s[RESULT] ^ (s[AUX] << 31) ^ s[AUX] ^ (s[AUX] << 1)) < 0;
