import { crc32 } from '../../../base/crc32';
import { audienceOf } from '../ethernet/frame';
import { RCR } from './registers';

/**
 * Place in the multicast filter of a group address, 0 to 63: the top six bits of the CRC register after its six bytes (data sheet, 10.2,
 * multicast address registers). Our CRC runs the other way round, so they are its low six, reversed.
 */
export function hashOf(address: Uint8Array): number {
	const register = ~crc32(address.subarray(0, 6));
	let hash = 0;
	for (let bit = 0; bit < 6; bit++) hash = (hash << 1) | ((register >>> bit) & 1);
	return hash;
}

/** What the address recognition looks at. */
export interface Filter {
	/** Receive configuration. */
	readonly rcr: number;
	/** The card's own address, and the filter's 64 bits, the lowest first. */
	readonly par: readonly number[];
	readonly mar: readonly number[];
}

const isHashed = ({ mar }: Filter, bytes: Uint8Array): boolean => {
	const hash = hashOf(bytes);
	return ((mar[hash >>> 3] >>> (hash & 7)) & 1) !== 0;
};

/**
 * Whether the address recognition takes a frame. PRO is for physical addresses alone; a broadcast passes by AB, or as any group by its
 * hash (data sheet, 10.3: RCR).
 */
export function recognizes(filter: Filter, bytes: Uint8Array): boolean {
	const { rcr, par } = filter;
	const audience = audienceOf(bytes);
	if (audience === 'one') return (rcr & RCR.PRO) !== 0 || par.every((byte, index) => byte === bytes[index]);
	if (audience === 'all' && (rcr & RCR.AB) !== 0) return true;
	return (rcr & RCR.AM) !== 0 && isHashed(filter, bytes);
}
