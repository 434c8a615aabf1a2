/**
 * The score, as marks: staves, the execution line, dense stretches summed up, and words that do not collide.
 * Pure: the same trace, stretch of time and size give the same marks.
 */
import { ticks as ticksBetween } from 'd3-array';
import { KIND } from '../../trace/events';
import type { TraceView } from '../../trace/view';
import { domainName, type Tone } from '../shared/rings';
import { HARDWARE, kernelLane, userLane, XEN, type ExecutionLine } from './line';
import { wordOf, type Word } from './words';

export interface Stretch {
	/** Cycles, `from` < `to`. */
	from: number;
	to: number;
}

export interface Size {
	width: number;
	height: number;
}

export interface Stave {
	lane: number;
	label: string;
	tone: Tone;
	/** Middle and height, pixels. */
	y: number;
	height: number;
}

/** A stretch with more crossings than can be told apart: how long each stave had the processor. */
export interface Summed {
	x: number;
	width: number;
	crossings: number;
	columns: { x: number; width: number; lane: number; y: number; height: number; tone: Tone }[];
}

export interface Mark {
	seq: number;
	x: number;
	y: number;
	word: Word;
	/** How many events this mark stands for, and whether all say the same. */
	count: number;
	alike: boolean;
	/** Where its label starts, or null when there is no room. */
	label: { x: number; y: number; text: string } | null;
	chosen: boolean;
}

export interface ScoreMarks {
	left: number;
	staves: Stave[];
	/** One SVG path a stretch of the line that can be drawn exactly. */
	paths: string[];
	summed: Summed[];
	marks: Mark[];
	ticks: { x: number; text: string }[];
	/** X of the cursor, or null when it is outside. */
	cursor: number | null;
	/** Bottom of the last stave. */
	bottom: number;
}

export interface ScoreState {
	trace: TraceView;
	line: ExecutionLine;
	stretch: Stretch;
	/** Chosen event, or -1. */
	chosen: number;
	/** Where the run stands, cycles; the line ends there. */
	end: number;
	/** Events below this seq are marked. */
	known: number;
	/** Cycle of the cursor, or -1. */
	cursor: number;
}

const AXIS = 18;
const TOP = 10;
/** Width of a column in which crossings are counted, and how many of them can still be told apart. */
const COLUMN = 6;
const DENSE = 5;
/** Nearer marks on one stave become one. */
const NEAR = 7;
const LETTER = 6.7;
const LABEL_GAP = 8;
/** The same word on the same stave is not said again nearer than this. */
const SAID = 170;

export const leftOf = (size: Size): number => (size.width < 560 ? 62 : 148);

export function staves(line: ExecutionLine, size: Size): Stave[] {
	const many = line.domains.length > 1;
	const narrow = size.width < 560;
	const rows: Omit<Stave, 'y' | 'height'>[] = [];
	for (const [place, dom] of line.domains.entries()) {
		const name = domainName(dom);
		rows.push({
			lane: userLane(place),
			label: narrow ? (many ? `${name} r3` : 'ring 3') : many ? `ring 3 · ${name}` : 'ring 3 · process',
			tone: 'user'
		});
		rows.push({
			lane: kernelLane(place),
			label: narrow ? (many ? `${name} r1` : 'ring 1') : `ring 1 · ${name} kernel`,
			tone: 'kernel'
		});
	}
	rows.push(
		{ lane: XEN, label: narrow ? 'ring 0' : 'ring 0 · Xen', tone: 'xen' },
		{ lane: HARDWARE, label: narrow ? 'hw' : 'hardware', tone: 'hw' }
	);
	const pitch = (size.height - AXIS - TOP) / rows.length;
	return rows.map((row, index) => ({ ...row, y: TOP + pitch * (index + 0.5), height: Math.max(8, pitch - 4) }));
}

const laneOfWord = (line: ExecutionLine, dom: number, word: Word): number =>
	word.on === 'hw' ? HARDWARE : word.on === 'xen' ? XEN : line.laneOf(dom, word.ring);

/** Counts crossings by column and returns which columns hold too many. */
function denseColumns(
	line: ExecutionLine,
	first: number,
	last: number,
	toX: (cycle: number) => number,
	left: number,
	columns: number
): Int32Array {
	const crossings = new Int32Array(columns);
	for (let visit = first + 1; visit <= last; visit++) {
		const column = Math.floor((toX(line.start[visit]) - left) / COLUMN);
		if (column >= 0 && column < columns) crossings[column]++;
	}
	for (let column = 0; column < columns; column++) if (crossings[column] < DENSE) crossings[column] = 0;
	// A single free column between two dense ones would only flicker.
	for (let column = 1; column < columns - 1; column++)
		if (!crossings[column] && crossings[column - 1] && crossings[column + 1]) crossings[column] = 1;
	return crossings;
}

interface Drawing {
	state: ScoreState;
	byLane: Map<number, Stave>;
	toX: (cycle: number) => number;
	toCycle: (x: number) => number;
	left: number;
	right: number;
}

/** Time by lane between two cycles, as shares of 1. */
function shares({ state: { line, end } }: Drawing, from: number, to: number): [lane: number, share: number][] {
	const time = new Float64Array(2 + 2 * line.domains.length);
	const until = Math.min(to, end);
	for (let visit = line.at(from); visit < line.length && line.start[visit] < until; visit++) {
		const stop = visit + 1 < line.length ? Math.min(line.start[visit + 1], until) : until;
		const spent = stop - Math.max(line.start[visit], from);
		if (spent > 0) time[line.lane[visit]] += spent / (to - from);
	}
	return Array.from(time, (share, lane): [number, number] => [lane, share]).filter(([, share]) => share > 0);
}

function sumUp(drawing: Drawing, fromColumn: number, toColumn: number, crossings: number): Summed {
	const { left, toCycle, byLane } = drawing;
	const columns: Summed['columns'] = [];
	for (let column = fromColumn; column < toColumn; column++) {
		const x = left + column * COLUMN;
		for (const [lane, share] of shares(drawing, toCycle(x), toCycle(x + COLUMN))) {
			const stave = byLane.get(lane);
			if (!stave) continue;
			const height = Math.max(1.5, share * (stave.height - 6));
			columns.push({ x, width: COLUMN - 1, lane, y: stave.y - height / 2, height, tone: stave.tone });
		}
	}
	return { x: left + fromColumn * COLUMN, width: (toColumn - fromColumn) * COLUMN, crossings, columns };
}

const round = (value: number) => Math.round(value * 10) / 10;

/** The line between two x, exactly. */
function exactPath(
	{ state: { line, end }, byLane, toX, toCycle, left, right }: Drawing,
	fromX: number,
	toX1: number
): string {
	const stop = Math.min(toX1, toX(end), right);
	if (stop <= fromX) return '';
	let visit = line.at(toCycle(fromX));
	const y = (lane: number) => round(byLane.get(lane)?.y ?? 0);
	let path = `M${round(Math.max(fromX, left))} ${y(line.lane[visit])}`;
	for (visit++; visit < line.length; visit++) {
		const x = toX(line.start[visit]);
		if (x > stop) break;
		if (x < fromX) continue;
		const next = visit + 1 < line.length ? toX(line.start[visit + 1]) : stop;
		const slope = Math.min(4, Math.max(0, (next - x) / 2));
		path += `L${round(x)} ${y(line.lane[visit - 1])}L${round(Math.min(x + slope, stop))} ${y(line.lane[visit])}`;
	}
	return `${path}L${round(stop)} ${y(line.lane[visit - 1])}`;
}

function drawLine(drawing: Drawing): { paths: string[]; summed: Summed[] } {
	const { state, left, right, toX } = drawing;
	const { line, stretch } = state;
	const columns = Math.max(0, Math.floor((right - left) / COLUMN));
	const dense = denseColumns(line, line.at(stretch.from), line.at(stretch.to), toX, left, columns);
	const paths: string[] = [];
	const summed: Summed[] = [];
	let exactFrom = left;
	for (let column = 0; column < columns;) {
		if (!dense[column]) {
			column++;
			continue;
		}
		const from = column;
		let crossings = 0;
		for (; column < columns && dense[column]; column++) crossings += dense[column];
		paths.push(exactPath(drawing, exactFrom, left + from * COLUMN));
		summed.push(sumUp(drawing, from, column, crossings));
		exactFrom = left + column * COLUMN;
	}
	paths.push(exactPath(drawing, exactFrom, right));
	return { paths: paths.filter(Boolean), summed };
}

/** Where an event is marked: a hypercall at the crossing that brought it, not where the hypervisor begins to serve it. */
function momentOf(trace: TraceView, line: ExecutionLine, seq: number): number {
	const visit = line.visitOf(seq);
	const crossed =
		trace.kind(seq) === KIND.hypercall && line.lane[visit] === XEN && trace.kind(line.seq[visit]) === KIND.trap;
	return crossed ? line.start[visit] : trace.cycle(seq);
}

/** Events of one column that are looked at; of more, every n-th stands for n. */
const SAMPLE = 48;
const GOLDEN = 0.618034;

/** The events to mark, ascending, each with how many it stands for: bounded by the width, however long the run. */
function* marked({
	state: { trace, stretch, chosen, known },
	toCycle,
	left,
	right
}: Drawing): Generator<[seq: number, weight: number]> {
	let from = trace.seqAtCycle(stretch.from);
	const end = Math.min(known, trace.seqAtCycle(stretch.to));
	for (let x = left + NEAR; from < end; x += NEAR) {
		const to = x >= right ? end : Math.min(end, trace.seqAtCycle(toCycle(x)));
		const stride = Math.max(1, Math.ceil((to - from) / SAMPLE));
		if (stride > 1 && chosen >= from && chosen < to) yield [chosen, 0];
		for (let part = from, k = 0; part < to; part += stride, k++) {
			const size = Math.min(stride, to - part);
			// Not always the same place of a part: a run that repeats itself would show one phase of it.
			yield [part + Math.floor(((k * GOLDEN) % 1) * size), size];
		}
		from = to;
	}
}

/** Marks of the events in the stretch, near ones joined, without labels. */
function placeMarks(drawing: Drawing): Mark[] {
	const { state, byLane, toX, left, right } = drawing;
	const { trace, line, chosen } = state;
	const last = new Map<number, Mark>();
	const marks: Mark[] = [];
	for (const [seq, weight] of marked(drawing)) {
		const word = wordOf(trace, seq);
		const x = word ? toX(momentOf(trace, line, seq)) : -1;
		const lane = word ? laneOfWord(line, trace.dom(seq), word) : -1;
		const stave = byLane.get(lane);
		if (!word || !stave || x < left || x > right) continue;
		const near = last.get(lane);
		if (near && near.seq === seq) continue;
		if (near && x - near.x < NEAR) {
			near.count += weight;
			if (near.word.text !== word.text) near.alike = false;
			if (seq === chosen || (!near.chosen && word.rank > near.word.rank))
				Object.assign(near, { seq, word, chosen: seq === chosen });
			continue;
		}
		const mark: Mark = {
			seq,
			x,
			y: stave.y,
			word,
			count: Math.max(1, weight),
			alike: true,
			label: null,
			chosen: seq === chosen
		};
		last.set(lane, mark);
		marks.push(mark);
	}
	return marks;
}

/** Gives labels to marks, the most important first, wherever one fits. */
function placeLabels(marks: Mark[], right: number, left: number): void {
	const said: { text: string; x: number; y: number }[] = [];
	const taken: { x0: number; x1: number; y: number }[] = [];
	const free = (x0: number, x1: number, y: number) =>
		!taken.some((box) => Math.abs(box.y - y) < 11 && box.x0 < x1 + 4 && box.x1 > x0 - 4);
	const rank = (mark: Mark) => mark.word.rank + (mark.chosen ? 100 : 0);
	for (const mark of [...marks].sort((a, b) => rank(b) - rank(a) || a.x - b.x)) {
		if (mark.word.rank < 2 && !mark.chosen) continue;
		const more =
			mark.count === 1 || mark.chosen
				? ''
				: mark.alike
					? ` ×${mark.count}`
					: mark.count > 3
						? ` +${mark.count - 1}`
						: '';
		const text = mark.word.text + more;
		const width = text.length * LETTER;
		if (
			!mark.chosen &&
			said.some((other) => other.text === text && other.y === mark.y && Math.abs(other.x - mark.x) < SAID)
		)
			continue;
		const places: [x: number, y: number][] = [
			[mark.x + LABEL_GAP, mark.y - 7],
			[mark.x + LABEL_GAP, mark.y + 14],
			[mark.x - LABEL_GAP - width, mark.y - 7],
			[mark.x - LABEL_GAP - width, mark.y + 14]
		];
		const place = places.find(([x, y]) => x >= left && x + width <= right && free(x, x + width, y));
		if (!place) continue;
		taken.push({ x0: place[0], x1: place[0] + width, y: place[1] });
		mark.label = { x: place[0], y: place[1], text };
		said.push({ text, x: mark.x, y: mark.y });
	}
}

const SI: readonly [number, string][] = [
	[1e9, ' G'],
	[1e6, ' M'],
	[1e3, ' k']
];

/** A count of cycles for an axis: `1,204,881` when precision matters, `1.2 M` otherwise. */
export function cyclesText(cycle: number, step: number): string {
	const unit = SI.find(([size]) => step >= size / 10 && cycle >= size);
	if (!unit) return Math.round(cycle).toLocaleString('en-GB');
	return `${Number((cycle / unit[0]).toFixed(Math.max(0, Math.ceil(-Math.log10(step / unit[0])))))}${unit[1]}`;
}

export function layout(state: ScoreState, size: Size): ScoreMarks {
	const left = leftOf(size);
	const right = Math.max(left + 1, size.width - 4);
	const { from, to } = state.stretch;
	const x = (cycle: number) => left + ((cycle - from) / (to - from)) * (right - left);
	const toCycle = (at: number) => from + ((at - left) / (right - left)) * (to - from);
	const rows = staves(state.line, size);
	const drawing: Drawing = {
		state,
		byLane: new Map(rows.map((row) => [row.lane, row])),
		toX: x,
		toCycle,
		left,
		right
	};
	const { paths, summed } = state.line.length ? drawLine(drawing) : { paths: [], summed: [] };
	const marks = placeMarks(drawing);
	placeLabels(marks, right, left);
	const ticks = ticksBetween(from, to, Math.max(2, Math.floor((right - left) / 130)));
	const step = ticks.length > 1 ? ticks[1] - ticks[0] : 1;
	const at =
		state.chosen >= 0 && state.trace.cycle(state.chosen) === state.cursor
			? momentOf(state.trace, state.line, state.chosen)
			: state.cursor;
	const cursor = at >= state.stretch.from && at <= state.stretch.to ? x(at) : null;
	return {
		left,
		staves: rows,
		paths,
		summed,
		marks,
		ticks: ticks
			.filter((tick) => tick >= 0 && x(tick) < right - 16)
			.map((tick) => ({ x: x(tick), text: cyclesText(tick, step) })),
		cursor,
		bottom: size.height - AXIS
	};
}
