/**
 * From bytes to an instruction (SDM vol. 2, ch. 2): prefixes, opcode, ModRM, SIB, displacement, immediate.
 *
 *     ModRM  7..6 mod | 5..3 reg or opcode digit | 2..0 r/m          SIB  7..6 scale | 5..3 index | 2..0 base
 *
 * An instruction is data: a row of the opcode table and its operands. The engines run it, the hypervisor's emulators carry it out, and whoever
 * shows code can say what it is.
 */
import { MAPS, type Format, type Source } from './isa/format';
import type { Row } from './isa/row';
import { CS, DS, ES, FS, GPR, GS, SS } from './registers';

/** Longest legal instruction (SDM vol. 2, 2.3.11). */
export const MAX_LENGTH = 15;

export type Size = 8 | 16 | 32;

/** A memory operand: segment, and base + index << scale + displacement; -1 stands for no register. */
export interface MemoryOperand {
	readonly kind: 'memory';
	readonly size: Size;
	readonly segment: number;
	readonly base: number;
	readonly index: number;
	readonly scale: number;
	readonly displacement: number;
}

export interface RegisterOperand {
	readonly kind: 'register';
	readonly size: Size;
	/** 8-bit registers: AL CL DL BL AH CH DH BH. */
	readonly register: number;
}

/** An operand, in the order in which the manual writes them. */
export type Operand =
	| RegisterOperand
	| MemoryOperand
	/** Sign-extended. */
	| { readonly kind: 'immediate'; readonly value: number }
	/** Distance from the next instruction. */
	| { readonly kind: 'relative'; readonly distance: number }
	| { readonly kind: 'far'; readonly selector: number; readonly offset: number }
	| { readonly kind: 'segment' | 'control' | 'debug'; readonly register: number };

/** The encoding that is needed to tell instructions apart beside row and operands. */
export interface Instruction {
	readonly row: Row;
	/** Bytes, prefixes included. */
	readonly length: number;
	/** Opcode: one byte, or 0F00h plus the second. */
	readonly opcode: number;
	/** The ModRM byte, or -1. */
	readonly modRm: number;
	/** Size of the first operand that has one; the operand size where none has. */
	readonly size: Size;
	/** Operand and address size, by prefix and code segment. */
	readonly operandSize: 16 | 32;
	readonly addressSize: 16 | 32;
	readonly operands: readonly Operand[];
	/** F2 or F3 where it means repetition, else 0. */
	readonly repeat: number;
	readonly lock: boolean;
}

/** What bytes can be beside an instruction: an undefined one (#UD), one beyond 15 bytes (#GP), one that goes on beyond those given. */
export type Undecoded = { readonly why: 'undefined' | 'too long' | 'cut off'; readonly length: number };

const SEGMENT_PREFIXES: Readonly<Record<number, number>> = {
	0x26: ES,
	0x2e: CS,
	0x36: SS,
	0x3e: DS,
	0x64: FS,
	0x65: GS
};

/** Base and index of the eight 16-bit addressing forms (SDM vol. 2, table 2-1). */
const FORMS16: readonly (readonly [base: number, index: number])[] = [
	[GPR.EBX, GPR.ESI],
	[GPR.EBX, GPR.EDI],
	[GPR.EBP, GPR.ESI],
	[GPR.EBP, GPR.EDI],
	[GPR.ESI, -1],
	[GPR.EDI, -1],
	[GPR.EBP, -1],
	[GPR.EBX, -1]
];

const TOO_LONG = Symbol('too long');
const CUT_OFF = Symbol('cut off');

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
		if (this.position >= this.end) throw CUT_OFF;
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

/** Decodes the instruction at `bytes[position]`, of which none from `end` on is given. `code32` is the D bit of CS. */
export function decode(bytes: Uint8Array, position: number, end: number, code32: boolean): Instruction | Undecoded {
	const cursor = new Cursor(bytes, position, end);
	try {
		return decodeAt(cursor, code32) ?? { why: 'undefined', length: cursor.length };
	} catch (reason) {
		if (reason === TOO_LONG) return { why: 'too long', length: cursor.length };
		if (reason === CUT_OFF) return { why: 'cut off', length: cursor.length };
		throw reason;
	}
}

/** Null for an undefined opcode. */
function decodeAt(cursor: Cursor, code32: boolean): Instruction | null {
	const prefixes = readPrefixes(cursor, code32);
	const map = prefixes.opcode === 0x0f ? MAPS[1] : MAPS[0];
	if (prefixes.opcode === 0x0f) prefixes.opcode = 0x0f00 | cursor.u8();
	const entry = map[prefixes.opcode & 0xff];
	if (entry === undefined) return null;
	let format: Format | undefined;
	let modRm = -1;
	if (Array.isArray(entry)) {
		modRm = cursor.u8();
		format = entry[(modRm >= 0xc0 ? 8 : 0) + ((modRm >> 3) & 7)];
	} else {
		format = entry;
		if (format.hasModRm) modRm = cursor.u8();
	}
	if (format?.noPrefix === true && (prefixes.repeat !== 0 || prefixes.size !== (code32 ? 32 : 16))) return null;
	if (format === undefined || (format.memoryOnly && modRm >= 0xc0)) return null;
	return assemble(cursor, prefixes, format, modRm);
}

function assemble(cursor: Cursor, prefixes: Prefixes, format: Format, modRm: number): Instruction | null {
	const { row, operands: sources } = format;
	const inMemory = format.hasModRm && modRm < 0xc0 && !format.alwaysRegister;
	const memory = inMemory ? readAddress(cursor, modRm, prefixes.addressSize) : null;
	const parts = format.parts.map((part) => readPart(cursor, part, prefixes));
	const operands = sources.map((source) => operandOf(source, prefixes, modRm, memory, parts));
	if (prefixes.lock && !(row.traits.lock === true && operands[0].kind === 'memory')) return null;
	// Segment registers 6 and 7 do not exist; control and debug registers are judged when executing.
	if (operands.some((operand) => operand.kind === 'segment' && operand.register > GS)) return null;
	return {
		row,
		length: cursor.length,
		opcode: prefixes.opcode,
		modRm,
		size: format.width || prefixes.size,
		operandSize: prefixes.size,
		addressSize: prefixes.addressSize,
		operands,
		repeat: row.traits.repeats === true ? prefixes.repeat : 0,
		lock: prefixes.lock
	};
}

/** An address as ModRM and SIB say it, before a prefix overrides its segment. */
interface Address {
	segment: number;
	base: number;
	index: number;
	scale: number;
	displacement: number;
}

/** ModRM with a memory operand, its SIB byte and displacement (SDM vol. 2, tables 2-1 to 2-3). */
function readAddress(cursor: Cursor, modRm: number, addressSize: 16 | 32): Address {
	if (addressSize === 16) return readAddress16(cursor, modRm);
	const mod = modRm >> 6;
	const address: Address = { segment: DS, base: modRm & 7, index: -1, scale: 0, displacement: 0 };
	if (address.base === GPR.ESP) {
		const sib = cursor.u8();
		const index = (sib >> 3) & 7;
		address.base = sib & 7;
		if (index !== GPR.ESP) {
			address.index = index;
			address.scale = sib >> 6;
		}
	}
	if (address.base === GPR.EBP && mod === 0) {
		address.base = -1;
		address.displacement = cursor.s32();
		return address;
	}
	if (address.base === GPR.ESP || address.base === GPR.EBP) address.segment = SS;
	if (mod !== 0) address.displacement = mod === 1 ? cursor.s8() : cursor.s32();
	return address;
}

function readAddress16(cursor: Cursor, modRm: number): Address {
	const mod = modRm >> 6;
	const rm = modRm & 7;
	if (mod === 0 && rm === 6) return { segment: DS, base: -1, index: -1, scale: 0, displacement: cursor.s16() };
	const [base, index] = FORMS16[rm];
	const displacement = mod === 0 ? 0 : mod === 1 ? cursor.s8() : cursor.s16();
	return { segment: base === GPR.EBP ? SS : DS, base, index, scale: 0, displacement };
}

/** What follows the address, one after another; a far pointer is offset and selector. */
type PartValue = readonly [value: number, selector: number];

function readPart(cursor: Cursor, part: Format['parts'][number], { size, addressSize }: Prefixes): PartValue {
	if (part === 'mo') return [addressSize === 32 ? cursor.s32() : cursor.u16(), 0];
	if (part === 'cp') return [size === 32 ? cursor.s32() : cursor.u16(), cursor.u16()];
	if (part === 'ib' || part === 'cb') return [cursor.s8(), 0];
	return [part === 'iw' || size === 16 ? cursor.s16() : cursor.s32(), 0];
}

const memoryAt = (address: Address, size: Size, override: number): MemoryOperand => ({
	kind: 'memory',
	size,
	...address,
	segment: override >= 0 ? override : address.segment
});
const at = (segment: number, base: number, displacement = 0): Address => ({
	segment,
	base,
	index: -1,
	scale: 0,
	displacement
});

/** `parts` are taken in the order of the operands that are found in them. */
function operandOf(
	source: Source,
	prefixes: Prefixes,
	modRm: number,
	memory: Address | null,
	parts: PartValue[]
): Operand {
	const sizeOf = (width: Size | 0): Size => width || prefixes.size;
	const register = (number: number, width: Size | 0): Operand => ({
		kind: 'register',
		size: sizeOf(width),
		register: number
	});
	switch (source.from) {
		case 'rm':
			return memory === null
				? register(modRm & 7, source.width)
				: memoryAt(memory, sizeOf(source.width), prefixes.segment);
		case 'reg':
			return register((modRm >> 3) & 7, source.width);
		case 'opcode':
			return register(prefixes.opcode & 7, source.width);
		case 'row':
			return register(source.register, source.width);
		case 'special':
			return { kind: source.file, register: (modRm >> 3) & 7 };
		case 'segment':
			return { kind: 'segment', register: source.segment };
		case 'constant':
			return { kind: 'immediate', value: source.value };
		case 'part': {
			const [value] = parts.shift() as PartValue;
			return source.relative ? { kind: 'relative', distance: value } : { kind: 'immediate', value };
		}
		case 'far': {
			const [offset, selector] = parts.shift() as PartValue;
			return { kind: 'far', selector, offset };
		}
		case 'offset':
			return memoryAt(at(DS, -1, (parts.shift() as PartValue)[0]), sizeOf(source.width), prefixes.segment);
		case 'B':
			return memoryAt(at(DS, GPR.EBX), sizeOf(source.width), prefixes.segment);
		case 'X':
			return memoryAt(at(DS, GPR.ESI), sizeOf(source.width), prefixes.segment);
		case 'Y':
			// No prefix overrides it (SDM vol. 2, MOVS).
			return memoryAt(at(ES, GPR.EDI), sizeOf(source.width), -1);
	}
}
