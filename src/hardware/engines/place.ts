/**
 * Where a run stands: in which block, after how many of its instructions, and how many of them `icount` and the clock know of.
 *
 * Within a block EIP holds the block's start; an instruction that needs it adds its own offset. `icount` and the clock are
 * brought up to date at the block's end, before an instruction that can see them (interpreter/synced.ts), and at faults.
 */
import { type Block, BLOCK_LIMIT } from './blocks';
import type { Cpu, EngineLink } from '../cpu/cpu';
import { AUX } from '../cpu/flags';
import { EIP_INDEX } from '../layout';
import { PROGRESS, type Op } from './interpreter/op';
import { CS } from '../../x86/registers';

/** General registers, EIP, EFLAGS and the two words of its lazy part: what an instruction with a single access may change. */
const KEPT = (AUX >> 1) + 1;

/** Most instructions that may run before they are counted: far below what overflows a small integer. */
const MOST_ROOM = 1 << 20;

export class Place implements EngineLink {
	/** The block in progress and the EIP of its start. */
	block: Block | null = null;
	start = 0;
	/** Instructions of the block that are done; 0 between blocks. */
	position = 0;
	/** An instruction of `block` is executing. */
	running = false;
	/** It stopped before it was done, for an interrupt: it does not retire yet. */
	unfinished = false;
	/** The running block was written to: it ends after the current instruction. */
	broken = false;
	/** The instruction count at which something last happened between two instructions. */
	stirred = -1;
	/** Whole blocks may run from cycle `roomAt` on and be counted later: at most this many instructions. -1 where nobody knows. */
	room = -1;
	roomAt = 0;
	/** Instructions of the block that are counted, and of blocks before it that are not. */
	counted = 0;
	pending = 0;

	/** A fault of the running instruction waits until that is over; then its registers are what they were. */
	held = false;
	/** Ends the running block after the instruction, where the engine can: only then faults are held. */
	cutBlock: (() => void) | null = null;
	private readonly kept = new Int32Array(KEPT);

	constructor(private readonly cpu: Cpu) {
		cpu.clock.onSchedule.push(() => (this.room = -1));
	}

	/**
	 * A throw costs more than all else that a fault does. So where the instruction ends here, or makes a single access, it runs to its end with
	 * what it did not get, and what it did to registers is undone.
	 */
	hold(ends: boolean): boolean {
		const { cpu, block, cutBlock } = this;
		if (cutBlock === null || block === null || !(ends || block.ops[cpu.s[PROGRESS]].single)) return false;
		for (let i = 0; i < KEPT; i++) this.kept[i] = cpu.s[i << 1];
		this.held = true;
		cutBlock();
		return true;
	}

	/** The instruction whose fault was held is over: nothing of it remains. */
	release(): void {
		const { cpu, kept } = this;
		for (let i = 0; i < KEPT; i++) cpu.s[i << 1] = kept[i];
		this.held = false;
		this.undo(cpu.s[PROGRESS]);
	}

	/** Brings `icount` and the clock up to date with the instructions of the block that are complete. */
	sync(): void {
		this.count(this.cpu.s[PROGRESS]);
	}

	/** Time passed that no instruction took: there is room for fewer of them, each of which takes a cycle at least. */
	narrow(): void {
		const { now } = this.cpu.clock;
		this.room -= now - this.roomAt;
		this.roomAt = now;
	}

	/** Linear address of an instruction of the block. */
	linearOf(op: Op): number {
		return (this.cpu.seg[CS].base + this.start + op.start) >>> 0;
	}

	/** `done` instructions of the block are complete. */
	count(done: number): void {
		this.pending += done - this.counted;
		this.counted = done;
		this.flush();
	}

	/** Counts what was left to be counted in one go. */
	flush(): void {
		const { pending, cpu } = this;
		if (pending === 0) return;
		this.pending = 0;
		cpu.icount += pending;
		const cycles = pending * cpu.clock.costs.instruction;
		cpu.clock.now += cycles;
		this.room -= pending;
		this.roomAt += cycles;
	}

	/**
	 * Brings `icount` and the clock up to date, and finds how many instructions may run before they must be looked at again.
	 * False where something is due now: an appointment, an interrupt, the end of the run.
	 */
	makeRoom(target: number, untilCycle: number): boolean {
		const { cpu } = this;
		const { clock } = cpu;
		this.flush();
		const cycles = Math.min(clock.nextEvent, untilCycle) - clock.now;
		// A block that begins must also fit into the budget; one that is too long goes instruction by instruction.
		const whole = target - cpu.icount - BLOCK_LIMIT;
		this.room = Math.min(whole, Math.ceil(cycles / clock.costs.instruction) - 1, MOST_ROOM);
		this.roomAt = clock.now;
		return cycles > 0 && this.room >= 0 && !cpu.intr;
	}

	/** Stands still within the block, before instruction `at`; to the outside EIP is exact. */
	pause(at: number): void {
		const { cpu } = this;
		this.count(at);
		this.counted = 0;
		cpu.s[PROGRESS] = 0;
		this.position = at;
		cpu.s[EIP_INDEX] = this.start + (this.block as Block).ops[at].start;
	}

	/** The block is over after `done` instructions, the last of which may be unfinished; EIP is where it leads. */
	finish(done: number): void {
		this.count(this.unfinished ? done - 1 : done);
		this.counted = 0;
		this.cpu.s[PROGRESS] = 0;
		this.position = 0;
		this.unfinished = false;
		this.broken = false;
	}

	/** Ends the block early, before instruction `at`. */
	leave(at: number): void {
		this.cpu.s[EIP_INDEX] = this.start + (this.block as Block).ops[at].start;
		this.finish(at);
	}

	/** Ends the block before instruction `at`, which had no effect. */
	undo(at: number): void {
		this.unfinished = false;
		if (at > 0) return this.leave(at);
		this.cpu.s[EIP_INDEX] = this.start;
		this.finish(0);
	}
}
