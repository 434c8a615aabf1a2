import { describe, expect, it } from 'vitest';
import { E2BIG, EACCES, EDOM, EFAULT, EINVAL, ENOMEM, ENOSYS, EOPNOTSUPP, EPERM, ESRCH } from '../../../abi/errno';
import { audit } from '../../mm/audit';
import { PAGES } from '../tiny-guest';
import { CONTROL, FORBIDDEN, NOBODY, NOWHERE, put, questions, Scene, SELF, SPARE, SPARE_AT, UNMAPPED } from './scene';

const MEMORY_OP = 12;
/** The operation, to go on from extent `start`. */
const from = (start: number, op: number): number => ((start << 6) | op) >>> 0;

/** xen/common/compat/memory.c: compat_memory_op; common/memory.c: do_memory_op */
describe('memory_op: what a domain may have', () => {
	questions(MEMORY_OP, [
		['most RAM that there is', () => [2, 0], 4096],
		['from an extent', () => [from(1, 2), 0], -EINVAL],
		['pages now', (s) => [3, s.put(SELF)], PAGES],
		['pages now, by number', (s) => [3, s.put(s.own)], PAGES],
		['pages of another', (s) => [3, s.put(s.foreign)], -EPERM],
		['pages of nobody', (s) => [3, s.put(NOBODY)], -ESRCH],
		['pages of DOMID_IO', (s) => [3, s.put(0x7ff1)], -ESRCH],
		['with a bad pointer', () => [3, NOWHERE], -EFAULT],
		['with a pointer into the hypervisor', () => [3, FORBIDDEN], -EFAULT],
		['from an extent, before the pointer', () => [from(1, 3), NOWHERE], -EINVAL],
		['pages at most', (s) => [4, s.put(SELF)], PAGES],
		['the last frame, which the guest never said', (s) => [14, s.put(SELF)], 0],
		[
			'a domain number of two bytes at the end of memory',
			(s) => (s.guest.write32(0x1_fffc, SELF << 16), [3, 0x1_fffe]),
			PAGES
		]
	]);

	it('a last frame beyond an int is the largest int', () => {
		const scene = new Scene();
		const { hv, domain } = scene.guest;
		hv.machine.memory.write32(domain.sharedInfo * 4096 + 64 * 32 + 256 + 12, 0xffff_ffff);
		expect(put(scene, [[MEMORY_OP, 14, scene.put(SELF)]])).toEqual([0x7fff_ffff]);
	});
});

/** common/memory.c: increase_reservation, populate_physmap, decrease_reservation; never an errno, always a count */
describe('memory_op: reservations', () => {
	/** A reservation of the extents in `list`. */
	const reservation = (
		s: Scene,
		list: number[],
		rest: { n?: number; order?: number; flags?: number; domid?: number } = {}
	): number => {
		const at = s.put(...list);
		return s.put(at, rest.n ?? list.length, rest.order ?? 0, rest.flags ?? 0, rest.domid ?? SELF);
	};
	questions(MEMORY_OP, [
		['a bad pointer', () => [1, NOWHERE], 0],
		['a bad pointer, from an extent', () => [from(5, 1), NOWHERE], 5],
		['no extents', (s) => [1, reservation(s, [])], 0],
		['more extents than a continued call can count', (s) => [1, reservation(s, [0], { n: 0x400_0000 })], 0],
		['a list that reaches into the hypervisor', (s) => [0, s.put(FORBIDDEN - 4, 2, 0, 0, SELF)], 0],
		['from behind the last extent', (s) => [from(3, 1), reservation(s, [1, 2])], 3],
		['a domain that is not', (s) => [1, reservation(s, [1], { domid: NOBODY })], 0],
		['another domain', (s) => [1, reservation(s, [s.other.mfn(SPARE)], { domid: s.foreign })], 0],
		['another domain\u2019s frame', (s) => [1, reservation(s, [s.guest.mfn(SPARE), s.other.mfn(SPARE)])], 1],
		['a frame that is not', (s) => [1, reservation(s, [0x10_0000])], 0],
		['more than the domain may have', (s) => [6, reservation(s, [40])], 0],
		['an order that is too high', (s) => [6, reservation(s, [40], { order: 10 })], 0],
		['address bits that make no sense', (s) => [0, reservation(s, [0], { flags: 12 })], 0],
		['memory populated on demand, for itself', (s) => [6, reservation(s, [40], { flags: 1 << 16 })], 0],
		['insisting on a node', (s) => [1, reservation(s, [s.guest.mfn(SPARE)], { flags: (1 << 17) | (1 << 8) })], 0],
		['wishing for a node', (s) => [1, reservation(s, [s.guest.mfn(SPARE)], { flags: 1 << 8 })], 1],
		[
			'a virtual node',
			(s) => [1, reservation(s, [s.guest.mfn(SPARE)], { flags: (1 << 18) | (1 << 17) | (1 << 8) })],
			1
		],
		[
			'the same frame twice, while it is mapped',
			(s) => [1, reservation(s, [s.guest.mfn(SPARE), s.guest.mfn(SPARE)])],
			2
		],
		['shared_info', (s) => [1, reservation(s, [s.guest.domain.sharedInfo])], 1],
		[
			'extents up to one that cannot be read',
			(s) => (s.guest.write32(0x1_fffc, s.guest.mfn(SPARE)), [1, s.put(0x1_fffc, 2, 0, 0, SELF)]),
			1
		]
	]);

	it('a pinned table stays the domain\u2019s until it is unpinned', () => {
		const scene = new Scene();
		const mfn = scene.guest.mfn(24);
		const args = reservation(scene, [mfn]);
		const unpin = scene.put(4, mfn, 0);
		const count = scene.put(SELF);
		const calls = [
			[MEMORY_OP, 1, args],
			[MEMORY_OP, 3, count],
			[26, unpin, 1, 0, SELF]
		];
		expect(put(scene, calls)).toEqual([1, PAGES, 0]);
		expect(audit(scene.guest.hv)).toEqual([]);
	});
});

/** common/compat/memory.c and common/memory.c: XENMEM_exchange */
describe('memory_op: exchange', () => {
	interface List {
		list: number[];
		order?: number;
		domid?: number;
		flags?: number;
		n?: number;
		at?: number;
	}
	const exchange = (s: Scene, given: List, got: List, done = 0): number => {
		const half = (list: List): number[] => [
			list.at ?? s.put(...list.list),
			list.n ?? list.list.length,
			list.order ?? 0,
			list.flags ?? 0,
			list.domid ?? SELF
		];
		return s.put(...half(given), ...half(got), done);
	};
	const one = (s: Scene): List => ({ list: [s.guest.mfn(UNMAPPED)] });
	/** Page 31 is mapped by TinyGuest; a free frame comes from unmapping it first, so these refuse earlier. */
	questions(MEMORY_OP, [
		['a bad pointer', () => [11, NOWHERE], -EFAULT],
		['from an extent', (s) => [from(1, 11), exchange(s, one(s), { list: [1] })], -EINVAL],
		['from an extent, after the pointer', () => [from(1, 11), NOWHERE], -EFAULT],
		['lists of different sizes', (s) => [11, exchange(s, one(s), { list: [1, 2] })], -EINVAL],
		['more done than there is', (s) => [11, exchange(s, one(s), { list: [1] }, 2)], -EINVAL],
		['a run half done', (s) => [11, exchange(s, { list: [1, 2] }, { list: [1], order: 1 }, 1)], -EINVAL],
		[
			'sizes that overflow',
			(s) => [11, exchange(s, { list: [1], order: 31, n: 3 }, { list: [1], order: 31, n: 3 })],
			-EINVAL
		],
		['a list in the hypervisor', (s) => [11, exchange(s, { ...one(s), at: FORBIDDEN }, { list: [1] })], -EFAULT],
		['sizes before lists', (s) => [11, exchange(s, { ...one(s), at: FORBIDDEN }, { list: [1, 2] })], -EINVAL],
		['orders too far apart', (s) => [11, exchange(s, { list: [1], n: 1024 }, { list: [1], order: 10 })], -E2BIG],
		['an order too high', (s) => [11, exchange(s, { list: [1], order: 10 }, { list: [1], order: 10 })], -EPERM],
		[
			'order before owner',
			(s) => [11, exchange(s, { list: [1], order: 10 }, { list: [1], order: 10, domid: NOBODY })],
			-EPERM
		],
		['two owners', (s) => [11, exchange(s, one(s), { list: [1], domid: s.own })], -EINVAL],
		['nothing', (s) => [11, exchange(s, { list: [], domid: NOBODY }, { list: [], domid: NOBODY })], 0],
		[
			'nothing left, of nobody',
			(s) => [11, exchange(s, { ...one(s), domid: NOBODY }, { list: [1], domid: NOBODY }, 1)],
			0
		],
		[
			'insisting on a node',
			(s) => [11, exchange(s, one(s), { list: [1], flags: (1 << 17) | (1 << 8), domid: SELF })],
			-EINVAL
		],
		['nobody', (s) => [11, exchange(s, { ...one(s), domid: NOBODY }, { list: [1], domid: NOBODY })], -ESRCH],
		[
			'another domain',
			(s) => [11, exchange(s, { ...one(s), domid: s.foreign }, { list: [1], domid: s.foreign })],
			-EPERM
		],
		['a frame that is mapped', (s) => [11, exchange(s, one(s), { list: [1] })], -EINVAL],
		['a frame that is not', (s) => [11, exchange(s, { list: [0x10_0000] }, { list: [1] })], -EINVAL],
		['another\u2019s frame', (s) => [11, exchange(s, { list: [s.other.mfn(SPARE)] }, { list: [1] })], -EINVAL]
	]);

	const unmapped = (): number[] => [14, UNMAPPED << 12, 0, 0, 0];
	it('gives another frame for one that nothing maps', () => {
		const scene = new Scene();
		const args = exchange(scene, one(scene), { list: [UNMAPPED] });
		expect(put(scene, [unmapped(), [MEMORY_OP, 11, args]])).toEqual([0, 0]);
		expect(scene.guest.read32(args + 40)).toBe(1);
		expect(audit(scene.guest.hv)).toEqual([]);
	});

	it('has no memory below an address where all is taken', () => {
		const scene = new Scene();
		const args = exchange(scene, one(scene), { list: [UNMAPPED], flags: 13 });
		expect(put(scene, [unmapped(), [MEMORY_OP, 11, args]])).toEqual([0, -ENOMEM]);
		expect(audit(scene.guest.hv)).toEqual([]);
	});
});

/** arch/x86/mm.c: arch_memory_op; x86_64/compat/mm.c: compat_arch_memory_op */
describe('memory_op: maps', () => {
	const range = [0, 0, 0x10_0000, 0, 1];
	questions(MEMORY_OP, [
		[
			'where the M2P lies',
			() => [12, SPARE_AT],
			0,
			(s) => expect([s.guest.read32(SPARE_AT), s.guest.read32(SPARE_AT + 8)]).toEqual([0xf580_0000, 0x3f_ffff])
		],
		['where the M2P lies, at a bad pointer', () => [12, NOWHERE], -EFAULT],
		['where the M2P lies, from an extent', () => [from(1, 12), SPARE_AT], -ENOSYS],
		[
			'the M2P\u2019s frames',
			(s) => [5, s.put(8, SPARE_AT, 9)],
			0,
			(s) => expect(s.guest.read32(SPARE_AT)).toBe(s.guest.hv.spaces.m2pBase)
		],
		['the M2P\u2019s frames, by the other number', (s) => [25, s.put(8, SPARE_AT, 9)], 0],
		['the M2P\u2019s frames, no room', (s) => [5, s.put(0, NOWHERE, 9)], 0],
		['the M2P\u2019s frames, a bad list', (s) => [5, s.put(8, NOWHERE, 9)], -EFAULT],
		['the M2P\u2019s frames, from an extent', () => [from(1, 5), NOWHERE], -ENOSYS],
		[
			'its memory map',
			(s) => [9, s.put(8, SPARE_AT)],
			0,
			(s) => expect([0, 8, 16].map((at) => s.guest.read32(SPARE_AT + at))).toEqual([0, PAGES * 4096, 1])
		],
		['its memory map, no room', (s) => [9, s.put(0, NOWHERE)], 0],
		['its memory map, a bad buffer', (s) => [9, s.put(8, NOWHERE)], -EFAULT],
		['its memory map, a bad pointer', () => [9, NOWHERE], -EFAULT],
		['its memory map, from an extent', (s) => [from(1, 9), s.put(8, SPARE_AT)], -ENOSYS],
		['the machine\u2019s memory map', (s) => [10, s.put(8, SPARE_AT)], -EPERM],
		['the machine\u2019s memory map, a bad pointer', () => [10, NOWHERE], -EFAULT],
		['setting its memory map', (s) => [13, s.put(SELF, 1, s.put(...range))], 0],
		['setting a map of nothing', (s) => [13, s.put(SELF, 0, NOWHERE)], 0],
		['setting too long a map', (s) => [13, s.put(NOBODY, 1025, NOWHERE)], -EINVAL],
		['setting nobody\u2019s map', (s) => [13, s.put(NOBODY, 1, NOWHERE)], -ESRCH],
		['setting another\u2019s map', (s) => [13, s.put(s.foreign, 1, NOWHERE)], -EPERM],
		['setting a map that cannot be read', (s) => [13, s.put(SELF, 1, NOWHERE)], -EFAULT],
		['setting a map, a bad pointer', () => [13, NOWHERE], -EFAULT]
	]);

	it('a map that was set is the one that is told, and is part of a saved state', () => {
		const scene = new Scene();
		const mine = scene.put(SELF, 2, scene.put(...range, ...range));
		const ask = scene.put(8, SPARE_AT);
		expect(
			put(scene, [
				[MEMORY_OP, 13, mine],
				[MEMORY_OP, 9, ask]
			])
		).toEqual([0, 0]);
		expect([scene.guest.read32(ask), scene.guest.read32(SPARE_AT + 20 + 8)]).toEqual([2, 0x10_0000]);
		const { hv, domain } = scene.guest;
		const state = structuredClone(hv.save());
		domain.mm.memoryMap = new Uint8Array(0);
		hv.restore(state);
		expect(domain.mm.memoryMap).toHaveLength(40);
	});

	it('after a map of nothing was set there is none', () => {
		const scene = new Scene();
		const calls = [
			[MEMORY_OP, 13, scene.put(SELF, 0, 0)],
			[MEMORY_OP, 9, scene.put(8, SPARE_AT)]
		];
		expect(put(scene, calls)).toEqual([0, -ENOSYS]);
	});
});

/** common/memory.c: what is for translated domains, device models and NUMA; common/mem_access.c */
describe('memory_op: what a PV guest has no use for', () => {
	const batch = (
		s: Scene,
		{ domid = SELF, space = 0, size = 1, lists = [SPARE_AT, SPARE_AT, SPARE_AT] } = {}
	): number => s.put((space << 16) | domid, size, ...lists);
	const resource = (s: Scene, { domid = NOBODY, n = 1, pad = 0, high = 0, list = SPARE_AT } = {}): number =>
		s.put(domid | (1 << 16), 0, n, pad, 0, high, list);
	const access = (s: Scene, domid: number): number => s.put(domid << 16, 0, 0, 0, 0, 0);
	const vnuma = (s: Scene, domid: number, pad = 0): number =>
		s.put((pad << 16) | domid, ...new Array<number>(9).fill(0));
	const pod = (s: Scene, domid: number): number => s.put(0, 0, 0, 0, 0, 0, 0, 0, domid);
	questions(MEMORY_OP, [
		['add_to_physmap', (s) => [7, s.put(SELF, 0, 0, 5)], -EACCES],
		['add_to_physmap of another', (s) => [7, s.put(s.foreign, 0, 0, 5)], -EACCES],
		['add_to_physmap of nobody', (s) => [7, s.put(NOBODY, 0, 0, 5)], -ESRCH],
		['add_to_physmap, foreign frames', (s) => [7, s.put(NOBODY, 4, 0, 5)], -ENOSYS],
		['add_to_physmap, a bad pointer', () => [from(0x1_0000, 7), NOWHERE], -EFAULT],
		['add_to_physmap from an extent', (s) => [from(1, 7), s.put(SELF, 0, 0, 5)], -EACCES],
		['add_to_physmap from an impossible extent', (s) => [from(0x1_0000, 7), s.put(NOBODY, 4, 0, 5)], -EDOM],
		['add_to_physmap_batch', (s) => [23, batch(s)], -EACCES],
		['add_to_physmap_batch of nobody', (s) => [23, batch(s, { domid: NOBODY })], -ESRCH],
		['add_to_physmap_batch of a range', (s) => [23, batch(s, { domid: NOBODY, space: 3 })], -EOPNOTSUPP],
		[
			'add_to_physmap_batch, a list in the hypervisor',
			(s) => [23, batch(s, { lists: [SPARE_AT, SPARE_AT, FORBIDDEN] })],
			-EFAULT
		],
		[
			'add_to_physmap_batch, errors to nowhere',
			(s) => [23, batch(s, { lists: [SPARE_AT, SPARE_AT, NOWHERE] })],
			-EACCES
		],
		[
			'add_to_physmap_batch, frames from nowhere',
			(s) => [23, batch(s, { lists: [SPARE_AT, NOWHERE, SPARE_AT] })],
			-EFAULT
		],
		['add_to_physmap_batch of nothing', (s) => [23, batch(s, { size: 0 })], -EACCES],
		['add_to_physmap_batch from an impossible extent', (s) => [from(0x1_0000, 23), batch(s)], -EDOM],
		['remove_from_physmap', (s) => [15, s.put(SELF, s.guest.mfn(SPARE))], -EACCES],
		['remove_from_physmap of another', (s) => [15, s.put(s.foreign, 0)], -EACCES],
		['remove_from_physmap of nobody', (s) => [15, s.put(NOBODY, 0)], -ESRCH],
		['remove_from_physmap, a bad pointer', () => [from(1, 15), NOWHERE], -EFAULT],
		['remove_from_physmap from an extent', (s) => [from(1, 15), s.put(NOBODY, 0)], -EINVAL],
		['access_op, a bad pointer', () => [21, NOWHERE], -EFAULT],
		['access_op on itself', (s) => [21, access(s, s.own)], -EPERM],
		['access_op on DOMID_SELF', (s) => [21, access(s, SELF)], -ESRCH],
		['access_op on another', (s) => [21, access(s, s.foreign)], -EINVAL],
		['vnuma', (s) => [26, vnuma(s, SELF)], -EOPNOTSUPP],
		['vnuma of another', (s) => [26, vnuma(s, s.foreign)], -EPERM],
		['vnuma of nobody', (s) => [26, vnuma(s, NOBODY)], -ESRCH],
		['vnuma with padding', (s) => [26, vnuma(s, NOBODY, 1)], -EINVAL],
		['vnuma, a bad pointer', () => [from(1, 26), NOWHERE], -EFAULT],
		['vnuma from an extent', (s) => [from(1, 26), vnuma(s, SELF)], -EINVAL],
		['acquire_resource of nobody', (s) => [28, resource(s)], -ESRCH],
		['acquire_resource of DOMID_SELF', (s) => [28, resource(s, { domid: SELF })], -ESRCH],
		['acquire_resource of itself', (s) => [28, resource(s, { domid: s.own })], -EPERM],
		['acquire_resource of another', (s) => [28, resource(s, { domid: s.foreign })], -EPERM],
		['acquire_resource with padding', (s) => [28, resource(s, { pad: 1 })], -EINVAL],
		['acquire_resource beyond 32 bits', (s) => [28, resource(s, { high: 1 })], -EINVAL],
		['acquire_resource, a bad pointer', () => [28, NOWHERE], -EFAULT],
		['acquire_resource from behind its end', (s) => [from(1, 28), resource(s)], -EINVAL],
		['reserved device memory', (s) => [27, s.put(1, 4, SPARE_AT, 0)], 0],
		['reserved device memory, unknown flags', (s) => [27, s.put(2, 4, SPARE_AT, 0)], -EINVAL],
		['reserved device memory, a buffer in the hypervisor', (s) => [27, s.put(2, 4, FORBIDDEN, 0)], -EFAULT],
		['reserved device memory from an extent', () => [from(1, 27), NOWHERE], -EINVAL],
		['a target for populating on demand', (s) => [16, pod(s, SELF)], -EINVAL],
		['the target for populating on demand', (s) => [17, pod(s, s.foreign)], -EINVAL],
		['nobody\u2019s target', (s) => [17, pod(s, NOBODY)], -ESRCH],
		['a target, a bad pointer', () => [16, NOWHERE], -EFAULT],
		['pages saved by sharing', () => [18, NOWHERE], 0],
		['pages shared', () => [19, NOWHERE], 0],
		['claims, which 32-bit callers cannot make', () => [24, NOWHERE], -ENOSYS],
		...[8, 20, 22, 29, 63].map((op): [string, () => number[], number] => [
			`operation ${op}`,
			() => [op, NOWHERE],
			-ENOSYS
		])
	]);
});

describe('memory_op of the control domain', () => {
	questions(
		MEMORY_OP,
		[
			['pages of another', (s) => [3, s.put(s.foreign)], PAGES],
			['the machine\u2019s memory map', (s) => [10, s.put(8, SPARE_AT)], 0],
			[
				'another\u2019s memory map',
				(s) => [13, s.put(s.foreign, 0, 0)],
				0,
				(s) => expect(s.other.domain.mm.memoryMap?.length).toBe(0)
			],
			['add_to_physmap of another', (s) => [7, s.put(s.foreign, 0, 0, 5)], -EACCES],
			['a node that is', (s) => [0, s.put(SPARE_AT, 0, 0, (1 << 17) | (1 << 8), SELF)], 0],
			['a resource of another', (s) => [28, s.put(s.foreign, 0, 1, 0, 0, 0, SPARE_AT)], -EOPNOTSUPP]
		],
		{ privileges: CONTROL }
	);
});
