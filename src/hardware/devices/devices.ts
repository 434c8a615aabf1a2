import { assert, Bug } from '../../base';
import { Lines } from '../interrupts/lines';
import type { Device, Fitting, Site } from './device';
import { PciHost } from './pci/host';

/** By the device's name, what it says of itself. */
export type DevicesState = Readonly<Record<string, unknown>>;

/** The class of a device. */
export type DeviceClass<D extends Device> = abstract new (...args: never[]) => D;

/** Devices, made from a list and mounted on a bus. Whoever wants one asks for it by its class. */
export class Devices {
	private readonly all = new Map<string, Device>();

	constructor(
		fittings: readonly Fitting[],
		private readonly site: Site,
		private readonly lines = new Lines()
	) {
		for (const fitting of fittings) this.mount(fitting);
	}

	private mount(fitting: Fitting): void {
		const { name, ports = [], memory = [], line, lines = [], inputs = [], pci } = fitting;
		const { bus } = this.site;
		assert(!this.all.has(name), 'two devices have one name', { name });
		const device = fitting.make(this.site);
		this.all.set(name, device);
		for (const [first, count, offset] of ports) bus.mountPorts(first, count, device, offset);
		for (const [first, count, offset] of memory) bus.mountMemory(first, count, device, offset);
		if (line !== undefined) {
			assert(device.trigger, 'a device without a trigger is wired to a line', { name, line });
			device.trigger = this.lines.get(line).source(name);
		}
		for (const [index, wire] of lines.entries()) {
			assert(device.triggers && device.triggers.length === lines.length, 'a device has not as many triggers as lines', {
				name,
				lines
			});
			device.triggers[index] = this.lines.get(wire).source(name);
		}
		for (const [pin, input] of inputs.entries()) {
			assert(device.input, 'a line leads to a device that hears none', { name, line: input });
			this.lines.get(input).listen((high) => device.input?.(pin, high));
		}
		if (pci !== undefined) this.get(PciHost).plug(name, pci, device);
	}

	/** The device of a class: that named `name`, or the first. */
	get<D extends Device>(type: DeviceClass<D>, name?: string): D {
		for (const [own, device] of this.all)
			if (device instanceof type && (name === undefined || name === own)) return device;
		throw new Bug('there is no such device', { type: type.name, name });
	}

	/** Every device with its name, in the order of the list. */
	[Symbol.iterator](): IterableIterator<[name: string, device: Device]> {
		return this.all.entries();
	}

	reset(): void {
		for (const [, device] of this) device.reset();
	}

	save(): DevicesState {
		return Object.fromEntries([...this].map(([name, device]) => [name, device.save()]));
	}

	restore(state: DevicesState): void {
		const names = [...this.all.keys()];
		const saved = Object.keys(state);
		assert(saved.join() === names.join(), 'the saved devices are not those that are here', { names, saved });
		for (const [name, device] of this) device.restore(state[name]);
	}
}
