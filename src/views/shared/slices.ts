/** Work over all of a long trace, a slice a frame: what can be shown already is shown meanwhile, and the page stays quick. */

/** A slice takes so long, milliseconds: several kinds of work may have theirs in one frame. */
export const SLICE_MS = 4;

/** Does piece after piece, each well below a millisecond, until one says that all is done or the slice is over. @returns whether all is done */
export function workASlice(piece: () => boolean): boolean {
	const until = performance.now() + SLICE_MS;
	do {
		if (piece()) return true;
	} while (performance.now() < until);
	return false;
}
