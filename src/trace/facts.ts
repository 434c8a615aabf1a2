/**
 * Facts: numbers computed from a trace, so that prose never carries one by hand.
 *
 *     fact    = sum
 *     sum     = product { ("+" | "-") product }
 *     product = value { ("*" | "/") value }
 *     value   = number | "(" fact ")" | "-" value
 *             | "count" "(" query ")"                how many match
 *             | "seq" "(" query ")"                  the event's number
 *             | "cycles" "(" query ")"               how long the span took
 *             | "cycles" "(" query "," query ")"     from one event to another
 *             | "instructions" "(" query "," query ")"
 *             | "sum" | "mean" | "min" | "max"  "(" field "," query ")"       over all that match
 *             | "first" | "last" "(" field "," query ")"                      of the first or last that matches
 *             | "value" "(" field "," query ")"                               of the one the query names
 *             | "ratio" "(" fact "," fact ")"
 *
 * Whole numbers are exact, however large; only a mean, a quotient and what is made of them are rounded.
 */
import { EVENTS } from './events';
import { QueryError, type Query } from './query';
import { compileExpression, strict, type Arithmetic, type FunctionRow, type Value } from './query/evaluate';
import { parseExpression, type Node } from './query/expression';
import { fieldReader, type FieldReader } from './query/fields';
import { Tokens } from './query/lexer';
import { compileSelector } from './query/match';
import { SCOPES } from './query/scopes';
import { QUERIES, type Selector } from './query/selector';
import type { TraceView } from './view';
import { exact, exactly, type ArgValue } from './wide';

/** Facts about a trace. */
type Fact = Value<TraceView, ArgValue>;
type FactRow = FunctionRow<TraceView, ArgValue>;

const plus = exactly(
	(a, b) => a + b,
	(a, b) => a + b
);
const minus = exactly(
	(a, b) => a - b,
	(a, b) => a - b
);
const times = exactly(
	(a, b) => a * b,
	(a, b) => a * b
);
const divided = (a: ArgValue, b: ArgValue): ArgValue => Number(a) / Number(b);

const OVER: Readonly<Record<string, (values: ArgValue[]) => ArgValue>> = {
	sum: (values) => values.reduce(plus, 0),
	mean: (values) => divided(values.reduce(plus, 0), values.length),
	min: (values) => values.reduce((least, value) => (value < least ? value : least)),
	max: (values) => values.reduce((most, value) => (value > most ? value : most)),
	first: (values) => values[0],
	last: (values) => values[values.length - 1]
};

/** The number that `text` means in this trace. Throws `QueryError` for one that cannot be read or has no answer. */
export function fact(view: TraceView, text: string): ArgValue {
	const value = compileExpression(text, FACTS)(view);
	if (typeof value === 'bigint' || Number.isFinite(value)) return value;
	throw new QueryError('the fact has no value here', text, 0);
}

/** Fields that say when something was, or how long it took. */
const TIMES = ['cycle', 'cycles', 'deadline'];

/**
 * Whether a fact measures time, or looks for events by it, and so rests on what the machine charges for; else it is counted.
 * @throws QueryError for one that cannot be read
 */
export function isTimed(text: string): boolean {
	const tokens = new Tokens(text, FACTS);
	const node = parseExpression(tokens, FACTS);
	tokens.finish();
	return timed(node);
}

function timed(node: Node): boolean {
	if (node.kind === 'binary') return timed(node.left) || timed(node.right);
	if (node.kind === 'prefix') return timed(node.of);
	if (node.kind === 'name') return TIMES.includes(node.text);
	if (node.kind === 'query') return looksForTimes(node.selector);
	return node.kind === 'call' && (node.name === 'cycles' || node.args.some(timed));
}

const looksForTimes = ({ conditions, scopes }: Selector): boolean =>
	conditions.some((condition) => condition.kind === 'compare' && TIMES.includes(condition.field.text)) ||
	scopes.some(({ of }) => looksForTimes(of));

const must = (view: TraceView, query: Query): number => {
	const seq = query.one(view);
	if (seq < 0) throw new QueryError('no event matches', query.text, 0);
	return seq;
};

/** A function of queries. */
const ofQueries = (takes: FactRow['takes'], value: (...queries: [Query, Query?]) => Fact): FactRow => ({
	takes,
	value: (args, { tokens }) => {
		const [one, two] = args.map((node) => queryOf(node, tokens));
		return value(one, two);
	}
});

/** A function of a field, which the query decides the meaning of, and that query. */
const ofField = (value: (read: FieldReader, query: Query) => Fact): FactRow => ({
	takes: ['field', 'query'],
	value: ([field, of], { tokens }) => {
		const query = queryOf(of, tokens);
		return value(fieldReader(tokens, field as Node & { kind: 'name' }, query.kinds), query);
	}
});

const queryOf = (node: Node, tokens: Tokens): Query =>
	compileSelector((node as Node & { kind: 'query' }).selector, tokens);

const between =
	(column: 'cycle' | 'icount', from: Query, to: Query): Fact =>
	(view) =>
		view[column](must(view, to)) - view[column](must(view, from));

const over = (name: string): FactRow =>
	ofField((read, query) => (view) => {
		const values = query.all(view).map((seq) => read(view, seq));
		if (values.length === 0 && name !== 'sum') throw new QueryError('no event matches', query.text, 0);
		return OVER[name](values);
	});

const quotient = strict(divided);

const FUNCTIONS: Readonly<Record<string, FactRow>> = {
	count: ofQueries(['query'], (query) => (view) => query.all(view).length),
	seq: ofQueries(['query'], (query) => (view) => must(view, query)),
	cycles: ofQueries(['query', 'query?'], (from, to) =>
		to ? between('cycle', from, to) : (view) => view.duration(must(view, from))
	),
	instructions: ofQueries(['query', 'query'], (from, to) => between('icount', from, to!)),
	value: ofField((read, query) => (view) => read(view, must(view, query))),
	ratio: { takes: ['expression', 'expression'], value: ([a, b], { value }) => quotient(value(a), value(b)) },
	...Object.fromEntries(Object.keys(OVER).map((name) => [name, over(name)]))
};

/** The functions, and what each takes. */
export const FACT_FUNCTIONS: Readonly<Record<string, Pick<FactRow, 'takes'>>> = FUNCTIONS;

/**
 * Whether a text is written as a fact and not as a query: it begins with a number, a sign or a parenthesis, or with what looks like a
 * function, be it mistyped. No query does.
 */
export const isFact = (text: string): boolean => {
	const [, sign, word] = /^\s*(?:([-(\d])|(\w+)\s*\()/.exec(text) ?? [];
	return sign !== undefined || (word !== undefined && !Object.hasOwn(SCOPES, word) && !Object.hasOwn(EVENTS, word));
};

const FACTS: Arithmetic<TraceView, ArgValue> = {
	...QUERIES,
	noun: 'fact',
	levels: [
		{ '+': strict(plus), '-': strict(minus) },
		{ '*': strict(times), '/': quotient }
	],
	prefixes: { '-': (value) => (typeof value === 'bigint' ? exact(-value) : -value) },
	number: (value) => value,
	functions: FUNCTIONS,
	values: `a number or one of ${Object.keys(FUNCTIONS).join(', ')}`
};
