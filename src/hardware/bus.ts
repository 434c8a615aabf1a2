/**
 * Where devices are mounted. A device knows offsets inside its own window and nothing of the address it sits at.
 * What nobody answers reads as all ones, and writes there are lost.
 */
export interface Device {
	/** Reads `size` (1, 2 or 4) bytes at `offset`; `deviceRead` of a port range or a memory window. */
	read(offset: number, size: number): number;
	write(offset: number, size: number, value: number): void;
}

interface Mount {
	first: number;
	last: number;
	device: Device;
}

export class Bus {
	private readonly ports: Mount[] = [];
	private readonly windows: Mount[] = [];

	/** Mounts a device at `count` I/O ports from `first`. */
	mountPorts(first: number, count: number, device: Device): void {
		this.ports.push({ first, last: first + count - 1, device });
	}

	/** Mounts a device at `length` bytes of physical address space from `first`, beyond RAM. */
	mountMemory(first: number, length: number, device: Device): void {
		this.windows.push({ first, last: first + length - 1, device });
	}

	/** Takes every memory window of `device` away. */
	unmountMemory(device: Device): void {
		for (let i = this.windows.length - 1; i >= 0; i--) if (this.windows[i].device === device) this.windows.splice(i, 1);
	}

	readPort(port: number, size: number): number {
		const at = find(this.ports, port);
		return at === undefined ? ones(size) : at.device.read(port - at.first, size);
	}

	writePort(port: number, size: number, value: number): void {
		const at = find(this.ports, port);
		at?.device.write(port - at.first, size, value);
	}

	/** A 4-byte result is an int32, as the processor reads it. */
	readMemory(address: number, size: number): number {
		const at = find(this.windows, address);
		return at === undefined ? ones(size) : at.device.read(address - at.first, size);
	}

	writeMemory(address: number, size: number, value: number): void {
		const at = find(this.windows, address);
		at?.device.write(address - at.first, size, value);
	}
}

const find = (mounts: readonly Mount[], address: number): Mount | undefined =>
	mounts.find((mount) => address >= mount.first && address <= mount.last);

const ones = (size: number): number => (size === 4 ? -1 : (1 << (8 * size)) - 1);
