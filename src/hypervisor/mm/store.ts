/**
 * The stores that writable page tables understand: an instruction that writes memory, decoded into
 * where it writes, how much, and what comes of the old value, which its row says (src/x86/isa). The processor has tried it already and
 * faulted, so every instruction here is a legal one; anything unknown is left to the guest.
 */
import type { UserRegs } from '../core/domain';
import { maskOf, STORE_FUNCTIONS } from './store-flags';
import { decode, type Instruction, type MemoryOperand, type Operand } from '../../x86/decode';
import { CF, conditionHolds, DF, ZF } from '../../x86/flags';
import { mnemonicOf, type Name, type Statement, type Value } from '../../x86/isa';
import { ES, GENERAL_REGISTERS, GPR } from '../../x86/registers';

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

/** A decoded instruction with the registers that it finds. */
interface Faulting extends StoreInput {
	readonly instruction: Instruction;
	readonly memory: MemoryOperand;
}

const reg32 = ({ regs }: StoreInput, index: number): number => (index < 0 ? 0 : regs[GENERAL_REGISTERS[index]] >>> 0);

/** A register of `bits`: 8-bit numbers 4–7 are AH CH DH BH. */
function readRegister(f: StoreInput, index: number, bits: number): number {
	if (bits === 8) return (reg32(f, index & 3) >>> (index >= 4 ? 8 : 0)) & 0xff;
	return (reg32(f, index) & maskOf(bits)) >>> 0;
}

/** The register after a write of `bits`, as a patch. */
function writeRegister(f: StoreInput, index: number, bits: number, value: number): Partial<UserRegs> {
	const target = bits === 8 ? index & 3 : index;
	const shift = bits === 8 && index >= 4 ? 8 : 0;
	const mask = (maskOf(bits) << shift) >>> 0;
	return { [GENERAL_REGISTERS[target]]: (reg32(f, target) & ~mask) | ((value << shift) & mask) | 0 };
}

/** Linear address of a memory operand, `beyond` bytes on. */
function linear(f: Faulting, { segment, base, index, scale, displacement }: MemoryOperand, beyond = 0): number {
	const offset = (reg32(f, base) + (reg32(f, index) << scale) + displacement + beyond) | 0;
	return (f.segmentBase(segment) + (f.instruction.addressSize === 16 ? offset & 0xffff : offset)) >>> 0;
}

const eipAfter = ({ regs, instruction }: Faulting): number => (regs.eip + instruction.length) | 0;

const bytesOf = (bits: number): 1 | 2 | 4 => (bits >> 3) as 1 | 2 | 4;

// --- expressions ------------------------------------------------------------------------------------------------

/** A function that an expression needs and `STORE_FUNCTIONS` has not. */
const UNKNOWN = Symbol('unknown function');

/** Carries out the statements of an expression on the value found in memory. */
class Evaluation {
	private eflags: number;
	private patch: Partial<UserRegs> = {};
	private value: number | null = null;

	constructor(
		private readonly f: Faulting,
		private readonly old: number
	) {
		this.eflags = f.regs.eflags;
	}

	run(statements: readonly Statement[]): StoreResult {
		for (const statement of statements) if (statement.kind === 'set') this.set(statement.to, statement.value);
		const { value, patch, eflags } = this;
		return { value: value === null ? null : BigInt(value), regs: { eip: eipAfter(this.f), eflags, ...patch } };
	}

	private set(to: Name | null, value: Value): void {
		const { size, operands } = this.f.instruction;
		const chosen = this.chosen(value);
		const result = this.evaluate(chosen);
		// What is given its own value stays as it is: CMPXCHG that fails.
		if (to === null || (chosen.kind === 'name' && chosen.name === to)) return;
		if (to === 'a') this.value = (result & maskOf(size)) >>> 0;
		else if (to === 'acc') Object.assign(this.patch, writeRegister(this.f, GPR.EAX, size, result));
		else if (to === 'b' && operands[1].kind === 'register')
			Object.assign(this.patch, writeRegister(this.f, operands[1].register, operands[1].size, result));
		else throw UNKNOWN;
	}

	/** The value that `choose` chooses: it stands outermost, or nowhere. */
	private chosen(value: Value): Value {
		if (value.kind !== 'call' || value.fn !== 'choose') return value;
		return this.evaluate(value.values[0]) !== 0 ? value.values[1] : value.values[2];
	}

	private evaluate(value: Value): number {
		const { size } = this.f.instruction;
		if (value.kind === 'number') return value.number;
		if (value.kind === 'condition') return conditionHolds(value.condition, this.eflags) ? 1 : 0;
		if (value.kind === 'name') return this.named(value.name);
		const [a, b = 0] = value.values.map((inner) => this.evaluate(inner));
		const computed = STORE_FUNCTIONS[value.fn]?.(a, b, size, this.eflags);
		if (computed === undefined) throw UNKNOWN;
		this.eflags = computed.eflags;
		return computed.value;
	}

	private named(name: Name): number {
		const { instruction } = this.f;
		if (name === 'a') return this.old;
		if (name === 'b') return operandValue(this.f, instruction.operands[1], instruction.size);
		if (name === 'acc') return readRegister(this.f, GPR.EAX, instruction.size);
		throw UNKNOWN;
	}
}

function operandValue(f: Faulting, operand: Operand, bits: number): number {
	if (operand.kind === 'immediate') return (operand.value & maskOf(bits)) >>> 0;
	if (operand.kind === 'register') return readRegister(f, operand.register, operand.size);
	throw UNKNOWN;
}

/** The store of an instruction whose row is an expression, or null where that does not write memory or needs what is not here. */
function expression(f: Faulting): Store | null {
	const { instruction, memory } = f;
	const { statements } = instruction.row.meaning;
	if (instruction.operands[0] !== memory || !statements.some((it) => it.kind === 'set' && it.to === 'a')) return null;
	const run = (old: bigint): StoreResult => new Evaluation(f, Number(old)).run(statements);
	if (!isKnown(() => run(0n))) return null;
	return {
		address: linear(f, memory),
		bytes: bytesOf(memory.size),
		atomic: instruction.lock || ALWAYS_ATOMIC.has(mnemonicOf(instruction.row)),
		source: null,
		run
	};
}

/** XCHG locks without a prefix; CMPXCHG is never half of a larger write. */
const ALWAYS_ATOMIC: ReadonlySet<string> = new Set(['XCHG', 'CMPXCHG']);

function isKnown(run: () => unknown): boolean {
	try {
		run();
		return true;
	} catch (reason) {
		if (reason === UNKNOWN) return false;
		throw reason;
	}
}

// --- procedures ------------------------------------------------------------------------------------------------

function compareExchange8(f: Faulting): Store {
	const { regs, memory } = f;
	const eip = eipAfter(f);
	const pair = (high: number, low: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
	const run = (old: bigint): StoreResult => {
		if (old === pair(regs.edx, regs.eax))
			return { value: pair(regs.ecx, regs.ebx), regs: { eip, eflags: regs.eflags | ZF } };
		return {
			value: null,
			regs: { eip, eflags: regs.eflags & ~ZF, eax: Number(old & 0xffff_ffffn) | 0, edx: Number(old >> 32n) | 0 }
		};
	};
	return { address: linear(f, memory), bytes: 8, atomic: true, source: null, run };
}

/** BTS, BTR, BTC: the bit as a register may lie outside the operand that the address names. */
const changeBit =
	(change: (old: number, mask: number) => number) =>
	(f: Faulting): Store => {
		const { instruction, memory, regs } = f;
		const { size } = instruction;
		const up = 32 - size;
		const operand = instruction.operands[1];
		const bit = (operandValue(f, operand, size) << up) >> up;
		const beyond = operand.kind === 'register' ? (bit >> (size === 16 ? 4 : 5)) * (size >> 3) : 0;
		const mask = (1 << (bit & (size - 1))) >>> 0;
		const run = (old: bigint): StoreResult => ({
			value: BigInt(change(Number(old), mask) >>> 0),
			regs: {
				eip: eipAfter(f),
				eflags: (regs.eflags & ~CF) | ((Number(old) & mask) !== 0 ? CF : 0)
			}
		});
		return {
			address: linear(f, memory, beyond),
			bytes: bytesOf(size),
			atomic: instruction.lock,
			source: null,
			run
		};
	};

/** STOS, MOVS: one element at a time; a REP goes on at the same EIP until ECX is used up. */
function stringStore(f: Faulting): Store | null {
	const { instruction, regs } = f;
	const { size, repeat, operands } = instruction;
	if (instruction.addressSize === 16) return null;
	const from = operands[1];
	const moves = from?.kind === 'memory';
	const by = (regs.eflags & DF) !== 0 ? -(size >> 3) : size >> 3;
	const last = repeat === 0 || regs.ecx >>> 0 === 1;
	const after: Partial<UserRegs> = {
		eip: last ? eipAfter(f) : regs.eip,
		edi: (regs.edi + by) | 0,
		...(moves ? { esi: (regs.esi + by) | 0 } : {}),
		...(repeat !== 0 ? { ecx: (regs.ecx - 1) | 0 } : {})
	};
	return {
		address: (f.segmentBase(ES) + (regs.edi >>> 0)) >>> 0,
		bytes: bytesOf(size),
		atomic: false,
		source: moves ? linear(f, from) : null,
		run: (_old, found) => ({
			value: moves ? found : BigInt(readRegister(f, GPR.EAX, size)),
			regs: after
		})
	};
}

const PROCEDURES: Readonly<Record<string, (f: Faulting) => Store | null>> = {
	compareExchange8,
	setBit: changeBit((old, mask) => old | mask),
	clearBit: changeBit((old, mask) => old & ~mask),
	flipBit: changeBit((old, mask) => old ^ mask),
	storeString: stringStore,
	moveString: stringStore
};

/** The store that the instruction at EIP makes, or null when it is none of those above. */
export function decodeStore(input: StoreInput): Store | null {
	const { buffer, byteOffset, byteLength } = input.code;
	const instruction = decode(new Uint8Array(buffer, byteOffset, byteLength), 0, byteLength, true);
	if (!('row' in instruction)) return null;
	const memory = instruction.operands.find((operand) => operand.kind === 'memory');
	if (memory === undefined) return null;
	const f: Faulting = { ...input, instruction, memory };
	const [statement] = instruction.row.meaning.statements;
	return statement.kind === 'procedure' ? (PROCEDURES[statement.name]?.(f) ?? null) : expression(f);
}
