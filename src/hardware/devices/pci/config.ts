/** One register of a function's configuration space (PCI Local Bus 2.2, 6.1). */
export interface Field {
	readonly at: number;
	readonly size: 1 | 2 | 4;
	/** Its value after a reset, 0 unless said. */
	readonly reset?: number;
	/** Bits that a write sets and clears; none unless said. */
	readonly writable?: number;
	/** Bits that a one written there clears. */
	readonly clears?: number;
	/** What firmware leaves in it, where that is something else than the value after a reset. */
	readonly firmware?: number;
}

/** Bytes of a function's configuration space. */
export const CONFIG_BYTES = 256;

/** A function's configuration registers, as a table of fields says; what no field stands for reads 0. */
export class ConfigSpace {
	private readonly bytes = new Uint8Array(CONFIG_BYTES);
	private readonly writable = new Uint8Array(CONFIG_BYTES);
	private readonly clears = new Uint8Array(CONFIG_BYTES);

	constructor(private readonly fields: readonly Field[]) {
		for (const { at, size, writable = 0, clears = 0 } of fields) {
			put(this.writable, at, size, writable);
			put(this.clears, at, size, clears);
		}
		this.reset();
	}

	/** As after a reset, and then as firmware leaves it. */
	reset(): void {
		this.bytes.fill(0);
		for (const { at, size, reset = 0, firmware = reset } of this.fields) put(this.bytes, at, size, firmware);
	}

	/** `size` bytes, unsigned. */
	read(at: number, size: number): number {
		let value = 0;
		for (let n = size - 1; n >= 0; n--) value = value * 256 + this.bytes[at + n];
		return value;
	}

	/** A write by the processor: changes what may be changed. */
	write(at: number, size: number, value: number): void {
		for (let n = 0; n < size; n++) {
			const byte = (value >>> (8 * n)) & 0xff;
			const [writable, clears, old] = [this.writable[at + n], this.clears[at + n], this.bytes[at + n]];
			this.bytes[at + n] = (old & ~writable & ~(clears & byte)) | (byte & writable);
		}
	}

	/** Sets a register, whatever may be written. */
	set(at: number, size: number, value: number): void {
		put(this.bytes, at, size, value);
	}

	save(): Uint8Array {
		return this.bytes.slice();
	}

	restore(bytes: Uint8Array): void {
		this.bytes.set(bytes);
	}
}

function put(bytes: Uint8Array, at: number, size: number, value: number): void {
	for (let n = 0; n < size; n++) bytes[at + n] = value >>> (8 * n);
}

/** Registers of every function (type 0 header). */
export const CONFIG = {
	VENDOR: 0x00,
	DEVICE: 0x02,
	COMMAND: 0x04,
	STATUS: 0x06,
	REVISION: 0x08,
	CLASS: 0x09,
	HEADER_TYPE: 0x0e,
	BAR: 0x10,
	INTERRUPT_LINE: 0x3c,
	INTERRUPT_PIN: 0x3d
} as const;

/** Bits of the command register. */
export const COMMAND = { IO: 1, MEMORY: 2, MASTER: 4 } as const;
/** The bit of a base address that says that it is one of ports. */
export const BAR_IO = 1;
const MULTI_FUNCTION = 0x80;
/** Status bits that a one clears: aborts and parity errors. */
const STATUS_CLEARS = 0xf900;

/** A stretch of ports or memory whose place is set by a base address register. */
export interface Bar {
	/** 0 to 5. */
	readonly index: number;
	readonly kind: 'io' | 'memory';
	/** A power of two: at least 4 of ports, 16 of memory. */
	readonly bytes: number;
	/** Offset in the device that its first byte stands for, 0 unless said. */
	readonly offset?: number;
}

/** What a function says of itself. */
export interface Identity {
	readonly vendor: number;
	readonly device: number;
	/** Class, subclass and programming interface, 8 bits each. */
	readonly classCode: number;
	readonly revision?: number;
	/** The interrupt pin, 1 for INTA#; 0 for none, unless said. */
	readonly pin?: number;
	readonly bars?: readonly Bar[];
	/** Whether its slot holds others, too. */
	readonly multiFunction?: boolean;
	/** Bits of the command register that can be set: I/O and memory where it has any, and bus master, unless said. */
	readonly commands?: number;
}

/** The fields of a type 0 header. */
export function header(identity: Identity): Field[] {
	const { vendor, device, classCode, revision = 0, pin = 0, bars = [], multiFunction = false } = identity;
	const decodes = bars.reduce((bits, { kind }) => bits | (kind === 'io' ? COMMAND.IO : COMMAND.MEMORY), 0);
	const { commands = decodes | COMMAND.MASTER } = identity;
	return [
		{ at: CONFIG.VENDOR, size: 2, reset: vendor },
		{ at: CONFIG.DEVICE, size: 2, reset: device },
		{ at: CONFIG.COMMAND, size: 2, writable: commands },
		{ at: CONFIG.STATUS, size: 2, reset: 0x0200, clears: STATUS_CLEARS },
		{ at: CONFIG.REVISION, size: 1, reset: revision },
		{ at: CONFIG.CLASS, size: 1, reset: classCode & 0xff },
		{ at: CONFIG.CLASS + 1, size: 2, reset: classCode >>> 8 },
		{ at: CONFIG.HEADER_TYPE, size: 1, reset: multiFunction ? MULTI_FUNCTION : 0 },
		...bars.map(barField),
		{ at: CONFIG.INTERRUPT_LINE, size: 1, writable: pin ? 0xff : 0 },
		{ at: CONFIG.INTERRUPT_PIN, size: 1, reset: pin }
	];
}

/** A base address register: the bits below its size read as zeros, which tells the size to whoever writes all ones. */
const barField = ({ index, kind, bytes }: Bar): Field => ({
	at: CONFIG.BAR + 4 * index,
	size: 4,
	reset: kind === 'io' ? BAR_IO : 0,
	writable: -bytes
});

/** Where the registers behind a base address register stand now, or -1. None is decoded at 0, or while its command bit is clear. */
export function placeOf(config: ConfigSpace, { index, kind, bytes }: Bar): number {
	const enabled = config.read(CONFIG.COMMAND, 2) & (kind === 'io' ? COMMAND.IO : COMMAND.MEMORY);
	const value = config.read(CONFIG.BAR + 4 * index, 4);
	const place = kind === 'io' ? value & 0xffff & -bytes : (value & -bytes) >>> 0;
	return enabled && place !== 0 ? place : -1;
}
