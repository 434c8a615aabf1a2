/** Registers of devices as people read them: names of the data sheet, values, and what each bit is called. */

/** Bits of a register that have a name. */
export interface RegisterBits {
	readonly name: string;
	readonly value: number;
	/** How many bits they are. */
	readonly width: number;
}

/** One register. */
export interface Reading {
	/** Its name in the data sheet. */
	readonly name: string;
	readonly value: number;
	readonly width: 8 | 16 | 32;
	/** Its named bits, the highest first; none where the value is a number. */
	readonly bits: readonly RegisterBits[];
}

/** The registers of a device, or of a part. */
export interface Readings {
	/** What they are of: `primary channel, master`. */
	readonly part: string;
	/** The data sheet or standard whose names these are. */
	readonly source: string;
	readonly registers: readonly Reading[];
}
