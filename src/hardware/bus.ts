import { assert, PAGE_SIZE } from '../base';
import type { PhysicalMemory } from './memory';

/** Something that answers accesses at offsets of its own; it knows nothing of the address that it is mounted at. */
export interface Registers {
	/** Bytes of the widest access that it takes, 4 unless said; the bus makes bytes of a wider one. */
	readonly widest?: 1 | 2 | 4;
	/** Reads `size` (1, 2 or 4) bytes at `offset`, the lowest first. */
	read(offset: number, size: number): number;
	/** @param value unsigned, of `size` bytes */
	write(offset: number, size: number, value: number): void;
}

/** Where registers are mounted: those from `offset` on answer at `first` to `last`. */
interface Mount {
	readonly first: number;
	readonly last: number;
	readonly offset: number;
	readonly device: Registers;
}

/**
 * I/O ports and physical address space. An access that lies within one device's range, and is no wider than the device takes, goes there
 * whole; any other goes byte by byte, the lowest address first. What nobody answers reads as all ones, and writes there are lost. Of
 * ranges that overlap, the one mounted first answers.
 *
 * A memory window may lie anywhere. Over RAM it takes whole frames: where they reach beyond it, nobody answers.
 */
export class Bus {
	private readonly ports: Mount[] = [];
	private readonly windows: Mount[] = [];

	/** @param memory the RAM that windows may lie over; a bus without any has ports alone */
	constructor(private readonly memory: PhysicalMemory | null = null) {}

	/** Mounts registers from `offset` on at `count` I/O ports from `first`. */
	mountPorts(first: number, count: number, device: Registers, offset = 0): void {
		this.ports.push({ first, last: first + count - 1, offset, device });
	}

	/** Mounts registers from `offset` on at `length` bytes of physical address space from `first`. */
	mountMemory(first: number, length: number, device: Registers, offset = 0): void {
		const last = first + length - 1;
		this.windows.push({ first, last, offset, device });
		this.memory?.cover(frameOf(first), frameOf(last));
	}

	/** Takes `device` from every port. */
	unmountPorts(device: Registers): void {
		const { ports } = this;
		for (let i = ports.length - 1; i >= 0; i--) if (ports[i].device === device) ports.splice(i, 1);
	}

	/** Takes every memory window of `device` away. */
	unmountMemory(device: Registers): void {
		const { windows } = this;
		for (let i = windows.length - 1; i >= 0; i--)
			if (windows[i].device === device) this.uncover(windows.splice(i, 1)[0]);
	}

	/** Gives back the frames that no other window lies over. */
	private uncover({ first, last }: Mount): void {
		const { memory, windows } = this;
		if (memory === null) return;
		for (let pfn = frameOf(first); pfn <= frameOf(last) && pfn < memory.frames; pfn++) {
			const covers = (other: Mount): boolean => frameOf(other.first) <= pfn && pfn <= frameOf(other.last);
			if (!windows.some(covers)) memory.uncover(pfn);
		}
	}

	/** A 4-byte result is an int32, as the processor reads it. */
	readPort(port: number, size: number): number {
		return read(this.ports, port, size);
	}

	writePort(port: number, size: number, value: number): void {
		write(this.ports, port, size, value);
	}

	/** An access to physical memory that no RAM answers. A 4-byte result is an int32. */
	readMemory(address: number, size: number): number {
		return read(this.windows, address, size);
	}

	writeMemory(address: number, size: number, value: number): void {
		write(this.windows, address, size, value);
	}

	/** Whether RAM or a device answers at each of `length` addresses: what a bus master learns when nobody takes its access. */
	answers(address: number, length: number): boolean {
		if (this.ram.holds(address, length)) return true;
		for (const [from, to] of byPage(address, length)) {
			if (this.ram.holds(from, to - from)) continue;
			for (let at = from; at < to; at++) if (find(this.windows, at) === undefined) return false;
		}
		return true;
	}

	// --- physical memory, RAM or not: as a bus master or a copying processor reaches it ----------------------------

	/** One access of `size` (1, 2 or 4) bytes, of 4 as an int32. */
	read(address: number, size: number): number {
		const { ram } = this;
		if (!ram.holds(address, size)) return this.readMemory(address, size);
		if (size === 4) return ram.read32(address) | 0;
		return size === 2 ? ram.read16(address) : ram.read8(address);
	}

	write(address: number, size: number, value: number): void {
		const { ram } = this;
		if (!ram.holds(address, size)) this.writeMemory(address, size, value);
		else if (size === 4) ram.write32(address, value);
		else if (size === 2) ram.write16(address, value);
		else ram.write8(address, value);
	}

	/** Reads `length` bytes of physical memory; a device is asked for aligned words as far as they go. */
	copyOut(address: number, length: number): Uint8Array {
		const { ram } = this;
		if (ram.holds(address, length)) return ram.bytes(address, length).slice();
		const bytes = new Uint8Array(length);
		const view = new DataView(bytes.buffer);
		for (const [from, to] of byPage(address, length)) {
			if (ram.holds(from, to - from)) bytes.set(ram.bytes(from, to - from), from - address);
			else for (const [at, size] of byWord(from, to)) PUT[size](view, at - address, this.readMemory(at, size));
		}
		return bytes;
	}

	/** Writes `bytes` to physical memory, likewise. */
	copyIn(address: number, bytes: Uint8Array): void {
		const { ram } = this;
		if (ram.holds(address, bytes.length)) return ram.copyIn(address, bytes);
		const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
		for (const [from, to] of byPage(address, bytes.length)) {
			if (ram.holds(from, to - from)) ram.copyIn(from, bytes.subarray(from - address, to - address));
			else for (const [at, size] of byWord(from, to)) this.writeMemory(at, size, TAKE[size](view, at - address));
		}
	}

	private get ram(): PhysicalMemory {
		assert(this.memory, 'a bus of ports alone has no memory');
		return this.memory;
	}
}

const PUT = {
	1: (view: DataView, at: number, value: number) => view.setUint8(at, value),
	4: (view: DataView, at: number, value: number) => view.setUint32(at, value, true)
} as const;
const TAKE = {
	1: (view: DataView, at: number) => view.getUint8(at),
	4: (view: DataView, at: number) => view.getUint32(at, true)
} as const;

/** The parts of a stretch of memory that lie in one page each, as [first, end). */
function* byPage(address: number, length: number): Generator<[from: number, to: number]> {
	for (let from = address, end = address + length; from < end;) {
		const to = Math.min(end, (frameOf(from) + 1) * PAGE_SIZE);
		yield [from, to];
		from = to;
	}
}

/** The same in aligned words, and in bytes before and after them. */
function* byWord(from: number, to: number): Generator<[at: number, size: 1 | 4]> {
	for (let at = from; at < to;) {
		const size = at % 4 === 0 && at + 4 <= to ? 4 : 1;
		yield [at, size];
		at += size;
	}
}

/** Frame of a physical address, which may lie beyond 4 GiB. */
const frameOf = (address: number): number => Math.floor(address / PAGE_SIZE);

const find = (mounts: readonly Mount[], address: number): Mount | undefined =>
	mounts.find((mount) => address >= mount.first && address <= mount.last);

/** Whether an access goes to a device whole. */
const whole = ({ last, device }: Mount, address: number, size: number): boolean =>
	address + size - 1 <= last && size <= (device.widest ?? 4);

/** All ones of `size` bytes. */
const ONES = [0, 0xff, 0xffff, 0, -1] as const;

function read(mounts: readonly Mount[], address: number, size: number): number {
	const at = find(mounts, address);
	if (at !== undefined && whole(at, address, size))
		return at.device.read(address - at.first + at.offset, size) & ONES[size];
	if (size === 1) return ONES[1];
	let value = 0;
	for (let n = 0; n < size; n++) value |= read(mounts, address + n, 1) << (8 * n);
	return value;
}

function write(mounts: readonly Mount[], address: number, size: number, value: number): void {
	const at = find(mounts, address);
	if (at !== undefined && whole(at, address, size))
		at.device.write(address - at.first + at.offset, size, (value & ONES[size]) >>> 0);
	else if (size > 1) for (let n = 0; n < size; n++) write(mounts, address + n, 1, value >>> (8 * n));
}
