import { describe, expect, it } from 'vitest';
import { Bus, type Registers } from './bus';
import { PhysicalMemory } from './memory';

/** Answers with its offsets, and keeps what is asked of it. */
class Offsets implements Registers {
	readonly asked: string[] = [];
	constructor(readonly widest?: 1 | 2 | 4) {}
	read(offset: number, size: number): number {
		this.asked.push(`r${size}@${offset}`);
		return offset === 0xf0 ? 0xffff_ffff : offset;
	}
	write(offset: number, size: number, value: number): void {
		this.asked.push(`w${size}@${offset}=${value.toString(16)}`);
	}
}

describe('a device on the bus', () => {
	it('is given offsets; where there is none, all is ones and writes are lost', () => {
		const bus = new Bus();
		const device = new Offsets();
		bus.mountMemory(0xfee0_0000, 0x1000, device);
		expect([bus.readMemory(0xfee0_0020, 4), bus.readMemory(0xfed0_0000, 4), bus.readMemory(0xfed0_0000, 1)]).toEqual([
			0x20, -1, 0xff
		]);
		bus.writeMemory(0xfed0_0000, 4, 1);
		bus.unmountMemory(device);
		expect(bus.readMemory(0xfee0_0020, 2)).toBe(0xffff);
		expect(device.asked).toEqual(['r4@32']);
	});

	it('gives an int32 for four bytes, and of fewer no more than these; is given unsigned values of the size', () => {
		const bus = new Bus();
		const device = new Offsets();
		bus.mountPorts(0x100, 0x100, device);
		expect([4, 2, 1].map((size) => bus.readPort(0x1f0, size))).toEqual([-1, 0xffff, 0xff]);
		device.asked.length = 0;
		for (const size of [4, 2, 1]) bus.writePort(0x100, size, -2);
		expect(device.asked).toEqual(['w4@0=fffffffe', 'w2@0=fffe', 'w1@0=fe']);
	});

	it('gets an access whole that lies within its range, and byte by byte one that does not', () => {
		const bus = new Bus();
		const [one, two] = [new Offsets(), new Offsets()];
		bus.mountPorts(0x10, 4, one);
		bus.mountPorts(0x14, 2, two, 8);
		expect(bus.readPort(0x10, 4)).toBe(0);
		expect(bus.readPort(0x12, 4)).toBe(0x0908_0302);
		bus.writePort(0x15, 2, 0xabcd);
		expect([one.asked, two.asked]).toEqual([
			['r4@0', 'r1@2', 'r1@3'],
			['r1@8', 'r1@9', 'w1@9=cd']
		]);
		expect(bus.readPort(0x0f, 2)).toBe(0x00ff);
	});

	it('gets no wider access than it takes', () => {
		const bus = new Bus();
		const [bytes, words] = [new Offsets(1), new Offsets(2)];
		bus.mountPorts(0, 8, bytes);
		bus.mountPorts(8, 8, words);
		expect([bus.readPort(1, 2), bus.readPort(8, 2)]).toEqual([0x0201, 0]);
		bus.writePort(8, 4, 0x0403_0201);
		expect([bytes.asked, words.asked]).toEqual([
			['r1@1', 'r1@2'],
			['r2@0', 'w1@0=1', 'w1@1=2', 'w1@2=3', 'w1@3=4']
		]);
	});

	it('answers where ranges overlap if it was mounted first', () => {
		const bus = new Bus();
		const [first, second] = [new Offsets(), new Offsets()];
		bus.mountMemory(0x1000, 8, first);
		bus.mountMemory(0x1004, 8, second);
		expect([bus.readMemory(0x1006, 1), bus.readMemory(0x1009, 1)]).toEqual([6, 5]);
	});
});

describe('a window over RAM', () => {
	const made = () => {
		const memory = new PhysicalMemory(0x4000);
		memory.fill(0, 0x4000, 0x11);
		return { memory, bus: new Bus(memory) };
	};

	it('takes whole frames: beside it in them nobody answers', () => {
		const { bus } = made();
		bus.mountMemory(0x1ff8, 0x10, new Offsets());
		expect([0x0fff, 0x1000, 0x1ff7, 0x1ff8, 0x2007, 0x2008, 0x3000].map((at) => bus.read(at, 1))).toEqual([
			0x11, 0xff, 0xff, 0, 15, 0xff, 0x11
		]);
	});

	it('gives back at its end what no other window lies over', () => {
		const { bus } = made();
		const [wide, narrow] = [new Offsets(), new Offsets()];
		bus.mountMemory(0x1000, 0x2000, wide);
		bus.mountMemory(0x2000, 4, narrow);
		bus.unmountMemory(wide);
		expect([0x1000, 0x2001, 0x2004, 0x3000].map((at) => bus.read(at, 1))).toEqual([0x11, 1, 0xff, 0x11]);
		bus.unmountMemory(narrow);
		expect(bus.read(0x2001, 1)).toBe(0x11);
	});

	it('may begin in RAM and end beyond it', () => {
		const { bus } = made();
		bus.mountMemory(0x3000, 0x2000, new Offsets());
		expect([bus.read(0x3ffe, 4), bus.read(0x4ffe, 2)]).toEqual([0xffe, 0x1ffe]);
	});

	it('is read and written by copies in aligned words, the RAM around it at once', () => {
		const { bus, memory } = made();
		const device = new Offsets();
		bus.mountMemory(0x1000, 0x1000, device);
		expect([...bus.copyOut(0x0ffe, 4)]).toEqual([0x11, 0x11, 0, 1]);
		expect([...bus.copyOut(0x1003, 6)]).toEqual([3, 4, 0, 0, 0, 8]);
		expect(bus.copyOut(0x1000, 0)).toHaveLength(0);
		device.asked.length = 0;
		bus.copyIn(0x1ffb, Uint8Array.of(1, 2, 3, 4, 5, 6, 7));
		expect(device.asked).toEqual(['w1@4091=1', 'w4@4092=5040302']);
		expect([memory.read8(0x2000), memory.read8(0x2001), memory.read8(0x2002)]).toEqual([6, 7, 0x11]);
		for (const size of [1, 2, 4]) bus.write(0x2000, size, -1);
		expect(bus.read(0x2000, 4)).toBe(-1);
	});
});
