/** Registers of devices as people read them: names of the data sheet, values, and what each bit is called. Tables of them stand beside the devices. */

/** Bits of a register that have a name. */
export interface NamedBits {
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
	readonly bits: readonly NamedBits[];
}

/** The registers of a device, or of a part. */
export interface Readings {
	/** What they are of: `primary channel, master`. */
	readonly part: string;
	/** The data sheet or standard whose names these are. */
	readonly source: string;
	readonly registers: readonly Reading[];
}

/** Masks by name, as the tables of a device's bits are. */
type Masks = Readonly<Record<string, number>>;

const shiftOf = (mask: number): number => 31 - Math.clz32(mask & -mask);

/** A register whose bits are called as a table of masks has it. */
export function flags(name: string, value: number, masks: Masks, width: Reading['width'] = 8): Reading {
	const bits = Object.entries(masks).map(([bit, mask]) => {
		const low = shiftOf(mask);
		return { name: bit, low, value: (value & mask) >>> low, width: 32 - Math.clz32(mask >>> low) };
	});
	bits.sort((a, b) => b.low - a.low);
	return { name, value: value >>> 0, width, bits: bits.map(({ name, value, width }) => ({ name, value, width })) };
}

/** A register that holds a number. */
export const plain = (name: string, value: number, width: Reading['width'] = 8): Reading => ({
	name,
	value: value >>> 0,
	width,
	bits: []
});
