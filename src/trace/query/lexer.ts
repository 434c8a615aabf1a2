/** Words of a language, each with its place in the text, and what is said when a text cannot be read. */
import type { ArgValue } from '../wide';
import { NUMBER, parseExact } from './numbers';

/** A text that cannot be read, or has no answer: what, and where in it. Each language has its own kind. */
export class ExpressionError extends Error {
	constructor(
		/** What is wrong, without the place. */
		readonly reason: string,
		readonly text: string,
		/** Index into `text`. */
		readonly at: number,
		message = `${reason}, at character ${at + 1} of '${text}'`
	) {
		super(message);
		this.name = new.target.name;
	}
}

/** What the lexer has to know of a language. */
export interface Language {
	/** What a text of it is called. */
	readonly noun: string;
	/** Made by `wordsOf`. */
	readonly words: RegExp;
	readonly Failure: new (reason: string, text: string, at: number) => ExpressionError;
}

/** A piece of the text and where its first character stands. */
export interface Place {
	readonly text: string;
	readonly at: number;
}

export interface Token extends Place {
	readonly kind: 'word' | 'number' | 'string' | 'sign' | 'end';
	/** Value of a number; NaN of all else. */
	readonly value: ArgValue;
}

/** Longer than anyone writes, and deeper: scopes in scopes, parentheses in parentheses. */
const LONGEST = 4000;
const DEEPEST = 100;

/** The words of a language: `word` is a pattern, `signs` are listed, one after a blank. */
export function wordsOf(word: string, signs: string): RegExp {
	const longestFirst = signs.split(' ').sort((a, b) => b.length - a.length);
	const sign = longestFirst.map((each) => each.replace(/\W/g, '\\$&')).join('|');
	return new RegExp(`\\s+|"(?<string>[^"]*)"|(?<number>${NUMBER})|(?<word>${word})|(?<sign>${sign})`, 'iy');
}

/** A reader over the words of a text. */
export class Tokens {
	private place = 0;
	private depth = 0;
	private readonly tokens: Token[];

	/** @throws the language's failure for what is no word of it, and for a text that is too long */
	constructor(
		readonly text: string,
		private readonly language: Language
	) {
		const { noun, Failure } = language;
		if (text.length > LONGEST)
			throw new Failure(`the ${noun} is longer than ${LONGEST} characters`, `${text.slice(0, 40)} …`, 0);
		this.tokens = [...this.read()];
	}

	private *read(): Generator<Token> {
		const { words } = this.language;
		const { text } = this;
		for (let at = 0; at < text.length; at = words.lastIndex) {
			words.lastIndex = at;
			const match = words.exec(text);
			if (!match) throw this.error(`cannot read '${/^\S*/.exec(text.slice(at))![0]}'`, { at });
			const [kind, found] = Object.entries(match.groups!).find(([, each]) => each !== undefined) ?? [];
			if (kind === undefined) continue;
			const value = kind === 'number' ? parseExact(found!) : NaN;
			if (kind === 'number' && Number.isNaN(value)) throw this.error(`'${found}' is no number`, { at });
			yield { kind: kind as Token['kind'], text: found!, value, at };
		}
		yield { kind: 'end', text: '', value: NaN, at: text.length };
	}

	get peek(): Token {
		return this.tokens[this.place];
	}
	/** The one after the next. */
	get second(): Token {
		return this.tokens[Math.min(this.place + 1, this.tokens.length - 1)];
	}
	/** All of them, without the end. */
	get all(): readonly Token[] {
		return this.tokens.slice(0, -1);
	}
	take(): Token {
		const token = this.peek;
		if (token.kind !== 'end') this.place++;
		return token;
	}
	/** Whether `sign` is next. */
	sees(sign: string): boolean {
		return this.peek.kind === 'sign' && this.peek.text === sign;
	}
	/** Takes the sign when it is next. */
	takes(sign: string): boolean {
		const seen = this.sees(sign);
		if (seen) this.place++;
		return seen;
	}
	/** Takes the sign, which has to be next. */
	expect(sign: string, why = ''): void {
		if (!this.takes(sign)) throw this.error(`expected '${sign}'${why}${foundInstead(this.peek)}`, { at: this.peek.at });
	}
	/** Nothing may be left. */
	finish(): void {
		if (this.peek.kind !== 'end') throw this.error(`'${this.peek.text}' does not belong here`);
	}
	/** Reads what stands inside something else. */
	nested<T>(read: () => T): T {
		if (++this.depth > DEEPEST) throw this.error(`the ${this.language.noun} is nested too deeply`);
		const inner = read();
		this.depth--;
		return inner;
	}
	/** @param place where it is wrong; the next word when left out */
	error(reason: string, place: { at: number; kind?: Token['kind'] } = this.peek): ExpressionError {
		const ends = place.kind === 'end' ? `; the ${this.language.noun} ends here` : '';
		return new this.language.Failure(reason + ends, this.text, place.at);
	}
}

/** For a message that says what was expected. */
export const foundInstead = ({ text }: Token): string => text && `, found '${text}'`;
