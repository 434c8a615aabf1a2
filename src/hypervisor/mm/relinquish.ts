/** The end of a domain: everything that it held is given back, and its frames return to the heap. */
import type { Domain } from '../core/domain';
import { destroyAddressSpace } from './address-space';
import { DOMID_XEN, type Mm } from './context';
import { dropGdt, dropLdtPages } from './descriptors';
import { FLAG, putAllocReference } from './frame-table';
import { putPageAndType } from './page-types';
import { dropGuestTable, dropPin } from './pinning';
import { unshareXenPage } from './sharing';

/**
 * Drops every use that a dying domain makes of memory: CR3s, descriptor tables, a moved vcpu_info, pins, and
 * the allocator's references. A frame that others still hold (a control domain, by a mapping of its own)
 * becomes Xen's until they let go: the domain's number may be another's by then.
 * @returns how many such frames there are
 */
export function relinquishMemory(mm: Mm, d: Domain): number {
	d.dying = true;
	for (const v of d.vcpus) {
		dropLdtPages(mm, v, true);
		dropGdt(mm, v);
		dropGuestTable(mm, v);
		if (v.events.vcpuInfoRegistered) {
			putPageAndType(mm, v.events.vcpuInfo.mfn);
			v.events.vcpuInfo = { mfn: d.sharedInfo, offset: v.id * 64 };
			v.events.vcpuInfoRegistered = false;
		}
	}
	if (d.events.eoiPage !== null) putPageAndType(mm, d.events.eoiPage);
	d.events.eoiPage = null;
	const f = mm.frames;
	const owned = [...f.owner.keys()].filter((frame) => f.owner[frame] === d.id);
	for (const frame of owned) if (f.owner[frame] === d.id) dropPin(mm, frame);
	for (const frame of owned) {
		if (f.owner[frame] !== d.id) continue;
		if (f.has(frame, FLAG.xenHeap)) unshareXenPage(mm, frame);
		else putAllocReference(mm, frame);
	}
	destroyAddressSpace(mm, d);
	const left = owned.filter((frame) => f.owner[frame] === d.id);
	for (const frame of left) {
		if (!f.has(frame, FLAG.xenHeap)) d.mm.totalPages--;
		f.owner[frame] = DOMID_XEN;
	}
	return left.length;
}
