/**
 * Debug registers (SDM vol. 3, 17.2).
 *
 *      DR7  31..30 29..28 ... 17..16   13   9..8   7..6  5..4  3..2  1..0
 *           LEN3   R/W3   ... R/W0     GD   GE LE  G3 L3 ...         G0 L0
 *      DR6  15 BT  14 BS  13 BD  3..0 B3..B0
 */
export const DR6_BD = 1 << 13;
export const DR6_BS = 1 << 14;
export const DR6_BT = 1 << 15;
/** B0 to B3. */
export const DR6_MET = 0xf;
/** Bits that always read as one, unsigned; and the one that always reads as zero. */
export const DR6_ONES = 0xffff_0ff0;
export const DR6_ZEROS = 0x0000_1000;

export const DR7_GD = 1 << 13;
/** The L and G bits of all four breakpoints: with none of them set nothing of DR7 is in force. */
export const DR7_ENABLES = 0xff;
/** L0 to L3 and LE, which a task switch clears. */
export const DR7_LOCAL = 0x155;
export const DR7_ONES = 0x0000_0400;
export const DR7_ZEROS = 0x0000_d800;

/** How many breakpoints there are. */
export const BREAKPOINTS = 4;

/** What a breakpoint waits for: its R/W field. */
export const BREAK_EXECUTE = 0;
export const BREAK_WRITE = 1;
/** I/O with CR4.DE, undefined without. */
export const BREAK_IO = 2;
export const BREAK_ACCESS = 3;

const LENGTHS = [1, 2, 8, 4] as const;

/** The L and G bits of breakpoint `n`. */
export const breakEnables = (n: number): number => 3 << (n * 2);
export const breakEnabled = (dr7: number, n: number): boolean => (dr7 & breakEnables(n)) !== 0;
/** R/W of breakpoint `n`: one of BREAK_*. */
export const breakKind = (dr7: number, n: number): number => (dr7 >>> (16 + n * 4)) & 3;
/** LEN of breakpoint `n`, in bytes. */
export const breakLength = (dr7: number, n: number): number => LENGTHS[(dr7 >>> (18 + n * 4)) & 3];
