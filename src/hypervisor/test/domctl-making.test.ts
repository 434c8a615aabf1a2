/** Domains that a control domain's kernel makes by domctl alone (xen/common/domctl.c, xen/arch/x86/domctl.c). */
import { describe, expect, it } from 'vitest';
import { EACCES, EEXIST, EFAULT, EINVAL, ENODATA, ENOMEM, EOPNOTSUPP, EPERM, ESRCH } from '../../abi/errno';
import * as abi from '../../abi/structs/control';
import { VCPU_GUEST_CONTEXT, VGCF_IN_KERNEL, VGCF_ONLINE } from '../../abi/structs/cpu';
import { ALL_PRIVILEGES } from '../core/domain';
import { audit } from '../mm/audit';
import { vcpuContext } from '../pv/context-report';
import { CONTROL, NOBODY, NOWHERE, put, Scene, SPARE_AT, UNMAPPED } from './answers/scene';
import { STACK_TOP } from './tiny-guest';

const [SCHED_OP, DOMCTL] = [29, 36];
const { DOMCTL_CMD: CMD } = abi;
/** Where a context may lie, in pages that nothing else uses. */
const CONTEXT_AT = 10 << 12;

/** One call of domctl, in 144 bytes of its own: as many as there are, one after the other. */
function domctl(scene: Scene, place: number, cmd: number, dom: number, ...words: number[]): number[] {
	const at = SPARE_AT + place * 0x100;
	scene.guest.write32(at, cmd, 0x15, dom, 0, ...words);
	return [DOMCTL, at];
}
/** What a call left in its argument. */
const word = (scene: Scene, at: number, place = 0): number => scene.guest.read32(SPARE_AT + place * 0x100 + at);

/** Makes the calls one after the other; the auditor has nothing to say afterwards. */
function ask(scene: Scene, ...calls: number[][]): number[] {
	const results = put(scene, calls);
	expect(audit(scene.guest.hv)).toEqual([]);
	return results;
}

type Wish = Partial<Record<keyof typeof abi.DOMCTL_CREATEDOMAIN.at, number>>;

/** The words of a struct xen_domctl_createdomain; its handle counts from 1. */
function described(wish: Wish): number[] {
	const usual: Wish = { max_vcpus: 2, max_evtchn_port: 1023, max_grant_frames: -1, max_maptrack_frames: -1 };
	const { at, size } = abi.DOMCTL_CREATEDOMAIN;
	const view = new DataView(new ArrayBuffer(size));
	for (let byte = 0; byte < 16; byte++) view.setUint8(at.handle + byte, byte + 1);
	for (const [name, value] of Object.entries({ ...usual, ...wish })) view.setInt32(at[name as keyof Wish], value, true);
	return Array.from({ length: size / 4 }, (_, index) => view.getUint32(index * 4, true));
}
const create = (scene: Scene, dom: number, wish: Wish = {}, place = 0): number[] =>
	domctl(scene, place, CMD.createdomain, dom, ...described(wish));

describe('createdomain', () => {
	it('has the layout of interface version 0x15', () => expect(abi.DOMCTL_CREATEDOMAIN.size).toBe(64));

	it('makes a paused domain of nothing, whose vcpus come later', () => {
		const scene = new Scene(CONTROL);
		const next = scene.foreign + 1;
		const calls = [
			create(scene, 0),
			domctl(scene, 1, CMD.getdomaininfo, next),
			domctl(scene, 2, CMD.max_vcpus, next, 2),
			domctl(scene, 3, CMD.getdomaininfo, next)
		];
		expect(ask(scene, ...calls)).toEqual([0, 0, 0, 0]);
		expect(word(scene, abi.DOMCTL.at.domain) & 0xffff).toBe(next);
		const { at } = abi.DOMCTL_GETDOMAININFO;
		const seen = (name: keyof typeof at, place: number): number => word(scene, 16 + at[name], place);
		expect(seen('flags', 1)).toBe(abi.DOMINF.paused | abi.DOMINF.blocked);
		expect([seen('max_vcpu_id', 1), seen('max_vcpu_id', 3)]).toEqual([0xffff_ffff, 1]);
		expect([seen('tot_pages', 3), seen('max_pages', 3)]).toEqual([0, 0]);
		expect(seen('handle', 3)).toBe(0x0403_0201);
		const d = scene.guest.hv.domains.get(next)!;
		expect([d.played, d.alive, d.events.maxPort]).toEqual([false, true, 1023]);
	});

	it('gives numbers out again as late as it can', () => {
		const scene = new Scene(CONTROL);
		const next = scene.foreign + 1;
		const calls = [create(scene, 0), domctl(scene, 1, CMD.destroydomain, next), create(scene, 0, {}, 2)];
		expect(ask(scene, ...calls)).toEqual([0, 0, 0]);
		expect(word(scene, abi.DOMCTL.at.domain, 2) & 0xffff).toBe(next + 1);
	});

	it('takes a free number', () => {
		const scene = new Scene(CONTROL);
		expect(ask(scene, create(scene, NOBODY), create(scene, NOBODY, {}, 1))).toEqual([0, -EEXIST]);
		expect(scene.guest.hv.domains.has(NOBODY)).toBe(true);
	});

	it.each<[string, Wish]>([
		['without vcpus', { max_vcpus: 0 }],
		['with more vcpus than any', { max_vcpus: 33 }],
		['that is fully virtualized', { flags: 1 }],
		['with an IOMMU', { flags: 1 << 5 }],
		['in another pool', { cpupool_id: 1 }],
		['with grants of version 2', { grant_opts: 2 }],
		['without any frame of grants', { max_grant_frames: 0 }],
		['with more frames of grants than any', { max_grant_frames: 65 }],
		['with more handles than any', { max_maptrack_frames: 1025 }],
		['with a processor trace', { vmtrace_size: 4096 }]
	])('makes none %s', (_what, wish) => {
		const scene = new Scene(CONTROL);
		const free = scene.guest.hv.heap.available;
		expect(ask(scene, create(scene, 0, wish))).toEqual([-EINVAL]);
		expect([scene.guest.hv.domains.size, scene.guest.hv.heap.available]).toEqual([3, free]);
	});

	it('keeps to the limits that it was made with', () => {
		const scene = new Scene(CONTROL);
		expect(ask(scene, create(scene, NOBODY, { max_grant_frames: 2, max_maptrack_frames: 3 }))).toEqual([0]);
		const { maxFrames, maxMaptrackFrames } = scene.guest.hv.grants.tables.get(NOBODY)!;
		expect([maxFrames, maxMaptrackFrames]).toEqual([2, 3]);
	});

	it('is refused where the hypervisor has no memory for it', () => {
		const scene = new Scene(CONTROL);
		const { hv } = scene.guest;
		scene.other.domain.mm.maxPages = 2 ** 20;
		while (hv.heap.available > 4) hv.heap.allocateDomainPage(scene.other.domain);
		// shared_info, two L1s of descriptor tables, the private L3s, a frame of grants.
		expect(ask(scene, create(scene, 0, { max_vcpus: 32 }))).toEqual([-ENOMEM]);
		expect(hv.heap.available).toBe(4);
	});

	it('is not for others', () => {
		const scene = new Scene();
		expect(ask(scene, create(scene, 0))).toEqual([-EPERM]);
	});
});

describe('a domain that is being made', () => {
	it.each([
		['as many vcpus as it was made for', [CMD.max_vcpus, 2], 0],
		['other vcpus', [CMD.max_vcpus, 1], -EINVAL],
		['addresses of 32 bits', [CMD.set_address_size, 32], 0],
		['addresses of 64 bits', [CMD.set_address_size, 64], -EINVAL],
		['a hypercall page that is not its own', [CMD.hypercall_init, 5, 0], -EACCES]
	])('is given %s', (_what, [cmd, ...words], answer) => {
		const scene = new Scene(CONTROL);
		expect(ask(scene, create(scene, NOBODY), domctl(scene, 1, cmd, NOBODY, ...words))).toEqual([0, answer]);
	});

	it('is known by another handle, and has a hypercall page', () => {
		const scene = new Scene(CONTROL);
		const page = scene.other.mfn(UNMAPPED);
		const calls = [
			domctl(scene, 0, CMD.setdomainhandle, scene.foreign, 0x1111, 0x2222, 0x3333, 0x4444),
			domctl(scene, 1, CMD.hypercall_init, scene.foreign, page, 0),
			domctl(scene, 2, CMD.get_address_size, scene.foreign)
		];
		expect(ask(scene, ...calls)).toEqual([0, 0, 0]);
		expect(scene.other.domain.handle.slice(0, 8)).toEqual([0x11, 0x11, 0, 0, 0x22, 0x22, 0, 0]);
		// mov $29, %eax; int $0x82; ret
		expect(scene.other.read32((UNMAPPED << 12) + SCHED_OP * 32)).toBe(0x0000_1db8);
		expect(word(scene, 16, 2)).toBe(32);
	});

	it('does not change its own vcpus', () => {
		const scene = new Scene(CONTROL);
		expect(ask(scene, domctl(scene, 0, CMD.max_vcpus, scene.own, 1))).toEqual([-EINVAL]);
	});
});

describe('contexts of vcpus', () => {
	const words = (view: DataView): number[] =>
		Array.from({ length: view.byteLength / 4 }, (_, i) => view.getUint32(i * 4, true));
	const { at } = VCPU_GUEST_CONTEXT;
	/** Asks for the context of vcpu 0, or gives it one that lies at `CONTEXT_AT`. */
	const context = (scene: Scene, place: number, cmd: number, dom: number, vcpu = 0, from = CONTEXT_AT): number[] =>
		domctl(scene, place, cmd, dom, vcpu, 0, from, 0);

	it('are read as they were given, and taken back as they were read', () => {
		const scene = new Scene(CONTROL);
		const given = scene.other.context(0, STACK_TOP);
		given.setUint32(at.flags, VGCF_ONLINE | VGCF_IN_KERNEL, true);
		const calls = [
			context(scene, 0, CMD.getvcpucontext, scene.foreign),
			context(scene, 1, CMD.setvcpucontext, scene.foreign)
		];
		expect(ask(scene, ...calls)).toEqual([0, 0]);
		const read = words(given).map((_, index) => scene.guest.read32(CONTEXT_AT + index * 4));
		expect(read[at.flags / 4]).toBe(VGCF_ONLINE | VGCF_IN_KERNEL);
		expect(read.slice(at.user_regs / 4, at.trap_ctxt / 4)).toEqual(
			words(given).slice(at.user_regs / 4, at.trap_ctxt / 4)
		);
		expect(read[at.ctrlreg / 4 + 3]).toBe(words(given)[at.ctrlreg / 4 + 3]);
		expect(read[at.kernel_sp / 4]).toBe(words(given)[at.kernel_sp / 4]);
		expect(words(vcpuContext(scene.other.v))).toEqual(read);
	});

	it('of one that has tables name no others', () => {
		const scene = new Scene(CONTROL);
		const other = scene.other.context(0, STACK_TOP);
		other.setUint32(at.ctrlreg + 12, 5 << 12, true);
		scene.guest.write32(CONTEXT_AT, ...words(other));
		const table = scene.other.v.mm.guestTable;
		expect(ask(scene, context(scene, 0, CMD.setvcpucontext, scene.foreign))).toEqual([-EOPNOTSUPP]);
		expect(scene.other.v.mm.guestTable).toBe(table);
	});

	it('go with no pointer, and then there is none to read', () => {
		const scene = new Scene(CONTROL);
		const calls = [
			context(scene, 0, CMD.setvcpucontext, scene.foreign, 0, 0),
			context(scene, 1, CMD.getvcpucontext, scene.foreign)
		];
		expect(ask(scene, ...calls)).toEqual([0, -ENODATA]);
		const { v } = scene.other;
		expect([v.mm.guestTable, v.initialised, v.sched.down]).toEqual([null, false, true]);
	});

	it.each([
		['set: its own', CMD.setvcpucontext, 'own', 0, CONTEXT_AT, -EINVAL],
		['set: of a vcpu that there is not', CMD.setvcpucontext, 'foreign', 1, CONTEXT_AT, -EINVAL],
		['set: at a bad address', CMD.setvcpucontext, 'foreign', 0, NOWHERE, -EFAULT],
		['get: of the vcpu that asks', CMD.getvcpucontext, 'own', 0, CONTEXT_AT, -EINVAL],
		['get: of a vcpu that there is not', CMD.getvcpucontext, 'foreign', 9, CONTEXT_AT, -EINVAL],
		['get: at a bad address', CMD.getvcpucontext, 'foreign', 0, NOWHERE, -EFAULT]
	] as const)('are refused: %s', (_what, cmd, whose, vcpu, from, answer) => {
		const scene = new Scene(CONTROL);
		expect(ask(scene, context(scene, 0, cmd, scene[whose], vcpu, from))).toEqual([answer]);
	});

	it('are told in short', () => {
		const scene = new Scene(ALL_PRIVILEGES);
		const info = (place: number, dom: number, vcpu: number): number[] =>
			domctl(scene, place, CMD.getvcpuinfo, dom, vcpu);
		const calls = [
			info(0, scene.own, 0),
			info(1, scene.foreign, 0),
			info(2, scene.foreign, 1),
			create(scene, NOBODY, {}, 3)
		];
		expect(ask(scene, ...calls, info(4, NOBODY, 1))).toEqual([0, 0, -EINVAL, 0, -ESRCH]);
		// online, blocked and running, a byte each
		expect([word(scene, 20, 0), word(scene, 20, 1)]).toEqual([0x01_0001, 1]);
		expect(word(scene, 16 + abi.DOMCTL_GETVCPUINFO.at.cpu_time, 0)).toBeGreaterThan(0);
	});
});

describe('SCHEDOP_remote_shutdown', () => {
	it('ends another domain in its name, for the control domain', () => {
		const scene = new Scene(CONTROL);
		expect(ask(scene, [SCHED_OP, 4, scene.put(scene.foreign, 1)])).toEqual([0]);
		expect(scene.other.domain.shutdownCode).toBe(1);
		const guest = new Scene();
		expect(ask(guest, [SCHED_OP, 4, guest.put(guest.foreign, 1)])).toEqual([-EPERM]);
		expect(guest.other.domain.shutdownCode).toBeNull();
	});
});
