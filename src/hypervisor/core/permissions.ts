/**
 * Which of the machine's hardware a domain may use: I/O ports, frames of device memory, interrupt lines. The hardware domain may
 * use all but what the hypervisor keeps for itself (xen/arch/x86/dom0_build.c: dom0_setup_permissions); the others what the control domain's
 * programs give them (XEN_DOMCTL_ioport_permission, iomem_permission, irq_permission).
 */
import { COM1_PORTS } from '../../hardware/devices/pc';
import type { Privileges } from './domain';
import { holds, including, without, type Ranges } from './ranges';

/** What a domain may use. Plain data. */
export interface Permissions {
	ports: Ranges;
	/** Frames of memory that is no RAM. */
	frames: Ranges;
	/** Interrupts by the number that the machine has for them (GSI). */
	irqs: Ranges;
}
export type Permitted = keyof Permissions;

/** Frames that fit the 36 physical address bits of the modelled processor. */
const LAST_FRAME = (1 << 24) - 1;
/** The lines of the I/O APIC. Line 0 is the hypervisor's clock. */
const LAST_IRQ = 23;

/** The hypervisor's: the two 8259, the timer, its output to the speaker, PCI's data port, the serial line. */
const KEPT_PORTS: Ranges = [
	[0x20, 0x21],
	[0xa0, 0xa1],
	[0x40, 0x43],
	[0x61, 0x61],
	[0xcfc, 0xcff],
	[COM1_PORTS, COM1_PORTS + 7]
];
/** The local APIC and the I/O APIC, whose page is 0xFEC00. */
const KEPT_FRAMES: Ranges = [
	[0xfee00, 0xfee00],
	[0xfec00, 0xfec00]
];

const allBut = (last: number, kept: Ranges): Ranges =>
	kept.reduce<Ranges>((ranges, [from, to]) => without(ranges, from, to), [[0, last]]);

/** What a new domain may use. */
export const initialPermissions = ({ hardware }: Privileges): Permissions =>
	hardware
		? { ports: allBut(0xffff, KEPT_PORTS), frames: allBut(LAST_FRAME, KEPT_FRAMES), irqs: [[1, LAST_IRQ]] }
		: { ports: [], frames: [], irqs: [] };

/** Whether the domain may use all of `first` to `last`. */
export const permits = (permissions: Permissions, what: Permitted, first: number, last = first): boolean =>
	holds(permissions[what], first, last);

/** Gives or takes `count` of them from `first` on. */
export function permit(permissions: Permissions, what: Permitted, first: number, count: number, allow: boolean): void {
	permissions[what] = (allow ? including : without)(permissions[what], first, first + count - 1);
}
