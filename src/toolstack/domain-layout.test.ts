import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { layoutDomain } from './domain-layout';
import { makeImage, usualNotes } from './testing';
import { parseXenImage } from './xen-notes';

const GRUB = ['.cache/grub/grub-i386-xen.bin', '/usr/lib/grub-xen/grub-i386-xen.bin'].find((path) => existsSync(path));
const MiB = 256;

describe('the start-of-day layout', () => {
	it.runIf(GRUB)('of GRUB in 64 MiB is the one that Xen\u2019s own toolstack chose', () => {
		const layout = layoutDomain(parseXenImage(new Uint8Array(readFileSync(GRUB!))), 64 * MiB);
		expect(layout.kernel).toMatchObject({ start: 0, end: 0x5810c4 });
		expect(layout.p2m).toMatchObject({ start: 0x582000, end: 0x592000 });
		expect([layout.startInfo.start, layout.xenstore.start, layout.console.start]).toEqual([
			0x592000, 0x593000, 0x594000
		]);
		expect(layout.pageTables).toMatchObject({ start: 0x595000, end: 0x59e000, pages: 9 });
		expect(layout.bootStack.start).toBe(0x59e000);
		expect(layout.regionEnd).toBe(0x800000);
	});

	it('has one L2 when the guest lies in the last GiB', () => {
		const image = parseXenImage(makeImage({ notes: usualNotes(0xc000_0000, 0xc000_0000) }));
		const layout = layoutDomain(image, 4 * MiB);
		expect(layout.l2).toMatchObject({ count: 1, from: 0xc000_0000 });
		expect(layout.l1).toMatchObject({ count: 2, from: 0xc000_0000 });
		expect(layout.regionEnd).toBe(0xc040_0000);
	});

	it('has an L2 for each GiB from a low guest to the hypervisor', () => {
		expect(layoutDomain(parseXenImage(makeImage()), 4 * MiB).l2.count).toBe(4);
	});

	it('puts a ramdisk between kernel and page list', () => {
		const layout = layoutDomain(parseXenImage(makeImage()), 8 * MiB, 5000);
		expect(layout.ramdisk).toMatchObject({ start: 0x1000, end: 0x1000 + 5000, pages: 2 });
		expect(layout.p2m.start).toBe(0x3000);
	});

	it('is refused where memory is too small or the hypervisor is in the way', () => {
		expect(() => layoutDomain(parseXenImage(makeImage()), 2 * MiB)).toThrow(/at least 4 MiB.*given 2 MiB/);
		const high = parseXenImage(makeImage({ notes: usualNotes(0xf57f_0000, 0xf57f_0000) }));
		expect(() => layoutDomain(high, 16 * MiB)).toThrow(/inside the hypervisor/);
	});
});
