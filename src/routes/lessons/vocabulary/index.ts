/** The vocabulary of a lesson: what its Markdown imports. */
export { default as Event } from './Event.svelte';
export { default as Exercise } from './Exercise.svelte';
export { default as Fact } from './Fact.svelte';
export { default as Predict } from './Predict.svelte';
export { default as Step } from './Step.svelte';
export { default as Why } from './Why.svelte';
export { default as Term } from '../../../views/shared/Term.svelte';
