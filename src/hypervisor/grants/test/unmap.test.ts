import { beforeEach, describe, expect, it } from 'vitest';
import {
	GNTMAP_contains_pte,
	GNTMAP_host_map,
	GNTMAP_readonly,
	GNTST_bad_handle,
	GNTST_general_error,
	GNTTAB_UNMAP_GRANT_REF,
	GNTTABOP,
	GTF_permit_access,
	GTF_reading,
	GTF_writing
} from '../../../abi/structs/grant';
import type { Hypervisor } from '../../core/hypervisor';
import { pair, requestBytes, REQUESTS, slot, type Party } from './party';

const REF = 8;
const HERE = slot(0);
const READ = GNTMAP_host_map | GNTMAP_readonly;
const IN_USE = GTF_permit_access | GTF_reading | GTF_writing;

let granter: Party;
let mapper: Party;
let hv: Hypervisor;
let before: number[];

const counts = (mfn: number): number[] => [hv.frames.typeCount[mfn], hv.frames.refCount[mfn]];

beforeEach(() => {
	({ granter, mapper, hv } = pair());
	granter.grant(REF, mapper.dom, granter.mfn(7));
	granter.guest.write32(7 << 12, 0x1111);
	before = counts(granter.mfn(7));
});

describe('unmapping', () => {
	it('leaves no translation behind', () => {
		const handle = mapper.map(granter.dom, REF, HERE);
		mapper.store(HERE, 1);
		mapper.unmap(handle, HERE);
		expect(mapper.store(HERE, 2)).toBe(false);
		expect(granter.load(7 << 12)).toBe(1);
	});

	it('refuses a handle that was never given out, is free, or is another\u2019s', () => {
		expect(mapper.unmap(0, HERE)).toBe(GNTST_bad_handle);
		const handle = mapper.map(granter.dom, REF, HERE);
		for (const forged of [handle + 1, 255, 256, 0xffff_ffff]) expect(mapper.unmap(forged, HERE)).toBe(GNTST_bad_handle);
		expect(granter.unmap(handle, HERE)).toBe(GNTST_bad_handle);
		expect(mapper.unmap(handle, HERE)).toBe(0);
		expect(mapper.unmap(handle, HERE)).toBe(GNTST_bad_handle);
	});

	it('does nothing for an address of zero, and says that it is done', () => {
		const handle = mapper.map(granter.dom, REF, HERE);
		expect(mapper.unmap(handle, 0)).toBe(0);
		expect(mapper.load(HERE)).toBe(0x1111);
		expect(granter.flags(REF)).toBe(IN_USE);
		expect(mapper.unmap(handle, HERE)).toBe(0);
	});

	const places: [string, () => number][] = [
		['nothing is mapped', () => slot(5)],
		['an own page is mapped', () => 9 << 12],
		['it is above 4 GiB', () => HERE + 2 ** 32],
		['there is no table', () => 0x4000_0000],
		['it is the hypervisor\u2019s', () => 0xff00_0000]
	];
	it.each(places)('refuses an address where %s', (_name, address) => {
		const handle = mapper.map(granter.dom, REF, HERE);
		expect(mapper.unmap(handle, address())).toBe(GNTST_general_error);
		expect([mapper.load(HERE), granter.flags(REF)]).toEqual([0x1111, IN_USE]);
	});

	it('refuses a mapping of the same frame with other rights', () => {
		const reader = mapper.map(granter.dom, REF, HERE, READ);
		const writer = mapper.map(granter.dom, REF, slot(1));
		expect([mapper.unmap(writer, HERE), mapper.unmap(reader, slot(1))]).toEqual([
			GNTST_general_error,
			GNTST_general_error
		]);
		expect([mapper.unmap(writer, slot(1)), mapper.unmap(reader, HERE)]).toEqual([0, 0]);
		expect(counts(granter.mfn(7))).toEqual(before);
	});

	it('takes either of two equal mappings for either handle', () => {
		const one = mapper.map(granter.dom, REF, HERE);
		const other = mapper.map(granter.dom, REF, slot(1));
		expect([mapper.unmap(one, slot(1)), mapper.unmap(other, HERE)]).toEqual([0, 0]);
		expect(counts(granter.mfn(7))).toEqual(before);
	});

	it('works through more than fits one batch, twice the same among them', () => {
		for (let ref = 20; ref < 60; ref++) granter.grant(ref, mapper.dom, granter.mfn(7));
		const handles = Array.from({ length: 40 }, (_, i) => mapper.map(granter.dom, 20 + i, slot(i)));
		const list = handles.map((handle, i) => ({ handle, host_addr: slot(i) }));
		const statuses = mapper.requests(GNTTABOP.unmap_grant_ref, GNTTAB_UNMAP_GRANT_REF, [...list, list[7]]);
		expect(statuses).toEqual([...handles.map(() => 0), GNTST_bad_handle]);
		expect(counts(granter.mfn(7))).toEqual(before);
	});

	it('has undone what came before a request that cannot be read', () => {
		const handle = mapper.map(granter.dom, REF, HERE);
		// The last request of the guest's memory, and one behind it.
		const at = 0x2_0000 - GNTTAB_UNMAP_GRANT_REF.size;
		mapper.guest.write(at, [...requestBytes(GNTTAB_UNMAP_GRANT_REF, { handle, host_addr: HERE })]);
		expect(mapper.grantOp(GNTTABOP.unmap_grant_ref, at, 2)).toBe(-14);
		expect([mapper.load(HERE), granter.flags(REF)]).toEqual([null, GTF_permit_access]);
		expect(counts(granter.mfn(7))).toEqual(before);
	});
});

describe('a mapping that is overwritten instead of unmapped', () => {
	it('gives the frame back, but the grant stays in use until the domain ends', () => {
		const handle = mapper.map(granter.dom, REF, HERE);
		expect(mapper.updateVa(HERE, 0)).toBe(0);
		expect(counts(granter.mfn(7))).toEqual(before);
		expect(granter.flags(REF)).toBe(IN_USE);
		expect(mapper.unmap(handle, HERE)).toBe(GNTST_general_error);
		expect(granter.flags(REF)).toBe(IN_USE);
	});

	it('cannot be written back by hand', () => {
		mapper.map(granter.dom, REF, HERE);
		const { low } = mapper.pte(HERE);
		mapper.updateVa(HERE, 0);
		expect(mapper.updateVa(HERE, low)).toBe(-16);
		expect(mapper.load(HERE)).toBeNull();
	});

	it('gives nothing back twice where another domain has the frame by now', () => {
		const handle = mapper.map(granter.dom, REF, HERE);
		mapper.updateVa(HERE, 0);
		granter.updateVa(7 << 12, 0);
		granter.guest.write32(REQUESTS + 0x100, granter.mfn(7));
		granter.guest.write32(REQUESTS, REQUESTS + 0x100, 1, 0, 0, 0x7ff0);
		granter.ask(12, 1, REQUESTS);
		expect(mapper.unmap(handle, HERE)).toBe(GNTST_general_error);
		expect(mapper.map(granter.dom, REF, HERE)).toBe(GNTST_general_error);
	});

	it('lets its flags be changed like any entry\u2019s, but not its frame\u2019s rights', () => {
		mapper.map(granter.dom, REF, HERE, READ);
		const { low } = mapper.pte(HERE);
		expect(mapper.updateVa(HERE, low | 4)).toBe(0);
		expect(mapper.updateVa(HERE, low | 2)).toBe(-16);
	});
});

describe('unmap_and_replace', () => {
	it('moves another mapping to where the grant was', () => {
		const handle = mapper.map(granter.dom, REF, HERE);
		mapper.store(9 << 12, 0x9999);
		expect(mapper.one('replace', { handle, host_addr: HERE, new_addr: 9 << 12 })).toBe(0);
		expect([mapper.load(HERE), mapper.load(9 << 12)]).toEqual([0x9999, null]);
		expect(counts(granter.mfn(7))).toEqual(before);
		expect(granter.flags(REF)).toBe(GTF_permit_access);
	});

	it('moves a grant as well', () => {
		granter.grant(9, mapper.dom, granter.mfn(10));
		const [first, second] = [mapper.map(granter.dom, REF, HERE), mapper.map(granter.dom, 9, slot(1))];
		expect(mapper.one('replace', { handle: first, host_addr: HERE, new_addr: slot(1) })).toBe(0);
		expect(mapper.unmap(second, HERE)).toBe(0);
	});

	it('is an unmapping where the other address is zero', () => {
		const handle = mapper.map(granter.dom, REF, HERE);
		expect(mapper.one('replace', { handle, host_addr: HERE, new_addr: 0 })).toBe(0);
		expect(counts(granter.mfn(7))).toEqual(before);
	});

	it('refuses where an entry was named by its machine address', () => {
		const at = mapper.pteAddress(HERE);
		const handle = mapper.map(granter.dom, REF, at, GNTMAP_host_map | GNTMAP_contains_pte);
		expect(mapper.one('replace', { handle, host_addr: at, new_addr: 9 << 12 })).toBe(GNTST_general_error);
		expect(mapper.load(9 << 12)).not.toBeNull();
	});

	it('that fails has lost the other mapping, and no more', () => {
		const handle = mapper.map(granter.dom, REF, HERE);
		const own = counts(mapper.mfn(9));
		expect(mapper.one('replace', { handle, host_addr: slot(5), new_addr: 9 << 12 })).toBe(GNTST_general_error);
		expect(mapper.one('replace', { handle, host_addr: HERE, new_addr: 0x4000_0000 })).toBe(GNTST_general_error);
		expect(mapper.one('replace', { handle, host_addr: HERE, new_addr: HERE + 2 ** 32 })).toBe(GNTST_general_error);
		expect(counts(mapper.mfn(9))).toEqual(own.map((count) => count - 1));
		expect(mapper.load(HERE)).toBe(0x1111);
		// Its own entry cannot take its place: it is gone by then.
		expect(mapper.one('replace', { handle, host_addr: HERE, new_addr: HERE })).toBe(GNTST_general_error);
		expect([mapper.load(HERE), ...counts(granter.mfn(7))]).toEqual([null, ...before]);
	});
});
