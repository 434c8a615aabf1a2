/** Words whose single bits and fields have names. */

/** A bit or a field of a word. */
export interface NamedBits<Name extends string = string> {
	readonly name: Name;
	/** Number of its lowest bit. */
	readonly bit: number;
	/** All of its bits, unsigned. */
	readonly mask: number;
}

/** The bits of a word, lowest first, out of a table of masks. */
export const namedBits = <Name extends string>(masks: Readonly<Record<Name, number>>): readonly NamedBits<Name>[] =>
	(Object.entries(masks) as [Name, number][])
		.map(([name, mask]) => ({ name, bit: 31 - Math.clz32(mask & -mask), mask: mask >>> 0 }))
		.sort((a, b) => a.bit - b.bit);

/** A field of a word as it is drawn. */
export interface BitField {
	readonly name: string;
	/** Highest and lowest bit of the field; above 31 in a word of 64 bits. */
	readonly high: number;
	readonly low: number;
	/** What it means, one short sentence. */
	readonly about: string;
}

export const span = (high: number, low: number, name: string, about: string): BitField => ({ high, low, name, about });
export const bit = (at: number, name: string, about: string): BitField => span(at, at, name, about);
