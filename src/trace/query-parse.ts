/** Reading a query: the grammar is at the head of query.ts. */
import { EVENT_KINDS, EVENTS, type EventKind } from './events';
import type { Token, Tokens } from './lexer';
import { COMPARE, fieldReader, flagTest, valueTest, type Test } from './query-fields';
import { CompiledQuery, SCOPES, type Parsed } from './query-match';

/** Reads one query from `tokens`, as far as it goes. */
export function parseQuery(tokens: Tokens): CompiledQuery {
	const start = tokens.peek.at;
	const parsed: Parsed = { kinds: [], tests: [], scopes: [], order: 1, exact: -1 };
	if (tokens.takes('@')) parsed.exact = exactSeq(tokens);
	else parseSelector(tokens, parsed);
	return new CompiledQuery(tokens.query.slice(start, tokens.peek.at).trim(), parsed);
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
		else if (token.kind === 'word' && Object.hasOwn(EVENTS, token.text)) kinds.push(token.text as EventKind);
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

function parseScope(tokens: Tokens): Parsed['scopes'][number] {
	const word = tokens.take();
	const scope = Object.hasOwn(SCOPES, word.text) ? SCOPES[word.text] : null;
	if (!scope) throw tokens.error(`no scope '${word.text}'; there are ${Object.keys(SCOPES).join(', ')}`, word);
	tokens.expect('(', `after '${word.text}'`);
	const of = parseQuery(tokens);
	tokens.expect(')', `to close '${word.text}('`);
	return { scope, of };
}

function parseCondition(tokens: Tokens, field: Token, kinds: readonly EventKind[]): Test {
	const op = tokens.take();
	const read = fieldReader(tokens, field, kinds);
	const tests: Test[] = [];
	do tests.push(valueTest(tokens, field, op.text, kinds, read));
	while (tokens.takes('|'));
	if (tests.length === 1) return tests[0];
	if (op.text === '!=') return (view, seq) => tests.every((test) => test(view, seq));
	return (view, seq) => tests.some((test) => test(view, seq));
}
