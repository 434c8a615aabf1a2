/**
 * Where things lie in the machine's one WebAssembly.Memory. The interpreter, the pictures and any
 * later engine all read this map; nothing else knows an offset.
 *
 *     0x00000  the page of processor 0
 *     0x10000  RAM: physical byte p is at RAM_BASE + p
 *     then     the pages of further processors
 *     then     a byte for each word up to the end of RAM: whether it was written to (memory.ts)
 *
 * A processor's page, of PROCESSOR_BYTES:
 *
 *     0x0000  registers, 8 bytes each (the low 4 are used)
 *     0x0100  segment cache: 8 words a segment register
 *     0x01c0  counters that the hit paths bump
 *     0x1000  front translation arrays: a strict subset of the TLB, direct mapped
 *     0x4000  the TLB itself
 *
 * Every `*_INDEX` and `*_WORD` is an index into the Int32Array over a processor's page (`Cpu.s`).
 */

import { GPR } from '../x86/registers';

/** Register numbers: the general registers' own, then ours. */
export const REG = {
	EAX: GPR.EAX,
	ECX: GPR.ECX,
	EDX: GPR.EDX,
	EBX: GPR.EBX,
	ESP: GPR.ESP,
	EBP: GPR.EBP,
	ESI: GPR.ESI,
	EDI: GPR.EDI,
	/** Always zero: stands for "no base" and "no index" in addresses. */
	ZERO: 8,
	EIP: 9,
	/** System and control bits of EFLAGS; the arithmetic bits may be lazy (see cpu/flags.ts). */
	FLAGS: 10,
	/** 11..31 belong to the interpreter: the operands of lazy flags and its scratch registers. */
	INTERPRETER: 11,
	INTERPRETER_LAST: 31
} as const;

/** Int32 index of register `r`. */
export const regIndex = (r: number): number => r << 1;

export const EIP_INDEX = REG.EIP << 1;
export const FLAGS_INDEX = REG.FLAGS << 1;
export const ESP_INDEX = REG.ESP << 1;

/**
 * The segment cache: for segment register n, eight words from SEGMENT_WORD + 8n. The limits are counts:
 * an access of k bytes at `offset` is permitted on the fast path when `(offset >>> 0) < (word >>> 0)`.
 * Zero sends every access to the slow path, which decides by the full rules.
 */
export const SEGMENT_WORD = 0x100 >> 2;
export const SEGMENT_BASE = 0;
export const SEGMENT_READ8 = 1;
export const SEGMENT_READ16 = 2;
export const SEGMENT_READ32 = 3;
export const SEGMENT_WRITE8 = 4;
export const SEGMENT_WRITE16 = 5;
export const SEGMENT_WRITE32 = 6;

/** A word where nothing is: what an instruction writes back whose access was refused. */
export const NOWHERE_INDEX = 0x1d0 >> 2;
/** Look-ups that hit, since the last time they were folded into the TLB's totals. */
export const HITS_INDEX = 0x1c0 >> 2;
/** Where compiled code leaves its counts, two words: look-ups that hit, and what is left of its budget of instructions. */
export const COUNTS_INDEX = 0x1c8 >> 2;

/**
 * Front array for data, one for supervisor and one for user accesses: 256 entries of 4 words
 * { read tag, write tag, addend, unused }. A tag is the linear page address or -1; the byte of linear address L
 * lies at byte `L + addend` of the memory. A tag is present only while the TLB holds the translation, its
 * rights suffice, its dirty bit is set (write tag) and the frame has no mark that sends the access the slow way (memory.ts).
 */
export const FRONT_DATA_SUPERVISOR = 0x1000 >> 2;
export const FRONT_DATA_USER = 0x2000 >> 2;
/** Front array for code: 256 entries of 2 words { tag, physical page address as int32 }. */
export const FRONT_CODE_SUPERVISOR = 0x3000 >> 2;
export const FRONT_CODE_USER = 0x3800 >> 2;
export const FRONT_END = 0x4000 >> 2;

/**
 * The TLB: entries of 4 words { linear page address | flags, physical page number, 0, 0 }.
 * Shape of a Pentium M (SDM vol. 2, CPUID leaf 2: descriptors B0, B3, 02, 04).
 */
export const TLB_WORD = 0x4000 >> 2;

/** Bytes of a processor's page. */
export const PROCESSOR_BYTES = 0x10000;

/** First byte of RAM. */
export const RAM_BASE = 0x10000;
