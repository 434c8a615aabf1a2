/**
 * The score, as marks: staves, the execution line, dense stretches summed up, and words that do not collide.
 * Pure: the same trace, stretch of time and size give the same marks, in time that follows from the width, not from the trace.
 */
import { Tally } from '../../trace/tally';
import type { Found } from '../../trace/seqs';
import type { TraceView } from '../../trace/view';
import { placeBands, type Cell, type Note } from './bands';
import { columnsOf } from './columns';
import { placeLabels } from './labels';
import { crossingNotes, drawLine, type Summed } from './line';
import { momentOf, placeMarks, type Mark } from './marks';
import { placeResults, RESULTS, type ResultRow } from './results';
import { axisOf, scaleOf, type Axis, type Size, type Stretch } from './scale';
import { AXIS, ownPlaces, roomForDomains, staves, type Stave } from './staves';

export { leftOf, type Size, type Stretch } from './scale';
export type { Mark } from './marks';

export interface ScoreMarks {
	left: number;
	right: number;
	staves: Stave[];
	/** Places of the domains that have staves of their own, and how many have room for them. */
	own: readonly number[];
	room: number;
	/** One SVG path a stretch of the line that can be drawn exactly. */
	paths: string[];
	summed: Summed[];
	cells: Cell[];
	notes: Note[];
	marks: Mark[];
	results: ResultRow | null;
	bookmarks: { x: number; note: string }[];
	axis: Axis;
	/** X of the cursor, or null when it is outside. */
	cursor: number | null;
	/** Bottom of the last stave. */
	bottom: number;
}

/** A moment with a note. */
export interface Bookmark {
	readonly cycle: number;
	readonly note: string;
}

export interface ScoreState {
	trace: TraceView;
	stretch: Stretch;
	/** Chosen event, or -1. */
	chosen: number;
	/** Where the run stands, cycles; the line ends there. */
	end: number;
	/** Events below this seq are marked. */
	known: number;
	/** Cycle of the cursor, or -1. */
	cursor: number;
	/** Events found by a query, ascending; null when nothing was asked. */
	results?: Found | null;
	/** Moments that the learner has marked. */
	bookmarks?: readonly Bookmark[];
	/** Cycles a second, for the axis; 0 when not told. */
	hz?: number;
	/** Domains that are to have staves of their own, where there is no room for all; null where nobody has chosen. */
	picked?: readonly number[] | null;
}

/** What the trace's tally has read is drawn: call its `extend` before. */
export function layout(state: ScoreState, size: Size): ScoreMarks {
	const { trace, stretch, chosen, results = null } = state;
	const tally = Tally.of(trace);
	const known = Math.min(state.known, tally.length);
	// What is not read yet is not drawn as if nothing had happened there.
	const end = tally.length < trace.length ? Math.min(state.end, trace.cycle(tally.length)) : state.end;
	const scale = scaleOf(stretch, size);
	const below = AXIS + (results ? RESULTS : 0);
	const spoken = chosen >= 0 && chosen < known ? trace.dom(chosen) : -1;
	const own = ownPlaces(tally.domains, size, { picked: state.picked, spoken }, below);
	const rows = staves(tally.domains, size, below, own);
	const columns = columnsOf(tally, scale, end, known);
	const drawing = { tally, scale, staves: rows, end, known, chosen: chosen < known ? chosen : -1 };
	const { paths, summed } = tally.length > 0 ? drawLine(drawing, columns) : { paths: [], summed: [] };
	const { marks, banded } = placeMarks(drawing, columns);
	const { cells, notes } = placeBands(drawing, columns, banded);
	const bottom = size.height - below;
	const at = chosen >= 0 && trace.cycle(chosen) === state.cursor ? momentOf(trace, chosen) : state.cursor;
	return {
		left: scale.left,
		right: scale.right,
		staves: rows,
		own,
		room: roomForDomains(size, below),
		paths,
		summed,
		cells,
		notes: placeLabels(marks, [...crossingNotes(summed, rows[0]), ...notes], {
			left: scale.left,
			right: scale.right,
			bottom
		}),
		marks,
		results: results && placeResults(trace, results, known, scale, size, bottom + RESULTS / 2),
		bookmarks: (state.bookmarks ?? [])
			.filter(({ cycle }) => cycle >= stretch.from && cycle <= stretch.to)
			.map(({ cycle, note }) => ({ x: scale.toX(cycle), note })),
		axis: axisOf(scale, state.hz ?? 0),
		cursor: at >= stretch.from && at <= stretch.to ? scale.toX(at) : null,
		bottom
	};
}
