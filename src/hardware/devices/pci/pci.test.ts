/** PCI bus 0: configuration, places that move, and interrupt pins on their way to the ISA bus. */
import { describe, expect, it } from 'vitest';
import type { Trigger } from '../../interrupts/lines';
import { Machine } from '../../machine';
import type { Device, Fitting } from '../device';
import { pcDevices } from '../pc';
import { PciHost, type PciFunction } from './host';

/** Sixteen bytes that keep what is written, and a line. */
class Card implements Device<number[]> {
	trigger: Trigger = () => {};
	private bytes: number[] = new Array<number>(0x20).fill(0);
	read(offset: number, size: number): number {
		return this.bytes.slice(offset, offset + size).reduceRight((value, byte) => (value << 8) | byte, 0);
	}
	write(offset: number, size: number, value: number): void {
		for (let n = 0; n < size; n++) this.bytes[offset + n] = (value >>> (8 * n)) & 0xff;
	}
	reset(): void {
		this.trigger(false);
	}
	save(): number[] {
		return [...this.bytes];
	}
	restore(bytes: number[]): void {
		this.bytes = [...bytes];
	}
}

const CARD: PciFunction = {
	slot: 3,
	vendor: 0x10ec,
	device: 0x8029,
	classCode: 0x02_00_00,
	pin: 1,
	bars: [
		{ index: 0, kind: 'io', bytes: 32 },
		{ index: 1, kind: 'memory', bytes: 4096, offset: 16 }
	]
};
const card = (name = 'card', slot = 3): Fitting => ({ name, make: () => new Card(), pci: { ...CARD, slot } });

function host(...more: Fitting[]) {
	const machine = new Machine({ ramBytes: 0x10_0000, devices: [...pcDevices({ pci: true }), ...more] });
	const { bus } = machine;
	const point = (slot: number, fn: number, at: number): number =>
		(0x8000_0000 | (slot << 11) | (fn << 8) | (at & 0xfc)) >>> 0;
	return {
		machine,
		bus,
		point,
		read(slot: number, fn: number, at: number, size = 4) {
			bus.writePort(0xcf8, 4, point(slot, fn, at));
			return bus.readPort(0xcfc + (at & 3), size) >>> 0;
		},
		write(slot: number, fn: number, at: number, size: number, value: number) {
			bus.writePort(0xcf8, 4, point(slot, fn, at));
			bus.writePort(0xcfc + (at & 3), size, value);
		},
		lines: () => machine.lines.save()
	};
}

describe('configuration mechanism 1', () => {
	it('tells who is there, in accesses of one, two and four bytes', () => {
		const { read } = host(card());
		expect([0, 1, 2, 3].map((slot) => read(slot, 0, 0).toString(16))).toEqual([
			'12378086',
			'70008086',
			'ffffffff',
			'802910ec'
		]);
		expect([read(3, 0, 2, 2), read(3, 0, 3, 1), read(3, 0, 0x0b, 1)]).toEqual([0x8029, 0x80, 2]);
		expect([read(1, 0, 0x0e, 1), read(1, 1, 0, 2)]).toEqual([0x80, 0xffff]);
	});

	it('has an address that takes accesses of four bytes alone, and keeps what means something', () => {
		const { bus } = host();
		bus.writePort(0xcf8, 4, 0xffff_ffff);
		expect(bus.readPort(0xcf8, 4) >>> 0).toBe(0x80ff_fffc);
		bus.writePort(0xcf8, 1, 0);
		bus.writePort(0xcfa, 2, 0);
		expect([bus.readPort(0xcf8, 4) >>> 0, bus.readPort(0xcf8, 1), bus.readPort(0xcf9, 1)]).toEqual([
			0x80ff_fffc, 0xff, 0xff
		]);
	});

	it('answers nothing while it is not enabled, and on no other bus', () => {
		const { bus, point } = host();
		for (const address of [point(0, 0, 0) & 0x7fff_ffff, point(0, 0, 0) | 0x1_0000]) {
			bus.writePort(0xcf8, 4, address);
			expect(bus.readPort(0xcfc, 4)).toBe(-1);
		}
	});

	it('registers keep the bits that may be written, and lose those that a one clears', () => {
		const { read, write } = host(card());
		write(3, 0, 0, 4, 0);
		write(3, 0, 4, 2, 0xffff);
		write(3, 0, 0x3c, 1, 5);
		write(3, 0, 0x3d, 1, 5);
		expect([read(3, 0, 0), read(3, 0, 4, 2), read(3, 0, 0x3c, 1), read(3, 0, 0x3d, 1)]).toEqual([0x8029_10ec, 7, 5, 1]);
		expect([read(0, 0, 4, 2), read(1, 0, 0x60)]).toEqual([0, 0x0b0b_0a0a]);
	});
});

describe('a base address', () => {
	it('was set by firmware, tells its size to ones, and moves the device', () => {
		const { read, write, bus } = host(card());
		const [port, window] = [read(3, 0, 0x10) & ~1, read(3, 0, 0x14)];
		expect([port, window, read(3, 0, 4, 2), read(3, 0, 0x3c, 1)]).toEqual([0xc000, 0xfeb0_0000, 3, 11]);
		bus.writePort(port + 16, 4, 0x1234_5678);
		expect(bus.read(window, 4)).toBe(0x1234_5678);
		write(3, 0, 4, 2, 0);
		write(3, 0, 0x10, 4, 0xffff_ffff);
		write(3, 0, 0x14, 4, 0xffff_ffff);
		expect([read(3, 0, 0x10).toString(16), read(3, 0, 0x14).toString(16)]).toEqual(['ffffffe1', 'fffff000']);
		write(3, 0, 0x10, 4, 0x301);
		write(3, 0, 0x14, 4, 0x8000);
		expect([bus.readPort(0x310, 4), bus.read(0x8000, 4)]).toEqual([-1, 0]);
		write(3, 0, 4, 2, 3);
		expect([bus.readPort(0x310, 4), bus.readPort(port + 16, 4), bus.read(0x8000, 4)]).toEqual([
			0x1234_5678, -1, 0x1234_5678
		]);
		write(3, 0, 4, 2, 1);
		expect([bus.readPort(0x310, 4), bus.read(0x8000, 4)]).toEqual([0x1234_5678, 0]);
	});

	it('of 0 is decoded nowhere, and of two at one place the lower slot answers, whoever came first', () => {
		const { write, bus } = host(card('low', 3), card('high', 4));
		write(4, 0, 0x10, 4, 0x301);
		bus.writePort(0x300, 1, 4);
		write(3, 0, 0x10, 4, 0x301);
		expect(bus.readPort(0x300, 1)).toBe(0);
		bus.writePort(0x300, 1, 3);
		write(3, 0, 0x10, 4, 1);
		expect([bus.readPort(0x300, 1), bus.readPort(0, 1)]).toEqual([4, 0xff]);
	});
});

describe('an interrupt pin', () => {
	const trigger = (machine: Machine, name: string): Trigger => machine.devices.get(Card, name).trigger;

	it('goes by PIRQ to the ISA line that the bridge says; neighbours use different ones', () => {
		const { machine, lines, read } = host(card('low', 3), card('high', 4), card('fourth', 7));
		expect([3, 4, 7].map((slot) => read(slot, 0, 0x3c, 1))).toEqual([11, 11, 11]);
		trigger(machine, 'low')(true);
		expect(lines()).toEqual({ irq11: ['isa-bridge'] });
		trigger(machine, 'high')(true);
		trigger(machine, 'low')(false);
		expect(lines()).toEqual({ irq11: ['isa-bridge'] });
		trigger(machine, 'high')(false);
		expect(lines()).toEqual({});
	});

	it('that is asserted moves when its PIRQ is led elsewhere, or nowhere', () => {
		const { machine, lines, write } = host(card());
		trigger(machine, 'card')(true);
		write(1, 0, 0x62, 1, 5);
		expect(lines()).toEqual({ irq5: ['isa-bridge'] });
		write(1, 0, 0x62, 1, 0x85);
		expect(lines()).toEqual({});
		write(1, 0, 0x62, 1, 2);
		expect(lines()).toEqual({});
		write(1, 0, 0x62, 1, 9);
		expect(lines()).toEqual({ irq9: ['isa-bridge'] });
	});

	it('is shared by the functions that it belongs to', () => {
		const { machine, lines } = host(card('one', 3), card('two', 7));
		trigger(machine, 'one')(true);
		trigger(machine, 'two')(true);
		trigger(machine, 'one')(false);
		expect(lines()).toEqual({ irq11: ['isa-bridge'] });
	});
});

it('a saved bus is put back: places, pins and routes', () => {
	const first = host(card());
	first.write(3, 0, 0x10, 4, 0x341);
	first.write(3, 0, 0x14, 4, 0x9000);
	first.write(1, 0, 0x62, 1, 5);
	first.machine.devices.get(Card).trigger(true);
	first.bus.writePort(0x350, 4, 77);
	const state = structuredClone(first.machine.save());
	const other = host(card());
	other.machine.restore(state);
	expect([other.bus.readPort(0x350, 4), other.bus.read(0x9000, 4), other.bus.readPort(0xc000, 1)]).toEqual([
		77, 77, 0xff
	]);
	other.machine.devices.get(Card).trigger(false);
	expect(other.lines()).toEqual({});
	first.machine.restore(host(card()).machine.save());
	expect([first.bus.readPort(0x350, 4), first.bus.readPort(0xc000, 1), first.lines()]).toEqual([-1, 0, {}]);
});

it('a reset makes it as firmware leaves it', () => {
	const { machine, write, lines } = host(card());
	const fresh = machine.devices.save();
	write(3, 0, 0x10, 4, 0x341);
	write(1, 0, 0x62, 1, 5);
	machine.devices.get(Card).trigger(true);
	machine.reset();
	expect([machine.devices.save(), lines()]).toEqual([fresh, {}]);
});

it('two functions of one place are refused, and a row before the host has none to go to', () => {
	expect(() => host(card('one'), card('two'))).toThrow(/one place/);
	expect(() => new Machine({ ramBytes: 0x1000, devices: [card()] })).toThrow(/no such device/);
	expect(host().machine.devices.get(PciHost)).toBeDefined();
});
