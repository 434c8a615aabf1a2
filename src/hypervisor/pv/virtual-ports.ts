import { Bus } from '../../hardware/bus';
import { CmosIndex } from '../../hardware/devices/cmos';
import type { Fitting, Site } from '../../hardware/devices/device';
import { Devices, type DevicesState } from '../../hardware/devices/devices';
import { PciAddress } from '../../hardware/devices/pci-address';
import { Pit } from '../../hardware/devices/pit';

/**
 * What a guest that owns no port of the machine finds at ports (xen/arch/x86/pv/emul-priv-op.c: guest_io_read): counter 2 of the interval
 * timer, its control register, the speaker's gate, the index of the clock's RAM, and where PCI configuration accesses would go.
 */
const VIRTUAL_DEVICES: readonly Fitting[] = [
	{
		name: 'pit',
		make: ({ clock }) => new Pit(clock),
		ports: [
			[0x42, 2, 2],
			[0x61, 1, 4]
		]
	},
	{ name: 'cmos', make: () => new CmosIndex(), ports: [[0x70, 1]] },
	{ name: 'pci', make: () => new PciAddress(), ports: [[0xcf8, 4]] }
];

/** A domain's own ports. */
export class VirtualPorts {
	private readonly bus = new Bus();
	readonly devices: Devices;

	/** @param machine whose time it is there */
	constructor(machine: Omit<Site, 'bus'>) {
		const { clock, recorder } = machine;
		this.devices = new Devices(VIRTUAL_DEVICES, { clock, recorder, bus: this.bus });
	}

	/** Reads `size` bytes, unsigned. */
	read(port: number, size: number): number {
		return this.bus.readPort(port, size) >>> 0;
	}

	write(port: number, size: number, value: number): void {
		this.bus.writePort(port, size, value);
	}

	save(): DevicesState {
		return this.devices.save();
	}

	restore(state: DevicesState): void {
		this.devices.restore(state);
	}
}
