/**
 * GNTTABOP_copy: bytes from one frame to another, each the caller's own or one that was granted to it. Each request is
 * judged by itself, whatever the one before it was allowed.
 */
import {
	GNTCOPY_dest_gref,
	GNTCOPY_source_gref,
	GNTST_bad_copy_arg,
	GNTST_bad_domain,
	GNTST_bad_page,
	GNTST_general_error,
	GNTST_okay,
	GNTST_permission_denied,
	GNTTAB_COPY,
	GNTTAB_COPY_PTR
} from '../../abi/structs/grant';
import { DOMID_SELF } from '../../abi/structs/xen';
import { PAGE_SIZE } from '../../base';
import { CHECK, KIND, word } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';
import { moveMemory } from '../mm/bulk';
import { getPage, putPage, TYPE } from '../mm/frame-table';
import { getPageType, putPageType } from '../mm/page-types';
import { beginUse, endUse } from './active';
import type { Serve } from './requests';
import type { PinKind } from './table';

const AT = GNTTAB_COPY.at;

/** One end of a copy, as the request has it. */
interface End {
	readonly domid: number;
	/** A grant reference, or a frame. */
	readonly ref: number;
	readonly offset: number;
	readonly granted: boolean;
	readonly written: boolean;
}

const endIn = (request: DataView, at: number, granted: boolean, written: boolean): End => ({
	ref: request.getUint32(at + GNTTAB_COPY_PTR.at.ref, true),
	domid: request.getUint16(at + GNTTAB_COPY_PTR.at.domid, true),
	offset: request.getUint16(at + GNTTAB_COPY_PTR.at.offset, true),
	granted,
	written
});

export const copy: Serve = (hv, v) => ({
	layout: GNTTAB_COPY,
	describe: (request) => [
		word('of_dom', request.getUint16(AT.source + GNTTAB_COPY_PTR.at.domid, true)),
		word('what', request.getUint32(AT.source, true)),
		word('where_low', request.getUint32(AT.dest, true)),
		word('where_high', 0)
	],
	apply: (request) => {
		const flags = request.getUint16(AT.flags, true);
		const source = endIn(request, AT.source, (flags & GNTCOPY_source_gref) !== 0, false);
		const dest = endIn(request, AT.dest, (flags & GNTCOPY_dest_gref) !== 0, true);
		return copyOne(hv, v, source, dest, request.getUint16(AT.len, true));
	}
});

function copyOne(hv: Hypervisor, v: Vcpu, source: End, dest: End, length: number): number {
	const from = domainOf(hv, v, source);
	if (typeof from === 'number') return from;
	const to = domainOf(hv, v, dest);
	if (typeof to === 'number') return to;
	const read = hold(hv, v, source, from);
	if (read < 0) return read;
	const written = hold(hv, v, dest, to);
	const status = written < 0 ? written : copyBytes(hv, read, source.offset, written, dest.offset, length);
	if (written >= 0) letGo(hv, dest, to, written);
	letGo(hv, source, from, read);
	return status;
}

/** Whose frame it is: another domain's only by grant. */
function domainOf(hv: Hypervisor, v: Vcpu, { domid, granted }: End): Domain | number {
	const byRight = granted || domid === DOMID_SELF;
	if (!hv.ask(CHECK.grant_copy_right, byRight, domid, v.domain.id)) return GNTST_permission_denied;
	const d = hv.domain(domid, v.domain);
	return hv.ask(CHECK.grant_copy_domain, d !== undefined, domid, v.domain.id) && d ? d : GNTST_bad_domain;
}

const READS: readonly PinKind[] = ['hostRead'];
const WRITES: readonly PinKind[] = ['hostWrite'];
const kindsOf = ({ written }: End): readonly PinKind[] => (written ? WRITES : READS);

/**
 * Takes a reference on the frame, by way of the grant if there is one, and the writable type where it is written to.
 * @returns the frame, or the GNTST_*, below zero, that says why not
 */
function hold(hv: Hypervisor, v: Vcpu, end: End, owner: Domain): number {
	const mfn = end.granted ? holdGranted(hv, v, end, owner) : holdOwn(hv, end.ref, owner);
	if (mfn < 0 || !end.written || getPageType(hv, mfn, TYPE.writable) === 0) return mfn;
	letGoPage(hv, end, owner, mfn);
	return GNTST_general_error;
}

function holdGranted(hv: Hypervisor, v: Vcpu, end: End, granter: Domain): number {
	const use = { granter, ref: end.ref, user: v.domain, kinds: kindsOf(end), maps: false, lost: GNTST_bad_domain };
	const active = beginUse(hv, use);
	return typeof active === 'number' ? active : active.mfn;
}

const holdOwn = (hv: Hypervisor, mfn: number, owner: Domain): number =>
	getPage(hv, mfn, owner.id) ? mfn : GNTST_bad_page;

/** Gives back what `hold` took. */
function letGo(hv: Hypervisor, end: End, owner: Domain, mfn: number): void {
	if (end.written) putPageType(hv, mfn);
	letGoPage(hv, end, owner, mfn);
}

function letGoPage(hv: Hypervisor, end: End, owner: Domain, mfn: number): void {
	if (end.granted) endUse(hv, owner, end.ref, kindsOf(end));
	putPage(hv, mfn);
}

function copyBytes(
	hv: Hypervisor,
	from: number,
	fromOffset: number,
	to: number,
	toOffset: number,
	length: number
): number {
	const end = Math.max(fromOffset, toOffset) + length;
	if (!hv.ask(CHECK.grant_copy_within, end <= PAGE_SIZE, end, PAGE_SIZE)) return GNTST_bad_copy_arg;
	moveMemory(hv, to * PAGE_SIZE + toOffset, from * PAGE_SIZE + fromOffset, length);
	hv.recorder.record(
		KIND.grant_copy,
		word('from_mfn', from),
		word('from_offset', fromOffset),
		word('to_mfn', to),
		word('to_offset', toOffset),
		word('bytes', length)
	);
	return GNTST_okay;
}
