/**
 * Packed chunks that somebody reads, as columns: the last few that were asked for, of all traces together. Readers may keep the
 * columns that they were given; once they are forgotten here, others are made of the same bytes.
 */
import type { Chunk } from './chunk';
import { unpack, type Packed } from './packed';

/** Chunks kept open at most, 30 MiB of them: more than a picture reads of a trace, so that the next one finds its own open. */
const MOST_OPEN = 512;

interface Opened {
	packed: Packed;
	chunk: Chunk;
	/** When it was last asked for. */
	asked: number;
}

const opened: Opened[] = [];
const byPacked = new WeakMap<Packed, Opened>();
let asking = 0;

/** The columns of a packed chunk whose first event is `first`. */
export function open(packed: Packed, first: number): Chunk {
	const known = byPacked.get(packed);
	if (known) {
		known.asked = ++asking;
		return known.chunk;
	}
	const made = { packed, chunk: unpack(packed, first), asked: ++asking };
	byPacked.set(packed, made);
	if (opened.length < MOST_OPEN) opened.push(made);
	else {
		const oldest = opened.reduce((least, one, place) => (one.asked < opened[least].asked ? place : least), 0);
		byPacked.delete(opened[oldest].packed);
		opened[oldest] = made;
	}
	return made.chunk;
}
