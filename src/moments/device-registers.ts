/** The registers of the machine's devices at a moment. */

/** Bits of a register that have a name. */
export interface RegisterBits {
	readonly name: string;
	readonly value: number;
	/** How many bits they are. */
	readonly width: number;
}

export interface DeviceRegister {
	/** Its name in the data sheet. */
	readonly name: string;
	readonly value: number;
	/** Bits. */
	readonly width: 8 | 16 | 32;
	/** The highest first; none where the value is a number. */
	readonly bits: readonly RegisterBits[];
}

/** The registers of a device, or of a part. */
export interface DeviceRegisters {
	/** The device's name in the machine: `ide`. */
	readonly device: string;
	/** `primary master`. */
	readonly part: string;
	/** The data sheet or standard whose names these are. */
	readonly source: string;
	readonly registers: readonly DeviceRegister[];
}
