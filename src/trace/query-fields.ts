/** Fields of events as queries compare them: which there are, how they are read, and what their values are called. */
import { EVENT_KINDS, EVENTS, KIND, type EventKind } from './events';
import type { Token, Tokens } from './lexer';
import { hasNames, NAME_ARGUMENT, nameContext, refused, valueName } from './values';
import { argIndex, type TraceView } from './view';

export type Test = (view: TraceView, seq: number) => boolean;

/** Reads a field of an event as a number. */
export type FieldReader = (view: TraceView, seq: number) => number;

/** The fields that every event has. */
export const COLUMNS: Readonly<Record<string, FieldReader>> = {
	seq: (_view, seq) => seq,
	cycle: (view, seq) => view.cycle(seq),
	icount: (view, seq) => view.icount(seq),
	dom: (view, seq) => view.dom(seq),
	vcpu: (view, seq) => view.vcpu(seq),
	ring: (view, seq) => view.ring(seq),
	cause: (view, seq) => view.cause(seq),
	cycles: (view, seq) => view.duration(seq)
};

export const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
	'=': (a, b) => a === b,
	'!=': (a, b) => a !== b,
	'<': (a, b) => a < b,
	'<=': (a, b) => a <= b,
	'>': (a, b) => a > b,
	'>=': (a, b) => a >= b
};

/** The argument of a kind that `field` means, or null. */
const argumentOf = (kind: EventKind, field: string): string | null => {
	if (argIndex(KIND[kind], field) >= 0) return field;
	return field === 'name' ? (NAME_ARGUMENT[kind] ?? null) : null;
};

/** A reader for the field `token` of all `kinds`; an error when one of them lacks it. */
export function fieldReader(tokens: Tokens, token: Token, kinds: readonly EventKind[]): FieldReader {
	const field = token.text;
	const missing = kinds.find((kind) => argumentOf(kind, field) === null);
	if (kinds.length > 0 && missing === undefined) {
		const places = placesOf(kinds, field);
		return (view, seq) => view.arg(seq, places[view.kind(seq)]);
	}
	if (Object.hasOwn(COLUMNS, field)) return COLUMNS[field];
	if (missing === undefined) throw tokens.error(`'any' has only the fields ${Object.keys(COLUMNS).join(', ')}`, token);
	const has = [...EVENTS[missing].args.map(([name]) => name), ...Object.keys(COLUMNS)];
	throw tokens.error(`${missing} has no field '${field}'; it has ${has.join(', ')}`, token);
}

/** Place of the field among the arguments, by number of the kind. */
function placesOf(kinds: readonly EventKind[], field: string): Int8Array {
	const places = new Int8Array(EVENT_KINDS.length).fill(-1);
	for (const kind of kinds) places[KIND[kind]] = argIndex(KIND[kind], argumentOf(kind, field) ?? '');
	return places;
}

/** A test of one value of a condition. */
export function valueTest(
	tokens: Tokens,
	field: Token,
	op: string,
	kinds: readonly EventKind[],
	read: FieldReader
): Test {
	const value = tokens.take();
	const compare = COMPARE[op];
	if (value.kind === 'number') {
		const wanted = value.value;
		return (view, seq) => compare(read(view, seq), wanted);
	}
	if (value.kind !== 'word' && value.kind !== 'string')
		throw tokens.error(`expected a value for '${field.text}'`, value);
	if (kinds.length === 0 || !kinds.every((kind) => hasNames(kind, argumentOf(kind, field.text) ?? field.text)))
		throw tokens.error(`'${field.text}' takes a number, not '${value.text}'`, value);
	if (op !== '=' && op !== '!=') throw tokens.error(`a name can be compared with = and != only`, value);
	const named = nameTest(kinds, field.text, plainName(value.text));
	return op === '=' ? named : (view, seq) => !named(view, seq);
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

/** Names compare without case and without the prefixes that Xen's headers put before them. */
const plainName = (name: string): string =>
	name
		.toLowerCase()
		.replace(/^(schedop|evtchnop|gnttabop|vcpuop|xenmem|xenver|virq|vmasst|mmuext|mmu|xs|shutdown|runstate)_/, '')
		.replace(/^(cmd)_/, '')
		.replace(/^#/, '');

/** A test that a word stands for by itself. */
export function flagTest(tokens: Tokens, token: Token, kinds: readonly EventKind[]): Test {
	if (token.text === 'refused') return refused;
	if (token.text === 'open') return (view, seq) => view.end(seq) < 0;
	const isFlag = (kind: EventKind): boolean =>
		EVENTS[kind].args.some(([name, format]) => name === token.text && format === 'bool');
	if (token.kind === 'word' && kinds.length > 0 && kinds.every(isFlag)) {
		const places = placesOf(kinds, token.text);
		return (view, seq) => view.arg(seq, places[view.kind(seq)]) !== 0;
	}
	const flags = kinds.flatMap((kind) =>
		EVENTS[kind].args.filter(([, format]) => format === 'bool').map(([name]) => name)
	);
	throw tokens.error(
		`'${token.text}' is neither a flag (${[...new Set(flags), 'refused', 'open'].join(', ')}) nor followed by a comparison`,
		token
	);
}
