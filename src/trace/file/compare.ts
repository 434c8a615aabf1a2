/** Whether two traces are the same, event by event; where not, what differs first. */
import { ARG_COUNT, IS_SPAN, type TraceView } from '../view';
import { plainValue } from '../wide';
import { Pace, type PaceOptions } from './pace';
import { count } from '../../words/numbers';

/** The first thing that differs. */
export interface Difference {
	seq: number;
	/** An argument's name, a column's, or `event` where only one of the traces has it. */
	what: string;
	stored: number | string;
	made: number | string;
}

type Field = readonly [what: string, read: (view: TraceView, seq: number) => number | string];

const FIELDS: readonly Field[] = [
	['kind', (view, seq) => view.kindName(seq)],
	['cycle', (view, seq) => view.cycle(seq)],
	['icount', (view, seq) => view.icount(seq)],
	['dom', (view, seq) => view.dom(seq)],
	['vcpu', (view, seq) => view.vcpu(seq)],
	['ring', (view, seq) => view.ring(seq)],
	['cause', (view, seq) => view.cause(seq)]
];

function argumentOf(stored: TraceView, made: TraceView, seq: number, known: boolean): Difference | null {
	const kind = stored.kind(seq);
	// A span's last argument is its result, which comes with its end.
	const compared = ARG_COUNT[kind] - (IS_SPAN[kind] && !known ? 1 : 0);
	for (let index = 0; index < compared; index++) {
		const [a, b] = [stored.value(seq, index), made.value(seq, index)];
		if (a !== b) return { seq, what: stored.row(seq).args[index][0], stored: plainValue(a), made: plainValue(b) };
	}
	return null;
}

function differenceAt(stored: TraceView, made: TraceView, seq: number): Difference | null {
	for (const [what, read] of FIELDS) {
		const [a, b] = [read(stored, seq), read(made, seq)];
		if (a !== b) return { seq, what, stored: a, made: b };
	}
	// A span that had not ended when the trace was stored may have by now.
	const known = stored.end(seq) >= 0;
	if (known && stored.end(seq) !== made.end(seq))
		return { seq, what: 'end', stored: stored.end(seq), made: made.end(seq) };
	if (known && stored.duration(seq) !== made.duration(seq))
		return { seq, what: 'cycles', stored: stored.duration(seq), made: made.duration(seq) };
	return argumentOf(stored, made, seq, known);
}

/**
 * The first difference between what was stored and what a run made again, or null. The run may have gone on beyond the stored
 * trace; it may not have stopped before its end.
 */
export async function compareTraces(
	stored: TraceView,
	made: TraceView,
	options: PaceOptions = {}
): Promise<Difference | null> {
	const pace = new Pace(options);
	for (let seq = 0; seq < stored.length; seq++) {
		if (seq >= made.length) return { seq, what: 'event', stored: stored.kindName(seq), made: 'none' };
		const difference = differenceAt(stored, made, seq);
		if (difference) return difference;
		if ((seq & 0xfff) === 0) await pace.step(seq / stored.length);
	}
	pace.finish();
	return null;
}

/** A difference in a sentence. */
export const differenceText = ({ seq, what, stored, made }: Difference): string =>
	`event ${count(seq)}: ${what} was ${stored} when it was saved, and is ${made} now`;
