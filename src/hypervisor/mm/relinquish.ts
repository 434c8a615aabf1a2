/** The end of a domain: everything that it held is given back, and its frames return to the heap. */
import type { Domain, Vcpu } from '../core/domain';
import { destroyAddressSpace } from './address-space';
import { DOMID_XEN, type Mm } from './context';
import { dropGdt, dropLdtPages } from './descriptors';
import { FLAG, putAllocReference } from './frame-table';
import { putPageAndType } from './page-types';
import { dropGuestTable, dropPin } from './pinning';
import { unshareXenPage } from './sharing';

/** Whether so many pages were enough for now. */
export type Enough = (done: number) => boolean;

/**
 * Drops every use that a dying domain makes of memory: CR3s, descriptor tables, a moved vcpu_info, pins, and
 * the allocator's references.
 * @returns how many frames others still hold
 */
export function relinquishMemory(mm: Mm, d: Domain): number {
	relinquishPart(mm, d, () => false);
	return relinquishRest(mm, d);
}

/**
 * What comes last. A frame that others still hold (a control domain, by a mapping of its own) becomes Xen's until they let go: the domain's
 * number may be another's by then.
 * @returns how many such frames there are
 */
export function relinquishRest(mm: Mm, d: Domain): number {
	destroyAddressSpace(mm, d);
	const left = framesOf(mm, d);
	for (const frame of left) {
		if (!mm.frames.has(frame, FLAG.xenHeap)) d.mm.totalPages--;
		mm.frames.owner[frame] = DOMID_XEN;
	}
	return left.length;
}

/**
 * The longer part, as much as is enough for now; it goes on where it was, whatever others did meanwhile.
 * @returns whether nothing of it is left to do
 */
export function relinquishPart(mm: Mm, d: Domain, enough: Enough): boolean {
	d.dying = true;
	for (const v of d.vcpus) dropUses(mm, v);
	if (d.events.eoiPage !== null) putPageAndType(mm, d.events.eoiPage);
	d.events.eoiPage = null;
	const f = mm.frames;
	const owned = framesOf(mm, d);
	let done = 0;
	for (const { flag, drop } of STEPS) {
		for (const frame of owned) {
			if (f.owner[frame] !== d.id || !f.has(frame, flag)) continue;
			if (done > 0 && enough(done)) return false;
			drop(mm, frame);
			done++;
		}
	}
	return true;
}

const framesOf = (mm: Mm, d: Domain): number[] =>
	[...mm.frames.owner.keys()].filter((frame) => mm.frames.owner[frame] === d.id);

/** Pins of all frames first, then what the allocator holds, or Xen. */
const STEPS = [
	{ flag: FLAG.pinned, drop: dropPin },
	{
		flag: FLAG.allocated,
		drop: (mm: Mm, frame: number): void =>
			mm.frames.has(frame, FLAG.xenHeap) ? unshareXenPage(mm, frame) : putAllocReference(mm, frame)
	}
] as const;

function dropUses(mm: Mm, v: Vcpu): void {
	dropLdtPages(mm, v, true);
	dropGdt(mm, v);
	dropGuestTable(mm, v);
	if (!v.events.vcpuInfoRegistered) return;
	putPageAndType(mm, v.events.vcpuInfo.mfn);
	v.events.vcpuInfo = { mfn: v.domain.sharedInfo, offset: v.id * 64 };
	v.events.vcpuInfoRegistered = false;
}
