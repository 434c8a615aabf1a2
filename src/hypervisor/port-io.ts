/**
 * Ports as an unprivileged guest sees them (xen/arch/x86/pv/emul-priv-op.c: guest_io_okay, guest_io_read). It may use
 * the instruction if its virtual IOPL or its bitmap says so; but no port is given to it, so reads are all ones and
 * writes are lost, beside the PCI address register, which each domain has for itself.
 */
import { Fault } from '../hardware/cpu/fault';
import type { Vcpu } from './domain';
import { readGuest8 } from './guest-memory';
import type { Hypervisor } from './hypervisor';

const PCI_ADDRESS = 0xcf8;

/** Whether the guest's own state lets the ring use the ports (the virtual IOPL, then the virtual bitmap). */
function permitted(hv: Hypervisor, v: Vcpu, port: number, size: number): boolean {
	const least = hv.frame.ring === 1 ? 1 : 3;
	return hv.ask('port_permitted', v.iopl >= least || inBitmap(hv, v, port, size), port, v.iopl);
}

/** All bits of the ports are clear in the guest's I/O bitmap (PHYSDEVOP_set_iobitmap). */
function inBitmap(hv: Hypervisor, v: Vcpu, port: number, size: number): boolean {
	if (port + size > v.ioPorts) return false;
	try {
		const [low, high] = [0, 1].map((n) => readGuest8(hv, v.ioBitmap + (port >>> 3) + n));
		return (((low | (high << 8)) >>> (port & 7)) & ((1 << size) - 1)) === 0;
	} catch (error) {
		if (!(error instanceof Fault)) throw error;
		return false;
	}
}

/** IN: the value, or null where the guest gets its #GP. */
export function portIn(hv: Hypervisor, v: Vcpu, port: number, size: number): number | null {
	if (!permitted(hv, v, port, size)) return null;
	return port === PCI_ADDRESS && size === 4 ? v.domain.pciAddress : 0xffff_ffff;
}

/** OUT: false where the guest gets its #GP. */
export function portOut(hv: Hypervisor, v: Vcpu, port: number, size: number, value: number): boolean {
	if (!permitted(hv, v, port, size)) return false;
	if (port === PCI_ADDRESS && size === 4) v.domain.pciAddress = value >>> 0;
	return true;
}
