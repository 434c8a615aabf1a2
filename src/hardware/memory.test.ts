import { expect, it } from 'vitest';
import { Bus } from './bus';
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
	m.onCodeWrite = (...write) => heard.push(write);
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

it('the bus gives devices offsets, and all ones where there is none', () => {
	const bus = new Bus();
	const device = { read: (offset: number) => offset, write: () => {} };
	bus.mountMemory(0xfee0_0000, 0x1000, device);
	expect([bus.readMemory(0xfee0_0020, 4), bus.readMemory(0xfed0_0000, 4), bus.readMemory(0xfed0_0000, 1)]).toEqual([
		0x20, -1, 0xff
	]);
	bus.unmountMemory(device);
	expect(bus.readMemory(0xfee0_0020, 2)).toBe(0xffff);
});
