/** Memory at boot: the frame table, the heap, and who owns what. */
import { AddressSpaces } from './address-space';
import { DOMID_IO, type Mm } from './context';
import { FrameTable } from './frame-table';
import { FrameHeap } from './heap';
import { TABLE_TYPES } from './table-types';

/** The first MiB, where a PC has its firmware and devices: Xen counts it as I/O memory. */
const LOW_FRAMES = 0x100;

/**
 * Sets `mm.tables`, `mm.frames`, `mm.heap` and `mm.spaces` for the machine's RAM; every frame above the first MiB is free.
 * @param ioFrames frames at the bottom that belong to DOMID_IO
 */
export function initMemory(mm: Mm, ioFrames: number = LOW_FRAMES): void {
	const { size } = mm.machine.memory;
	mm.tables = TABLE_TYPES;
	mm.spaces = new AddressSpaces();
	mm.frames = new FrameTable(size >>> 12);
	mm.heap = new FrameHeap(mm);
	for (let i = 0; i < ioFrames; i++) {
		mm.frames.owner[i] = DOMID_IO;
		mm.frames.refCount[i] = 1;
	}
	mm.heap.add(ioFrames, mm.frames.size);
}
