/** Where the events that a query found lie: a row of ticks under the staves, near ones as one. */
import type { TraceView } from '../../trace/view';
import { COLUMN } from './columns';
import { leftOf, type Scale, type Size } from './scale';

export interface ResultMark {
	/** The first event that it stands for. */
	seq: number;
	x: number;
	width: number;
	count: number;
}

export interface ResultRow {
	y: number;
	marks: ResultMark[];
	/** How many lie in sight, in words, where there is room for it. */
	label: string;
}

/** Room for the row, pixels. */
export const RESULTS = 14;

/** How many of the ascending `seqs` lie below `seq`. */
export function countBelow(seqs: ArrayLike<number>, seq: number): number {
	let low = 0;
	let high = seqs.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (seqs[middle] < seq) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** @param seqs ascending; those from `known` on are not told */
export function placeResults(
	trace: TraceView,
	seqs: ArrayLike<number>,
	known: number,
	scale: Scale,
	size: Size,
	y: number
): ResultRow {
	const marks: ResultMark[] = [];
	const to = Math.min(countBelow(seqs, known), countBelow(seqs, trace.seqAtCycle(scale.to)));
	const from = countBelow(seqs, trace.seqAtCycle(Math.max(0, scale.from)));
	for (let at = from; at < to;) {
		const seq = seqs[at];
		const x = scale.toX(trace.cycle(seq));
		// All that fall on the same pixels, found by their cycles and not one by one.
		const next = Math.max(at + 1, Math.min(to, countBelow(seqs, trace.seqAtCycle(scale.toCycle(x + COLUMN / 2)))));
		const end = Math.max(x + 2, scale.toX(trace.cycle(seqs[next - 1])) + 1);
		marks.push({ seq, x: x - 1, width: end - x + 1, count: next - at });
		at = next;
	}
	const shown = to - from;
	const label = leftOf(size) > 100 ? `found: ${shown.toLocaleString('en-GB')} here` : 'found';
	return { y, marks, label };
}
