/**
 * The end of a domain, as granter and as mapper. What a page-table entry holds is given back with the table (mm/relinquish.ts);
 * here go the uses, and what a device address holds.
 */
import { GNTMAP_device_map, GNTMAP_readonly } from '../../abi/structs/grant';
import { DOMID_INVALID } from '../../abi/structs/xen';
import type { Domain } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';
import { putPage } from '../mm/frame-table';
import { putPageAndType } from '../mm/page-types';
import type { Enough } from '../mm/relinquish';
import { endUse } from './active';
import { putHandle } from './maptrack';
import { kindsOf } from './table';
import { tellUnmapped } from './unmap';

/**
 * Ends the mappings of a domain that is about to lose its page tables, as many as are enough for now.
 * @returns whether those were all
 */
export function releaseMappings(hv: Hypervisor, d: Domain, enough: Enough): boolean {
	const table = hv.grants.table(d);
	let done = 0;
	for (const [handle, mapping] of [...table.mappings]) {
		if (done > 0 && enough(done)) return false;
		done++;
		const granter = hv.domains.get(mapping.dom);
		tellUnmapped(hv, handle, mapping);
		if ((mapping.flags & GNTMAP_device_map) !== 0) {
			if ((mapping.flags & GNTMAP_readonly) !== 0) putPage(hv, mapping.mfn);
			else putPageAndType(hv, mapping.mfn);
		}
		if (granter) endUse(hv, granter, mapping.ref, kindsOf(mapping.flags));
		putHandle(table, handle);
	}
	return true;
}

/** The granter goes: whoever maps something of it keeps the frame until it is unmapped, but nobody's entry stands behind it. */
export function forgetGranter(hv: Hypervisor, d: Domain): void {
	for (const table of hv.grants.tables.values()) {
		for (const mapping of table.mappings.values()) if (mapping.dom === d.id) mapping.dom = DOMID_INVALID;
	}
	hv.grants.table(d).active.clear();
}
