/** The end of a domain: everything that it held is given back, and its frames return to the heap. */
import type { Domain } from '../domain';
import { destroyAddressSpace } from './address-space';
import type { Mm } from './context';
import { dropGdt, dropLdtPages } from './descriptors';
import { FLAG, putAllocReference } from './frame-table';
import { putPageAndType } from './page-types';
import { dropGuestTable, dropPin } from './pinning';
import { unshareXenPage } from './sharing';
import type { Mfn } from '../../base';

/**
 * Drops every use that a dying domain makes of memory: CR3s, descriptor tables, a moved vcpu_info, pins, and
 * the allocator's references. A frame that others still hold (the toolstack, by a mapping of its own)
 * stays until they let go.
 * @returns how many frames of the domain are left
 */
export function relinquishMemory(mm: Mm, d: Domain): number {
	d.dying = true;
	for (const v of d.vcpus) {
		dropLdtPages(mm, v, true);
		dropGdt(mm, v);
		dropGuestTable(mm, v);
		if (v.vcpuInfo.mfn !== d.sharedInfo) {
			putPageAndType(mm, v.vcpuInfo.mfn);
			v.vcpuInfo = { mfn: d.sharedInfo, offset: v.id * 64 };
		}
	}
	const f = mm.frames;
	const owned = [...f.owner.keys()].filter((frame) => f.owner[frame] === d.id);
	for (const frame of owned) if (f.owner[frame] === d.id) dropPin(mm, frame);
	for (const frame of owned) {
		if (f.owner[frame] !== d.id) continue;
		if (f.has(frame, FLAG.xenHeap)) unshareXenPage(mm, frame as Mfn);
		else putAllocReference(mm, frame);
	}
	destroyAddressSpace(mm, d);
	return owned.reduce((left, frame) => left + (f.owner[frame] === d.id ? 1 : 0), 0);
}
