/**
 * What the interpreter makes of an instruction: what to call, and with what. Blocks link these by `next`; the engine does `op.fn(cpu, op)`.
 *
 * Operands are resolved when decoding, so that executing looks nothing up:
 * a register operand is an index into the view of its size (u8, u16 or s), a memory operand is
 * segment, base, index, scale and displacement (SDM vol. 1, 3.7.5).
 */
import { REG } from '../../layout';
import type { Cpu } from '../../cpu/cpu';
import type { Size } from '../../../x86/decode';
import { DS } from '../../../x86/registers';

/** Executes one instruction: it commits as a whole, or throws a Fault and has changed nothing. */
export type Exec = (cpu: Cpu, op: Op) => void;

/** A two-operand calculation that writes flags and returns its result, truncated to the operand size. */
export type Kernel = (cpu: Cpu, a: number, b: number) => number;

export type { Size };

/** Int32 index: how many instructions of the running block are complete. Memory operands write it; `engine.sync` reads it. */
export const PROGRESS = (REG.INTERPRETER + 2) << 1;

const ZERO_INDEX = REG.ZERO << 1;

const unbound: Exec = () => {
	throw new Error('an operation without a function');
};

export class Op {
	/** What the fast path calls: `exact`, or a cheaper twin that leaves out flags nobody will read. */
	fn: Exec = unbound;
	/** The next operation on the fast path, or null at the end of the block. */
	next: Op | null = null;
	/** The calculation of a generic two-operand instruction. */
	kernel: Kernel = (_cpu, a) => a;
	/** Destination of register forms, else the r/m register. An index into the view of the operand's size. */
	rm = 0;
	/** The other register, or the number of a segment, control or debug register. */
	reg = 0;
	/** Immediate (sign-extended), branch displacement, or offset of a far pointer. */
	imm = 0;
	/** Second immediate: ENTER's level, a far pointer's selector. */
	imm2 = 0;
	/** Segment of the memory operand. */
	seg = DS;
	base = ZERO_INDEX;
	index = ZERO_INDEX;
	scale = 0;
	disp = 0;
	/** Address size as a mask: -1 or 0xffff. */
	mask = -1;
	/** Operand size as a mask for EIP: -1 or 0xffff. */
	eipMask = -1;
	/** Bytes from the start of the block to this instruction and to the one after it. */
	start = 0;
	end = 0;
	/** How many instructions of the block come before this one. */
	at = 0;
	/** Executes with all flags. */
	exact: Exec = unbound;
	/** Executes without writing flags, for register-only instructions that have such a twin. */
	quiet: Exec | null = null;
	/** Operand size in bits. */
	size: Size = 32;
	/** F2 or F3 where the instruction heeds it, else 0. */
	repeat = 0;
	/** Condition of a conditional jump, else -1. */
	condition = -1;
	/**
	 * It makes one access to memory, or reads a place and writes it back, and changes nothing else but registers: so a fault of the access can be
	 * held back until it is over (place.ts).
	 */
	single = false;
	/** The branch that the fast path executes too, in this one's function (ops/fuse.ts). */
	pair: Op | null = null;
}

/**
 * Offset of the memory operand within its segment. Says first how far the block has come, since an
 * access may need the exact time.
 */
export function address(cpu: Cpu, op: Op): number {
	const s = cpu.s;
	s[PROGRESS] = op.at;
	return (s[op.base] + (s[op.index] << op.scale) + op.disp) & op.mask;
}

/** Index of register `n` in the view of `size`: AL, CL, DL, BL, AH, CH, DH, BH for 8 bits. */
export function registerIndex(size: Size, n: number): number {
	if (size === 32) return n << 1;
	if (size === 16) return n << 2;
	return n < 4 ? n << 3 : ((n - 4) << 3) + 1;
}

/** Reads the memory operand, zero-extended for 8 and 16 bits. */
export function load(cpu: Cpu, op: Op, size: Size, displacement = 0): number {
	const offset = (address(cpu, op) + displacement) & op.mask;
	if (size === 32) return cpu.read32(op.seg, offset);
	return size === 16 ? cpu.read16(op.seg, offset) : cpu.read8(op.seg, offset);
}

/** Writes the memory operand. */
export function store(cpu: Cpu, op: Op, size: Size, value: number): void {
	const offset = address(cpu, op);
	if (size === 32) cpu.write32(op.seg, offset, value);
	else if (size === 16) cpu.write16(op.seg, offset, value);
	else cpu.write8(op.seg, offset, value);
}

/** Reads register `index` of the view of `size`, zero-extended for 8 and 16 bits. */
export function readRegister(cpu: Cpu, index: number, size: Size): number {
	return size === 32 ? cpu.s[index] : size === 16 ? cpu.u16[index] : cpu.u8[index];
}

export function writeRegister(cpu: Cpu, index: number, size: Size, value: number): void {
	if (size === 32) cpu.s[index] = value;
	else if (size === 16) cpu.u16[index] = value;
	else cpu.u8[index] = value;
}
