import { describe, expect, it } from 'vitest';
import { EFAULT, EINVAL, ENOSYS, EOPNOTSUPP, EPERM, ESRCH } from '../../abi/errno';
import * as abi from '../../abi/structs/control';
import { DOMCTL_GETDOMAININFO as INFO, DOMINF } from '../../abi/structs/control';
import { ALL_PRIVILEGES } from '../core/domain';
import { permits } from '../core/permissions';
import { audit } from '../mm/audit';
import { CONTROL, NOBODY, NOWHERE, put, Scene, SELF, SPARE_AT } from './answers/scene';
import { call, poweroff } from './tiny-guest';

const [SYSCTL, DOMCTL] = [35, 36];
const VERSION = 0x15;

/** A control domain with hardware, beside another domain. */
const control = (): Scene => new Scene(ALL_PRIVILEGES);
/** A domctl of 144 bytes in the page that nothing else uses; `words` are of the command's own struct. */
function domctl(scene: Scene, cmd: number, dom: number, ...words: number[]): number[] {
	scene.guest.write32(SPARE_AT, cmd, VERSION, dom, 0, ...words);
	return [DOMCTL, SPARE_AT];
}
const sysctl = (scene: Scene, cmd: number, ...words: number[]): number[] => {
	scene.guest.write32(SPARE_AT, cmd, VERSION, ...words);
	return [SYSCTL, SPARE_AT];
};
/** The answer to one call; the auditor has nothing to say afterwards. */
function ask(scene: Scene, words: readonly number[]): number {
	const [result] = put(scene, [words]);
	expect(audit(scene.guest.hv)).toEqual([]);
	return result;
}
const word = (scene: Scene, at: number): number => scene.guest.read32(SPARE_AT + at);

describe('the layouts of interface version 0x15', () => {
	it.each([
		[abi.DOMCTL, 144],
		[abi.SYSCTL, 136],
		[INFO, 112],
		[abi.SYSCTL_PHYSINFO, 112],
		[abi.SYSCTL_GETDOMAININFOLIST, 20]
	])('%o has its size', (layout, size) => expect(layout.size).toBe(size));
	it('have their 64-bit fields at multiples of 8', () => {
		for (const layout of [INFO, abi.SYSCTL_PHYSINFO, abi.SYSCTL_GETDOMAININFOLIST, abi.SYSCTL_AVAILHEAP])
			for (const { type, offset } of layout.fields) if (type === 'u64') expect(offset % 8).toBe(0);
	});
});

describe('domctl of the control domain', () => {
	const { getdomaininfo, pausedomain, unpausedomain, max_mem, destroydomain, scheduler_op } = abi.DOMCTL_CMD;

	it('tells of a domain, or of the next one', () => {
		const scene = control();
		expect(ask(scene, domctl(scene, getdomaininfo, scene.foreign))).toBe(0);
		const { at } = INFO;
		expect([word(scene, 8) & 0xffff, word(scene, 16) & 0xffff]).toEqual([scene.foreign, scene.foreign]);
		expect(word(scene, 16 + at.flags)).toBe(DOMINF.paused);
		expect(
			(['tot_pages', 'max_pages', 'nr_online_vcpus', 'max_vcpu_id'] as const).map((name) => word(scene, 16 + at[name]))
		).toEqual([32, 32, 1, 0]);
		expect(word(scene, 16 + at.shared_info_frame)).toBe(scene.other.domain.sharedInfo);
		const own = control();
		expect(ask(own, domctl(own, getdomaininfo, own.own))).toBe(0);
		expect(word(own, 16 + at.flags)).toBe(DOMINF.running);
		expect(word(own, 16 + at.cpu_time)).toBeGreaterThan(0);
		const last = control();
		expect(ask(last, domctl(last, getdomaininfo, NOBODY))).toBe(-ESRCH);
		const reserved = control();
		expect(ask(reserved, domctl(reserved, getdomaininfo, SELF))).toBe(-EINVAL);
	});

	it('pauses and unpauses others', () => {
		// Without the hardware, its own end stops nobody.
		const ended = (cmd: number, paused: boolean, own = false): [number, boolean] => {
			const scene = new Scene(CONTROL);
			scene.other.domain.paused = paused;
			return [ask(scene, domctl(scene, cmd, own ? scene.own : scene.foreign)), scene.other.domain.paused];
		};
		expect(ended(unpausedomain, true)).toEqual([0, false]);
		expect(ended(unpausedomain, false)).toEqual([-EINVAL, false]);
		expect(ended(pausedomain, false)).toEqual([0, true]);
		expect(ended(pausedomain, false, true)).toEqual([-EINVAL, false]);
	});

	it('destroys others with all that they have', () => {
		const scene = control();
		const free = scene.guest.hv.heap.available;
		expect(ask(scene, domctl(scene, destroydomain, scene.foreign))).toBe(0);
		expect(scene.guest.hv.domains.has(scene.foreign)).toBe(false);
		expect(scene.guest.hv.heap.available).toBeGreaterThan(free);
		const self = control();
		expect(ask(self, domctl(self, destroydomain, self.own))).toBe(-EINVAL);
	});

	it.each(['by itself', 'in a multicall'])(
		'destroys a large one piece by piece, and the caller makes its call again: %s',
		(how) => {
			const scene = control();
			const { hv } = scene.guest;
			const { domain } = scene.other;
			domain.mm.maxPages = 2000;
			while (hv.heap.available > 0 && hv.heap.allocateDomainPage(domain) >= 0);
			const pages = domain.mm.totalPages;
			expect(pages).toBe(2000);
			const words = domctl(scene, destroydomain, scene.foreign);
			scene.guest.write32(SPARE_AT + 0x400, DOMCTL, 0xdead, SPARE_AT, 0, 0, 0, 0, 0);
			scene.guest.start([
				...call(...((how === 'by itself' ? words : [13, SPARE_AT + 0x400, 1]) as [number])),
				...poweroff()
			]);
			const calls = () =>
				scene.guest.recorder.of(how === 'by itself' ? 'hypercall' : 'subcall').filter(({ args }) => args[0] === DOMCTL);
			// After its first piece it is there, dying, with what it has left; every count is right.
			for (let i = 0; i < 1000 && calls().length === 0; i++) scene.guest.host.machine.run(1);
			expect(hv.domains.get(scene.foreign)).toBe(domain);
			expect(domain.dying).toBe(true);
			expect(domain.mm.totalPages).toBeGreaterThan(0);
			expect(domain.mm.totalPages).toBeLessThan(pages - 1000);
			expect(audit(hv)).toEqual([]);
			scene.guest.run(40_000);
			expect(calls().length).toBe(2);
			expect(calls().map(({ args }) => args[2])).toEqual([SPARE_AT, SPARE_AT]);
			if (how !== 'by itself') expect(word(scene, 0x404)).toBe(0);
			expect(hv.domains.has(scene.foreign)).toBe(false);
			expect(audit(hv)).toEqual([]);
		}
	);

	it('says how much memory a domain may have', () => {
		const scene = control();
		expect(ask(scene, domctl(scene, max_mem, scene.foreign, 4096, 0))).toBe(0);
		expect(scene.other.domain.mm.maxPages).toBe(1024);
	});

	it.each([
		['what there is', [0, 1], -EOPNOTSUPP],
		['what vcpus have', [0, 3], -EOPNOTSUPP],
		['another policy', [5, 1], -EINVAL],
		['something else', [0, 4], -EINVAL]
	])('has nothing to adjust in a policy of turns: %s', (_what, words, answer) => {
		const scene = control();
		expect(ask(scene, domctl(scene, scheduler_op, scene.foreign, ...words))).toBe(answer);
	});

	it.each([
		['ports', abi.DOMCTL_CMD.ioport_permission, [0x300, 0x20, 1], 0, ['ports', 0x300, 0x31f]],
		['ports of the hypervisor', abi.DOMCTL_CMD.ioport_permission, [0x3f0, 0x10, 1], -EPERM, null],
		['no ports', abi.DOMCTL_CMD.ioport_permission, [0x300, 0, 1], -EINVAL, null],
		['ports beyond the last', abi.DOMCTL_CMD.ioport_permission, [0xffff, 2, 1], -EINVAL, null],
		['device memory', abi.DOMCTL_CMD.iomem_permission, [0xfeb00, 0, 2, 0, 1], 0, ['frames', 0xfeb00, 0xfeb01]],
		['the I/O APIC', abi.DOMCTL_CMD.iomem_permission, [0xfec00, 0, 1, 0, 1], -EPERM, null],
		['no memory', abi.DOMCTL_CMD.iomem_permission, [0xfeb00, 0, 0, 0, 1], -EINVAL, null],
		['an interrupt that it has not', abi.DOMCTL_CMD.irq_permission, [5, 1], -EPERM, null]
	] as const)('gives %s', (_what, cmd, words, answer, has) => {
		const scene = control();
		expect(ask(scene, domctl(scene, cmd, scene.foreign, ...words))).toBe(answer);
		const { permissions } = scene.other.domain;
		if (has) expect(permits(permissions, has[0], has[1], has[2])).toBe(true);
		else expect(permissions).toEqual({ ports: [], frames: [], irqs: [] });
	});

	it('does not know what this machine has no use for', () => {
		const scene = control();
		expect(ask(scene, domctl(scene, 10, scene.foreign))).toBe(-ENOSYS);
	});
});

describe('sysctl of the control domain', () => {
	const { physinfo, sched_id, getdomaininfolist, availheap, scheduler_op } = abi.SYSCTL_CMD;

	it('lists domains from a number on, as many as there is room for', () => {
		const scene = control();
		const buffer = 10 << 12;
		expect(ask(scene, sysctl(scene, getdomaininfolist, 1, 8, buffer, 0))).toBe(0);
		expect(word(scene, 8 + 16)).toBe(2);
		expect([0, 1].map((n) => scene.guest.read32(buffer + n * INFO.size) & 0xffff)).toEqual([scene.own, scene.foreign]);
		const one = control();
		expect(ask(one, sysctl(one, getdomaininfolist, 0, 1, buffer, 0))).toBe(0);
		// Domain 0 is played: it has no vcpu, and so none that runs.
		expect([word(one, 8 + 16), one.guest.read32(buffer + INFO.at.max_vcpu_id)]).toEqual([1, 0xffff_ffff]);
		const bad = control();
		expect(ask(bad, sysctl(bad, getdomaininfolist, 0, 8, NOWHERE, 0))).toBe(-EFAULT);
	});

	it.each([
		['the policy', [0, 0, 1], -EOPNOTSUPP],
		['another pool', [1, 0, 1], -ESRCH],
		['another policy', [0, 6, 1], -EINVAL],
		['vcpus, which are domctl\u2019s', [0, 0, 2], -EINVAL]
	])('has nothing to adjust for all domains: %s', (_what, words, answer) => {
		const scene = control();
		expect(ask(scene, sysctl(scene, scheduler_op, ...words))).toBe(answer);
	});

	it('tells of the machine', () => {
		const scene = control();
		expect(ask(scene, sysctl(scene, physinfo))).toBe(0);
		const { at } = abi.SYSCTL_PHYSINFO;
		expect(
			['nr_cpus', 'cpu_khz', 'total_pages', 'capabilities'].map((name) => word(scene, 8 + at[name as 'nr_cpus']))
		).toEqual([1, 2_400_000, 4096, 0x102]);
		expect(word(scene, 8 + at.hw_cap) & (1 << 6)).not.toBe(0);
		const heap = control();
		expect(ask(heap, sysctl(heap, availheap))).toBe(0);
		expect(word(heap, 8 + 16)).toBe(heap.guest.hv.heap.available * 4096);
		const policy = control();
		expect(ask(policy, sysctl(policy, sched_id))).toBe(0);
	});
});
