/** MOV, MOVZX, MOVSX, LEA, CMOVcc, SETcc, XCHG, XADD, CMPXCHG, CMPXCHG8B, BSWAP, XLAT, CBW, CWD, LAHF, SAHF (SDM vol. 2). */
import { ADD, SUB } from '../alu';
import type { Cpu } from '../cpu';
import { CONDITION_FLAGS, CONDITIONS, changeStatus, status } from '../flags';
import { REG } from '../../layout';
import { address, load, readRegister, writeRegister, type Exec, type Op, type Size } from '../operands';
import { always, bySize, type Form, type Operation, type Sized } from './forms';
import { STATUS, AF, CF, PF, SF, ZF } from '../../../x86/flags';

const EAX = REG.EAX << 1;
const EDX = REG.EDX << 1;
const EBX = REG.EBX << 1;
const ECX = REG.ECX << 1;

const moves: Sized<{ readonly [F in Form]?: Exec }> = {
	8: {
		rr: (cpu, op) => void (cpu.u8[op.rm] = cpu.u8[op.reg]),
		ri: (cpu, op) => void (cpu.u8[op.rm] = op.imm),
		rm: (cpu, op) => void (cpu.u8[op.reg] = cpu.read8(op.seg, address(cpu, op))),
		mr: (cpu, op) => cpu.write8(op.seg, address(cpu, op), cpu.u8[op.reg]),
		mi: (cpu, op) => cpu.write8(op.seg, address(cpu, op), op.imm)
	},
	16: {
		rr: (cpu, op) => void (cpu.u16[op.rm] = cpu.u16[op.reg]),
		ri: (cpu, op) => void (cpu.u16[op.rm] = op.imm),
		rm: (cpu, op) => void (cpu.u16[op.reg] = cpu.read16(op.seg, address(cpu, op))),
		mr: (cpu, op) => cpu.write16(op.seg, address(cpu, op), cpu.u16[op.reg]),
		mi: (cpu, op) => cpu.write16(op.seg, address(cpu, op), op.imm)
	},
	32: {
		rr: ({ s }, op) => void (s[op.rm] = s[op.reg]),
		ri: ({ s }, op) => void (s[op.rm] = op.imm),
		rm: (cpu, op) => void (cpu.s[op.reg] = cpu.read32(op.seg, address(cpu, op))),
		mr: (cpu, op) => cpu.write32(op.seg, address(cpu, op), cpu.s[op.reg]),
		mi: (cpu, op) => cpu.write32(op.seg, address(cpu, op), op.imm)
	}
};

export const MOV: Operation = { bind: ({ size, form }) => moves[size][form]! };

/** Moves from a narrower source: `extend` fills the upper bits. */
function extension(extend: (value: number, from: Size) => number): Operation {
	const narrow = (value: number): number => extend(value, 8);
	const wide = (value: number): number => extend(value, 16);
	const table = (convert: (value: number) => number, from: 8 | 16): Sized<{ r: Exec; m: Exec }> => {
		const read = (cpu: Cpu, op: Op): number => convert(load(cpu, op, from));
		const register = (cpu: Cpu, op: Op): number => convert(from === 8 ? cpu.u8[op.reg] : cpu.u16[op.reg]);
		return {
			8: { r: () => {}, m: () => {} },
			16: {
				r: (cpu, op) => void (cpu.u16[op.rm] = register(cpu, op)),
				m: (cpu, op) => void (cpu.u16[op.reg] = read(cpu, op))
			},
			32: {
				r: (cpu, op) => void (cpu.s[op.rm] = register(cpu, op)),
				m: (cpu, op) => void (cpu.s[op.reg] = read(cpu, op))
			}
		};
	};
	const from8 = table(narrow, 8);
	const from16 = table(wide, 16);
	return { bind: ({ size, source, memory }) => (source === 8 ? from8 : from16)[size][memory ? 'm' : 'r'] };
}

const zeroExtension = extension((value) => value);
const signExtension = extension((value, from) => (value << (32 - from)) >> (32 - from));

/** The forms compilers use most, written out. */
const ZERO_EXTEND: { readonly [key: string]: Exec } = {
	'8r': (cpu, op) => void (cpu.s[op.rm] = cpu.u8[op.reg]),
	'8m': (cpu, op) => void (cpu.s[op.reg] = cpu.read8(op.seg, address(cpu, op))),
	'16r': (cpu, op) => void (cpu.s[op.rm] = cpu.u16[op.reg]),
	'16m': (cpu, op) => void (cpu.s[op.reg] = cpu.read16(op.seg, address(cpu, op)))
};
const SIGN_EXTEND: { readonly [key: string]: Exec } = {
	'8r': (cpu, op) => void (cpu.s[op.rm] = (cpu.u8[op.reg] << 24) >> 24),
	'8m': (cpu, op) => void (cpu.s[op.reg] = (cpu.read8(op.seg, address(cpu, op)) << 24) >> 24),
	'16r': (cpu, op) => void (cpu.s[op.rm] = (cpu.u16[op.reg] << 16) >> 16),
	'16m': (cpu, op) => void (cpu.s[op.reg] = (cpu.read16(op.seg, address(cpu, op)) << 16) >> 16)
};
const extended = (written: { readonly [key: string]: Exec }, generic: Operation): Operation => ({
	bind: (shape, op) =>
		shape.size === 32 ? written[`${shape.source}${shape.memory ? 'm' : 'r'}`] : generic.bind(shape, op)
});
export const MOVZX = extended(ZERO_EXTEND, zeroExtension);
export const MOVSX = extended(SIGN_EXTEND, signExtension);

/** Computes the address as `operands.address` does, but accesses nothing. */
export const LEA: Operation = {
	bind: bySize({
		8: () => {},
		16: ({ s, u16 }, op) => void (u16[op.reg] = s[op.base] + (s[op.index] << op.scale) + op.disp),
		32: ({ s }, op) => void (s[op.reg] = (s[op.base] + (s[op.index] << op.scale) + op.disp) & op.mask)
	}),
	accesses: false
};

/** CMOVcc reads its source whatever the condition says, and so may fault. */
export function conditionalMove(condition: number): Operation {
	const test = CONDITIONS[condition];
	const table: Sized<{ r: Exec; m: Exec }> = {
		8: { r: () => {}, m: () => {} },
		16: {
			r: (cpu, op) => void (test(cpu.s) && (cpu.u16[op.rm] = cpu.u16[op.reg])),
			m: (cpu, op) => {
				const value = cpu.read16(op.seg, address(cpu, op));
				if (test(cpu.s)) cpu.u16[op.reg] = value;
			}
		},
		32: {
			r: (cpu, op) => void (test(cpu.s) && (cpu.s[op.rm] = cpu.s[op.reg])),
			m: (cpu, op) => {
				const value = cpu.read32(op.seg, address(cpu, op));
				if (test(cpu.s)) cpu.s[op.reg] = value;
			}
		}
	};
	return { bind: ({ size, memory }) => table[size][memory ? 'm' : 'r'], reads: CONDITION_FLAGS[condition] };
}

export function setOnCondition(condition: number): Operation {
	const test = CONDITIONS[condition];
	return {
		bind: ({ memory }) =>
			memory
				? (cpu, op) => cpu.write8(op.seg, address(cpu, op), test(cpu.s) ? 1 : 0)
				: (cpu, op) => void (cpu.u8[op.rm] = test(cpu.s) ? 1 : 0),
		reads: CONDITION_FLAGS[condition]
	};
}

// --- exchanges ----------------------------------------------------------------------------------------------

/** Reads the r/m operand for writing it later. */
function readTarget(cpu: Cpu, op: Op, offset: number, size: Size): number {
	if (size === 32) return cpu.readForWrite32(op.seg, offset);
	return size === 16 ? cpu.readForWrite16(op.seg, offset) : cpu.readForWrite8(op.seg, offset);
}

function writeTarget(cpu: Cpu, op: Op, offset: number, size: Size, value: number): void {
	if (size === 32) cpu.write32(op.seg, offset, value);
	else if (size === 16) cpu.write16(op.seg, offset, value);
	else cpu.write8(op.seg, offset, value);
}

const exchangeRegisters: Exec = (cpu, op) => {
	const value = readRegister(cpu, op.rm, op.size);
	writeRegister(cpu, op.rm, op.size, readRegister(cpu, op.reg, op.size));
	writeRegister(cpu, op.reg, op.size, value);
};
const exchangeMemory: Exec = (cpu, op) => {
	const offset = address(cpu, op);
	const value = readTarget(cpu, op, offset, op.size);
	writeTarget(cpu, op, offset, op.size, readRegister(cpu, op.reg, op.size));
	writeRegister(cpu, op.reg, op.size, value);
};
export const XCHG: Operation = { bind: ({ memory }) => (memory ? exchangeMemory : exchangeRegisters), lock: true };

const addRegisters: Exec = (cpu, op) => {
	const a = readRegister(cpu, op.rm, op.size);
	const sum = ADD[op.size](cpu, a, readRegister(cpu, op.reg, op.size));
	writeRegister(cpu, op.reg, op.size, a);
	writeRegister(cpu, op.rm, op.size, sum);
};
const addMemory: Exec = (cpu, op) => {
	const offset = address(cpu, op);
	const a = readTarget(cpu, op, offset, op.size);
	writeTarget(cpu, op, offset, op.size, ADD[op.size](cpu, a, readRegister(cpu, op.reg, op.size)));
	writeRegister(cpu, op.reg, op.size, a);
};
export const XADD: Operation = {
	bind: ({ memory }) => (memory ? addMemory : addRegisters),
	writes: STATUS,
	kills: STATUS,
	lock: true
};

/** Compares the accumulator with the destination `a`; flags as CMP. */
function compareAccumulator(cpu: Cpu, size: Size, a: number): boolean {
	return SUB[size](cpu, readRegister(cpu, 0, size), a) === 0;
}
const compareExchangeRegisters: Exec = (cpu, op) => {
	const a = readRegister(cpu, op.rm, op.size);
	if (compareAccumulator(cpu, op.size, a)) writeRegister(cpu, op.rm, op.size, readRegister(cpu, op.reg, op.size));
	else writeRegister(cpu, 0, op.size, a);
};
/** The destination is written in both cases (SDM vol. 2, CMPXCHG): it needs write permission either way. */
const compareExchangeMemory: Exec = (cpu, op) => {
	const offset = address(cpu, op);
	const a = readTarget(cpu, op, offset, op.size);
	const equal = compareAccumulator(cpu, op.size, a);
	writeTarget(cpu, op, offset, op.size, equal ? readRegister(cpu, op.reg, op.size) : a);
	if (!equal) writeRegister(cpu, 0, op.size, a);
};
export const CMPXCHG: Operation = {
	bind: ({ memory }) => (memory ? compareExchangeMemory : compareExchangeRegisters),
	writes: STATUS,
	kills: STATUS,
	lock: true
};

const compareExchange8: Exec = (cpu, op) => {
	const { s } = cpu;
	const offset = address(cpu, op);
	cpu.checkWrite(op.seg, offset, 8);
	const low = cpu.readForWrite32(op.seg, offset);
	const high = cpu.readForWrite32(op.seg, offset + 4);
	const equal = low === s[EAX] && high === s[EDX];
	cpu.write32(op.seg, offset, equal ? s[EBX] : low);
	cpu.write32(op.seg, offset + 4, equal ? s[ECX] : high);
	if (!equal) {
		s[EAX] = low;
		s[EDX] = high;
	}
	changeStatus(s, ZF, equal ? ZF : 0);
};
export const CMPXCHG8B: Operation = { bind: always(compareExchange8), writes: ZF, kills: ZF, lock: true };

// --- conversions ----------------------------------------------------------------------------------------------

/** BSWAP of a 16-bit register is undefined; processors clear it. */
export const BSWAP: Operation = {
	bind: bySize({
		8: () => {},
		16: (cpu, op) => void (cpu.u16[op.rm] = 0),
		32: ({ s }, op) => {
			const v = s[op.rm];
			s[op.rm] = (v << 24) | ((v & 0xff00) << 8) | ((v >>> 8) & 0xff00) | (v >>> 24);
		}
	})
};

/** CBW (16), CWDE (32). */
export const CBW: Operation = {
	bind: bySize({
		8: () => {},
		16: ({ s, u16 }) => void (u16[0] = (s[EAX] << 24) >> 24),
		32: ({ s }) => void (s[EAX] = (s[EAX] << 16) >> 16)
	})
};

/** CWD (16), CDQ (32). */
export const CWD: Operation = {
	bind: bySize({
		8: () => {},
		16: ({ s, u16 }) => void (u16[EDX << 1] = (s[EAX] << 16) >> 31),
		32: ({ s }) => void (s[EDX] = s[EAX] >> 31)
	})
};

/** XLAT: AL = [(E)BX + AL], a memory operand that no ModRM byte names. */
export const XLAT: Operation = {
	bind: (_shape, op) => {
		op.base = EBX;
		return (cpu, o) => void (cpu.u8[0] = cpu.read8(o.seg, (address(cpu, o) + cpu.u8[0]) & o.mask));
	},
	faults: true
};

export const LAHF: Operation = {
	bind: always((cpu) => void (cpu.u8[1] = (status(cpu.s) & 0xff) | 2)),
	reads: SF | ZF | AF | PF | CF
};
export const SAHF: Operation = {
	bind: always((cpu) => changeStatus(cpu.s, SF | ZF | AF | PF | CF, cpu.u8[1])),
	writes: SF | ZF | AF | PF | CF,
	kills: SF | ZF | AF | PF | CF
};
