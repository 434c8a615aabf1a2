/**
 * Pages of Xen's that a domain may map: shared_info and grant-table frames. The domain owns such a
 * frame, but Xen holds a writable type for as long as it uses it, so that no guest can turn it into a
 * page table, and it is not part of the domain's reservation.
 */
import { assert } from '../../base';
import type { Domain } from '../core/domain';
import { DOMID_XEN, type Mm } from './context';
import { FLAG, putAllocReference, recordFrame, TYPE } from './frame-table';
import { putPageType } from './page-types';

/** Lets `d` map a frame of Xen's, read-only or writable. */
export function shareXenPageWithGuest(mm: Mm, mfn: number, d: Domain): void {
	const f = mm.frames;
	assert(f.owner[mfn] === DOMID_XEN && f.typeCount[mfn] === 0, 'only a plain frame of Xen can be shared', {
		mfn,
		owner: f.owner[mfn]
	});
	f.owner[mfn] = d.id;
	f.type[mfn] = TYPE.writable;
	f.typeCount[mfn] = 1;
	f.flags[mfn] |= FLAG.xenHeap | FLAG.validated;
	recordFrame(mm, mfn, TYPE.none);
}

/** Drops Xen's own references; the frame goes back to the heap when the guest's last mapping is gone. */
export function unshareXenPage(mm: Mm, mfn: number): void {
	if (!mm.frames.has(mfn, FLAG.xenHeap) || !mm.frames.has(mfn, FLAG.allocated)) return;
	putPageType(mm, mfn);
	putAllocReference(mm, mfn);
}
