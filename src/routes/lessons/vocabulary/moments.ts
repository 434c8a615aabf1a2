/** Where a moment lies in the score, and which address its event speaks of. */
import { KIND } from '../../../trace/events';
import type { TraceView } from '../../../trace/view';
import type { Walk } from '../../../trace/moment';
import type { EntryChange } from '../../../views/page-table-walk/layout';
import type { Stretch } from '../../../views/score/layout';

/** At least this many cycles are shown around a moment. */
const LEAST = 600;

/** The stretch of the run around an event: its whole span, or up to the event `until`, with room on both sides. */
export function stretchAround(trace: TraceView, seq: number, until = -1): Stretch {
	const end = until > seq ? until : trace.end(seq) >= 0 ? trace.end(seq) : seq;
	// Some events before and after give the moment its context.
	const first = Math.max(0, seq - 8);
	const last = Math.min(trace.length - 1, end + 8);
	const core = { from: trace.cycle(seq), to: trace.cycle(end) };
	const span = Math.max(LEAST, (core.to - core.from) * 2.2);
	const middle = (core.from + core.to) / 2;
	const widest = span * 1.6;
	const from = Math.max(trace.cycle(first), middle - widest);
	const to = Math.min(trace.cycle(last), middle + widest);
	return to - from >= span ? { from, to } : { from: middle - span / 2, to: middle + span / 2 };
}

/** The linear address that an event is about, or -1. */
export function addressOf(trace: TraceView, seq: number): number {
	const kind = trace.kind(seq);
	if (kind === KIND.page_fault || kind === KIND.ptwr) return trace.arg(seq, 'addr');
	if (kind === KIND.hypercall || kind === KIND.subcall)
		return trace.arg(seq, 'nr') === 14 ? trace.arg(seq, 'arg1') : -1;
	const around = trace.parent(seq);
	return around >= 0 ? addressOf(trace, around) : -1;
}

/** The page-table entry written within an event's span (or by the event), for the walk to show old and new. */
export function changeAround(trace: TraceView, seq: number): EntryChange | null {
	let span = seq;
	for (let at = trace.parent(seq); at >= 0; at = trace.parent(at)) span = at;
	const last = Math.max(seq, trace.end(span));
	for (let at = span; at <= last; at++) {
		if (trace.kind(at) !== KIND.pte_write) continue;
		const { mfn, index, old_low, new_low, new_high } = trace.args(at);
		return { mfn, index, oldLow: old_low, newLow: new_low, newHigh: new_high };
	}
	return null;
}

/** The frame that a moment speaks of: of a frame event its own, of an update the table's, else the page that the walk found. -1 when none. */
export function frameOfMoment(trace: TraceView, seq: number, walk: Walk | null): number {
	const kind = trace.kind(seq);
	if (kind === KIND.frame_type || kind === KIND.pte_write) return trace.arg(seq, 'mfn');
	if (kind === KIND.mmu_entry) return frameOfEntry(trace.arg(seq, 'ptr_low'), trace.arg(seq, 'ptr_high'));
	const change = changeAround(trace, seq);
	if (change) return change.mfn;
	return walk && walk.physical >= 0 ? Math.floor(walk.physical / 4096) : -1;
}

const frameOfEntry = (low: number, high: number): number => ((high & 0xf) << 20) | (low >>> 12);
