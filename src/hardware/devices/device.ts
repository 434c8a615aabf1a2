import type { Recorder } from '../../trace/events';
import type { Bus, Registers } from '../bus';
import type { Clock } from '../clock';
import type { LineName, Trigger } from '../interrupts/lines';
import type { ConfigSpace } from './pci/config';
import type { PciFunction } from './pci/host';

/**
 * A device: registers at offsets of its own, a saved state, and mostly one line. It has no idea of where it is mounted, so the same class
 * serves any owner.
 */
export interface Device<State = unknown> extends Registers {
	/** Raises or lowers its line. A device that has one declares it as doing nothing; mounting sets it. */
	trigger?: Trigger;
	/** The same for a device of several lines, in the order of its row. */
	readonly triggers?: Trigger[];
	/** Hears the line at its input `pin`, if it is a controller of interrupts. */
	input?(pin: number, high: boolean): void;
	/** Hears that its configuration registers were written or reset, if it is a function of PCI. The space stays the same. */
	configured?(config: ConfigSpace): void;
	/** Takes its most urgent request into service and gives its vector, if it is a controller that processors ask (INTA). */
	acknowledge?(): number;
	/** As after power-on. What its owner has wired to it stays. */
	reset(): void;
	/** Its state as plain data, without whose sake it could not go on. */
	save(): State;
	/** Puts it into a saved state after clock and lines are in theirs: triggers nothing, and makes its appointments again (`Alarm`). */
	restore(state: State): void;
}

/** What a device may use of its machine. */
export interface Site {
	readonly clock: Clock;
	readonly recorder: Recorder;
	/** For physical memory (`read`, `write`, `copyIn`, `copyOut`), if it is a bus master. */
	readonly bus: Bus;
}

/** A stretch of addresses: the first, how many, and the offset in the device that the first stands for, 0 unless said. */
export type Stretch = readonly [first: number, count: number, offset?: number];

/** One device of a machine: what it is, and where it is mounted. */
export interface Fitting {
	/** It is found, saved, and named as the source of its line by this; no other in the list has it. */
	readonly name: string;
	make(site: Site): Device;
	/** I/O ports. */
	readonly ports?: readonly Stretch[];
	/** Bytes of physical memory. */
	readonly memory?: readonly Stretch[];
	/** The line that it triggers. */
	readonly line?: LineName;
	/** The lines that a device of several triggers, in its order. */
	readonly lines?: readonly LineName[];
	/** Its place on the PCI bus, where its registers tell the ports, memory and line; the host's row comes before. */
	readonly pci?: PciFunction;
	/** The lines at its inputs, from pin 0 on. */
	readonly inputs?: readonly LineName[];
}
