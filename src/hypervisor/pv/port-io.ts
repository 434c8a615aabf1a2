/**
 * Ports as a guest sees them (xen/arch/x86/pv/emul-priv-op.c: guest_io_okay, admin_io_okay, guest_io_read, guest_io_write). The
 * instructions trap in every ring. A guest may use them if its virtual IOPL or its bitmap says so; what it then reaches is the machine's port
 * where that was given to the domain, else one of the few that each domain has for itself (virtual-ports.ts), else nothing: reads are all
 * ones and writes are lost.
 */
import { Fault } from '../../hardware/cpu/fault';
import { CHECK, KIND, word } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import { readGuest8 } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { permits } from '../core/permissions';
import { ioplCovers } from './virtual-iopl';

const RTC_INDEX = 0x70;
const RTC_DATA = 0x71;
const PCI_ADDRESS = 0xcf8;
const PCI_DATA = 0xcfc;
const PCI_ENABLE = 0x8000_0000;

/** Whether the guest's own state lets the ring use the ports (the virtual IOPL, then the virtual bitmap). */
export function portsPermitted(hv: Hypervisor, v: Vcpu, port: number, size: number): boolean {
	return hv.ask(CHECK.port_permitted, ioplCovers(hv, v) || inBitmap(hv, v, port, size), port, v.pv.iopl);
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

/** How a domain reaches a port: one and the same for each element of a string. */
interface Way {
	/** Whether it leads to the machine. */
	readonly real: boolean;
	/** Unsigned. */
	read(): number;
	write(value: number): void;
}

/** The machine's port as it is. Two ports are reached by way of the domain's own index and address. */
function machineWay(hv: Hypervisor, port: number, size: number, before = (): void => {}): Way {
	const { bus, clock } = hv.machine;
	const access = <T>(carryOut: () => T): T => {
		before();
		clock.charge('portIo');
		return carryOut();
	};
	return {
		real: true,
		read: () => access(() => bus.readPort(port, size) >>> 0),
		write: (value) => access(() => bus.writePort(port, size, value))
	};
}

/** The clock's RAM: at the index that the domain wrote last, whoever else wrote one. */
const clockWay = (hv: Hypervisor, d: Domain): Way =>
	machineWay(hv, RTC_DATA, 1, () => hv.machine.bus.writePort(RTC_INDEX, 1, d.pv.ports.read(RTC_INDEX, 1) & 0x7f));

/** PCI configuration space at the address that the domain wrote last. */
const configurationWay = (hv: Hypervisor, address: number, port: number, size: number): Way =>
	machineWay(hv, port, size, () => hv.machine.bus.writePort(PCI_ADDRESS, 4, address));

/** Bytes by ways of their own, the lowest port first: for an access that leaves the register of PCI's data port. */
function byteWay(ways: readonly Way[]): Way {
	return {
		real: ways.some(({ real }) => real),
		read: () => ways.reduce((value, way, n) => (value | (way.read() << (8 * n))) >>> 0, 0),
		write: (value) => ways.forEach((way, n) => way.write((value >>> (8 * n)) & 0xff))
	};
}

const spans = (port: number, size: number): boolean => {
	const [first, last] = [port & ~3, (port + size - 1) & ~3];
	return first !== last && (first === PCI_DATA || last === PCI_DATA);
};

/** The way to `size` bytes at `port`. */
function wayTo(hv: Hypervisor, d: Domain, port: number, size: number): Way {
	if (spans(port, size)) return byteWay(Array.from({ length: size }, (_, n) => wayTo(hv, d, port + n, 1)));
	const { ports } = d.pv;
	// Whoever owns the ports does not reach past the addresses and indices that Xen keeps for each domain.
	const kept = (port === PCI_ADDRESS && size === 4) || (port & ~1) === RTC_INDEX;
	if (!kept && permits(d.permissions, 'ports', port, port + size - 1)) return machineWay(hv, port, size);
	if (port === RTC_DATA && permits(d.permissions, 'ports', RTC_INDEX, RTC_DATA)) return clockWay(hv, d);
	const address = ports.read(PCI_ADDRESS, 4);
	const configures = (port & ~3) === PCI_DATA && d.privileges.hardware && address >= PCI_ENABLE;
	if (configures) return configurationWay(hv, address, port, size);
	return { real: false, read: () => ports.read(port, size), write: (value) => ports.write(port, size, value) };
}

/**
 * One instruction's accesses to a port, counted: what is real is one event. It comes before all that the device does of it, and is its
 * cause; how many accesses it was, and with what, is known at the end.
 */
export class PortAccess {
	private readonly way: Way;
	private count = 0;
	private last = 0;
	/** Its event, or -1 before the first access that is real. */
	private seq = -1;

	constructor(
		private readonly hv: Hypervisor,
		v: Vcpu,
		private readonly port: number,
		private readonly size: number,
		private readonly writes: boolean
	) {
		this.way = wayTo(hv, v.domain, port, size);
	}

	/** The next element, unsigned. */
	read(): number {
		return this.note(this.causing(() => this.way.read()));
	}

	write(value: number): void {
		this.note(value);
		this.causing(() => this.way.write(value));
	}

	/** What is recorded meanwhile is caused by the access. */
	private causing<T>(access: () => T): T {
		if (!this.way.real) return access();
		const { recorder } = this.hv;
		if (this.seq < 0) this.seq = recorder.hold(KIND.port_io);
		const before = recorder.cause;
		recorder.cause = this.seq;
		try {
			return access();
		} finally {
			recorder.cause = before;
		}
	}

	private note(value: number): number {
		this.count++;
		return (this.last = value);
	}

	/** Says what the machine's hardware has seen of it. */
	done(): void {
		if (this.seq < 0) return;
		this.hv.recorder.settle(
			this.seq,
			KIND.port_io,
			word('io_port', this.port),
			word('io_size', this.size),
			word('io_value', this.last),
			word('times', this.count),
			word('io_write', this.writes ? 1 : 0)
		);
	}
}
