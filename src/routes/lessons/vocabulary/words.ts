/**
 * Which component a word of the lesson's language becomes. On its page a lesson is played; who shows it otherwise, as a handout does, provides
 * other components for some of the words, and the Markdown stays the same.
 */
import { getContext, setContext, type Component } from 'svelte';

const CONTEXT = Symbol('words');

/** A word's name -> the component that takes its place. It is given the word's own properties. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- Each has properties of its own.
export type OtherWords = Readonly<Record<string, Component<any>>>;

/** For all that is rendered inside the calling component. */
export const provideWords = (words: OtherWords): void => void setContext(CONTEXT, words);

/** The component of a word: what the page around provides, or else the one that plays. (A component is a function, and so is this.) */
export const word = <Played extends Component<never>>(name: string, played: Played): Played =>
	((internals: Parameters<Played>[0], props: never) =>
		(getContext<OtherWords | undefined>(CONTEXT)?.[name] ?? (played as Component<never>))(internals, props)) as Played;
