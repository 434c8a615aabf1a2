/**
 * xl's configuration language: assignments of strings, numbers and lists (docs/man/xl.cfg.5.pod.in of the Xen sources). What it refuses,
 * with which words and on which line, is what libxlutil 4.17.7 does, a Bison parser: it goes on after an error at the next line, and
 * is silent about another one that follows too soon.
 */
import { Lexer, type LexicalError, type Token, type TokenKind } from './tokens';

/** A value as written. Numbers are strings here: who asks for one reads it. An item that is a list itself is null. */
export interface Setting {
	readonly value: string | readonly (string | null)[];
	readonly line: number;
	/** It was added to with +=, after which it is taken for no number. */
	readonly added: boolean;
}

/** What was read, and all that is to be said of it; the settings are to be used only where there is no error. */
export interface Parsed {
	readonly settings: ReadonlyMap<string, Setting>;
	readonly errors: readonly string[];
}

/** What may come next, as messages list it, by where the parser stands. */
const EXPECTED = {
	statement: "$end or IDENT or NEWLINE or ';'",
	operator: "+= or '='",
	value: "STRING or NUMBER or '['",
	end: '$end',
	list: "']'"
} as const;

/** Tokens that must be taken in order after an error before another one is told. */
const QUIET = 3;

/** The parser gives up the statement that it is in. */
class Wrong extends Error {}

class Parser {
	readonly settings = new Map<string, Setting>();
	private readonly lexer: Lexer;
	private readonly errors: string[] = [];
	private told = 0;
	private quiet = 0;
	private lastLexicalLine = 0;
	private token: Token;

	constructor(
		private readonly file: string,
		source: string
	) {
		this.lexer = new Lexer(source);
		this.token = this.read();
	}

	parse(): Parsed {
		while (this.token.kind !== '$end') {
			try {
				this.statement();
			} catch (thrown) {
				if (!(thrown instanceof Wrong)) throw thrown;
				while (!this.at('NEWLINE', '$end')) this.token = this.read();
			}
		}
		if (this.lexer.likePython && this.errors.length > 0) this.errors.push(...PYTHON);
		return { settings: this.settings, errors: this.errors };
	}

	private statement(): void {
		if (this.at('NEWLINE', "';'")) return void this.shift();
		const key = this.expect('statement', 'IDENT');
		const operator = this.expect('operator', '+=', "'='");
		this.expectAny('value', 'STRING', 'NUMBER', "'['");
		const value = this.value();
		this.set(key, operator.kind === '+=', value);
		if (this.token.kind !== '$end') this.expect('end', 'NEWLINE', "';'");
	}

	private value(): Setting['value'] {
		const token = this.shift();
		if (token.kind !== "'['") return token.value;
		const items: (string | null)[] = [];
		this.newLines();
		while (this.at('STRING', 'NUMBER', "'['")) {
			const item = this.value();
			items.push(typeof item === 'string' ? item : null);
			this.newLines();
			if (!this.at("','")) break;
			this.shift();
			this.newLines();
		}
		this.expect('list', "']'");
		return items;
	}

	private set({ value: key, line }: Token, adds: boolean, value: Setting['value']): void {
		const before = adds ? this.settings.get(key) : undefined;
		const added = adds && typeof value === 'string';
		if (!before) return void this.settings.set(key, { value, line, added });
		if (typeof before.value === 'string' && typeof value === 'string')
			return void this.settings.set(key, { value: before.value + value, line, added });
		if (typeof before.value !== 'string' && typeof value !== 'string')
			return void this.settings.set(key, { value: [...before.value, ...value], line, added });
		const { text, line: at } = this.previous;
		this.error(at, near(text), `can't add [list] to "string" or vice versa`);
	}

	private previous: Token = { kind: '$end', value: '', text: '', line: 1, column: 1 };

	private newLines(): void {
		while (this.at('NEWLINE')) this.shift();
	}

	private at(...kinds: TokenKind[]): boolean {
		return kinds.includes(this.token.kind);
	}

	private expect(where: keyof typeof EXPECTED, ...kinds: TokenKind[]): Token {
		this.expectAny(where, ...kinds);
		return this.shift();
	}

	private expectAny(where: keyof typeof EXPECTED, ...kinds: TokenKind[]): void {
		if (!this.at(...kinds)) this.unexpected(EXPECTED[where]);
	}

	private shift(): Token {
		this.previous = this.token;
		this.quiet = Math.max(0, this.quiet - 1);
		this.token = this.read();
		return this.previous;
	}

	/** The next token; what was passed over before it is told first. */
	private read(): Token {
		const token = this.lexer.next();
		for (const error of this.lexer.errors.slice(this.told)) this.tell(error);
		this.told = this.lexer.errors.length;
		return token;
	}

	/** One lexical error a line is told. */
	private tell({ line, counted, near: text, what, onlyFirst }: LexicalError): void {
		if (onlyFirst && this.errors.length > 0) return;
		if (counted > this.lastLexicalLine) this.error(line, near(text), what);
		this.lastLexicalLine = counted;
	}

	private unexpected(expected: string): never {
		const { kind, text, line } = this.token;
		const newline = kind === 'NEWLINE';
		if (this.quiet === 0 && line > this.lastLexicalLine)
			this.error(newline ? line - 1 : line, near(text), `syntax error, unexpected ${kind}, expecting ${expected}`);
		this.quiet = QUIET;
		if (kind === '$end' && this.errors.length === 0) this.errors.push(`${this.file}: unexpected end`);
		throw new Wrong();
	}

	private error(line: number, where: string, what: string): void {
		this.errors.push(`${this.file}:${line}: config parsing error near ${where}: ${what}`);
	}
}

/** A comment is shown without its newline. */
const near = (text: string): string => (text === '\n' ? '<newline>' : `\`${text.replace(/\n$/, '')}'`);

const PYTHON = [
	'warning: Config file looks like it contains Python code.',
	'warning:  Arbitrary Python is no longer supported.',
	'warning:  See https://wiki.xen.org/wiki/PythonInXlConfig'
];

/** Reads a configuration. @param file its name, for messages; `source` holds a byte a character */
export const parseLanguage = (source: string, file: string): Parsed => new Parser(file, source).parse();
