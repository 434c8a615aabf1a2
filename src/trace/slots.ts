/** What is counted apart in a trace: events by kind, and where it matters by domain, by the ring they came from, by yes or no. */
import type { Chunk } from './chunk';
import { ARG_WORDS, EVENT_KINDS, KIND } from './events';
import type { Places } from './lanes';
import { HYPERCALL_VECTOR, refused } from './values';
import { IS_SPAN, wordIndex, type TraceView } from './view';
import { VECTOR } from '../x86/exceptions';

/** Events that count as the same. */
export interface Slot {
	/** Number of the kind; -1 for the changes from lane to lane, which are no events of their own. */
	readonly kind: number;
	/** The ring that a trap or a page fault came from; 0 for other kinds. */
	readonly ring: number;
	/** Place of its domain among the guests (lanes.ts), for hypercalls, traps and page faults; -1 for all else. */
	readonly place: number;
	/** The guest was told no (`refused` of values.ts). */
	readonly refused: boolean;
	/** A trap that is only the way into a hypercall or a page fault, which are events of their own. */
	readonly way: boolean;
}

/** The slot of the changes from lane to lane. */
export const CROSSINGS = 0;

const FROM_RING = Int8Array.from(EVENT_KINDS, (_name, kind) =>
	kind === KIND.trap || kind === KIND.page_fault ? wordIndex(kind, 'from_ring') : -1
);
const BY_DOMAIN = Uint8Array.from(EVENT_KINDS, (_name, kind) =>
	FROM_RING[kind] >= 0 || kind === KIND.hypercall ? 1 : 0
);
const PASSED = wordIndex(KIND.check, 'passed');
const VECTOR_ARG = wordIndex(KIND.trap, 'vector');

/*
 * A slot's key:
 *     16        11   10     9      8   7    6        0
 *     | place+1 | way | no | from_ring |     kind     |
 */
const RING_SHIFT = 7;
const REFUSED = 1 << 9;
const WAY = 1 << 10;
const PLACE_SHIFT = 11;
/** Guests for which there is room at first. */
const FEW_PLACES = 16;

/** The slots that a trace needs, numbered from 1 as their first events come; number 0 is CROSSINGS. */
export class Slots {
	readonly list: Slot[] = [{ kind: -1, ring: 0, place: -1, refused: false, way: false }];
	/** Number of the slot by key, 0 where there is none yet. */
	private byKey = new Uint16Array(FEW_PLACES << PLACE_SHIFT);

	constructor(
		private readonly view: TraceView,
		private readonly places: Places
	) {}

	/** The slot of an event. */
	of(chunk: Chunk, row: number, seq: number): number {
		const kind = chunk.kind[row];
		const args = chunk.argAt[row];
		let key = kind;
		if (kind === KIND.check) {
			if (chunk.pool[args + PASSED] === 0) key |= REFUSED;
		} else if (IS_SPAN[kind]) {
			const result = chunk.pool[args + ARG_WORDS[kind] - 1] | 0;
			if (result < 0 && result > -4096 && refused(this.view, seq)) key |= REFUSED;
		}
		if (BY_DOMAIN[kind]) {
			key |= (this.places.of(chunk.dom[row], seq) + 1) << PLACE_SHIFT;
			if (FROM_RING[kind] >= 0) key |= (chunk.pool[args + FROM_RING[kind]] & 3) << RING_SHIFT;
			if (kind === KIND.trap && isWay(chunk.pool[args + VECTOR_ARG])) key |= WAY;
		} else if (kind === KIND.domain_start) {
			// A lane from the start, though nothing has run on it yet.
			this.places.of(chunk.pool[args], seq);
		}
		return this.byKey[key] || this.add(key);
	}

	private add(key: number): number {
		if (key >= this.byKey.length) {
			const larger = new Uint16Array(Math.max(key + 1, this.byKey.length * 2));
			larger.set(this.byKey);
			this.byKey = larger;
		}
		const slot = this.list.push({
			kind: key & ((1 << RING_SHIFT) - 1),
			ring: (key >> RING_SHIFT) & 3,
			place: (key >> PLACE_SHIFT) - 1,
			refused: (key & REFUSED) !== 0,
			way: (key & WAY) !== 0
		});
		return (this.byKey[key] = slot - 1);
	}
}

const isWay = (vector: number): boolean => vector === HYPERCALL_VECTOR || vector === VECTOR.PF;
