/** The hypervisor's side of the I/O APIC (xen/arch/x86/io_apic.c): entries of its redirection table, by way of its window. */
import { IO_APIC_BASE } from '../../hardware/devices/pc';
import type { Hypervisor } from '../core/hypervisor';

const SELECT = IO_APIC_BASE;
const WINDOW = IO_APIC_BASE + 0x10;
const VERSION = 0x01;
/** Index of the low half of entry 0; each entry has two. */
export const ENTRIES = 0x10;

/** Of the low half of an entry. */
export const ENTRY = { vector: 0xff, activeLow: 1 << 13, level: 1 << 15, masked: 1 << 16 } as const;
/** Entries have their destination in bits 31 to 24: an APIC's own number. */
const DESTINATION_SHIFT = 24;

/** Xen's clock, line 0, is at pin 2 of a PC; all others are at the pins of their numbers. */
export const pinOf = (irq: number): number => (irq === 0 ? 2 : irq);
export const irqAt = (pin: number): number => (pin === 2 ? 0 : pin);

export function readApic(hv: Hypervisor, index: number): number {
	hv.machine.bus.writeMemory(SELECT, 4, index);
	return hv.machine.bus.readMemory(WINDOW, 4) >>> 0;
}

/** Reads the low half of a line's entry and leaves no trace of it in the controller. */
export function peekEntry(hv: Hypervisor, irq: number): number {
	const chosen = hv.machine.bus.readMemory(SELECT, 4);
	const low = readApic(hv, ENTRIES + 2 * pinOf(irq));
	hv.machine.bus.writeMemory(SELECT, 4, chosen);
	return low;
}

export function writeApic(hv: Hypervisor, index: number, value: number): void {
	hv.machine.bus.writeMemory(SELECT, 4, index);
	hv.machine.bus.writeMemory(WINDOW, 4, value >>> 0);
}

/** Pins of the machine's I/O APIC; none where it has no such controller. */
export function pins(hv: Hypervisor): number {
	const version = readApic(hv, VERSION);
	return version === 0xffff_ffff ? 0 : ((version >>> 16) & 0xff) + 1;
}

/** What a line is to become. */
export interface Route {
	readonly vector: number;
	readonly level: boolean;
	readonly activeLow: boolean;
}

/** Programs the entry of a line for processor 0, the high half first: what is masked may be half written. */
export function route(hv: Hypervisor, irq: number, { vector, level, activeLow }: Route, masked: boolean): void {
	const at = ENTRIES + 2 * pinOf(irq);
	const low = vector | (level ? ENTRY.level : 0) | (activeLow ? ENTRY.activeLow : 0) | (masked ? ENTRY.masked : 0);
	writeApic(hv, at + 1, 0 << DESTINATION_SHIFT);
	writeApic(hv, at, low);
}
