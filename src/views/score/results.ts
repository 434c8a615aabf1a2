/** Where the events that a query found lie: a row of ticks under the staves, near ones as one. */
import type { Found } from '../../trace/seqs';
import type { TraceView } from '../../trace/view';
import { COLUMN } from './columns';
import { leftOf, type Scale, type Size } from './scale';
import { count } from '../../words/numbers';
import { words } from '../../words';
import { fill } from '../../words/template';

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

/** Events found are told as far as they lie below seq `known`. */
export function placeResults(
	trace: TraceView,
	found: Found,
	known: number,
	scale: Scale,
	size: Size,
	y: number
): ResultRow {
	const marks: ResultMark[] = [];
	const to = found.before(Math.min(known, trace.seqAtCycle(scale.to)));
	const from = found.before(trace.seqAtCycle(Math.max(0, scale.from)));
	for (let at = from; at < to;) {
		const seq = found.at(at);
		const x = scale.toX(trace.cycle(seq));
		// All that fall on the same pixels, found by their cycles and not one by one.
		const next = Math.max(at + 1, Math.min(to, found.before(trace.seqAtCycle(scale.toCycle(x + COLUMN / 2)))));
		const end = Math.max(x + 2, scale.toX(trace.cycle(found.at(next - 1))) + 1);
		marks.push({ seq, x: x - 1, width: end - x + 1, count: next - at });
		at = next;
	}
	const shown = to - from;
	const texts = words.views.score.found;
	const label = leftOf(size) > 100 ? fill(texts.here, { count: count(shown) }) : texts.bare;
	return { y, marks, label };
}
