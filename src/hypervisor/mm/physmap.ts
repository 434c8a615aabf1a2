/**
 * Operations on a physical map that the hypervisor keeps, which it does not for a PV guest, and on the memory of other domains
 * (xen/common/memory.c, mem_access.c). What is asked first stays visible: a bad pointer, a bad argument, no such domain.
 */
import { EACCES, EDOM, EFAULT, EINVAL, ENOSYS, EOPNOTSUPP, EPERM, ESRCH } from '../../abi/errno';
import { struct } from '../../abi/layout';
import { XEN_ADD_TO_PHYSMAP, XENMAPSPACE_GMFN_FOREIGN } from '../../abi/structs/mm';
import { CHECK } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import type { Mm } from './context';
import { domainByAnyId } from './foreign';

const MEMORY_H = 'xen/include/public/memory.h';
const BATCH = struct('xen_add_to_physmap_batch', MEMORY_H, {
	domid: 'u16',
	space: 'u16',
	size: 'u16',
	u: 'u16',
	idxs: 'ptr',
	gpfns: 'ptr',
	errs: 'ptr'
});
const ACCESS_OP = struct('xen_mem_access_op', MEMORY_H, {
	op: 'u8',
	access: 'u8',
	domid: 'u16',
	nr: 'u32',
	pfn: 'u64',
	pfn_list: 'ptr',
	access_list: 'ptr'
});
const ACQUIRE = struct('xen_mem_acquire_resource', MEMORY_H, {
	domid: 'u16',
	type: 'u16',
	id: 'u32',
	nr_frames: 'u32',
	pad: 'u32',
	frame: 'u64',
	frame_list: 'ptr'
});
const XENMAPSPACE_GMFN_RANGE = 3;
/** Largest number of a continued call: extents are counted in 16 bits. */
const LAST_START = 0xffff;
/** Extents that fit the area in which a 64-bit hypervisor translates a 32-bit guest's lists. */
const TRANSLATED = 508;

/** XENMEM_add_to_physmap. */
export function addToPhysmap(mm: Mm, v: Vcpu, address: number, start: number): number {
	const view = mm.guest.read(address, XEN_ADD_TO_PHYSMAP.size);
	if (view === null) return -EFAULT;
	if (start > LAST_START) return -EDOM;
	if (view.getUint32(XEN_ADD_TO_PHYSMAP.at.space, true) === XENMAPSPACE_GMFN_FOREIGN) return -ENOSYS;
	return translated(mm, v, view.getUint16(XEN_ADD_TO_PHYSMAP.at.domid, true));
}

/** XENMEM_add_to_physmap_batch. */
export function addToPhysmapBatch(mm: Mm, v: Vcpu, address: number, start: number): number {
	const view = mm.guest.read(address, BATCH.size);
	if (view === null) return -EFAULT;
	const size = view.getUint16(BATCH.at.size, true);
	const [idxs, gpfns, errs] = [BATCH.at.idxs, BATCH.at.gpfns, BATCH.at.errs].map((at) => view.getUint32(at, true));
	if (![idxs, gpfns, errs].every((list) => mm.guest.accessible(list, size * 4))) return -EFAULT;
	const bytes = Math.max(0, Math.min(size - start, TRANSLATED)) * 4;
	const readable = (list: number): boolean => mm.guest.read(list + start * 4, bytes) !== null;
	if (bytes > 0 && !(readable(idxs) && readable(gpfns))) return -EFAULT;
	if (start > LAST_START) return -EDOM;
	if (view.getUint16(BATCH.at.space, true) === XENMAPSPACE_GMFN_RANGE) return -EOPNOTSUPP;
	return translated(mm, v, view.getUint16(BATCH.at.domid, true));
}

/** XENMEM_remove_from_physmap. */
export const removeFromPhysmap = (mm: Mm, v: Vcpu, argument: DataView): number =>
	translated(mm, v, argument.getUint16(0, true));

/** -ESRCH, or -EACCES: each domain here keeps its physical map itself, so there is nothing to add to or take from. */
function translated(mm: Mm, v: Vcpu, domid: number): number {
	const d = domainByAnyId(mm, v.domain, domid);
	if (d === null) return -ESRCH;
	return mm.ask(CHECK.physmap_translated, false, d.id) ? 0 : -EACCES;
}

/** XENMEM_access_op: restricts another domain's accesses; only to memory that has a second translation. */
export function accessOp(mm: Mm, v: Vcpu, address: number): number {
	const view = mm.guest.read(address, ACCESS_OP.size);
	if (view === null) return -EFAULT;
	const d = remoteDomain(mm, v, view.getUint16(ACCESS_OP.at.domid, true));
	return typeof d === 'number' ? d : -EINVAL;
}

/** XENMEM_acquire_resource: frames of another domain's grant table or device model, for its control domain. None are lent this way. */
export function acquireResource(mm: Mm, v: Vcpu, address: number, start: number): number {
	const view = mm.guest.read(address, ACQUIRE.size);
	if (view === null) return -EFAULT;
	const [count, list] = [view.getUint32(ACQUIRE.at.nr_frames, true), view.getUint32(ACQUIRE.at.frame_list, true)];
	const pastEnd = list !== 0 && count > 0 && start >= count;
	// Frames are named by 32 bits, and so is the end of the run.
	const [low, high] = [view.getUint32(ACQUIRE.at.frame, true), view.getUint32(ACQUIRE.at.frame + 4, true)];
	const fits = high === 0 && low + count < 2 ** 32;
	const sane = !pastEnd && fits && view.getUint32(ACQUIRE.at.pad, true) === 0;
	if (!mm.ask(CHECK.resource_range, sane, low, count)) return -EINVAL;
	const d = remoteDomain(mm, v, view.getUint16(ACQUIRE.at.domid, true));
	if (typeof d === 'number') return d;
	return mm.ask(CHECK.resource_privilege, v.domain.privileges.control, v.domain.id, d.id) ? -EOPNOTSUPP : -EPERM;
}

/** Another domain by its number: -ESRCH for none, which DOMID_SELF also is, -EPERM for the caller itself. */
function remoteDomain(mm: Mm, v: Vcpu, domid: number): Domain | number {
	const d = mm.domains.get(domid);
	if (!mm.ask(CHECK.remote_exists, d !== undefined, domid) || d === undefined) return -ESRCH;
	return mm.ask(CHECK.foreign_required, d !== v.domain, domid, v.domain.id) ? d : -EPERM;
}
