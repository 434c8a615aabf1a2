/** GNTTABOP_setup_table, query_size and get_status_frames: how large a table is, and where it lies. */
import { EFAULT, EINVAL } from '../../abi/errno';
import {
	GNTST_bad_domain,
	GNTST_bad_virt_addr,
	GNTST_general_error,
	GNTST_okay,
	GNTST_permission_denied,
	GNTTAB_GET_STATUS_FRAMES,
	GNTTAB_QUERY_SIZE,
	GNTTAB_SETUP_TABLE,
	GNTTABOP
} from '../../abi/structs/grant';
import { PAGE_SIZE } from '../../base';
import { CHECK } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import { readStruct, writeGuest32, writeStruct } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';

/** The domain that a request is about, or the GNTST_* that says why not. */
export function grantDomain(hv: Hypervisor, v: Vcpu, id: number): Domain | number {
	const caller = v.domain;
	const d = hv.domain(id, caller);
	if (!hv.ask(CHECK.grant_domain, d !== undefined, id, caller.id) || !d) return GNTST_bad_domain;
	const permitted = d === caller || caller.privileges.control;
	return hv.ask(CHECK.grant_permission, permitted, id, caller.id) ? d : GNTST_permission_denied;
}

/** Whether a table may have `count` frames, and there is memory for those that it lacks. */
function mayGrow(hv: Hypervisor, d: Domain, count: number): boolean {
	const { frames, maxFrames } = hv.grants.table(d);
	const more = Math.max(0, count - frames.length);
	return (
		hv.ask(CHECK.grant_frames, count <= maxFrames, count, maxFrames) &&
		hv.ask(CHECK.grant_memory, more <= hv.heap.available, more, hv.heap.available)
	);
}

/** These calls bring exactly one request. */
const isSingle = (hv: Hypervisor, count: number, op: number): boolean =>
	hv.ask(CHECK.grant_single, count === 1, count, op);

/** Makes the table `nr_frames` long and tells the frames. */
export function setupTable(hv: Hypervisor, v: Vcpu, uop: number, count: number): number {
	if (!hv.guest.accessible(uop, count * GNTTAB_SETUP_TABLE.size)) return -EFAULT;
	if (count === 0) return 0;
	if (!isSingle(hv, count, GNTTABOP.setup_table)) return -EINVAL;
	const { at } = GNTTAB_SETUP_TABLE;
	const request = readStruct(hv, uop, GNTTAB_SETUP_TABLE);
	if (!request) return -EFAULT;
	const [frames, list] = [request.getUint32(at.nr_frames, true), request.getUint32(at.frame_list, true)];
	if (!hv.guest.accessible(list, frames * 4)) return -EFAULT;
	const d = grantDomain(hv, v, request.getUint16(at.dom, true));
	let status: number = GNTST_okay;
	if (typeof d === 'number') status = d;
	else if (!mayGrow(hv, d, frames)) status = GNTST_general_error;
	else {
		const before = hv.grants.frames(d).length;
		hv.grants.grow(hv, d, frames);
		hv.processor.moved((hv.grants.frames(d).length - before) * PAGE_SIZE);
		// The table stays as long as it is, whether or not the caller can be told.
		const told = hv.grants.frames(d).slice(0, frames);
		for (const [i, frame] of told.entries()) if (!writeGuest32(hv, list + i * 4, frame)) status = GNTST_bad_virt_addr;
	}
	request.setInt16(at.status, status, true);
	return writeStruct(hv, uop, request) ? 0 : -EFAULT;
}

/** Tells how long a table is and may become. */
export function querySize(hv: Hypervisor, v: Vcpu, uop: number, count: number): number {
	if (!isSingle(hv, count, GNTTABOP.query_size)) return -EINVAL;
	const { at } = GNTTAB_QUERY_SIZE;
	const request = readStruct(hv, uop, GNTTAB_QUERY_SIZE);
	if (!request) return -EFAULT;
	const d = grantDomain(hv, v, request.getUint16(at.dom, true));
	if (typeof d !== 'number') {
		request.setUint32(at.nr_frames, hv.grants.frames(d).length, true);
		request.setUint32(at.max_nr_frames, hv.grants.table(d).maxFrames, true);
	}
	request.setInt16(at.status, typeof d === 'number' ? d : GNTST_okay, true);
	return writeStruct(hv, uop, request) ? 0 : -EFAULT;
}

/** Tells the frames of statuses, which a table of version 1 has none of. */
export function getStatusFrames(hv: Hypervisor, v: Vcpu, uop: number, count: number): number {
	if (!hv.guest.accessible(uop, count * GNTTAB_GET_STATUS_FRAMES.size)) return -EFAULT;
	if (count === 0) return 0;
	if (!isSingle(hv, count, GNTTABOP.get_status_frames)) return -EINVAL;
	const { at } = GNTTAB_GET_STATUS_FRAMES;
	const request = readStruct(hv, uop, GNTTAB_GET_STATUS_FRAMES);
	if (!request) return -EFAULT;
	const frames = request.getUint32(at.nr_frames, true);
	if (!hv.guest.accessible(request.getUint32(at.frame_list, true), frames * 8)) return -EFAULT;
	const d = grantDomain(hv, v, request.getUint16(at.dom, true));
	const there = typeof d !== 'number' && hv.ask(CHECK.grant_status_frames, frames === 0, frames, 0);
	request.setInt16(at.status, typeof d === 'number' ? d : there ? GNTST_okay : GNTST_general_error, true);
	return writeStruct(hv, uop, request) ? 0 : -EFAULT;
}
