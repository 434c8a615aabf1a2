/** Pictures that are tables: rows with cells, one of them chosen, those that changed marked. */
import { words } from '../../words';
import { fill } from '../../words/template';
import type { Tone } from './rings';

const said = words.views.shared.rows;

/** One row of a table. */
export interface RowMark {
	id: string;
	/** A text a column. */
	cells: readonly string[];
	/** Is new or other than a moment ago. */
	changed?: boolean;
	/** Says nothing of its own: drawn softer. */
	faint?: boolean;
	/** Whose it is: a bar before the row, said by a word in one of the cells too. */
	tone?: Tone;
	/** Something is wrong with it; a cell says what. */
	bad?: boolean;
	/** Steps to the right of the first cell. */
	indent?: number;
}

/** Row by id, for comparing with a moment ago. */
const byId = <T extends { id: string }>(rows: readonly T[]): ReadonlyMap<string, T> =>
	new Map(rows.map((row) => [row.id, row]));

/**
 * Marks the rows that are new or have other cells than `before`'s.
 * @param before the rows a moment ago, or null where they are not known
 */
export function markChanged(rows: RowMark[], before: readonly RowMark[] | null): RowMark[] {
	if (!before) return rows;
	const old = byId(before);
	return rows.map((row) => {
		const was = old.get(row.id);
		return was && was.cells.every((cell, place) => cell === row.cells[place]) ? row : { ...row, changed: true };
	});
}

/** Rows of `before` that are there no more. */
export const goneRows = (rows: readonly RowMark[], before: readonly RowMark[] | null): RowMark[] => {
	if (!before) return [];
	const now = byId(rows);
	return before.filter((row) => !now.has(row.id));
};

/** The row's cells as one sentence: `column value, column value`. Empty cells are left out. */
export function rowSentence({ cells, changed }: RowMark, columns: readonly string[]): string {
	const row = cells
		.flatMap((cell, place) => (cell ? [columns[place] ? fill(said.cell, { column: columns[place], cell }) : cell] : []))
		.join(', ');
	return markedText(row, changed);
}

/** A text, with a word for its being other than a moment ago. */
export const markedText = (row: string, changed: boolean | undefined): string =>
	changed ? fill(said.changed, { row }) : row;
