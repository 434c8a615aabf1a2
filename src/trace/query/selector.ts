/** Reading a query into a plain tree: the grammar is at the head of index.ts. */
import { HYPERCALLS } from '../../abi/hypercalls';
import { EVENT_KINDS, EVENTS, type EventKind } from '../events';
import type { ArgValue } from '../wide';
import { COMPARE } from './compare';
import { ExpressionError, foundInstead, wordsOf, type Language, type Place, type Token, type Tokens } from './lexer';
import { meant, otherwise } from './nearest';
import { SCOPES } from './scopes';

/** A query, or a fact, that cannot be read or has no answer: the place is marked below the text. */
export class QueryError extends ExpressionError {
	constructor(reason: string, text: string, at: number) {
		super(reason, text, at, `${reason}\n  ${text}\n  ${' '.repeat(at)}^`);
	}
}

export const QUERIES: Language = {
	noun: 'query',
	words: wordsOf(String.raw`[#@]?[a-z_]\w*`, '!= <= >= = < > ! | ( ) , # @ + - * /'),
	Failure: QueryError
};

/** A value that a field is compared with: a number, or a name (then `value` is NaN). */
export interface Wanted extends Place {
	readonly value: ArgValue;
}

/** What one event has to be. */
export type Condition =
	| { readonly kind: 'compare'; readonly field: Place; readonly op: string; readonly values: readonly Wanted[] }
	| { readonly kind: 'flag'; readonly flag: Place; readonly not: boolean };

/** A query as it was written. */
export interface Selector {
	/** The part of the text that it is. */
	text: string;
	/** None means any. */
	kinds: readonly EventKind[];
	readonly conditions: Condition[];
	readonly scopes: { readonly scope: string; readonly of: Selector }[];
	/** 1 the first, 2 the second ...; -1 the last. */
	order: number;
	/** The exact event of `@seq`, or -1. */
	exact: number;
}

/** Reads one query from `tokens`, as far as it goes. */
export function parseSelector(tokens: Tokens): Selector {
	const start = tokens.peek.at;
	const selector: Selector = { text: '', kinds: [], conditions: [], scopes: [], order: 1, exact: -1 };
	if (tokens.takes('@')) selector.exact = count(tokens, 0, "'@' is followed by an event's number");
	else {
		selector.kinds = parseKinds(tokens);
		while (parsePart(tokens, selector));
	}
	selector.text = tokens.text.slice(start, tokens.peek.at).trim();
	return selector;
}

function count(tokens: Tokens, least: number, otherwise: string): number {
	const token = tokens.take();
	const { value } = token;
	if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value;
	throw tokens.error(otherwise, token);
}

function parseKinds(tokens: Tokens): readonly EventKind[] {
	const kinds: EventKind[] = [];
	let any = false;
	do {
		const token = tokens.take();
		if (token.kind === 'word' && token.text === 'any') any = true;
		else if (token.kind === 'word' && Object.hasOwn(EVENTS, token.text)) kinds.push(token.text as EventKind);
		else throw tokens.error(`expected a kind of event${foundInstead(token)}${kindsInstead(token)}`, token);
	} while (tokens.takes('|'));
	return any ? [] : kinds;
}

/** What was meant by what is no kind: a kind, or a hypercall by its name alone; else all kinds that there are. */
const kindsInstead = ({ text }: Token): string =>
	meant(text, ['any', ...EVENT_KINDS]) ||
	meant(text, Object.keys(HYPERCALLS)).replace("'", "'hypercall name=") ||
	`: any, ${EVENT_KINDS.join(', ')}`;

/** One condition, scope or order; false when the query ends here. */
function parsePart(tokens: Tokens, selector: Selector): boolean {
	const { peek, second } = tokens;
	if (tokens.takes('#')) selector.order = count(tokens, 1, "'#' is followed by a count from 1");
	else if (tokens.takes('!')) selector.conditions.push({ kind: 'flag', flag: tokens.take(), not: true });
	else if (peek.kind !== 'word') return false;
	else if (second.kind === 'sign' && second.text === '(') selector.scopes.push(parseScope(tokens));
	else {
		tokens.take();
		if (peek.text === 'first' || peek.text === 'last') selector.order = peek.text === 'first' ? 1 : -1;
		else if (second.kind === 'sign' && Object.hasOwn(COMPARE, second.text))
			selector.conditions.push(parseComparison(tokens, peek));
		else selector.conditions.push({ kind: 'flag', flag: peek, not: false });
	}
	return true;
}

function parseScope(tokens: Tokens): Selector['scopes'][number] {
	const word = tokens.take();
	const scope = word.text;
	if (!Object.hasOwn(SCOPES, scope))
		throw tokens.error(`no scope '${scope}'${otherwise(scope, Object.keys(SCOPES), 'there are')}`, word);
	tokens.expect('(');
	const of = tokens.nested(() => parseSelector(tokens));
	tokens.expect(')', ` to close '${scope}('`);
	return { scope, of };
}

function parseComparison(tokens: Tokens, field: Place): Condition {
	const op = tokens.take().text;
	const values: Wanted[] = [];
	do values.push(parseWanted(tokens, field));
	while (tokens.takes('|'));
	return { kind: 'compare', field, op, values };
}

function parseWanted(tokens: Tokens, field: Place): Wanted {
	const { at } = tokens.peek;
	const minus = tokens.takes('-') ? '-' : '';
	const token = tokens.take();
	if (token.kind === 'number') return { text: minus + token.text, value: minus ? -token.value : token.value, at };
	if (token.kind === 'word' || (token.kind === 'string' && !minus)) return { text: minus + token.text, value: NaN, at };
	throw tokens.error(`expected a value for '${field.text}'`, token);
}
