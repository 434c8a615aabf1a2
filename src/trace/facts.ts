/**
 * Facts: numbers computed from a trace, so that prose never carries one by hand.
 *
 *     fact    = sum
 *     sum     = product { ("+" | "-") product }
 *     product = value { ("*" | "/") value }
 *     value   = number | "(" fact ")"
 *             | "count" "(" query ")"                how many match
 *             | "seq" "(" query ")"                  the event's number
 *             | "cycles" "(" query ")"               how long the span took
 *             | "cycles" "(" query "," query ")"     from one event to another
 *             | "instructions" "(" query "," query ")"
 *             | "sum" | "mean" | "min" | "max"  "(" field "," query ")"       over all that match
 *             | "first" | "last" "(" field "," query ")"                      of the first or last that matches
 *             | "value" "(" field "," query ")"                               of the one the query names
 *             | "ratio" "(" fact "," fact ")"
 */
import { QueryError, Tokens } from './lexer';
import { fieldReader, parseQuery, type FieldReader, type Query } from './query';
import type { TraceView } from './view';

type Fact = (view: TraceView) => number;

const OVER: Readonly<Record<string, (values: number[]) => number>> = {
	sum: (values) => values.reduce((sum, value) => sum + value, 0),
	mean: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
	min: (values) => values.reduce((least, value) => Math.min(least, value), Infinity),
	max: (values) => values.reduce((most, value) => Math.max(most, value), -Infinity),
	first: (values) => values[0],
	last: (values) => values[values.length - 1]
};

/** The number that `text` means in this trace. Throws `QueryError` for one that cannot be read or has no answer. */
export function fact(view: TraceView, text: string): number {
	const value = compileFact(text)(view);
	if (Number.isFinite(value)) return value;
	throw new QueryError('the fact has no value here', text, 0);
}

function compileFact(text: string): Fact {
	const tokens = new Tokens(text);
	const value = parseSum(tokens);
	if (tokens.peek.kind !== 'end') throw tokens.error(`'${tokens.peek.text}' does not belong here`);
	return value;
}

function parseSum(tokens: Tokens): Fact {
	let left = parseProduct(tokens);
	for (;;) {
		const a = left;
		if (tokens.takes('+')) {
			const b = parseProduct(tokens);
			left = (view) => a(view) + b(view);
		} else if (tokens.takes('-')) {
			const b = parseProduct(tokens);
			left = (view) => a(view) - b(view);
		} else return left;
	}
}

function parseProduct(tokens: Tokens): Fact {
	let left = parseOne(tokens);
	for (;;) {
		const a = left;
		if (tokens.takes('*')) {
			const b = parseOne(tokens);
			left = (view) => a(view) * b(view);
		} else if (tokens.takes('/')) {
			const b = parseOne(tokens);
			left = (view) => a(view) / b(view);
		} else return left;
	}
}

function parseOne(tokens: Tokens): Fact {
	if (tokens.takes('(')) {
		const inner = parseSum(tokens);
		tokens.expect(')', 'to close the parenthesis');
		return inner;
	}
	const token = tokens.take();
	if (token.kind === 'number') return () => token.value;
	const parse = token.kind === 'word' ? FUNCTIONS[token.text] : undefined;
	if (!parse) throw tokens.error(`expected a number or one of ${Object.keys(FUNCTIONS).join(', ')}`, token);
	tokens.expect('(', `after '${token.text}'`);
	const value = parse(tokens, token.text);
	tokens.expect(')', `to close '${token.text}('`);
	return value;
}

const must = (view: TraceView, query: Query): number => {
	const seq = query.one(view);
	if (seq < 0) throw new QueryError('no event matches', query.text, 0);
	return seq;
};

/** `field "," query`, read in that order although the query decides what the field means. */
function parseField(tokens: Tokens): { read: FieldReader; query: Query } {
	const field = tokens.take();
	if (field.kind !== 'word') throw tokens.error('expected a field', field);
	tokens.expect(',', 'between the field and the query');
	const query = parseQuery(tokens);
	return { read: fieldReader(tokens, field, query.kinds), query };
}

function between(tokens: Tokens, column: 'cycle' | 'icount', span: boolean): Fact {
	const from = parseQuery(tokens);
	if (!tokens.takes(',')) {
		if (!span) throw tokens.error("expected ',' and a second query");
		return (view) => view.duration(must(view, from));
	}
	const to = parseQuery(tokens);
	return (view) => view[column](must(view, to)) - view[column](must(view, from));
}

function over(tokens: Tokens, name: string): Fact {
	const { read, query } = parseField(tokens);
	return (view) => {
		const values = query.all(view).map((seq) => read(view, seq));
		if (values.length === 0 && name !== 'sum') throw new QueryError('no event matches', query.text, 0);
		return OVER[name](values);
	};
}

const FUNCTIONS: Readonly<Record<string, (tokens: Tokens, name: string) => Fact>> = {
	count: (tokens) => {
		const query = parseQuery(tokens);
		return (view) => query.all(view).length;
	},
	seq: (tokens) => {
		const query = parseQuery(tokens);
		return (view) => must(view, query);
	},
	cycles: (tokens) => between(tokens, 'cycle', true),
	instructions: (tokens) => between(tokens, 'icount', false),
	value: (tokens) => {
		const { read, query } = parseField(tokens);
		return (view) => read(view, must(view, query));
	},
	ratio: (tokens) => {
		const a = parseSum(tokens);
		tokens.expect(',', 'between the two facts');
		const b = parseSum(tokens);
		return (view) => a(view) / b(view);
	},
	...Object.fromEntries(Object.keys(OVER).map((name) => [name, over]))
};
