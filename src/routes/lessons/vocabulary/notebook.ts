/** A collector that only writes down what a lesson's components say of themselves. */
import type { Collector, ExerciseData, Prediction, StepData } from './vocabulary';

export class Notebook implements Collector {
	readonly steps: StepData[] = [];
	readonly predictions: Prediction[] = [];
	readonly facts: string[] = [];
	readonly events: string[] = [];
	readonly exercises: ExerciseData[] = [];

	addStep(step: StepData): number {
		return this.steps.push(step);
	}
	addPrediction(step: number, prediction: Prediction): void {
		this.predictions.push(prediction);
		this.steps[step - 1]?.predictions.push(prediction.id);
	}
	addFact(text: string): void {
		this.facts.push(text);
	}
	addEvent(text: string): void {
		this.events.push(text);
	}
	addExercise(exercise: ExerciseData): void {
		this.exercises.push(exercise);
	}
}
