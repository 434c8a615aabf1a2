/** A page walk in software, over the guest's own tables: what the processor would find, without side effects. */
import type { Mm } from './context';
import { HYPERVISOR_VIRT_START } from './context';
import { entryAddress, entryFrame, isPresent } from './entries';

/** One step of a walk. */
export interface WalkStep {
	readonly level: 1 | 2 | 3;
	/** The frame of the table. */
	readonly table: number;
	readonly index: number;
	readonly low: number;
	readonly high: number;
}

const INDEX_SHIFT = { 3: 30, 2: 21, 1: 12 } as const;
const INDEX_MASK = { 3: 3, 2: 511, 1: 511 } as const;

/**
 * Walks from the L3 in frame `l3` down to the L1 entry of `address`.
 * @returns the steps taken, L3 first; fewer than three when an entry on the way is not present
 */
export function walk(mm: Mm, l3: number, address: number): WalkStep[] {
	const steps: WalkStep[] = [];
	let table = l3;
	for (const level of [3, 2, 1] as const) {
		const index = (address >>> INDEX_SHIFT[level]) & INDEX_MASK[level];
		const at = entryAddress(table, index);
		const low = mm.machine.memory.read32(at);
		const high = mm.machine.memory.read32(at + 4);
		steps.push({ level, table, index, low, high });
		if (!isPresent(low)) break;
		table = entryFrame(low, high);
	}
	return steps;
}

/** The L1 entry that maps `address`, present or not; null when there is no L1 or the address is the hypervisor's. */
export function findL1Entry(mm: Mm, l3: number, address: number): WalkStep | null {
	if (address >>> 0 >= HYPERVISOR_VIRT_START) return null;
	const steps = walk(mm, l3, address);
	return steps.length === 3 ? steps[2] : null;
}
