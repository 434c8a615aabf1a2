/**
 * What an instruction does, as a small expression in the row of its opcode:
 *
 *     a = add(a, b)              the first operand becomes the sum; the flags are those of an addition
 *     sub(a, b)                  a difference of which only the flags stay: CMP
 *     b = a; a = add(a, b)       XADD
 *     a = choose(NE, b, a)       CMOVNE
 *     push(a)                    a procedure
 *
 * `a`, `b` and `c` are the operands as the row names them. To the right of `=` they are what they were before the instruction, and a memory
 * operand is read once; assignments are done in the order in which they are written, after all that may fault. Flags, and conditions made of
 * them, are read where they stand.
 *
 * A function of the table below is pure but for the flags that it writes. Any other name is a *procedure*: a part of the processor with a name
 * (`push`, `iret`, `lgdt`), which an engine calls.
 */
import { AF, CF, OF, PF, SF, STATUS, ZF } from '../flags';

/** Operands; registers by size of the first operand: accumulator and its upper half; a flag. */
const NAMES = ['a', 'b', 'c', 'acc', 'hi', 'AL', 'CF'] as const;
export type Name = (typeof NAMES)[number];

/** A value: a name, a condition, a number, a function of values. */
export type Value =
	| { readonly kind: 'name'; readonly name: Name }
	| { readonly kind: 'condition'; readonly condition: number }
	| { readonly kind: 'number'; readonly number: number }
	| { readonly kind: 'call'; readonly fn: FunctionName; readonly values: readonly Value[] };

/** A statement: an assignment, a value whose flags alone stay (`to` is null), or a procedure. */
export type Statement =
	| { readonly kind: 'set'; readonly to: Name | null; readonly value: Value }
	| { readonly kind: 'procedure'; readonly name: string; readonly values: readonly Value[] };

export interface Meaning {
	/** As it is written, with single spaces: equal meanings have equal texts. */
	readonly text: string;
	readonly statements: readonly Statement[];
}

/** Mnemonic endings of the conditions, in encoding order (SDM vol. 2, appendix B, table B-10). */
export const CONDITION_NAMES = 'O NO B AE E NE BE A S NS P NP L GE LE G'.split(' ');

/** The status flags that each condition reads, in encoding order. */
export const CONDITION_FLAGS: readonly number[] = [OF, CF, ZF, CF | ZF, SF, PF, SF | OF, ZF | SF | OF].flatMap(
	(flags) => [flags, flags]
);

/** Status flags: those it reads, those it may write, those it overwrites for certain. */
export interface FlagEffects {
	readonly reads: number;
	readonly writes: number;
	readonly kills: number;
}

const flags = (writes: number, kills = writes, reads = 0): FlagEffects => ({ reads, writes, kills });
const NONE = flags(0);
const ALL = flags(STATUS);
const BUT_CARRY = flags(PF | AF | ZF | SF | OF);
/** A count of zero writes nothing. */
const SHIFT = flags(STATUS, 0);
const ROTATE = flags(CF | OF, 0);

/** The functions of values, and what they do to the flags. */
export const FUNCTIONS = {
	add: ALL,
	or: ALL,
	adc: flags(STATUS, STATUS, CF),
	sbb: flags(STATUS, STATUS, CF),
	and: ALL,
	sub: ALL,
	xor: ALL,
	inc: BUT_CARRY,
	dec: BUT_CARRY,
	neg: ALL,
	not: NONE,
	rol: ROTATE,
	ror: ROTATE,
	rcl: flags(CF | OF, 0, CF),
	rcr: flags(CF | OF, 0, CF),
	shl: SHIFT,
	shr: SHIFT,
	sar: SHIFT,
	shld: SHIFT,
	shrd: SHIFT,
	/** The product of two, truncated. */
	imul: flags(CF | OF),
	/** Number of the lowest, of the highest bit of the second that is set; the first where none is. */
	bsf: ALL,
	bsr: ALL,
	/** The second where the condition holds, else the third. */
	choose: NONE,
	/** To the size of the first operand: with zeros, with the sign. */
	zx: NONE,
	sx: NONE,
	/** From half the size of the first operand to the whole, with the sign. */
	widen: NONE,
	/** All bits as the sign bit. */
	sign: NONE,
	bswap: NONE,
	/** Offset of a memory operand, which is not accessed. */
	address: NONE
} as const satisfies Record<string, FlagEffects>;
export type FunctionName = keyof typeof FUNCTIONS;

/** Thrown at once when the table is made: a row that cannot be read is a bug. */
class MeaningError extends Error {
	constructor(text: string, at: string) {
		super(`the meaning "${text}" cannot be read at "${at}"`);
	}
}

const TOKEN = /\s*(?:([A-Za-z]\w*)|(\d+)|([=;(),]))/y;

function tokens(text: string): string[] {
	const found: string[] = [];
	TOKEN.lastIndex = 0;
	while (TOKEN.lastIndex < text.trimEnd().length) {
		const at = TOKEN.lastIndex;
		const match = TOKEN.exec(text);
		if (match === null) throw new MeaningError(text, text.slice(at));
		found.push(match[1] ?? match[2] ?? match[3]);
	}
	return found;
}

const isName = (word: string): word is Name => (NAMES as readonly string[]).includes(word);
const isFunction = (word: string): word is FunctionName => Object.hasOwn(FUNCTIONS, word);

/** Reads tokens in order; statements and values nest as far as they are written. */
class Reader {
	private at = 0;
	private readonly tokens: readonly string[];
	constructor(private readonly text: string) {
		this.tokens = tokens(text);
	}

	meaning(): Statement[] {
		const statements = [this.statement()];
		while (this.take(';')) statements.push(this.statement());
		if (this.at < this.tokens.length) this.fail();
		return statements;
	}

	private statement(): Statement {
		const [word, next] = this.tokens.slice(this.at);
		if (next === '=') {
			if (!isName(word)) return this.fail();
			this.at += 2;
			return { kind: 'set', to: word, value: this.value() };
		}
		if (isFunction(word)) return { kind: 'set', to: null, value: this.value() };
		this.at++;
		return { kind: 'procedure', name: word, values: this.list() };
	}

	private value(): Value {
		const word = this.tokens[this.at++] ?? this.fail();
		if (isFunction(word)) return { kind: 'call', fn: word, values: this.list() };
		if (isName(word)) return { kind: 'name', name: word };
		if (/^\d/.test(word)) return { kind: 'number', number: Number(word) };
		const condition = CONDITION_NAMES.indexOf(word);
		return condition < 0 ? this.fail() : { kind: 'condition', condition };
	}

	private list(): Value[] {
		if (!this.take('(')) this.fail();
		const values: Value[] = [];
		if (this.take(')')) return values;
		do values.push(this.value());
		while (this.take(','));
		if (!this.take(')')) this.fail();
		return values;
	}

	private take(token: string): boolean {
		if (this.tokens[this.at] !== token) return false;
		this.at++;
		return true;
	}

	private fail(): never {
		throw new MeaningError(this.text, this.tokens.slice(this.at).join(' '));
	}
}

const known = new Map<string, Meaning>();

/** Reads a meaning; the same text gives the same object. */
export function meaning(text: string): Meaning {
	const read = known.get(text) ?? { text, statements: new Reader(text).meaning() };
	known.set(text, read);
	return read;
}

/** All values that a meaning takes, outer ones first; an operand that is only addressed is not taken. */
export function* valuesOf({ statements }: Meaning): Generator<Value> {
	const rest: Value[] = statements.flatMap((statement) =>
		statement.kind === 'set' ? [statement.value] : [...statement.values]
	);
	for (let value = rest.shift(); value !== undefined; value = rest.shift()) {
		yield value;
		if (value.kind === 'call' && value.fn !== 'address') rest.unshift(...value.values);
	}
}

/** Whether the operand `name` is read, and whether it is written. */
export const isRead = (it: Meaning, name: Name): boolean =>
	[...valuesOf(it)].some((value) => value.kind === 'name' && value.name === name);
export const isWritten = (it: Meaning, name: Name): boolean =>
	it.statements.some((statement) => statement.kind === 'set' && statement.to === name);

/** What the expressions of a meaning do to the status flags; procedures say it in their row. */
export function flagEffects(it: Meaning): FlagEffects {
	let [reads, writes, kills] = [0, 0, 0];
	if (isWritten(it, 'CF')) writes = kills = CF;
	for (const value of valuesOf(it)) {
		if (value.kind === 'condition') reads |= CONDITION_FLAGS[value.condition];
		else if (value.kind === 'name') reads |= value.name === 'CF' ? CF : 0;
		else if (value.kind === 'call') {
			const effects: FlagEffects = FUNCTIONS[value.fn];
			reads |= effects.reads;
			writes |= effects.writes;
			kills |= effects.kills;
		}
	}
	return { reads, writes, kills };
}
