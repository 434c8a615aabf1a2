/** The vocabulary of a lesson: what its Markdown imports. */
import PlayedEvent from './Event.svelte';
import PlayedExercise from './Exercise.svelte';
import PlayedPredict from './Predict.svelte';
import PlayedStep from './Step.svelte';
import PlayedWhy from './Why.svelte';
import { word } from './words';

export const Event = word('Event', PlayedEvent);
export const Exercise = word('Exercise', PlayedExercise);
export const Predict = word('Predict', PlayedPredict);
export const Step = word('Step', PlayedStep);
export const Why = word('Why', PlayedWhy);
export { default as Fact } from './Fact.svelte';
export { default as Term } from '../../../views/shared/Term.svelte';
