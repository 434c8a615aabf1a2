/** Words of the query language, each with its place in the text. */

export interface Token {
	kind: 'word' | 'number' | 'string' | 'sign' | 'end';
	text: string;
	/** Value of a number. */
	value: number;
	/** Place of its first character. */
	at: number;
}

/** A query that cannot be read or has no answer: what, and where in its text. */
export class QueryError extends Error {
	constructor(
		/** What is wrong, without the place. */
		readonly reason: string,
		readonly query: string,
		/** Index into `query`. */
		readonly at: number
	) {
		super(`${reason}\n  ${query}\n  ${' '.repeat(at)}^`);
		this.name = 'QueryError';
	}
}

/** Longer than anyone writes; scopes in scopes cannot be too many then. */
const LONGEST = 4000;

const PATTERN =
	/\s+|(?<string>"[^"]*")|(?<number>-?(?:0x[0-9a-f_]+|\d[\d_]*(?:\.\d+)?(?:e\d+)?)(?![\w]))|(?<word>-?[#@]?[a-z_][\w]*)|(?<sign>!=|<=|>=|[=<>!|(),#@+\-*/])/iy;

/** A number as people write it: decimal, `0x` hexadecimal, `1e6`, underscores between digits. NaN when it is none. */
export function parseNumber(text: string): number {
	const bare = text.replace(/(?<=[0-9a-f])_(?=[0-9a-f])/gi, '');
	if (/^-?0x[0-9a-f]+$/i.test(bare)) return bare.startsWith('-') ? -parseInt(bare.slice(1), 16) : parseInt(bare, 16);
	return /^-?\d+(\.\d+)?(e\d+)?$/i.test(bare) ? Number(bare) : NaN;
}

function tokenize(query: string): Token[] {
	const tokens: Token[] = [];
	let at = 0;
	while (at < query.length) {
		PATTERN.lastIndex = at;
		const match = PATTERN.exec(query);
		if (!match) throw new QueryError(`cannot read '${query[at]}'`, query, at);
		const { string, number, word, sign } = match.groups as Record<string, string | undefined>;
		if (string !== undefined) tokens.push({ kind: 'string', text: string.slice(1, -1), value: NaN, at });
		else if (number !== undefined) tokens.push({ kind: 'number', text: number, value: parseNumber(number), at });
		else if (word !== undefined) tokens.push({ kind: 'word', text: word, value: NaN, at });
		else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign, value: NaN, at });
		at = PATTERN.lastIndex;
	}
	tokens.push({ kind: 'end', text: '', value: NaN, at: query.length });
	return tokens;
}

/** A reader over tokens. */
export class Tokens {
	private place = 0;
	private readonly tokens: Token[];

	constructor(readonly query: string) {
		if (query.length > LONGEST)
			throw new QueryError(`this is longer than ${LONGEST} characters`, `${query.slice(0, 40)} …`, 0);
		this.tokens = tokenize(query);
	}

	get peek(): Token {
		return this.tokens[this.place];
	}
	ahead(distance: number): Token {
		return this.tokens[Math.min(this.place + distance, this.tokens.length - 1)];
	}
	take(): Token {
		const token = this.peek;
		if (token.kind !== 'end') this.place++;
		return token;
	}
	/** Takes the sign when it is next. */
	takes(sign: string): boolean {
		if (this.peek.kind !== 'sign' || this.peek.text !== sign) return false;
		this.place++;
		return true;
	}
	expect(sign: string, why: string): void {
		if (!this.takes(sign)) throw this.error(`expected '${sign}' ${why}`);
	}
	error(reason: string, token = this.peek): QueryError {
		const found = token.kind === 'end' ? ' (the query ends here)' : '';
		return new QueryError(reason + found, this.query, token.at);
	}
}
