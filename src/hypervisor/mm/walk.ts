/** A page walk in software, over the guest's own tables: what the processor would find, without side effects. */
import type { Mm } from './context';
import { HYPERVISOR_VIRT_START } from './context';
import { entryAddress, entryFrame, isPresent } from './entries';
import { ENTRIES } from '../../x86/paging';

/** An entry of a table, and where it is. */
export interface TableEntry {
	/** The frame of the table. */
	readonly table: number;
	readonly index: number;
	readonly low: number;
	readonly high: number;
}

/** How far an address is shifted for its index in a table of each level, from the top. */
const SHIFTS = [30, 21, 12];

/** The L1 entry that maps `address`, present or not, from the L3 in frame `l3` down; null when there is no L1 or the address is the hypervisor's. */
export function findL1Entry(mm: Mm, l3: number, address: number): TableEntry | null {
	if (address >>> 0 >= HYPERVISOR_VIRT_START) return null;
	const { memory } = mm.machine;
	let table = l3;
	for (let step = 0; ; step++) {
		const index = (address >>> SHIFTS[step]) & (ENTRIES - 1);
		const at = entryAddress(table, index);
		const low = memory.read32(at);
		const high = memory.read32(at + 4);
		if (step === SHIFTS.length - 1) return { table, index, low, high };
		if (!isPresent(low)) return null;
		table = entryFrame(low, high);
	}
}
