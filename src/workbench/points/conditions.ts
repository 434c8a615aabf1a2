/**
 * Conditions over a moment, such as `eax == 3 && [esp + 4] != 0`:
 *
 *     or     = and { "||" and }
 *     and    = compare { "&&" compare }
 *     compare= bits [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) bits ]
 *     bits   = shift { ( "&" | "^" | "|" ) shift }
 *     shift  = sum { ( "<<" | ">>" ) sum }
 *     sum    = product { ( "+" | "-" ) product }
 *     product= unary { ( "*" | "/" | "%" ) unary }
 *     unary  = [ "!" | "-" | "~" ] unary | value
 *     value  = number | name | "(" or ")" | [ "byte" | "word" | "dword" ] "[" or "]" | "signed" "(" or ")"
 *     name   = a register, or a part of one (al, bx) | cs ss ds es fs gs | cr0 cr2 cr3 cr4 | cf zf sf of if df pf af
 *            | dom | vcpu | ring | hits | a symbol of the image, which is its address
 *
 * Bits bind closer than comparisons do (unlike C: `eax & 1 == 1` asks for an odd EAX). All numbers are unsigned and of 32 bits,
 * and wrap as the processor's do; `signed(eax) < 0` compares with the sign. What cannot be known, memory that is not mapped above
 * all, is neither true nor false: it makes the condition false unless the other side of a `||` is true.
 */
import { REGISTER_NAMES } from '../../x86/registers';

/** What a condition asks of a moment. */
export interface ConditionContext {
	/** Value of a name of READABLE_REGISTERS: general registers and EIP, EFLAGS, selectors, control registers; unsigned. */
	register(name: RegisterOfCondition): number;
	/** `size` bytes (1, 2 or 4) at a linear address through the page tables of now, little-endian; null where nothing is mapped. */
	read(linear: number, size: number): number | null;
	readonly dom: number;
	readonly vcpu: number;
	/** The ring that executes: 0 to 3. */
	readonly ring: number;
	/** How often the place was reached on the way, this time included. */
	readonly hits: number;
}

/** A condition that has been read. */
export interface Condition {
	readonly text: string;
	/** The same with the addresses in the place of symbols: what a thread that has no symbols can read. */
	readonly plain: string;
	/** Its value; NaN where it cannot be known. */
	value(context: ConditionContext): number;
	/** Whether it holds: known, and not 0. */
	holds(context: ConditionContext): boolean;
}

/** A condition that cannot be read: what is wrong, and where in its text. */
export class ConditionError extends Error {
	constructor(
		/** What is wrong, without the place. */
		readonly reason: string,
		readonly text: string,
		/** Index into `text`. */
		readonly at: number
	) {
		super(`${reason}, at character ${at + 1} of '${text}'`);
		this.name = 'ConditionError';
	}
}

/** General registers, EIP and EFLAGS, then selectors by their numbers (SDM vol. 2, table 2-2) and control registers. */
export const READABLE_REGISTERS = [
	...REGISTER_NAMES,
	...(['es', 'cs', 'ss', 'ds', 'fs', 'gs', 'cr0', 'cr2', 'cr3', 'cr4'] as const)
] as const;
export type RegisterOfCondition = (typeof READABLE_REGISTERS)[number];

type Value = (context: ConditionContext) => number;

/** Parts of registers, and flags: name -> register, first bit, mask. */
const PARTS: Readonly<Record<string, readonly [RegisterOfCondition, shift: number, mask: number]>> = {
	ax: ['eax', 0, 0xffff],
	al: ['eax', 0, 0xff],
	ah: ['eax', 8, 0xff],
	cx: ['ecx', 0, 0xffff],
	cl: ['ecx', 0, 0xff],
	ch: ['ecx', 8, 0xff],
	dx: ['edx', 0, 0xffff],
	dl: ['edx', 0, 0xff],
	dh: ['edx', 8, 0xff],
	bx: ['ebx', 0, 0xffff],
	bl: ['ebx', 0, 0xff],
	bh: ['ebx', 8, 0xff],
	sp: ['esp', 0, 0xffff],
	bp: ['ebp', 0, 0xffff],
	si: ['esi', 0, 0xffff],
	di: ['edi', 0, 0xffff],
	cf: ['eflags', 0, 1],
	pf: ['eflags', 2, 1],
	af: ['eflags', 4, 1],
	zf: ['eflags', 6, 1],
	sf: ['eflags', 7, 1],
	if: ['eflags', 9, 1],
	df: ['eflags', 10, 1],
	of: ['eflags', 11, 1]
};

const PLACE: Readonly<Record<string, Value>> = {
	dom: (context) => context.dom,
	vcpu: (context) => context.vcpu,
	ring: (context) => context.ring,
	cpl: (context) => context.ring,
	hits: (context) => context.hits
};

const SIZES: Readonly<Record<string, number>> = { byte: 1, word: 2, dword: 4 };

/** Names that every condition knows, for completion. */
export const CONDITION_NAMES: readonly string[] = [
	...READABLE_REGISTERS,
	...Object.keys(PARTS),
	...Object.keys(PLACE),
	...Object.keys(SIZES),
	'signed'
];

const bool = (value: boolean): number => (value ? 1 : 0);
const known = (a: number, b: number, result: number): number => (Number.isNaN(a) || Number.isNaN(b) ? NaN : result);

/** Operators by how closely they bind, loosest first. Each level is read from left to right. */
const LEVELS: readonly Readonly<Record<string, (a: number, b: number) => number>>[] = [
	{
		'==': (a, b) => known(a, b, bool(a === b)),
		'!=': (a, b) => known(a, b, bool(a !== b)),
		'<=': (a, b) => known(a, b, bool(a <= b)),
		'>=': (a, b) => known(a, b, bool(a >= b)),
		'<': (a, b) => known(a, b, bool(a < b)),
		'>': (a, b) => known(a, b, bool(a > b))
	},
	{
		'&': (a, b) => known(a, b, (a & b) >>> 0),
		'^': (a, b) => known(a, b, (a ^ b) >>> 0),
		'|': (a, b) => known(a, b, (a | b) >>> 0)
	},
	{
		'<<': (a, b) => known(a, b, b > 31 ? 0 : (a << b) >>> 0),
		'>>': (a, b) => known(a, b, b > 31 ? 0 : (a >>> 0) >>> b)
	},
	{ '+': (a, b) => known(a, b, (a + b) >>> 0), '-': (a, b) => known(a, b, (a - b) >>> 0) },
	{
		'*': (a, b) => known(a, b, Math.imul(a, b) >>> 0),
		'/': (a, b) => known(a, b, b === 0 ? NaN : Math.trunc(a / b) >>> 0),
		'%': (a, b) => known(a, b, b === 0 ? NaN : (a % b) >>> 0)
	}
];
const COMPARISONS = 0;

const PREFIXES: Readonly<Record<string, (value: number) => number>> = {
	'!': (value) => bool(value === 0),
	'-': (value) => -value >>> 0,
	'~': (value) => ~value >>> 0
};

const TOKEN =
	/\s*(?:(0x[0-9a-f_]+|\d[\d_]*)(?![\w$])|([a-z_$.][\w$.]*)|(\|\||&&|==|!=|<=|>=|<<|>>|[-+*/%&|^~!<>()[\]]))/iy;
/** Deeper nesting, and longer text, than anyone writes. */
const DEEPEST = 100;
const LONGEST = 4000;

class Parser {
	private at = 0;
	private depth = 0;
	private readonly replaced: { from: number; to: number; address: number }[] = [];

	constructor(
		private readonly text: string,
		private readonly symbols: SymbolFinder | null
	) {}

	parse(): Value {
		if (this.text.length > LONGEST)
			throw new ConditionError(`the condition is longer than ${LONGEST} characters`, this.text.slice(0, 40), 0);
		if (this.text.trim() === '') throw new ConditionError('the condition is empty', this.text, 0);
		const value = this.either();
		if (this.peek()) throw this.error(`'${this.peek()}' does not belong here`);
		return value;
	}

	/** The text without symbols. */
	get plain(): string {
		return this.replaced.reduceRight(
			(text, { from, to, address }) => `${text.slice(0, from)}0x${address.toString(16)}${text.slice(to)}`,
			this.text
		);
	}

	private match(): RegExpExecArray | null {
		TOKEN.lastIndex = this.at;
		return TOKEN.exec(this.text);
	}
	private peek(): string {
		const match = this.match();
		if (match) return match[1] ?? match[2] ?? match[3];
		const rest = /^\s*(\S*)/.exec(this.text.slice(this.at))![1];
		if (rest) throw this.error(`cannot read '${rest}'`);
		return '';
	}
	private take(): void {
		this.at += this.match()![0].length;
	}
	private takes(sign: string): boolean {
		if (this.peek() !== sign) return false;
		this.take();
		return true;
	}
	private expect(sign: string): void {
		if (!this.takes(sign)) throw this.error(`expected '${sign}'${this.peek() ? `, found '${this.peek()}'` : ''}`);
	}
	private error(reason: string): ConditionError {
		const blank = /^\s*/.exec(this.text.slice(this.at))![0].length;
		return new ConditionError(reason, this.text, this.at + blank);
	}

	/** `a || b`, three-valued: unknown only when neither side is true and one is unknown. */
	private either(): Value {
		if (++this.depth > DEEPEST) throw this.error('the condition is nested too deeply');
		let left = this.both();
		while (this.takes('||')) {
			const [a, b] = [left, this.both()];
			left = (context) => {
				const first = a(context);
				if (first !== 0 && !Number.isNaN(first)) return 1;
				const second = b(context);
				return second !== 0 && !Number.isNaN(second) ? 1 : known(first, second, 0);
			};
		}
		this.depth--;
		return left;
	}

	private both(): Value {
		let left = this.binary(COMPARISONS);
		while (this.takes('&&')) {
			const [a, b] = [left, this.binary(COMPARISONS)];
			left = (context) => {
				const first = a(context);
				if (first === 0) return 0;
				const second = b(context);
				return second === 0 ? 0 : known(first, second, 1);
			};
		}
		return left;
	}

	private binary(level: number): Value {
		const operators = LEVELS[level];
		if (!operators) return this.unary();
		let left = this.binary(level + 1);
		for (let count = 0; Object.hasOwn(operators, this.peek()); count++) {
			if (level === COMPARISONS && count > 0) throw this.error('comparisons do not follow one another: use &&');
			const apply = operators[this.peek()];
			this.take();
			const [a, b] = [left, this.binary(level + 1)];
			left = (context) => apply(a(context), b(context));
		}
		return left;
	}

	private unary(): Value {
		if (++this.depth > DEEPEST) throw this.error('the condition is nested too deeply');
		const value = this.prefixed();
		this.depth--;
		return value;
	}

	private prefixed(): Value {
		const apply = Object.hasOwn(PREFIXES, this.peek()) ? PREFIXES[this.peek()] : null;
		if (!apply) return this.primary();
		this.take();
		const of = this.unary();
		return (context) => {
			const value = of(context);
			return known(0, value, apply(value));
		};
	}

	private primary(): Value {
		const token = this.peek();
		if (this.takes('(')) {
			const inner = this.either();
			this.expect(')');
			return inner;
		}
		if (token === '[') return this.memory(4);
		if (/^\d/.test(token)) return this.number(token);
		if (/^[a-z_$.]/i.test(token)) return this.name(token);
		throw this.error(token ? `expected a value, found '${token}'` : 'expected a value; the condition ends here');
	}

	private memory(size: number): Value {
		this.expect('[');
		const address = this.either();
		this.expect(']');
		return (context) => {
			const linear = address(context);
			return Number.isNaN(linear) ? NaN : (context.read(linear >>> 0, size) ?? NaN);
		};
	}

	private number(token: string): Value {
		const value = Number(token.replaceAll('_', ''));
		if (!(value <= 0xffff_ffff)) throw this.error(`${token} does not fit in 32 bits`);
		this.take();
		return () => value;
	}

	private name(token: string): Value {
		const lower = token.toLowerCase();
		if (lower === 'signed') return this.signed();
		if (Object.hasOwn(SIZES, lower)) {
			this.take();
			return this.memory(SIZES[lower]);
		}
		const value = this.named(token, lower);
		if (!value) throw this.error(`'${token}' is no register${this.symbols ? ' and no symbol' : ''}`);
		this.take();
		const to = this.at;
		if (this.symbols && !CONDITION_NAMES.includes(lower))
			this.replaced.push({ from: to - token.length, to, address: this.symbols.find(token) });
		return value;
	}

	private named(token: string, lower: string): Value | null {
		if (Object.hasOwn(PLACE, lower)) return PLACE[lower];
		const register = READABLE_REGISTERS.find((name) => name === lower);
		if (register) return (context) => context.register(register) >>> 0;
		if (Object.hasOwn(PARTS, lower)) {
			const [whole, shift, mask] = PARTS[lower];
			return (context) => (context.register(whole) >>> shift) & mask;
		}
		const address = this.symbols?.find(token) ?? -1;
		return address >= 0 ? () => address : null;
	}

	private signed(): Value {
		this.take();
		this.expect('(');
		const inner = this.either();
		this.expect(')');
		return (context) => {
			const value = inner(context);
			return Number.isNaN(value) ? NaN : value | 0;
		};
	}
}

/** Where names of an image come from; `Symbols` is one. */
export interface SymbolFinder {
	/** Address of `name`, or -1. */
	find(name: string): number;
}

/**
 * Reads a condition.
 * @param symbols names that stand for addresses, besides the registers
 * @throws ConditionError with what is wrong and where
 */
export function parseCondition(text: string, symbols: SymbolFinder | null = null): Condition {
	const parser = new Parser(text, symbols);
	const value = parser.parse();
	return {
		text,
		plain: parser.plain,
		value,
		holds: (context) => {
			const result = value(context);
			return result !== 0 && !Number.isNaN(result);
		}
	};
}
