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
import { AF, CF, DF, IF, OF, PF, SF, ZF } from '../../x86/flags';
import { REGISTER_NAMES } from '../../x86/registers';
import { COMPARE } from '../../trace/query/compare';
import {
	compileExpression,
	logical,
	mapped,
	strict,
	type Arithmetic,
	type FunctionRow,
	type Value
} from '../../trace/query/evaluate';
import { ExpressionError, wordsOf, type Place } from '../../trace/query/lexer';
import { meant } from '../../trace/query/nearest';

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

/** A condition that cannot be read. */
export class ConditionError extends ExpressionError {}

/** General registers, EIP and EFLAGS, then selectors by their numbers (SDM vol. 2, table 2-2) and control registers. */
export const READABLE_REGISTERS = [
	...REGISTER_NAMES,
	...(['es', 'cs', 'ss', 'ds', 'fs', 'gs', 'cr0', 'cr2', 'cr3', 'cr4'] as const)
] as const;
export type RegisterOfCondition = (typeof READABLE_REGISTERS)[number];

type Read = Value<ConditionContext>;

type Part = readonly [RegisterOfCondition, shift: number, mask: number];
const flag = (mask: number): Part => ['eflags', 31 - Math.clz32(mask), 1];

/** Parts of registers, and flags: name -> register, first bit, mask. */
const PARTS: Readonly<Record<string, Part>> = {
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
	cf: flag(CF),
	pf: flag(PF),
	af: flag(AF),
	zf: flag(ZF),
	sf: flag(SF),
	if: flag(IF),
	df: flag(DF),
	of: flag(OF)
};

const PLACE: Readonly<Record<string, Read>> = {
	dom: (context) => context.dom,
	vcpu: (context) => context.vcpu,
	ring: (context) => context.ring,
	cpl: (context) => context.ring,
	hits: (context) => context.hits
};

/** `size` bytes at the address in brackets. */
const memory = (size: number): FunctionRow<ConditionContext> => ({
	open: '[',
	takes: ['expression'],
	value: ([of], { value }) => {
		const address = value(of);
		return (context) => {
			const linear = address(context);
			return Number.isNaN(linear) ? NaN : (context.read(linear >>> 0, size) ?? NaN);
		};
	}
});

const FUNCTIONS: Readonly<Record<string, FunctionRow<ConditionContext>>> = {
	byte: memory(1),
	word: memory(2),
	dword: memory(4),
	signed: { takes: ['expression'], value: ([of], { value }) => mapped(value(of), (known) => known | 0) }
};

/** Names that every condition knows, for completion. */
export const CONDITION_NAMES: readonly string[] = [
	...READABLE_REGISTERS,
	...Object.keys(PARTS),
	...Object.keys(PLACE),
	...Object.keys(FUNCTIONS)
];

const comparison = (op: string) => strict((a, b) => Number(COMPARE[op](a, b)));

/** The language, but for the symbols of an image. */
const CONDITIONS: Omit<Arithmetic<ConditionContext>, 'name'> = {
	noun: 'condition',
	words: wordsOf(String.raw`[a-z_$.][\w$.]*`, '|| && == != <= >= << >> - + * / % & | ^ ~ ! < > ( ) [ ]'),
	Failure: ConditionError,
	levels: [
		{ '||': logical(1) },
		{ '&&': logical(0) },
		{
			'==': comparison('='),
			...Object.fromEntries(['!=', '<=', '>=', '<', '>'].map((op) => [op, comparison(op)]))
		},
		{
			'&': strict((a, b) => (a & b) >>> 0),
			'^': strict((a, b) => (a ^ b) >>> 0),
			'|': strict((a, b) => (a | b) >>> 0)
		},
		{
			'<<': strict((a, b) => (b > 31 ? 0 : (a << b) >>> 0)),
			'>>': strict((a, b) => (b > 31 ? 0 : (a >>> 0) >>> b))
		},
		{ '+': strict((a, b) => (a + b) >>> 0), '-': strict((a, b) => (a - b) >>> 0) },
		{
			'*': strict((a, b) => Math.imul(a, b) >>> 0),
			'/': strict((a, b) => (b === 0 ? NaN : Math.trunc(a / b) >>> 0)),
			'%': strict((a, b) => (b === 0 ? NaN : (a % b) >>> 0))
		}
	],
	single: 2,
	prefixes: {
		'!': (value) => Number(value === 0),
		'-': (value) => -value >>> 0,
		'~': (value) => ~value >>> 0
	},
	functions: FUNCTIONS,
	brackets: 'dword',
	values: 'a value',
	number(value, place, tokens) {
		if (typeof value === 'bigint' || value > 0xffff_ffff)
			throw tokens.error(`${place.text} does not fit in 32 bits`, place);
		if (!Number.isInteger(value)) throw tokens.error(`${place.text} is no whole number`, place);
		return value;
	}
};

/** What a name of every condition reads; null for another. */
function knownName(name: string): Read | null {
	if (Object.hasOwn(PLACE, name)) return PLACE[name];
	const register = READABLE_REGISTERS.find((each) => each === name);
	if (register) return (context) => context.register(register) >>> 0;
	if (!Object.hasOwn(PARTS, name)) return null;
	const [whole, shift, mask] = PARTS[name];
	return (context) => (context.register(whole) >>> shift) & mask;
}

/** Where names of an image come from; `Symbols` is one. */
export interface SymbolFinder {
	/** Address of `name`, or -1. */
	find(name: string): number;
	/** All that it finds; where they are not known, no other name is suggested. */
	readonly all?: readonly { readonly name: string }[];
}

/**
 * Reads a condition.
 * @param symbols names that stand for addresses, besides the registers
 * @throws ConditionError with what is wrong and where
 */
export function parseCondition(text: string, symbols: SymbolFinder | null = null): Condition {
	if (text.trim() === '') throw new ConditionError('the condition is empty', text, 0);
	const replaced: (Place & { address: number })[] = [];
	const value = compileExpression<ConditionContext>(text, {
		...CONDITIONS,
		name(place, tokens) {
			const known = knownName(place.text.toLowerCase());
			if (known) return known;
			const address = symbols?.find(place.text) ?? -1;
			if (address < 0) {
				const names = [...CONDITION_NAMES, ...(symbols?.all ?? []).map(({ name }) => name)];
				throw tokens.error(
					`'${place.text}' is no register${symbols ? ' and no symbol' : ''}${meant(place.text, names)}`,
					place
				);
			}
			replaced.push({ ...place, address });
			return () => address;
		}
	});
	return {
		text,
		plain: replaced.reduceRight(
			(plain, { at, text: { length }, address }) =>
				`${plain.slice(0, at)}0x${address.toString(16)}${plain.slice(at + length)}`,
			text
		),
		value,
		holds: (context) => {
			const result = value(context);
			return result !== 0 && !Number.isNaN(result);
		}
	};
}
