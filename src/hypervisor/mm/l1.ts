/** L1 tables: 512 entries that map pages. */
import { EBUSY, EINVAL, EPERM } from '../../abi/errno';
import { CHECK } from '../../trace/events';
import { permits } from '../core/permissions';
import { DOMID_IO, DOMID_SELF, DOMID_XEN, type Mm } from './context';
import { dropLdtPages } from './descriptors';
import { entryAddress, entryChanged, entryFrame, isPresent, isWritable, writeEntry } from './entries';
import { putPage, recordFrame, TYPE } from './frame-table';
import { getPageType, putPageAndType } from './page-types';
import { ENTRIES, PTE_G, PTE_P, PTE_PAT, PTE_PCD, PTE_PWT, PTE_RW } from '../../x86/paging';

/** Low-half bits that no guest may set in an L1 entry; the three cache bits are for domains with I/O rights. */
const CACHE_BITS = PTE_PWT | PTE_PCD | PTE_PAT;
/** INVALID_MFN as it comes out of an entry of all ones. */
const INVALID_FRAME = 0xff_ffff_ffff;

/** Whether an entry has no bit that the rules forbid. */
function flagsAllowed(mm: Mm, low: number, high: number, owner: number): boolean {
	const reserved = mm.processor.nx ? 0x7ff0_0000 : 0xfff0_0000;
	const plain = (low & PTE_G) === 0 && (high & reserved) === 0;
	const cached = (low & CACHE_BITS) === 0 || mm.domains.get(owner)?.hasHardware === true;
	return mm.ask(CHECK.l1_flags, plain && cached, low, high);
}

/**
 * Takes what an L1 entry needs: a reference on its target, and the writable type if it maps it so.
 * @param l1Owner the domain whose table it is in
 * @param pageOwner the domain whose frame it may name: usually the same
 * @returns 0, or -EINVAL for forbidden bits, -EPERM for I/O memory, -EBUSY for another's frame or a type that does not fit
 */
export function getPageFromL1e(mm: Mm, low: number, high: number, l1Owner: number, pageOwner: number): number {
	if (!isPresent(low)) return 0;
	if (!flagsAllowed(mm, low, high, l1Owner)) return -EINVAL;
	const mfn = entryFrame(low, high);
	if (mm.frames.isIo(mfn)) return getIoPage(mm, mfn, l1Owner, pageOwner);
	return getRamPage(mm, mfn, isWritable(low), l1Owner, pageOwner);
}

/** Device memory takes no references, only permission. */
function getIoPage(mm: Mm, mfn: number, l1Owner: number, pageOwner: number): number {
	const asking = mm.domains.get(pageOwner === DOMID_IO ? (mm.pcpu.current?.domain.id ?? l1Owner) : pageOwner);
	const permitted = [asking, mm.domains.get(l1Owner)].every((d) => d && permits(d.permissions, 'frames', mfn));
	if (mm.ask(CHECK.l1_io_memory, permitted, mfn, l1Owner)) return 0;
	return mfn === INVALID_FRAME ? -EINVAL : -EPERM;
}

function getRamPage(mm: Mm, mfn: number, writable: boolean, l1Owner: number, pageOwner: number): number {
	const f = mm.frames;
	const owner = f.owner[mfn];
	// Even a domain that may name Xen's own frames may only read them.
	const own = owner === pageOwner && f.refCount[mfn] > 0 && !(writable && owner === DOMID_XEN);
	// A control domain that names another domain's frame may map any.
	const lent =
		pageOwner !== l1Owner &&
		f.refCount[mfn] > 0 &&
		owner < DOMID_SELF &&
		mm.domains.get(pageOwner)?.privileges.control === true;
	if (!mm.ask(CHECK.l1_target_owner, own || lent, mfn, owner)) return -EBUSY;
	f.refCount[mfn]++;
	if (!writable) {
		if (mm.quiet === 0) recordFrame(mm, mfn, f.type[mfn]);
		return 0;
	}
	if (getPageType(mm, mfn, TYPE.writable) === 0) return 0;
	putPage(mm, mfn);
	return -EBUSY;
}

/** Gives back what `getPageFromL1e` took. */
export function putPageFromL1e(mm: Mm, low: number, high: number, l1Owner: number): void {
	const mfn = entryFrame(low, high);
	if (!isPresent(low) || mm.frames.isIo(mfn)) return;
	if (isWritable(low)) return putPageAndType(mm, mfn);
	const f = mm.frames;
	// The page may be one that the LDT was mapped from: forget it, to be validated anew at its next use.
	if (f.type[mfn] === TYPE.segDesc && f.typeCount[mfn] > 0 && f.owner[mfn] === l1Owner) {
		for (const v of mm.domains.get(l1Owner)?.vcpus ?? []) dropLdtPages(mm, v, true);
	}
	putPage(mm, mfn);
	if (mm.quiet === 0) recordFrame(mm, mfn, f.type[mfn]);
}

/** Validates a whole table; on failure the entries before the bad one are given back. */
export function validateL1(mm: Mm, mfn: number): number {
	const memory = mm.machine.memory;
	const owner = mm.frames.owner[mfn];
	mm.processor.validated(ENTRIES);
	for (let i = 0; i < ENTRIES; i++) {
		const at = entryAddress(mfn, i);
		const rc = getPageFromL1e(mm, memory.read32(at), memory.read32(at + 4), owner, owner);
		if (rc === 0) continue;
		releaseL1(mm, mfn, i);
		return rc;
	}
	return 0;
}

/** Gives back the first `count` entries, last one first. */
export function releaseL1(mm: Mm, mfn: number, count: number = ENTRIES): void {
	const memory = mm.machine.memory;
	const owner = mm.frames.owner[mfn];
	for (let i = count - 1; i >= 0; i--) {
		const at = entryAddress(mfn, i);
		putPageFromL1e(mm, memory.read32(at), memory.read32(at + 4), owner);
	}
}

/**
 * Changes one entry of a validated L1.
 * @param pageOwner whose frame the new entry may name
 * @returns 0, or -errno with nothing changed
 */
export function modL1Entry(
	mm: Mm,
	mfn: number,
	index: number,
	low: number,
	high: number,
	preserveAd: boolean,
	pageOwner: number
): number {
	const memory = mm.machine.memory;
	const owner = mm.frames.owner[mfn];
	const oldLow = memory.read32(entryAddress(mfn, index));
	const oldHigh = memory.read32(entryAddress(mfn, index) + 4);
	mm.processor.validated(1);
	if (isPresent(low) && !entryChanged(oldLow, oldHigh, low, high, PTE_RW | PTE_P)) {
		// The same page with the same rights: the counts stay, the flags are still looked at.
		if (!flagsAllowed(mm, low, high, owner)) return -EINVAL;
		writeEntry(mm, mfn, index, low, high, 1, preserveAd);
		return 0;
	}
	const rc = getPageFromL1e(mm, low, high, owner, pageOwner);
	if (rc !== 0) return rc;
	writeEntry(mm, mfn, index, low, high, 1, preserveAd);
	putPageFromL1e(mm, oldLow, oldHigh, owner);
	return 0;
}
