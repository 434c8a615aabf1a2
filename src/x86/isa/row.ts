/**
 * One row of the opcode table: encoding and operands in the notation of the manual (SDM vol. 2, 3.1.1), and what the instruction means.
 *
 *     '01 /r'        opcode bytes, ModRM byte with a register
 *     '80 /4 ib'     ModRM byte whose reg field is 4, immediate byte
 *     '50+r'         register in the low three bits of the opcode
 *     '0F AE E8'     a third byte stands for a ModRM byte with mod = 3
 *     NP            no 66, F2 or F3 prefix is allowed
 *     ib iw iw/id    immediate of 8, 16, or 16 or 32 bits by operand size
 *     cb cw/cd       branch displacement; cp a far pointer; mo an offset of address size
 *
 * Operands: r8 r16 r32 r/m8 m16 imm8 ... , and `16/32` where the operand size decides: one row stands for both sizes. Memory that no byte names is
 * `Y8` at ES:eDI or `X8` at DS:eSI (the letters of SDM vol. 2, appendix A), and `B8` at DS:eBX.
 */
import { flagEffects, meaning, type FlagEffects, type Meaning } from './meaning';

/** What a meaning does not say. */
export interface Traits {
	/** Flags, where a procedure reads or writes them. */
	readonly reads?: number;
	readonly writes?: number;
	readonly kills?: number;
	/** LOCK is legal when the destination lies in memory. */
	readonly lock?: boolean;
	/** It ends a block of code: control transfer, or a change of mode or interrupt state. */
	readonly ends?: boolean;
	/** It ends its block by setting EIP, and changes no mode: near transfers. */
	readonly plain?: boolean;
	/** It may fault although it has no memory operand. */
	readonly faults?: boolean;
	/** F2 and F3 mean repetition. */
	readonly repeats?: boolean;
	/** It names a memory operand but does not access it. */
	readonly untouched?: boolean;
}

export interface Row {
	readonly opcode: string;
	/** The instruction as the manual writes it, e.g. `ADD r/m16/32, r16/32`. */
	readonly text: string;
	readonly meaning: Meaning;
	readonly traits: Traits;
	readonly flags: FlagEffects;
}

/** A row; throws where its meaning cannot be read. */
export function row(opcode: string, text: string, means: string, traits: Traits = {}): Row {
	const it = meaning(means);
	const derived = flagEffects(it);
	// A count of one is known to shift, and so to overwrite.
	const counted = text.endsWith(', 1') ? derived.writes : derived.kills;
	return {
		opcode,
		text,
		meaning: it,
		traits,
		flags: {
			reads: traits.reads ?? derived.reads,
			writes: traits.writes ?? derived.writes,
			kills: traits.kills ?? counted
		}
	};
}

/** `base + n` as two hexadecimal digits. */
export const opcodeByte = (base: number, n = 0): string => (base + n).toString(16).toUpperCase().padStart(2, '0');

/** Mnemonic of a row. */
export const mnemonicOf = ({ text }: Row): string => text.split(' ')[0];

/** Operands of a row, as they are written. */
export const operandsOf = ({ text }: Row): string[] =>
	text.includes(' ') ? text.slice(text.indexOf(' ') + 1).split(', ') : [];
