import { beforeEach, describe, expect, it } from 'vitest';
import {
	GNTMAP_device_map,
	GNTMAP_host_map,
	GNTMAP_readonly,
	GNTST_bad_domain,
	GNTST_bad_handle,
	GTF_permit_access
} from '../../../abi/structs/grant';
import { DOMID_INVALID } from '../../../abi/structs/xen';
import { destroyDomain } from '../../core/domains';
import type { Hypervisor } from '../../core/hypervisor';
import { audit } from '../../mm/audit';
import { DOMID_XEN } from '../../mm/context';
import { restoreHypervisor, saveHypervisor } from '../../core/state';
import { TinyHost } from '../../test/tiny-guest';
import { Party, slot } from './party';

const REF = 8;
const READ = GNTMAP_host_map | GNTMAP_readonly;
const BOTH = GNTMAP_host_map | GNTMAP_device_map;

let host: TinyHost;
let hv: Hypervisor;
let granter: Party;
let mapper: Party;
let free: number;

/** Ends a domain, and lets the processor leave it. */
function kill(party: Party): void {
	destroyDomain(hv, party.guest.domain);
	for (let i = 0; i < 50 && hv.domains.has(party.dom); i++) host.machine.run(100);
	expect(hv.domains.has(party.dom)).toBe(false);
	expect(audit(hv)).toEqual([]);
}

beforeEach(() => {
	host = new TinyHost();
	hv = host.hv;
	free = hv.heap.available;
	granter = new Party(host);
	mapper = new Party(host);
	granter.grant(REF, mapper.dom, granter.mfn(7));
	granter.guest.write32(7 << 12, 0x1111);
});

const ways: [string, number][] = [
	['writable', GNTMAP_host_map],
	['read-only', READ],
	['for a device', GNTMAP_device_map],
	['for both', BOTH],
	['for both, read-only', BOTH | GNTMAP_readonly]
];

describe('the end of the mapper', () => {
	it.each(ways)('gives back what was mapped %s', (_name, flags) => {
		const page = granter.mfn(7);
		const before = [hv.frames.typeCount[page], hv.frames.refCount[page]];
		mapper.map(granter.dom, REF, slot(0), flags);
		kill(mapper);
		expect([hv.frames.typeCount[page], hv.frames.refCount[page]]).toEqual(before);
		expect(granter.flags(REF)).toBe(GTF_permit_access);
		kill(granter);
		expect(hv.heap.available).toBe(free);
	});

	it('gives back a grant that it had overwritten instead of unmapped', () => {
		mapper.map(granter.dom, REF, slot(0));
		mapper.updateVa(slot(0), 0);
		kill(mapper);
		expect(granter.flags(REF)).toBe(GTF_permit_access);
		expect(granter.table.active.size).toBe(0);
	});
});

describe('the end of the granter', () => {
	it.each(ways)('leaves what is mapped %s to the mapper, until it unmaps it', (_name, flags) => {
		const page = granter.mfn(7);
		const handle = mapper.map(granter.dom, REF, slot(0), flags);
		const own = mapper.guest.domain.mm.totalPages;
		kill(granter);
		expect(hv.frames.owner[page]).toBe(DOMID_XEN);
		if ((flags & GNTMAP_host_map) !== 0) expect(mapper.load(slot(0))).toBe(0x1111);
		const gone = hv.heap.available;
		const hostAddress = (flags & GNTMAP_host_map) !== 0 ? slot(0) : 0;
		expect(mapper.unmap(handle, hostAddress, (flags & GNTMAP_device_map) !== 0 ? page << 12 : 0)).toBe(0);
		expect(hv.heap.available).toBe(gone + 1);
		expect(hv.frames.owner[page]).toBe(DOMID_INVALID);
		expect(mapper.unmap(handle, slot(0))).toBe(GNTST_bad_handle);
		expect(mapper.guest.domain.mm.totalPages).toBe(own);
		kill(mapper);
		expect(hv.heap.available).toBe(free);
	});

	it.each(ways)('and then of the mapper leaves nothing of what was mapped %s', (_name, flags) => {
		mapper.map(granter.dom, REF, slot(0), flags);
		kill(granter);
		kill(mapper);
		expect(hv.heap.available).toBe(free);
	});

	it('does not make its number\u2019s next owner a granter', () => {
		const page = granter.mfn(7);
		const handle = mapper.map(granter.dom, REF, slot(0));
		const { dom } = granter;
		kill(granter);
		// As after all other numbers.
		host.hv.lastDomain = dom - 1;
		const next = new Party(host);
		expect(next.dom).toBe(dom);
		next.grant(REF, mapper.dom, next.mfn(7));
		next.guest.write32(7 << 12, 0x3333);
		const second = mapper.map(dom, REF, slot(1));
		expect([mapper.load(slot(0)), mapper.load(slot(1))]).toEqual([0x1111, 0x3333]);
		expect(mapper.unmap(handle, slot(0))).toBe(0);
		expect(hv.frames.owner[page]).not.toBe(DOMID_XEN);
		expect(mapper.unmap(second, slot(1))).toBe(0);
		expect(next.flags(REF)).toBe(GTF_permit_access);
	});

	it('ends its grants: nobody maps them any more', () => {
		const { dom } = granter;
		kill(granter);
		expect(mapper.map(dom, REF, slot(0))).toBe(GNTST_bad_domain);
	});

	it('leaves a frame of its grant table, where it had granted that', () => {
		granter.grant(REF, mapper.dom, granter.table.frames[0]);
		const handle = mapper.map(granter.dom, REF, slot(0));
		kill(granter);
		expect(mapper.unmap(handle, slot(0))).toBe(0);
		kill(mapper);
		expect(hv.heap.available).toBe(free);
	});
});

it('two domains that map each other, and themselves, end in either order', () => {
	for (const first of [0, 1]) {
		const parties = [new Party(host), new Party(host)];
		const before = hv.heap.available;
		for (const [me, you] of [parties, [...parties].reverse()]) {
			you.grant(REF, me.dom, you.mfn(7));
			me.grant(REF + 1, me.dom, me.mfn(8));
			expect(me.map(you.dom, REF, slot(0), BOTH)).toBeGreaterThanOrEqual(0);
			expect(me.map(me.dom, REF + 1, slot(1), BOTH)).toBeGreaterThanOrEqual(0);
		}
		kill(parties[first]);
		kill(parties[1 - first]);
		expect(hv.heap.available).toBeGreaterThan(before);
	}
	kill(granter);
	kill(mapper);
	expect(hv.heap.available).toBe(free);
});

it('a crash keeps what is mapped: the domain is still there', () => {
	const handle = mapper.map(granter.dom, REF, slot(0));
	granter.guest.domain.crash = null;
	granter.host.hv.domains.get(granter.dom)!.shutdownCode = 3;
	expect(mapper.load(slot(0))).toBe(0x1111);
	expect(mapper.unmap(handle, slot(0))).toBe(0);
});

describe('a saved state', () => {
	it('has entries in use, mappings and handles; going on from it is the same again', () => {
		granter.grant(9, mapper.dom, granter.mfn(8));
		const first = mapper.map(granter.dom, REF, slot(0));
		mapper.unmap(mapper.map(granter.dom, 9, slot(1), BOTH), slot(1));
		mapper.bringIn();
		const saved = structuredClone([saveHypervisor(hv), host.machine.save()] as const);
		const goOn = (): unknown[] => [
			mapper.map(granter.dom, 9, slot(2)),
			mapper.unmap(first, slot(0)),
			granter.flags(REF),
			mapper.unmap(first, slot(0)),
			structuredClone(hv.grants.save())
		];
		const once = goOn();
		host.machine.restore(saved[1]);
		restoreHypervisor(hv, saved[0]);
		expect(audit(hv)).toEqual([]);
		expect(goOn()).toEqual(once);
	});

	it('is not changed by what happens later', () => {
		mapper.map(granter.dom, REF, slot(0));
		const saved = hv.grants.save();
		const before = structuredClone(saved);
		mapper.map(granter.dom, REF, slot(1));
		expect(saved).toEqual(before);
	});
});
