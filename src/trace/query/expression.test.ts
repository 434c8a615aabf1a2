import { describe, expect, it } from 'vitest';
import { Bug } from '../../base';
import { compileExpression, logical, mapped, strict, type Arithmetic, type Value } from './evaluate';
import { ExpressionError, wordsOf } from './lexer';

/** What names of the language stand for; one that is not here cannot be known. */
type Subject = Readonly<Record<string, number>>;

const truth = (holds: (a: number, b: number) => boolean) => strict((a: number, b: number) => Number(holds(a, b)));
const LANGUAGE: Arithmetic<Subject> = {
	noun: 'sum',
	words: wordsOf(String.raw`[a-z]\w*`, '|| && = < + - * ! ( ) [ ] ,'),
	Failure: class extends ExpressionError {},
	levels: [
		{ '||': logical(1) },
		{ '&&': logical(0) },
		{ '=': truth((a, b) => a === b), '<': truth((a, b) => a < b) },
		{ '+': strict((a, b) => a + b), '-': strict((a, b) => a - b) },
		{ '*': strict((a, b) => a * b) }
	],
	single: 2,
	prefixes: { '-': (value) => -value, '!': (value) => Number(value === 0) },
	functions: {
		twice: { takes: ['expression'], value: ([of], { value }) => mapped(value(of), (it) => 2 * it) },
		power: {
			takes: ['expression', 'expression'],
			value: ([a, b], { value }) => strict<number>((x, y) => x ** y)(value(a), value(b))
		},
		cell: { takes: ['expression'], open: '[', value: ([of], { value }) => mapped(value(of), (it) => 100 + it) },
		queries: { takes: ['query', 'query?'], value: (args) => () => args.length },
		worth: { takes: ['query'], value: ([of], { value }) => value(of) },
		place: {
			takes: ['field', 'expression'],
			value:
				([of]) =>
				() =>
					of.at
		}
	},
	brackets: 'cell',
	name:
		({ text }) =>
		(subject) =>
			subject[text] ?? NaN,
	number: (value, place, tokens) => {
		if (typeof value === 'bigint') throw tokens.error('too large', place);
		return value;
	},
	values: 'a value'
};
const compiled = (text: string): Value<Subject> => compileExpression(text, LANGUAGE);
const worth = (text: string, subject: Subject = {}): number => compiled(text)(subject);

describe('an expression', () => {
	it.each<[string, number]>([
		['1 + 2 * 3', 7],
		['2 * 3 + 1', 7],
		['(1 + 2) * 3', 9],
		['10 - 3 - 2', 5],
		['10 - (3 - 2)', 9],
		['1 + 2 = 3', 1],
		['1 < 2 && 2 < 1', 0],
		['1 < 2 && 2 < 1 || 1', 1],
		['0 && 0 || 1', 1],
		['1 || 0 && 0', 1],
		['-2 * 3', -6],
		['- - 2', 2],
		['!0 + 1', 2],
		['1 - -1', 2],
		['twice(3)', 6],
		['TWICE(3) + Twice(1)', 8],
		['power(2, 3 + 1)', 16],
		['[5] * 2', 210],
		['cell[5]', 105],
		['x * y', 42],
		['twice * 3', NaN]
	])('%s', (text, value) => {
		if (Number.isNaN(value)) expect(() => worth(text)).toThrow("expected '('");
		else expect(worth(text, { x: 6, y: 7 })).toBe(value);
	});

	it.each<[string, string, number]>([
		['', 'expected a value', 0],
		['1 +', 'expected a value', 3],
		['1 + )', "expected a value, found ')'", 4],
		['(1', "expected ')'", 2],
		['1 2', "'2' does not belong here", 2],
		['1 = 1 = 1', 'comparisons do not follow one another', 6],
		['1 < 2 = 1', 'comparisons do not follow one another', 6],
		['twice(1', "expected ')' to close 'twice('", 7],
		['twice[1]', "expected '('", 5],
		['cell(1)', "expected '['", 4],
		['[1', "expected ']'", 2],
		['power(1)', "expected ',' and an expression", 7],
		['power(1, 2, 3)', "expected ')' to close 'power('", 10],
		['place(1, 2)', 'expected a field', 6],
		['place(, 2)', 'expected a field', 6],
		['1 + 0x8000_0000_0000_0001', 'too large', 4],
		['"x"', "expected a value, found 'x'", 0]
	])('%s: %s', (text, reason, at) => {
		expect(() => worth(text)).toThrow(
			expect.objectContaining({ reason: expect.stringContaining(reason), at }) as ExpressionError
		);
	});

	it('may be a hundred deep, in parentheses, signs and functions', () => {
		expect(worth(`${'('.repeat(100)}1${')'.repeat(100)}`)).toBe(1);
		for (const text of [
			`${'('.repeat(101)}1${')'.repeat(101)}`,
			`${'- '.repeat(101)}1`,
			`${'twice('.repeat(101)}1${')'.repeat(101)}`
		])
			expect(() => worth(text)).toThrow('nested too deeply');
	});

	it('takes queries, the last of them if it is there, and fields', () => {
		expect([worth('queries(hypercall refused)'), worth('queries(trap, any)')]).toEqual([1, 2]);
		expect(() => worth('queries(trap 5)')).toThrow();
		expect(worth('1 + place(addr, 2)')).toBe(11);
	});

	it('has no names where the language has none, and no brackets', () => {
		const { name: _name, brackets: _brackets, ...functionsOnly } = LANGUAGE;
		expect(() => compileExpression('x', functionsOnly)).toThrow("expected a value, found 'x'");
		expect(() => compileExpression('[1]', functionsOnly)).toThrow("expected a value, found '['");
		expect(compileExpression('twice(2)', functionsOnly)({})).toBe(4);
	});

	it('finds a query where a number is wanted a bug of the language', () => {
		expect(() => compiled('worth(trap)')).toThrow(Bug);
	});
});

describe('what cannot be known', () => {
	it('makes what depends on it unknown', () => {
		for (const text of ['u + 1', '1 + u', 'u * 0', '-u', '!u', 'twice(u)', 'u = u', 'power(u, 0)', 'power(1, u)'])
			expect([text, worth(text)]).toEqual([text, NaN]);
	});

	it.each<[string, number]>([
		['0 && u', 0],
		['u && 0', 0],
		['1 && u', NaN],
		['u && 1', NaN],
		['u && u', NaN],
		['1 || u', 1],
		['u || 5', 1],
		['0 || u', NaN],
		['u || 0', NaN],
		['7 && 9', 1],
		['7 && 0', 0],
		['0 || 0', 0],
		['0 || 9', 1]
	])('but one side can be enough: %s', (text, value) => expect(worth(text)).toBe(value));

	it('is not asked for where the left side decides', () => {
		const asked: string[] = [];
		const note =
			(name: string, value: number): Value<null> =>
			() => (asked.push(name), value);
		expect(logical(0)(note('a', 0), note('b', 1))(null)).toBe(0);
		expect(logical(1)(note('c', 2), note('d', 1))(null)).toBe(1);
		expect(asked).toEqual(['a', 'c']);
		expect(logical(0)(note('e', 3), note('f', 1))(null)).toBe(1);
		expect(asked).toEqual(['a', 'c', 'e', 'f']);
	});
});
