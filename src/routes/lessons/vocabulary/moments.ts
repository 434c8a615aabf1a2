/** Where a moment lies in the score, and which address its event speaks of. */
import { KIND } from '../../../trace/events';
import type { TraceView } from '../../../trace/view';
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
