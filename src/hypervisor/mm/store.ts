/**
 * The stores that writable page tables understand: an instruction that writes memory, decoded into
 * where it writes, how much, and what comes of the old value. The processor has tried it already and
 * faulted, so every instruction here is a legal one; anything unknown is left to the guest.
 */
import type { UserRegs } from '../core/domain';
import { alu, ALU, step, type AluOp, type Computed } from './store-flags';
import { GENERAL_REGISTERS, CS, DS, ES, FS, GS, SS } from '../../x86/registers';
import { CF, ZF, DF } from '../../x86/flags';

/** What an instruction does with the value that it finds: null where it writes nothing. Registers follow in `regs`. */
export interface StoreResult {
	readonly value: bigint | null;
	readonly regs: Partial<UserRegs>;
}

/** A decoded store: where it goes, and what it does there. */
export interface Store {
	/** Linear address of the memory operand. */
	readonly address: number;
	readonly bytes: 1 | 2 | 4 | 8;
	/** It reads and writes as one (LOCK, XCHG, CMPXCHG): halves of a larger write never arrive this way. */
	readonly atomic: boolean;
	/** Linear address of a memory source (MOVS), or null. */
	readonly source: number | null;
	/** The effect, given what is in memory; `from` is the source operand. EIP is among the registers. */
	readonly run: (old: bigint, from: bigint) => StoreResult;
}

/** What decoding needs to know. */
export interface StoreInput {
	readonly code: DataView;
	readonly regs: Readonly<UserRegs>;
	/** Base of a segment by SDM number: ES CS SS DS FS GS. */
	readonly segmentBase: (segment: number) => number;
}

const SEGMENT_PREFIX: Readonly<Record<number, number>> = { 0x26: ES, 0x2e: CS, 0x36: SS, 0x3e: DS, 0x64: FS, 0x65: GS };

type Size = 1 | 2 | 4;
const bitsOf = (size: Size): number => size * 8;
const maskOf = (size: Size): number => (size === 4 ? 0xffff_ffff : 2 ** (size * 8) - 1);

/** Walks the instruction bytes. Reading beyond what could be fetched throws RangeError. */
class Decoder {
	at = 0;
	operand16 = false;
	address16 = false;
	lock = false;
	repeat = false;
	segment = -1;

	constructor(readonly input: StoreInput) {}

	u8(): number {
		return this.input.code.getUint8(this.at++);
	}
	s8(): number {
		return this.input.code.getInt8(this.at++);
	}
	u16(): number {
		this.at += 2;
		return this.input.code.getUint16(this.at - 2, true);
	}
	u32(): number {
		this.at += 4;
		return this.input.code.getUint32(this.at - 4, true);
	}
	immediate(size: Size): number {
		return size === 1 ? this.u8() : size === 2 ? this.u16() : this.u32();
	}

	/** Prefixes, then the first byte of the opcode. */
	opcode(): number {
		for (;;) {
			const byte = this.u8();
			if (byte === 0x66) this.operand16 = true;
			else if (byte === 0x67) this.address16 = true;
			else if (byte === 0xf0) this.lock = true;
			else if (byte === 0xf2 || byte === 0xf3) this.repeat = true;
			else if (byte in SEGMENT_PREFIX) this.segment = SEGMENT_PREFIX[byte];
			else return byte;
		}
	}

	/** Operand size of a byte form (even opcode) or a full one. */
	size(opcode: number): Size {
		return (opcode & 1) === 0 ? 1 : this.operand16 ? 2 : 4;
	}

	reg32(index: number): number {
		return this.input.regs[GENERAL_REGISTERS[index]] >>> 0;
	}

	/** A register operand of `size`: 8-bit numbers 4–7 are AH CH DH BH. */
	reg(index: number, size: Size): number {
		if (size === 1) return (this.reg32(index & 3) >>> (index >= 4 ? 8 : 0)) & 0xff;
		return (this.reg32(index) & maskOf(size)) >>> 0;
	}

	/** The register after a write of `size`, as a patch. */
	setReg(index: number, size: Size, value: number): Partial<UserRegs> {
		const target = size === 1 ? index & 3 : index;
		const shift = size === 1 && index >= 4 ? 8 : 0;
		const mask = (maskOf(size) << shift) >>> 0;
		return { [GENERAL_REGISTERS[target]]: (this.reg32(target) & ~mask) | ((value << shift) & mask) | 0 };
	}

	linear(segment: number, offset: number): number {
		const masked = this.address16 ? offset & 0xffff : offset;
		return (this.input.segmentBase(this.segment >= 0 ? this.segment : segment) + masked) >>> 0;
	}
}

/** A ModRM byte that names memory: reg field and linear address; null when it names a register. */
function modrm(d: Decoder, bitOffset: (reg: number) => number = () => 0): { reg: number; address: number } | null {
	const byte = d.u8();
	const [mod, reg, rm] = [byte >> 6, (byte >> 3) & 7, byte & 7];
	if (mod === 3) return null;
	const [segment, offset] = d.address16 ? effective16(d, mod, rm) : effective32(d, mod, rm);
	return { reg, address: d.linear(segment, (offset + bitOffset(reg)) | 0) };
}

function effective32(d: Decoder, mod: number, rm: number): [segment: number, offset: number] {
	let base = rm;
	let offset = 0;
	if (rm === 4) {
		const sib = d.u8();
		base = sib & 7;
		const index = (sib >> 3) & 7;
		if (index !== 4) offset = d.reg32(index) << (sib >> 6);
	}
	const absolute = mod === 0 && base === 5;
	if (!absolute) offset += d.reg32(base);
	if (absolute || mod === 2) offset += d.u32();
	else if (mod === 1) offset += d.s8();
	return [!absolute && (base === 4 || base === 5) ? SS : DS, offset | 0];
}

/** Registers of the 16-bit forms, by r/m: BX+SI, BX+DI, BP+SI, BP+DI, SI, DI, BP, BX. */
const FORMS16: readonly (readonly number[])[] = [[3, 6], [3, 7], [5, 6], [5, 7], [6], [7], [5], [3]];

function effective16(d: Decoder, mod: number, rm: number): [segment: number, offset: number] {
	if (mod === 0 && rm === 6) return [DS, d.u16()];
	const sum = FORMS16[rm].reduce((total, index) => total + d.reg32(index), 0);
	const displacement = mod === 1 ? d.s8() : mod === 2 ? d.u16() : 0;
	return [FORMS16[rm].includes(5) ? SS : DS, sum + displacement];
}

/** A store decided from the old value by `compute`; `more` are registers that change with it. */
function modify(
	d: Decoder,
	address: number,
	size: Size,
	compute: (old: number) => Computed,
	more: (old: number) => Partial<UserRegs> = () => ({}),
	atomic = d.lock
): Store {
	const eip = (d.input.regs.eip + d.at) | 0;
	return {
		address,
		bytes: size,
		atomic,
		source: null,
		run: (old) => {
			const { value, eflags } = compute(Number(old));
			return { value: BigInt(value >>> 0), regs: { eip, eflags, ...more(Number(old)) } };
		}
	};
}

const same = (d: Decoder, value: number): Computed => ({ value, eflags: d.input.regs.eflags });

type Row = (d: Decoder, opcode: number) => Store | null;

/** ALU r/m, r. */
const aluReg: Row = (d, opcode) => {
	const size = d.size(opcode);
	const m = modrm(d);
	const op: AluOp = ALU[(opcode >> 3) & 7];
	return m && modify(d, m.address, size, (old) => alu(op, old, d.reg(m.reg, size), bitsOf(size), d.input.regs.eflags));
};

/** ALU r/m, imm (80, 81, 83). */
const aluImm: Row = (d, opcode) => {
	const size = d.size(opcode);
	const m = modrm(d);
	if (!m || ALU[m.reg] === 'cmp') return null;
	const value = ((opcode === 0x83 ? d.s8() : d.immediate(size)) & maskOf(size)) >>> 0;
	return modify(d, m.address, size, (old) => alu(ALU[m.reg], old, value, bitsOf(size), d.input.regs.eflags));
};

const movReg: Row = (d, opcode) => {
	const size = d.size(opcode);
	const m = modrm(d);
	return m && modify(d, m.address, size, () => same(d, d.reg(m.reg, size)));
};

const movImm: Row = (d, opcode) => {
	const size = d.size(opcode);
	const m = modrm(d);
	if (!m || m.reg !== 0) return null;
	const value = d.immediate(size);
	return modify(d, m.address, size, () => same(d, value));
};

/** MOV moffs, AL/eAX. */
const movOffset: Row = (d, opcode) => {
	const size = d.size(opcode);
	const offset = d.address16 ? d.u16() : d.u32();
	return modify(d, d.linear(DS, offset), size, () => same(d, d.reg(0, size)));
};

const xchg: Row = (d, opcode) => {
	const size = d.size(opcode);
	const m = modrm(d);
	return (
		m &&
		modify(
			d,
			m.address,
			size,
			() => same(d, d.reg(m.reg, size)),
			(old) => d.setReg(m.reg, size, old),
			true
		)
	);
};

const xadd: Row = (d, opcode) => {
	const size = d.size(opcode);
	const m = modrm(d);
	if (!m) return null;
	return modify(
		d,
		m.address,
		size,
		(old) => alu('add', old, d.reg(m.reg, size), bitsOf(size), d.input.regs.eflags),
		(old) => d.setReg(m.reg, size, old)
	);
};

/** INC, DEC (FE, FF). */
const incDec: Row = (d, opcode) => {
	const size = d.size(opcode);
	const m = modrm(d);
	if (!m || m.reg > 1) return null;
	return modify(d, m.address, size, (old) => step(old, m.reg === 0 ? 1 : -1, bitsOf(size), d.input.regs.eflags));
};

/** NOT, NEG (F6, F7). */
const notNeg: Row = (d, opcode) => {
	const size = d.size(opcode);
	const m = modrm(d);
	if (!m || (m.reg !== 2 && m.reg !== 3)) return null;
	const { eflags } = d.input.regs;
	return modify(d, m.address, size, (old) =>
		m.reg === 2 ? same(d, (~old & maskOf(size)) >>> 0) : alu('sub', 0, old, bitsOf(size), eflags)
	);
};

const cmpxchg: Row = (d, opcode) => {
	const size = d.size(opcode);
	const m = modrm(d);
	if (!m) return null;
	const eip = (d.input.regs.eip + d.at) | 0;
	const run = (old: bigint): StoreResult => {
		const { eflags } = alu('cmp', d.reg(0, size), Number(old), bitsOf(size), d.input.regs.eflags);
		if ((eflags & ZF) !== 0) return { value: BigInt(d.reg(m.reg, size)), regs: { eip, eflags } };
		return { value: null, regs: { eip, eflags, ...d.setReg(0, size, Number(old)) } };
	};
	return { address: m.address, bytes: size, atomic: true, source: null, run };
};

const cmpxchg8b: Row = (d) => {
	const m = modrm(d);
	if (!m || m.reg !== 1) return null;
	const { regs } = d.input;
	const eip = (regs.eip + d.at) | 0;
	const pair = (high: number, low: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
	const run = (old: bigint): StoreResult => {
		if (old === pair(regs.edx, regs.eax))
			return { value: pair(regs.ecx, regs.ebx), regs: { eip, eflags: regs.eflags | ZF } };
		return {
			value: null,
			regs: { eip, eflags: regs.eflags & ~ZF, eax: Number(old & 0xffff_ffffn) | 0, edx: Number(old >> 32n) | 0 }
		};
	};
	return { address: m.address, bytes: 8, atomic: true, source: null, run };
};

/** BTS, BTR, BTC: the bit as a register may lie outside the operand that the address names. */
function bitStore(d: Decoder, address: number, size: Size, bit: number, op: number): Store {
	const eflags = d.input.regs.eflags;
	const mask = (1 << bit) >>> 0;
	const changed = (old: number): number => (op === 0 ? old | mask : op === 1 ? old & ~mask : old ^ mask) >>> 0;
	return modify(d, address, size, (old) => ({
		value: changed(old),
		eflags: (eflags & ~CF) | ((old & mask) !== 0 ? CF : 0)
	}));
}

const bitReg: Row = (d, opcode) => {
	const size = d.operand16 ? 2 : 4;
	const index = (reg: number): number => (size === 2 ? (d.reg(reg, 2) << 16) >> 16 : d.reg32(reg) | 0);
	const m = modrm(d, (reg) => (index(reg) >> (size === 2 ? 4 : 5)) * size);
	return (
		m && bitStore(d, m.address, size, index(m.reg) & (bitsOf(size) - 1), { 0xab: 0, 0xb3: 1, 0xbb: 2 }[opcode] ?? 0)
	);
};

const bitImm: Row = (d) => {
	const size = d.operand16 ? 2 : 4;
	const m = modrm(d);
	if (!m || m.reg < 5) return null;
	return bitStore(d, m.address, size, d.u8() & (bitsOf(size) - 1), m.reg - 5);
};

/** STOS, MOVS: one element at a time; a REP goes on at the same EIP until ECX is used up. */
const string: Row = (d, opcode) => {
	const { regs } = d.input;
	const size = d.size(opcode);
	const moves = opcode <= 0xa5;
	const source = moves ? d.linear(DS, regs.esi) : null;
	d.segment = -1;
	const by = (regs.eflags & DF) !== 0 ? -size : size;
	const last = !d.repeat || regs.ecx >>> 0 === 1;
	const after: Partial<UserRegs> = {
		eip: last ? (regs.eip + d.at) | 0 : regs.eip,
		edi: (regs.edi + by) | 0,
		...(moves ? { esi: (regs.esi + by) | 0 } : {}),
		...(d.repeat ? { ecx: (regs.ecx - 1) | 0 } : {})
	};
	const run = (_old: bigint, from: bigint): StoreResult => ({
		value: moves ? from : BigInt(d.reg(0, size)),
		regs: after
	});
	return d.address16 ? null : { address: d.linear(ES, regs.edi), bytes: size, atomic: false, source, run };
};

const ROWS: Record<number, Row> = {
	0x80: aluImm,
	0x81: aluImm,
	0x83: aluImm,
	0x86: xchg,
	0x87: xchg,
	0x88: movReg,
	0x89: movReg,
	0xa2: movOffset,
	0xa3: movOffset,
	0xa4: string,
	0xa5: string,
	0xaa: string,
	0xab: string,
	0xc6: movImm,
	0xc7: movImm,
	0xf6: notNeg,
	0xf7: notNeg,
	0xfe: incDec,
	0xff: incDec
};
for (let op = 0; op < 7; op++) ROWS[op * 8] = ROWS[op * 8 + 1] = aluReg;

/** Rows after 0F; C3 is MOVNTI. */
const ROWS_0F: Record<number, Row> = {
	0xab: bitReg,
	0xb3: bitReg,
	0xbb: bitReg,
	0xba: bitImm,
	0xb0: cmpxchg,
	0xb1: cmpxchg,
	0xc0: xadd,
	0xc1: xadd,
	0xc3: movReg,
	0xc7: cmpxchg8b
};

/** The store that the instruction at EIP makes, or null when it is none of those above. */
export function decodeStore(input: StoreInput): Store | null {
	const d = new Decoder(input);
	try {
		const opcode = d.opcode();
		if (opcode !== 0x0f) return ROWS[opcode]?.(d, opcode) ?? null;
		const second = d.u8();
		return ROWS_0F[second]?.(d, second) ?? null;
	} catch (error) {
		if (error instanceof RangeError) return null;
		throw error;
	}
}
