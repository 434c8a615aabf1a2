import { beforeEach, describe, expect, it } from 'vitest';
import type { Domain } from '../../core/domain';
import { switchAddressSpace } from '../address-space';
import { DOMID_INVALID, DOMID_XEN } from '../context';
import { putPage, TYPE } from '../frame-table';
import { getPageAndType, putPageAndType } from '../page-types';
import { pinTable, setGuestTable } from '../pinning';
import { relinquishMemory } from '../relinquish';
import { setGdt } from '../descriptors';
import { Bench, SMALL } from './bench';

let bench: Bench;
let d: Domain;
let t: Record<string, number>;

beforeEach(() => {
	bench = new Bench();
	d = bench.addDomain(1);
	t = bench.draw(d, SMALL);
	setGuestTable(bench, d.vcpus[0], t.top);
	switchAddressSpace(bench, d.vcpus[0]);
});

describe('the auditor', () => {
	it('is content with a consistent machine', () => expect(bench.audit()).toEqual([]));

	const damage: [string, () => void][] = [
		['a reference too many', () => void bench.frames.refCount[t.page]++],
		['a type count too few', () => void bench.frames.typeCount[t.leaf]--],
		['a table written behind its back', () => bench.poke(t.leaf, 77, ...bench.entry(t.page, 'w'))],
		['a page table mapped writable', () => bench.poke(t.leaf, 2, ...bench.entry(t.leaf, 'w'))],
		['a table without its mark', () => void (bench.frames.flags[t.leaf] &= ~1)],
		['another owner', () => void (bench.frames.owner[t.page] = 2)],
		['a hypervisor slot overwritten', () => bench.poke(t.high, 450, 0x1000, 0)],
		['a CR3 that nobody counted', () => void (d.vcpus[0].mm.guestTable = t.low as never)],
		['a stale copy of the L3', () => bench.poke(t.top, 1, ...bench.entry(t.low))]
	];
	for (const [name, work] of damage) {
		it(`notices ${name}`, () => {
			work();
			expect(bench.audit()).not.toEqual([]);
		});
	}
});

describe('the end of a domain', () => {
	it('gives every frame back: pinned, mapped, in CR3, in the GDT', () => {
		const empty = new Bench().heap.available;
		const u = bench.draw(d, SMALL);
		pinTable(bench, u.top, d, TYPE.l3);
		pinTable(bench, t.leaf, d, TYPE.l1);
		setGdt(bench, d.vcpus[0], [bench.page(d)], 512);
		expect(relinquishMemory(bench, d)).toBe(0);
		expect(d.mm.totalPages).toBe(0);
		expect(bench.audit()).toEqual([]);
		expect(bench.spaces.loaded).toBeNull();
		expect(bench.heap.available).toBe(empty);
	});

	it('gives back a moved vcpu_info', () => {
		const page = bench.page(d);
		getPageAndType(bench, page, d.id, TYPE.writable);
		d.vcpus[0].events.vcpuInfo = { mfn: page, offset: 64 };
		d.vcpus[0].events.vcpuInfoRegistered = true;
		expect(bench.audit()).toEqual([]);
		expect(relinquishMemory(bench, d)).toBe(0);
		expect(bench.audit()).toEqual([]);
	});

	it('leaves what somebody else still holds, and scrubs what it frees', () => {
		const page = bench.page(d);
		bench.poke(page, 0, 0x1234_5678, 0);
		const mapped = new Map([[page, 1]]);
		Object.assign(bench, { grants: { mapped, lendings: () => [], disagreements: () => [] } });
		expect(getPageAndType(bench, page, d.id, TYPE.writable)).toBe(0);
		expect(relinquishMemory(bench, d)).toBe(1);
		expect([d.mm.totalPages, bench.frames.owner[page]]).toEqual([0, DOMID_XEN]);
		bench.domains.delete(d.id);
		expect(bench.audit()).toEqual([]);
		putPageAndType(bench, page);
		mapped.clear();
		expect(bench.frames.owner[page]).toBe(DOMID_INVALID);
		expect(bench.peek(page, 0)).toEqual([0, 0]);
		expect(bench.audit()).toEqual([]);
	});
});

describe('the heap', () => {
	it('gives a new domain ascending frames, and the lowest free one first', () => {
		const frames = Array.from({ length: 5 }, () => bench.page(d));
		expect(frames.map((frame, i) => frame - frames[0] - i)).toEqual([0, 0, 0, 0, 0]);
		putPage(bench, frames[2]);
		putPage(bench, frames[1]);
		expect([bench.page(d), bench.page(d)]).toEqual([frames[1], frames[2]]);
	});
});
