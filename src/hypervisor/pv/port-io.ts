/**
 * Ports as an unprivileged guest sees them (xen/arch/x86/pv/emul-priv-op.c: guest_io_okay, guest_io_read). It may use
 * the instruction if its virtual IOPL or its bitmap says so. No port of the machine is given to it: reads are all ones and
 * writes are lost, beside the few that each domain has for itself. A wide access is one of bytes.
 */
import { Fault } from '../../hardware/cpu/fault';
import { PIT_HZ, readCounter, readSpeaker, writeControl, writeCounter, writeSpeaker } from '../../hardware/devices/pit';
import type { Domain, Vcpu } from '../core/domain';
import { readGuest8 } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { ioplCovers } from './virtual-iopl';

/** Where PCI configuration accesses would go: seen by accesses of 4 bytes only. */
const PCI_ADDRESS = 0xcf8;

/** A port of one byte that is virtual. */
interface VirtualPort {
	/** @param now counts of the interval timer's clock */
	read(d: Domain, now: number): number;
	write(d: Domain, now: number, value: number): void;
}

/** Counter 2 of the interval timer, its control register, the speaker's gate, and the index of the clock's RAM. */
const VIRTUAL: Readonly<Record<number, VirtualPort | undefined>> = {
	0x42: {
		read: (d, now) => readCounter(d.pv.pit, now, 2),
		write: (d, now, value) => writeCounter(d.pv.pit, now, 2, value)
	},
	0x43: {
		// Nothing drives the bus when the control register is read; Xen gives zero.
		read: () => 0,
		write: (d, now, value) => writeControl(d.pv.pit, now, value)
	},
	0x61: {
		read: (d, now) => readSpeaker(d.pv.pit, now),
		write: (d, now, value) => writeSpeaker(d.pv.pit, now, value)
	},
	0x70: {
		read: (d) => d.pv.cmosIndex,
		write: (d, _now, value) => (d.pv.cmosIndex = value)
	}
};

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

const timerNow = (hv: Hypervisor): number => Math.floor((hv.machine.clock.now / hv.timeScale.hz) * PIT_HZ);

/** IN: the value, or null where the guest gets its #GP. */
export function portIn(hv: Hypervisor, v: Vcpu, port: number, size: number): number | null {
	if (!permitted(hv, v, port, size)) return null;
	if (port === PCI_ADDRESS && size === 4) return v.domain.pv.pciAddress;
	let value = 0;
	for (let n = 0; n < size; n++) {
		const byte = VIRTUAL[port + n]?.read(v.domain, timerNow(hv)) ?? 0xff;
		value |= byte << (8 * n);
	}
	return value >>> 0;
}

/** OUT: false where the guest gets its #GP. */
export function portOut(hv: Hypervisor, v: Vcpu, port: number, size: number, value: number): boolean {
	if (!permitted(hv, v, port, size)) return false;
	if (port === PCI_ADDRESS && size === 4) v.domain.pv.pciAddress = value >>> 0;
	else {
		for (let n = 0; n < size; n++) VIRTUAL[port + n]?.write(v.domain, timerNow(hv), (value >>> (8 * n)) & 0xff);
	}
	return true;
}
