import { beforeEach, describe, expect, it } from 'vitest';
import {
	GNTST_bad_domain,
	GNTST_bad_gntref,
	GNTST_bad_page,
	GNTST_eagain,
	GNTST_general_error,
	GNTTAB_CACHE_CLEAN,
	GNTTAB_CACHE_FLUSH,
	GNTTAB_CACHE_INVAL,
	GNTTAB_SWAP_GRANT_REF,
	GNTTAB_TRANSFER,
	GNTTABOP,
	GTF_accept_transfer,
	GTF_permit_access,
	GTF_transfer_committed,
	GTF_transfer_completed
} from '../../../abi/structs/grant';
import { DOMID_SELF } from '../../../abi/structs/xen';
import type { Hypervisor } from '../../core/hypervisor';
import { getM2p } from '../../mm/m2p';
import { L1_PAGE, pair, requestBytes, REQUESTS, slot, type Fields, type Party } from './party';

const REF = 8;
const PFN = 1000;

let giver: Party;
let taker: Party;
let hv: Hypervisor;

/** Unmaps page 7 of the giver, so that nothing but the allocator refers to it. */
beforeEach(() => {
	({ granter: giver, mapper: taker, hv } = pair());
	giver.store(7 << 12, 0x1111);
	giver.updateVa(7 << 12, 0);
	taker.guest.domain.mm.maxPages++;
	taker.grant(REF, giver.dom, PFN, GTF_accept_transfer);
});

const flip = (more: Fields = {}): number =>
	giver.one('transfer', { mfn: giver.mfn(7), domid: taker.dom, ref: REF, ...more });

describe('a transfer', () => {
	it('makes a page the other domain\u2019s, with what is in it', () => {
		const page = giver.mfn(7);
		const pages = [giver.guest.domain.mm.totalPages, taker.guest.domain.mm.totalPages];
		expect(flip()).toBe(0);
		expect(hv.frames.owner[page]).toBe(taker.dom);
		expect([giver.guest.domain.mm.totalPages, taker.guest.domain.mm.totalPages]).toEqual([pages[0] - 1, pages[1] + 1]);
		expect(taker.flags(REF)).toBe(GTF_accept_transfer | GTF_transfer_committed | GTF_transfer_completed);
		expect([taker.frame(REF), getM2p(hv, page)]).toEqual([page, PFN]);
		expect(taker.updateVa(slot(0), (page << 12) | 7)).toBe(0);
		expect(taker.load(slot(0))).toBe(0x1111);
		expect(giver.updateVa(7 << 12, (page << 12) | 7)).toBe(-16);
	});

	it('comes once: the entry is used up', () => {
		expect(flip()).toBe(0);
		giver.updateVa(8 << 12, 0);
		taker.guest.domain.mm.maxPages++;
		expect(flip({ mfn: giver.mfn(8) })).toBe(GNTST_general_error);
	});

	it('may be to oneself', () => {
		giver.grant(REF, giver.dom, PFN, GTF_accept_transfer);
		expect(flip({ domid: giver.dom })).toBe(0);
		expect(hv.frames.owner[giver.mfn(7)]).toBe(giver.dom);
	});

	const kept: [string, () => Fields][] = [
		['is mapped', () => ({ mfn: giver.mfn(8) })],
		['is a page table', () => ({ mfn: giver.mfn(L1_PAGE) })],
		['is another\u2019s', () => ({ mfn: taker.mfn(7) })],
		['is the hypervisor\u2019s', () => ({ mfn: hv.spaces.xenL2 })],
		['is a frame of its grant table', () => ({ mfn: giver.table.frames[0] })],
		['is not there', () => ({ mfn: 0xffff_ffff })]
	];
	it.each(kept)('of a page that %s is refused, and changes nothing', (_name, fields) => {
		const free = hv.heap.available;
		expect(flip(fields())).toBe(GNTST_bad_page);
		expect(hv.heap.available).toBe(free);
		expect(taker.flags(REF)).toBe(GTF_accept_transfer);
	});

	const lost: [string, () => number, number][] = [
		['is not there', () => flip({ domid: 77 }), GNTST_bad_domain],
		['is DOMID_SELF, which names nobody here', () => flip({ domid: DOMID_SELF }), GNTST_bad_domain],
		['has no such entry', () => flip({ ref: 512 }), GNTST_general_error],
		['accepts no page by that entry', () => flip({ ref: REF + 1 }), GNTST_general_error],
		[
			'permits access where it should accept a page',
			() => {
				taker.grant(REF, giver.dom, PFN, GTF_permit_access);
				return flip();
			},
			GNTST_general_error
		],
		[
			'accepts a page from another',
			() => {
				taker.grant(REF, taker.dom, PFN, GTF_accept_transfer);
				return flip();
			},
			GNTST_general_error
		],
		[
			'has no room',
			() => {
				taker.guest.domain.mm.maxPages--;
				return flip();
			},
			GNTST_general_error
		]
	];
	it.each(lost)('to a domain that %s has lost the page: it is free, and cleared', (_name, attempt, status) => {
		const free = hv.heap.available;
		expect(attempt()).toBe(status);
		expect(hv.heap.available).toBe(free + 1);
		expect(hv.machine.memory.read32(giver.mfn(7) * 4096)).toBe(0);
	});

	it('of a page that is granted and mapped waits until it is unmapped', () => {
		giver.grant(REF, taker.dom, giver.mfn(7));
		const handle = taker.map(giver.dom, REF, slot(0));
		expect(flip()).toBe(GNTST_bad_page);
		taker.unmap(handle, slot(0));
		expect(flip()).toBe(0);
	});

	it('twice in one batch is done once', () => {
		const one = { mfn: giver.mfn(7), domid: taker.dom, ref: REF };
		expect(giver.requests(GNTTABOP.transfer, GNTTAB_TRANSFER, [one, one])).toEqual([0, GNTST_bad_page]);
	});
});

describe('swap_grant_ref', () => {
	const swap = (ref_a: number, ref_b: number): number =>
		giver.requests(GNTTABOP.swap_grant_ref, GNTTAB_SWAP_GRANT_REF, [{ ref_a, ref_b }])[0];

	it('makes two entries trade places', () => {
		giver.grant(8, taker.dom, 0x111);
		giver.grant(9, 0, 0x222, GTF_accept_transfer);
		expect(swap(8, 9)).toBe(0);
		expect([giver.frame(8), giver.flags(8), giver.frame(9), giver.flags(9)]).toEqual([0x222, 2, 0x111, 1]);
		expect(swap(8, 8)).toBe(0);
	});

	it('refuses entries that are not there, or in use', () => {
		expect([swap(512, 8), swap(8, 512)]).toEqual([GNTST_bad_gntref, GNTST_bad_gntref]);
		giver.grant(8, taker.dom, giver.mfn(9));
		taker.map(giver.dom, 8, slot(0));
		expect([swap(8, 9), swap(9, 8), swap(8, 8)]).toEqual([GNTST_eagain, GNTST_eagain, 0]);
	});
});

describe('cache_flush', () => {
	const flush = (fields: Fields, op: number = GNTTABOP.cache_flush): number => {
		giver.guest.write(REQUESTS, [
			...requestBytes(GNTTAB_CACHE_FLUSH, { length: 4096, op: GNTTAB_CACHE_CLEAN, ...fields })
		]);
		return giver.grantOp(op, REQUESTS, 1);
	};

	it('is done for own pages, and for those in use by grant', () => {
		expect(flush({ dev_bus_addr: giver.mfn(9) * 4096 })).toBe(0);
		expect(flush({ dev_bus_addr: taker.mfn(9) * 4096 })).toBe(-22);
		taker.grant(REF, giver.dom, taker.mfn(9));
		giver.map(taker.dom, REF, slot(0));
		expect(flush({ dev_bus_addr: taker.mfn(9) * 4096 })).toBe(0);
		// Where it is to go on behind that entry.
		expect(flush({ dev_bus_addr: taker.mfn(9) * 4096 }, 0x1000 | GNTTABOP.cache_flush)).toBe(-22);
	});

	it('refuses what it must', () => {
		const dev_bus_addr = giver.mfn(9) * 4096;
		expect(flush({ dev_bus_addr, offset: 1 })).toBe(-22);
		expect(flush({ dev_bus_addr, offset: 4096, length: 0 })).toBe(-22);
		expect(flush({ dev_bus_addr, op: 4 })).toBe(-22);
		expect(flush({ dev_bus_addr, op: 0x8000_0001 })).toBe(-22);
		expect(flush({ dev_bus_addr: 2 ** 40 })).toBe(-22);
		expect(flush({ dev_bus_addr: hv.spaces.xenL2 * 4096 })).toBe(-1);
		expect(flush({ dev_bus_addr, op: GNTTAB_CACHE_INVAL })).toBe(-95);
		expect(flush({ dev_bus_addr, length: 0 })).toBe(0);
		expect(flush({ dev_bus_addr, op: 0 }, 0x1000 | GNTTABOP.cache_flush)).toBe(-84);
	});
});
