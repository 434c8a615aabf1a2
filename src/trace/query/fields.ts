/** Fields of events as queries compare them: which there are, how they are read, and what their values are called. */
import { EVENT_KINDS, EVENTS, KIND, type EventKind } from '../events';
import { hasNames, NAME_ARGUMENT, nameContext, namesOf, refused, valueName } from '../values';
import { argIndex, holds64, type TraceView } from '../view';
import type { ArgValue } from '../wide';
import { COMPARE } from './compare';
import type { Place, Tokens } from './lexer';
import { meant, nearest, otherwise } from './nearest';
import { SCOPES } from './scopes';
import type { Condition, Wanted } from './selector';

export type Test = (view: TraceView, seq: number) => boolean;

/** Reads a field of an event. */
export type FieldReader = (view: TraceView, seq: number) => ArgValue;

/** A field that every event has; `few` where it has so few values that they can be listed. */
interface Column {
	readonly few?: boolean;
	readonly read: (view: TraceView, seq: number) => number;
}

export const COLUMNS: Readonly<Record<string, Column>> = {
	seq: { read: (_view, seq) => seq },
	cycle: { read: (view, seq) => view.cycle(seq) },
	icount: { read: (view, seq) => view.icount(seq) },
	dom: { few: true, read: (view, seq) => view.dom(seq) },
	vcpu: { few: true, read: (view, seq) => view.vcpu(seq) },
	ring: { few: true, read: (view, seq) => view.ring(seq) },
	cause: { read: (view, seq) => view.cause(seq) },
	cycles: { read: (view, seq) => view.duration(seq) }
};

/** Tests that a word stands for by itself, of events of every kind. */
export const FLAGS: Readonly<Record<string, { holds: Test }>> = {
	refused: { holds: refused },
	open: { holds: (view, seq) => view.end(seq) < 0 }
};

/** The argument of a kind that `field` means, or null. */
const argumentOf = (kind: EventKind, field: string): string | null => {
	if (argIndex(KIND[kind], field) >= 0) return field;
	return field === 'name' ? (NAME_ARGUMENT[kind] ?? null) : null;
};

/** A reader for the field `place` of all `kinds`; an error when one of them lacks it. */
export function fieldReader(tokens: Tokens, place: Place, kinds: readonly EventKind[]): FieldReader {
	const field = place.text;
	const missing = kinds.find((kind) => argumentOf(kind, field) === null);
	if (kinds.length > 0 && missing === undefined) {
		const places = placesOf(kinds, field);
		return kinds.some((kind) => holds64(KIND[kind], places[KIND[kind]]))
			? (view, seq) => view.value(seq, places[view.kind(seq)])
			: (view, seq) => view.arg(seq, places[view.kind(seq)]);
	}
	if (Object.hasOwn(COLUMNS, field)) return COLUMNS[field].read;
	if (missing === undefined) {
		const columns = Object.keys(COLUMNS);
		throw tokens.error(`'any' has only the fields ${columns.join(', ')}${meant(field, columns)}`, place);
	}
	throw tokens.error(`${missing} has no field '${field}'${otherwise(field, fieldsOf(missing), 'it has')}`, place);
}

/** Fields of a kind, its main name and the columns among them. */
export const fieldsOf = (kind: EventKind): string[] => [
	...EVENTS[kind].args.map(([name]) => name),
	...(NAME_ARGUMENT[kind] ? ['name'] : []),
	...Object.keys(COLUMNS)
];

/** Place of the field among the arguments, by number of the kind. */
function placesOf(kinds: readonly EventKind[], field: string): Int8Array {
	const places = new Int8Array(EVENT_KINDS.length).fill(-1);
	for (const kind of kinds) places[KIND[kind]] = argIndex(KIND[kind], argumentOf(kind, field) ?? '');
	return places;
}

/** A test of what one condition says. */
export function conditionTest(tokens: Tokens, condition: Condition, kinds: readonly EventKind[]): Test {
	if (condition.kind === 'flag') {
		const flag = flagTest(tokens, condition.flag, kinds);
		return condition.not ? (view, seq) => !flag(view, seq) : flag;
	}
	const { field, op, values } = condition;
	const read = fieldReader(tokens, field, kinds);
	const tests = values.map((value) => valueTest(tokens, field, op, value, kinds, read));
	if (tests.length === 1) return tests[0];
	if (op === '!=') return (view, seq) => tests.every((test) => test(view, seq));
	return (view, seq) => tests.some((test) => test(view, seq));
}

/** A test of one value of a condition. */
function valueTest(
	tokens: Tokens,
	field: Place,
	op: string,
	wanted: Wanted,
	kinds: readonly EventKind[],
	read: FieldReader
): Test {
	const { value } = wanted;
	const holds = COMPARE[op];
	if (!Number.isNaN(value)) return (view, seq) => holds(read(view, seq), value);
	if (kinds.length === 0 || !kinds.every((kind) => hasNames(kind, argumentOf(kind, field.text) ?? field.text)))
		throw tokens.error(`'${field.text}' takes a number, not '${wanted.text}'`, wanted);
	if (op !== '=' && op !== '!=') throw tokens.error(`a name can be compared with = and != only`, wanted);
	refuseMistyped(tokens, field.text, wanted, kinds);
	const named = nameTest(kinds, field.text, plainName(wanted.text));
	return op === '=' ? named : (view, seq) => !named(view, seq);
}

/** Names that differ in their numbers alone are names of different things, not mistakes. */
const withoutDigits = (name: string): string => name.replace(/[0-9]/g, '');

/** A name that no value has, but that is very like one that a value has, has been mistyped. */
function refuseMistyped(tokens: Tokens, field: string, wanted: Wanted, kinds: readonly EventKind[]): void {
	const names = kinds.flatMap((kind) => namesOf(kind, argumentOf(kind, field) ?? field));
	const written = plainName(wanted.text);
	if (names.some((name) => plainName(name) === written)) return;
	const near = nearest(wanted.text, names) || nearest(shortName(wanted.text), names.map(shortName));
	if (near && withoutDigits(plainName(near)) !== withoutDigits(written))
		throw tokens.error(`nothing in '${field}' is called '${wanted.text}'; did you mean '${near}'?`, wanted);
}

/** Whether the value of `field` is called `wanted`. Each value is named once; after that its answer is known. */
function nameTest(kinds: readonly EventKind[], field: string, wanted: string): Test {
	const places = placesOf(kinds, field);
	const names = EVENT_KINDS.map((kind) => argumentOf(kind, field) ?? field);
	const known = new Map<number, Map<number, boolean>>();
	return (view, seq) => {
		const kind = view.kind(seq);
		const value = view.arg(seq, places[kind]);
		const context = kind + EVENT_KINDS.length * nameContext(view, seq, names[kind]);
		let answers = known.get(context);
		if (!answers) known.set(context, (answers = new Map()));
		let answer = answers.get(value);
		if (answer === undefined) {
			// A field of any value at all is not worth remembering for ever.
			if (answers.size > 10_000) answers.clear();
			answers.set(value, (answer = plainName(valueName(view, seq, names[kind])) === wanted));
		}
		return answer;
	};
}

/** A name without the prefixes that Xen's headers put before all of its sort. */
export const shortName = (name: string): string =>
	name.replace(
		/^(schedop|evtchnop|gnttabop|vcpuop|xenmem|xenver|virq|vmasst(_cmd)?|mmuext|mmu|xs|shutdown|runstate|consoleio)_/i,
		''
	);

/** Names compare without case and prefixes. */
const plainName = (name: string): string => shortName(name).replace(/^#/, '').toLowerCase();

/** Whether a kind has a flag of this name. */
export const isFlag = (kind: EventKind, flag: string): boolean =>
	EVENTS[kind].args.some(([name, format]) => name === flag && format === 'bool');

/** Flags that all `kinds` have, besides those of every event. */
export const flagsOf = ([one, ...others]: readonly EventKind[]): string[] =>
	(one ? EVENTS[one].args : [])
		.filter(([name, format]) => format === 'bool' && others.every((kind) => isFlag(kind, name)))
		.map(([name]) => name);

/** What may stand where a flag stands. */
const wordsAfter = (kinds: readonly EventKind[], flags: readonly string[]): string[] => [
	...flags,
	...Object.keys(FLAGS),
	'first',
	'last',
	...Object.keys(SCOPES).map((scope) => `${scope}(`),
	...(kinds.length === 1 ? fieldsOf(kinds[0]) : Object.keys(COLUMNS)).map((field) => `${field}=`)
];

/** A test that a word stands for by itself. */
function flagTest(tokens: Tokens, place: Place, kinds: readonly EventKind[]): Test {
	const flag = place.text;
	if (Object.hasOwn(FLAGS, flag)) return FLAGS[flag].holds;
	const flags = flagsOf(kinds);
	if (!flags.includes(flag))
		throw tokens.error(
			`'${flag}' is neither a flag (${[...flags, ...Object.keys(FLAGS)].join(', ')}) nor followed by a comparison` +
				meant(flag, wordsAfter(kinds, flags)),
			place
		);
	const places = placesOf(kinds, flag);
	return (view, seq) => view.arg(seq, places[view.kind(seq)]) !== 0;
}
