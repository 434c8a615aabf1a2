import { describe, expect, it } from 'vitest';
import { ExpressionError, foundInstead, Tokens, wordsOf, type Language } from './lexer';
import { parseExact, parseNumber } from './numbers';
import { QUERIES, QueryError } from './selector';

/** A language of lists: words, numbers and a few signs. */
class ListError extends ExpressionError {}
const LISTS: Language = { noun: 'list', words: wordsOf(String.raw`[a-z]\w*`, '< <= ( ) , . -'), Failure: ListError };

const wordsIn = (text: string): [string, string][] =>
	new Tokens(text, LISTS).all.map(({ kind, text: of }) => [kind, of]);
/** What is wrong with the text when `read` has read it, and where. */
function failure(text: string, read: (tokens: Tokens) => unknown = () => null): [string, number] {
	try {
		read(new Tokens(text, LISTS));
	} catch (error) {
		if (error instanceof ListError) return [error.reason, error.at];
		throw error;
	}
	throw new Error('nothing is wrong');
}

describe('a number', () => {
	it.each<[string, number]>([
		['64', 64],
		['0x40', 64],
		['0XfF', 255],
		['-22', -22],
		['-0x16', -22],
		['1.5', 1.5],
		['1e6', 1e6],
		['2.5E3', 2500],
		['12.25', 12.25],
		['1e10', 1e10],
		['1_000_000', 1e6],
		['0xdead_beef', 0xdead_beef]
	])('%s', (text, value) => {
		expect(parseNumber(text)).toBe(value);
		if (!text.startsWith('-')) expect(parseExact(text)).toBe(value);
	});
	it.each([
		'',
		'-',
		'x',
		'1_',
		'_1',
		'0x',
		'0x_1',
		'1e',
		'1.',
		'.5',
		'1.5.2',
		'1e2e3',
		'0x1g',
		'12a',
		' 1',
		'1 ',
		'--1',
		'a1'
	])('is not %j', (text) => {
		expect(parseNumber(text)).toBeNaN();
		expect(parseExact(text)).toBeNaN();
	});
	it('that is whole keeps all of its digits', () => {
		expect(parseExact('0x8000_0000_0014_3063')).toBe(0x8000_0000_0014_3063n);
		expect(parseExact('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
		expect(parseExact('9007199254740993')).toBe(9007199254740993n);
		expect(parseExact('1_0000_0000_0000_0000_0001')).toBe(100000000000000000001n);
		expect(parseExact('1e20')).toBe(10n ** 20n);
	});
});

describe('words of a language', () => {
	it('are words, numbers, strings and signs, longest sign first', () => {
		expect(wordsIn(' ab 12\t0x1F "a b" <=<,. ')).toEqual([
			['word', 'ab'],
			['number', '12'],
			['number', '0x1F'],
			['string', 'a b'],
			['sign', '<='],
			['sign', '<'],
			['sign', ','],
			['sign', '.']
		]);
		expect(wordsIn('""')).toEqual([['string', '']]);
		expect(wordsIn('1.5 1e3 1.x')).toEqual([
			['number', '1.5'],
			['number', '1e3'],
			['number', '1'],
			['sign', '.'],
			['word', 'x']
		]);
		expect(wordsIn('')).toEqual([]);
	});

	it('have their places, and numbers their values', () => {
		const tokens = new Tokens('ab  0x10 "q"', LISTS);
		expect(tokens.all.map(({ at, value }) => [at, value])).toEqual([
			[0, NaN],
			[4, 16],
			[9, NaN]
		]);
		expect([tokens.take(), tokens.take(), tokens.take(), tokens.take()].map(({ at }) => at)).toEqual([0, 4, 9, 12]);
	});

	it('do not run into one another: a number ends where no word begins', () => {
		expect(failure('12ab')).toEqual(["cannot read '12ab'", 0]);
		expect(failure('a 1_ b')).toEqual(["'1_' is no number", 2]);
		expect(failure('a $b c')).toEqual(["cannot read '$b'", 2]);
		expect(failure('a "b')).toEqual(["cannot read '\"b'", 2]);
	});

	it('are at most 4000 characters', () => {
		expect(wordsIn('a'.repeat(4000))).toHaveLength(1);
		const [reason, at] = failure('a'.repeat(4001));
		expect([reason, at]).toEqual(['the list is longer than 4000 characters', 0]);
		try {
			new Tokens('b'.repeat(4001), LISTS);
		} catch (error) {
			expect((error as ListError).text).toBe(`${'b'.repeat(40)} …`);
		}
	});
});

describe('reading', () => {
	it('goes word by word, and stays at the end', () => {
		const tokens = new Tokens('a , b', LISTS);
		expect([tokens.peek.text, tokens.second.text]).toEqual(['a', ',']);
		expect(tokens.take().text).toBe('a');
		expect([tokens.sees('a'), tokens.sees('.'), tokens.sees(',')]).toEqual([false, false, true]);
		expect([tokens.takes('.'), tokens.takes(','), tokens.takes(',')]).toEqual([false, true, false]);
		expect([tokens.peek.text, tokens.second.kind]).toEqual(['b', 'end']);
		expect(tokens.take().text).toBe('b');
		expect([tokens.take(), tokens.take()].map(({ kind }) => kind)).toEqual(['end', 'end']);
		expect([tokens.peek.kind, tokens.second.kind]).toEqual(['end', 'end']);
		expect(tokens.all).toHaveLength(3);
	});

	it('a string is not the sign that it holds', () => {
		const tokens = new Tokens('"," ,', LISTS);
		expect([tokens.sees(','), tokens.takes(',')]).toEqual([false, false]);
	});

	it('says what it expected, and what is there instead', () => {
		expect(failure('a b', (tokens) => (tokens.take(), tokens.expect(',')))).toEqual(["expected ',', found 'b'", 2]);
		expect(failure('a', (tokens) => (tokens.take(), tokens.expect(')', ' to close it')))).toEqual([
			"expected ')' to close it",
			1
		]);
		expect(() => new Tokens(', a', LISTS).expect(',')).not.toThrow();
		expect(foundInstead(new Tokens('', LISTS).peek)).toBe('');
	});

	it('says that nothing may be left, and where the text ends', () => {
		expect(failure('a b', (tokens) => (tokens.take(), tokens.finish()))).toEqual(["'b' does not belong here", 2]);
		expect(() => new Tokens(' ', LISTS).finish()).not.toThrow();
		const missing = (tokens: Tokens): never => {
			throw tokens.error('no word');
		};
		expect(failure('  ', missing)).toEqual(['no word; the list ends here', 2]);
		expect(failure('a', missing)).toEqual(['no word', 0]);
	});

	it('goes into things in things a hundred times, and comes back out', () => {
		const deep =
			(levels: number) =>
			(tokens: Tokens): unknown =>
				levels === 0 ? tokens.take() : tokens.nested(() => deep(levels - 1)(tokens));
		const tokens = new Tokens('a b', LISTS);
		deep(100)(tokens);
		expect(() => deep(100)(tokens)).not.toThrow();
		expect(failure('a', deep(101))).toEqual(['the list is nested too deeply', 0]);
	});
});

describe('a failure', () => {
	it('is of its language, and shows the place', () => {
		const error = new ListError('no word', 'a $', 2);
		expect([error.message, error.name, error.text]).toEqual(["no word, at character 3 of 'a $'", 'ListError', 'a $']);
		expect(new QueryError('no word', 'a $', 2).message).toBe('no word\n  a $\n    ^');
		expect(() => new Tokens('a $', QUERIES)).toThrow(QueryError);
	});
});
