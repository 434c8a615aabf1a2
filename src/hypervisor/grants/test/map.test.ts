import { beforeEach, describe, expect, it } from 'vitest';
import {
	GNTMAP_application_map,
	GNTMAP_contains_pte,
	GNTMAP_device_map,
	GNTMAP_host_map,
	GNTMAP_readonly,
	GNTST_bad_domain,
	GNTST_bad_gntref,
	GNTST_bad_handle,
	GNTST_bad_page,
	GNTST_general_error,
	GNTST_no_space,
	GNTTAB_MAP_GRANT_REF,
	GNTTAB_UNMAP_GRANT_REF,
	GNTTABOP,
	GTF_accept_transfer,
	GTF_permit_access,
	GTF_reading,
	GTF_readonly,
	GTF_sub_page,
	GTF_transitive,
	GTF_writing
} from '../../../abi/structs/grant';
import { DOMID_SELF } from '../../../abi/structs/xen';
import type { Hypervisor } from '../../core/hypervisor';
import { TYPE } from '../../mm/frame-table';
import { HANDLES_PER_FRAME } from '../table';
import { DATA } from '../../test/tiny-guest';
import { L1_PAGE, pair, requestBytes, REQUESTS, slot, type Party } from './party';

const REF = 8;
const HERE = slot(0);
const READ = GNTMAP_host_map | GNTMAP_readonly;

let granter: Party;
let mapper: Party;
let hv: Hypervisor;

beforeEach(() => {
	({ granter, mapper, hv } = pair());
	granter.grant(REF, mapper.dom, granter.mfn(7));
	granter.guest.write32(7 << 12, 0x1111);
});

/** Type count and reference count of a frame. */
const counts = (mfn: number): number[] => [hv.frames.typeCount[mfn], hv.frames.refCount[mfn]];

describe('a grant that is mapped', () => {
	it('shows one page to two domains, until it is unmapped', () => {
		const before = counts(granter.mfn(7));
		const handle = mapper.map(granter.dom, REF, HERE);
		expect(handle).toBe(0);
		expect(mapper.load(HERE)).toBe(0x1111);
		expect(mapper.store(HERE, 0x2222)).toBe(true);
		expect(granter.load(7 << 12)).toBe(0x2222);
		expect(granter.flags(REF)).toBe(GTF_permit_access | GTF_reading | GTF_writing);
		expect(counts(granter.mfn(7))).toEqual(before.map((count) => count + 1));
		expect(mapper.unmap(handle, HERE)).toBe(0);
		expect(mapper.load(HERE)).toBeNull();
		expect(granter.flags(REF)).toBe(GTF_permit_access);
		expect(counts(granter.mfn(7))).toEqual(before);
	});

	it('may be read-only, by the mapper\u2019s wish or by the granter\u2019s', () => {
		granter.grant(REF, mapper.dom, granter.mfn(7), GTF_permit_access | GTF_readonly);
		expect(mapper.map(granter.dom, REF, HERE)).toBe(GNTST_general_error);
		expect(granter.flags(REF)).toBe(GTF_permit_access | GTF_readonly);
		const handle = mapper.map(granter.dom, REF, HERE, READ);
		expect(handle).toBeGreaterThanOrEqual(0);
		expect(mapper.load(HERE)).toBe(0x1111);
		expect(mapper.store(HERE, 1)).toBe(false);
		expect(granter.flags(REF)).toBe(GTF_permit_access | GTF_readonly | GTF_reading);
		expect(mapper.unmap(handle, HERE)).toBe(0);
	});

	it('is marked as written to only while somebody may write', () => {
		const reader = mapper.map(granter.dom, REF, HERE, READ);
		const writer = mapper.map(granter.dom, REF, slot(1));
		expect(granter.flags(REF)).toBe(GTF_permit_access | GTF_reading | GTF_writing);
		mapper.unmap(writer, slot(1));
		expect(granter.flags(REF)).toBe(GTF_permit_access | GTF_reading);
		mapper.unmap(reader, HERE);
		expect(granter.flags(REF)).toBe(GTF_permit_access);
	});

	it('keeps its frame from becoming a page table while it is mapped writable', () => {
		const page = granter.mfn(7);
		granter.updateVa(7 << 12, 0);
		const handle = mapper.map(granter.dom, REF, HERE);
		expect(hv.frames.type[page]).toBe(TYPE.writable);
		const pin = (): number => {
			granter.guest.write32(REQUESTS, 0, page, 0);
			return granter.ask(26, REQUESTS, 1, 0, DOMID_SELF);
		};
		expect(pin()).toBeLessThan(0);
		mapper.unmap(handle, HERE);
		granter.host.machine.memory.fill(page * 4096, 4096, 0);
		expect(pin()).toBe(0);
	});

	it('has the entry that the header describes: accessed, dirty, the kernel\u2019s alone or the user\u2019s too', () => {
		mapper.map(granter.dom, REF, HERE, GNTMAP_host_map | (5 << 16));
		mapper.map(granter.dom, REF, slot(1), READ | GNTMAP_application_map);
		expect(mapper.pte(HERE).low & 0xfff).toBe(0xa63);
		expect(mapper.pte(slot(1)).low & 0xfff).toBe(0x065);
		expect(mapper.pte(HERE).low >>> 12).toBe(granter.mfn(7));
		expect(mapper.pte(HERE).high >>> 31).toBe(hv.processor.nx ? 1 : 0);
	});

	it('may be put where the machine address of an entry says', () => {
		const at = mapper.pteAddress(slot(3));
		const handle = mapper.map(granter.dom, REF, at, GNTMAP_host_map | GNTMAP_contains_pte);
		expect(mapper.load(slot(3))).toBe(0x1111);
		expect(mapper.unmap(handle, slot(3))).toBe(GNTST_general_error);
		expect(mapper.unmap(handle, at)).toBe(0);
		expect(mapper.load(slot(3))).toBeNull();
	});

	it('takes the place of what was mapped there, which is given back', () => {
		const own = mapper.mfn(9);
		const before = counts(own);
		mapper.map(granter.dom, REF, 9 << 12);
		expect(mapper.load(9 << 12)).toBe(0x1111);
		expect(counts(own)).toEqual(before.map((count) => count - 1));
	});

	it('may be the domain\u2019s own', () => {
		mapper.grant(REF, mapper.dom, mapper.mfn(9));
		const handle = mapper.map(mapper.dom, REF, HERE);
		mapper.store(HERE, 77);
		expect(mapper.load(9 << 12)).toBe(77);
		expect(mapper.unmap(handle, HERE)).toBe(0);
	});

	it('may be for a device: held without an entry, and known by its machine address', () => {
		const page = granter.mfn(7);
		const before = counts(page);
		const handle = mapper.map(granter.dom, REF, 0, GNTMAP_device_map);
		expect(mapper.guest.read32(REQUESTS + GNTTAB_MAP_GRANT_REF.at.dev_bus_addr)).toBe(page << 12);
		expect(counts(page)).toEqual(before.map((count) => count + 1));
		expect(mapper.unmap(handle, 0, (page + 1) << 12)).toBe(-6);
		expect(mapper.unmap(handle, 0, page << 12)).toBe(0);
		expect(counts(page)).toEqual(before);
	});

	it('may be for both, and be undone one by one', () => {
		const page = granter.mfn(7);
		const before = counts(page);
		const handle = mapper.map(granter.dom, REF, HERE, GNTMAP_device_map | GNTMAP_host_map);
		expect(counts(page)).toEqual(before.map((count) => count + 2));
		expect(mapper.unmap(handle, HERE)).toBe(0);
		expect(counts(page)).toEqual(before.map((count) => count + 1));
		expect(granter.flags(REF)).toBe(GTF_permit_access | GTF_reading | GTF_writing);
		expect(mapper.unmap(handle, 0, page << 12)).toBe(0);
		expect(counts(page)).toEqual(before);
		expect(mapper.unmap(handle, 0, page << 12)).toBe(GNTST_bad_handle);
	});
});

describe('a grant that is not mapped', () => {
	const refusals: [string, () => number, number][] = [
		['neither for the processor nor for a device', () => mapper.map(granter.dom, REF, HERE, 0), GNTST_bad_gntref],
		['in no way, of nobody: the way is asked for first', () => mapper.map(77, REF, HERE, 0), GNTST_bad_gntref],
		['of a domain that is not there', () => mapper.map(77, REF, HERE), GNTST_bad_domain],
		['of DOMID_SELF, which names nobody here', () => mapper.map(DOMID_SELF, REF, HERE), GNTST_bad_domain],
		['beyond the table', () => mapper.map(granter.dom, 512, HERE), GNTST_bad_gntref],
		['of a number without end', () => mapper.map(granter.dom, 0xffff_ffff, HERE), GNTST_bad_gntref],
		['that is empty', () => mapper.map(granter.dom, REF + 1, HERE), GNTST_general_error],
		['at an address above 4 GiB', () => mapper.map(granter.dom, REF, HERE + 2 ** 32), GNTST_general_error],
		['in the hypervisor', () => mapper.map(granter.dom, REF, 0xff00_0000), GNTST_general_error],
		['where there is no table', () => mapper.map(granter.dom, REF, 0x4000_0000), GNTST_general_error],
		[
			'at an entry between two',
			() => mapper.map(granter.dom, REF, mapper.pteAddress(HERE) + 4, GNTMAP_host_map | GNTMAP_contains_pte),
			GNTST_general_error
		],
		[
			'in an ordinary page of its own',
			() => mapper.map(granter.dom, REF, mapper.mfn(9) * 4096, GNTMAP_host_map | GNTMAP_contains_pte),
			GNTST_general_error
		],
		[
			'in the granter\u2019s page table',
			() => mapper.map(granter.dom, REF, granter.pteAddress(HERE), GNTMAP_host_map | GNTMAP_contains_pte),
			GNTST_general_error
		],
		[
			'in a table beyond memory',
			() => mapper.map(granter.dom, REF, 2 ** 40, GNTMAP_host_map | GNTMAP_contains_pte),
			GNTST_general_error
		]
	];
	it.each(refusals)('%s', (_name, attempt, status) => {
		const before = counts(granter.mfn(7));
		expect(attempt()).toBe(status);
		expect(counts(granter.mfn(7))).toEqual(before);
		expect(granter.flags(REF)).toBe(GTF_permit_access);
		expect(mapper.table.mappings.size).toBe(0);
	});

	const entries: [string, () => void, number][] = [
		['accepts a transfer', () => granter.grant(REF, mapper.dom, granter.mfn(7), GTF_accept_transfer), -1],
		['is transitive', () => granter.grant(REF, mapper.dom, granter.mfn(7), GTF_transitive), -1],
		['is for a part of a page', () => granter.grant(REF, mapper.dom, granter.mfn(7), 1 | GTF_sub_page), -1],
		['is for another domain', () => granter.grant(REF, granter.dom, granter.mfn(7)), -1],
		['names a frame of the mapper\u2019s', () => granter.grant(REF, mapper.dom, mapper.mfn(9)), GNTST_bad_page],
		['names a frame of the hypervisor\u2019s', () => granter.grant(REF, mapper.dom, hv.spaces.xenL2), GNTST_bad_page],
		['names no frame', () => granter.grant(REF, mapper.dom, 0xffff_ffff), GNTST_bad_page],
		['names a page table', () => granter.grant(REF, mapper.dom, granter.mfn(L1_PAGE)), GNTST_general_error]
	];
	it.each(entries)('of which the entry %s', (_name, write, status) => {
		write();
		const flags = granter.flags(REF);
		expect(mapper.map(granter.dom, REF, HERE)).toBe(status);
		expect(granter.flags(REF)).toBe(flags);
		expect(mapper.load(HERE)).toBeNull();
	});

	it('though a page table may be looked at', () => {
		granter.grant(REF, mapper.dom, granter.mfn(L1_PAGE));
		const handle = mapper.map(granter.dom, REF, HERE, READ);
		expect(mapper.load(HERE)! >>> 12).toBe(granter.mfn(0));
		expect(mapper.unmap(handle, HERE)).toBe(0);
	});

	it('is refused by the 129th use of a kind', () => {
		const statuses = Array.from({ length: 130 }, () => mapper.map(granter.dom, REF, HERE, READ));
		expect(statuses.slice(0, 128).every((handle) => handle >= 0)).toBe(true);
		expect(statuses.slice(128)).toEqual([GNTST_general_error, GNTST_general_error]);
	});

	it('is refused to a second domain while a first one uses it', () => {
		const third = new (mapper.constructor as new (host: typeof mapper.host) => Party)(mapper.host);
		mapper.map(granter.dom, REF, HERE);
		granter.grant(REF, third.dom, granter.mfn(7));
		expect(third.map(granter.dom, REF, HERE)).toBe(GNTST_general_error);
	});
});

describe('a granter that lies', () => {
	it('changes a grant in use for nobody but itself', () => {
		const first = mapper.map(granter.dom, REF, HERE, READ);
		granter.grant(REF, 99, granter.mfn(8), 0);
		const second = mapper.map(granter.dom, REF, slot(1), READ);
		expect(second).toBeGreaterThanOrEqual(0);
		expect([mapper.load(HERE), mapper.load(slot(1))]).toEqual([0x1111, 0x1111]);
		expect(mapper.unmap(second, slot(1))).toBe(0);
		expect(mapper.unmap(first, HERE)).toBe(0);
		expect(mapper.map(granter.dom, REF, HERE, READ)).toBe(GNTST_general_error);
	});

	it('frees the page under a mapping, and gets it back only when it is unmapped', () => {
		const page = granter.mfn(7);
		granter.updateVa(7 << 12, 0);
		const handle = mapper.map(granter.dom, REF, HERE);
		const free = hv.heap.available;
		granter.guest.write32(REQUESTS + 0x100, page);
		granter.guest.write32(REQUESTS, REQUESTS + 0x100, 1, 0, 0, DOMID_SELF);
		granter.ask(12, 1, REQUESTS);
		expect(hv.heap.available).toBe(free);
		expect(mapper.load(HERE)).toBe(0x1111);
		expect(mapper.unmap(handle, HERE)).toBe(0);
		expect(hv.heap.available).toBe(free + 1);
	});
});

describe('handles', () => {
	it('are given out in order, and a free one not at once again', () => {
		const first = mapper.map(granter.dom, REF, HERE);
		mapper.unmap(first, HERE);
		expect([first, mapper.map(granter.dom, REF, HERE), mapper.map(granter.dom, 511, slot(1))]).toEqual([0, 1, -1]);
		expect(mapper.map(granter.dom, REF, slot(1))).toBe(3);
	});

	it('run out where the domain has as many as it may have, and come again when one is free', () => {
		mapper.table.maxMaptrackFrames = 1;
		for (const ref of [9, 10]) granter.grant(ref, mapper.dom, granter.mfn(7));
		const list = Array.from({ length: 86 }, (_, i) => [8, 9, 10].map((ref) => ({ ref, i }))).flat();
		const statuses = list.map(({ ref }) => mapper.map(granter.dom, ref, HERE, READ));
		// The last one of the list stays where it is.
		expect(statuses.filter((status) => status >= 0)).toHaveLength(HANDLES_PER_FRAME - 1);
		expect(statuses.slice(HANDLES_PER_FRAME - 1)).toEqual([GNTST_no_space, GNTST_no_space, GNTST_no_space]);
		mapper.unmap(statuses[HANDLES_PER_FRAME - 2], HERE);
		expect(mapper.map(granter.dom, 10, HERE, READ)).toBeGreaterThanOrEqual(0);
	});
});

describe('a batch', () => {
	it('has a status for each request, and one that is refused does not end it', () => {
		const fields = [REF, 100, REF].map((ref, i) => ({ dom: granter.dom, ref, host_addr: slot(i), flags: READ }));
		expect(mapper.requests(GNTTABOP.map_grant_ref, GNTTAB_MAP_GRANT_REF, fields)).toEqual([0, GNTST_general_error, 0]);
	});

	it('of more than a thousand is given back in between, and goes on', () => {
		const [layout, count] = [GNTTAB_MAP_GRANT_REF, 1100];
		// Nine pages of requests, each for a device so that no address is needed.
		const list = Array.from({ length: count }, (_, i) => ({
			dom: granter.dom,
			ref: 20 + (i % 20),
			flags: GNTMAP_device_map | GNTMAP_readonly
		}));
		for (let ref = 20; ref < 40; ref++) granter.grant(ref, mapper.dom, granter.mfn(7));
		const { recorder } = mapper.host;
		recorder.events.length = 0;
		const statuses = mapper.requests(GNTTABOP.map_grant_ref, layout, list);
		expect(statuses.every((status) => status === 0)).toBe(true);
		const calls = recorder.of('hypercall').filter(({ args }) => args[0] === 20);
		expect(calls.map(({ args }) => [args[3], args[4]])).toEqual([
			[REQUESTS, count],
			[REQUESTS + 1024 * layout.size, count - 1024]
		]);
		expect(recorder.of('grant_map')).toHaveLength(count);
	});

	it('is given back in a multicall too, and unmapped by one call', () => {
		const count = 1100;
		for (let ref = 20; ref < 40; ref++) granter.grant(ref, mapper.dom, granter.mfn(7));
		const before = counts(granter.mfn(7));
		const flags = GNTMAP_device_map | GNTMAP_readonly;
		const list = Array.from({ length: count }, (_, i) => ({ dom: granter.dom, ref: 20 + (i % 20), flags }));
		const { size, at } = GNTTAB_MAP_GRANT_REF;
		list.forEach((fields, i) =>
			mapper.guest.write(REQUESTS + i * size, [...requestBytes(GNTTAB_MAP_GRANT_REF, fields)])
		);
		mapper.guest.write32(DATA, 20, 0xdead, GNTTABOP.map_grant_ref, REQUESTS, count, 0, 0, 0);
		expect(mapper.ask(13, DATA, 1)).toBe(0);
		expect(mapper.guest.read32(DATA + 4)).toBe(0);
		expect(mapper.table.mappings.size).toBe(count);
		const handles = list.map((_, i) => mapper.guest.read32(REQUESTS + i * size + at.handle));
		expect(new Set(handles).size).toBe(count);
		const dev_bus_addr = granter.mfn(7) * 4096;
		const statuses = mapper.requests(
			GNTTABOP.unmap_grant_ref,
			GNTTAB_UNMAP_GRANT_REF,
			handles.map((handle) => ({ handle, dev_bus_addr }))
		);
		expect(statuses.every((status) => status === 0)).toBe(true);
		expect(counts(granter.mfn(7))).toEqual(before);
		expect(granter.flags(20)).toBe(GTF_permit_access);
	});
});
