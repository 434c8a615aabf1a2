/** Bit fields of 64-bit entries that stand in tables: page-table entries and descriptors. */
import type { BitField } from '../../x86/bits';
import { GATE_FIELDS, SEGMENT_FIELDS } from '../../x86/descriptors';
import { ENTRY_FIELDS } from '../../x86/paging';
import { decode } from '../descriptors/decode';

/** The fields of an element of `structure`; none where its bits have no names. */
export function fieldsOfEntry(structure: string, low: number, high: number): readonly BitField[] {
	if (structure === 'page_table') return ENTRY_FIELDS;
	if (structure !== 'descriptor') return [];
	return decode({ low, high }).gate ? GATE_FIELDS : SEGMENT_FIELDS;
}
