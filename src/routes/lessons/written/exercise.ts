/**
 * A written exercise: the learner writes something (a page-table entry, an instruction, an argument) into the machine at one moment of the
 * lesson's run. From there on the run is another one, and its trace decides. `exercise.ts` of a lesson says what is shared by all languages,
 * `en.exercise.json` what is said.
 */
import type { MomentState } from '../../../moments';
import type { TraceView } from '../../../trace/view';
import type { ArgValue } from '../../../trace/wide';
import type { Change } from '../../../workbench/log';
import type { StopSpec } from '../../../workbench/stops';
import { entryText, hexText } from './numbers';

export type { MomentState } from '../../../moments';

/** One way in which an exercise is posed. Its numbers come from the run: a copied answer fails in the next one. */
export interface Variant {
	/** What is asked: a name in the words. */
	readonly ask: string;
}

/** A field that the learner fills. */
export type Control =
	/** A PAE page-table entry of 64 bits. */
	| { readonly kind: 'entry'; readonly start: ArgValue }
	/** One instruction, as text, for so many bytes. */
	| { readonly kind: 'instruction'; readonly room: number; readonly start: string }
	/** A number. `means`: a field of a structure, `mmu_update.ptr`, whose meaning is shown. */
	| { readonly kind: 'number'; readonly bits: 32 | 64; readonly start: ArgValue | ''; readonly means?: string };

/** What was typed, by control. */
export type Values = Readonly<Record<string, string>>;

/** Numbers of the lesson's run, by name. */
export type Given = Readonly<Record<string, ArgValue>>;

/** A variant with its numbers. */
export interface Posed<V extends Variant> {
	readonly variant: V;
	readonly given: Given;
}

/** What was written: the values of the fields, and the bytes of instructions. */
export interface Written {
	readonly numbers: Readonly<Record<string, bigint>>;
	readonly bytes: Readonly<Record<string, Uint8Array>>;
}

/** The learner's run when it has come to its end. */
export interface Outcome<V extends Variant> extends Posed<V>, Written {
	readonly trace: TraceView;
	/** Number of the last `change` event: all that is graded comes after it. */
	readonly changed: number;
	/** The machine at the moment, before anything was written. */
	readonly before: MomentState;
	/** The machine where `look` says; null where the run did not come there. */
	readonly then: MomentState | null;
	/** A fact of this run; NaN where it has no value. `[name]` is a moment, `[written]` the last change. */
	fact(text: string): number;
	/** The event that a query names in this run, or -1. */
	find(text: string): number;
}

export interface Verdict {
	readonly solved: boolean;
	/** Name of the reply in the words. */
	readonly reply: string;
	/** What stands in its places. */
	readonly places?: Readonly<Record<string, string | number>>;
	/** The event that decided, which goes on the stage; -1 for the change itself. */
	readonly at: number;
}

export interface Exercise<V extends Variant = Variant> {
	/** The moment of the lesson's run, by name: what is written is there just before its event. */
	readonly at: string;
	/** All ways in which it is posed, in the order in which they come. */
	readonly variants: readonly V[];
	/** Facts of the lesson's run that a variant speaks of, by name; `address`, where there is one, is walked on the stage. */
	facts(variant: V): Readonly<Record<string, string>>;
	/** The places of the words about it: numbers as people read them. */
	places(posed: Posed<V>): Readonly<Record<string, string | number>>;
	/** Its fields, in order; their labels are in the words. */
	controls(posed: Posed<V>): Readonly<Record<string, Control>>;
	/** What becomes different, given the machine at the moment. */
	change(written: Written, posed: Posed<V>, before: MomentState): readonly Change[];
	/** Where the machine is looked at on its way, beside the trace. */
	look?(before: MomentState): StopSpec;
	/** Facts of the run decide, never the text that was typed. */
	check(outcome: Outcome<V>): Verdict;
	/** Values that solve it, and values that do not and why: for tests, and to show. */
	solution(posed: Posed<V>): Values;
	slips(posed: Posed<V>): readonly { readonly values: Values; readonly reply: string }[];
}

/** `exercise.ts` of a lesson: id -> exercise. */
export type Exercises = Readonly<Record<string, Exercise>>;

/** Gives an exercise its type. */
export const exercise = <V extends Variant>(of: Exercise<V>): Exercise => of;

export interface ExerciseWords {
	/** Control -> its label. */
	readonly labels: Readonly<Record<string, string>>;
	/** What is asked -> the task, and two hints, the second of which nearly tells. */
	readonly asks: Readonly<Record<string, { readonly task: string; readonly hints: readonly [string, string] }>>;
	readonly replies: Readonly<Record<string, string>>;
}

/** `en.exercise.json` of a lesson. */
export type ExercisesWords = Readonly<Record<string, ExerciseWords>>;

/** A number as so many bytes of memory. */
export const littleEndian = (value: bigint, bytes: number): number[] =>
	Array.from({ length: bytes }, (_, byte) => Number((value >> BigInt(8 * byte)) & 0xffn));

/** What stands in the fields before the learner has written anything. */
export const startValues = (exercise: Exercise, posed: Posed<Variant>): Values =>
	Object.fromEntries(Object.entries(exercise.controls(posed)).map(([name, control]) => [name, startOf(control)]));

function startOf(control: Control): string {
	if (typeof control.start === 'string') return control.start;
	return control.kind === 'entry' ? entryText(BigInt(control.start)) : hexText(control.start);
}

/** The verdict on what does not solve it. */
export const no = (reply: string, at: number, places: Verdict['places'] = {}): Verdict => ({
	solved: false,
	reply,
	at,
	places
});
