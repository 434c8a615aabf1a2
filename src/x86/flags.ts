/**
 * EFLAGS (SDM vol. 1, 3.4.3).
 *
 *      31..22  21  20   19   18  17  16  15  14  13..12  11  10  9   8   7   6   5  4   3  2   1  0
 *      0       ID  VIP  VIF  AC  VM  RF  0   NT  IOPL    OF  DF  IF  TF  SF  ZF  0  AF  0  PF  1  CF
 */
import { namedBits } from './bits';

export const CF = 1 << 0;
/** Always reads as one. */
export const FIXED = 1 << 1;
export const PF = 1 << 2;
export const AF = 1 << 4;
export const ZF = 1 << 6;
export const SF = 1 << 7;
export const TF = 1 << 8;
export const IF = 1 << 9;
export const DF = 1 << 10;
export const OF = 1 << 11;
export const IOPL = 3 << 12;
export const NT = 1 << 14;
export const RF = 1 << 16;
export const VM = 1 << 17;
export const AC = 1 << 18;
export const VIF = 1 << 19;
export const VIP = 1 << 20;
export const ID = 1 << 21;

/** All of them by name. */
export const EFLAGS = { CF, FIXED, PF, AF, ZF, SF, TF, IF, DF, OF, IOPL, NT, RF, VM, AC, VIF, VIP, ID } as const;

/** The six flags that arithmetic writes. */
export const STATUS = CF | PF | AF | ZF | SF | OF;
/** Bits that software can find set or clear: all but the one that is always set. */
export const DEFINED = STATUS | TF | IF | DF | IOPL | NT | RF | VM | AC | VIF | VIP | ID;
/** Bits that always read as zero, unsigned: 31 to 22, 15, 5 and 3. */
export const NEVER_SET = ~(DEFINED | FIXED) >>> 0;

/** What has a name in the SDM, lowest bit first. */
export const FLAG_NAMES = namedBits(EFLAGS).filter(({ mask }) => mask !== FIXED);

/** Number of IOPL's lower bit. */
export const IOPL_SHIFT = 12;
/** The I/O privilege level in EFLAGS, 0 to 3. */
export const ioplOf = (eflags: number): number => (eflags & IOPL) >>> IOPL_SHIFT;

const CONDITIONS: readonly ((eflags: number) => boolean)[] = [
	(eflags) => (eflags & OF) !== 0,
	(eflags) => (eflags & CF) !== 0,
	(eflags) => (eflags & ZF) !== 0,
	(eflags) => (eflags & (CF | ZF)) !== 0,
	(eflags) => (eflags & SF) !== 0,
	(eflags) => (eflags & PF) !== 0,
	(eflags) => ((eflags & SF) !== 0) !== ((eflags & OF) !== 0),
	(eflags) => (eflags & ZF) !== 0 || ((eflags & SF) !== 0) !== ((eflags & OF) !== 0)
];
/** Whether condition `n`, in encoding order, holds (SDM vol. 2, appendix B, table B-10): an odd one is the opposite of the one before. */
export const conditionHolds = (n: number, eflags: number): boolean => CONDITIONS[n >> 1](eflags) !== ((n & 1) === 1);
