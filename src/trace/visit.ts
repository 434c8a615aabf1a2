/**
 * What a moment is about: the whole stay in the hypervisor that an event belongs to, from what let the processor in (a trap, an interrupt, with
 * the page fault or the timer behind it) over everything asked and done there to the return. Every picture of a moment tells of this one
 * subject, so that two pictures never tell of different things.
 *
 *     page_fault → trap → check … ptwr … far_return        hypercall gate: trap → hypercall(check …) → far_return
 *
 * Between two visits a guest runs by itself, or nobody does; what is recorded there (a program that calls its kernel through
 * a gate of its own, what the toolstack does) belongs to the stretch from one visit to the next.
 */
import { KIND } from './events';
import { IS_SPAN, type TraceView } from './view';

/** Who has the processor in a stretch of events. */
export type Whose =
	/** The hypervisor, which was let in. */
	| 'xen'
	/** The hypervisor since reset: nobody let it in. */
	| 'boot'
	/** A guest. What the toolstack does meanwhile takes none of its time. */
	| 'guest'
	/** Nobody: it waits for an interrupt. */
	| 'idle';

export interface Visit {
	readonly whose: Whose;
	/** First and last event. The last is -1 as long as more may follow. */
	readonly from: number;
	readonly to: number;
	/** The trap or interrupt that let the processor into the hypervisor, or -1. */
	readonly entry: number;
}

/** A trap or interrupt that leads into ring 0. The hypervisor itself raises none: one that comes from ring 0 met the idle loop. */
const enters = (view: TraceView, seq: number): boolean =>
	view.kind(seq) === KIND.interrupt || (view.kind(seq) === KIND.trap && view.arg(seq, 'to_ring') === 0);

/** The hypervisor gives the processor to a guest, or to the idle loop. */
const leaves = (view: TraceView, seq: number): boolean =>
	view.kind(seq) === KIND.far_return && view.arg(seq, 'from_ring') === 0;

/** What comes right before the trap or interrupt that it raises. */
const raises = (view: TraceView, seq: number): boolean =>
	(view.kind(seq) === KIND.page_fault || view.kind(seq) === KIND.timer) &&
	seq + 1 < view.length &&
	enters(view, seq + 1);

const begins = (view: TraceView, seq: number): boolean => raises(view, seq) || enters(view, seq);

/** The first event at or after `seq` that is a stretch's last; -1 when it is not known yet. */
function endFrom(view: TraceView, seq: number): number {
	for (let at = seq; at < view.length; at++)
		if (leaves(view, at) || (at + 1 < view.length && begins(view, at + 1) && !raises(view, at))) return at;
	return -1;
}

/** A trace that records neither traps nor returns knows spans alone. */
function ofSpan(view: TraceView, seq: number): Visit {
	let from = seq;
	for (let at = view.parent(seq); at >= 0; at = view.parent(at)) from = at;
	return { whose: IS_SPAN[view.kind(from)] ? 'xen' : 'guest', from, to: view.end(from), entry: -1 };
}

/** The stretch that event `seq` belongs to. Every event belongs to exactly one. @param seq of an event that there is */
export function visitOf(view: TraceView, seq: number): Visit {
	if (view.partial) return ofSpan(view, seq);
	const start = raises(view, seq) ? seq + 1 : seq;
	let at = start;
	while (at >= 0 && !enters(view, at) && (at === start || !leaves(view, at))) at--;
	const to = endFrom(view, start);
	if (at < 0) return { whose: 'boot', from: 0, to, entry: -1 };
	if (enters(view, at)) return { whose: 'xen', from: at > 0 && raises(view, at - 1) ? at - 1 : at, to, entry: at };
	return { whose: view.arg(at, 'to_ring') === 0 ? 'idle' : 'guest', from: at + 1, to, entry: -1 };
}

/** The last event of a visit, or the last that is known. */
export const lastOf = (view: TraceView, { to }: Visit): number => (to < 0 ? view.length - 1 : to);

/** Whether two events belong to one visit. */
export const sameVisit = (view: TraceView, a: number, b: number): boolean => {
	const { from } = visitOf(view, a);
	return b >= from && visitOf(view, b).from === from;
};

/**
 * The trap or interrupt that led to an event: that of its visit. Where the guests run by themselves the last that went from ring to ring without
 * the hypervisor. -1 when there is none.
 */
export function entryOf(view: TraceView, seq: number): number {
	if (seq < 0 || seq >= view.length) return -1;
	const { entry, from } = visitOf(view, seq);
	if (entry >= 0) return entry;
	for (let at = seq; at >= from; at--) if (view.kind(at) === KIND.trap || view.kind(at) === KIND.interrupt) return at;
	return -1;
}

/** The outermost span around an event, itself included; -1 when there is none. */
export function spanAround(view: TraceView, seq: number): number {
	let span = seq >= 0 && IS_SPAN[view.kind(seq)] ? seq : -1;
	for (let at = seq >= 0 ? view.parent(seq) : -1; at >= 0; at = view.parent(at)) span = at;
	return span;
}
