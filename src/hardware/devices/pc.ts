import type { Fitting } from './device';
import { PciHost } from './pci/host';
import { ISA_BRIDGE_FIELDS, IsaBridge, PIRQ_LINES } from './pci/isa-bridge';
import { Uart } from './uart';

/** The ports of the first serial line. */
export const COM1_PORTS = 0x3f8;

/** What a PC may have beside what every PC has. */
export interface PcOptions {
	/** A PCI bus. */
	readonly pci?: boolean;
}

const COM1: Fitting = { name: 'com1', make: () => new Uart(), ports: [[COM1_PORTS, 8]], line: 'irq4' };

/** PCI bus 0 with the bridges of a PC: an 82441FX to the processor, an 82371SB to the ISA bus. */
const PCI: readonly Fitting[] = [
	{
		name: 'pci',
		make: (site) => new PciHost(site),
		ports: [[0xcf8, 8]],
		pci: { slot: 0, vendor: 0x8086, device: 0x1237, classCode: 0x06_00_00, revision: 2, commands: 0 }
	},
	{
		name: 'isa-bridge',
		make: () => new IsaBridge(),
		lines: PIRQ_LINES,
		pci: {
			slot: 1,
			vendor: 0x8086,
			device: 0x7000,
			classCode: 0x06_01_00,
			multiFunction: true,
			commands: 0,
			fields: ISA_BRIDGE_FIELDS
		}
	}
];

/** The devices of a PC: a row is all that it takes to have one. */
export const pcDevices = ({ pci = false }: PcOptions = {}): readonly Fitting[] => [COM1, ...(pci ? PCI : [])];

/** The devices of a PC without options. */
export const PC_DEVICES: readonly Fitting[] = pcDevices();
