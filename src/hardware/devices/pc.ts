import { IoApic } from '../interrupts/io-apic';
import type { LineName } from '../interrupts/lines';
import type { Fitting } from './device';
import type { Disk } from './disk';
import { IDE_FUNCTION, IDE_LINES, IdeController } from './ide/controller';
import { PciHost } from './pci/host';
import { ISA_BRIDGE_FIELDS, IsaBridge, PIRQ_LINES } from './pci/isa-bridge';
import { PICS } from './pic/pics';
import { rtc, type RtcOptions } from './timers/rtc';
import { TIMER } from './timers/timer';
import { Uart } from './uart';

/** The ports of the first serial line. */
export const COM1_PORTS = 0x3f8;

/** Where the I/O APIC lies, and how long its window is. */
export const IO_APIC_BASE = 0xfec0_0000;
const IO_APIC_WINDOW = 0x1000;
/** A PC has the clock's line at pin 2, and the 8259's, which leads nowhere here, at pin 0; all others at the pins of their numbers. */
const IO_APIC_INPUTS: readonly LineName[] = Array.from(
	{ length: 16 },
	(_, pin): LineName => `irq${pin === 0 ? 2 : pin === 2 ? 0 : pin}`
);

/** What a PC may have beside what every PC has. */
export interface PcOptions {
	/** Makes its disks, for each machine anew: primary first and second, secondary first and second; null where there is none. */
	readonly disks?: () => readonly (Disk | null)[];
	/** A PCI bus, which it has anyway where a device needs one. */
	readonly pci?: boolean;
	/** What its clock begins with; it has no clock where this is left out. */
	readonly clock?: RtcOptions;
}

/** What every PC has. */
const ALWAYS: readonly Fitting[] = [
	{ name: 'com1', make: () => new Uart(), ports: [[COM1_PORTS, 8]], line: 'irq4' },
	{
		name: 'io-apic',
		make: () => new IoApic(),
		memory: [[IO_APIC_BASE, IO_APIC_WINDOW]],
		inputs: IO_APIC_INPUTS
	},
	PICS,
	TIMER
];

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

const ide = (disks: () => readonly (Disk | null)[]): Fitting => ({
	name: 'ide',
	make: (site) => new IdeController(site, disks()),
	lines: IDE_LINES,
	pci: IDE_FUNCTION
});

/** The devices of a PC: a row is all that it takes to have one. */
export const pcDevices = ({ disks, pci = disks !== undefined, clock }: PcOptions = {}): readonly Fitting[] => [
	...ALWAYS,
	...(clock ? [rtc(clock)] : []),
	...(pci ? PCI : []),
	...(disks ? [ide(disks)] : [])
];

/** The devices of a PC without options. */
export const PC_DEVICES: readonly Fitting[] = pcDevices();
