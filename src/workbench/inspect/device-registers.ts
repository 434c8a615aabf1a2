/** The registers of the machine's devices, by the tables that stand beside each. */
import type { Device } from '../../hardware/devices/device';
import { IdeController } from '../../hardware/devices/ide/controller';
import { ideReadings } from '../../hardware/devices/ide/readings';
import { Ne2000 } from '../../hardware/devices/ne2000/ne2000';
import { dp8390Readings } from '../../hardware/devices/ne2000/readings';
import { PciHost } from '../../hardware/devices/pci/host';
import { pciReadings } from '../../hardware/devices/pci/readings';
import { Pics } from '../../hardware/devices/pic/pics';
import { picReadings } from '../../hardware/devices/pic/readings';
import type { Readings } from '../../hardware/devices/readings';
import { IoApic } from '../../hardware/interrupts/io-apic';
import { ioApicReadings } from '../../hardware/interrupts/io-apic-readings';
import type { DeviceRegisters } from '../../moments';
import type { Run } from '../run';

function readingsOf(device: Device): Readings[] {
	if (device instanceof IdeController) return ideReadings(device.save());
	if (device instanceof Ne2000) return dp8390Readings(device.save().chip.registers);
	if (device instanceof IoApic) return ioApicReadings(device.save());
	if (device instanceof Pics) return picReadings(device.save());
	if (device instanceof PciHost) return pciReadings(device.save());
	return [];
}

/** Of all devices that have a table of their registers, in the machine's order. */
export const deviceRegisters = ({ system }: Run): DeviceRegisters[] =>
	[...system.machine.devices].flatMap(([name, device]) =>
		readingsOf(device).map((readings) => ({ device: name, ...readings }))
	);
