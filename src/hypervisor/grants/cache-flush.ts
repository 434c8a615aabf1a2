/**
 * GNTTABOP_cache_flush, which is for processors whose devices see memory past the caches. An x86 keeps them coherent, so
 * cleaning changes nothing that could be seen here; what is asked first is asked all the same.
 */
import { EFAULT, EILSEQ, EINVAL, EOPNOTSUPP, EPERM } from '../../abi/errno';
import { GNTTAB_CACHE_CLEAN, GNTTAB_CACHE_FLUSH, GNTTAB_CACHE_INVAL } from '../../abi/structs/grant';
import { PAGE_SHIFT, PAGE_SIZE } from '../../base';
import { CHECK } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import { readStruct } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { takesLong } from '../mm/batch';

const AT = GNTTAB_CACHE_FLUSH.at;
const KNOWN = GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL;

/**
 * Serves requests until one is refused: they have no statuses of their own.
 * @param resumeAt the reference at which the look for the first request's grant goes on
 * @returns 0 or -errno
 */
export function cacheFlush(hv: Hypervisor, v: Vcpu, op: number, uop: number, count: number, resumeAt: number): number {
	const { size } = GNTTAB_CACHE_FLUSH;
	if (!hv.guest.accessible(uop, count * size)) return -EFAULT;
	const started = hv.processor.time;
	for (let done = 0; done < count; done++) {
		if (done > 0 && takesLong(hv, done, started)) return hv.continueHypercall(v, [op, uop + done * size, count - done]);
		const request = readStruct(hv, uop + done * size, GNTTAB_CACHE_FLUSH);
		if (!request) return -EFAULT;
		hv.processor.validated(1);
		const rc = flush(hv, v, request, done === 0 ? resumeAt : 0);
		if (rc !== 0) return rc;
	}
	return 0;
}

function flush(hv: Hypervisor, v: Vcpu, request: DataView, firstRef: number): number {
	const [offset, length] = [request.getUint16(AT.offset, true), request.getUint16(AT.length, true)];
	const what = request.getUint32(AT.op, true);
	const sane = offset < PAGE_SIZE && offset + length <= PAGE_SIZE && (what & ~KNOWN) === 0;
	if (!hv.ask(CHECK.grant_flush_sane, sane, offset + length, what)) return -EINVAL;
	if (length === 0 || what === 0) return firstRef === 0 ? 0 : -EILSEQ;
	const mfn =
		(request.getUint32(AT.dev_bus_addr, true) >>> PAGE_SHIFT) +
		request.getUint32(AT.dev_bus_addr + 4, true) * 0x10_0000;
	if (!hv.ask(CHECK.grant_flush_frame, hv.frames.exists(mfn), mfn, hv.frames.size)) return -EINVAL;
	const owner = hv.frames.refCount[mfn] > 0 ? hv.domains.get(hv.frames.owner[mfn]) : undefined;
	if (!hv.ask(CHECK.grant_flush_owner, owner !== undefined, mfn, hv.frames.owner[mfn]) || !owner) return -EPERM;
	const mayReach = owner === v.domain || isGranted(hv, v, owner.id, mfn, firstRef);
	if (!hv.ask(CHECK.grant_flush_granted, mayReach, mfn, owner.id)) return -EINVAL;
	// Throwing away what is in a cache and not in memory is more than a guest may ask for on an x86.
	return hv.ask(CHECK.grant_flush_clean, (what & GNTTAB_CACHE_CLEAN) !== 0, what, mfn) ? 0 : -EOPNOTSUPP;
}

/** Whether the caller uses the frame by a grant of its owner's. */
function isGranted(hv: Hypervisor, v: Vcpu, owner: number, mfn: number, firstRef: number): boolean {
	const active = hv.grants.tables.get(owner)?.active ?? [];
	return [...active].some(([ref, grant]) => ref >= firstRef && grant.domid === v.domain.id && grant.mfn === mfn);
}
