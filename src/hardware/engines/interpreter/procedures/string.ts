/**
 * String instructions (SDM vol. 1, 7.3.9; vol. 2, REP).
 *
 * One iteration is the unit that commits: a fault leaves ESI, EDI and ECX as the last whole iteration made them and EIP at
 * the instruction, so it goes on where it stopped. A repeated instruction does at most CHUNK iterations at a time and ends its block, so that
 * interrupts come in between; it retires when it is done.
 */
import {
	EIP_INDEX,
	FLAGS_INDEX,
	HITS_INDEX,
	REG,
	SEGMENT_BASE,
	SEGMENT_READ8,
	SEGMENT_WORD,
	SEGMENT_WRITE8
} from '../../../layout';
import type { Cpu } from '../../../cpu/cpu';
import { SUB } from '../alu';
import { RESULT } from '../../../cpu/flags';
import { PROGRESS, readRegister, writeRegister, type Op, type Size } from '../op';
import { ioPermitted, portIn, portOut } from '../../../cpu/system';
import type { Binder } from '../shape';
import type { Instruction } from '../../../../x86/decode';
import { VECTOR } from '../../../../x86/exceptions';
import { DF, RF, TF } from '../../../../x86/flags';
import { DS, ES, GPR } from '../../../../x86/registers';

const ECX = REG.ECX << 1;
const ESI = REG.ESI << 1;
const EDI = REG.EDI << 1;
/** u16 index of DX. */
const DX = REG.EDX << 2;

/** Most iterations of one repeated instruction between two chances for an interrupt. */
export const CHUNK = 4096;

/** Bytes from one element to the next, by DF. */
const stride = (cpu: Cpu, op: Op): number => ((cpu.s[FLAGS_INDEX] & DF) !== 0 ? -(op.size >> 3) : op.size >> 3);

/** Moves an index or count register within the address size. */
const advance = (s: Int32Array, index: number, by: number, mask: number): void => {
	s[index] = (s[index] & ~mask) | ((s[index] + by) & mask);
};

function read(cpu: Cpu, seg: number, offset: number, size: Size): number {
	if (size === 8) return cpu.read8(seg, offset);
	return size === 32 ? cpu.read32(seg, offset) : cpu.read16(seg, offset);
}
function write(cpu: Cpu, seg: number, offset: number, size: Size, value: number): void {
	if (size === 8) cpu.write8(seg, offset, value);
	else if (size === 32) cpu.write32(seg, offset, value);
	else cpu.write16(seg, offset, value);
}

// --- one iteration of each ------------------------------------------------------------------------------------

type Iteration = (cpu: Cpu, op: Op) => void;

const moveString: Iteration = (cpu, op) => {
	const { s } = cpu;
	const step = stride(cpu, op);
	write(cpu, ES, s[EDI] & op.mask, op.size, read(cpu, op.seg, s[ESI] & op.mask, op.size));
	advance(s, ESI, step, op.mask);
	advance(s, EDI, step, op.mask);
};
const storeString: Iteration = (cpu, op) => {
	const { s } = cpu;
	write(cpu, ES, s[EDI] & op.mask, op.size, readRegister(cpu, 0, op.size));
	advance(s, EDI, stride(cpu, op), op.mask);
};
const loadString: Iteration = (cpu, op) => {
	const { s } = cpu;
	writeRegister(cpu, 0, op.size, read(cpu, op.seg, s[ESI] & op.mask, op.size));
	advance(s, ESI, stride(cpu, op), op.mask);
};
const compareString: Iteration = (cpu, op) => {
	const { s } = cpu;
	const step = stride(cpu, op);
	// The manual leaves the order open, and processors differ in it.
	const b = read(cpu, ES, s[EDI] & op.mask, op.size);
	const a = read(cpu, op.seg, s[ESI] & op.mask, op.size);
	SUB[op.size](cpu, a, b);
	advance(s, ESI, step, op.mask);
	advance(s, EDI, step, op.mask);
};
const scanString: Iteration = (cpu, op) => {
	const { s } = cpu;
	const b = read(cpu, ES, s[EDI] & op.mask, op.size);
	SUB[op.size](cpu, readRegister(cpu, 0, op.size), b);
	advance(s, EDI, stride(cpu, op), op.mask);
};
/** #GP(0) unless the ports from DX on are permitted. */
function requirePort(cpu: Cpu, bytes: number): void {
	if (!ioPermitted(cpu, cpu.u16[DX], bytes)) throw cpu.fault(VECTOR.GP, 0);
}

/** The store is checked before the port is read, since reading a port may change the device. */
const inputString: Iteration = (cpu, op) => {
	const { s, u16 } = cpu;
	const bytes = (op.size >> 3) as 1 | 2 | 4;
	const offset = s[EDI] & op.mask;
	requirePort(cpu, bytes);
	cpu.checkWrite(ES, offset, bytes);
	write(cpu, ES, offset, op.size, portIn(cpu, u16[DX], bytes));
	advance(s, EDI, stride(cpu, op), op.mask);
};
const outputString: Iteration = (cpu, op) => {
	const { s, u16 } = cpu;
	const bytes = (op.size >> 3) as 1 | 2 | 4;
	requirePort(cpu, bytes);
	portOut(cpu, u16[DX], bytes, read(cpu, op.seg, s[ESI] & op.mask, op.size));
	advance(s, ESI, stride(cpu, op), op.mask);
};

// --- whole stretches at once ------------------------------------------------------------------------------------

/**
 * Byte of the machine's memory behind `bytes` bytes at seg:offset, or -1 unless they lie in one page that the front array translates.
 * `column` 0 asks for reading, 1 for writing.
 */
function hostAddress(cpu: Cpu, seg: number, offset: number, bytes: number, column: 0 | 1): number {
	const s = cpu.s;
	const c = SEGMENT_WORD + (seg << 3);
	const span = s[c + (column === 0 ? SEGMENT_READ8 : SEGMENT_WRITE8)] >>> 0;
	if ((offset >>> 0) + bytes > span) return -1;
	const linear = (s[c + SEGMENT_BASE] + offset) | 0;
	if ((linear & 0xfff) + bytes > 0x1000) return -1;
	const t = cpu.front + ((linear >>> 10) & 0x3fc);
	return s[t + column] === (linear & ~0xfff) ? (linear + s[t + 2]) | 0 : -1;
}

/** Elements of `size` bytes from the offset in register `index` to the end of its page. */
const toPageEnd = (cpu: Cpu, seg: number, index: number, mask: number, shift: number): number => {
	const linear = cpu.s[SEGMENT_WORD + (seg << 3)] + (cpu.s[index] & mask);
	return (0x1000 - (linear & 0xfff)) >> shift;
};

/** Does some iterations at once and returns how many; 0 where it must go one by one. */
type Bulk = (cpu: Cpu, op: Op, most: number) => number;

const usable = (cpu: Cpu, op: Op): boolean => op.mask === -1 && (cpu.s[FLAGS_INDEX] & DF) === 0 && !cpu.watching;

const moveBulk: Bulk = (cpu, op, most) => {
	if (!usable(cpu, op)) return 0;
	const { s } = cpu;
	const shift = op.size >> 4;
	const n = Math.min(most, toPageEnd(cpu, op.seg, ESI, -1, shift), toPageEnd(cpu, ES, EDI, -1, shift));
	const bytes = n << shift;
	if (n < 2) return 0;
	const from = hostAddress(cpu, op.seg, s[ESI], bytes, 0);
	const to = hostAddress(cpu, ES, s[EDI], bytes, 1);
	// Where the destination overlaps the source from above, each element read may be one just written.
	if (from < 0 || to < 0 || (to > from && to < from + bytes)) return 0;
	cpu.all8.copyWithin(to, from, from + bytes);
	cpu.written.fill(1, to >> 2, (to + bytes + 3) >> 2);
	s[ESI] += bytes;
	s[EDI] += bytes;
	s[HITS_INDEX] += 2 * n;
	return n;
};

const storeBulk: Bulk = (cpu, op, most) => {
	if (!usable(cpu, op)) return 0;
	const { s, u8, all8, all32 } = cpu;
	const shift = op.size >> 4;
	const n = Math.min(most, toPageEnd(cpu, ES, EDI, -1, shift));
	const bytes = n << shift;
	if (n < 2) return 0;
	const to = hostAddress(cpu, ES, s[EDI], bytes, 1);
	if (to < 0) return 0;
	if (shift === 0) all8.fill(u8[0], to, to + bytes);
	else if (shift === 2 && (to & 3) === 0) all32.fill(s[0], to >> 2, (to + bytes) >> 2);
	else return 0;
	cpu.written.fill(1, to >> 2, (to + bytes + 3) >> 2);
	s[EDI] += bytes;
	s[HITS_INDEX] += n;
	return n;
};

// --- repetition ---------------------------------------------------------------------------------------------------

/** Whether the repetition goes on after an iteration, by the prefix and ZF. */
const always = (): boolean => true;
const byZero = (cpu: Cpu, op: Op): boolean => (cpu.s[RESULT] === 0) === (op.repeat === 0xf3);

function repeat(cpu: Cpu, op: Op, iterate: Iteration, goesOn: typeof byZero, bulk: Bulk | null): void {
	const { s } = cpu;
	const start = s[EIP_INDEX] + op.start;
	const next = s[EIP_INDEX] + op.end;
	const watched = (s[FLAGS_INDEX] & TF) !== 0 || cpu.watching;
	let budget = watched ? 1 : CHUNK;
	s[PROGRESS] = op.at;
	while ((s[ECX] & op.mask) !== 0) {
		if (budget === 0) {
			s[EIP_INDEX] = start;
			// What comes in between pushes it, and the next iteration meets no execution breakpoint (SDM vol. 3, 17.3.1.1).
			s[FLAGS_INDEX] |= RF;
			cpu.engine.unfinished = true;
			return;
		}
		const left = (s[ECX] & op.mask) >>> 0;
		const many = bulk === null || watched ? 0 : bulk(cpu, op, Math.min(left, budget));
		if (many === 0) iterate(cpu, op);
		const done = many === 0 ? 1 : many;
		budget -= done;
		advance(s, ECX, -done, op.mask);
		if (!goesOn(cpu, op)) break;
	}
	s[EIP_INDEX] = next;
}

interface Traits {
	readonly goesOn?: typeof byZero;
	readonly bulk?: Bulk;
	/** Reads or writes a port: exact time is needed, and the block ends. */
	readonly port?: boolean;
}

/** The segment of the element at eSI, which a prefix may override. */
const sourceSegment = ({ operands }: Instruction): number => {
	const source = operands.find((operand) => operand.kind === 'memory' && operand.base === GPR.ESI);
	return source?.kind === 'memory' ? source.segment : DS;
};

const stringOperation =
	(iterate: Iteration, { goesOn = always, bulk, port = false }: Traits = {}): Binder =>
	({ instruction }, op) => {
		op.seg = sourceSegment(instruction);
		if (op.repeat !== 0) return (cpu, o) => repeatSynced(cpu, o, port, iterate, goesOn, bulk ?? null);
		if (port) return (cpu, o) => portSynced(cpu, o, iterate);
		return (cpu, o) => {
			cpu.s[PROGRESS] = o.at;
			iterate(cpu, o);
		};
	};

function repeatSynced(
	cpu: Cpu,
	op: Op,
	port: boolean,
	iterate: Iteration,
	goesOn: typeof byZero,
	bulk: Bulk | null
): void {
	if (port) {
		cpu.s[PROGRESS] = op.at;
		cpu.engine.sync();
		// Also for a count of zero.
		requirePort(cpu, op.size >> 3);
	}
	repeat(cpu, op, iterate, goesOn, bulk);
}

function portSynced(cpu: Cpu, op: Op, iterate: Iteration): void {
	cpu.s[PROGRESS] = op.at;
	cpu.engine.sync();
	iterate(cpu, op);
	cpu.s[EIP_INDEX] += op.end;
}

export const STRING: Readonly<Record<string, Binder>> = {
	moveString: stringOperation(moveString, { bulk: moveBulk }),
	storeString: stringOperation(storeString, { bulk: storeBulk }),
	loadString: stringOperation(loadString),
	compareString: stringOperation(compareString, { goesOn: byZero }),
	scanString: stringOperation(scanString, { goesOn: byZero }),
	inputString: stringOperation(inputString, { port: true }),
	outputString: stringOperation(outputString, { port: true })
};
