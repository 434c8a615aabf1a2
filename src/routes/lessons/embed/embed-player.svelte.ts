/** Plays one place of a lesson for an embed: a question is open only when it was asked for, and what the reader does is told, not kept. */
import { otherwise } from '../../../trace/query/nearest';
import { sentence } from '../../../trace/text/sentence';
import type { Place } from '../address';
import { Player } from '../vocabulary/player.svelte';
import type { Framing } from '../vocabulary/stage-run.svelte';
import type { Picture } from '../vocabulary/vocabulary';
import type { Report, Standing } from './protocol';

type Answered = Extract<Report, { says: 'answered' }>;

export class EmbedPlayer extends Player {
	/** Pictures that were asked for; empty for those of the step. */
	pictures: readonly Picture[] = $state.raw([]);
	/** The step whose question is put, or 0. */
	asking = $state(0);
	/** Where it is to begin, once the run is there. */
	first: Place | null = null;
	/** The reader has committed an answer. */
	onanswer: ((answered: Answered) => void) | null = null;
	/** The place that was asked for first is none: why. */
	onlost: ((reason: string) => void) | null = null;

	override openPrediction(step: number): string | null {
		return this.asking === step ? super.openPrediction(step) : null;
	}

	override frame(seq: number): Framing {
		const framing = super.frame(seq);
		return this.pictures.length ? { ...framing, shows: this.pictures } : framing;
	}

	override open(step: number): void {
		const { first } = this;
		this.first = null;
		if (!first) return super.open(step);
		const lost = this.go(first);
		if (lost) this.onlost?.(lost);
	}

	/** Goes to a place. @returns why it cannot, or '' */
	go(place: Place): string {
		const lost = this.lost(place);
		if (lost) return lost;
		if (place.moment) this.openMoment(place.moment);
		else if (place.event >= 0) this.openEvent(place.event);
		else super.open(place.step || 1);
		return '';
	}

	/** Why there is no such place, with those that there are; '' for one that there is. */
	lost({ step, moment, event }: Place): string {
		const { title } = this;
		if (step > this.steps.length) return `${title} has no step ${step}: its steps are 1 to ${this.steps.length}.`;
		if (moment && !Object.hasOwn(this.names.moments, moment))
			return `${title} has no moment '${moment}'${otherwise(moment, Object.keys(this.names.moments), 'there are')}`;
		const { length } = this.run.trace;
		if (event >= length) return `The run of ${title} has no event ${event}: its events are 0 to ${length - 1}.`;
		return '';
	}

	/** Puts the question of a step. @returns why it cannot, or '' */
	putQuestion(step: number): string {
		const lost = this.lost({ step, moment: '', event: -1 });
		if (lost) return lost;
		const { title, predictions } = this.steps[step - 1];
		if (!predictions.length) return `Step ${step}, ${title}, asks nothing: questions are in ${this.questions()}.`;
		this.progress.predicted = Object.fromEntries(
			Object.entries(this.progress.predicted).filter(([id]) => !predictions.includes(id))
		);
		this.asking = step;
		super.open(step);
		return '';
	}

	private questions(): string {
		const asked = this.steps.flatMap(({ predictions }, index) => (predictions.length ? [index + 1] : []));
		return asked.length ? `step ${asked.join(', ')}` : 'no step';
	}

	override commit(id: string, option: number): void {
		super.commit(id, option);
		const prediction = this.predictions.get(id);
		const chosen = prediction?.options[option];
		this.onanswer?.({
			says: 'answered',
			step: this.step,
			question: id,
			option,
			answer: chosen?.says ?? '',
			right: chosen?.when(this.measure(prediction!.measure)) ?? false
		});
	}

	standing(): Standing {
		const { seq, trace, framing } = this.run;
		return {
			step: this.step,
			title: this.steps[this.step - 1]?.title ?? '',
			moment: this.momentAt(seq) || null,
			event: seq,
			cycle: seq >= 0 ? trace.cycle(seq) : 0,
			sentence: seq >= 0 && !framing.veiled ? sentence(trace, seq) : ''
		};
	}

	constructor(
		/** The lesson's title, for what is said. */
		readonly title: string,
		...lesson: ConstructorParameters<typeof Player>
	) {
		super(...lesson);
	}
}
