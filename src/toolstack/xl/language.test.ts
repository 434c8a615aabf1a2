import { describe, expect, it } from 'vitest';
import { parseLanguage } from './language';

const parse = (source: string) => {
	const { settings, errors } = parseLanguage(source, 'x.cfg');
	return { errors, values: Object.fromEntries([...settings].map(([key, { value }]) => [key, value])) };
};
const error = (line: number, near: string, what: string): string =>
	`x.cfg:${line}: config parsing error near ${near}: ${what}`;
const lexical = (line: number, text: string): string => error(line, `\`${text}'`, 'lexical error');
const syntax = (line: number, text: string, unexpected: string, expecting: string): string =>
	error(
		line,
		text === '\n' ? '<newline>' : `\`${text}'`,
		`syntax error, unexpected ${unexpected}, expecting ${expecting}`
	);
const VALUE = "STRING or NUMBER or '['";
const STATEMENT = "$end or IDENT or NEWLINE or ';'";
const OPERATOR = "+= or '='";
const PYTHON = 3;

describe('what libxlutil 4.17.7 takes, is taken', () => {
	it.each<[string, Record<string, unknown>]>([
		['', {}],
		['a=1', { a: '1' }],
		['a = 1 # c\n\n#x\nb=2', { a: '1', b: '2' }],
		['\ta\t=\t1\n', { a: '1' }],
		['a=1;;b=2\n', { a: '1', b: '2' }],
		['a="x";b=\'y\'', { a: 'x', b: 'y' }],
		['a=1\na=2\n', { a: '2' }],
		['a=0x40;b=010;c=12ab3\n', { a: '0x40', b: '010', c: '12ab3' }],
		['a_1=1\nb.c=2\n', { a_1: '1', 'b.c': '2' }],
		['a=[]\n', { a: [] }],
		['a=[1,\n"b",\n]\n', { a: ['1', 'b'] }],
		['a=[ "1", # c\n "2" ]\n', { a: ['1', '2'] }],
		['a=["y",["z"]]\n', { a: ['y', null] }],
		['a=["y"]\na+=["x"]\n', { a: ['y', 'x'] }],
		['a="x"\na+="y"\n', { a: 'xy' }],
		['a="b\\nc\\td\\"e"\nb=\'f"g\'\n', { a: 'b\nc\td"e', b: 'f"g' }],
		["a='x\\'y'\n", { a: "x'y" }],
		['a="q\\101z"\n', { a: 'qz' }],
		['a=1G', { a: '1' }]
	])('%j', (source, values) => expect(parse(source)).toEqual({ errors: [], values }));
});

describe('what it refuses, is refused in its words', () => {
	it.each<[string, string[]]>([
		['name=lin\n', [syntax(1, 'lin', 'IDENT', VALUE)]],
		['Name="a"\n', [lexical(1, 'Name="a"')]],
		['_a=1\n', [lexical(1, '_a=1')]],
		['aB=1\n', [lexical(1, 'B=1')]],
		['a="x"\r\n', [lexical(1, '\r')]],
		['\xef\xbb\xbfa=1\n', [lexical(1, '\xef\xbb\xbfa=1')]],
		['a=["x",,"y"]\n', [syntax(1, ',', "','", "']'")]],
		['a="x\\\n"\n', [lexical(1, '"x\\'), lexical(2, '"')]],
		['a=1 \\\nb=2\n', [lexical(1, '\\')]],
		['a="aa\nbb"\n', [lexical(1, '"aa'), lexical(2, '"')]],
		['a=1G\n', [lexical(1, 'G')]],
		['b=XY', [lexical(1, 'XY')]],
		['#only', [lexical(1, '#only')]],
		['a=1#x', [lexical(1, '#x')]],
		['a=1\n#c1\n  # c2\nb=X', [syntax(4, 'X', '$end', VALUE)]],
		['a=1 b=2\n', [syntax(1, 'b', 'IDENT', '$end')]],
		['a="x" "y"\n', [syntax(1, '"y"', 'STRING', '$end')]],
		['a\n', [syntax(0, '\n', 'NEWLINE', OPERATOR)]],
		['x', [syntax(1, '', '$end', OPERATOR)]],
		['a==1\n', [syntax(1, '=', "'='", VALUE)]],
		['q=1\n "s"', [syntax(2, '"s"', 'STRING', STATEMENT)]],
		['a=[1 2]\n', [syntax(1, '2', 'NUMBER', "']'")]],
		['a=[\n', [syntax(1, '', '$end', "']'")]],
		['a=1\nb=\nc=2 3\nd=4\n', [syntax(1, '\n', 'NEWLINE', VALUE), syntax(3, '3', 'NUMBER', '$end')]],
		['a b\nc d\n', [syntax(1, 'b', 'IDENT', OPERATOR)]],
		['a b\n;;c d\n', [syntax(1, 'b', 'IDENT', OPERATOR), syntax(2, 'd', 'IDENT', OPERATOR)]],
		['a=[1,\nX,2]\nb=3 4\n', [lexical(2, 'X,2]'), syntax(3, 'b', 'IDENT', "']'")]],
		[
			'a="\\x41"\n',
			[error(1, '`"\\x41"\'', 'invalid digit after backslash hexnumerical character escape in quoted string')]
		],
		[
			'a="\\1z"\n',
			[error(1, '`"\\1z"\'', 'invalid digit after backslash octalnumerical character escape in quoted string')]
		],
		['a="\\q"\n', [error(1, '`"\\q"\'', 'invalid character after backlash in quoted string')]],
		[
			'a="x"\na+=["y"]\nb=1 2\n',
			[error(2, "`]'", `can't add [list] to "string" or vice versa`), syntax(3, '2', 'NUMBER', '$end')]
		]
	])('%j', (source, errors) => expect(parse(source).errors).toEqual(errors));

	it.each(['a=-1\n', 'a-b=1\n', 'a .b\n', 'lambda: x\n', 'a=x(1)\n', 'a +b\n'])('%j looks like Python', (source) =>
		expect(parse(source).errors.filter((line) => line.startsWith('warning:'))).toHaveLength(PYTHON)
	);
	it.each(['a!=1\n', 'for i in x\n', 'a {b\n'])('%j does not', (source) =>
		expect(parse(source).errors.filter((line) => line.startsWith('warning:'))).toEqual([])
	);
});
