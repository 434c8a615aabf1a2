/** Configuration registers of PCI functions, by their names in PCI Local Bus 2.2, 6.1. */
import { flags, plain, type Readings } from '../readings';
import { COMMAND, CONFIG } from './config';
import type { PciHostState } from './host';

const SOURCE = 'PCI Local Bus 2.2';
const BARS = [0, 1, 2, 3, 4, 5];

function readings(part: string, bytes: Uint8Array): Readings {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const bars = BARS.map((n) => plain(`BAR${n}`, view.getUint32(CONFIG.BAR + 4 * n, true), 32));
	return {
		part,
		source: SOURCE,
		registers: [
			plain('Vendor ID', view.getUint16(CONFIG.VENDOR, true), 16),
			plain('Device ID', view.getUint16(CONFIG.DEVICE, true), 16),
			flags('Command', view.getUint16(CONFIG.COMMAND, true), COMMAND, 16),
			plain('Status', view.getUint16(CONFIG.STATUS, true), 16),
			plain('Class Code', view.getUint32(CONFIG.REVISION, true) >>> 8, 32),
			...bars.filter(({ value }) => value !== 0),
			plain('Interrupt Line', bytes[CONFIG.INTERRUPT_LINE]),
			plain('Interrupt Pin', bytes[CONFIG.INTERRUPT_PIN])
		]
	};
}

/** Of each function on the bus; base addresses that are zero are left out. */
export const pciReadings = ({ configs, address }: PciHostState): Readings[] => [
	{ part: 'configuration mechanism 1', source: SOURCE, registers: [plain('CONFIG_ADDRESS', address, 32)] },
	...Object.entries(configs).map(([name, bytes]) => readings(name, bytes))
];
