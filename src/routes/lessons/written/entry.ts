/** A PAE entry taken apart into what can be set by hand, and put together again. */
import { ENTRY_FIELDS } from '../../../x86/paging';
import type { BitField } from '../../../x86/bits';

const width = ({ high, low }: BitField): bigint => BigInt(high - low + 1);
const maskOf = (field: BitField): bigint => ((1n << width(field)) - 1n) << BigInt(field.low);

/** Single bits, highest first. */
export const BITS: readonly BitField[] = ENTRY_FIELDS.filter(({ high, low }) => high === low);
/** The frame number. */
export const FRAME: BitField = ENTRY_FIELDS.find(({ name }) => name === 'frame')!;

export const get = (entry: bigint, field: BitField): bigint => (entry & maskOf(field)) >> BigInt(field.low);

/** The entry with another value in a field; null where the value does not fit. */
export function set(entry: bigint, field: BitField, value: bigint): bigint | null {
	if (value < 0n || value >> width(field) !== 0n) return null;
	return (entry & ~maskOf(field)) | (value << BigInt(field.low));
}
