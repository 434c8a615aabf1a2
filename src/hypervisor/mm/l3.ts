/**
 * L3 tables: the four page-directory pointers of PAE. The fourth covers 3–4 GiB, where the hypervisor
 * lives in every address space; so it must be there, its L2 belongs to this L3 alone, and it stays
 * for as long as the L3 is one.
 */
import { EINVAL } from '../../abi/errno';
import { CHECK } from '../../trace/events';
import { reloadL3 } from './address-space';
import type { Mm } from './context';
import { entryAddress, entryChanged, entryFrame, isPresent, writeEntry } from './entries';
import { TYPE } from './frame-table';
import { getPageAndType, putPageAndType } from './page-types';
import { L3_ENTRIES, PTE_P, PTE_RW } from '../../x86/paging';

/**
 * Forbidden: PWT, PCD, PS and G in the low half, NX and bits 52–62 in the high half. R/W, U/S, A and D
 * are reserved in hardware, but tools and guests set them, and the processor never sees this copy
 * of the entry (address-space.ts), so they are let through.
 */
const FORBIDDEN_LOW = 0x198;
const FORBIDDEN_HIGH = 0xfff0_0000;
/** The slot that holds the hypervisor. */
const XEN_SLOT = 3;

const flagsAllowed = (mm: Mm, low: number, high: number): boolean =>
	mm.ask(CHECK.l3_flags, (low & FORBIDDEN_LOW) === 0 && (high & FORBIDDEN_HIGH) === 0, low, high);

/** Takes the L2 that an L3 entry names. There are no linear L3 maps: only four of its entries are checked. */
function getPageFromL3e(mm: Mm, low: number, high: number, slot: number, owner: number): number {
	if (slot === XEN_SLOT && !mm.ask(CHECK.l3_top_present, isPresent(low), low, high)) return -EINVAL;
	if (!isPresent(low)) return 0;
	if (!flagsAllowed(mm, low, high)) return -EINVAL;
	return getPageAndType(mm, entryFrame(low, high), owner, TYPE.l2, slot === XEN_SLOT);
}

function putPageFromL3e(mm: Mm, low: number, high: number): void {
	if (isPresent(low)) putPageAndType(mm, entryFrame(low, high));
}

/** Validates the four entries; on failure those before the bad one are given back. */
export function validateL3(mm: Mm, mfn: number): number {
	const memory = mm.machine.memory;
	const owner = mm.frames.owner[mfn];
	mm.processor.validated(L3_ENTRIES);
	for (let slot = 0; slot < L3_ENTRIES; slot++) {
		const at = entryAddress(mfn, slot);
		const rc = getPageFromL3e(mm, memory.read32(at), memory.read32(at + 4), slot, owner);
		if (rc === 0) continue;
		releaseL3(mm, mfn, slot);
		return rc;
	}
	if (topIsPrivate(mm, mfn)) return 0;
	releaseL3(mm, mfn);
	return -EINVAL;
}

/** The L2 of slot 3 carries mappings that belong to this L3 alone: nobody else may refer to it. */
function topIsPrivate(mm: Mm, mfn: number): boolean {
	const at = entryAddress(mfn, XEN_SLOT);
	const top = entryFrame(mm.machine.memory.read32(at), mm.machine.memory.read32(at + 4));
	return mm.ask(CHECK.l3_top_unshared, mm.frames.typeCount[top] === 1, top, mm.frames.typeCount[top]);
}

/** Gives back the first `count` entries, last one first. */
export function releaseL3(mm: Mm, mfn: number, count: number = L3_ENTRIES): void {
	const memory = mm.machine.memory;
	for (let slot = count - 1; slot >= 0; slot--) {
		const at = entryAddress(mfn, slot);
		putPageFromL3e(mm, memory.read32(at), memory.read32(at + 4));
	}
}

/** Changes one of the first three entries of a validated L3. @returns 0, or -errno with nothing changed */
export function modL3Entry(mm: Mm, mfn: number, index: number, low: number, high: number, preserveAd: boolean): number {
	if (!mm.ask(CHECK.l3_slot, index < XEN_SLOT, mfn, index)) return -EINVAL;
	const memory = mm.machine.memory;
	const oldLow = memory.read32(entryAddress(mfn, index));
	const oldHigh = memory.read32(entryAddress(mfn, index) + 4);
	mm.processor.validated(1);
	if (isPresent(low) && !entryChanged(oldLow, oldHigh, low, high, PTE_P | PTE_RW)) {
		if (!flagsAllowed(mm, low, high)) return -EINVAL;
		writeEntry(mm, mfn, index, low, high, 3, preserveAd);
		reloadL3(mm, mfn);
		return 0;
	}
	const rc = getPageFromL3e(mm, low, high, index, mm.frames.owner[mfn]);
	if (rc !== 0) return rc;
	writeEntry(mm, mfn, index, low, high, 3, preserveAd);
	reloadL3(mm, mfn);
	putPageFromL3e(mm, oldLow, oldHigh);
	return 0;
}
