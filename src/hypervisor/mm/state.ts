/** All of memory management's state beside RAM itself, as plain data. */
import type { AddressSpacesState } from './address-space';
import type { Mm } from './context';
import type { FrameTableState } from './frame-table';

/** What `saveMemory` gives. */
export interface MmState {
	readonly frames: FrameTableState;
	readonly free: Uint8Array;
	readonly spaces: AddressSpacesState;
	readonly idleCr3: number;
}

/** Copies everything but RAM itself. */
export const saveMemory = (mm: Mm): MmState => ({
	frames: mm.frames.save(),
	free: mm.heap.save(),
	spaces: mm.spaces.save(),
	idleCr3: mm.idleCr3
});

/** Restores what `saveMemory` gave; the domains, and RAM, are restored by their owners first. */
export function restoreMemory(mm: Mm, state: MmState): void {
	mm.frames.restore(state.frames);
	mm.heap.restore(state.free);
	mm.spaces.restore(state.spaces, mm.domains);
	mm.idleCr3 = state.idleCr3;
}
