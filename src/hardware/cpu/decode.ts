/**
 * From bytes to an operation (SDM vol. 2, ch. 2): prefixes, opcode, ModRM, SIB, displacement, immediate.
 *
 *     ModRM  7..6 mod | 5..3 reg or opcode digit | 2..0 r/m          SIB  7..6 scale | 5..3 index | 2..0 base
 */
import { REG } from '../layout';
import type { Cpu } from './cpu';
import type { Operation } from './ops/forms';
import { MAPS, type Template } from './opcodes/template';
import { Op, registerIndex, type Exec, type Size } from './operands';
import { VECTOR } from '../../x86/exceptions';
import { DS, ES, FS, GS, CS, SS } from '../../x86/registers';

/** Longest legal instruction (SDM vol. 2, 2.3.11). */
export const MAX_LENGTH = 15;

/** Thrown when the given bytes end within an instruction. */
export const OUT_OF_BYTES = Symbol('out of bytes');

const SEGMENT_PREFIXES: Readonly<Record<number, number>> = {
	0x26: ES,
	0x2e: CS,
	0x36: SS,
	0x3e: DS,
	0x64: FS,
	0x65: GS
};

const ZERO = REG.ZERO << 1;
const index32 = (n: number): number => n << 1;
const [EBX, EBP, ESI, EDI] = [REG.EBX, REG.EBP, REG.ESI, REG.EDI].map(index32);

/** Base and index of the eight 16-bit addressing forms (SDM vol. 2, table 2-1). */
const FORMS16: readonly (readonly [base: number, index: number])[] = [
	[EBX, ESI],
	[EBX, EDI],
	[EBP, ESI],
	[EBP, EDI],
	[ESI, ZERO],
	[EDI, ZERO],
	[EBP, ZERO],
	[EBX, ZERO]
];

const invalid: Exec = (cpu: Cpu) => {
	throw cpu.fault(VECTOR.UD);
};
const tooLong: Exec = (cpu: Cpu) => {
	throw cpu.fault(VECTOR.GP, 0);
};
const TOO_LONG = Symbol('too long');

/** A decoded instruction. */
export interface Decoded {
	readonly op: Op;
	/** Bytes, prefixes included. */
	readonly length: number;
	/** What it is; null where it only raises #UD or #GP. */
	readonly operation: Operation | null;
	readonly template: Template | null;
	/** It may fault: state must be exact before it. */
	readonly mayFault: boolean;
}

/** Reads one instruction's bytes in order. */
class Cursor {
	private readonly start: number;
	constructor(
		private readonly bytes: Uint8Array,
		private position: number,
		private readonly end: number
	) {
		this.start = position;
	}
	get length(): number {
		return this.position - this.start;
	}
	u8(): number {
		if (this.length >= MAX_LENGTH) throw TOO_LONG;
		if (this.position >= this.end) throw OUT_OF_BYTES;
		return this.bytes[this.position++];
	}
	s8(): number {
		return (this.u8() << 24) >> 24;
	}
	u16(): number {
		return this.u8() | (this.u8() << 8);
	}
	s16(): number {
		return (this.u16() << 16) >> 16;
	}
	s32(): number {
		return this.u16() | (this.u16() << 16);
	}
}

/** What the prefixes said, with the code segment's defaults applied. */
interface Prefixes {
	opcode: number;
	size: 16 | 32;
	addressSize: 16 | 32;
	/** Overriding segment, or -1. */
	segment: number;
	repeat: number;
	lock: boolean;
}

function readPrefixes(cursor: Cursor, code32: boolean): Prefixes {
	const p: Prefixes = {
		opcode: 0,
		size: code32 ? 32 : 16,
		addressSize: code32 ? 32 : 16,
		segment: -1,
		repeat: 0,
		lock: false
	};
	for (;;) {
		const byte = cursor.u8();
		if (byte in SEGMENT_PREFIXES) p.segment = SEGMENT_PREFIXES[byte];
		else if (byte === 0x66) p.size = code32 ? 16 : 32;
		else if (byte === 0x67) p.addressSize = code32 ? 16 : 32;
		else if (byte === 0xf0) p.lock = true;
		else if (byte === 0xf2 || byte === 0xf3) p.repeat = byte;
		else {
			p.opcode = byte;
			return p;
		}
	}
}

/**
 * Decodes the instruction at `bytes[position]`. `code32` is the D bit of CS. Throws `OUT_OF_BYTES` where it goes on
 * beyond `end`. An undefined opcode decodes to an operation that raises #UD, one longer than 15 bytes to #GP(0).
 */
export function decode(bytes: Uint8Array, position: number, end: number, code32: boolean): Decoded {
	const cursor = new Cursor(bytes, position, end);
	try {
		return decodeAt(cursor, code32) ?? refused(cursor, invalid);
	} catch (reason) {
		if (reason !== TOO_LONG) throw reason;
		return refused(cursor, tooLong);
	}
}

function refused(cursor: Cursor, exec: Exec): Decoded {
	const op = new Op();
	op.exact = op.fn = exec;
	return { op, length: cursor.length, operation: null, template: null, mayFault: true };
}

/** Null for an undefined opcode. */
function decodeAt(cursor: Cursor, code32: boolean): Decoded | null {
	const prefixes = readPrefixes(cursor, code32);
	const map = prefixes.opcode === 0x0f ? MAPS[1] : MAPS[0];
	if (prefixes.opcode === 0x0f) prefixes.opcode = cursor.u8();
	const entry = map[prefixes.opcode];
	if (entry === undefined) return null;
	let template: Template | undefined;
	let modRm = -1;
	if (Array.isArray(entry)) {
		modRm = cursor.u8();
		template = entry[(modRm >= 0xc0 ? 8 : 0) + ((modRm >> 3) & 7)];
	} else {
		template = entry;
		if (template.hasModRm) modRm = cursor.u8();
	}
	if (template?.noPrefix === true && (prefixes.repeat !== 0 || prefixes.size !== (code32 ? 32 : 16))) return null;
	if (template === undefined || (template.memoryOnly && modRm >= 0xc0)) return null;
	return assemble(cursor, prefixes, template, modRm);
}

function assemble(cursor: Cursor, prefixes: Prefixes, template: Template, modRm: number): Decoded | null {
	const { operation } = template;
	const op = new Op();
	const inMemory = template.hasModRm ? modRm < 0xc0 && !template.alwaysRegister : template.parts.includes('mo');
	op.size = (template.width || prefixes.size) as Size;
	op.eipMask = prefixes.size === 32 ? -1 : 0xffff;
	op.mask = prefixes.addressSize === 32 ? -1 : 0xffff;
	op.repeat = operation.repeats === true ? prefixes.repeat : 0;
	if (template.hasModRm && inMemory) readAddress(cursor, op, modRm, prefixes.addressSize);
	if (prefixes.segment >= 0) op.seg = prefixes.segment;
	setRegisters(op, template, prefixes, modRm, inMemory);
	readParts(cursor, op, template, prefixes);
	const form = inMemory ? template.memoryForm : template.registerForm;
	if (prefixes.lock && !(operation.lock === true && inMemory && form !== 'rm')) return null;
	if (template.special && !isRegisterNumber(template, op.reg)) return null;
	const source = (template.source || prefixes.size) as Size;
	op.exact = op.fn = operation.bind({ size: op.size, source, form, memory: inMemory }, op);
	const mayFault = operation.faults === true || (inMemory && operation.accesses !== false);
	return { op, length: cursor.length, operation, template, mayFault };
}

/** Segment registers 6 and 7 do not exist; control and debug registers are judged when executing. */
const isRegisterNumber = (template: Template, n: number): boolean => template.alwaysRegister || n <= GS;

/** Resolves register operands to indexes (operands.ts). */
function setRegisters(op: Op, template: Template, prefixes: Prefixes, modRm: number, inMemory: boolean): void {
	const rmSize = (template.rmWidth || prefixes.size) as Size;
	const regSize = (template.regWidth || prefixes.size) as Size;
	if (!template.hasModRm) {
		const fromOpcode = template.row.opcode.includes('+r');
		op.rm = registerIndex(rmSize, fromOpcode ? prefixes.opcode & 7 : 0);
		if (template.segment >= 0) op.reg = template.segment;
		return;
	}
	const field = (modRm >> 3) & 7;
	const rm = registerIndex(rmSize, modRm & 7);
	const reg = template.special ? field : registerIndex(regSize, field);
	const swaps = template.loads && !inMemory;
	op.rm = swaps ? reg : rm;
	op.reg = swaps ? rm : reg;
}

function readParts(cursor: Cursor, op: Op, template: Template, prefixes: Prefixes): void {
	let first = true;
	for (const part of template.parts) {
		if (part === 'mo') op.disp = prefixes.addressSize === 32 ? cursor.s32() : cursor.u16();
		else if (part === 'cp') {
			op.imm = prefixes.size === 32 ? cursor.s32() : cursor.u16();
			op.imm2 = cursor.u16();
		} else {
			const value = readImmediate(cursor, part, prefixes.size);
			if (first) op.imm = value;
			else op.imm2 = value;
			first = false;
		}
	}
}

function readImmediate(cursor: Cursor, part: 'ib' | 'iw' | 'iv' | 'cb' | 'cv', size: 16 | 32): number {
	if (part === 'ib' || part === 'cb') return cursor.s8();
	return part === 'iw' || size === 16 ? cursor.s16() : cursor.s32();
}

/** ModRM with a memory operand, its SIB byte and displacement (SDM vol. 2, tables 2-1 to 2-3). */
function readAddress(cursor: Cursor, op: Op, modRm: number, addressSize: 16 | 32): void {
	if (addressSize === 16) return readAddress16(cursor, op, modRm);
	const mod = modRm >> 6;
	let base = modRm & 7;
	if (base === REG.ESP) {
		const sib = cursor.u8();
		const index = (sib >> 3) & 7;
		base = sib & 7;
		op.index = index === REG.ESP ? ZERO : index << 1;
		op.scale = index === REG.ESP ? 0 : sib >> 6;
	}
	if (base === REG.EBP && mod === 0) op.disp = cursor.s32();
	else {
		op.base = base << 1;
		if (base === REG.ESP || base === REG.EBP) op.seg = SS;
		op.disp = mod === 0 ? 0 : mod === 1 ? cursor.s8() : cursor.s32();
	}
}

function readAddress16(cursor: Cursor, op: Op, modRm: number): void {
	const mod = modRm >> 6;
	const rm = modRm & 7;
	if (mod === 0 && rm === 6) {
		op.disp = cursor.s16();
		return;
	}
	[op.base, op.index] = FORMS16[rm];
	if (op.base === EBP) op.seg = SS;
	op.disp = mod === 0 ? 0 : mod === 1 ? cursor.s8() : cursor.s16();
}
