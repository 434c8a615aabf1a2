/** Bit fields of 64-bit entries that stand in tables: page-table entries and descriptors. */
import type { BitField } from '../shared/bits';
import { decode, GATE_FIELDS, SEGMENT_FIELDS } from '../descriptors/decode';

const bit = (at: number, name: string, about: string): BitField => ({ high: at, low: at, name, about });

/** A PAE entry (SDM vol. 3, 4.4.2). */
export const ENTRY_FIELDS: readonly BitField[] = [
	bit(63, 'NX', 'not executable'),
	{ high: 35, low: 12, name: 'frame', about: 'the frame that it names' },
	{ high: 11, low: 9, name: 'AVL', about: 'for software' },
	bit(8, 'G', 'global: a switch of address space keeps it in the TLB'),
	bit(7, 'PS/PAT', 'in an L2: a page of 2 MiB'),
	bit(6, 'D', 'has been written through'),
	bit(5, 'A', 'has been used'),
	bit(4, 'PCD', 'not cached'),
	bit(3, 'PWT', 'written through'),
	bit(2, 'U/S', 'ring 3 may use it'),
	bit(1, 'R/W', 'may be written through'),
	bit(0, 'P', 'present: without it the rest means nothing')
];

/** The fields of an element of `structure`; none where its bits have no names. */
export function fieldsOfEntry(structure: string, low: number, high: number): readonly BitField[] {
	if (structure === 'page_table') return ENTRY_FIELDS;
	if (structure !== 'descriptor') return [];
	return decode({ low, high }).gate ? GATE_FIELDS : SEGMENT_FIELDS;
}
