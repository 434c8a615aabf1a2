/**
 * The marks of events. Where they are few, each event has its own; where they are many, what matters is counted, with the
 * first of it to be opened, and the rest is told by a band of density (bands.ts).
 */
import { CHUNK_MASK, CHUNK_SIZE } from '../../trace/chunk';
import { KIND } from '../../trace/events';
import { CROSSES, XEN } from '../../trace/lanes';
import type { Tally } from '../../trace/tally';
import type { TraceView } from '../../trace/view';
import type { Column } from './columns';
import type { Scale } from './scale';
import { byLane, type Stave } from './staves';
import { COUNTED, laneOfWord, slotWords, wordOf, type SlotWord, type SlotWords, type Word } from './words';
import { words } from '../../words';
import { fill } from '../../words/template';

export interface Mark {
	seq: number;
	x: number;
	y: number;
	word: Word;
	/** How many events this mark stands for, and how many of them say its word. */
	count: number;
	same: number;
	/** Where its label starts, or null when there is no room. */
	label: { x: number; y: number; text: string } | null;
	chosen: boolean;
}

export interface MarkDrawing {
	tally: Tally;
	scale: Scale;
	staves: readonly Stave[];
	/** Events below this seq are marked. */
	known: number;
	/** Chosen event, or -1. */
	chosen: number;
}

/** Nearer marks on one stave become one. */
const NEAR = 7;
/** Events of a column that are looked at one by one. */
const EACH = 40;
/** Events of a column among which the few of a stave are looked for, and how many few are. */
const SCAN = 2048;
const FEW = 8;
/** Columns that are counted together: a mark and its number need room. */
const TOGETHER = 8;

/** An event that will have a mark, and how many it stands for. */
interface Candidate {
	seq: number;
	count: number;
	/** What several of its sort are together. */
	slot: SlotWord | null;
}

/** For each column the staves whose events are not all marked one by one. */
export type Banded = readonly ReadonlySet<Stave>[];

/** The marks and what they leave to bands. */
export interface Marking {
	marks: Mark[];
	banded: Banded;
}

/** How far back a hypercall's trap is looked for. */
const WAY_BACK = 48;

/** Where an event is marked: a hypercall at the crossing that brought it, not where the hypervisor begins to serve it. */
export function momentOf(trace: TraceView, seq: number): number {
	if (trace.kind(seq) !== KIND.hypercall) return trace.cycle(seq);
	for (let at = seq - 1; at >= Math.max(0, seq - WAY_BACK); at--) {
		if (!CROSSES[trace.kind(at)]) continue;
		return trace.kind(at) === KIND.trap && trace.arg(at, 'to_ring') === 0 ? trace.cycle(at) : trace.cycle(seq);
	}
	return trace.cycle(seq);
}

/** Events of the columns that are told together, by slot. */
class Counting {
	private readonly counts = new Map<number, { from: number; to: number; before: number; count: number }>();
	private group = NaN;

	constructor(
		private readonly tally: Tally,
		private readonly words: readonly (SlotWord | null)[],
		private readonly candidates: Candidate[]
	) {}

	/** Counts the events of `slot` in a column, with those of its neighbours. */
	add(column: Column, slot: number): void {
		const group = Math.floor(column.place / TOGETHER);
		if (group !== this.group) this.flush();
		this.group = group;
		const known = this.counts.get(slot);
		const count = column.count(slot);
		if (known) {
			known.to = column.to;
			known.count += count;
		} else this.counts.set(slot, { from: column.from, to: column.to, before: column.before(slot), count });
	}

	/** Makes a mark of each, at the first event. */
	flush(): void {
		for (const [slot, { from, to, before, count }] of this.counts) {
			const seq = this.tally.first(slot, from, to, before);
			if (seq >= 0) this.candidates.push({ seq, count, slot: this.words[slot] });
		}
		this.counts.clear();
	}
}

/** Which events get marks, ascending. */
function choose(
	{ tally, staves, chosen }: MarkDrawing,
	columns: readonly Column[]
): { list: Candidate[]; banded: Banded } {
	const list: Candidate[] = [];
	const { words, onLane } = slotWords(tally);
	const onStave = staves.map((stave) => [stave, slotsOf(stave, onLane)] as const);
	const counting = new Counting(tally, words, list);
	const banded = columns.map((column) => {
		const { from, to } = column;
		if (to - from <= EACH) {
			for (let seq = from; seq < to; seq++) list.push({ seq, count: 1, slot: null });
			return new Set<Stave>();
		}
		const many = new Set<Stave>();
		/** Slots of staves that have so few events here that each is marked. */
		const few: number[] = [];
		for (const [stave, slots] of onStave) {
			let count = 0;
			for (const slot of slots) count += column.count(slot);
			if (count === 0) continue;
			if (to - from <= SCAN && count <= FEW) {
				for (const slot of slots) if (column.count(slot) > 0) few.push(slot);
				continue;
			}
			many.add(stave);
			for (const slot of slots) if (words[slot]!.rank >= COUNTED && column.count(slot) > 0) counting.add(column, slot);
		}
		if (few.length > 0) eachOf(tally, few, from, to, (seq) => list.push({ seq, count: 1, slot: null }));
		return many;
	});
	counting.flush();
	if (chosen >= 0) list.push({ seq: chosen, count: 0, slot: null });
	list.sort((a, b) => a.seq - b.seq);
	return { list, banded };
}

/** Slots of all lanes of a stave; of a lane that is too new there are none. */
export const slotsOf = ({ lanes }: Stave, byPlace: SlotWords['onLane']): readonly number[] =>
	lanes.length === 1 ? (byPlace[lanes[0]] ?? []) : lanes.flatMap((lane) => byPlace[lane] ?? []);

/** The events of some slots in `[from, to)`. Other kinds of event are passed over without a closer look. */
function eachOf(tally: Tally, slots: readonly number[], from: number, to: number, each: (seq: number) => void): void {
	const wanted = new Uint8Array(256);
	for (const slot of slots) wanted[tally.slots[slot].kind] = 1;
	for (let seq = from; seq < to;) {
		const kind = tally.view.kindsOf(seq);
		const base = seq - (seq & CHUNK_MASK);
		const end = Math.min(to, base + CHUNK_SIZE);
		for (; seq < end; seq++) if (wanted[kind[seq - base]] && slots.includes(tally.slotOf(seq))) each(seq);
	}
}

/** What a mark says: of one event its own word, of several what they are together. */
function said(trace: TraceView, { seq, count, slot }: Candidate): Word | null {
	const own = wordOf(trace, seq);
	if (!own || !slot) return own;
	const { shape, tone, rank } = slot;
	const refused =
		shape === 'cross' && own.shape !== 'cross' ? fill(words.views.score.refused.one, { word: own.text }) : own.text;
	return { ...own, text: count > 1 ? slot.text : refused, shape, tone, rank };
}

/** Marks of the events in sight, near ones joined, without labels. */
export function placeMarks(drawing: MarkDrawing, columns: readonly Column[]): Marking {
	const { tally, scale, staves, chosen, known } = drawing;
	const trace = tally.view;
	const staveOf = byLane(staves);
	const last = new Map<Stave, Mark>();
	const marks: Mark[] = [];
	const { list, banded } = choose(drawing, columns);
	for (const candidate of list) {
		const { seq, count } = candidate;
		const word = seq < known ? said(trace, candidate) : null;
		if (!word) continue;
		const x = scale.toX(momentOf(trace, seq));
		const stave = staveOf.get(laneOfWord(tally, trace.dom(seq), word)) ?? staveOf.get(XEN);
		if (!stave || x < scale.left || x > scale.right) continue;
		const near = last.get(stave);
		if (near && near.seq === seq) near.chosen ||= seq === chosen;
		else if (near && x - near.x < NEAR) join(near, { ...candidate, word, chosen: seq === chosen });
		else {
			const one = Math.max(1, count);
			const mark: Mark = { seq, x, y: stave.y, word, count: one, same: one, label: null, chosen: seq === chosen };
			last.set(stave, mark);
			marks.push(mark);
		}
	}
	return { marks, banded };
}

function join(mark: Mark, other: Candidate & { word: Word; chosen: boolean }): void {
	const count = Math.max(1, other.count);
	mark.count += other.count;
	if (mark.word.text === other.word.text) mark.same += other.count;
	else if (other.chosen || (!mark.chosen && other.word.rank > mark.word.rank)) mark.same = count;
	if (other.chosen || (!mark.chosen && other.word.rank > mark.word.rank))
		Object.assign(mark, { seq: other.seq, word: other.word, chosen: other.chosen });
}
