/**
 * From the instructions of a block to code: where operands lie, and how memory is reached.
 *
 * Whatever an access needs is checked before the instruction changes anything: limit of the segment, translation and right in the front array,
 * no page crossed. Where a check fails, the region is left at this instruction, and the interpreter carries it out by the full rules. So an
 * instruction here has no slow way of its own, and a fault is never raised by compiled code.
 */
import type { Code, Label } from './emit';
import { Flags } from './flags';
import { LOCAL } from './locals';
import type { Segments } from './segments';
import { FLAGS_INDEX } from '../../layout';
import type { Instruction, MemoryOperand, Operand, RegisterOperand, Size } from '../../../x86/decode';
import { GPR, SS } from '../../../x86/registers';

/** Why a region is left. */
export type LeaveReason = 'access' | 'operation' | 'budget' | 'elsewhere';

/** A place within a block where a region may be left. */
export interface Exit<B> {
	readonly block: B;
	/** Instructions of the block that are done. */
	readonly at: number;
	/** Look-ups of theirs that hit. */
	readonly hits: number;
	readonly reason: LeaveReason;
}

const LOADS = { 8: 'i32_load8_u', 16: 'i32_load16_u', 32: 'i32_load' } as const;
const STORES = { 8: 'i32_store8', 16: 'i32_store16', 32: 'i32_store' } as const;
const MASKS = { 8: 0xff, 16: 0xffff, 32: -1 } as const;

/** Words of an entry of the front array for data, in bytes. */
const [READ_TAG, WRITE_TAG, ADDEND] = [0, 4, 8];

export const register = (n: number): number => LOCAL.EAX + n;
export const isRegister = (operand: Operand | undefined): operand is RegisterOperand => operand?.kind === 'register';
export const isMemory = (operand: Operand | undefined): operand is MemoryOperand => operand?.kind === 'memory';

/** Where in the memory that lies which compiled code names by numbers. */
export interface Places {
	/** Byte where the processor's page begins. */
	readonly page: number;
	/** Byte where it is noted which words were written to. */
	readonly writtenAt: number;
	/** Size of the memory in units of 64 KiB. */
	readonly pages: number;
}

export class Translator<B> {
	readonly flags: Flags;
	readonly exits: Exit<B>[] = [];
	/** Bytes and segment checks of what has been translated so far. */
	private block!: B;
	private at = 0;
	/** Look-ups of the block so far, and of those before the current instruction. */
	hits = 0;
	private hitsBefore = 0;
	private exitSaid = false;
	/** Whether flags that the current instruction writes may be seen before they are overwritten. */
	flagsLive = true;

	/**
	 * @param out where a branch leaves the region at the instruction that EXIT names
	 * @param segments what the code may take for granted of them
	 * @param places where its memory has the processor's page, and where it is noted which words were written to
	 */
	constructor(
		readonly code: Code,
		private readonly out: Label,
		readonly segments: Segments,
		private readonly places: Places
	) {
		this.flags = new Flags(code);
	}

	beginBlock(block: B): void {
		this.block = block;
		this.hits = 0;
	}

	beginInstruction(at: number, flagsLive: boolean): void {
		this.at = at;
		this.hitsBefore = this.hits;
		this.exitSaid = false;
		this.flagsLive = flagsLive;
	}

	// --- leaving -----------------------------------------------------------------------------------------------

	/** Leaves before the current instruction where the value on the stack is not 0. */
	leaveIf(): void {
		this.code.brIf(this.out);
	}

	/** Says where a `leaveIf` of the current instruction leads: to be called before the condition is on the stack. */
	mayLeave(reason: LeaveReason = 'access'): void {
		if (this.exitSaid) return;
		this.exitSaid = true;
		const { block, at, hitsBefore: hits } = this;
		this.exits.push({ block, at, hits, reason });
		this.code.i32(this.exits.length - 1).set(LOCAL.EXIT);
	}

	/** Leaves before the current instruction. */
	leave(reason: LeaveReason): void {
		this.exitSaid = false;
		this.mayLeave(reason);
		this.code.br(this.out);
	}

	/** Leaves the bits of EFLAGS that stand as they are: no translated instruction changes them. */
	eflags(): void {
		this.code.i32(this.places.page).access('i32_load', FLAGS_INDEX << 2);
	}

	// --- registers ---------------------------------------------------------------------------------------------

	/** Leaves a register on the stack, zero-extended. */
	readRegister(size: Size, n: number): void {
		const { code } = this;
		if (size === 32) code.get(register(n));
		else if (size === 16) code.get(register(n)).i32(0xffff).op('i32_and');
		else if (n < 4) code.get(register(n)).i32(0xff).op('i32_and');
		else
			code
				.get(register(n - 4))
				.i32(8)
				.op('i32_shr_u')
				.i32(0xff)
				.op('i32_and');
	}

	/** Sets a register to what the local holds, of which the low bits count. */
	writeRegister(size: Size, n: number, local: number): void {
		const { code } = this;
		if (size === 32) {
			code.get(local).set(register(n));
			return;
		}
		const high = size === 8 && n >= 4;
		const to = register(high ? n - 4 : n);
		code
			.get(to)
			.i32(high ? ~0xff00 : ~MASKS[size])
			.op('i32_and');
		code.get(local).i32(MASKS[size]).op('i32_and');
		if (high) code.i32(8).op('i32_shl');
		code.op('i32_or').set(to);
	}

	// --- memory ------------------------------------------------------------------------------------------------

	/** Leaves the offset of a memory operand on the stack. */
	address({ base, index, scale, displacement }: MemoryOperand): void {
		const { code } = this;
		let parts = 0;
		const part = (): void => {
			if (++parts > 1) code.op('i32_add');
		};
		if (base >= 0) {
			code.get(register(base));
			part();
		}
		if (index >= 0) {
			code.get(register(index));
			if (scale > 0) code.i32(scale).op('i32_shl');
			part();
		}
		if (displacement !== 0 || parts === 0) {
			code.i32(displacement);
			part();
		}
	}

	/**
	 * Takes an offset from the stack and leaves the byte of the memory where it lies, after all checks.
	 * @param write whether the access also writes
	 */
	private reach(segment: number, size: Size, write: boolean): void {
		const { code, segments } = this;
		const bytes = size >> 3;
		const { base, limit } = segments.of(segment, size, write);
		code.set(LOCAL.LINEAR);
		this.mayLeave();
		if (limit !== null) {
			code.get(LOCAL.LINEAR).i32(limit).op('i32_ge_u');
			this.leaveIf();
		}
		if (base !== 0) code.get(LOCAL.LINEAR).i32(base).op('i32_add').set(LOCAL.LINEAR);
		// The last byte lies on the page of the slot only where the first one does: so one comparison sees crossed pages too.
		code
			.get(LOCAL.LINEAR)
			.i32(8)
			.op('i32_shr_u')
			.i32(0xff0)
			.op('i32_and')
			.get(LOCAL.FRONT)
			.op('i32_add')
			.tee(LOCAL.SLOT);
		code.access('i32_load', write ? WRITE_TAG : READ_TAG);
		code.get(LOCAL.LINEAR);
		if (bytes > 1) code.i32(bytes - 1).op('i32_add');
		code.i32(~0xfff).op('i32_and', 'i32_ne');
		this.leaveIf();
		code.get(LOCAL.LINEAR).get(LOCAL.SLOT).access('i32_load', ADDEND).op('i32_add');
		this.hits++;
	}

	/** Takes an offset and leaves what is there, zero-extended. */
	load(segment: number, size: Size): void {
		this.reach(segment, size, false);
		this.code.access(LOADS[size]);
	}

	/** Takes an offset and makes ready to write there: `store` will not fail. */
	aim(segment: number, size: Size): void {
		this.reach(segment, size, true);
		this.code.set(LOCAL.WHERE);
	}

	/** Leaves what is where `aim` aimed. */
	loadAimed(size: Size): void {
		this.code.get(LOCAL.WHERE).access(LOADS[size]);
	}

	/** Writes the local to where `aim` aimed. */
	store(size: Size, local: number): void {
		this.code.get(LOCAL.WHERE).get(local).access(STORES[size]);
		this.note(0);
		if (size > 8) this.note((size >> 3) - 1);
	}

	/** Notes that the word was written to which holds the byte so far behind where `aim` aimed. */
	private note(behind: number): void {
		const { code } = this;
		code.get(LOCAL.WHERE);
		if (behind > 0) code.i32(behind).op('i32_add');
		code.i32(2).op('i32_shr_u').i32(1).access('i32_store8', this.places.writtenAt);
	}

	/** Aims at `bytes` below the top of the stack. */
	aimBelowStack(bytes: number): void {
		this.code.get(register(GPR.ESP)).i32(bytes).op('i32_sub');
		this.aim(SS, 32);
	}

	/** Leaves the 32 bits at the top of the stack. */
	peek(): void {
		this.code.get(register(GPR.ESP));
		this.load(SS, 32);
	}

	moveStack(bytes: number): void {
		this.code.get(register(GPR.ESP)).i32(bytes).op('i32_add').set(register(GPR.ESP));
	}

	// --- operands ----------------------------------------------------------------------------------------------

	/** Leaves an operand on the stack: zero-extended, an immediate sign-extended. */
	read(operand: Operand): void {
		if (operand.kind === 'register') this.readRegister(operand.size, operand.register);
		else if (operand.kind === 'immediate') this.code.i32(operand.value);
		else if (operand.kind === 'memory') {
			this.address(operand);
			this.load(operand.segment, operand.size);
		}
	}

	/** Leaves an operand on the stack that will be written too: for memory, with the permission to. */
	readToWrite(operand: Operand): void {
		if (operand.kind !== 'memory') return this.read(operand);
		this.aimAt(operand);
		this.loadAimed(operand.size);
	}

	/** Makes ready to write an operand. */
	aimAt(operand: Operand): void {
		if (operand.kind !== 'memory') return;
		this.address(operand);
		this.aim(operand.segment, operand.size);
	}

	/** Writes a register, or where was aimed. */
	write(operand: Operand, local: number): void {
		if (operand.kind === 'register') this.writeRegister(operand.size, operand.register, local);
		else if (operand.kind === 'memory') this.store(operand.size, local);
	}
}

/** What is translated at all: 32-bit addresses, operands of the usual kinds, no repetition. */
export const isUsual = ({ addressSize, operands, repeat }: Instruction): boolean =>
	repeat === 0 &&
	operands.every(
		({ kind }) => kind === 'register' || kind === 'memory' || kind === 'immediate' || kind === 'relative'
	) &&
	(addressSize === 32 || !operands.some(isMemory));
