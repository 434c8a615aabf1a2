/** What an expression is worth: a tree becomes one function of whatever the language's names are read from. */
import { Bug } from '../../base';
import type { ArgValue } from '../wide';
import type { ArgumentKind, Grammar, Node } from './expression';
import { parseExpression } from './expression';
import { Tokens, type Language, type Place } from './lexer';

/** A number that depends on a subject: a trace, a moment. NaN where it cannot be known. `V` is what numbers the language has. */
export type Value<S, V extends ArgValue = number> = (subject: S) => V;
type Binary<V extends ArgValue> = <S>(a: Value<S, V>, b: Value<S, V>) => Value<S, V>;

/** What a function may ask for while it is made ready. */
export interface Compiling<S, V extends ArgValue = number> {
	readonly tokens: Tokens;
	value(node: Node): Value<S, V>;
}

/** A language of expressions: its words, its grammar, and the meaning of each row. */
export interface Arithmetic<S, V extends ArgValue = number> extends Language, Grammar {
	readonly levels: readonly Readonly<Record<string, Binary<V>>>[];
	readonly prefixes: Readonly<Record<string, (value: V) => V>>;
	readonly functions: Readonly<Record<string, FunctionRow<S, V>>>;
	name?(place: Place, tokens: Tokens): Value<S, V>;
	/** A number of the text; refuses one that the language has no place for. */
	number(value: ArgValue, place: Place, tokens: Tokens): V;
}

export interface FunctionRow<S, V extends ArgValue = number> {
	readonly takes: readonly ArgumentKind[];
	/** Its parenthesis, where that is a bracket. */
	readonly open?: '[';
	value(args: readonly Node[], compiling: Compiling<S, V>): Value<S, V>;
}

/** Reads the whole of `text`. @throws the language's failure with what is wrong and where */
export function compileExpression<S, V extends ArgValue = number>(
	text: string,
	language: Arithmetic<S, V>
): Value<S, V> {
	const tokens = new Tokens(text, language);
	const node = parseExpression(tokens, language);
	tokens.finish();
	return compile(node, language, tokens);
}

function compile<S, V extends ArgValue>(node: Node, language: Arithmetic<S, V>, tokens: Tokens): Value<S, V> {
	const value = (of: Node): Value<S, V> => compile(of, language, tokens);
	switch (node.kind) {
		case 'number': {
			const number = language.number(node.value, node, tokens);
			return () => number;
		}
		case 'name':
			return language.name!(node, tokens);
		case 'prefix':
			return mapped(value(node.of), language.prefixes[node.sign]);
		case 'binary': {
			const level = language.levels.find((operators) => Object.hasOwn(operators, node.sign))!;
			return level[node.sign](value(node.left), value(node.right));
		}
		case 'call':
			return language.functions[node.name].value(node.args, { tokens, value });
		case 'query':
			throw new Bug('a query has no value by itself');
	}
}

/** `apply` of a value that is known. */
export const mapped =
	<S, V extends ArgValue = number>(of: Value<S, V>, apply: (value: V) => V): Value<S, V> =>
	(subject) => {
		const value = of(subject);
		return Number.isNaN(value) ? value : apply(value);
	};

/** An operator that is known where both of its sides are. */
export const strict =
	<V extends ArgValue = number>(apply: (a: V, b: V) => V): Binary<V> =>
	(left, right) =>
	(subject) => {
		const a = left(subject);
		const b = right(subject);
		return Number.isNaN(a) ? a : Number.isNaN(b) ? b : apply(a, b);
	};

/**
 * `&&` and `||`, three-valued: `decisive` on either side decides, whatever the other is; the right side is not asked when the
 * left one decides.
 */
export const logical =
	(decisive: 0 | 1): Binary<number> =>
	(left, right) => {
		const decides = (value: number): boolean => !Number.isNaN(value) && Number(value !== 0) === decisive;
		return (subject) => {
			const a = left(subject);
			if (decides(a)) return decisive;
			const b = right(subject);
			if (decides(b)) return decisive;
			return Number.isNaN(a) || Number.isNaN(b) ? NaN : 1 - decisive;
		};
	};
