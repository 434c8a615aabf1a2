/** Compiles the rows of the opcode table into what the decoder follows (row.ts explains the notation). */
import type { Form, Operation } from '../ops/forms';
import { ARITHMETIC_ROWS } from './arithmetic';
import { CONTROL_ROWS } from './control';
import { MOVE_ROWS, SEGMENT_NUMBERS } from './moves';
import type { Row } from './row';

/** Every instruction of the processor. A later row wins where two claim an opcode (NOP over XCHG EAX, EAX). */
export const ROWS: readonly Row[] = [...ARITHMETIC_ROWS, ...MOVE_ROWS, ...CONTROL_ROWS];

/** Operand size that is decided by prefix and code segment: 16 or 32. */
export const BY_PREFIX = 0;
type Width = 8 | 16 | 32 | typeof BY_PREFIX;

/** What follows the opcode and ModRM, in order. */
export type Part = 'ib' | 'iw' | 'iv' | 'cb' | 'cv' | 'cp' | 'mo';

export interface Template {
	readonly row: Row;
	readonly operation: Operation;
	readonly hasModRm: boolean;
	/** The r/m field names a register whatever mod says: moves of control and debug registers. */
	readonly alwaysRegister: boolean;
	readonly memoryOnly: boolean;
	/** Prefixes 66, F2 and F3 make it undefined. */
	readonly noPrefix: boolean;
	readonly parts: readonly Part[];
	/** Width of the first operand that has one, and of the second. */
	readonly width: Width;
	readonly source: Width;
	/** Widths of the register in r/m (or in the opcode) and of that in reg. */
	readonly rmWidth: Width;
	readonly regWidth: Width;
	/** The reg field (or row) names a segment, control or debug register: its number, not an index. */
	readonly special: boolean;
	/** Segment register named by the row itself, or -1. */
	readonly segment: number;
	/** The register operand is the destination: `r, r/m`. */
	readonly loads: boolean;
	/** Form when the r/m operand is a register, and when it lies in memory. */
	readonly registerForm: Form;
	readonly memoryForm: Form;
}

/** A group: eight by the reg field, for r/m in memory (0-7) and in a register (8-15). */
export type Group = (Template | undefined)[];
export type Entry = Template | Group | undefined;

const PARTS: Readonly<Record<string, Part>> = {
	ib: 'ib',
	iw: 'iw',
	'iw/id': 'iv',
	cb: 'cb',
	'cw/cd': 'cv',
	cp: 'cp',
	mo: 'mo'
};

const isRm = (operand: string): boolean => operand.startsWith('r/m') || /^m(?!offs)/.test(operand);
const isReg = (operand: string): boolean => /^r(8|16|32|16\/32)$/.test(operand);
const isImmediate = (operand: string): boolean => operand.startsWith('imm');
const isAccumulator = (operand: string): boolean => operand === 'AL' || operand === 'AX/EAX';
const isSpecial = (operand: string): boolean => operand === 'Sreg' || operand === 'CR' || operand === 'DR';

/** Width of an operand by its name; undefined for those that have none of their own. */
function widthOf(operand: string | undefined): Width | undefined {
	if (operand === undefined || isImmediate(operand) || operand.startsWith('rel')) return undefined;
	if (operand === 'AL') return 8;
	if (operand === 'AX/EAX' || operand.includes('16/32') || operand === 'm') return BY_PREFIX;
	const digits = /(8|16|32)$/.exec(operand);
	return digits === null || isSpecial(operand) ? undefined : (Number(digits[1]) as Width);
}

function compile(row: Row, tokens: readonly string[], fromOpcode: boolean): Template {
	const operands = row.text.includes(' ') ? row.text.slice(row.text.indexOf(' ') + 1).split(', ') : [];
	const hasModRm = tokens.some((token) => token.startsWith('/'));
	const widths = operands.map(widthOf).filter((width) => width !== undefined);
	const memory = operands.findIndex((operand) => isRm(operand) || operand.startsWith('moffs'));
	const registers = operands.filter((operand) => isReg(operand) || isAccumulator(operand));
	const rm = operands.find((operand) => operand.startsWith('r/m'));
	// Without ModRM, the register in the opcode or the accumulator stands where r/m would.
	const implied = fromOpcode ? operands.find(isReg) : operands.find(isAccumulator);
	const controls = operands.some((operand) => operand === 'CR' || operand === 'DR');
	const loads = memory > 0 && !isSpecial(operands[0]) && registers.includes(operands[0]);
	return {
		row,
		operation: row.operation,
		hasModRm,
		alwaysRegister: controls,
		memoryOnly: hasModRm && memory >= 0 && rm === undefined,
		noPrefix: row.opcode.startsWith('NP '),
		parts: tokens.filter((token) => token in PARTS).map((token) => PARTS[token]),
		width: widths[0] ?? BY_PREFIX,
		source: widths[1] ?? widths[0] ?? BY_PREFIX,
		rmWidth: (controls ? 32 : widthOf(rm ?? implied)) ?? BY_PREFIX,
		regWidth: widthOf(operands.find(isReg) ?? operands.find(isAccumulator)) ?? BY_PREFIX,
		special: operands.some(isSpecial),
		segment: SEGMENT_NUMBERS[operands[0]] ?? -1,
		loads,
		registerForm: registerForm(operands, registers.length),
		memoryForm: memoryForm(operands, loads, registers.length)
	};
}

function registerForm(operands: readonly string[], registers: number): Form {
	const hasRm = operands.some((operand) => operand.startsWith('r/m'));
	if (registers + (hasRm ? 1 : 0) >= 2) return 'rr';
	if (registers === 0 && !hasRm) return '-';
	return operands.some(isImmediate) ? 'ri' : 'r';
}

function memoryForm(operands: readonly string[], loads: boolean, registers: number): Form {
	if (loads) return 'rm';
	if (registers > 0) return 'mr';
	return operands.some(isImmediate) ? 'mi' : 'm';
}

/** The opcode maps: one byte, and two bytes after 0F. */
export const MAPS: readonly [Entry[], Entry[]] = [new Array<Entry>(256), new Array<Entry>(256)];

function enter(row: Row): void {
	const tokens = row.opcode.replace('NP ', '').split(' ');
	const map = tokens[0] === '0F' && tokens.length > 1 ? MAPS[1] : MAPS[0];
	const rest = map === MAPS[1] ? tokens.slice(1) : tokens;
	const fromOpcode = rest[0].endsWith('+r');
	const byte = parseInt(rest[0], 16);
	const fixed = rest[1] !== undefined && /^[0-9A-F]{2}$/.test(rest[1]) ? parseInt(rest[1], 16) : -1;
	const digit = /^\/[0-7]$/.test(rest[1] ?? '') ? Number(rest[1][1]) : -1;
	if (fixed < 0 && digit < 0) {
		for (let n = 0; n < (fromOpcode ? 8 : 1); n++) map[byte + n] = compile(row, rest.slice(1), fromOpcode);
		return;
	}
	const group = (map[byte] ??= new Array<Template | undefined>(16)) as Group;
	const template = compile(row, fixed < 0 ? rest.slice(1) : ['/r'], false);
	if (fixed >= 0) group[8 + ((fixed >> 3) & 7)] = template;
	else {
		group[digit] = template;
		if (!template.memoryOnly) group[8 + digit] = template;
	}
}

ROWS.forEach(enter);
