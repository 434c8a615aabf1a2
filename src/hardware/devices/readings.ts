/** How registers are read as `Readings`: tables of their bits stand beside the devices. */
import type { Reading, Readings } from '../../base';

export type { Readings };

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
