/** Two truths, as rows: what the guest believes beside what the machine does, differences first to the eye. */
import type { TruthRow, TruthView } from '../../moments';
import type { TwinLine } from '../shared/twin';
import { words } from '../../words';
import { fill } from '../../words/template';

const said = words.views.truths;

export interface TruthMarks {
	rows: TruthRow[];
	/** How many rows differ. */
	differ: number;
	/** Whether guest and machine stand beside each other, or one under the other. */
	stacked: boolean;
}

/** @param only ids of the rows to show, in this order; empty for all */
export function layout(view: TruthView, size: { width: number }, only: readonly string[] = []): TruthMarks {
	const rows = only.length ? only.flatMap((id) => view.rows.filter((row) => row.id === id)) : view.rows;
	return { rows, differ: rows.filter((row) => !row.same).length, stacked: size.width < 420 };
}

export const twin = (marks: TruthMarks): TwinLine[] =>
	marks.rows.map(({ id, what, guest, machine, same, note }) => ({
		id,
		text: fill(same ? said.sameLine : said.differsLine, { what, guest, machine, note })
	}));
