/** The words that a lesson is written in, as data: what a step, a prediction and an exercise are. */
import type { Snippet } from 'svelte';
import type { Names } from './names';

/** A moment of the lesson's run, which the prose speaks of by name. */
export interface Moment {
	/** What happens there, for whoever reads or mends the lesson. */
	is: string;
	/** Query that names its event; `[name]` stands for another moment's. */
	query: string;
}
/** `moments.ts` of a lesson: name -> moment. */
export type Moments = Readonly<Record<string, Moment>>;

/** Pictures that a step can put on the stage, in the order they are shown. */
export const PICTURES = [
	'trap',
	'walk',
	'frames',
	'space',
	'checks',
	'truths',
	'registers',
	'channels',
	'grants',
	'store',
	'ring',
	'devices',
	'packets'
] as const;
export type Picture = (typeof PICTURES)[number];

export interface StepData {
	title: string;
	/** Query that names the step's moment. Here and below, names of moments are replaced by their queries. */
	at: string;
	shows: readonly Picture[];
	/** Whether the pictures show the machine before the moment's event or after it. */
	moment: 'before' | 'after';
	/** Query whose number is the address to walk; '' for the address that the moment's event speaks of. */
	address: string;
	/** Rows of the two truths to show; empty for all. */
	truths: readonly string[];
	/** Query of the last event that the score should show with the moment; '' for the span of the event itself. */
	until: string;
	/** `nothing` where it shows what the hypervisor asks, and that is nothing; else ''. The tests compare it with the run. */
	asks: 'nothing' | '';
	/** Predictions and exercises inside it. */
	predictions: string[];
	exercises: string[];
}

export interface Option {
	says: string;
	/** Whether the number measured makes this option right. */
	when: (measured: number) => boolean;
	/** The prose goes on from this answer: the tests compare it with the trace. */
	expected?: boolean;
	/** What to tell a learner who chose it. */
	reply: string;
}

export interface Prediction {
	id: string;
	/** Query of the number that decides. */
	measure: string;
	options: readonly Option[];
	/** What is asked, as the prose says it. */
	question: Snippet;
}

/** What a component of a lesson registers with; the page's player, or the collector of a test. */
export interface Collector {
	/** The lesson's moments by name. */
	readonly names: Names;
	addStep(step: StepData): number;
	addPrediction(step: number, prediction: Prediction): void;
	addFact(query: string): void;
	addEvent(query: string): void;
	/** @param id its name in the lesson's `exercise.ts` */
	addExercise(step: number, id: string): void;
}
