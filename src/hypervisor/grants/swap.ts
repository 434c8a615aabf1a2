/** GNTTABOP_swap_grant_ref: two entries of the caller's own trade places, if nobody uses them. */
import { GNTST_bad_gntref, GNTST_eagain, GNTST_okay, GNTTAB_SWAP_GRANT_REF } from '../../abi/structs/grant';
import type { Vcpu } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';
import { CHECK, word } from '../../trace/events';
import type { Serve } from './requests';
import { entryAt, hasEntry } from './table';

const AT = GNTTAB_SWAP_GRANT_REF.at;

export const swapGrantRef: Serve = (hv, v) => ({
	layout: GNTTAB_SWAP_GRANT_REF,
	describe: (request) => [
		word('of_dom', v.domain.id),
		word('what', request.getUint32(AT.ref_a, true)),
		word('where_low', request.getUint32(AT.ref_b, true)),
		word('where_high', 0)
	],
	apply: (request) => swap(hv, v, request.getUint32(AT.ref_a, true), request.getUint32(AT.ref_b, true))
});

function swap(hv: Hypervisor, v: Vcpu, a: number, b: number): number {
	const table = hv.grants.table(v.domain);
	if (![a, b].every((ref) => hasEntry(hv, table, ref))) return GNTST_bad_gntref;
	if (a === b) return GNTST_okay;
	const busy = [a, b].find((ref) => table.active.has(ref));
	if (!hv.ask(CHECK.grant_swap_unused, busy === undefined, busy ?? a, b)) return GNTST_eagain;
	const { memory } = hv.machine;
	const [atA, atB] = [entryAt(table, a), entryAt(table, b)];
	const entry = memory.read64(atA);
	memory.write64(atA, memory.read64(atB));
	memory.write64(atB, entry);
	return GNTST_okay;
}
