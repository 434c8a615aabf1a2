import { describe, expect, it } from 'vitest';
import { EACCES, EBUSY, EFAULT, EINVAL, ENOSYS, EOPNOTSUPP, EPERM, ESRCH } from '../../../abi/errno';
import { audit } from '../../mm/audit';
import { getM2p } from '../../mm/m2p';
import {
	CONTROL,
	FORBIDDEN,
	IO,
	NOBODY,
	NOWHERE,
	put,
	questions,
	Scene,
	SELF,
	SPARE,
	SPARE_AT,
	TABLES,
	XEN,
	type Question
} from './scene';

const [MMU_UPDATE, MMUEXT_OP, UPDATE_VA_MAPPING, OTHERDOMAIN] = [1, 26, 14, 22];
const MORE = 0x8000_0000;
const { l1, l2, l2Top, l3 } = TABLES;
/** The counter of entries done, with what it holds before. */
const BEFORE = 0x55;
const counter = (s: Scene): number => (s.guest.write32(SPARE_AT, BEFORE), SPARE_AT);
const done =
	(count: number) =>
	(s: Scene): void =>
		expect(s.guest.read32(SPARE_AT)).toBe(count);
const untold = done(BEFORE);

/** arch/x86/mm.c: do_mmu_update */
describe('mmu_update', () => {
	/** A request that writes `low` (and `high`) to an entry. */
	type Request = [address: number, addressHigh: number, low: number, high: number];
	const map = (s: Scene, index = 40, low = s.entry(SPARE, 5)): Request => [s.slot(l1, index), 0, low, 0];
	/** The call: requests, count, counter, owner. */
	const call = (s: Scene, requests: Request[], owner = SELF, count = requests.length): number[] => [
		s.put(...requests.flat()),
		count >>> 0,
		counter(s),
		owner >>> 0
	];
	questions(MMU_UPDATE, [
		['nothing', (s) => call(s, []), 0, done(0)],
		['nothing at a bad pointer', (s) => [NOWHERE, 0, counter(s), SELF], 0, done(0)],
		['nothing, for nobody', (s) => call(s, [], NOBODY), -ESRCH, done(0)],
		['nothing, for nobody\u2019s tables', (s) => call(s, [], ((NOBODY + 1) << 16) | SELF), -ESRCH, untold],
		['a bad pointer', (s) => [NOWHERE, 1, counter(s), SELF], -EFAULT, done(0)],
		['a pointer into the hypervisor', (s) => [FORBIDDEN, 1, counter(s), SELF], -EFAULT, done(0)],
		['a bad pointer, for nobody', (s) => [NOWHERE, 1, counter(s), NOBODY], -ESRCH, done(0)],
		['a counter that cannot be written', (s) => [...call(s, [map(s)]).slice(0, 2), NOWHERE, SELF], 0],
		['more than there is', (s) => call(s, [map(s), map(s, 41)], SELF, 0x7fff_ffff), -EINVAL, done(2)],
		['one for which it goes on', (s) => call(s, [map(s)], SELF, MORE | 1), 0, done(BEFORE + 1)],
		['none for which it goes on', (s) => call(s, [], SELF, MORE), 0, done(BEFORE)],
		['the end of an interrupted call', () => [0, MORE, 0, 0xffff_fff0], -16],
		[
			'a list that ends with its page',
			(s) => (s.guest.write32(0x1_fff0, ...map(s)), [0x1_fff0, 2, counter(s), SELF]),
			-EFAULT,
			done(1)
		],
		['an entry that is not aligned', (s) => call(s, [[s.slot(l1, 40) + 4, 0, 0, 0]]), -ENOSYS, done(0)],
		['command 7 for nobody\u2019s page', (s) => call(s, [[7, 0, 0, 0]]), -ENOSYS, done(0)],
		['a page that is not', (s) => call(s, [[0, 1, 0, 0]]), -EINVAL],
		['an address of more than 52 bits', (s) => call(s, [[s.slot(l1, 40), 0xfff0_0000, 0, 0]]), -EINVAL],
		['its own number as owner', (s) => call(s, [map(s)], s.own), -ESRCH, done(0)],
		['its own number as the tables\u2019 owner', (s) => call(s, [map(s)], ((s.own + 1) << 16) | SELF), 0],
		['DOMID_SELF as the tables\u2019 owner', (s) => call(s, [map(s)], ((SELF + 1) << 16) | SELF), -ESRCH, untold],
		['another owner', (s) => call(s, [map(s)], s.foreign), -EPERM, done(0)],
		['another owner, unknown command', (s) => call(s, [[7, 0, 0, 0]], s.foreign), -ENOSYS],
		['DOMID_XEN as owner', (s) => call(s, [map(s)], XEN), -EPERM],
		['DOMID_IO as owner, device memory', (s) => call(s, [[s.slot(l1, 40), 0, 0xa_0007, 0]], IO), -EPERM],
		['another\u2019s tables', (s) => call(s, [map(s)], ((s.foreign + 1) << 16) | SELF), -EPERM, done(0)],
		['an entry of another\u2019s table', (s) => call(s, [[s.entry(l1, 40 << 3, s.other), 0, 0, 0]]), -EINVAL, done(0)],
		[
			'an entry of another\u2019s table, said to be so',
			(s) => call(s, [[s.entry(l1, 40 << 3, s.other), 0, 0, 0]], ((s.foreign + 1) << 16) | SELF),
			-EPERM
		],
		['an entry of the hypervisor\u2019s table', (s) => call(s, [[s.guest.hv.spaces.xenL2 << 12, 0, 0, 0]]), -EINVAL],
		[
			'a frame of the hypervisor, read-only',
			(s) => call(s, [map(s, 40, (s.guest.hv.spaces.m2pBase << 12) | 5)]),
			-EBUSY,
			done(0)
		],
		[
			'a frame of the hypervisor, writable',
			(s) => call(s, [map(s, 40, (s.guest.hv.spaces.m2pBase << 12) | 7)]),
			-EBUSY
		],
		[
			'the hypervisor\u2019s text, read-only',
			(s) => call(s, [map(s, 40, (s.guest.hv.xenPages[0].mfn << 12) | 5)]),
			-EBUSY
		],
		['another\u2019s frame, read-only', (s) => call(s, [map(s, 40, s.entry(SPARE, 5, s.other))]), -EBUSY],
		['beyond RAM', (s) => call(s, [[s.slot(l1, 40), 0, 5, 1]]), -EPERM],
		['the frame number of all ones', (s) => call(s, [[s.slot(l1, 40), 0, 0xffff_f005, 0xf_ffff]]), -EINVAL],
		['a table, writable', (s) => call(s, [map(s, 40, s.entry(l2, 7))]), -EBUSY],
		['what is not present, whatever else it says', (s) => call(s, [map(s, 40, 0xffff_fffe)]), 0],
		['an L2 entry', (s) => call(s, [[s.slot(l2, 9), 0, s.entry(l1, 7), 0]]), 0],
		['an L2 entry of no table', (s) => call(s, [[s.slot(l2, 9), 0, s.entry(SPARE, 7), 0]]), -EINVAL],
		['an L2 entry of a superpage', (s) => call(s, [[s.slot(l2, 9), 0, s.entry(l1, 0x87), 0]]), -EINVAL],
		['an L2 entry of another\u2019s table', (s) => call(s, [[s.slot(l2, 9), 0, s.entry(l1, 7, s.other), 0]]), -EINVAL],
		['an L2 entry of the hypervisor\u2019s', (s) => call(s, [[s.slot(l2Top, 480), 0, 0, 0]]), -EPERM],
		['an L3 entry', (s) => call(s, [[s.slot(l3, 1), 0, s.entry(l2, 1), 0]]), 0],
		['the last L3 entry', (s) => call(s, [[s.slot(l3, 3), 0, s.entry(l2Top, 1), 0]]), -EINVAL],
		['an L3 entry behind the last', (s) => call(s, [[s.slot(l3, 4), 0, 0, 0]]), -EINVAL],
		[
			'plain memory',
			(s) => call(s, [[s.slot(SPARE, 3), 0, 0x1234, 0x5678]]),
			0,
			(s) => expect(s.guest.read32(SPARE_AT + 24)).toBe(0x1234)
		],
		[
			'an M2P entry',
			(s) => call(s, [[s.slot(SPARE, 0, 1), 0, 0x77, 0]]),
			0,
			(s) => expect(getM2p(s.guest.hv, s.guest.mfn(SPARE))).toBe(0x77)
		],
		['an M2P entry of another\u2019s', (s) => call(s, [[s.entry(SPARE, 1, s.other), 0, 0x77, 0]]), -EINVAL],
		['an M2P entry of device memory', (s) => call(s, [[0xa_0001, 0, 0x77, 0]], IO), 0],
		['an M2P entry of what is not', (s) => call(s, [[1, 1, 0x77, 0]]), -EINVAL],
		['an M2P entry for another', (s) => call(s, [[s.slot(SPARE, 0, 1), 0, 0x77, 0]], s.foreign), -EPERM],
		[
			'an M2P entry with another\u2019s tables',
			(s) => call(s, [[s.slot(SPARE, 0, 1), 0, 0x77, 0]], ((s.foreign + 1) << 16) | SELF),
			-EPERM
		],
		['two, the second refused', (s) => call(s, [map(s), map(s, 41, s.entry(l2, 7))]), -EBUSY, done(1)]
	]);

	it('a control domain changes no M2P by another\u2019s tables', () => {
		const scene = new Scene(CONTROL);
		const tables = ((scene.foreign + 1) << 16) | SELF;
		const calls = [
			[MMU_UPDATE, ...call(scene, [[scene.slot(SPARE, 0, 1), 0, 0x77, 0]], tables)],
			[
				MMU_UPDATE,
				...call(
					scene,
					[[scene.entry(l1, 40 << 3, scene.other), 0, scene.entry(SPARE, 5, scene.other), 0]],
					((scene.foreign + 1) << 16) | scene.foreign
				)
			],
			[MMU_UPDATE, ...call(scene, [map(scene, 40, (scene.guest.hv.spaces.m2pBase << 12) | 5)], XEN)],
			[MMU_UPDATE, ...call(scene, [map(scene, 41, (scene.guest.hv.spaces.m2pBase << 12) | 7)], XEN)]
		];
		expect(put(scene, calls)).toEqual([-EPERM, 0, 0, -EBUSY]);
		expect(audit(scene.guest.hv)).toEqual([]);
	});
});

/** arch/x86/mm.c: __do_update_va_mapping, do_update_va_mapping_otherdomain */
describe('update_va_mapping', () => {
	questions(UPDATE_VA_MAPPING, [
		['a page', (s) => [0x2_8000, s.entry(SPARE), 0, 2], 0],
		['an address without a table', (s) => [0x4000_0000, s.entry(SPARE), 0, 0], -EINVAL],
		['an address of the hypervisor\u2019s', (s) => [FORBIDDEN, s.entry(SPARE), 0, 0], -EINVAL],
		['the last address', () => [0xffff_ffff, 0, 0, 0], -EINVAL],
		['another\u2019s frame', (s) => [0x2_8000, s.entry(SPARE, 5, s.other), 0, 0], -EBUSY],
		['the hypervisor\u2019s frame, read-only', (s) => [0x2_8000, (s.guest.hv.spaces.m2pBase << 12) | 5, 0, 0], -EBUSY],
		['beyond RAM', () => [0x2_8000, 5, 1, 0], -EPERM],
		['a flush that there is not', (s) => [0x2_8000, s.entry(SPARE), 0, 3], 0],
		['a flush of vcpus that nobody can read', (s) => [0x2_8000, s.entry(SPARE), 0, NOWHERE | 1], -EFAULT],
		['a bad flush after a refusal', () => [0x2_8000, 5, 1, NOWHERE | 1], -EPERM]
	]);
});
describe('update_va_mapping_otherdomain', () => {
	const map = (s: Scene, domid: number, of = s.guest): number[] => [0x2_8000, s.entry(SPARE, 5, of), 0, 0, domid];
	questions(OTHERDOMAIN, [
		['itself', (s) => map(s, SELF), 0],
		['itself by number', (s) => map(s, s.own), -ESRCH],
		['nobody', (s) => map(s, NOBODY), -ESRCH],
		['nobody, at an address without a table', () => [0x4000_0000, 0, 0, 0, NOBODY], -ESRCH],
		['another', (s) => map(s, s.foreign, s.other), -EPERM],
		['another, at an address without a table', (s) => [0x4000_0000, 0, 0, 0, s.foreign], -EPERM],
		['DOMID_IO', (s) => map(s, IO), -EPERM],
		['DOMID_IO, nothing present', () => [0x2_8000, 0, 0, 0, IO], -EPERM],
		['DOMID_XEN', (s) => map(s, XEN), -EPERM],
		['what is above the number', (s) => map(s, 0xabcd_0000 | SELF), 0]
	]);
});

/** arch/x86/x86_64/compat/mm.c: compat_mmuext_op; arch/x86/mm.c: do_mmuext_op */
describe('mmuext_op', () => {
	type Op = [cmd: number, arg1?: number, arg2?: number];
	const call = (s: Scene, ops: Op[], owner = SELF, count = ops.length): number[] => [
		s.put(...ops.flatMap(([cmd, arg1 = 0, arg2 = 0]) => [cmd, arg1, arg2])),
		count >>> 0,
		counter(s),
		owner
	];
	const FLUSH: [number, number, number] = [6, 0, 0];
	const each = (commands: number[], answer: number): Question[] =>
		commands.map((cmd) => [`operation ${cmd} for another`, (s) => call(s, [[cmd]], s.foreign), answer, untold]);
	questions(MMUEXT_OP, [
		['nothing', (s) => call(s, []), 0, untold],
		['nothing, for nobody', (s) => call(s, [], NOBODY), 0, untold],
		['nothing, going on', (s) => call(s, [], SELF, MORE), 0, untold],
		['the end of an interrupted call', () => [0, MORE, 0, 0xffff_ffea], -EINVAL],
		['a bad pointer', (s) => [NOWHERE, 1, counter(s), SELF], -EFAULT, done(0)],
		['a bad pointer, for nobody', (s) => [NOWHERE, 1, counter(s), NOBODY], -ESRCH, untold],
		['nobody', (s) => call(s, [FLUSH], NOBODY), -ESRCH, untold],
		['itself by number', (s) => call(s, [FLUSH], s.own), -ESRCH, untold],
		['DOMID_XEN', (s) => call(s, [FLUSH], XEN), -EPERM, untold],
		['DOMID_IO', (s) => call(s, [FLUSH], IO), -EPERM, untold],
		...each([0, 4, 5, 6, 13, 15, 16, 17, 19, 99], -EPERM),
		['more than there is', (s) => call(s, [FLUSH, FLUSH], SELF, 0x7fff_ffff), -EINVAL, done(2)],
		['one, going on', (s) => call(s, [FLUSH], SELF, MORE | 1), 0, done(BEFORE + 1)],
		[
			'up to one that cannot be read',
			(s) => (s.guest.write32(0x1_fff4, ...FLUSH), [0x1_fff4, 2, counter(s), SELF]),
			-EFAULT,
			done(1)
		],
		[
			'a pin of a page with what is no table',
			(s) => (s.guest.write32(SPARE_AT, 0xffff_ffff), [s.put(0, s.guest.mfn(SPARE), 0), 1, 0, SELF]),
			-EINVAL
		],
		['a pin of a table of another level', (s) => call(s, [[1, s.guest.mfn(l1)]]), -EINVAL, done(0)],
		['a pin of an L1', (s) => call(s, [[0, s.guest.mfn(l1)]]), 0, done(1)],
		['a second pin', (s) => call(s, [[2, s.guest.mfn(l3)]]), -EINVAL],
		['a pin of a page that is mapped writable', (s) => call(s, [[0, s.guest.mfn(SPARE)]]), -EINVAL],
		['a pin of what is not', (s) => call(s, [[2, 0x10_0000]]), -EINVAL],
		['a pin of another\u2019s table', (s) => call(s, [[2, s.other.mfn(l3)]]), -EINVAL],
		['a pin of the hypervisor\u2019s table', (s) => call(s, [[1, s.guest.hv.spaces.xenL2]]), -EINVAL],
		['a pin of a fourth level, anything', (s) => call(s, [[3, 0x10_0000]]), 0, done(1)],
		['taking away a pin that is not', (s) => call(s, [[4, s.guest.mfn(l1)]]), -EINVAL],
		['taking away another\u2019s pin', (s) => call(s, [[4, s.other.mfn(l3)]]), -EINVAL],
		['taking away a pin', (s) => call(s, [[4, s.guest.mfn(l3)]]), 0],
		['its own table as CR3', (s) => call(s, [[5, s.guest.mfn(l3)]]), 0],
		['an L2 as CR3', (s) => call(s, [[5, s.guest.mfn(l2)]]), -EINVAL],
		['another\u2019s table as CR3', (s) => call(s, [[5, s.other.mfn(l3)]]), -EINVAL],
		['nothing as CR3', (s) => call(s, [[5, 0x10_0000]]), -EINVAL],
		['a table for user code', (s) => call(s, [[15, s.guest.mfn(l3)]]), -EINVAL, done(0)],
		['a flush, then a table for user code', (s) => call(s, [FLUSH, [15]]), -EINVAL, done(1)],
		[
			'INVLPG of the hypervisor\u2019s address',
			(s) =>
				call(s, [
					[7, FORBIDDEN],
					[11, 0xffff_ffff]
				]),
			0
		],
		[
			'flushes of vcpus',
			(s) =>
				call(s, [
					[8, 0, s.put(1)],
					[9, 0x1000, s.put(0)]
				]),
			0,
			done(2)
		],
		['a flush of vcpus that nobody can read', (s) => call(s, [[8, 0, NOWHERE]]), -EINVAL, done(0)],
		['INVLPG on vcpus that nobody can read', (s) => call(s, [[9, 0x1000, NOWHERE]]), -EINVAL],
		['flushing the cache', (s) => call(s, [[12]]), -EACCES, done(0)],
		['flushing all caches', (s) => call(s, [[18]]), -EINVAL, done(0)],
		['an LDT of nothing, anywhere', (s) => call(s, [[13, FORBIDDEN + 1, 0]]), 0],
		['an LDT that is too long', (s) => call(s, [[13, SPARE_AT, 8193]]), -EINVAL],
		['an LDT that is not at the start of a page', (s) => call(s, [[13, SPARE_AT + 8, 1]]), -EINVAL],
		['an LDT where nothing is mapped', (s) => call(s, [[13, NOWHERE, 1]]), 0],
		['clearing its page', (s) => call(s, [[16, s.guest.mfn(10)]]), 0],
		['clearing a table', (s) => call(s, [[16, s.guest.mfn(l1)]]), -EINVAL],
		['clearing another\u2019s page', (s) => call(s, [[16, s.other.mfn(10)]]), -EINVAL],
		['copying from what is not', (s) => call(s, [[17, s.guest.mfn(10), 0x10_0000]]), -EINVAL],
		['copying to a table', (s) => call(s, [[17, s.guest.mfn(l1), s.guest.mfn(10)]]), -EINVAL],
		['copying from another', (s) => call(s, [[17, s.guest.mfn(10), s.other.mfn(10)]]), -EINVAL],
		['copying a table', (s) => call(s, [[17, s.guest.mfn(10), s.guest.mfn(l1)]]), 0],
		['marking a superpage', (s) => call(s, [[19]]), -EOPNOTSUPP, done(0)],
		['taking that mark away', (s) => call(s, [[20]]), -EOPNOTSUPP],
		...[14, 21, 99, 0xffff_ffff].map((cmd): Question => [`operation ${cmd}`, (s) => call(s, [[cmd]]), -ENOSYS, done(0)])
	]);
});
