/**
 * The execution line: on which stave the one processor is, from moment to moment. Where crossings can be told apart it is
 * drawn exactly; where they cannot, each stave has a bar as high as its share of the time.
 */
import { KIND } from '../../trace/events';
import { HARDWARE } from '../../trace/lanes';
import type { Tally } from '../../trace/tally';
import type { Tone } from '../shared/rings';
import type { Note } from './bands';
import { COLUMN, inSight, type Column } from './columns';
import { labelWidth } from './labels';
import type { Scale } from './scale';
import { byLane, type Stave } from './staves';
import { shortCount } from '../../words/numbers';
import { words } from '../../words';
import { fill } from '../../words/template';

/** A stretch with more crossings than can be told apart: how long each stave had the processor. */
export interface Summed {
	x: number;
	width: number;
	crossings: number;
	columns: { x: number; width: number; lane: number; y: number; height: number; tone: Tone }[];
}

/** Crossings of one column that can still be told apart. */
const DENSE = 5;

export interface LineDrawing {
	tally: Tally;
	scale: Scale;
	staves: readonly Stave[];
	/** The line ends at this cycle, and with the events before seq `known`. */
	end: number;
	known: number;
}

const round = (value: number) => Math.round(value * 10) / 10;

/** The line between two x, exactly, as an SVG path. */
function exactPath({ tally, scale, staves, end, known }: LineDrawing, fromX: number, toX1: number): string {
	const stop = Math.min(toX1, scale.toX(end), scale.right);
	const start = Math.max(fromX, scale.left, scale.toX(0));
	if (stop <= start) return '';
	const at = byLane(staves);
	const y = (lane: number) => round(at.get(lane)?.y ?? 0);
	const sums = tally.reader().at(scale.toCycle(start), 0, known);
	const to = Math.min(known, tally.length, tally.view.seqAtCycle(scale.toCycle(stop) + 1e-9));
	let { lane } = sums;
	let path = `M${round(start)} ${y(lane)}`;
	/** A crossing is drawn when it is known where the next one is: the slope must end before. */
	let waiting: { x: number; from: number; to: number } | null = null;
	const draw = (next: number): void => {
		if (!waiting) return;
		const slope = Math.min(4, Math.max(0, (next - waiting.x) / 2));
		path += `L${round(waiting.x)} ${y(waiting.from)}L${round(Math.min(waiting.x + slope, stop))} ${y(waiting.to)}`;
	};
	tally.crossings(sums.seq, to, (seq, next) => {
		const x = scale.toX(tally.view.cycle(seq));
		draw(x);
		// An interrupt comes from the hardware, in no time.
		if (tally.view.kind(seq) === KIND.interrupt && lane !== HARDWARE)
			path += `L${round(x)} ${y(lane)}L${round(x)} ${y(HARDWARE)}`;
		waiting = { x, from: tally.view.kind(seq) === KIND.interrupt ? HARDWARE : lane, to: next };
		lane = next;
	});
	draw(stop);
	return `${path}L${round(stop)} ${y(lane)}`;
}

function sumUp({ staves, scale }: LineDrawing, columns: readonly Column[]): Summed {
	const parts: Summed['columns'] = [];
	let crossings = 0;
	for (const column of columns) {
		crossings += column.crossings;
		const whole = column.toCycle - column.fromCycle;
		for (const stave of staves) {
			const time = stave.lanes.reduce((sum, lane) => sum + column.time(lane), 0);
			const share = whole > 0 ? time / whole : 0;
			if (share <= 0) continue;
			const height = Math.max(1.5, share * (stave.height - 6));
			const { lane, tone } = stave;
			parts.push({ ...inSight(column, scale), lane, y: stave.y - height / 2, height, tone });
		}
	}
	return { x: columns[0].x, width: columns.length * COLUMN, crossings, columns: parts };
}

/** Which columns hold too many crossings; a free one between two that do would only flicker. */
function denseOnes(columns: readonly Column[]): boolean[] {
	const dense = columns.map((column) => column.crossings >= DENSE);
	return dense.map((itself, index) => itself || ((dense[index - 1] && dense[index + 1]) ?? false));
}

/** One path a stretch of the line that can be drawn exactly, and the stretches that cannot. */
export function drawLine(drawing: LineDrawing, columns: readonly Column[]): { paths: string[]; summed: Summed[] } {
	const { left, right } = drawing.scale;
	const dense = denseOnes(columns);
	const paths: string[] = [];
	const summed: Summed[] = [];
	let exactFrom = left;
	for (let index = 0; index < columns.length; index++) {
		if (!dense[index]) continue;
		const from = index;
		while (index + 1 < columns.length && dense[index + 1]) index++;
		paths.push(exactPath(drawing, exactFrom, columns[from].x));
		summed.push(sumUp(drawing, columns.slice(from, index + 1)));
		exactFrom = columns[index].x + COLUMN;
	}
	paths.push(exactPath(drawing, exactFrom, right));
	return { paths: paths.filter(Boolean), summed };
}

/** How many crossings are summed up, above the first stave, in the middle of each stretch that has room for it. */
export function crossingNotes(summed: readonly Summed[], first: Stave): Note[] {
	return summed.flatMap(({ x, width, crossings }) => {
		const text = fill(words.views.score.crossings, { count: shortCount(crossings) });
		const room = labelWidth(text);
		if (width < room) return [];
		return [{ x: x + (width - room) / 2, y: first.y - first.height / 2 - 1, text, tone: null }];
	});
}
