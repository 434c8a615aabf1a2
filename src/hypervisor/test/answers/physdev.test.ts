import { describe, expect, it } from 'vitest';
import { EBUSY, EFAULT, EINVAL, ENODEV, ENOSPC, ENOSYS, EPERM, ESRCH } from '../../../abi/errno';
import { destroyDomain } from '../../core/domains';
import { audit } from '../../mm/audit';
import {
	FORBIDDEN,
	NOBODY,
	NOWHERE,
	put,
	questions,
	Scene,
	SELF,
	SPARE,
	SPARE_AT,
	TABLES,
	type Question
} from './scene';

const nothing = (): number[] => new Array<number>(9).fill(0);
/** Operations that say -EPERM to a pointer that is good and -EFAULT to one that is not. */
const HARDWARE = [8, 9, 10, 15, 16, 20, 21, 25, 26, 30, 31];

/** arch/x86/physdev.c: do_physdev_op, by way of x86_64/physdev.c; drivers/pci/physdev.c */
describe('physdev_op', () => {
	questions(33, [
		['I/O privilege 3', (s) => [6, s.put(3)], 0, (s) => expect(s.guest.v.pv.iopl).toBe(3)],
		['I/O privilege 4', (s) => [6, s.put(4)], -EINVAL],
		['I/O privilege, a bad pointer', () => [6, NOWHERE], -EFAULT],
		['I/O bitmap', (s) => [7, s.put(SPARE_AT, 0x1_0000)], 0],
		['I/O bitmap, a bad pointer', () => [7, NOWHERE], -EFAULT],
		['I/O bitmap of too many ports', (s) => [7, s.put(SPARE_AT, 0x1_0001)], -EINVAL],
		['I/O bitmap of no ports, which may be too near the hypervisor', (s) => [7, s.put(FORBIDDEN - 8191, 0)], -EINVAL],
		['I/O bitmap that ends where the hypervisor begins', (s) => [7, s.put(FORBIDDEN - 8192, 0x1_0000)], 0],
		['I/O bitmap where nothing is mapped', (s) => [7, s.put(NOWHERE, 8)], 0],
		['unmasking', () => [4, NOWHERE], 0],
		['an interrupt\u2019s state', (s) => [5, s.put(1, 0)], 0, (s) => expect(s.guest.read32(0x1104)).toBe(1)],
		['the state of an interrupt that is not', (s) => [5, s.put(9999, 0)], -EINVAL],
		['the state of interrupt -1', (s) => [5, s.put(0xffff_ffff, 0)], -EINVAL],
		['an interrupt\u2019s state, a bad pointer', () => [5, NOWHERE], -EFAULT],
		['the end of an interrupt', (s) => [12, s.put(1)], -EINVAL],
		['the end of an interrupt, a bad pointer', () => [12, NOWHERE], -EFAULT],
		['an interrupt mapped', (s) => [13, s.put(SELF, ...nothing())], -EPERM],
		['an interrupt mapped for another', (s) => [13, s.put(s.foreign, ...nothing())], -EPERM],
		['an interrupt mapped for nobody', (s) => [13, s.put(NOBODY, ...nothing())], -ESRCH],
		['several, with a table', (s) => [13, s.put(NOBODY, 4, 0, 0, 0, 0, 0, 1, 0)], -EINVAL],
		['an interrupt mapped, a bad pointer', () => [13, NOWHERE], -EFAULT],
		['an interrupt unmapped', (s) => [14, s.put(SELF, 1)], -EPERM],
		['an interrupt unmapped for nobody', (s) => [14, s.put(NOBODY, 1)], -ESRCH],
		...HARDWARE.map((cmd): Question => [`operation ${cmd}`, (s) => [cmd, s.put(...nothing())], -EPERM]),
		...HARDWARE.map((cmd): Question => [`operation ${cmd}, a bad pointer`, () => [cmd, NOWHERE], -EFAULT]),
		['a function with odd flags', (s) => [20, s.put(0, 2, 0, 0)], -EINVAL],
		['a line that is not', (s) => [21, s.put(9999, 0)], -EINVAL],
		['message-signalled interrupts restored', () => [19, SPARE_AT], -ENODEV],
		['message-signalled interrupts restored, any segment', () => [27, SPARE_AT], -ENODEV],
		['a page for the ends of interrupts', (s) => [28, s.put(s.guest.mfn(SPARE))], 0],
		['a page for the ends of interrupts, by the older number', (s) => [17, s.put(s.guest.mfn(SPARE))], 0],
		['a table for the ends of interrupts', (s) => [28, s.put(s.guest.mfn(TABLES.l1))], -EINVAL],
		['another\u2019s page for the ends of interrupts', (s) => [28, s.put(s.other.mfn(SPARE))], -EINVAL],
		['a page for the ends of interrupts, a bad pointer', () => [28, NOWHERE], -EFAULT],
		['a free interrupt', () => [23, SPARE_AT], -ENOSPC],
		['configuration space, before the pointer', () => [24, NOWHERE], -EPERM],
		['the debug port, before the pointer', () => [29, NOWHERE], -EPERM],
		...[0, 3, 11, 18, 22, 32, 99, 0xffff_ffff].map((cmd): Question => [
			`operation ${cmd}`,
			() => [cmd, NOWHERE],
			-ENOSYS
		])
	]);
});

describe('the page for the ends of interrupts', () => {
	it('is given once, and kept as writable until the domain\u2019s end', () => {
		const scene = new Scene();
		const { hv, domain } = scene.guest;
		const argument = scene.put(scene.guest.mfn(SPARE));
		const again = scene.put(scene.guest.mfn(SPARE + 1));
		expect(
			put(scene, [
				[33, 28, argument],
				[33, 17, again]
			])
		).toEqual([0, -EBUSY]);
		expect(audit(hv)).toEqual([]);
		const state = structuredClone(hv.save());
		domain.events.eoiPage = null;
		hv.restore(state);
		expect(domain.events.eoiPage).toBe(scene.guest.mfn(SPARE));
		destroyDomain(hv, domain);
		expect(audit(hv)).toEqual([]);
		expect(hv.heap.isFreeFrame(scene.guest.mfn(SPARE))).toBe(true);
	});
});

/** arch/x86/compat.c: do_physdev_op_compat */
describe('physdev_op_compat', () => {
	questions(19, [
		['I/O privilege', (s) => [s.put(6, 2, 0, 0)], 0, (s) => expect(s.guest.v.pv.iopl).toBe(2)],
		['I/O privilege 4', (s) => [s.put(6, 4, 0, 0)], -EINVAL],
		['an unknown operation', (s) => [s.put(99, 0, 0, 0)], -ENOSYS],
		['a bad pointer', () => [NOWHERE], -EFAULT],
		['the whole structure has to be there', (s) => (s.guest.write32(0x1_fff4, 6, 2), [0x1_fff4]), -EFAULT]
	]);
	it('an interrupt\u2019s state is written behind the command', () => {
		const scene = new Scene();
		const at = scene.put(5, 1, 0, 0);
		expect(put(scene, [[19, at]])).toEqual([0]);
		expect(scene.guest.read32(at + 8)).toBe(1);
	});
});
