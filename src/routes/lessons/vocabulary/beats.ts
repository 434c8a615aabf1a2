/**
 * How a stretch of a run is played. One rule: an event stays for a moment, one at which the processor changes its ring for longer, and one that
 * the prose names for longest. A stretch that would take too long is played around its ends and around what the prose names; what
 * lies between is skipped, and how much that is, is said.
 */
import { KIND } from '../../../trace/events';
import type { TraceView } from '../../../trace/view';

/** At the usual speed, in milliseconds. */
const EVENT_MS = 140;
const PASSAGE_MS = 420;
const NAMED_MS = 700;
const SKIP_MS = 1400;
/** A stretch that takes longer is not played whole. */
export const LONGEST_MS = 30_000;

/** Events that are played all the same: after the beginning, before the end, and to each side of one that the prose names. */
const HEAD = 30;
const TAIL = 20;
const AROUND = 4;
/** Fewer are not worth a word. */
const LEAST_SKIPPED = 8;

export interface Beat {
	readonly seq: number;
	/** How long it stays at the usual speed. */
	readonly ms: number;
	/** Events left out right before it. */
	readonly skipped: number;
}

const PASSAGES: ReadonlySet<number> = new Set([KIND.trap, KIND.interrupt, KIND.far_return]);

/** The beats from the event after `from` up to `goal`. @param named events that the prose names */
export function beatsOf(trace: TraceView, from: number, goal: number, named: Iterable<number> = []): Beat[] {
	const names = new Set(named);
	const stay = (seq: number): number =>
		names.has(seq) || seq === goal ? NAMED_MS : PASSAGES.has(trace.kind(seq)) ? PASSAGE_MS : EVENT_MS;
	const whole: Beat[] = [];
	for (let seq = from + 1; seq <= goal; seq++) whole.push({ seq, ms: stay(seq), skipped: 0 });
	return timeOf(whole) <= LONGEST_MS ? whole : shorten(whole, from, goal, names);
}

function shorten(whole: readonly Beat[], from: number, goal: number, names: ReadonlySet<number>): Beat[] {
	const anchors = [...names];
	const isNear = (seq: number): boolean =>
		seq <= from + HEAD || seq > goal - TAIL || anchors.some((name) => Math.abs(name - seq) <= AROUND);
	const beats: Beat[] = [];
	for (let at = 0; at < whole.length; at++) {
		let end = at;
		while (end < whole.length && !isNear(whole[end].seq)) end++;
		const skipped = end - at;
		if (skipped < LEAST_SKIPPED) beats.push(whole[at]);
		else {
			beats.push({ ...whole[end], ms: SKIP_MS, skipped });
			at = end;
		}
	}
	return beats;
}

/** How long beats take at the usual speed, in milliseconds. */
export const timeOf = (beats: readonly Beat[]): number => beats.reduce((sum, { ms }) => sum + ms, 0);
