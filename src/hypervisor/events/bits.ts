/**
 * Bits in a guest's memory that the guest and the hypervisor both change. No instruction of a guest runs in between, so
 * what the processor's locked instructions do is one read and one write here.
 */
import type { Hypervisor } from '../core/hypervisor';

/** A bit of an aligned word: the word's physical address, and the bit from 0 to 31. */
export interface BitPlace {
	readonly word: number;
	readonly bit: number;
}

/** Bit `index` of the bitmap at physical address `base`. */
export const bitOf = (base: number, index: number): BitPlace => ({ word: base + (index >>> 5) * 4, bit: index & 31 });

export const testBit = (hv: Hypervisor, { word, bit }: BitPlace): boolean =>
	((hv.machine.memory.read32(word) >>> bit) & 1) === 1;

/** Sets the bit; what it was. */
export function testAndSetBit(hv: Hypervisor, place: BitPlace): boolean {
	const { memory } = hv.machine;
	if (testBit(hv, place)) return true;
	memory.write32(place.word, memory.read32(place.word) | (1 << place.bit));
	return false;
}

/** Clears the bit; what it was. */
export function testAndClearBit(hv: Hypervisor, place: BitPlace): boolean {
	const { memory } = hv.machine;
	if (!testBit(hv, place)) return false;
	memory.write32(place.word, memory.read32(place.word) & ~(1 << place.bit));
	return true;
}
