import { beforeEach, describe, expect, it } from 'vitest';
import {
	GNTCOPY_dest_gref,
	GNTCOPY_source_gref,
	GNTMAP_host_map,
	GNTMAP_readonly,
	GNTST_bad_copy_arg,
	GNTST_bad_domain,
	GNTST_bad_gntref,
	GNTST_bad_page,
	GNTST_general_error,
	GNTST_permission_denied,
	GNTTAB_COPY,
	GNTTABOP,
	GTF_permit_access,
	GTF_reading,
	GTF_readonly,
	GTF_sub_page
} from '../../../abi/structs/grant';
import { DOMID_SELF } from '../../../abi/structs/xen';
import type { Hypervisor } from '../../core/hypervisor';
import { TYPE } from '../../mm/frame-table';
import { L1_PAGE, pair, Party, slot, type Fields } from './party';

const REF = 8;
const BOTH = GNTCOPY_source_gref | GNTCOPY_dest_gref;

let granter: Party;
let user: Party;
let hv: Hypervisor;

beforeEach(() => {
	({ granter, mapper: user, hv } = pair());
	granter.grant(REF, user.dom, granter.mfn(7));
	granter.guest.write32(7 << 12, 0x1111, 0x2222);
	user.guest.write32(9 << 12, 0xaaaa, 0xbbbb);
});

/** From the granter's page to an own one. */
const take = (more: Fields = {}): Fields => ({
	'source.ref': REF,
	'source.domid': granter.dom,
	'dest.ref': user.mfn(9),
	'dest.domid': DOMID_SELF,
	len: 4,
	flags: GNTCOPY_source_gref,
	...more
});
/** From an own page to the granter's. */
const give = (more: Fields = {}): Fields => ({
	'source.ref': user.mfn(9),
	'source.domid': DOMID_SELF,
	'dest.ref': REF,
	'dest.domid': granter.dom,
	len: 4,
	flags: GNTCOPY_dest_gref,
	...more
});
/** Between own pages. */
const own = (more: Fields = {}): Fields => ({
	'source.ref': user.mfn(9),
	'source.domid': DOMID_SELF,
	'dest.ref': user.mfn(10),
	'dest.domid': DOMID_SELF,
	len: 4,
	...more
});
const allCounts = (): string => [hv.frames.typeCount, hv.frames.refCount].map(String).join();

describe('a copy', () => {
	it('goes out of a granted page, into one, and between own ones', () => {
		const before = allCounts();
		expect(user.one('copy', take({ 'source.offset': 4, 'dest.offset': 8 }))).toBe(0);
		expect(user.load((9 << 12) + 8)).toBe(0x2222);
		expect(user.one('copy', give({ 'dest.offset': 12 }))).toBe(0);
		expect(granter.load((7 << 12) + 12)).toBe(0xaaaa);
		expect(user.one('copy', own({ len: 4096 }))).toBe(0);
		expect([user.load(10 << 12), user.load((10 << 12) + 4)]).toEqual([0xaaaa, 0xbbbb]);
		expect(granter.flags(REF)).toBe(GTF_permit_access);
		expect(allCounts()).toBe(before);
	});

	it('takes as long as its bytes do: 64 of them are not charged as a page', () => {
		const { clock } = hv.machine;
		const took = (len: number): number => {
			const before = clock.now;
			expect(user.one('copy', own({ len }))).toBe(0);
			return clock.now - before;
		};
		took(4096);
		const [nothing, one, some, packet, page] = [0, 1, 64, 1500, 4096].map(took);
		const { stringStart, string16 } = clock.costs;
		expect(one - nothing).toBe(stringStart + string16);
		expect(some - one).toBe(3 * string16);
		expect(packet - some).toBe(90 * string16);
		expect(page - nothing).toBe(stringStart + 256 * string16);
	});

	it('goes between two granters, by a third', () => {
		const other = new Party(user.host);
		other.grant(REF + 1, user.dom, other.mfn(11));
		const fields = take({ 'dest.ref': REF + 1, 'dest.domid': other.dom, flags: BOTH });
		expect(user.one('copy', fields)).toBe(0);
		expect(other.load(11 << 12)).toBe(0x1111);
	});

	it('within one page reads all before it writes', () => {
		user.guest.write32(9 << 12, 1, 2, 3, 4);
		expect(user.one('copy', own({ 'dest.ref': user.mfn(9), 'dest.offset': 4, len: 12 }))).toBe(0);
		expect([0, 4, 8, 12].map((at) => user.load((9 << 12) + at))).toEqual([1, 1, 2, 3]);
	});

	it('may be of an own grant, and of nothing', () => {
		user.grant(REF, user.dom, user.mfn(9));
		expect(user.one('copy', take({ 'source.domid': user.dom, 'dest.ref': user.mfn(10) }))).toBe(0);
		expect(user.load(10 << 12)).toBe(0xaaaa);
		expect(user.one('copy', take({ 'source.domid': DOMID_SELF, 'dest.ref': user.mfn(10), len: 0 }))).toBe(0);
	});

	it('of a page that is mapped uses what was mapped, whatever the entry says by now', () => {
		const handle = user.map(granter.dom, REF, slot(0), GNTMAP_host_map | GNTMAP_readonly);
		granter.grant(REF, user.dom, granter.mfn(8));
		expect(user.one('copy', take())).toBe(0);
		expect(user.load(9 << 12)).toBe(0x1111);
		// Even where it is to be written, and the entry is asked again whether it may.
		user.guest.write32(9 << 12, 0x7777);
		expect(user.one('copy', give())).toBe(0);
		expect([granter.load(7 << 12), granter.load(8 << 12)]).toEqual([0x7777, 0]);
		expect(granter.flags(REF)).toBe(GTF_permit_access | GTF_reading);
		expect(user.unmap(handle, slot(0))).toBe(0);
	});

	it('into a page table that is lent for reading is refused, though the entry now names another page', () => {
		granter.grant(REF, user.dom, granter.mfn(L1_PAGE));
		user.map(granter.dom, REF, slot(0), GNTMAP_host_map | GNTMAP_readonly);
		granter.grant(REF, user.dom, granter.mfn(8));
		const table = user.load(slot(0));
		expect(user.one('copy', give())).toBe(GNTST_general_error);
		expect([user.load(slot(0)), granter.load(8 << 12)]).toEqual([table, 0]);
		expect(hv.frames.type[granter.mfn(L1_PAGE)]).toBe(TYPE.l1);
	});
});

describe('a copy that is refused', () => {
	const refusals: [string, () => Fields, number][] = [
		['from another\u2019s frame without a grant', () => take({ 'source.ref': granter.mfn(7), flags: 0 }), -8],
		['to another\u2019s frame without a grant', () => give({ 'dest.ref': granter.mfn(7), flags: 0 }), -8],
		[
			'from an own frame named by number of the domain',
			() => own({ 'source.domid': user.dom }),
			GNTST_permission_denied
		],
		['of a domain that is not there', () => take({ 'source.domid': 77 }), GNTST_bad_domain],
		['into a domain that is not there', () => give({ 'dest.domid': 77 }), GNTST_bad_domain],
		['beyond the table', () => take({ 'source.ref': 512 }), GNTST_bad_gntref],
		['of an empty entry', () => take({ 'source.ref': 9 }), GNTST_general_error],
		['from a frame that is not its own', () => own({ 'source.ref': granter.mfn(7) }), GNTST_bad_page],
		['to a frame that is not its own', () => own({ 'dest.ref': granter.mfn(7) }), GNTST_bad_page],
		['to a frame that is not there', () => own({ 'dest.ref': 0xffff_ffff }), GNTST_bad_page],
		['to the hypervisor\u2019s tables', () => own({ 'dest.ref': hv.spaces.xenL2 }), GNTST_bad_page],
		['over an own page table', () => own({ 'dest.ref': user.mfn(L1_PAGE) }), GNTST_general_error],
		['from behind the end of a page', () => own({ 'source.offset': 4093 }), GNTST_bad_copy_arg],
		['to behind the end of a page', () => own({ 'dest.offset': 4093 }), GNTST_bad_copy_arg],
		['of more than a page', () => own({ len: 0xffff }), GNTST_bad_copy_arg],
		['from behind the end of a granted page', () => take({ 'source.offset': 4093 }), GNTST_bad_copy_arg],
		['of a bad frame, beyond a page: the frame is looked at first', () => own({ 'dest.ref': 1, len: 5000 }), -9]
	];
	it.each(refusals)('%s', (_name, fields, status) => {
		const before = allCounts();
		expect(user.one('copy', fields())).toBe(status);
		expect(allCounts()).toBe(before);
		expect([granter.load(7 << 12), user.load(9 << 12), user.load(10 << 12)]).toEqual([0x1111, 0xaaaa, 0]);
		expect(granter.flags(REF)).toBe(GTF_permit_access);
	});

	it('from a page table it is not: that may be looked at', () => {
		expect(user.one('copy', own({ 'source.ref': user.mfn(L1_PAGE) }))).toBe(0);
		expect(user.load(10 << 12)! >>> 12).toBe(user.mfn(0));
	});

	it('into a page that is granted read-only', () => {
		granter.grant(REF, user.dom, granter.mfn(7), GTF_permit_access | GTF_readonly);
		expect([user.one('copy', give()), user.one('copy', take())]).toEqual([GNTST_general_error, 0]);
		expect(granter.flags(REF)).toBe(GTF_permit_access | GTF_readonly);
	});

	it('into a page table that another domain grants', () => {
		granter.grant(REF, user.dom, granter.mfn(L1_PAGE));
		expect(user.one('copy', give())).toBe(GNTST_general_error);
		expect(granter.flags(REF)).toBe(GTF_permit_access);
	});

	it('is not one by an entry for a part of a page: that bit means nothing in version 1', () => {
		granter.grant(REF, user.dom, granter.mfn(7), GTF_permit_access | GTF_sub_page);
		expect(user.one('copy', take())).toBe(0);
	});

	it('of an entry that another domain uses', () => {
		const other = new Party(user.host);
		user.map(granter.dom, REF, slot(0), GNTMAP_host_map | GNTMAP_readonly);
		granter.grant(REF, other.dom, granter.mfn(7));
		const fields = { ...take(), 'dest.ref': other.mfn(9) };
		expect(other.one('copy', fields)).toBe(GNTST_general_error);
		expect(granter.flags(REF)).toBe(GTF_permit_access);
	});

	it('after one that was allowed in the same batch, by grant or not', () => {
		// The same domain again, now by the number of a frame: what the first request was allowed is not the second one's.
		const list = [take(), take({ 'source.ref': granter.mfn(8), flags: 0 }), own(), take({ 'source.ref': 9 }), take()];
		expect(user.requests(GNTTABOP.copy, GNTTAB_COPY, list)).toEqual([0, -8, 0, GNTST_general_error, 0]);
	});
});

it('marks an entry only while the copy lasts', () => {
	// A copy onto the granter's own table: what it overwrites is written after the marks.
	granter.grant(9, user.dom, granter.table.frames[0]);
	user.guest.write32(9 << 12, 0);
	expect(user.one('copy', give({ 'dest.ref': 9, 'dest.offset': 9 * 8, len: 2 }))).toBe(0);
	expect(granter.flags(9) & GTF_reading).toBe(0);
});
