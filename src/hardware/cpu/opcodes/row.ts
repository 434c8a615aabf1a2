/**
 * One row of the opcode table, in the notation of the manual (SDM vol. 2, 3.1.1).
 *
 *     '01 /r'        opcode bytes, ModRM byte with a register
 *     '80 /4 ib'     ModRM byte whose reg field is 4, immediate byte
 *     '50+r'         register in the low three bits of the opcode
 *     '0F AE E8'     a third byte stands for a ModRM byte with mod = 3
 *     NP            no 66, F2 or F3 prefix is allowed
 *     ib iw iw/id    immediate of 8, 16, or 16 or 32 bits by operand size
 *     cb cw/cd       branch displacement; cp a far pointer; mo an offset of address size
 *
 * Operands: r8 r16 r32 r/m8 m16 imm8 ... , and `16/32` where the operand size decides: one row stands for both sizes.
 */
import type { Operation } from '../ops/forms';

export interface Row {
	readonly opcode: string;
	/** The instruction as the manual writes it, e.g. `ADD r/m16/32, r16/32`. */
	readonly text: string;
	readonly operation: Operation;
}

export const row = (opcode: string, text: string, operation: Operation): Row => ({ opcode, text, operation });

/** `base + n` as two hexadecimal digits. */
export const opcodeByte = (base: number, n = 0): string => (base + n).toString(16).toUpperCase().padStart(2, '0');
