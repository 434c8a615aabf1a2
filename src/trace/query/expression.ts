/**
 * Reading arithmetic: operators by how closely they bind, prefixes, parentheses, names and functions, into a plain tree.
 * Which of them there are, a language's table says; evaluate.ts says what they mean.
 */
import type { ArgValue } from '../wide';
import type { Tokens } from './lexer';
import { meant } from './nearest';
import { parseSelector, type Selector } from './selector';

/** An expression as it was written. `at` is the place of the sign, the name or the number. */
export type Node =
	| { readonly kind: 'number'; readonly value: ArgValue; readonly text: string; readonly at: number }
	| { readonly kind: 'name'; readonly text: string; readonly at: number }
	| { readonly kind: 'prefix'; readonly sign: string; readonly of: Node; readonly at: number }
	| { readonly kind: 'binary'; readonly sign: string; readonly left: Node; readonly right: Node; readonly at: number }
	| { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[]; readonly at: number }
	| { readonly kind: 'query'; readonly selector: Selector; readonly at: number };

/** What an argument of a function is: another expression, a query, or a field's name. One with `?` may be left out. */
export type ArgumentKind = 'expression' | 'query' | 'query?' | 'field';

/** Which operators and functions there are. Names are in small letters; what is written need not be. */
export interface Grammar {
	/** Loosest first; each level is read from left to right. */
	readonly levels: readonly Readonly<Record<string, unknown>>[];
	/** The level whose operators do not follow one another. */
	readonly single?: number;
	readonly prefixes: Readonly<Record<string, unknown>>;
	readonly functions: Readonly<Record<string, { readonly takes: readonly ArgumentKind[]; readonly open?: '[' }>>;
	/** The function that brackets stand for by themselves. */
	readonly brackets?: string;
	/** What a name means; left out where there are functions only. */
	readonly name?: unknown;
	/** What a value may be, for the message. */
	readonly values: string;
}

/** Reads an expression from `tokens`, as far as it goes. */
export function parseExpression(tokens: Tokens, grammar: Grammar, level = 0): Node {
	const operators = grammar.levels[level];
	if (!operators) return parseUnary(tokens, grammar);
	let left = parseExpression(tokens, grammar, level + 1);
	for (let count = 0; isOf(operators, tokens); count++) {
		if (level === grammar.single && count > 0) throw tokens.error('comparisons do not follow one another: use &&');
		const { text: sign, at } = tokens.take();
		left = { kind: 'binary', sign, left, right: parseExpression(tokens, grammar, level + 1), at };
	}
	return left;
}

const isOf = (signs: Readonly<Record<string, unknown>>, { peek }: Tokens): boolean =>
	peek.kind === 'sign' && Object.hasOwn(signs, peek.text);

function parseUnary(tokens: Tokens, grammar: Grammar): Node {
	if (!isOf(grammar.prefixes, tokens)) return parseValue(tokens, grammar);
	const { text: sign, at } = tokens.take();
	return { kind: 'prefix', sign, of: tokens.nested(() => parseUnary(tokens, grammar)), at };
}

function parseValue(tokens: Tokens, grammar: Grammar): Node {
	const token = tokens.peek;
	const { kind, text, value, at } = token;
	if (tokens.takes('(')) {
		const inner = tokens.nested(() => parseExpression(tokens, grammar));
		tokens.expect(')');
		return inner;
	}
	if (grammar.brackets && tokens.sees('[')) return parseCall(tokens, grammar, grammar.brackets, at);
	const name = text.toLowerCase();
	const isCall = kind === 'word' && Object.hasOwn(grammar.functions, name);
	if (!isCall && kind !== 'number' && !(kind === 'word' && grammar.name))
		throw tokens.error(
			`expected ${grammar.values}${text && `, found '${text}'`}${meant(name, Object.keys(grammar.functions))}`
		);
	tokens.take();
	if (isCall) return parseCall(tokens, grammar, name, at);
	return kind === 'number' ? { kind, value, text, at } : { kind: 'name', text, at };
}

function parseCall(tokens: Tokens, grammar: Grammar, name: string, at: number): Node {
	const { takes, open = '(' } = grammar.functions[name];
	tokens.expect(open);
	const args: Node[] = [];
	for (const kind of takes) {
		if (args.length > 0) {
			if (kind === 'query?' && !tokens.sees(',')) break;
			tokens.expect(',', kind === 'expression' ? ' and an expression' : ` and a ${kind}`);
		}
		args.push(tokens.nested(() => parseArgument(tokens, grammar, kind)));
	}
	if (open === '[') tokens.expect(']');
	else tokens.expect(')', ` to close '${name}('`);
	return { kind: 'call', name, args, at };
}

function parseArgument(tokens: Tokens, grammar: Grammar, kind: ArgumentKind): Node {
	if (kind === 'expression') return parseExpression(tokens, grammar);
	const { at } = tokens.peek;
	if (kind !== 'field') return { kind: 'query', selector: parseSelector(tokens), at };
	if (tokens.peek.kind !== 'word') throw tokens.error('expected a field');
	return { kind: 'name', text: tokens.take().text, at };
}
