/**
 * Bands of density: where a stave has more events than can be marked, thin rows at its foot tell how many there are, column by
 * column, and a note says what they are. The darker, the more, on a scale of the logarithm.
 */
import type { Tone } from '../shared/rings';
import type { Tally } from '../../trace/tally';
import { labelWidth } from './labels';
import { COLUMN, inSight, type Column } from './columns';
import type { Scale } from './scale';
import { slotsOf, type Banded } from './marks';
import type { Stave } from './staves';
import { slotWords, type SlotWords } from './words';
import { shortCount } from '../../words/numbers';

/** Part of a band: one column of it. */
export interface Cell {
	x: number;
	y: number;
	width: number;
	height: number;
	tone: Tone;
	/** 1 few to `LEVELS` the most in sight. */
	level: number;
}

/** What lies in a part of a band, in words. */
export interface Note {
	x: number;
	y: number;
	text: string;
	/** Null for what is said of no stave alone. */
	tone: Tone | null;
}

export const LEVELS = 4;
const ROW = 4;
/** Columns that have one note. */
const NOTED = 40;
/** Kinds that a note names. */
const NAMED = 2;

interface BandDrawing {
	tally: Tally;
	scale: Scale;
	staves: readonly Stave[];
}

/** Events of some slots in a column. */
function countOf(column: Column, slots: readonly number[]): number {
	let count = 0;
	for (const slot of slots) count += column.count(slot);
	return count;
}

/** @param banded staves of each column (`Marking`) */
export function placeBands(
	{ tally, scale, staves }: BandDrawing,
	columns: readonly Column[],
	banded: Banded
): { cells: Cell[]; notes: Note[] } {
	const told = slotWords(tally);
	const found: (Omit<Cell, 'level'> & { count: number })[] = [];
	const notes: Note[] = [];
	let most = 1;
	for (const stave of staves) {
		const { tone } = stave;
		const [first, second] = [0, 1].map((row) => stave.lanes.flatMap((lane) => told.inBand[2 * lane + row] ?? []));
		// A low stave has one row for all.
		const rows = stave.height >= 20 ? 2 : 1;
		for (const [index, column] of columns.entries()) {
			if (!banded[index].has(stave)) continue;
			const counts = [countOf(column, first), countOf(column, second)];
			if (rows === 1) counts[0] += counts.pop()!;
			for (const [row, count] of counts.entries()) {
				if (count === 0) continue;
				most = Math.max(most, count);
				const y = stave.y + stave.height / 2 - ROW * (rows - row);
				found.push({ ...inSight(column, scale), y, height: ROW - 1, tone, count });
			}
		}
		notes.push(...notesOf(told, stave, columns, banded));
	}
	const scaleTo = Math.log(1 + most);
	const cells = found.map(({ count, ...cell }) => ({
		...cell,
		level: Math.max(1, Math.ceil((LEVELS * Math.log(1 + count)) / scaleTo))
	}));
	return { cells, notes };
}

/** What is densest on a stave, every `NOTED` columns where it has a band. */
function notesOf({ words, onLane }: SlotWords, stave: Stave, columns: readonly Column[], banded: Banded): Note[] {
	const { tone, y, height } = stave;
	const slots = slotsOf(stave, onLane);
	const notes: Note[] = [];
	const counts = new Map<string, number>();
	let from = -1;
	const flush = (to: number): void => {
		const told = [...counts].sort((a, b) => b[1] - a[1]).slice(0, NAMED);
		const text = told.map(([name, count]) => `${shortCount(count)} ${name}`).join(', ');
		if (from >= 0 && told.length > 0 && (to - from) * COLUMN > labelWidth(text))
			notes.push({ x: columns[from].x + 3, y: y - height / 2 + 10, text, tone });
		counts.clear();
		from = -1;
	};
	for (const [index, column] of columns.entries()) {
		const inside = banded[index].has(stave);
		if (from >= 0 && (!inside || column.place % NOTED === 0)) flush(index);
		if (!inside) continue;
		if (from < 0) from = index;
		for (const slot of slots) {
			const count = column.count(slot);
			const name = words[slot]?.name ?? '';
			if (count > 0) counts.set(name, (counts.get(name) ?? 0) + count);
		}
	}
	flush(columns.length);
	return notes;
}
