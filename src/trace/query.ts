/**
 * Queries name events by what they are, never by an index: "the second refused mmu_update of dom 1" is
 * `hypercall name=mmu_update dom=1 refused #2`.
 *
 *     query     = kinds { condition | scope } [ order ] | "@" seq
 *     kinds     = kind { "|" kind } | "any"                 a kind of the catalogue: hypercall, page_fault ...
 *     condition = field op value { "|" value }              any of the values; with != none of them
 *               | [ "!" ] flag
 *     op        = "=" | "!=" | "<" | "<=" | ">" | ">="
 *     field     = an argument of the kind | name | seq | cycle | icount | dom | vcpu | ring | cause | cycles
 *     flag      = an argument of format bool | refused | open
 *     value     = number | name | "quoted name"             0xc0de, -22, 1e6, -EINVAL, #PF, yield, l1_page_table
 *     scope     = "after" "(" query ")"                     recorded later than its beginning
 *               | "past" "(" query ")"                      recorded later than its end
 *               | "before" "(" query ")"
 *               | "inside" "(" query ")"                    within that span
 *               | "around" "(" query ")"                    spans that it lies in
 *               | "causedby" "(" query ")"                  whose cause it is
 *     order     = "#" n | "first" | "last"                  first when left out; #1 is the first
 *
 * `name` is the event's main name: of a hypercall its name, of a trap its vector, of a check its
 * question. `op` is a sub-operation, by number or by Xen's name. `cycles` is how long a span took.
 */
import { EVENT_KINDS, EVENTS, type EventKind } from './events';
import { QueryError, Tokens, type Token } from './lexer';
import { hasNames, NAME_ARGUMENT, refused, valueName } from './values';
import { argIndex, type TraceView } from './view';

export { QueryError } from './lexer';

type Test = (view: TraceView, seq: number) => boolean;
interface Range {
	from: number;
	/** Exclusive. */
	to: number;
	test?: Test;
}
type Scope = (view: TraceView, seq: number) => Range;

/** A query that has been read and can be asked of any trace. */
export interface Query {
	readonly text: string;
	/** Every match, ascending, whatever the order word says. */
	all(view: TraceView): number[];
	/** The one event meant, or -1. */
	one(view: TraceView): number;
	/** Whether `seq` is a match, whatever the order word says. */
	includes(view: TraceView, seq: number): boolean;
}

const COLUMNS: Readonly<Record<string, (view: TraceView, seq: number) => number>> = {
	seq: (_view, seq) => seq,
	cycle: (view, seq) => view.cycle(seq),
	icount: (view, seq) => view.icount(seq),
	dom: (view, seq) => view.dom(seq),
	vcpu: (view, seq) => view.vcpu(seq),
	ring: (view, seq) => view.ring(seq),
	cause: (view, seq) => view.cause(seq),
	cycles: (view, seq) => view.duration(seq)
};

const SCOPES: Readonly<Record<string, Scope>> = {
	after: (view, seq) => ({ from: seq + 1, to: view.length }),
	past: (view, seq) => ({ from: lastOf(view, seq) + 1, to: view.length }),
	before: (_view, seq) => ({ from: 0, to: seq }),
	inside: (view, seq) => ({ from: seq + 1, to: lastOf(view, seq) + 1 }),
	around: (_view, seq) => ({ from: 0, to: seq, test: (view, outer) => lastOf(view, outer) >= seq }),
	causedby: (view, seq) => ({ from: seq + 1, to: view.length, test: (_view, effect) => view.cause(effect) === seq })
};

const lastOf = (view: TraceView, seq: number): number => (view.end(seq) < 0 ? view.length - 1 : view.end(seq));

const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
	'=': (a, b) => a === b,
	'!=': (a, b) => a !== b,
	'<': (a, b) => a < b,
	'<=': (a, b) => a <= b,
	'>': (a, b) => a > b,
	'>=': (a, b) => a >= b
};

/** Reads a field of an event as a number. */
export type FieldReader = (view: TraceView, seq: number) => number;

/** A reader for the field `token` of all `kinds`; an error when one of them lacks it. */
export function fieldReader(tokens: Tokens, token: Token, kinds: readonly EventKind[]): FieldReader {
	const field = token.text;
	const missing = kinds.find((kind) => argumentOf(kind, field) === null);
	const isArgument = kinds.length > 0 && missing === undefined;
	if (isArgument) return (view, seq) => view.arg(seq, argumentOf(view.kindName(seq), field) as string);
	const column = COLUMNS[field];
	if (column) return column;
	if (missing === undefined) throw tokens.error(`'any' has only the fields ${Object.keys(COLUMNS).join(', ')}`, token);
	const has = [...EVENTS[missing].args.map(([name]) => name), ...Object.keys(COLUMNS)];
	throw tokens.error(`${missing} has no field '${field}'; it has ${has.join(', ')}`, token);
}

const argumentOf = (kind: EventKind, field: string): string | null => {
	if (argIndex(EVENT_KINDS.indexOf(kind), field) >= 0) return field;
	return field === 'name' ? (NAME_ARGUMENT[kind] ?? null) : null;
};

/** Names compare without case and without the prefixes that Xen's headers put before them. */
const plainName = (name: string): string =>
	name
		.toLowerCase()
		.replace(/^(schedop|evtchnop|gnttabop|vcpuop|xenmem|xenver|virq|vmasst|mmuext|mmu|xs|shutdown|runstate)_/, '')
		.replace(/^(cmd)_/, '')
		.replace(/^#/, '');

interface Parsed {
	kinds: readonly EventKind[];
	tests: Test[];
	scopes: { scope: Scope; of: Query }[];
	/** 1 the first, 2 the second ...; -1 the last. */
	order: number;
	/** The exact event of `@seq`, or -1. */
	exact: number;
}

class CompiledQuery implements Query {
	private readonly kindSet: Uint8Array;

	constructor(
		readonly text: string,
		readonly parsed: Parsed
	) {
		this.kindSet = new Uint8Array(EVENT_KINDS.length).fill(parsed.kinds.length === 0 ? 1 : 0);
		for (const kind of parsed.kinds) this.kindSet[EVENT_KINDS.indexOf(kind)] = 1;
	}

	all(view: TraceView): number[] {
		return this.collect(view, Infinity);
	}

	one(view: TraceView): number {
		const { order, exact } = this.parsed;
		if (exact >= 0) return exact < view.length ? exact : -1;
		if (order < 0) return this.search(view, true);
		if (order === 1) return this.search(view, false);
		return this.collect(view, order)[order - 1] ?? -1;
	}

	includes(view: TraceView, seq: number): boolean {
		const { exact, scopes } = this.parsed;
		if (exact >= 0) return seq === exact;
		if (!this.matches(view, seq, () => true)) return false;
		if (scopes.length === 0) return true;
		const { from, to, test } = this.range(view);
		return seq >= from && seq < to && test(view, seq);
	}

	private collect(view: TraceView, limit: number): number[] {
		const { exact } = this.parsed;
		if (exact >= 0) return exact < view.length ? [exact] : [];
		const found: number[] = [];
		const range = this.range(view);
		for (let seq = range.from; seq < range.to && found.length < limit; seq++) {
			if (this.matches(view, seq, range.test)) found.push(seq);
		}
		return found;
	}

	private search(view: TraceView, backwards: boolean): number {
		const range = this.range(view);
		if (!backwards) return this.collect(view, 1)[0] ?? -1;
		for (let seq = range.to - 1; seq >= range.from; seq--) if (this.matches(view, seq, range.test)) return seq;
		return -1;
	}

	private matches(view: TraceView, seq: number, inScope: Test): boolean {
		if (!this.kindSet[view.kind(seq)]) return false;
		for (const test of this.parsed.tests) if (!test(view, seq)) return false;
		return inScope(view, seq);
	}

	private range(view: TraceView): Required<Range> {
		let from = 0;
		let to = view.length;
		const tests: Test[] = [];
		for (const { scope, of } of this.parsed.scopes) {
			const seq = of.one(view);
			if (seq < 0) return { from: 0, to: 0, test: () => false };
			const range = scope(view, seq);
			from = Math.max(from, range.from);
			to = Math.min(to, range.to);
			if (range.test) tests.push(range.test);
		}
		return { from, to, test: (v, seq) => tests.every((test) => test(v, seq)) };
	}
}

/** Reads one query from `tokens`, as far as it goes. */
export function parseQuery(tokens: Tokens): Query & { kinds: readonly EventKind[] } {
	const start = tokens.peek.at;
	const parsed: Parsed = { kinds: [], tests: [], scopes: [], order: 1, exact: -1 };
	if (tokens.takes('@')) parsed.exact = exactSeq(tokens);
	else parseSelector(tokens, parsed);
	const text = tokens.query.slice(start, tokens.peek.at).trim();
	return Object.assign(new CompiledQuery(text, parsed), { kinds: parsed.kinds });
}

function exactSeq(tokens: Tokens): number {
	const token = tokens.take();
	if (token.kind !== 'number' || !(token.value >= 0)) throw tokens.error("'@' is followed by an event's number", token);
	return token.value;
}

function parseSelector(tokens: Tokens, parsed: Parsed): void {
	const kinds: EventKind[] = [];
	let any = false;
	do {
		const token = tokens.take();
		if (token.kind === 'word' && token.text === 'any') any = true;
		else if (token.kind === 'word' && token.text in EVENTS) kinds.push(token.text as EventKind);
		else
			throw tokens.error(
				`expected a kind of event${token.text ? `, found '${token.text}'` : ''}: any, ${EVENT_KINDS.join(', ')}`,
				token
			);
	} while (tokens.takes('|'));
	parsed.kinds = any ? [] : kinds;
	while (parsePart(tokens, parsed));
}

/** One condition, scope or order; false when the query ends here. */
function parsePart(tokens: Tokens, parsed: Parsed): boolean {
	const token = tokens.peek;
	if (tokens.takes('#')) {
		const n = tokens.take();
		if (n.kind !== 'number' || !Number.isInteger(n.value) || n.value < 1)
			throw tokens.error("'#' is followed by a count from 1", n);
		parsed.order = n.value;
		return true;
	}
	if (tokens.takes('!')) {
		const flag = flagTest(tokens, tokens.take(), parsed.kinds);
		parsed.tests.push((view, seq) => !flag(view, seq));
		return true;
	}
	if (token.kind !== 'word') return false;
	const next = tokens.ahead(1);
	if (next.kind === 'sign' && next.text === '(') {
		parsed.scopes.push(parseScope(tokens));
		return true;
	}
	tokens.take();
	if (token.text === 'first' || token.text === 'last') parsed.order = token.text === 'first' ? 1 : -1;
	else if (next.kind === 'sign' && next.text in COMPARE) parsed.tests.push(parseCondition(tokens, token, parsed.kinds));
	else parsed.tests.push(flagTest(tokens, token, parsed.kinds));
	return true;
}

function parseScope(tokens: Tokens): { scope: Scope; of: Query } {
	const word = tokens.take();
	const scope = SCOPES[word.text];
	if (!scope) throw tokens.error(`no scope '${word.text}'; there are ${Object.keys(SCOPES).join(', ')}`, word);
	tokens.expect('(', `after '${word.text}'`);
	const of = parseQuery(tokens);
	tokens.expect(')', `to close '${word.text}('`);
	return { scope, of };
}

function flagTest(tokens: Tokens, token: Token, kinds: readonly EventKind[]): Test {
	if (token.text === 'refused') return refused;
	if (token.text === 'open') return (view, seq) => view.end(seq) < 0;
	const isFlag = (kind: EventKind): boolean =>
		EVENTS[kind].args.some(([name, format]) => name === token.text && format === 'bool');
	if (token.kind === 'word' && kinds.length > 0 && kinds.every(isFlag))
		return (view, seq) => view.arg(seq, token.text) !== 0;
	const flags = kinds.flatMap((kind) =>
		EVENTS[kind].args.filter(([, format]) => format === 'bool').map(([name]) => name)
	);
	throw tokens.error(
		`'${token.text}' is neither a flag (${[...new Set(flags), 'refused', 'open'].join(', ')}) nor followed by a comparison`,
		token
	);
}

function parseCondition(tokens: Tokens, field: Token, kinds: readonly EventKind[]): Test {
	const op = tokens.take();
	const read = fieldReader(tokens, field, kinds);
	const tests: Test[] = [];
	do tests.push(parseValue(tokens, field, op.text, kinds, read));
	while (tokens.takes('|'));
	if (tests.length === 1) return tests[0];
	if (op.text === '!=') return (view, seq) => tests.every((test) => test(view, seq));
	return (view, seq) => tests.some((test) => test(view, seq));
}

function parseValue(tokens: Tokens, field: Token, op: string, kinds: readonly EventKind[], read: FieldReader): Test {
	const value = tokens.take();
	const compare = COMPARE[op];
	if (value.kind === 'number') return (view, seq) => compare(read(view, seq), value.value);
	if (value.kind !== 'word' && value.kind !== 'string')
		throw tokens.error(`expected a value for '${field.text}'`, value);
	const argument = (kind: EventKind): string => argumentOf(kind, field.text) ?? field.text;
	if (kinds.length === 0 || !kinds.every((kind) => hasNames(kind, argument(kind)))) {
		throw tokens.error(`'${field.text}' takes a number, not '${value.text}'`, value);
	}
	if (op !== '=' && op !== '!=') throw tokens.error(`a name can be compared with = and != only`, value);
	const wanted = plainName(value.text);
	return (view, seq) => (plainName(valueName(view, seq, argument(view.kindName(seq)))) === wanted) === (op === '=');
}

const compiled = new Map<string, Query>();

/** Compiles a query; throws `QueryError` with what is wrong and where. */
function compileQuery(text: string): Query {
	const known = compiled.get(text);
	if (known) return known;
	const tokens = new Tokens(text);
	const query = parseQuery(tokens);
	if (tokens.peek.kind !== 'end') throw tokens.error(`'${tokens.peek.text}' does not belong here`);
	if (compiled.size > 1000) compiled.clear();
	compiled.set(text, query);
	return query;
}

/** The event that `text` names. Throws `QueryError` when there is none. */
export function query(view: TraceView, text: string): number {
	const found = compileQuery(text);
	const seq = found.one(view);
	if (seq >= 0) return seq;
	const matches = found.all(view).length;
	throw new QueryError(matches > 0 ? `only ${matches} events match` : 'no event matches', text, 0);
}

/** The event that `text` names, or -1. */
export const tryQuery = (view: TraceView, text: string): number => compileQuery(text).one(view);

/** Whether one event is among those that `text` matches, whatever the order word says. @throws QueryError */
export function eventTest(text: string): (view: TraceView, seq: number) => boolean {
	const wanted = compileQuery(text);
	return (view, seq) => wanted.includes(view, seq);
}

/** All events that `text` matches, ascending. */
export const queryAll = (view: TraceView, text: string): number[] => compileQuery(text).all(view);
