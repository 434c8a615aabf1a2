/**
 * The hypervisor's own log: lines over the first serial port, as Xen's printk writes them
 * (xen/drivers/char/console.c). It is for whoever runs the machine; no guest can read it.
 */
import { hex8 } from '../../base';
import { COM1_PORTS } from '../../hardware/devices/pc';
import type { UserRegs } from './domain';
import type { Hypervisor } from './hypervisor';

/** Writes one line. */
export function log(hv: Hypervisor, text: string): void {
	for (const byte of new TextEncoder().encode(`(XEN) ${text}\r\n`)) hv.machine.bus.writePort(COM1_PORTS, 1, byte);
}

/** Writes a guest's registers, four a line. */
export function logRegisters(hv: Hypervisor, regs: UserRegs): void {
	const words = Object.entries(regs).map(([name, value]) => `${name}: ${hex8(value)}`);
	for (let at = 0; at < words.length; at += 4) log(hv, words.slice(at, at + 4).join('   '));
}
