/**
 * L2 tables: 512 entries that name L1 tables. The L2 in L3[3] ends with the hypervisor's own slots,
 * from HYPERVISOR_VIRT_START up, which the guest neither fills nor changes.
 */
import { EINVAL, EPERM } from '../../abi/errno';
import { CHECK } from '../../trace/events';
import { installXenSlots } from './address-space';
import type { Mm } from './context';
import { entryAddress, entryChanged, entryFrame, FIRST_XEN_SLOT, isPresent, isWritable, writeEntry } from './entries';
import { FLAG, getPage, putPage, TYPE } from './frame-table';
import { getPageAndType, putPageAndType, putPageType } from './page-types';
import { ENTRIES, PTE_P, PTE_PS, PTE_RW } from '../../x86/paging';

/** P, R/W, U/S, A, D and AVL (and PS, which has a question of its own). */
const ALLOWED_LOW = 0xffff_fee7;

/** Whether slot `index` of the L2 in frame `mfn` is the guest's to use. */
const isGuestL2Slot = (mm: Mm, mfn: number, index: number): boolean =>
	!mm.frames.has(mfn, FLAG.xenL2) || index < FIRST_XEN_SLOT;

function entryAllowed(mm: Mm, low: number, high: number): boolean {
	const highMask = mm.processor.nx ? 0x7ff0_0000 : 0xfff0_0000;
	if (!mm.ask(CHECK.l2_flags, (low & ~ALLOWED_LOW) === 0 && (high & highMask) === 0, low, high)) return false;
	return mm.ask(CHECK.l2_no_superpage, (low & PTE_PS) === 0, low, high);
}

/**
 * Takes what an L2 entry of the table in frame `table` needs: the L1 that it names.
 * @returns 0, or -EINVAL (or what validating the L1 answered) with nothing taken
 */
function getPageFromL2e(mm: Mm, low: number, high: number, table: number): number {
	if (!isPresent(low)) return 0;
	if (!entryAllowed(mm, low, high)) return -EINVAL;
	const owner = mm.frames.owner[table];
	const mfn = entryFrame(low, high);
	const rc = getPageAndType(mm, mfn, owner, TYPE.l1);
	if (rc === -EINVAL && isLinearTarget(mm, mfn, table)) return getLinearTable(mm, isWritable(low), mfn, table);
	return rc;
}

/** An L2 named where an L1 belongs: a linear map, through which tables appear as ordinary pages. */
const isLinearTarget = (mm: Mm, mfn: number, table: number): boolean =>
	mfn === table ||
	(mm.frames.exists(mfn) && mm.frames.owner[mfn] === mm.frames.owner[table] && mm.frames.type[mfn] === TYPE.l2);

function getLinearTable(mm: Mm, writable: boolean, mfn: number, table: number): number {
	const f = mm.frames;
	if (!mm.ask(CHECK.linear_read_only, !writable, mfn, table)) return -EINVAL;
	if (mfn === table) return 0;
	if (!mm.ask(CHECK.linear_validated, f.typeCount[mfn] > 0 && f.has(mfn, FLAG.validated), mfn, f.typeCount[mfn]))
		return -EINVAL;
	// No chains: a table that is mapped so maps none so itself, or releasing one could unwind without end.
	if (!mm.ask(CHECK.linear_not_nested, f.linear[mfn] >= 0 && f.linear[table] <= 0, mfn, table)) return -EINVAL;
	if (!getPage(mm, mfn, f.owner[table])) return -EINVAL;
	f.typeCount[mfn]++;
	f.linear[mfn]++;
	f.linear[table]--;
	return 0;
}

/** Gives back what `getPageFromL2e` took. */
function putPageFromL2e(mm: Mm, low: number, high: number, table: number): void {
	const mfn = entryFrame(low, high);
	if (!isPresent(low) || mfn === table) return;
	const f = mm.frames;
	if (f.type[mfn] === TYPE.l2) {
		f.linear[mfn]--;
		f.linear[table]++;
		putPageType(mm, mfn);
		putPage(mm, mfn);
		return;
	}
	putPageAndType(mm, mfn);
}

/** Validates a whole table, and installs the hypervisor's slots where it is the L2 of L3[3]. */
export function validateL2(mm: Mm, mfn: number): number {
	const memory = mm.machine.memory;
	mm.processor.validated(ENTRIES);
	for (let i = 0; i < ENTRIES; i++) {
		if (!isGuestL2Slot(mm, mfn, i)) break;
		const at = entryAddress(mfn, i);
		const rc = getPageFromL2e(mm, memory.read32(at), memory.read32(at + 4), mfn);
		if (rc === 0) continue;
		releaseL2(mm, mfn, i);
		return rc;
	}
	if (mm.frames.has(mfn, FLAG.xenL2)) installXenSlots(mm, mfn);
	return 0;
}

/** Gives back the first `count` entries that are the guest's, last one first. */
export function releaseL2(mm: Mm, mfn: number, count: number = ENTRIES): void {
	const memory = mm.machine.memory;
	for (let i = count - 1; i >= 0; i--) {
		if (!isGuestL2Slot(mm, mfn, i)) continue;
		const at = entryAddress(mfn, i);
		putPageFromL2e(mm, memory.read32(at), memory.read32(at + 4), mfn);
	}
}

/** Changes one entry of a validated L2. @returns 0, or -errno with nothing changed */
export function modL2Entry(mm: Mm, mfn: number, index: number, low: number, high: number, preserveAd: boolean): number {
	if (!mm.ask(CHECK.l2_guest_slot, isGuestL2Slot(mm, mfn, index), mfn, index)) return -EPERM;
	const memory = mm.machine.memory;
	const oldLow = memory.read32(entryAddress(mfn, index));
	const oldHigh = memory.read32(entryAddress(mfn, index) + 4);
	mm.processor.validated(1);
	if (isPresent(low) && !entryChanged(oldLow, oldHigh, low, high, PTE_P | PTE_RW)) {
		if (!entryAllowed(mm, low, high)) return -EINVAL;
		writeEntry(mm, mfn, index, low, high, 2, preserveAd);
		return 0;
	}
	const rc = getPageFromL2e(mm, low, high, mfn);
	if (rc !== 0) return rc;
	writeEntry(mm, mfn, index, low, high, 2, preserveAd);
	putPageFromL2e(mm, oldLow, oldHigh, mfn);
	return 0;
}
