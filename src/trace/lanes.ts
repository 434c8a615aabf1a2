/**
 * Where the one processor is: on the hardware's lane, in the hypervisor, or in a ring of a domain. Lanes are numbers;
 * domains get theirs in order of appearance.
 */
import type { Chunk } from './chunk';
import { EVENT_KINDS, KIND } from './events';
import { wordIndex } from './view';

export const HARDWARE = 0;
export const XEN = 1;
export const kernelLane = (place: number): number => 2 + 2 * place;
export const userLane = (place: number): number => 3 + 2 * place;

/** Domain ids from here on are no guests (xen/include/public/xen.h, DOMID_FIRST_RESERVED). */
const FIRST_RESERVED = 0x7ff0;

/** Kinds at which the processor goes to another lane: to the ring that an argument tells ... */
const TO_RING = Int8Array.from(EVENT_KINDS, (name, kind) =>
	name === 'trap' || name === 'far_return' || name === 'ring_change' ? wordIndex(kind, 'to_ring') : -1
);
/** ... or to a certain one. An interrupt is the hardware's, and leads to the hypervisor at once. */
const TO_LANE = Int8Array.from(EVENT_KINDS, (_name, kind) =>
	kind === KIND.interrupt ? XEN : kind === KIND.halt || kind === KIND.shutdown ? HARDWARE : -1
);

/** 1 for the kinds that may be crossings. */
export const CROSSES = Uint8Array.from(EVENT_KINDS, (_name, kind) =>
	TO_RING[kind] >= 0 || TO_LANE[kind] >= 0 ? 1 : 0
);

/** The guests of a trace and their lanes. */
export class Places {
	/** Domain ids in order of appearance. */
	readonly domains: number[] = [];
	/** The event at which each appeared. */
	private readonly since: number[] = [];
	private lastDom = -1;
	private lastPlace = -1;

	/** The place of a domain among the guests, which it gets when it is new; -1 for what is no guest. */
	of(dom: number, seq: number): number {
		if (dom === this.lastDom) return this.lastPlace;
		let place = -1;
		if (dom < FIRST_RESERVED) {
			place = this.domains.indexOf(dom);
			if (place < 0) {
				place = this.domains.push(dom) - 1;
				this.since.push(seq);
			}
		}
		this.lastDom = dom;
		this.lastPlace = place;
		return place;
	}

	/** Forgets the guests that appeared at event `seq` or later. */
	cut(seq: number): void {
		while (this.since.length > 0 && this.since[this.since.length - 1] >= seq) {
			this.since.pop();
			this.domains.pop();
		}
		this.lastDom = -1;
	}

	/** The lane to which an event takes the processor, or -1. */
	laneAfter(chunk: Chunk, row: number, seq: number): number {
		const kind = chunk.kind[row];
		const at = TO_RING[kind];
		if (at < 0) return TO_LANE[kind];
		const ring = chunk.pool[chunk.argAt[row] + at];
		const place = ring === 0 ? -1 : this.of(chunk.dom[row], seq);
		return place < 0 ? XEN : ring === 3 ? userLane(place) : kernelLane(place);
	}
}
