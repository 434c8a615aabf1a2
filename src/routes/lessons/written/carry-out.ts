/**
 * Carries out what a learner has written: goes to the moment, makes the changes, lets the machine run on, and asks the trace. The lesson's run
 * stays as it was: what was written makes another future.
 */
import type { MomentState } from '../../../moments';
import { fact } from '../../../trace/facts';
import { tryQuery, query, QueryError } from '../../../trace/query';
import type { TraceView } from '../../../trace/view';
import type { Change } from '../../../workbench/log';
import type { StopReport, StopSpec } from '../../../workbench/stops';
import type { Exercise, Given, Outcome, Posed, Values, Variant, Verdict, Written } from './exercise';
import { readNumber } from './numbers';

/** Instructions that a learner's run may go on for: some twenty times as long as a lesson's. A run that never ends stops there. */
export const MOST_INSTRUCTIONS = 2_000_000;

/** What is needed of a run: `RunClient` is one. */
export interface Bench {
	readonly timeline: number;
	traceOf(timeline: number): TraceView;
	switchTo(timeline: number): Promise<StopReport>;
	seek(moment: { icount: number }): Promise<StopReport>;
	fork(change: Change): Promise<{ readonly id: number }>;
	advance(stop: StopSpec): Promise<StopReport>;
	inspect(): Promise<MomentState>;
}

/** Turns text with names of moments into what the grammar reads. */
export type Expand = (text: string) => string;

/** The numbers that a variant speaks of. @throws QueryError where the lesson's run has none */
export function pose(trace: TraceView, expand: Expand, exercise: Exercise, variant: Variant): Posed<Variant> {
	const facts = Object.entries(exercise.facts(variant));
	const given: Given = Object.fromEntries(facts.map(([name, text]) => [name, fact(trace, expand(text))]));
	return { variant, given };
}

/** What is in a field cannot be used: not an attempt, only a field to mend. */
export class Unusable extends Error {
	constructor(
		readonly control: string,
		readonly says: string
	) {
		super(`${control}: ${says}`);
	}
}

/** Assembles one instruction that is to lie at an address. */
export type Assemble = (
	text: string,
	address: number
) => Promise<{ readonly bytes: Uint8Array } | { readonly problem: { readonly says: string } }>;

/** Reads all fields. @throws Unusable with the first that cannot be read */
export async function readFields(
	exercise: Exercise,
	posed: Posed<Variant>,
	values: Values,
	assemble: Assemble,
	address: number
): Promise<Written> {
	const numbers: Record<string, bigint> = {};
	const bytes: Record<string, Uint8Array> = {};
	for (const [name, control] of Object.entries(exercise.controls(posed))) {
		if (control.kind === 'instruction') {
			const made = await assemble(values[name], address);
			if ('problem' in made) throw new Unusable(name, made.problem.says);
			if (made.bytes.length > control.room) throw new Unusable(name, tooLong(made.bytes.length, control.room));
			bytes[name] = made.bytes;
			continue;
		}
		const typed = readNumber(values[name], control.kind === 'entry' ? 64 : control.bits);
		if ('problem' in typed) throw new Unusable(name, typed.problem);
		numbers[name] = typed.value;
	}
	return { numbers, bytes };
}

export const tooLong = (length: number, room: number): string =>
	`This instruction has ${length} bytes, and there is room for ${room}: it would overwrite the one behind it.`;

/** A run of the learner's that has come to its end, or to where it was stopped. */
export interface Attempt {
	/** Its future on the bench. */
	readonly timeline: number;
	readonly trace: TraceView;
	/** Number of its first `change` event: where it parts from the lesson's run. */
	readonly parted: number;
	readonly report: StopReport;
	/** Null where it was stopped by hand. */
	readonly verdict: Verdict | null;
	/** It would have gone on. */
	readonly unfinished: boolean;
}

/** What goes on, for whoever shows it. */
export interface Listener {
	/** The future is made, and the machine is about to go on in it. */
	begun(timeline: number, parted: number): void;
}

/**
 * @param at icount of the moment
 * @throws RangeError for a change that the machine does not take
 */
export async function carryOut(
	bench: Bench,
	exercise: Exercise,
	{ posed, values, at, expand, assemble, listener }: Order
): Promise<Attempt> {
	if (bench.timeline !== 0) await bench.switchTo(0);
	await bench.seek({ icount: at });
	const before = await bench.inspect();
	const written = await readFields(exercise, posed, values, assemble, before.regs.eip);
	const parted = before.seq;
	let timeline = 0;
	for (const change of exercise.change(written, posed, before)) timeline = (await bench.fork(change)).id;
	const changed = (await bench.inspect()).seq - 1;
	listener?.begun(timeline, parted);
	const end = { icount: at + MOST_INSTRUCTIONS };
	const then = exercise.look ? await lookedAt(bench, { ...exercise.look(before), ...end }) : null;
	const report = await bench.advance(end);
	const trace = bench.traceOf(timeline);
	const outcome: Outcome<Variant> = {
		...posed,
		...written,
		trace,
		changed,
		before,
		then,
		...asking(trace, expand, changed)
	};
	const verdict = report.cause === 'paused' ? null : exercise.check(outcome);
	return { timeline, trace, parted, report, verdict, unfinished: report.cause === 'icount' };
}

export interface Order {
	readonly posed: Posed<Variant>;
	readonly values: Values;
	readonly at: number;
	readonly expand: Expand;
	readonly assemble: Assemble;
	readonly listener?: Listener;
}

/** The machine at the place that is looked at, or null. */
async function lookedAt(bench: Bench, stop: StopSpec): Promise<MomentState | null> {
	const { cause } = await bench.advance(stop);
	return cause === 'point' ? bench.inspect() : null;
}

/** Questions to one run: where there is no answer, there is none. */
function asking(trace: TraceView, expand: Expand, changed: number): Pick<Outcome<Variant>, 'fact' | 'find'> {
	const text = (asked: string): string => expand(asked.replaceAll('[written]', `@${changed}`));
	return {
		fact(asked) {
			try {
				return Number(fact(trace, text(asked)));
			} catch (error) {
				if (error instanceof QueryError) return NaN;
				throw error;
			}
		},
		find: (asked) => tryQuery(trace, text(asked))
	};
}

/** Instructions retired when the moment of an exercise comes. @throws QueryError */
export const momentOf = (trace: TraceView, expand: Expand, exercise: Exercise): number =>
	trace.icount(query(trace, expand(`[${exercise.at}]`)));
