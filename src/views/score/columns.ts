/**
 * The stretch in sight, cut into columns a few pixels wide: what happened in each, and who had the processor. Their edges
 * lie on a grid of cycles, not of pixels, so that a column keeps what it shows while the score is moved.
 */
import { CROSSINGS } from '../../trace/slots';
import type { Tally } from '../../trace/tally';
import type { Scale } from './scale';

/** Width of a column, pixels. */
export const COLUMN = 6;

/** The sums before the first event of a column. */
interface Edge {
	cycle: number;
	seq: number;
	counts: Uint32Array;
	times: Float64Array;
}

export interface Column {
	/** Its number on the grid. */
	place: number;
	x: number;
	/** Cycles and events `[from, to)`. */
	fromCycle: number;
	toCycle: number;
	from: number;
	to: number;
	crossings: number;
	/** Events of a slot in it, and before it. */
	count(slot: number): number;
	before(slot: number): number;
	/** Cycles that a lane had in it. */
	time(lane: number): number;
}

/** How much of a column's width may lie between where its edge is and where it is drawn. */
const SLACK = 1 / 16;

/**
 * Columns from the one where the stretch begins to where it or the run ends.
 * @param end the last cycle that is told of
 * @param known events below this seq are told of
 */
export function columnsOf(tally: Tally, scale: Scale, end: number, known: number): Column[] {
	const step = scale.perPixel * COLUMN;
	const first = Math.floor(Math.max(0, scale.from) / step);
	const last = Math.ceil(Math.min(scale.to, end) / step);
	const reader = tally.reader();
	const edgeAt = (place: number): Edge => {
		const cycle = place * step;
		const all = cycle >= end;
		const sums = all ? reader.at(end, 0, known) : reader.at(cycle, step * SLACK, known);
		// Events of the last cycle belong to the last column.
		if (all) reader.to(Math.min(known, tally.length));
		return { cycle: sums.since, seq: sums.seq, counts: sums.counts.slice(), times: sums.times.slice() };
	};
	const columns: Column[] = [];
	let edge = first < last ? edgeAt(first) : null;
	for (let place = first; place < last && edge; place++) {
		const from: Edge = edge;
		const to = edgeAt(place + 1);
		columns.push({
			place,
			x: scale.toX(place * step),
			fromCycle: from.cycle,
			toCycle: to.cycle,
			from: from.seq,
			to: to.seq,
			crossings: to.counts[CROSSINGS] - from.counts[CROSSINGS],
			count: (slot) => (to.counts[slot] ?? 0) - (from.counts[slot] ?? 0),
			before: (slot) => from.counts[slot] ?? 0,
			time: (lane) => (to.times[lane] ?? 0) - (from.times[lane] ?? 0)
		});
		edge = to;
	}
	return columns;
}

/** Where a column is drawn: the part of it that lies on the staves, with a gap to the next. */
export function inSight({ x }: Column, { left, right }: Scale): { x: number; width: number } {
	const from = Math.max(x, left);
	return { x: from, width: Math.max(0, Math.min(x + COLUMN - 1, right) - from) };
}
