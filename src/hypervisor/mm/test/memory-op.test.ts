import { beforeEach, describe, expect, it } from 'vitest';
import { EACCES, EFAULT, EINVAL, ENOSYS, EPERM, ESRCH } from '../../../abi/errno';
import { XENMEM } from '../../../abi/structs/mm';
import type { Domain, Vcpu } from '../../core/domain';
import { getM2p } from '../address-space';
import { DOMID_INVALID, DOMID_SELF } from '../context';
import { doMemoryOp } from '../memory-op';
import { pinTable, setGuestTable, unpinTable } from '../pinning';
import { TYPE } from '../frame-table';
import { doUpdateVaMapping } from '../va-mapping';
import { Bench, SMALL } from './bench';

const ARG = 0x100;
const LIST = 0x400;
let bench: Bench;
let d: Domain;
let v: Vcpu;

beforeEach(() => {
	bench = new Bench();
	d = bench.addDomain(1, { maxPages: 40 });
	v = d.vcpus[0];
	bench.pcpu.current = v;
});

/** memory_op with a reservation of extents listed at LIST. */
function reserve(
	op: number,
	list: number[],
	{ order = 0, domid = DOMID_SELF, flags = 0, extents = list.length, start = 0 } = {}
): number {
	bench.words(LIST, ...list);
	bench.words(ARG, LIST, extents, order, flags, domid);
	return doMemoryOp(bench, v, op | (start << 6), ARG);
}

describe('reservations', () => {
	it('populate_physmap gives frames for pseudo-physical numbers', () => {
		expect(reserve(XENMEM.populate_physmap, [10, 11, 12])).toBe(3);
		const frames = [0, 1, 2].map((i) => bench.word(LIST + i * 4));
		expect(frames.map((frame) => bench.frames.owner[frame])).toEqual([1, 1, 1]);
		expect(frames.map((frame) => getM2p(bench, frame))).toEqual([10, 11, 12]);
		expect(d.mm.totalPages).toBe(3);
		expect(bench.audit()).toEqual([]);
	});

	it('gives aligned runs, and stops at the maximum', () => {
		expect(reserve(XENMEM.increase_reservation, [0, 0, 0], { order: 4 })).toBe(2);
		expect([bench.word(LIST) % 16, bench.word(LIST + 4) % 16]).toEqual([0, 0]);
		expect(d.mm.totalPages).toBe(32);
		expect(bench.refusals()).toEqual(['reservation_room']);
		expect(bench.audit()).toEqual([]);
	});

	it('decrease_reservation frees at once what nothing refers to, and later what is mapped', () => {
		const t = bench.draw(d, SMALL);
		setGuestTable(bench, v, t.top);
		const loose = bench.page(d);
		expect(reserve(XENMEM.decrease_reservation, [loose, t.page])).toBe(2);
		expect(bench.frames.owner[loose]).toBe(DOMID_INVALID);
		expect(bench.frames.owner[t.page]).toBe(1);
		expect(bench.audit()).toEqual([]);
		for (const va of [0, 0x1000]) expect(doUpdateVaMapping(bench, v, va, 0, 0, 0)).toBe(0);
		expect(bench.frames.owner[t.page]).toBe(DOMID_INVALID);
		expect(bench.audit()).toEqual([]);
	});

	it('keeps a pinned table that was given back until it is unpinned', () => {
		const t = bench.draw(d, SMALL);
		pinTable(bench, t.top, d, TYPE.l3);
		expect(reserve(XENMEM.decrease_reservation, [t.top])).toBe(1);
		expect(bench.frames.owner[t.top]).toBe(1);
		expect(bench.audit()).toEqual([]);
		expect(unpinTable(bench, t.top, d)).toBe(0);
		expect(bench.frames.owner[t.top]).toBe(DOMID_INVALID);
		expect(bench.audit()).toEqual([]);
	});

	it('stops at frames that are not the domain\u2019s; a page of Xen\u2019s only seems to go', () => {
		const other = bench.page(bench.addDomain(2));
		const mine = bench.page(d);
		bench.refusals();
		expect(reserve(XENMEM.decrease_reservation, [mine, other])).toBe(1);
		expect(reserve(XENMEM.decrease_reservation, [d.sharedInfo])).toBe(1);
		expect(bench.frames.owner[d.sharedInfo]).toBe(1);
		expect(reserve(XENMEM.decrease_reservation, [100_000])).toBe(0);
		expect(bench.refusals()).toEqual(['frame_owner', 'frame_returnable', 'frame_exists']);
		expect(bench.audit()).toEqual([]);
	});

	it('answers nonsense with nothing done', () => {
		bench.addDomain(2);
		expect(reserve(XENMEM.populate_physmap, [1], { order: 10 })).toBe(0);
		expect(reserve(XENMEM.populate_physmap, [1], { extents: 0x0400_0000 })).toBe(0);
		expect(reserve(XENMEM.populate_physmap, [1], { flags: 12 })).toBe(0);
		expect(reserve(XENMEM.populate_physmap, [1], { flags: 1 << 16 })).toBe(0);
		expect(reserve(XENMEM.populate_physmap, [1], { domid: 9 })).toBe(0);
		expect(reserve(XENMEM.populate_physmap, [1], { domid: 2 })).toBe(0);
		expect(doMemoryOp(bench, v, XENMEM.populate_physmap, 0x20_0000)).toBe(0);
		expect(reserve(XENMEM.populate_physmap, [1, 2], { start: 1 })).toBe(2);
		expect(d.mm.totalPages).toBe(1);
	});
});

describe('exchange', () => {
	function swap(given: number[], pfns: number[], { orderIn = 0, orderOut = 0, domid = DOMID_SELF } = {}): number {
		bench.words(LIST, ...given);
		bench.words(LIST + 0x400, ...pfns);
		bench.words(ARG, LIST, given.length, orderIn, 0, DOMID_SELF, LIST + 0x400, pfns.length, orderOut, 0, domid, 0);
		return doMemoryOp(bench, v, XENMEM.exchange, ARG);
	}

	it('gives a run of frames for single ones', () => {
		const given = Array.from({ length: 8 }, () => bench.page(d));
		expect(swap(given, [100, 200], { orderOut: 2 })).toBe(0);
		const [a, b] = [bench.word(LIST + 0x400), bench.word(LIST + 0x404)];
		expect([a % 4, b % 4, getM2p(bench, a + 3), getM2p(bench, b)]).toEqual([0, 0, 103, 200]);
		expect(bench.word(ARG + 40)).toBe(8);
		expect(d.mm.totalPages).toBe(8);
		expect(bench.audit()).toEqual([]);
	});

	it('and single ones for a run', () => {
		expect(reserve(XENMEM.increase_reservation, [0], { order: 1 })).toBe(1);
		expect(swap([bench.word(LIST)], [7, 8], { orderIn: 1 })).toBe(0);
		expect(d.mm.totalPages).toBe(2);
		expect(bench.audit()).toEqual([]);
	});

	it('stops at a frame that something refers to, telling how far it came', () => {
		const t = bench.draw(d, SMALL);
		setGuestTable(bench, v, t.top);
		const loose = bench.page(d);
		expect(swap([loose, t.page], [1, 2])).toBe(-EINVAL);
		expect(bench.word(ARG + 40)).toBe(1);
		expect(bench.refusals()).toEqual(['exchange_unused']);
		expect(bench.audit()).toEqual([]);
	});

	it('refuses lists that do not match, and frames given twice', () => {
		const page = bench.page(d);
		expect(swap([page], [1, 2])).toBe(-EINVAL);
		expect(swap([page], [1], { domid: 1 })).toBe(-EINVAL);
		expect(swap([page], [1], { orderIn: 10, orderOut: 10 })).toBe(-EPERM);
		expect(swap([page, page], [1], { orderOut: 1 })).toBe(-EINVAL);
		expect(bench.audit()).toEqual([]);
	});
});

describe('questions', () => {
	const ask = (op: number, ...words: number[]): number => {
		bench.words(ARG, ...words);
		return doMemoryOp(bench, v, op, ARG);
	};

	it('about reservations', () => {
		bench.page(d);
		bench.addDomain(2);
		expect(ask(XENMEM.current_reservation, DOMID_SELF)).toBe(1);
		expect(ask(XENMEM.maximum_reservation, 1)).toBe(40);
		expect(ask(XENMEM.current_reservation, 2)).toBe(-EPERM);
		expect(ask(XENMEM.current_reservation, 9)).toBe(-ESRCH);
		expect(doMemoryOp(bench, v, XENMEM.current_reservation, 0xf580_0000)).toBe(-EFAULT);
		expect(ask(XENMEM.maximum_ram_page)).toBe(256);
		expect(ask(XENMEM.maximum_gpfn, DOMID_SELF)).toBe(0);
	});

	it('about the M2P table', () => {
		expect(ask(XENMEM.machphys_mapping)).toBe(0);
		expect([bench.word(ARG), bench.word(ARG + 4), bench.word(ARG + 8)]).toEqual([0xf580_0000, 0xf680_0000, 0x3f_ffff]);
		expect(ask(XENMEM.machphys_mfn_list, 4, LIST, 0)).toBe(0);
		expect([bench.word(ARG + 8), bench.word(LIST)]).toEqual([1, bench.spaces.m2pBase]);
	});

	it('about the memory map', () => {
		expect(ask(XENMEM.memory_map, 8, LIST)).toBe(0);
		expect([0, 1, 2, 3, 4].map((i) => bench.word(LIST + i * 4))).toEqual([0, 0, 40 * 4096, 0, 1]);
		expect(bench.word(ARG)).toBe(1);
		expect(ask(XENMEM.machine_memory_map, 8, LIST)).toBe(-EPERM);
	});

	it('that make no sense for a PV guest', () => {
		expect(ask(XENMEM.add_to_physmap, DOMID_SELF, 0, 0, 5)).toBe(-EACCES);
		expect(ask(XENMEM.add_to_physmap, DOMID_SELF, 4, 0, 5)).toBe(-ENOSYS);
		expect(ask(XENMEM.remove_from_physmap, DOMID_SELF, bench.page(d))).toBe(-EACCES);
		expect(ask(63)).toBe(-ENOSYS);
		expect(doMemoryOp(bench, v, XENMEM.maximum_ram_page | 64, 0)).toBe(-EINVAL);
	});
});
