import { expect, it } from 'vitest';
import { MARK, PhysicalMemory } from './memory';

const memory = () => new PhysicalMemory(0x4000);

it('reads little-endian at any alignment', () => {
	const m = memory();
	m.write32(1, 0x8877_6655);
	expect([m.read8(1), m.read16(2), m.read32(1), m.read32(0)]).toEqual([0x55, 0x7766, 0x8877_6655, 0x7766_5500]);
	m.write64(8, 0x1122_3344_5566_7788n);
	expect([m.read32(12), m.read64(8)]).toEqual([0x1122_3344, 0x1122_3344_5566_7788n]);
});

it('is an open bus beyond its end', () => {
	const m = memory();
	m.write32(0x3ffe, 1);
	m.write8(0x4000, 1);
	expect([m.read8(0x4000), m.read16(0x3fff), m.read32(0x3ffe), m.read16(0x3ffe)]).toEqual([
		0xff, 0xffff, 0xffff_ffff, 0
	]);
});

it('announces every write that touches a marked frame, once a write', () => {
	const m = memory();
	const heard: number[][] = [];
	m.onCodeWrite.push((...write) => heard.push(write));
	m.mark(1, MARK.CODE);
	m.write8(0x0fff, 1);
	m.write16(0x0fff, 1);
	m.copyIn(0x0800, new Uint8Array(0x1000));
	m.fill(0x2000, 16, 1);
	m.unmark(1, MARK.CODE);
	m.write32(0x1000, 1);
	expect(heard).toEqual([
		[0x0fff, 2],
		[0x0800, 0x1000]
	]);
});

it('announces reads of every kind while it is asked to, and none otherwise', () => {
	const m = memory();
	const heard: number[][] = [];
	m.watcher = (pa, length, write) => heard.push([pa, length, write ? 1 : 0]);
	m.mark(2, MARK.READ);
	m.read32(0x2000);
	m.announceReads(true);
	expect([m.read8(0x2001), m.read16(0x1fff), m.read64(0x2008), m.read32(0x1000), m.bytes(0x1ff0, 32).length]).toEqual([
		0,
		0,
		0n,
		0,
		32
	]);
	m.announceReads(false);
	m.read8(0x2000);
	expect(heard).toEqual([
		[0x2001, 1, 0],
		[0x1fff, 2, 0],
		[0x2008, 8, 0],
		[0x1ff0, 32, 0]
	]);
});

it('is an open bus to page walks and native code where a window lies over it; loaders and snapshots reach what is beneath', () => {
	const m = memory();
	let told = 0;
	m.onWindow.push(() => told++);
	m.write32(0x1000, 0x1234_5678);
	m.cover(1, 0x10_0000);
	expect([m.read8(0x1000), m.read16(0x0fff), m.read32(0x1000), m.read64(0x0ffc)]).toEqual([
		0xff,
		0xffff,
		0xffff_ffff,
		0xffff_ffff_ffff_ffffn
	]);
	m.write8(0x1000, 1);
	m.write16(0x0fff, 1);
	m.write32(0x1000, 1);
	m.write64(0x0ffc, 1n);
	expect([m.read32(0x0ffc), m.ram[0x1000], told]).toEqual([0, 0x78, 1]);
	m.copyIn(0x1000, Uint8Array.of(0x99));
	expect([...m.bytes(0x0fff, 3)]).toEqual([0, 0x99, 0x56]);
	expect([m.holds(0x0ffc, 4), m.holds(0x0ffd, 4), m.holds(0x1000, 1), m.holds(0, 0x4000)]).toEqual([
		true,
		false,
		false,
		false
	]);
	expect([m.reach(0x0ffe, 9), m.reach(0x0ffe, 1), m.reach(0x1000, 9)]).toEqual([2, 1, 0]);
	for (const pfn of [1, 2, 3, 4]) m.uncover(pfn);
	expect(m.reach(0x3ff0, 0x1000)).toBe(0x10);
	expect([m.read32(0x1000), m.holds(0, 0x4000), m.holds(0, 0x4001)]).toEqual([0x1234_5699, true, false]);
});

it('a write that a window swallows is announced to nobody', () => {
	const m = memory();
	const heard: number[] = [];
	m.watcher = (pa) => heard.push(pa);
	m.markAllClean();
	m.mark(1, MARK.WRITE);
	m.cover(1, 1);
	m.write32(0x1000, 1);
	expect([heard, m.dirty]).toEqual([[], []]);
	m.uncover(1);
	m.write32(0x1000, 1);
	expect([heard, m.dirty]).toEqual([[0x1000], [1]]);
});
