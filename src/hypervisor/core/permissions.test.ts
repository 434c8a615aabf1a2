import { describe, expect, it } from 'vitest';
import { ALL_PRIVILEGES, UNPRIVILEGED } from './domain';
import { initialPermissions, permit, permits } from './permissions';
import { holds, including, without, type Ranges } from './ranges';

describe('a set of ranges', () => {
	it('joins what touches, and is cut where something is taken out', () => {
		let set: Ranges = [];
		set = including(set, 10, 19);
		set = including(set, 30, 39);
		set = including(set, 20, 24);
		expect(set).toEqual([
			[10, 24],
			[30, 39]
		]);
		expect(including(set, 5, 50)).toEqual([[5, 50]]);
		expect(without(set, 12, 33)).toEqual([
			[10, 11],
			[34, 39]
		]);
		expect(without(set, 25, 29)).toEqual(set);
		expect(without(set, 0, 100)).toEqual([]);
	});
	it('holds a stretch only whole', () => {
		const set: Ranges = [
			[1, 4],
			[6, 9]
		];
		expect([holds(set, 1, 4), holds(set, 4, 6), holds(set, 5), holds(set, 9)]).toEqual([true, false, false, true]);
	});
});

describe('the hardware domain', () => {
	const own = initialPermissions(ALL_PRIVILEGES);
	it.each([
		['a disk controller\u2019s ports', 0x1f0, 0x1f7, true],
		['the clock, whose index Xen still watches', 0x70, 0x71, true],
		['the first 8259', 0x20, 0x20, false],
		['the second 8259', 0xa1, 0xa1, false],
		['the timer', 0x40, 0x40, false],
		['the speaker', 0x61, 0x61, false],
		['PCI\u2019s data port', 0xcfc, 0xcff, false],
		['PCI\u2019s address port', 0xcf8, 0xcfb, true],
		['Xen\u2019s serial line', 0x3f8, 0x3f8, false],
		['a stretch that reaches into it', 0x3f6, 0x3f9, false]
	] as const)('has or has not %s', (_what, first, last, has) => expect(permits(own, 'ports', first, last)).toBe(has));

	it('has device memory, but for the interrupt controllers', () => {
		expect(permits(own, 'frames', 0xfeb00)).toBe(true);
		expect([0xfec00, 0xfee00].map((frame) => permits(own, 'frames', frame))).toEqual([false, false]);
	});
	it('has the lines but the clock\u2019s', () =>
		expect([0, 1, 14, 23, 24].map((irq) => permits(own, 'irqs', irq))).toEqual([false, true, true, true, false]));
});

it('any other domain has what it is given, until it is taken away', () => {
	const own = initialPermissions(UNPRIVILEGED);
	expect(own).toEqual({ ports: [], frames: [], irqs: [] });
	permit(own, 'ports', 0x300, 32, true);
	expect([permits(own, 'ports', 0x31f), permits(own, 'ports', 0x320)]).toEqual([true, false]);
	permit(own, 'ports', 0x310, 1, false);
	expect(permits(own, 'ports', 0x30f, 0x310)).toBe(false);
});
