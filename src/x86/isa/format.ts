/** Compiles the rows of the opcode table into what the decoder follows (row.ts explains the notation). */
import { ARITHMETIC_ROWS } from './arithmetic';
import { CONTROL_ROWS } from './control';
import { MOVE_ROWS } from './moves';
import { operandsOf, type Row } from './row';
import { GPR, SEGMENT_NAMES } from '../registers';

/** Every instruction of the processor. A later row wins where two claim an opcode (NOP over XCHG EAX, EAX). */
export const ROWS: readonly Row[] = [...ARITHMETIC_ROWS, ...MOVE_ROWS, ...CONTROL_ROWS];

/** Operand size that is decided by prefix and code segment: 16 or 32. */
export const BY_PREFIX = 0;
export type Width = 8 | 16 | 32 | typeof BY_PREFIX;

/** What follows the opcode and ModRM, in order. */
export type Part = 'ib' | 'iw' | 'iv' | 'cb' | 'cv' | 'cp' | 'mo';

/** Where an operand is found. */
export type Source =
	/** ModRM's r/m field: a register, or memory. */
	| { readonly from: 'rm'; readonly width: Width }
	/** ModRM's reg field; the low bits of the opcode; named by the row. */
	| { readonly from: 'reg' | 'opcode'; readonly width: Width }
	| { readonly from: 'row'; readonly width: Width; readonly register: number }
	/** A segment, control or debug register: by the reg field, or named by the row. */
	| { readonly from: 'special'; readonly file: 'segment' | 'control' | 'debug' }
	| { readonly from: 'segment'; readonly segment: number }
	/** Part `part` of what follows; a constant; a relative target. */
	| { readonly from: 'part'; readonly relative: boolean }
	| { readonly from: 'constant'; readonly value: number }
	| { readonly from: 'far' }
	/** An offset of address size; ES:eDI; DS:eSI; DS:eBX. */
	| { readonly from: 'offset' | 'Y' | 'X' | 'B'; readonly width: Width };

export interface Format {
	readonly row: Row;
	readonly hasModRm: boolean;
	/** The r/m field names a register whatever mod says: moves of control and debug registers. */
	readonly alwaysRegister: boolean;
	readonly memoryOnly: boolean;
	/** Prefixes 66, F2 and F3 make it undefined. */
	readonly noPrefix: boolean;
	readonly parts: readonly Part[];
	readonly operands: readonly Source[];
	/** Width of the first operand that has one. */
	readonly width: Width;
}

/** A group: eight by the reg field, for r/m in memory (0-7) and in a register (8-15). */
export type Group = (Format | undefined)[];
export type Entry = Format | Group | undefined;

const PARTS: Readonly<Record<string, Part>> = {
	ib: 'ib',
	iw: 'iw',
	'iw/id': 'iv',
	cb: 'cb',
	'cw/cd': 'cv',
	cp: 'cp',
	mo: 'mo'
};

/** Width that an operand's name says. */
function widthOf(operand: string): Width {
	if (operand.includes('16/32')) return BY_PREFIX;
	const digits = /8|16|32/.exec(operand);
	return digits === null ? BY_PREFIX : (Number(digits[0]) as Width);
}

const FIXED: Readonly<Record<string, Source>> = {
	AL: { from: 'row', width: 8, register: GPR.EAX },
	'AX/EAX': { from: 'row', width: BY_PREFIX, register: GPR.EAX },
	CL: { from: 'row', width: 8, register: GPR.ECX },
	DX: { from: 'row', width: 16, register: GPR.EDX },
	Sreg: { from: 'special', file: 'segment' },
	CR: { from: 'special', file: 'control' },
	DR: { from: 'special', file: 'debug' },
	'1': { from: 'constant', value: 1 },
	...Object.fromEntries(SEGMENT_NAMES.map((name, segment) => [name.toUpperCase(), { from: 'segment', segment }]))
};

/** The first that fits: `imm8` is no memory. */
const NOTATION: readonly (readonly [RegExp, (operand: string) => Source])[] = [
	[/imm/, () => ({ from: 'part', relative: false })],
	[/rel/, () => ({ from: 'part', relative: true })],
	[/ptr/, () => ({ from: 'far' })],
	[/moffs/, (operand) => ({ from: 'offset', width: widthOf(operand) })],
	[/[XYB]\d/, (operand) => ({ from: operand[0] as 'X' | 'Y' | 'B', width: widthOf(operand) })],
	[/m/, (operand) => ({ from: 'rm', width: widthOf(operand) })],
	[/r\d/, (operand) => ({ from: 'reg', width: widthOf(operand) })]
];

function sourceOf(operand: string, row: Row): Source {
	const found = FIXED[operand] ?? NOTATION.find(([pattern]) => pattern.test(operand))?.[1](operand);
	if (found === undefined) throw new Error(`no such operand: "${operand}" of ${row.opcode} ${row.text}`);
	return found;
}

/** The register that a row leaves to its opcode, or to r/m beside a control register, is not in the reg field. */
function placed(source: Source, fromOpcode: boolean, controls: boolean): Source {
	if (source.from !== 'reg') return source;
	if (fromOpcode) return { ...source, from: 'opcode' };
	return controls ? { ...source, from: 'rm' } : source;
}

/** A port is not what an instruction's size is told from. */
const sized = (source: Source, operand: string): source is Source & { width: Width } =>
	'width' in source && operand !== 'DX';

function compile(row: Row, tokens: readonly string[], fromOpcode: boolean): Format {
	const names = operandsOf(row);
	const controls = names.some((operand) => operand === 'CR' || operand === 'DR');
	const operands = names.map((operand) => placed(sourceOf(operand, row), fromOpcode, controls));
	const hasModRm = tokens.some((token) => token.startsWith('/'));
	const first = operands.find((source, at) => sized(source, names[at]));
	return {
		row,
		hasModRm,
		alwaysRegister: controls,
		memoryOnly: hasModRm && names.some((operand) => /^m/.test(operand)),
		noPrefix: row.opcode.startsWith('NP '),
		parts: tokens.filter((token) => token in PARTS).map((token) => PARTS[token]),
		operands,
		width: first !== undefined && 'width' in first ? first.width : BY_PREFIX
	};
}

/** The opcode maps: one byte, and two bytes after 0F. */
export const MAPS: readonly [Entry[], Entry[]] = [[], []];

function enter(row: Row): void {
	const tokens = row.opcode.replace('NP ', '').split(' ');
	const [map, rest] = tokens[0] === '0F' ? [MAPS[1], tokens.slice(1)] : [MAPS[0], tokens];
	const [opcode, extension = ''] = rest;
	const fromOpcode = opcode.endsWith('+r');
	const byte = parseInt(opcode, 16);
	const format = compile(row, rest, fromOpcode);
	const fixed = /[0-9A-F]{2}/.test(extension);
	if (!fixed && !/\/[0-7]/.test(extension)) {
		for (let n = 0; n < (fromOpcode ? 8 : 1); n++) map[byte + n] = format;
		return;
	}
	const group = (map[byte] ??= new Array<Format | undefined>(16)) as Group;
	if (fixed) group[8 + ((parseInt(extension, 16) >> 3) & 7)] = format;
	else group[Number(extension[1])] = group[8 + Number(extension[1])] = format;
}

ROWS.forEach(enter);
