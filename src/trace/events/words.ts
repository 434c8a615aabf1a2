/**
 * The words of events, and how they are recorded: each with its name, in the order of its row, so that the compiler sees a word
 * that is missing or in another's place.
 *
 *     recorder.record(KIND.halt, word('eip', cpu.eip))
 *
 * A name costs nothing: `word` is its value, and so short that it is always compiled in line. An object with named fields would
 * be made anew for each event wherever the compiler has no room left to see through it, as it had in the entry to a trap.
 */
import {
	EVENT_KINDS,
	EVENTS,
	isWide,
	type ArgName,
	type ArgsOf,
	type NameOf,
	type EventKind,
	type WideFormat,
	type WideName
} from './catalogue';

/** The words of each kind's arguments by name: the two of one that holds 64 bits are `<name>_low` and `<name>_high`. */
export const WORD_NAMES: readonly (readonly string[])[] = EVENT_KINDS.map((kind) =>
	EVENTS[kind].args.flatMap(([name, format]) => (isWide(format) ? [`${name}_low`, `${name}_high`] : [name]))
);
/** Number of words of each kind's arguments. The last of a span's is its result. */
export const ARG_WORDS: Uint8Array = Uint8Array.from(WORD_NAMES, (names) => names.length);

declare const NAME: unique symbol;

/** Name of a word. */
export type WordName = ArgName | `${WideName}_${'low' | 'high'}`;
/** A value, and which word of an event it is. */
export type Word<Name extends WordName> = number & { readonly [NAME]: Name };

type BoolName = NameOf<'bool'>;

/** A word of an event by its name. */
export const word = <Name extends WordName>(_name: Name, value: Name extends BoolName ? 0 | 1 : number): Word<Name> =>
	value as number as Word<Name>;

type WordsOfArg<Arg> = Arg extends readonly [infer Name extends WideName, WideFormat]
	? [low: Word<`${Name}_low`>, high: Word<`${Name}_high`>]
	: Arg extends readonly [infer Name extends ArgName, unknown]
		? [Word<Name>]
		: never;

type WordsOfArgs<Args extends readonly unknown[]> = Args extends readonly [infer First, ...infer Rest]
	? First extends readonly ['result', unknown]
		? WordsOfArgs<Rest>
		: [...WordsOfArg<First>, ...WordsOfArgs<Rest>]
	: [];

/** Words of an event but for the first, which its recorder adds. */
export type AfterFirst<Words extends readonly unknown[]> = Words extends [unknown, ...infer Rest] ? Rest : never;

/** What an event of kind `K` is recorded with. The result of a span comes when it ends. */
export type WordsOf<K extends EventKind> = K extends EventKind ? WordsOfArgs<ArgsOf<K>> : never;
