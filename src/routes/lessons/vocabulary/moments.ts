/**
 * Where a moment lies in the score, and which address, entry and frame it speaks of: those of the visit that its event belongs to
 * (`src/trace/visit.ts`), so that all pictures of a moment tell of one thing.
 */
import { KIND } from '../../../trace/events';
import type { TraceView } from '../../../trace/view';
import { lastOf, visitOf } from '../../../trace/visit';
import type { Walk } from '../../../moments';
import type { EntryChange } from '../../../views/page-table-walk/layout';
import type { Stretch } from '../../../views/score/layout';
import { valueName } from '../../../trace/values';
import { highOf, lowOf } from '../../../trace/wide';
import { frameOf } from '../../../x86/paging';

/** At least this many cycles are shown around a moment. */
const LEAST = 600;

/** The stretch of the run around an event: its whole visit, or from there to the event `until`, with room on both sides. */
export function stretchAround(trace: TraceView, seq: number, until = -1): Stretch {
	const visit = visitOf(trace, seq);
	const end = until > seq ? until : Math.max(seq, trace.end(seq), visit.to);
	// Some events before and after give the moment its context.
	const first = Math.max(0, visit.from - 8);
	const last = Math.min(trace.length - 1, end + 8);
	const core = { from: trace.cycle(visit.from), to: trace.cycle(end) };
	const span = Math.max(LEAST, (core.to - core.from) * 2.2);
	const middle = (core.from + core.to) / 2;
	const widest = span * 1.6;
	const from = Math.max(trace.cycle(first), middle - widest);
	const to = Math.min(trace.cycle(last), middle + widest);
	return to - from >= span ? { from, to } : { from: middle - span / 2, to: middle + span / 2 };
}

const UPDATE_VA_MAPPING = 14;

/** The linear address that an event itself speaks of, or -1. */
function ownAddress(trace: TraceView, seq: number): number {
	const kind = trace.kind(seq);
	if (kind === KIND.page_fault || kind === KIND.ptwr) return trace.arg(seq, 'addr');
	const isCall = kind === KIND.hypercall || kind === KIND.subcall;
	return isCall && trace.arg(seq, 'nr') === UPDATE_VA_MAPPING ? trace.arg(seq, 'arg1') : -1;
}

/** The first event of a visit that `test` picks; one around `seq` is preferred. -1 when there is none. */
function inVisit(trace: TraceView, seq: number, test: (at: number) => boolean): number {
	for (let at = seq; at >= 0; at = trace.parent(at)) if (test(at)) return at;
	const visit = visitOf(trace, seq);
	const last = lastOf(trace, visit);
	for (let at = visit.from; at <= last; at++) if (test(at)) return at;
	return -1;
}

/** The linear address that an event's visit is about, or -1. */
export function addressOf(trace: TraceView, seq: number): number {
	if (seq < 0 || seq >= trace.length) return -1;
	const at = inVisit(trace, seq, (at) => ownAddress(trace, at) >= 0);
	return at < 0 ? -1 : ownAddress(trace, at);
}

/** MMU_NORMAL_PT_UPDATE and MMU_PT_UPDATE_PRESERVE_AD: the commands of mmu_update that write entries. */
const WRITES_ENTRY = [0, 2];
const MMU_UPDATE = 1;

/** The part of a visit that an event of it lies in: the entry or subcall around it where the visit is a batch, else the whole. */
function partOf(trace: TraceView, seq: number): { from: number; to: number } {
	for (let at = seq; at >= 0; at = trace.parent(at))
		if (trace.kind(at) === KIND.mmu_entry || trace.kind(at) === KIND.subcall)
			return { from: at, to: trace.end(at) < 0 ? trace.length - 1 : trace.end(at) };
	const visit = visitOf(trace, seq);
	return { from: visit.from, to: lastOf(trace, visit) };
}

/**
 * The event that tells which page-table entry a moment is about: that wrote one, or that asked for it. -1 when there is none.
 * @param known whether what came of it may be told
 */
export function changeSeq(trace: TraceView, seq: number, known = true): number {
	if (seq < 0 || seq >= trace.length) return -1;
	const { from, to } = partOf(trace, seq);
	let asked = -1;
	for (let at = from; at <= to; at++) {
		if (known && trace.kind(at) === KIND.pte_write) return at;
		if (asked < 0 && trace.kind(at) === KIND.mmu_entry && askedEntry(trace, at, known)) asked = at;
	}
	return asked;
}

/** The page-table entry that a moment is about, for the walk to show: written, or only asked for. As `changeSeq`. */
export function changeAround(trace: TraceView, seq: number, known = true): EntryChange | null {
	const at = changeSeq(trace, seq, known);
	if (at < 0) return null;
	if (trace.kind(at) !== KIND.pte_write) return askedEntry(trace, at, known);
	const { mfn, index, old, new: made } = trace.args(at);
	return { mfn, index, outcome: 'written', oldLow: lowOf(old), newLow: lowOf(made), newHigh: highOf(made) };
}

/** What an entry of an mmu_update asks for; null for other batches. */
function askedEntry(trace: TraceView, seq: number, known: boolean): EntryChange | null {
	const call = trace.parent(seq);
	if (call < 0 || !('nr' in trace.args(call)) || trace.arg(call, 'nr') !== MMU_UPDATE) return null;
	const { op, ptr, val, result } = trace.args(seq);
	if (!WRITES_ENTRY.includes(op)) return null;
	return {
		mfn: frameOf(lowOf(ptr), highOf(ptr)),
		index: (lowOf(ptr) & 0xfff) >>> 3,
		outcome: known && result < 0 ? 'refused' : 'asked',
		oldLow: 0,
		newLow: lowOf(val),
		newHigh: highOf(val)
	};
}

/** The frame that a moment's operation on page tables names: to pin, to load, to examine. -1 when none. */
function operatedFrame(trace: TraceView, seq: number): number {
	const { from, to } = partOf(trace, seq);
	for (let at = from; at <= to; at++)
		if (trace.kind(at) === KIND.mmu_entry && valueName(trace, at, 'op').startsWith('MMUEXT_')) {
			const named = lowOf(trace.args(at).ptr);
			if (named > 0) return named;
		}
	return -1;
}

/**
 * The frame that a moment speaks of: of a frame event its own, of an update the table's, of an operation on a table that table, else the page that
 * the walk found. -1 when none.
 */
export function frameOfMoment(trace: TraceView, seq: number, walk: Walk | null): number {
	const kind = trace.kind(seq);
	if (kind === KIND.frame_type || kind === KIND.pte_write) return trace.arg(seq, 'mfn');
	const change = changeAround(trace, seq);
	if (change) return change.mfn;
	const operated = operatedFrame(trace, seq);
	if (operated >= 0) return operated;
	return walk && walk.physical >= 0 ? Math.floor(walk.physical / 4096) : -1;
}
