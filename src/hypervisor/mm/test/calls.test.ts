import { beforeEach, describe, expect, it } from 'vitest';
import { EACCES, EBUSY, EFAULT, EINVAL, ENOSYS, EOPNOTSUPP, EPERM, ESRCH } from '../../../abi/errno';
import { MMU_UPDATE_PREEMPTED, MMUEXT, UVMF } from '../../../abi/structs/mm';
import { KIND } from '../../../trace/events';
import type { Domain, Vcpu } from '../../core/domain';
import { getM2p, privateL3, switchAddressSpace } from '../address-space';
import { DOMID_IO, DOMID_SELF, DOMID_XEN, HYPERVISOR_VIRT_START } from '../context';
import { doMmuUpdate } from '../mmu-update';
import { doMmuextOp } from '../mmuext-op';
import { pinTable, setGuestTable } from '../pinning';
import { FLAG, TYPE } from '../frame-table';
import { doUpdateVaMapping, doUpdateVaMappingOtherdomain } from '../va-mapping';
import { Bench, SMALL } from './bench';

const LIST = 0x100;
const DONE = 0x80;

let bench: Bench;
let d: Domain;
let v: Vcpu;
let t: Record<string, number>;
let other: number;

/** A guest that runs on the tables of SMALL. */
beforeEach(() => {
	bench = new Bench();
	d = bench.addDomain(1);
	v = d.vcpus[0];
	t = bench.draw(d, SMALL);
	other = bench.page(bench.addDomain(2));
	expect(setGuestTable(bench, v, t.top)).toBe(0);
	switchAddressSpace(bench, v);
	bench.pcpu.current = v;
	bench.refusals();
	bench.flushes.length = 0;
	bench.recorder.events.length = 0;
});

/** mmu_update with requests [frame, slot, command, low, high]. */
function mmuUpdate(
	requests: [number, number, number, number, number][],
	{ foreign = DOMID_SELF, done = DONE, caller = v } = {}
): number {
	bench.words(
		LIST,
		...requests.flatMap(([frame, slot, command, low, high]) => [
			((frame << 12) | (slot << 3) | command) >>> 0,
			frame >>> 20,
			low,
			high
		])
	);
	return doMmuUpdate(bench, caller, LIST, requests.length, done, foreign);
}

const set = (table: string, slot: number, frame: number, flags = ''): [number, number, number, number, number] => [
	t[table],
	slot,
	0,
	...bench.entry(frame, flags)
];

function mmuext(ops: [number, number, number?][], { foreign = DOMID_SELF, caller = v } = {}): number {
	bench.words(LIST, ...ops.flatMap(([cmd, arg1, arg2 = 0]) => [cmd, arg1, arg2]));
	return doMmuextOp(bench, caller, LIST, ops.length, DONE, foreign);
}

describe('mmu_update of an L1', () => {
	it('maps, remaps and unmaps, counting as it goes', () => {
		const page = bench.page(d);
		expect(mmuUpdate([set('leaf', 9, page, 'w')])).toBe(0);
		expect([bench.frames.typeCount[page], bench.frames.refCount[page]]).toEqual([1, 2]);
		expect(mmuUpdate([set('leaf', 9, page)])).toBe(0);
		expect([bench.frames.typeCount[page], bench.frames.refCount[page]]).toEqual([0, 2]);
		expect(mmuUpdate([set('leaf', 9, 0, '-')])).toBe(0);
		expect(bench.frames.refCount[page]).toBe(1);
		expect(bench.audit()).toEqual([]);
	});

	it('records the entry as a span, the questions and the write', () => {
		const page = bench.page(d);
		bench.refusals();
		bench.recorder.events.length = 0;
		mmuUpdate([set('leaf', 9, page, 'w')]);
		const kinds = bench.recorder.events.map(([kind]) => kind);
		expect(kinds[0]).toBe(KIND.mmu_entry);
		expect(kinds).toContain(KIND.frame_type);
		expect(bench.recorder.events.find(([kind]) => kind === KIND.pte_write)).toEqual([
			KIND.pte_write,
			t.leaf,
			9,
			0,
			0,
			(page << 12) | 3,
			0,
			1
		]);
		expect(bench.asked.map(({ name }) => name)).toEqual([
			'mmu_command',
			'frame_exists',
			'frame_owner',
			'l1_flags',
			'l1_target_owner',
			'type_compatible'
		]);
	});

	it('keeps accessed and dirty bits where asked to', () => {
		bench.poke(t.leaf, 0, bench.peek(t.leaf, 0)[0] | 0x60, 0);
		const [low, high] = bench.entry(t.page, 'w');
		expect(mmuUpdate([[t.leaf, 0, 2, low, high]])).toBe(0);
		expect(bench.peek(t.leaf, 0)[0] & 0x60).toBe(0x60);
		expect(mmuUpdate([[t.leaf, 0, 0, low, high]])).toBe(0);
		expect(bench.peek(t.leaf, 0)[0] & 0x60).toBe(0);
	});

	const bad: [string, () => [number, number, number, number, number], number, string[]][] = [
		['another domain\u2019s frame', () => set('leaf', 9, other), -EBUSY, ['l1_target_owner']],
		[
			'a frame of the hypervisor, only to read it',
			() => set('leaf', 9, bench.spaces.m2pBase),
			-EBUSY,
			['l1_target_owner']
		],
		['a frame that nobody has', () => set('leaf', 9, 250), -EBUSY, ['l1_target_owner']],
		['a page table writable', () => set('leaf', 9, t.low, 'w'), -EBUSY, ['type_compatible']],
		['itself writable, where it is mapped read-only', () => set('leaf', 2, t.leaf, 'w'), -EBUSY, ['type_compatible']],
		['device memory', () => set('leaf', 9, 1), -EPERM, ['l1_io_memory']],
		['frame number all ones', () => [t.leaf, 9, 0, 0xffff_f001, 0xf_ffff], -EINVAL, ['l1_io_memory']],
		['a reserved bit', () => [t.leaf, 9, 0, (t.page << 12) | 1, 0x10_0000], -EINVAL, ['l1_flags']],
		['the global bit, on the same page', () => set('leaf', 0, t.page, 'wg'), -EINVAL, ['l1_flags']]
	];
	for (const [name, request, result, refused] of bad) {
		it(`refuses ${name} and changes nothing`, () => {
			const before = bench.snapshot();
			const entry = request();
			const memory = bench.peek(t.leaf, entry[1]);
			expect(mmuUpdate([entry])).toBe(result);
			expect(bench.refusals()).toEqual(refused);
			expect(bench.snapshot()).toBe(before);
			expect(bench.peek(t.leaf, entry[1])).toEqual(memory);
			expect(bench.word(DONE)).toBe(0);
		});
	}

	it('refuses no-execute where the processor has none', () => {
		Object.assign(bench.processor, { nx: false });
		expect(mmuUpdate([set('leaf', 9, t.page, 'n')])).toBe(-EINVAL);
	});
});

describe('mmu_update of higher tables', () => {
	it('hangs a new L1 in and out, validating and releasing it', () => {
		const fresh = bench.draw(d, 'l1 fresh: 0=data+w');
		expect(mmuUpdate([set('low', 1, fresh.fresh, 'w')])).toBe(0);
		expect(bench.frames.typeCount[fresh.data]).toBe(1);
		expect(bench.audit()).toEqual([]);
		expect(mmuUpdate([set('low', 1, 0, '-')])).toBe(0);
		expect(bench.frames.typeCount[fresh.data]).toBe(0);
		expect(bench.audit()).toEqual([]);
	});

	it('undoes an L1 that fails in the middle', () => {
		const fresh = bench.draw(d, `l1 fresh: 0=data+w 3=data+w 500=#${other}+w`);
		const before = bench.snapshot();
		expect(mmuUpdate([set('low', 1, fresh.fresh)])).toBe(-EBUSY);
		expect(bench.snapshot()).toBe(before);
	});

	it('leaves the hypervisor\u2019s slots alone', () => {
		expect(mmuUpdate([set('high', 428, t.leaf)])).toBe(-EPERM);
		expect(mmuUpdate([set('high', 511, 0, '-')])).toBe(-EPERM);
		expect(mmuUpdate([set('high', 427, t.leaf)])).toBe(0);
		expect(bench.refusals()).toEqual(['l2_guest_slot', 'l2_guest_slot']);
	});

	it('does not make a linear map writable, even one that exists', () => {
		expect(mmuUpdate([set('low', 5, t.low)])).toBe(0);
		expect(mmuUpdate([set('low', 5, t.low, 'w')])).toBe(-EINVAL);
		expect(bench.refusals()).toEqual(['type_compatible', 'type_compatible', 'linear_read_only']);
		expect(bench.audit()).toEqual([]);
	});

	it('changes L3 entries 0 to 2, in the copy that the processor walks too, never the fourth', () => {
		const fresh = bench.draw(d, 'l2 fresh:');
		expect(mmuUpdate([set('top', 1, fresh.fresh, 'wua')])).toBe(0);
		expect(bench.machine.memory.read32(privateL3(bench, v) + 8)).toBe((fresh.fresh << 12) | 1);
		expect(bench.flushes).toEqual([`cr3 ${privateL3(bench, v).toString(16)}`]);
		for (const slot of [3, 4, 511]) expect(mmuUpdate([set('top', slot, fresh.fresh)])).toBe(-EINVAL);
		expect(bench.refusals()).toEqual(['type_compatible', 'l3_slot', 'l3_slot', 'l3_slot'].slice(1));
		expect(bench.audit()).toEqual([]);
	});
});

describe('mmu_update of other frames', () => {
	it('writes plain memory that is not mapped writable or is', () => {
		const page = bench.page(d);
		expect(mmuUpdate([[page, 3, 0, 0x1234, 0x5678]])).toBe(0);
		expect(bench.peek(page, 3)).toEqual([0x1234, 0x5678]);
		expect(mmuUpdate([[t.page, 3, 0, 1, 2]])).toBe(0);
		expect(bench.audit()).toEqual([]);
	});

	it('refuses descriptor pages and foreign frames', () => {
		expect(mmuUpdate([[other, 0, 0, 0, 0]])).toBe(-EINVAL);
		expect(mmuUpdate([[100_000, 0, 0, 0, 0]])).toBe(-EINVAL);
		expect(bench.refusals()).toEqual(['frame_owner', 'frame_exists']);
	});

	it('keeps the M2P table', () => {
		expect(mmuUpdate([[t.page, 0, 1, 77, 0]])).toBe(0);
		expect(getM2p(bench, t.page)).toBe(77);
		expect(mmuUpdate([[other, 0, 1, 77, 0]])).toBe(-EINVAL);
		expect(getM2p(bench, other)).not.toBe(77);
	});

	it('knows no other commands', () => {
		expect(mmuUpdate([[t.page, 0, 4, 77, 0]])).toBe(-ENOSYS);
	});
});

describe('a batch', () => {
	it('stops at the first refusal; what came before stays done and is counted', () => {
		const page = bench.page(d);
		expect(
			mmuUpdate([set('leaf', 9, page), set('leaf', 10, page), set('leaf', 11, other), set('leaf', 12, page)])
		).toBe(-EBUSY);
		expect(bench.word(DONE)).toBe(2);
		expect(bench.frames.refCount[page]).toBe(3);
		expect(bench.audit()).toEqual([]);
	});

	it('goes on counting when it is continued', () => {
		bench.words(DONE, 5);
		bench.words(LIST, (t.leaf << 12) | (9 << 3), 0, (t.page << 12) | 1, 0);
		expect(doMmuUpdate(bench, v, LIST, (1 | MMU_UPDATE_PREEMPTED) >>> 0, DONE, DOMID_SELF)).toBe(0);
		expect(bench.word(DONE)).toBe(6);
		expect(doMmuUpdate(bench, v, 0, MMU_UPDATE_PREEMPTED, 0, -EINVAL >>> 0)).toBe(-EINVAL);
	});

	it('is given back when it is long', () => {
		const entry = [(t.leaf << 12) | (9 << 3), 0, (t.page << 12) | 1, 0];
		bench.words(LIST, ...Array.from({ length: 1100 }, () => entry).flat());
		let again: readonly number[] = [];
		Object.assign(bench, { continueHypercall: (_v: Vcpu, args: readonly number[]) => ((again = args), 0) });
		expect(doMmuUpdate(bench, v, LIST, 1100, DONE, DOMID_SELF)).toBe(0);
		expect(again).toEqual([LIST + 1024 * 16, (76 | MMU_UPDATE_PREEMPTED) >>> 0, DONE, DOMID_SELF, 0]);
		expect(bench.word(DONE)).toBe(1024);
		expect(doMmuUpdate(bench, v, ...(again as [number, number, number, number]))).toBe(0);
		expect(bench.word(DONE)).toBe(1100);
	});

	it('with a bad pointer does nothing', () => {
		const before = bench.snapshot();
		expect(doMmuUpdate(bench, v, HYPERVISOR_VIRT_START - 8, 1, 0, DOMID_SELF)).toBe(-EFAULT);
		expect(doMmuUpdate(bench, v, 0x20_0000, 1, 0, DOMID_SELF)).toBe(-EFAULT);
		expect(doMmuextOp(bench, v, 0xffff_fff0, 0x7fff_ffff, 0, DOMID_SELF)).toBe(-EFAULT);
		expect(bench.snapshot()).toBe(before);
	});
});

describe('the owner that a call names', () => {
	const cases: [string, number, number][] = [
		['itself by number', 1, -ESRCH],
		['a domain that does not exist', 9, -ESRCH],
		['another domain', 2, -EPERM],
		['Xen', DOMID_XEN, -EPERM]
	];
	for (const [name, domid, result] of cases) {
		it(`may not be ${name}`, () => {
			expect(mmuUpdate([set('leaf', 9, other)], { foreign: domid })).toBe(result);
			expect(mmuext([[MMUEXT.TLB_FLUSH_LOCAL, 0]], { foreign: domid })).toBe(result);
			expect(doUpdateVaMappingOtherdomain(bench, v, 0x9000, ...bench.entry(other), 0, domid)).toBe(result);
			expect(bench.audit()).toEqual([]);
		});
	}

	it('is checked page by page for device memory', () => {
		expect(mmuUpdate([set('leaf', 9, 1)], { foreign: DOMID_IO })).toBe(-EPERM);
		expect(bench.refusals()).toEqual(['l1_io_memory']);
	});

	it('may be any domain for a control domain', () => {
		const control = bench.addDomain(3, { privileges: { control: true, hardware: false } });
		const tables = bench.draw(control, SMALL);
		expect(setGuestTable(bench, control.vcpus[0], tables.top)).toBe(0);
		bench.pcpu.current = control.vcpus[0];
		const request: [number, number, number, number, number] = [tables.leaf, 9, 0, ...bench.entry(other, 'w')];
		expect(mmuUpdate([request], { caller: control.vcpus[0] })).toBe(-EBUSY);
		expect(mmuUpdate([request], { caller: control.vcpus[0], foreign: 2 })).toBe(0);
		expect([bench.frames.typeCount[other], bench.frames.refCount[other]]).toEqual([1, 2]);
		expect(mmuUpdate([set('leaf', 9, other)], { caller: control.vcpus[0], foreign: (2 << 16) | 1 })).toBe(-EBUSY);
		// Whoever controls both may hand the one's frames to the other.
		expect(mmuUpdate([set('leaf', 10, other)], { caller: control.vcpus[0], foreign: (2 << 16) | DOMID_SELF })).toBe(0);
		expect(mmuUpdate([set('leaf', 9, t.page)], { caller: control.vcpus[0], foreign: (2 << 16) | 1 })).toBe(0);
		expect(bench.audit()).toEqual([]);
	});
});

describe('update_va_mapping', () => {
	it('finds the L1 entry by its address', () => {
		const page = bench.page(d);
		expect(doUpdateVaMapping(bench, v, 0x9abc, ...bench.entry(page, 'w'), UVMF.NONE)).toBe(0);
		expect(bench.peek(t.leaf, 9)[0]).toBe((page << 12) | 3);
		expect(bench.flushes).toEqual([]);
		expect(bench.audit()).toEqual([]);
	});

	for (const va of [0x4000_0000, 0x0020_0000, HYPERVISOR_VIRT_START, 0xffff_f000]) {
		it(`refuses ${va.toString(16)}, where the guest has no L1`, () => {
			expect(doUpdateVaMapping(bench, v, va, 0, 0, 0)).toBe(-EINVAL);
			expect(bench.refusals()).toEqual(['va_has_l1']);
		});
	}

	const MASK = 0x40;
	const flushes: [string, number, string[]][] = [
		['the page', UVMF.INVLPG, ['page 9000']],
		['everything', UVMF.TLB_FLUSH, ['all']],
		['everything on all vcpus', UVMF.TLB_FLUSH | UVMF.ALL, ['all']],
		['the page on all vcpus', UVMF.INVLPG | UVMF.ALL, ['page 9000']],
		['the page on the vcpus of a mask', UVMF.INVLPG | MASK, ['page 9000']]
	];
	for (const [name, flags, expected] of flushes) {
		it(`flushes ${name}`, () => {
			bench.words(MASK, 1);
			expect(doUpdateVaMapping(bench, v, 0x9000, ...bench.entry(t.page), flags)).toBe(0);
			expect(bench.flushes).toEqual(expected);
		});
	}

	it('flushes nothing when the mask names others, or after a refusal', () => {
		bench.words(MASK, 2);
		expect(doUpdateVaMapping(bench, v, 0x9000, ...bench.entry(t.page), UVMF.TLB_FLUSH | MASK)).toBe(0);
		expect(doUpdateVaMapping(bench, v, 0x9000, ...bench.entry(other), UVMF.TLB_FLUSH)).toBe(-EBUSY);
		expect(bench.flushes).toEqual([]);
		expect(doUpdateVaMapping(bench, v, 0x9000, ...bench.entry(t.page), UVMF.TLB_FLUSH | 0x8_0000)).toBe(-EFAULT);
	});
});

describe('mmuext_op', () => {
	it('pins and unpins', () => {
		const u = bench.draw(d, SMALL);
		expect(
			mmuext([
				[MMUEXT.PIN_L3_TABLE, u.top],
				[MMUEXT.PIN_L1_TABLE, u.leaf]
			])
		).toBe(0);
		expect(bench.frames.has(u.top, FLAG.pinned)).toBe(true);
		expect(mmuext([[MMUEXT.PIN_L3_TABLE, u.top]])).toBe(-EINVAL);
		expect(mmuext([[MMUEXT.UNPIN_TABLE, u.low]])).toBe(-EINVAL);
		expect(mmuext([[MMUEXT.UNPIN_TABLE, other]])).toBe(-EINVAL);
		expect(bench.refusals()).toEqual(['pin_once', 'unpin_pinned', 'frame_owner']);
		expect(mmuext([[MMUEXT.UNPIN_TABLE, u.top]])).toBe(0);
		expect(bench.frames.type[u.leaf]).toBe(TYPE.l1);
		expect(bench.frames.typeCount[u.leaf]).toBe(1);
		expect(bench.audit()).toEqual([]);
	});

	it('moves CR3 with its references; a refused table leaves the old one', () => {
		const u = bench.draw(d, SMALL);
		expect(mmuext([[MMUEXT.NEW_BASEPTR, u.low]])).not.toBe(0);
		expect(v.mm.guestTable).toBe(t.top);
		expect(
			mmuext([
				[MMUEXT.PIN_L3_TABLE, u.top],
				[MMUEXT.NEW_BASEPTR, u.top],
				[MMUEXT.UNPIN_TABLE, t.top]
			])
		).toBe(-EINVAL);
		expect(bench.word(DONE)).toBe(2);
		expect(v.mm.guestTable).toBe(u.top);
		expect(bench.flushes.at(-1)).toBe(`cr3 ${privateL3(bench, v).toString(16)}`);
		expect(bench.audit()).toEqual([]);
	});

	it('ignores pins of a fourth level and refuses what 32-bit guests do not have', () => {
		expect(mmuext([[MMUEXT.PIN_L4_TABLE, t.top]])).toBe(0);
		expect(mmuext([[MMUEXT.NEW_USER_BASEPTR, t.top]])).toBe(-EINVAL);
		expect(mmuext([[MMUEXT.MARK_SUPER, 0]])).toBe(-EOPNOTSUPP);
		expect(mmuext([[MMUEXT.UNMARK_SUPER, 0]])).toBe(-EOPNOTSUPP);
		expect(mmuext([[99, 0]])).toBe(-ENOSYS);
		expect(mmuext([[MMUEXT.FLUSH_CACHE, 0]])).toBe(-EACCES);
		expect(mmuext([[MMUEXT.FLUSH_CACHE_GLOBAL, 0]])).toBe(-EINVAL);
	});

	it('flushes', () => {
		bench.words(0x40, 1);
		const { TLB_FLUSH_LOCAL, TLB_FLUSH_ALL, TLB_FLUSH_MULTI, INVLPG_LOCAL, INVLPG_ALL, INVLPG_MULTI } = MMUEXT;
		expect(
			mmuext([
				[TLB_FLUSH_LOCAL, 0],
				[TLB_FLUSH_ALL, 0],
				[TLB_FLUSH_MULTI, 0, 0x40],
				[INVLPG_LOCAL, 0x1000],
				[INVLPG_ALL, 0x2000],
				[INVLPG_MULTI, 0x3000, 0x40]
			])
		).toBe(0);
		expect(bench.flushes).toEqual(['all', 'all', 'all', 'page 1000', 'page 2000', 'page 3000']);
		expect(mmuext([[TLB_FLUSH_MULTI, 0, 0x20_0000]])).toBe(-EINVAL);
	});

	it('clears and copies pages that are not tables', () => {
		const page = bench.page(d);
		bench.poke(page, 1, 0x11, 0x22);
		expect(
			mmuext([
				[MMUEXT.COPY_PAGE, t.page, page],
				[MMUEXT.CLEAR_PAGE, page]
			])
		).toBe(0);
		expect(bench.peek(t.page, 1)).toEqual([0x11, 0x22]);
		expect(bench.peek(page, 1)).toEqual([0, 0]);
		expect(mmuext([[MMUEXT.CLEAR_PAGE, t.leaf]])).toBe(-EINVAL);
		expect(mmuext([[MMUEXT.COPY_PAGE, t.leaf, page]])).toBe(-EINVAL);
		expect(mmuext([[MMUEXT.COPY_PAGE, page, other]])).toBe(-EINVAL);
		expect(mmuext([[MMUEXT.COPY_PAGE, page, t.leaf]])).toBe(0);
		expect(bench.peek(page, 0)).toEqual(bench.peek(t.leaf, 0));
		expect(bench.moves, 'takes time where it is done').toEqual([4096, 4096, 4096]);
		expect(bench.audit()).toEqual([]);
	});

	it('lets no pin turn a table of another use into something else', () => {
		for (const [type, frame] of [
			[TYPE.l1, t.low],
			[TYPE.l2, t.leaf],
			[TYPE.l3, t.low],
			[TYPE.l2, t.high],
			[TYPE.l1, t.page]
		]) {
			expect(pinTable(bench, frame, d, type)).toBe(-EINVAL);
		}
		expect(bench.audit()).toEqual([]);
	});
});
