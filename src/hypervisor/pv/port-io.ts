/**
 * Ports as an unprivileged guest sees them (xen/arch/x86/pv/emul-priv-op.c: guest_io_okay, guest_io_read). It may use
 * the instruction if its virtual IOPL or its bitmap says so. No port of the machine is given to it: reads are all ones and
 * writes are lost, beside the few that each domain has for itself (virtual-ports.ts).
 */
import { Fault } from '../../hardware/cpu/fault';
import type { Vcpu } from '../core/domain';
import { readGuest8 } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { ioplCovers } from './virtual-iopl';

/** Whether the guest's own state lets the ring use the ports (the virtual IOPL, then the virtual bitmap). */
function permitted(hv: Hypervisor, v: Vcpu, port: number, size: number): boolean {
	return hv.ask('port_permitted', ioplCovers(hv, v) || inBitmap(hv, v, port, size), port, v.pv.iopl);
}

/** All bits of the ports are clear in the guest's I/O bitmap (PHYSDEVOP_set_iobitmap). */
function inBitmap(hv: Hypervisor, v: Vcpu, port: number, size: number): boolean {
	if (port + size > v.pv.ioPorts) return false;
	const [low, high] = [0, 1].map((n) => bitmapByte(hv, v.pv.ioBitmap + (port >>> 3) + n));
	return (((low | (high << 8)) >>> (port & 7)) & ((1 << size) - 1)) === 0;
}

/** A byte of the bitmap; one that cannot be read permits nothing. */
function bitmapByte(hv: Hypervisor, address: number): number {
	try {
		return readGuest8(hv, address);
	} catch (error) {
		if (!(error instanceof Fault)) throw error;
		return 0xff;
	}
}

/** IN: the value, or null where the guest gets its #GP. */
export function portIn(hv: Hypervisor, v: Vcpu, port: number, size: number): number | null {
	return permitted(hv, v, port, size) ? v.domain.pv.ports.read(port, size) : null;
}

/** OUT: false where the guest gets its #GP. */
export function portOut(hv: Hypervisor, v: Vcpu, port: number, size: number, value: number): boolean {
	if (!permitted(hv, v, port, size)) return false;
	v.domain.pv.ports.write(port, size, value);
	return true;
}
