/**
 * Page-table entries (SDM vol. 3, 4.3 and 4.4). Two-level paging has 32-bit entries, PAE 64-bit ones, kept as two halves; the low
 * halves are alike:
 *
 *      63  62..36   35..12        11..9  8  7       6  5  4    3    2    1    0
 *      XD  reserved frame number  AVL    G  PS/PAT  D  A  PCD  PWT  U/S  R/W  P
 *
 * Bit 7 is PS in an entry of a page directory, PAT in one of a page table. A PAE level 3 entry (PDPTE) has P, PWT, PCD and AVL only.
 */
import { bit, span, type BitField } from './bits';

export const PTE_P = 0x001;
export const PTE_RW = 0x002;
export const PTE_US = 0x004;
export const PTE_PWT = 0x008;
export const PTE_PCD = 0x010;
export const PTE_A = 0x020;
export const PTE_D = 0x040;
export const PTE_PAT = 0x080;
export const PTE_PS = 0x080;
export const PTE_G = 0x100;
/** XD, in the high half: no instructions are fetched from there, with EFER.NXE; reserved without. Unsigned. */
export const PTE_XD_HIGH = 0x8000_0000;

/** Physical addresses have 36 bits, as those of 32-bit processors do: four of the frame number are in the high half. */
const FRAME_HIGH = 0xf;
/** High half of a PAE entry: bits above the physical address and below XD. */
export const PAE_HIGH_RESERVED = 0x7fff_fff0;
/** Bits 20:13 of a 2 MiB entry. */
export const PAE_LARGE_RESERVED = 0x001f_e000;
/** Bits 21:13 of a 4 MiB entry, without PSE-36. */
export const PSE_LARGE_RESERVED = 0x003f_e000;
/** Reserved bits of a present PDPTE: 2:1 and 8:5 (SDM vol. 3, table 4-8). */
export const PDPTE_RESERVED = 0x1e6;

/** Entries of a PAE table of level 2 and 1, and of level 3. */
export const ENTRIES = 512;
export const L3_ENTRIES = 4;
/** Bytes of linear addresses that an entry of each PAE level is for. */
export const PAE_SPAN = { 1: 0x1000, 2: 0x20_0000, 3: 0x4000_0000 } as const;
/** Bits of CR3 under PAE that are no part of the address of the four PDPTEs (SDM vol. 3, 4.4.1). */
export const PAE_CR3_OFFSET = 31;

/** The frame number in a PAE entry, 24 bits. */
export const frameOf = (low: number, high: number): number => (high & FRAME_HIGH) * 0x10_0000 + (low >>> 12);

/** The bits of a linear address that choose an entry of each PAE level (SDM vol. 3, figures 4-5 and 4-6). */
export const PAE_INDEX_BITS = {
	3: [31, 30],
	2: [29, 21],
	1: [20, 12]
} as const satisfies Readonly<Record<number, readonly [high: number, low: number]>>;

/** The fields of a PAE entry, highest first. */
export const ENTRY_FIELDS: readonly BitField[] = [
	bit(63, 'NX', 'not executable'),
	span(35, 12, 'frame', 'the frame that it names'),
	span(11, 9, 'AVL', 'for software'),
	bit(8, 'G', 'global: a switch of address space keeps it in the TLB'),
	bit(7, 'PS/PAT', 'in an L2: a page of 2 MiB'),
	bit(6, 'D', 'has been written through'),
	bit(5, 'A', 'has been used'),
	bit(4, 'PCD', 'not cached'),
	bit(3, 'PWT', 'written through'),
	bit(2, 'U/S', 'ring 3 may use it'),
	bit(1, 'R/W', 'may be written through'),
	bit(0, 'P', 'present: without it the rest means nothing')
];
