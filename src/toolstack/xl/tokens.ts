/**
 * The words of xl's configuration language. Checked against libxlutil 4.17.7, oddities included: a comment must end in a newline, an
 * octal escape adds nothing, and a single bad character that ends the file is passed over without a word.
 */

/** What a token is, by the name under which messages speak of it. */
export type TokenKind =
	'IDENT' | 'STRING' | 'NUMBER' | 'NEWLINE' | '+=' | "'='" | "'['" | "']'" | "','" | "';'" | '$end';

export interface Token {
	readonly kind: TokenKind;
	/** What it stands for: a string without quotes and escapes. */
	readonly value: string;
	/** As written, for messages. */
	readonly text: string;
	/** From 1, as is the column. */
	readonly line: number;
	readonly column: number;
}

/** Something that cannot be read; where it is no token at all, it is passed over to the next blank. */
export interface LexicalError {
	readonly line: number;
	readonly column: number;
	/** The line that it counts for where only one a line is told. */
	readonly counted: number;
	readonly near: string;
	readonly what: string;
	/** It is told only where nothing else was wrong before. */
	readonly onlyFirst?: boolean;
}

const RULES: readonly (readonly [pattern: RegExp, kind: TokenKind | null])[] = [
	[/[ \t]+/y, null],
	[/(?:#[^\n]*)?\n/y, 'NEWLINE'],
	[/[a-z][._0-9a-z]*/y, 'IDENT'],
	[/[0-9][0-9a-fx]*/y, 'NUMBER'],
	[/"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'/y, 'STRING'],
	[/\+=/y, '+='],
	[/=/y, "'='"],
	[/\[/y, "'['"],
	[/\]/y, "']'"],
	[/,/y, "','"],
	[/;/y, "';'"]
];

/** How text that is no token begins where it was meant for Python, in which such files were once written. */
const LIKE_PYTHON = /^[-+.():]/;

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
	a: '\x07',
	b: '\b',
	f: '\f',
	n: '\n',
	r: '\r',
	t: '\t',
	v: '\v',
	'"': '"',
	"'": "'",
	'\\': '\\'
};

const WRONG = {
	hex: 'invalid digit after backslash hexnumerical character escape in quoted string',
	octal: 'invalid digit after backslash octalnumerical character escape in quoted string',
	other: 'invalid character after backlash in quoted string'
} as const;

/** What stands between the quotes, or what is wrong with it. */
function unquote(text: string): { value: string } | { what: string } {
	let value = '';
	for (let at = 1; at < text.length - 1; at++) {
		if (text[at] !== '\\') {
			value += text[at];
			continue;
		}
		const letter = text[++at];
		if (letter === 'x') return { what: WRONG.hex };
		if (letter >= '0' && letter <= '7') {
			if (!/^[0-7]{3}/.test(text.slice(at))) return { what: WRONG.octal };
			at += 2;
		} else if (Object.hasOwn(SIMPLE_ESCAPES, letter)) value += SIMPLE_ESCAPES[letter];
		else return { what: WRONG.other };
	}
	return { value };
}

/** Reads tokens one by one. */
export class Lexer {
	readonly errors: LexicalError[] = [];
	/** Something in it looks like Python. */
	likePython = false;
	private at = 0;
	private line = 1;
	private lineStart = 0;
	private last: Token = { kind: '$end', value: '', text: '', line: 1, column: 1 };
	/** A bad character that ended the file. */
	private rest = '';

	constructor(private readonly source: string) {}

	/** The next token; `$end`, which stands where the last one stood, over and over at the end. */
	next(): Token {
		while (this.at < this.source.length) {
			const token = this.match();
			if (token) return (this.last = token);
		}
		return { ...this.last, kind: '$end', value: '', text: this.rest };
	}

	private match(): Token | null {
		for (const [pattern, kind] of RULES) {
			pattern.lastIndex = this.at;
			const text = pattern.exec(this.source)?.[0];
			if (text === undefined) continue;
			return this.take(text, kind);
		}
		this.skip();
		return null;
	}

	private take(text: string, kind: TokenKind | null): Token | null {
		const { line } = this;
		const column = this.at - this.lineStart + 1;
		this.at += text.length;
		if (kind === 'NEWLINE') this.newLine();
		if (kind === null) return null;
		if (kind !== 'STRING') return { kind, value: text, text, line, column };
		const read = unquote(text);
		if ('value' in read) return { kind, value: read.value, text, line, column };
		// Such a string counts as one all the same, and is told only as the first error.
		this.errors.push({ line, counted: line, column, near: text, what: read.what, onlyFirst: true });
		return { kind, value: '', text, line, column };
	}

	private newLine(): void {
		this.line++;
		this.lineStart = this.at;
	}

	/** Passes over what is no token, to the next blank. */
	private skip(): void {
		const { line } = this;
		const column = this.at - this.lineStart + 1;
		const near = /^[^ \t\n]+/.exec(this.source.slice(this.at))![0];
		this.at += near.length;
		// A single character takes the end of its line along, which then ends no statement.
		const eaten = near.length === 1 && this.source[this.at] === '\n';
		if (eaten) {
			this.at++;
			this.newLine();
		}
		this.likePython ||= LIKE_PYTHON.test(near);
		if (near.length === 1 && !eaten && this.at === this.source.length) this.rest = near;
		else this.errors.push({ line, counted: eaten ? line + 1 : line, column, near, what: 'lexical error' });
	}
}
