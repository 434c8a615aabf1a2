/**
 * GNTTABOP_transfer, the page flip: a page changes its owner, with what is in it. The caller gives the page up first: where
 * the other domain then does not take it, it is lost to the caller (xen/include/public/grant_table.h), and goes back to the heap.
 */
import {
	GNTST_bad_domain,
	GNTST_bad_page,
	GNTST_general_error,
	GNTST_okay,
	GNTTAB_TRANSFER,
	GRANT_ENTRY_V1,
	GTF_accept_transfer,
	GTF_transfer_committed,
	GTF_transfer_completed
} from '../../abi/structs/grant';
import { CHECK, KIND, word } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';
import { setM2p } from '../mm/m2p';
import { dropPage, givePage, stealPage } from '../mm/steal';
import { flushLocal } from '../mm/tlb';
import type { Serve } from './requests';
import { entryAt, hasEntry } from './table';

const AT = GNTTAB_TRANSFER.at;

export const transfer: Serve = (hv, v) => ({
	layout: GNTTAB_TRANSFER,
	describe: (request) => [
		word('of_dom', request.getUint16(AT.domid, true)),
		word('what', request.getUint32(AT.ref, true)),
		word('where_low', request.getUint32(AT.mfn, true)),
		word('where_high', 0)
	],
	apply: (request) =>
		flip(hv, v, request.getUint32(AT.mfn, true), request.getUint16(AT.domid, true), request.getUint32(AT.ref, true))
});

function flip(hv: Hypervisor, v: Vcpu, mfn: number, domid: number, ref: number): number {
	const exists = hv.frames.exists(mfn);
	if (!hv.ask(CHECK.grant_flip_frame, exists, mfn, hv.frames.size) || !stealPage(hv, v.domain, mfn))
		return GNTST_bad_page;
	flushLocal(hv);
	const status = handOver(hv, v.domain, mfn, domid, ref);
	if (status !== GNTST_okay) dropPage(hv, mfn);
	return status;
}

/** Gives a page that nobody owns to the domain that accepted it by entry `ref`. */
function handOver(hv: Hypervisor, from: Domain, mfn: number, domid: number, ref: number): number {
	const to = hv.domains.get(domid);
	if (!hv.ask(CHECK.grant_flip_domain, to !== undefined, domid, from.id) || !to) return GNTST_bad_domain;
	const room = !to.dying && to.mm.totalPages < to.mm.maxPages;
	if (!hv.ask(CHECK.grant_flip_room, room, to.mm.totalPages, to.mm.maxPages)) return GNTST_general_error;
	const table = hv.grants.table(to);
	if (!hasEntry(hv, table, ref)) return GNTST_general_error;
	const at = entryAt(table, ref);
	const { memory } = hv.machine;
	const header = memory.read32(at) >>> 0;
	const wanted = (GTF_accept_transfer | (from.id << 16)) >>> 0;
	if (!hv.ask(CHECK.grant_flip_accepted, header === wanted, header, wanted)) return GNTST_general_error;
	givePage(hv, to, mfn);
	setM2p(hv, mfn, memory.read32(at + GRANT_ENTRY_V1.at.frame));
	memory.write32(at + GRANT_ENTRY_V1.at.frame, mfn);
	memory.write16(at, GTF_accept_transfer | GTF_transfer_committed | GTF_transfer_completed);
	hv.recorder.record(KIND.grant_transfer, word('of_dom', domid), word('ref', ref), word('mfn', mfn));
	return GNTST_okay;
}
