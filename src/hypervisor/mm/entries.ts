/** PAE page-table entries as a guest may have them (src/x86/paging.ts), kept as two 32-bit halves. */
import { PAGE_SHIFT } from '../../base';
import { KIND, word } from '../../trace/events';
import type { Mm } from './context';
import { PTE_A, PTE_D, PTE_P, PTE_RW } from '../../x86/paging';

/** The first L2 slot of L3[3] that is the hypervisor's: that of HYPERVISOR_VIRT_START. */
export const FIRST_XEN_SLOT = 428;

/** Bit 0 of an entry. */
export const isPresent = (low: number): boolean => (low & PTE_P) !== 0;
/** Bit 1 of an entry. */
export const isWritable = (low: number): boolean => (low & PTE_RW) !== 0;

/** The frame number that an entry holds: up to 40 bits, so a plain number and not an Mfn. */
export const entryFrame = (low: number, high: number): number => (low >>> PAGE_SHIFT) + (high & 0xf_ffff) * 0x10_0000;

/** The frame number in a 64-bit machine address: all 52 bits, since none of an address may be left out. */
export const frameOfAddress = (low: number, high: number): number => (low >>> PAGE_SHIFT) + high * 0x10_0000;

/** The low half of an entry for a frame, with `flags`. */
export const entryLow = (mfn: number, flags: number): number => ((mfn << PAGE_SHIFT) | flags) >>> 0;
/** The high half: the frame's bits 20 and up, no NX. */
export const entryHigh = (mfn: number): number => (mfn >>> 20) >>> 0;

/** Physical address of entry `index` of the table in frame `mfn`. */
export const entryAddress = (mfn: number, index: number): number => mfn * 4096 + index * 8;

/** Whether the frame or one of `flags` differs between two entries. */
export const entryChanged = (lowA: number, highA: number, lowB: number, highB: number, flags: number): boolean =>
	((lowA ^ lowB) & (0xffff_f000 | flags)) !== 0 || ((highA ^ highB) & 0xf_ffff) !== 0;

/** Writes an entry for a guest and records it. With `preserveAd` the accessed and dirty bits now set stay set. */
export function writeEntry(
	mm: Mm,
	mfn: number,
	index: number,
	low: number,
	high: number,
	level: number,
	preserveAd: boolean
): void {
	const memory = mm.machine.memory;
	const at = entryAddress(mfn, index);
	const oldLow = memory.read32(at);
	const oldHigh = memory.read32(at + 4);
	const newLow = preserveAd ? low | (oldLow & (PTE_A | PTE_D)) : low;
	memory.write32(at, newLow);
	memory.write32(at + 4, high);
	mm.recorder.record(
		KIND.pte_write,
		word('mfn', mfn),
		word('index', index),
		word('old_low', oldLow),
		word('old_high', oldHigh),
		word('new_low', newLow >>> 0),
		word('new_high', high >>> 0),
		word('level', level)
	);
}
