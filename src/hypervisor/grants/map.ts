/** GNTTABOP_map_grant_ref: a frame that another domain granted, in the caller's page tables or for its devices. */
import {
	GNTMAP_device_map,
	GNTMAP_host_map,
	GNTMAP_readonly,
	GNTST_bad_domain,
	GNTST_bad_gntref,
	GNTST_general_error,
	GNTST_no_space,
	GNTST_okay,
	GNTTAB_MAP_GRANT_REF
} from '../../abi/structs/grant';
import { PAGE_SHIFT } from '../../base';
import { CHECK, KIND, word } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';
import { getPage, putPage, TYPE } from '../mm/frame-table';
import { createGrantMapping, type HostAddress } from '../mm/grant-entry';
import { getPageType, putPageAndType } from '../mm/page-types';
import { beginUse, endUse } from './active';
import { putHandle, takeHandle } from './maptrack';
import type { Serve } from './requests';
import { kindsOf, type Mapping } from './table';

const AT = GNTTAB_MAP_GRANT_REF.at;

/** A 64-bit address in a request. */
export const addressIn = (request: DataView, at: number): HostAddress => ({
	low: request.getUint32(at, true),
	high: request.getUint32(at + 4, true)
});

export const mapGrantRef: Serve = (hv, v) => ({
	layout: GNTTAB_MAP_GRANT_REF,
	answersAll: true,
	describe: (request) => [
		word('of_dom', request.getUint16(AT.dom, true)),
		word('what', request.getUint32(AT.ref, true)),
		word('where_low', request.getUint32(AT.host_addr, true)),
		word('where_high', request.getUint32(AT.host_addr + 4, true))
	],
	apply: (request) => map(hv, v, request)
});

function map(hv: Hypervisor, v: Vcpu, request: DataView): number {
	const flags = request.getUint32(AT.flags, true);
	const [dom, ref] = [request.getUint16(AT.dom, true), request.getUint32(AT.ref, true)];
	const somehow = (flags & (GNTMAP_device_map | GNTMAP_host_map)) !== 0;
	if (!hv.ask(CHECK.grant_map_somehow, somehow, flags, ref)) return GNTST_bad_gntref;
	const granter = hv.domains.get(dom);
	if (!hv.ask(CHECK.grant_granter, granter !== undefined, dom, v.domain.id) || !granter) return GNTST_bad_domain;
	const handle = takeHandle(hv, v);
	if (handle < 0) return GNTST_no_space;
	const kinds = kindsOf(flags);
	const use = { granter, ref, user: v.domain, kinds, maps: true, lost: GNTST_general_error };
	const active = beginUse(hv, use);
	if (typeof active === 'number') return giveUp(hv, v, handle, active);
	const mapping = { dom, ref, mfn: active.mfn, flags };
	if (!mapFrame(hv, v, mapping, addressIn(request, AT.host_addr))) {
		endUse(hv, granter, ref, kinds);
		return giveUp(hv, v, handle, GNTST_general_error);
	}
	hv.grants.table(v.domain).mappings.set(handle, mapping);
	hv.recorder.record(
		KIND.grant_map,
		word('of_dom', dom),
		word('ref', ref),
		word('mfn', mapping.mfn),
		word('handle', handle),
		word('flags', flags)
	);
	request.setUint32(AT.handle, handle, true);
	request.setUint32(AT.dev_bus_addr, mapping.mfn << PAGE_SHIFT, true);
	request.setUint32(AT.dev_bus_addr + 4, mapping.mfn >>> (32 - PAGE_SHIFT), true);
	return GNTST_okay;
}

function giveUp(hv: Hypervisor, v: Vcpu, handle: number, status: number): number {
	putHandle(hv.grants.table(v.domain), handle);
	return status;
}

/**
 * Takes what each way of mapping holds, a plain reference and the writable type unless it is read-only, and writes the entry.
 * One plain reference is held already; on failure it is given back with the rest.
 */
function mapFrame(hv: Hypervisor, v: Vcpu, { dom, mfn, flags }: Mapping, address: HostAddress): boolean {
	const byHost = (flags & GNTMAP_host_map) !== 0;
	const byBoth = byHost && (flags & GNTMAP_device_map) !== 0;
	const writable = (flags & GNTMAP_readonly) === 0;
	if (!takeType(hv, mfn, writable)) return false;
	if (byBoth && !(getPage(hv, mfn, dom) && takeType(hv, mfn, writable))) {
		giveBack(hv, mfn, writable);
		return false;
	}
	if (!byHost || createGrantMapping(hv, v, address, mfn, flags)) return true;
	if (byBoth) giveBack(hv, mfn, writable);
	giveBack(hv, mfn, writable);
	return false;
}

/** Takes the type that one way of mapping holds, or gives back its reference. */
function takeType(hv: Hypervisor, mfn: number, writable: boolean): boolean {
	const taken = !writable || getPageType(hv, mfn, TYPE.writable) === 0;
	if (!taken) putPage(hv, mfn);
	return taken;
}

/** Gives back what one way of mapping holds. */
function giveBack(hv: Hypervisor, mfn: number, writable: boolean): void {
	if (writable) putPageAndType(hv, mfn);
	else putPage(hv, mfn);
}
