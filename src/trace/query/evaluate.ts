/** What an expression is worth: a tree becomes one function of whatever the language's names are read from. */
import { Bug } from '../../base';
import type { ArgumentKind, Grammar, Node } from './expression';
import { parseExpression } from './expression';
import { Tokens, type Language, type Place } from './lexer';

/** A number that depends on a subject: a trace, a moment. NaN where it cannot be known. */
export type Value<S> = (subject: S) => number;
type Binary = <S>(a: Value<S>, b: Value<S>) => Value<S>;

/** What a function may ask for while it is made ready. */
export interface Compiling<S> {
	readonly tokens: Tokens;
	value(node: Node): Value<S>;
}

/** A language of expressions: its words, its grammar, and the meaning of each row. */
export interface Arithmetic<S> extends Language, Grammar {
	readonly levels: readonly Readonly<Record<string, Binary>>[];
	readonly prefixes: Readonly<Record<string, (value: number) => number>>;
	readonly functions: Readonly<Record<string, FunctionRow<S>>>;
	name?(place: Place, tokens: Tokens): Value<S>;
	/** Refuses a number that the language has no place for. */
	checkNumber?(value: number, place: Place, tokens: Tokens): void;
}

export interface FunctionRow<S> {
	readonly takes: readonly ArgumentKind[];
	/** Its parenthesis, where that is a bracket. */
	readonly open?: '[';
	value(args: readonly Node[], compiling: Compiling<S>): Value<S>;
}

/** Reads the whole of `text`. @throws the language's failure with what is wrong and where */
export function compileExpression<S>(text: string, language: Arithmetic<S>): Value<S> {
	const tokens = new Tokens(text, language);
	const node = parseExpression(tokens, language);
	tokens.finish();
	return compile(node, language, tokens);
}

function compile<S>(node: Node, language: Arithmetic<S>, tokens: Tokens): Value<S> {
	const value = (of: Node): Value<S> => compile(of, language, tokens);
	switch (node.kind) {
		case 'number': {
			language.checkNumber?.(node.value, node, tokens);
			return () => node.value;
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
	<S>(of: Value<S>, apply: (value: number) => number): Value<S> =>
	(subject) => {
		const value = of(subject);
		return Number.isNaN(value) ? NaN : apply(value);
	};

/** An operator that is known where both of its sides are. */
export const strict =
	(apply: (a: number, b: number) => number): Binary =>
	(left, right) =>
	(subject) => {
		const a = left(subject);
		const b = right(subject);
		return Number.isNaN(a) || Number.isNaN(b) ? NaN : apply(a, b);
	};

/**
 * `&&` and `||`, three-valued: `decisive` on either side decides, whatever the other is; the right side is not asked when the
 * left one decides.
 */
export const logical =
	(decisive: 0 | 1): Binary =>
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
