/**
 * The machine-to-physical table: for each machine frame the pseudo-physical number that its domain
 * knows it by, four bytes each, in Xen's own frames. Guests read it at MACH2PHYS_VIRT_START
 * (xen/include/public/arch-x86/xen-x86_32.h), so it is data for them and never trusted here.
 */
import { PAGE_SHIFT } from '../../base';
import type { Mm } from './context';

/** What the table holds for a frame that is no guest's. */
export const INVALID_M2P_ENTRY = 0xffff_ffff;

/** Sets the pseudo-physical number of a machine frame. */
export function setM2p(mm: Mm, mfn: number, pfn: number): void {
	const base = mm.spaces?.m2pBase ?? 0;
	if (base > 0) mm.machine.memory.write32((base << PAGE_SHIFT) + mfn * 4, pfn);
}

/** The frame is no guest's any more. */
export function invalidateM2p(mm: Mm, mfn: number): void {
	setM2p(mm, mfn, INVALID_M2P_ENTRY);
}

/** The pseudo-physical number of a machine frame, or INVALID_M2P_ENTRY. */
export function getM2p(mm: Mm, mfn: number): number {
	const base = mm.spaces?.m2pBase ?? 0;
	return base > 0 ? mm.machine.memory.read32((base << PAGE_SHIFT) + mfn * 4) : INVALID_M2P_ENTRY;
}
