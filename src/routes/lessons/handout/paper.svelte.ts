/**
 * A lesson on paper. Its run is the recording; the machine goes once through all of its moments, and what it shows at each is drawn and stays.
 *
 * A handout has two parts. With the *questions* stands what a learner may see before answering: the prose up to the question, and the pictures that do
 * not tell. With the *answers* stands the rest. On a page the learner's click parts the two; on paper a sheet does.
 */
import { getContext, setContext } from 'svelte';
import { lineOf } from '../../shell/trouble';
import { query } from '../../../trace/query';
import { sentence } from '../../../trace/text/sentence';
import { reproduced, StageMachine } from '../vocabulary/machine';
import { stretchAround } from '../vocabulary/moments';
import { Player } from '../vocabulary/player.svelte';
import { requestOf } from '../vocabulary/scene';
import { StageRun, type Director, type Framing } from '../vocabulary/stage-run.svelte';
import type { Picture, StepData } from '../vocabulary/vocabulary';

export type Part = 'questions' | 'answers';

/** Pictures that tell what comes of a moment: the page hides them while a prediction is open. */
const TELLING: readonly Picture[] = ['trap', 'checks'];

/** The pictures of a step that stand in one part. */
export function picturesIn(part: Part, { shows, moment, predictions }: StepData): readonly Picture[] {
	const asks = predictions.length > 0;
	if (part === 'questions') return asks ? shows.filter((picture) => !TELLING.includes(picture)) : shows;
	if (!asks) return [];
	// Of a step that shows the machine before its event, all the others are the same as with the question.
	return moment === 'after' ? shows : shows.filter((picture) => TELLING.includes(picture));
}

/** The pictures of one step in one part, at their moment. */
export class Figure implements Director {
	readonly run: StageRun;
	/** Why it could not be drawn, or ''. */
	failure = $state('');
	/** Whether its pictures tell all. */
	readonly known: boolean;
	readonly shows: readonly Picture[];

	constructor(
		private readonly paper: Paper,
		readonly part: Part,
		/** 1-based. */
		readonly step: number,
		machine: StageMachine
	) {
		const data = paper.steps[step - 1];
		this.known = part === 'answers' || data.predictions.length === 0;
		this.shows = picturesIn(part, data);
		const { scenario, trace, end } = paper.run;
		this.run = new StageRun(scenario, trace, machine, this);
		this.run.length = trace.length;
		this.run.end = end;
		this.run.seq = query(trace, data.at);
		const { viewport, seq } = this.run;
		viewport.grow(end);
		viewport.show(stretchAround(trace, seq, data.until ? query(trace, data.until) : -1), true);
	}

	/** What the machine is asked for. */
	get request() {
		const data = this.paper.steps[this.step - 1];
		const asked = requestOf(this.run.trace, data);
		return { ...asked, when: this.known ? data.moment : asked.when, shows: this.shows };
	}

	frame(): Framing {
		const { when, address } = this.request;
		const { truths } = this.paper.steps[this.step - 1];
		return { when, address, shows: this.shows, truths, title: '', veiled: !this.known };
	}
	goal(): number {
		return this.run.seq;
	}
	fail(error: unknown): void {
		this.failure = lineOf(error);
	}

	/** The event in words; before it is predicted, only that it is to come. */
	get caption(): string {
		return this.known ? sentence(this.run.trace, this.run.seq) : 'Just before it happens.';
	}
}

export class Paper extends Player {
	/** In the order of the paper; empty until the run is there. */
	figures: readonly Figure[] = $state.raw([]);
	/** Figures that are done, drawn or failed. */
	done = $state(0);
	private machine: StageMachine | null = null;

	/** Paper has no learner whose progress would open or close anything. */
	override openPrediction(): null {
		return null;
	}
	override open(): void {}

	figure(part: Part, step: number): Figure | undefined {
		return this.figures.find((figure) => figure.part === part && figure.step === step);
	}

	/** The number of a question on the paper, from 1. */
	numberOf(prediction: string): number {
		return [...this.predictions.keys()].indexOf(prediction) + 1;
	}

	/** Lets the machine go from moment to moment, as time runs, and keeps what it shows at each. Call once the run is there. */
	async draw(): Promise<void> {
		const { scenario, trace } = this.run;
		const machine = (this.machine = new StageMachine(() => reproduced(scenario, trace)));
		const parts: readonly Part[] = ['questions', 'answers'];
		this.figures = parts.flatMap((part) =>
			this.steps.flatMap((data, index) =>
				part === 'questions' || data.predictions.length ? [new Figure(this, part, index + 1, machine)] : []
			)
		);
		for (const figure of [...this.figures].sort((a, b) => a.run.seq - b.run.seq)) {
			try {
				figure.run.scene = await machine.scene(figure.request, () => true);
			} catch (error) {
				figure.fail(error);
			}
			this.done++;
		}
	}

	override close(): void {
		super.close();
		this.machine?.close();
	}
}

const CONTEXT = Symbol('part');

/** What the words on paper know of where they stand. */
export interface Place {
	readonly part: Part;
	readonly paper: Paper;
	/** Steps met so far in this part. */
	steps: number;
}

export const standIn = (part: Part, paper: Paper): void => void setContext<Place>(CONTEXT, { part, paper, steps: 0 });
export const place = (): Place => getContext<Place>(CONTEXT);
