/** A collector that only writes down what a lesson's components say of themselves. */
import { render } from 'svelte/server';
import type { Lesson } from '../course';
import { Names } from './names';
import { contextOf } from './player.svelte';
import Rendered from './Rendered.svelte';
import type { Collector, Moments, Prediction, StepData } from './vocabulary';

/** HTML without its tags, in one line. */
const plain = (html: string): string =>
	html
		.replace(/<[^>]*>/g, '')
		.replace(/&lt;/g, '<')
		.replace(/&gt;/g, '>')
		.replace(/&quot;/g, '"')
		.replace(/&amp;/g, '&')
		.replace(/\s+/g, ' ')
		.trim();

export class Notebook implements Collector {
	readonly names: Names;
	readonly steps: StepData[] = [];
	readonly predictions: Prediction[] = [];
	readonly facts: string[] = [];
	readonly events: string[] = [];
	/** Names of exercises. */
	readonly exercises: string[] = [];
	/** The prose as HTML. */
	body = '';

	constructor(moments: Moments) {
		this.names = new Names(moments);
	}

	addStep(step: StepData): number {
		return this.steps.push(step);
	}
	addPrediction(step: number, prediction: Prediction): void {
		this.predictions.push(prediction);
		this.steps[step - 1]?.predictions.push(prediction.id);
	}
	/** What a prediction asks, in plain words. */
	questionOf({ question }: Prediction): string {
		return plain(render(Rendered, { props: { children: question }, context: contextOf(this) }).body);
	}
	addFact(text: string): void {
		this.facts.push(text);
	}
	addEvent(text: string): void {
		this.events.push(text);
	}
	addExercise(step: number, id: string): void {
		this.exercises.push(id);
		this.steps[step - 1]?.exercises.push(id);
	}
}

/** Reads a lesson without playing it. For the build and for tests. @throws Error for a moment that it does not declare */
export function notesOf({ prose, moments }: Pick<Lesson, 'prose' | 'moments'>): Notebook {
	const notes = new Notebook(moments);
	// Rendering is what makes the components speak; it happens when its text is read.
	notes.body = render(prose, { context: contextOf(notes) }).body;
	return notes;
}
