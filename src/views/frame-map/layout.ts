/**
 * The frame map, as marks: one cell a machine frame, long runs of frames that are alike folded into one wide cell, so that
 * the few page tables of a domain are seen among thousands of plain pages. Colour is the type, the edge the owner.
 */
import { FRAME_FLAGS, type FrameMap } from '../../moments';
import { FRAME_TYPES } from '../../trace/events';
import { DOMID_INVALID, DOMID_IO, DOMID_XEN, domainName } from '../shared/rings';
import { count, frame } from '../../words/numbers';
import type { TwinLine } from '../shared/twin';
import { words } from '../../words';
import { fill } from '../../words/template';

const said = words.views.frames;

export interface Cell {
	/** First frame, and how many it stands for. */
	mfn: number;
	frames: number;
	x: number;
	y: number;
	width: number;
	height: number;
	type: number;
	owner: number;
	/** Has changed since the map that is compared with. */
	changed: boolean;
}

export interface FrameMarks {
	cells: Cell[];
	height: number;
}

/** Runs at least this long are folded; this many of their frames still stand alone at each end. */
const FOLD = 20;
const ENDS = 2;
const CELL = 13;
const ROW = 24;
const GAP = 2.6;

interface Run {
	mfn: number;
	frames: number;
}

/** Frames with the same owner and type, together. */
function runsOf(map: FrameMap, differs: (mfn: number) => boolean): Run[] {
	const runs: Run[] = [];
	for (let mfn = 0; mfn < map.frames; mfn++) {
		const last = runs.at(-1);
		const same =
			last &&
			map.owner[mfn] === map.owner[last.mfn] &&
			map.type[mfn] === map.type[last.mfn] &&
			differs(mfn) === differs(last.mfn);
		if (same) last.frames++;
		else runs.push({ mfn, frames: 1 });
	}
	return runs;
}

const folded = (run: Run): Run[] => {
	if (run.frames < FOLD) return Array.from({ length: run.frames }, (_, index) => ({ mfn: run.mfn + index, frames: 1 }));
	const ends = (from: number) => Array.from({ length: ENDS }, (_, index) => ({ mfn: from + index, frames: 1 }));
	const inner = run.frames - 2 * ENDS;
	return [...ends(run.mfn), { mfn: run.mfn + ENDS, frames: inner }, ...ends(run.mfn + run.frames - ENDS)];
};

/** Wider for more frames, by the logarithm. */
const widthOf = (run: Run): number => (run.frames === 1 ? CELL : Math.round(CELL * (2 + Math.log10(run.frames))));

/** Whether a frame has another owner, type or pin than in `before`. */
const changedFrame = (map: FrameMap, before: FrameMap | null, mfn: number): boolean =>
	before !== null &&
	(map.owner[mfn] !== before.owner[mfn] ||
		map.type[mfn] !== before.type[mfn] ||
		(map.flags[mfn] & FRAME_FLAGS.pinned) !== (before.flags[mfn] & FRAME_FLAGS.pinned));

export function layout(
	state: { map: FrameMap; before?: FrameMap | null; single?: number },
	size: { width: number }
): FrameMarks {
	const { map, before = null, single = -1 } = state;
	const changed = (mfn: number) => changedFrame(map, before, mfn) || mfn === single;
	const cells: Cell[] = [];
	let x = 0;
	let y = 1;
	for (const run of runsOf(map, changed).flatMap(folded)) {
		const width = Math.min(widthOf(run), size.width);
		if (x + width > size.width) {
			x = 0;
			y += ROW + GAP;
		}
		cells.push({
			...run,
			x,
			y,
			width,
			height: ROW,
			type: map.type[run.mfn],
			owner: map.owner[run.mfn],
			changed: changedFrame(map, before, run.mfn)
		});
		x += width + GAP;
	}
	return { cells, height: y + ROW + 2 };
}

/** Token of the colour that a cell has. */
export function cellColour(type: number, owner: number): string {
	if (owner === DOMID_XEN) return '--frame-xen';
	if (owner === DOMID_IO) return '--frame-io';
	if (owner === DOMID_INVALID) return '--frame-none';
	return (
		(
			[
				'--frame-writable',
				'--frame-l1',
				'--frame-l2',
				'--frame-l3',
				'--frame-l3',
				'--frame-seg',
				'--frame-writable'
			] as const
		)[type] ?? '--frame-none'
	);
}

/** `l1 page table`, and for a frame without a type what that means. */
function typeWords(map: FrameMap, mfn: number): string {
	if (map.owner[mfn] === DOMID_INVALID) return said.types.free;
	const name = FRAME_TYPES[map.type[mfn]] ?? 'none';
	if (name === 'none') return said.types.none;
	return name === 'seg_desc' ? said.types.descriptors : name.replaceAll('_', ' ');
}

export function describe(map: FrameMap, cell: { mfn: number; frames: number }): string {
	const { mfn, frames } = cell;
	const who = map.owner[mfn] === DOMID_INVALID ? '' : `${domainName(map.owner[mfn])}, `;
	const what = `${who}${typeWords(map, mfn)}`;
	if (frames > 1) return fill(said.run, { from: frame(mfn), to: frame(mfn + frames - 1), count: count(frames), what });
	const one = fill(map.flags[mfn] & FRAME_FLAGS.pinned ? said.framePinned : said.frame, {
		frame: frame(mfn),
		what,
		references: map.refCount[mfn],
		uses: map.typeCount[mfn]
	});
	return map.pfn[mfn] === 0xffffffff ? one : fill(said.known, { frame: one, pfn: frame(map.pfn[mfn]) });
}

/** A run of frames, or a frame, marked where it changed. */
function lineOf(map: FrameMap, before: FrameMap | null, run: { mfn: number; frames: number }): string {
	const line = describe(map, run);
	return changedFrame(map, before, run.mfn) ? fill(said.changed, { frame: line }) : line;
}

export const twin = (map: FrameMap, before: FrameMap | null = null): TwinLine[] =>
	runsOf(map, (mfn) => changedFrame(map, before, mfn)).map((run) => ({
		id: String(run.mfn),
		text: lineOf(map, before, run)
	}));
