/** Pins, and the table that CR3 points to: the uses of page tables that are not entries of others. */
import { EINVAL } from '../../abi/errno';
import { CHECK } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import { switchAddressSpace } from './address-space';
import type { Mm } from './context';
import { dropLdtPages } from './descriptors';
import { FLAG, getPage, putPage, TYPE } from './frame-table';
import { getPageAndType, getPageType, putPageAndType } from './page-types';

/** Validates a table of `owner` and keeps it valid until it is unpinned. @returns 0, or -errno with nothing taken */
export function pinTable(mm: Mm, frame: number, owner: Domain, type: number): number {
	if (!getPage(mm, frame, owner.id)) return -EINVAL;
	const rc = getPageType(mm, frame, type);
	if (rc !== 0) {
		putPage(mm, frame);
		return rc;
	}
	if (!mm.ask(CHECK.pin_once, !mm.frames.has(frame, FLAG.pinned), frame, type)) {
		putPageAndType(mm, frame);
		return -EINVAL;
	}
	mm.frames.flags[frame] |= FLAG.pinned;
	return 0;
}

/** Takes a pin away; a table that nothing else uses is released. @returns 0, or -EINVAL when it is not pinned */
export function unpinTable(mm: Mm, frame: number, owner: Domain): number {
	if (!getPage(mm, frame, owner.id)) return -EINVAL;
	const pinned = mm.frames.has(frame, FLAG.pinned);
	if (mm.ask(CHECK.unpin_pinned, pinned, frame, mm.frames.typeCount[frame])) dropPin(mm, frame);
	putPage(mm, frame);
	return pinned ? 0 : -EINVAL;
}

/** Gives back what a pin holds, if the frame has one. */
export function dropPin(mm: Mm, frame: number): void {
	if (!mm.frames.has(frame, FLAG.pinned)) return;
	mm.frames.flags[frame] &= ~FLAG.pinned;
	putPageAndType(mm, frame);
}

/** The toolstack's pin of a new domain's first L3, by the same rules as the guest's own. */
export const pinAtBuild = (mm: Mm, d: Domain, frame: number): number => pinTable(mm, frame, d, TYPE.l3);

/**
 * Makes the L3 in `frame` the table of a vcpu; its old one is given back. Does not load CR3.
 * @returns 0, or -errno with the old table kept
 */
export function setGuestTable(mm: Mm, v: Vcpu, frame: number): number {
	const old = v.mm.guestTable;
	if (old === frame) return 0;
	const rc = getPageAndType(mm, frame, v.domain.id, TYPE.l3);
	if (rc !== 0) return rc;
	dropLdtPages(mm, v, false);
	v.mm.guestTable = frame;
	if (mm.spaces.loaded === v) switchAddressSpace(mm, v);
	if (old !== null) putPageAndType(mm, old);
	return 0;
}

/** MMUEXT_NEW_BASEPTR of the current vcpu: the new table is loaded even when it is the old one. */
export function newGuestCr3(mm: Mm, v: Vcpu, frame: number): number {
	const unchanged = v.mm.guestTable === frame;
	const rc = setGuestTable(mm, v, frame);
	if (rc === 0 && unchanged && mm.spaces.loaded === v) switchAddressSpace(mm, v);
	return rc;
}

/** Takes a vcpu's table away: the processor leaves its address space first. */
export function dropGuestTable(mm: Mm, v: Vcpu): void {
	const table: number | null = v.mm.guestTable;
	if (table === null) return;
	if (mm.spaces.loaded === v) switchAddressSpace(mm, null);
	v.mm.guestTable = null;
	putPageAndType(mm, table);
}
