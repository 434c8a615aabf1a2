/**
 * Two futures beside each other: rows of events, the same ones in the same row, what is alike folded away; and a strip that shows
 * all of both at once. The work is bounded by what is shown, however long the futures are.
 */
import type { Alignment, Block, Standing } from '../../trace/align';
import { sentence } from '../../trace/text/sentence';
import type { TraceView } from '../../trace/view';
import { toneOfRing, type Tone } from '../shared/rings';
import type { TwinLine } from '../shared/twin';
import { shortName } from '../score/words';
import { words } from '../../words';
import { count } from '../../words/numbers';
import { counted } from '../../words/plural';
import { fill, type Plural } from '../../words/template';

const said = words.views.compare;

/** One event in a cell. */
export interface Cell {
	readonly seq: number;
	/** In few letters. */
	readonly word: string;
	/** In one sentence. */
	readonly text: string;
	readonly tone: Tone;
	/** How deep in spans, for the indent. */
	readonly depth: number;
}

/** An event of either future, or of both, side by side; or a fold of events that are alike. */
export interface Row {
	readonly id: string;
	readonly kind: Standing | 'fold' | 'more';
	readonly a: Cell | null;
	readonly b: Cell | null;
	/** The first row that differs. */
	readonly first: boolean;
	/** How many events a fold hides. */
	readonly count: number;
}

/** A piece of the strip: from `x` to `x + width`, both as shares of the whole. */
export interface Piece {
	readonly x: number;
	readonly width: number;
	readonly kind: Standing;
}

/** The picture, ready to be drawn. */
export interface CompareMarks {
	readonly rows: readonly Row[];
	/** One lane a future; what the other lacks is a gap in the other's lane. */
	readonly strip: { readonly a: readonly Piece[]; readonly b: readonly Piece[]; readonly first: number | null };
	/** What they have in common and what not, in one sentence. */
	readonly summary: string;
	/** The first difference in one sentence, or that there is none. */
	readonly difference: string;
}

/** What is drawn: two futures and how they are aligned. */
export interface CompareState {
	readonly a: TraceView;
	readonly b: TraceView;
	readonly names: { readonly a: string; readonly b: string };
	readonly alignment: Alignment;
	/** Place among the differences around which rows are shown; 0 the first. */
	readonly around: number;
}

/** Rows that are alike shown before and after a difference; differences shown at once; events of one block; most pieces. */
const CONTEXT = 3;
const SHOWN = 24;
const OF_BLOCK = 12;
const PIECES = 300;

function cell(trace: TraceView, seq: number): Cell {
	let depth = 0;
	for (let at = trace.parent(seq); at >= 0 && depth < 4; at = trace.parent(at)) depth++;
	return {
		seq,
		word: shortName(trace, seq),
		text: sentence(trace, seq),
		tone: trace.row(seq).lane === 'hardware' ? 'hw' : toneOfRing(trace.ring(seq)),
		depth
	};
}

/** Places of the blocks that differ. */
const differing = (blocks: readonly Block[]): number[] =>
	blocks.flatMap((block, index) => (block.kind === 'same' ? [] : [index]));

/** How many places there are at which one can look. */
export const differences = ({ blocks }: Alignment): number => differing(blocks).length;

function rowOf({ a, b, alignment }: CompareState, block: Block, offset: number): Row {
	const inA = block.kind === 'b' ? null : cell(a, block.a + offset);
	const inB = block.kind === 'a' ? null : cell(b, block.b + offset);
	const { first } = alignment;
	return {
		id: `${inA?.seq ?? ''}:${inB?.seq ?? ''}`,
		kind: block.kind,
		a: inA,
		b: inB,
		first:
			first !== null &&
			first.kind === block.kind &&
			(inA ? inA.seq === first.a : true) &&
			(inB ? inB.seq === first.b : true),
		count: 0
	};
}

const fold = (kind: 'fold' | 'more', id: string, count: number): Row => ({
	id,
	kind,
	a: null,
	b: null,
	first: false,
	count
});

/** Rows of events `from` to `to` of a block. */
const part = (state: CompareState, block: Block, from: number, to: number): Row[] =>
	Array.from({ length: Math.max(0, to - from) }, (_, n) => rowOf(state, block, from + n));

/** The rows around difference number `around`. */
function rowsOf(state: CompareState): Row[] {
	const { blocks } = state.alignment;
	const places = differing(blocks);
	if (places.length === 0) return [];
	const first = Math.min(Math.max(0, state.around), places.length - 1);
	const begin = Math.max(0, places[first] - 1);
	const rows: Row[] = [];
	let shown = 0;
	for (let at = begin; at < blocks.length; at++) {
		const block = blocks[at];
		if (block.kind === 'same') {
			const before = at > begin ? Math.min(CONTEXT, block.count) : 0;
			const after = at === blocks.length - 1 || shown >= SHOWN ? 0 : Math.min(CONTEXT, block.count - before);
			rows.push(...part(state, block, 0, before));
			const hidden = block.count - before - after;
			if (hidden > 0) rows.push(fold('fold', `fold${block.a}`, hidden));
			if (shown >= SHOWN) break;
			rows.push(...part(state, block, block.count - after, block.count));
			continue;
		}
		rows.push(...part(state, block, 0, Math.min(OF_BLOCK, block.count)));
		if (block.count > OF_BLOCK)
			rows.push(fold('more', `more${block.kind}${block.a}:${block.b}`, block.count - OF_BLOCK));
		shown += Math.min(OF_BLOCK, block.count);
	}
	return rows;
}

/** The strip: blocks side by side, each as wide as it has events; neighbours too thin to see are one piece. */
function stripOf({ blocks, first, tail }: Alignment): CompareMarks['strip'] {
	const total = blocks.reduce((sum, block) => sum + block.count, 0) + (tail?.count ?? 0);
	const lanes: { a: Piece[]; b: Piece[] } = { a: [], b: [] };
	if (total === 0) return { ...lanes, first: null };
	let at = 0;
	let firstAt: number | null = null;
	const put = (side: 'a' | 'b', kind: Standing, from: number, count: number): void => {
		const lane = lanes[side];
		const last = lane.at(-1);
		const [x, width] = [from / total, count / total];
		const thin = last && last.x + last.width >= x - 1e-9 && Math.max(width, last.width) < 1 / PIECES;
		if (last && (last.kind === kind || thin) && last.x + last.width >= x - 1e-9) {
			const worse = last.kind === 'same' ? kind : last.kind;
			lane[lane.length - 1] = { x: last.x, width: x + width - last.x, kind: worse };
		} else lane.push({ x, width, kind });
	};
	for (const block of blocks) {
		if (
			firstAt === null &&
			first &&
			block.kind === first.kind &&
			block.a <= first.a &&
			block.b <= first.b &&
			reaches(block, first)
		)
			firstAt = at / total;
		if (block.kind !== 'b') put('a', block.kind, at, block.count);
		if (block.kind !== 'a') put('b', block.kind, at, block.count);
		at += block.count;
	}
	if (tail) put(tail.side, 'same', at, tail.count);
	return { ...lanes, first: firstAt };
}

const reaches = (block: Block, first: { a: number; b: number }): boolean =>
	(block.kind === 'b' || first.a < block.a + block.count) && (block.kind === 'a' || first.b < block.b + block.count);

/** A count with its words. */
const told = (forms: Plural, n: number, name = ''): string => counted(forms, n, { count: count(n), name });

function summaryOf({ alignment, names }: CompareState): string {
	const { same, changed, onlyA, onlyB, tail, complete } = alignment;
	const parts = [
		told(said.alike, same),
		changed > 0 ? fill(said.changed, { count: count(changed) }) : '',
		onlyA > 0 ? fill(said.only, { count: count(onlyA), name: names.a }) : '',
		onlyB > 0 ? fill(said.only, { count: count(onlyB), name: names.b }) : ''
	].filter(Boolean);
	return [
		fill(said.summary, { parts: parts.join(', ') }),
		tail ? told(said.beyond, tail.count, tail.side === 'a' ? names.a : names.b) : '',
		complete ? '' : said.upToHere
	]
		.filter(Boolean)
		.join(' ');
}

/** The first difference in words, with the names of the futures. */
function differenceOf({ a, b, alignment, names }: CompareState): string {
	const { first } = alignment;
	if (!first) return alignment.tail ? said.sameSoFar : said.same;
	const inA = first.a < a.length ? sentence(a, first.a) : said.nothingMore;
	const inB = first.b < b.length ? sentence(b, first.b) : said.nothingMore;
	if (first.kind === 'changed') return fill(said.differs, { a: names.a, b: names.b, inA, inB });
	const [only, other, has, instead] = first.kind === 'a' ? [names.a, names.b, inA, inB] : [names.b, names.a, inB, inA];
	return fill(said.onlyHas, { only, other: `${other[0].toUpperCase()}${other.slice(1)}`, has, instead });
}

export function layout(state: CompareState): CompareMarks {
	return {
		rows: rowsOf(state),
		strip: stripOf(state.alignment),
		summary: summaryOf(state),
		difference: differenceOf(state)
	};
}

/** How a row stands, in words. */
export function standing(kind: Standing, names: CompareState['names']): string {
	if (kind === 'same' || kind === 'changed') return said.stands[kind];
	return fill(said.stands.only, { name: names[kind] });
}

/** What stands for events that are folded away, or left out. */
export const foldText = (n: number): string => told(said.alike, n);

function lineOf(row: Row, names: CompareState['names']): string {
	if (row.kind === 'fold') return foldText(row.count);
	if (row.kind === 'more') return told(said.moreAlike, row.count);
	const stands = standing(row.kind, names);
	const line =
		row.kind === 'changed'
			? fill(said.changedLine, { stands, inA: row.a?.text ?? '', b: names.b, inB: row.b?.text ?? '' })
			: fill(said.line, { stands, sentence: (row.a ?? row.b)?.text ?? '' });
	return row.first ? fill(said.firstLine, { line }) : line;
}

export const twin = (marks: CompareMarks, names: CompareState['names']): TwinLine[] => [
	{ id: 'difference', text: marks.difference, choosable: false },
	{ id: 'summary', text: marks.summary, choosable: false },
	...marks.rows.map((row): TwinLine => {
		const line = { id: row.id, text: lineOf(row, names) };
		return row.kind === 'fold' || row.kind === 'more' ? { ...line, choosable: false } : line;
	})
];
