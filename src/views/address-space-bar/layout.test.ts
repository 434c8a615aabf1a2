import { describe, expect, it } from 'vitest';
import type { SpaceRegion } from '../../moments';
import { layout, SEGMENT_END, twin } from './layout';

const region = (start: number, end: number, part: SpaceRegion['part'], writable = true, type = 6): SpaceRegion => ({
	start,
	end,
	part,
	writable,
	user: part === 'guest',
	type,
	pages: (end - start) / 4096
});

const REGIONS = [
	region(0x0040_0000, 0x0040_2000, 'guest'),
	region(0xc000_0000, 0xc001_5000, 'guest'),
	region(0xc001_5000, 0xc001_7000, 'guest', false, 1),
	region(0xc001_7000, 0xc040_0000, 'guest'),
	region(0xf580_0000, 0xf580_c000, 'hypervisor', false),
	region(0xfc00_0000, 0xfc1f_0000, 'hypervisor'),
	region(0xff00_0000, 0xff00_b000, 'hypervisor')
];

describe('the address-space bar', () => {
	const marks = layout(
		{
			regions: REGIONS,
			pointers: [
				{ name: 'eip', address: 0xc000_1000 },
				{ name: 'address', address: 0xfc00_0000 }
			]
		},
		{ width: 800 }
	);

	it('covers 4 GiB without a gap, within its width', () => {
		expect(marks.parts[0].start).toBe(0);
		expect(marks.parts.at(-1)!.end).toBe(2 ** 32);
		for (const [index, part] of marks.parts.slice(1).entries()) {
			expect(part.start).toBe(marks.parts[index].end);
			expect(part.x).toBeCloseTo(marks.parts[index].x + marks.parts[index].width);
		}
		const last = marks.parts.at(-1)!;
		expect(last.x + last.width).toBeCloseTo(800);
	});

	it('joins a guest’s pages, and counts the page tables among them', () => {
		const guest = marks.parts.filter((part) => part.kind === 'guest');
		expect(guest.map((part) => part.start)).toEqual([0x0040_0000, 0xc000_0000]);
		expect(guest[1].detail).toBe('1,024 pages mapped; 2 read-only, 2 of them page tables');
	});

	it('puts the segment limit between what the guest may reach and Xen', () => {
		const m2p = marks.parts.find((part) => part.kind === 'm2p')!;
		const xen = marks.parts.find((part) => part.kind === 'xen')!;
		expect(marks.limit.address).toBe(SEGMENT_END);
		expect(marks.limit.x).toBeGreaterThanOrEqual(m2p.x + m2p.width);
		expect(marks.limit.x).toBeLessThanOrEqual(xen.x);
	});

	it('points where it is told, and keeps ticks apart', () => {
		expect(marks.pointers.map(({ x }) => x)).toEqual([marks.at(0xc000_1000), marks.at(0xfc00_0000)]);
		for (const [index, tick] of marks.ticks.slice(1).entries())
			expect(tick.x - marks.ticks[index].x).toBeGreaterThan(70);
	});

	it('says the same as text', () => {
		const lines = twin(marks).map(({ text }) => text);
		expect(lines.at(-1)).toContain('f680_0000');
		expect(lines).toContain('eip c000_1000 lies in: guest.');
		expect(lines).toContain('address fc00_0000 lies in: Xen.');
	});
});
