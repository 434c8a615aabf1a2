/**
 * Task-state segments (SDM vol. 3, 7.2.1 and 7.6).
 *
 *      32-bit TSS                                       16-bit TSS
 *      00 link          20 EIP                          00 link       0e IP
 *      04 ESP0 08 SS0   24 EFLAGS                       02 SP0 SS0    10 FLAGS
 *      0c ESP1 10 SS1   28 EAX ECX EDX EBX              06 SP1 SS1    12 AX CX DX BX
 *      14 ESP2 18 SS2   38 ESP EBP ESI EDI              0a SP2 SS2    1a SP BP SI DI
 *      1c CR3           48 ES CS SS DS FS GS  60 LDT    22 ES CS SS DS    2a LDT
 *                       64 T  66 I/O bitmap base
 */

/** Where things lie in a TSS. */
export interface TssLayout {
	/** Bytes of a register slot, and of a segment slot. */
	readonly word: 2 | 4;
	/** Lowest limit that a TSS may have. */
	readonly minLimit: number;
	/** The stack pointer for ring 0; its segment follows one word later, the pair of the next ring two words later. */
	readonly stacks: number;
	readonly eip: number;
	readonly flags: number;
	readonly registers: number;
	readonly segments: number;
	readonly segmentCount: number;
	readonly ldt: number;
}
/** Where the stack pointers of rings 0 to 2 begin. */
export const TSS32_STACKS = 0x04;
export const TSS16_STACKS = 0x02;

export const TSS32: TssLayout = {
	word: 4,
	minLimit: 0x67,
	stacks: TSS32_STACKS,
	eip: 0x20,
	flags: 0x24,
	registers: 0x28,
	segments: 0x48,
	segmentCount: 6,
	ldt: 0x60
};
export const TSS16: TssLayout = {
	word: 2,
	minLimit: 0x2b,
	stacks: TSS16_STACKS,
	eip: 0x0e,
	flags: 0x10,
	registers: 0x12,
	segments: 0x22,
	segmentCount: 4,
	ldt: 0x2a
};

/** Fields that only a 32-bit TSS has. */
export const TSS_CR3 = 0x1c;
/** A word whose bit 0 is T. */
export const TSS_TRAP = 0x64;
/** The offset of the I/O permission bitmap, 16 bits. */
export const TSS_IO_MAP = 0x66;
/** Bytes of a 32-bit TSS without its I/O bitmap. */
export const TSS_SIZE = TSS32.minLimit + 1;

/** Where the stack pointer for ring `level` lies. */
export const tssStack = (tss: TssLayout, level: number): number => tss.stacks + level * 2 * tss.word;
