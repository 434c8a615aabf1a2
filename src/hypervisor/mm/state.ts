/** All of memory management's state beside RAM itself, as plain data. */
import type { AddressSpacesState } from './address-space';
import type { Mm } from './context';
import type { FrameTableState } from './frame-table';

/** What is left when the columns with a row for each frame are kept by other means. */
export interface MmRest {
	readonly flushClock: number;
	readonly spaces: AddressSpacesState;
	readonly idleCr3: number;
}

/** What `saveMemory` gives. */
export interface MmState extends MmRest {
	readonly frames: FrameTableState;
	readonly free: Uint8Array;
}

/** The live columns with a row for each frame: most of the state. Whoever writes to them calls `restoreMemoryRest` then. */
export const memoryColumns = (mm: Mm): readonly ArrayBufferView<ArrayBuffer>[] => [
	...mm.frames.columns,
	...mm.heap.columns
];

/** Copies everything but RAM itself and the columns. */
export const saveMemoryRest = (mm: Mm): MmRest => ({
	flushClock: mm.frames.flushClock,
	spaces: mm.spaces.save(),
	idleCr3: mm.idleCr3
});

/** Copies everything but RAM itself. */
export const saveMemory = (mm: Mm): MmState => ({
	...saveMemoryRest(mm),
	frames: mm.frames.save(),
	free: mm.heap.save()
});

/** Restores what `saveMemoryRest` gave; RAM, the columns and the domains have been restored. */
export function restoreMemoryRest(mm: Mm, state: MmRest): void {
	mm.frames.flushClock = state.flushClock;
	mm.heap.recount();
	mm.spaces.restore(state.spaces, mm.domains);
	mm.idleCr3 = state.idleCr3;
}

/** Restores what `saveMemory` gave; the domains, and RAM, are restored by their owners first. */
export function restoreMemory(mm: Mm, state: MmState): void {
	mm.frames.restore(state.frames);
	mm.heap.restore(state.free);
	restoreMemoryRest(mm, state);
}
