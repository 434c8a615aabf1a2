/**
 * The stretch in sight, cut into columns a few pixels wide: what happened in each, and who had the processor. Their edges
 * lie on a grid of cycles, not of pixels, so that a column keeps what it shows while the score is moved.
 */
import { CROSSINGS } from '../../trace/slots';
import type { Sums, Tally } from '../../trace/tally';
import type { Scale } from './scale';

/** Width of a column, pixels. */
export const COLUMN = 6;

/** The sums before each edge of the columns in sight, a row an edge. */
class Edges {
	private readonly slots: number;
	private readonly lanes: number;
	private readonly counts: Uint32Array;
	private readonly times: Float64Array;
	readonly cycle: Float64Array;
	readonly seq: Float64Array;

	constructor(tally: Tally, edges: number) {
		this.slots = tally.slots.length;
		this.lanes = 2 + 2 * tally.domains.length;
		this.counts = new Uint32Array(edges * this.slots);
		this.times = new Float64Array(edges * this.lanes);
		this.cycle = new Float64Array(edges);
		this.seq = new Float64Array(edges);
	}

	/** Sums are no wider than what has happened before the edge: a lane that comes later has had no time there. */
	set(edge: number, { seq, since, counts, times }: Sums): void {
		this.cycle[edge] = since;
		this.seq[edge] = seq;
		for (let slot = 0; slot < this.slots; slot++) this.counts[edge * this.slots + slot] = counts[slot];
		for (let lane = 0; lane < this.lanes; lane++) this.times[edge * this.lanes + lane] = times[lane] ?? 0;
	}
	count(edge: number, slot: number): number {
		return this.counts[edge * this.slots + slot];
	}
	time(edge: number, lane: number): number {
		return this.times[edge * this.lanes + lane];
	}
}

/** One column of the grid: what lies between two of its edges. */
export class Column {
	constructor(
		private readonly edges: Edges,
		private readonly edge: number,
		/** Its number on the grid. */
		readonly place: number,
		readonly x: number
	) {}

	/** Cycles and events `[from, to)`. */
	get fromCycle(): number {
		return this.edges.cycle[this.edge];
	}
	get toCycle(): number {
		return this.edges.cycle[this.edge + 1];
	}
	get from(): number {
		return this.edges.seq[this.edge];
	}
	get to(): number {
		return this.edges.seq[this.edge + 1];
	}
	get crossings(): number {
		return this.count(CROSSINGS);
	}
	/** Events of a slot in it. */
	count(slot: number): number {
		return this.edges.count(this.edge + 1, slot) - this.edges.count(this.edge, slot);
	}
	/** Events of a slot before it. */
	before(slot: number): number {
		return this.edges.count(this.edge, slot);
	}
	/** Cycles that a lane had in it. */
	time(lane: number): number {
		return this.edges.time(this.edge + 1, lane) - this.edges.time(this.edge, lane);
	}
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
	if (first >= last) return [];
	const edges = new Edges(tally, last - first + 1);
	const reader = tally.reader();
	for (let place = first; place <= last; place++) {
		const cycle = place * step;
		// Events of the last cycle belong to the last column.
		if (cycle >= end) {
			reader.at(end, 0, known);
			edges.set(place - first, reader.to(Math.min(known, tally.length)));
		} else edges.set(place - first, reader.at(cycle, step * SLACK, known));
	}
	return Array.from(
		{ length: last - first },
		(_none, index) => new Column(edges, index, first + index, scale.toX((first + index) * step))
	);
}

/** Where a column is drawn: the part of it that lies on the staves, with a gap to the next. */
export function inSight({ x }: Column, { left, right }: Scale): { x: number; width: number } {
	const from = Math.max(x, left);
	return { x: from, width: Math.max(0, Math.min(x + COLUMN - 1, right) - from) };
}
