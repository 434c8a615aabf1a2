/** The frame that 'Who maps this frame' speaks of. Other panels choose it too. */
import type { Desk } from '../desk.svelte';

/** A frame that was asked for, or -1: the one at the end of the page-table walk. */
export const mappedFrame = $state({ mfn: -1 });

/** Chooses the frame and shows the panel. */
export function askWhoMaps(desk: Desk, mfn: number): void {
	mappedFrame.mfn = mfn;
	desk.layout.open('mappers');
}
