/**
 * Packed chunks that somebody reads, as columns: a few hundred, of all traces together. When there are so many, another one gets the columns
 * of one for which nobody has asked since its turn came last.
 */
import { makeChunk, type Chunk } from './chunk';
import { unpack, type Packed } from './packed';

/** Chunks kept open at most, some 35 MiB of them: more than a picture reads of a trace, so that the next one finds its own open. */
const MOST_OPEN = 512;

const opened: Packed[] = [];
/** Whose turn it is. */
let turn = 0;

/** The columns of a packed chunk whose first event is `first`, good until hundreds of others have been asked for. */
export function open(packed: Packed, first: number): Chunk {
	packed.asked = true;
	if (packed.chunk) return packed.chunk;
	if (opened.length < MOST_OPEN) {
		opened.push(packed);
		return (packed.chunk = unpack(packed, first, makeChunk()));
	}
	while (opened[turn].asked) {
		opened[turn].asked = false;
		turn = (turn + 1) % MOST_OPEN;
	}
	const columns = opened[turn].chunk!;
	opened[turn].chunk = null;
	opened[turn] = packed;
	return (packed.chunk = unpack(packed, first, columns));
}
