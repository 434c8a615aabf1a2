/**
 * The engine: fetches blocks, runs them, takes interrupts between them, and counts.
 *
 * One invariant carries everything: what happens depends on the machine's history only, never on how the run was cut into
 * calls. Interrupts and appointments of the clock are taken at block ends alone. A debug trap ends its block, whatever left it pending:
 * an instruction, a delivery, a task switch; it is taken before anything else. A run that stops within a block keeps its place there
 * (`position`) and later goes on to the same end. So stepping a million times is the same as running once.
 *
 * Within a block EIP holds the block's start; an instruction that needs it adds its own offset. `icount` and the clock are
 * brought up to date at the block's end, before an instruction that can see them (interpreter/synced.ts), and at faults.
 */
import { EIP_INDEX, FLAGS_INDEX, HITS_INDEX } from '../layout';
import { type Block, BLOCK_LIMIT, BlockCache, buildBlock } from './blocks';
import type { Cpu, EngineLink } from '../cpu/cpu';
import { executionBreakpoint } from '../cpu/debug';
import { Fault } from '../cpu/fault';
import type { Guard } from './guard';
import { debugTrap, deliver } from '../cpu/interrupts';
import { PROGRESS, type Op } from './interpreter/op';
import { DR6_BS } from '../../x86/debug';
import { VECTOR } from '../../x86/exceptions';
import { IF, RF, TF } from '../../x86/flags';
import { CS } from '../../x86/registers';

/**
 * Why `run` returned: the budget is used up; the cycle is reached; a triple fault; a requested stop; the processor is halted and nothing
 * is scheduled that could wake it; an emulator breakpoint lies before the next instruction.
 */
export type StopReason = 'budget' | 'cycle' | 'shutdown' | 'stopped' | 'idle' | 'breakpoint';

/** Where a run stands within a block. */
export interface EngineState {
	/** Instructions of the block that are done; 0 between blocks. */
	position: number;
	/** EIP of the block's start, its physical address and code size. */
	start: number;
	physical: number;
	code32: boolean;
}

/** Most instructions that the fast path runs before it counts them: far below what overflows a small integer. */
const MOST_ROOM = 1 << 20;

export class Engine implements EngineLink {
	/** Where a run is to stop before an instruction; not to be exchanged while one is under way. */
	guard: Guard | null = null;
	unfinished = false;

	/** The block in progress and the EIP of its start. */
	private block: Block | null = null;
	private start = 0;
	/** Instructions of the block that are done; 0 between blocks. */
	private position = 0;
	/** Instructions of the block that `icount` and the clock know of. */
	private counted = 0;
	/**
	 * The fast path counts whole blocks here and lets `icount` and the clock lag behind, for at most `room` instructions
	 * and while the clock stays at `roomAt`: nothing can be due before.
	 */
	private pending = 0;
	private room = -1;
	private roomAt = 0;
	/** An instruction of `block` is executing; and it does on the fast path, whose chain a stop must cut. */
	private running = false;
	private fast = false;
	/** The operation whose link was cut, and the link. */
	private cut: Op | null = null;
	private cutNext: Op | null = null;
	/** The running block was written to: it ends after the current instruction. */
	private broken = false;
	private stopping = false;
	/** The instruction count at which something last happened between two instructions. */
	private stirred = -1;

	/** @param cache the machine's decoded blocks: an operation names registers by their place in a processor's page, so all can share them */
	constructor(
		private readonly cpu: Cpu,
		private readonly cache: BlockCache = new BlockCache(cpu.memory)
	) {
		cpu.engine = this;
		cpu.memory.onCodeWrite.push((pa, length) => this.codeWritten(pa, length));
	}

	/**
	 * Runs until `maxInstructions` more have retired (exactly), or at the first block end at or after `untilCycle`.
	 * What is due at a block end is done when the run goes on, so that it makes no difference where a run was cut.
	 * @param alsoHere whether the guard is asked about the very first instruction, too
	 */
	run(maxInstructions: number, untilCycle = Infinity, alsoHere = false): StopReason {
		const { cpu } = this;
		const { clock } = cpu;
		const target = cpu.icount + maxInstructions;
		let first = !alsoHere;
		this.stopping = false;
		for (;;) {
			if (this.stopping) return 'stopped';
			if (cpu.shutdown) return 'shutdown';
			if (cpu.icount >= target) return 'budget';
			if (this.position > 0) {
				if (this.resume(target, first)) return this.pauseReason(target);
				first = false;
				continue;
			}
			if (cpu.pendingDebug !== 0 && !cpu.inhibitTraps) {
				debugTrap(cpu);
				this.stirred = cpu.icount;
				first = false;
				continue;
			}
			if (clock.now >= untilCycle) return 'cycle';
			if (clock.now >= clock.nextEvent) {
				clock.runDue();
				this.stirred = cpu.icount;
				if (this.stopping) continue;
			}
			if (cpu.intr && !cpu.inhibit && (cpu.s[FLAGS_INDEX] & IF) !== 0) {
				deliver(cpu, cpu.acknowledge(), 'external');
				this.stirred = cpu.icount;
				first = false;
				continue;
			}
			if (cpu.halted) {
				if (!this.wait(untilCycle)) return 'idle';
				continue;
			}
			if (!first && this.guard !== null && this.guard.stops(this.linear)) return 'breakpoint';
			if (this.runBlock(target, untilCycle, first)) return this.pauseReason(target);
			first = false;
		}
	}

	/** Asks a running `run` to return after the current instruction. */
	stop(): void {
		this.stopping = true;
		if (this.fast) this.cutChain();
	}

	/** Brings `icount` and the clock up to date with the instructions of the block that are complete. */
	sync(): void {
		this.count(this.cpu.s[PROGRESS]);
		// Whoever asked may make an appointment: the fast path looks again after this block.
		this.room = -1;
	}

	/** Whether nothing has happened since the last instruction retired: no fault, no interrupt, no appointment. */
	get isCalm(): boolean {
		return this.stirred !== this.cpu.icount;
	}

	/** Whether the guard would stop a run right here: nothing comes before the next instruction, and that is one to stop before. */
	get guardsNext(): boolean {
		const { cpu, guard, position } = this;
		if (guard === null || cpu.shutdown) return false;
		if (position === 0) {
			const interrupted = cpu.intr && !cpu.inhibit && (cpu.s[FLAGS_INDEX] & IF) !== 0;
			if (interrupted || cpu.halted || cpu.clock.now >= cpu.clock.nextEvent) return false;
		}
		return guard.stops(this.linear);
	}

	/** Linear address of the next instruction. */
	get linear(): number {
		return (this.cpu.seg[CS].base + this.cpu.eip) >>> 0;
	}

	/**
	 * The instruction that executes now, for whoever hears of an access: its EIP, and how many have retired before it. Null between
	 * instructions, as when an interrupt is delivered or an appointment kept.
	 */
	get executing(): { icount: number; eip: number } | null {
		const { block, cpu } = this;
		if (!this.running || block === null) return null;
		const progress = cpu.s[PROGRESS];
		return {
			icount: cpu.icount + this.pending + progress - this.counted,
			eip: (this.start + block.ops[progress].start) >>> 0
		};
	}

	save(): EngineState {
		const { position, start, block } = this;
		if (position === 0 || block === null) return { position: 0, start: 0, physical: 0, code32: true };
		return { position, start, physical: block.physical, code32: block.code32 };
	}

	/** Restores the place; memory, whose writes drop what was decoded from other bytes, and processor have been restored before. */
	restore(state: EngineState): void {
		this.position = state.position;
		this.start = state.start;
		this.counted = 0;
		this.cpu.s[PROGRESS] = 0;
		this.unfinished = this.broken = this.stopping = false;
		this.stirred = -1;
		// A block with a place inside has more than one instruction, and so lies on one page.
		this.block =
			state.position === 0
				? null
				: (this.cache.find(state.physical, state.code32) ?? this.decode(state.physical, state.code32, () => -1));
	}

	// --- blocks ------------------------------------------------------------------------------------------

	/** Finds and runs the block at EIP, as far as `target` allows. Returns true where the run must return. */
	private runBlock(target: number, untilCycle: number, first: boolean): boolean {
		const { cpu } = this;
		this.start = cpu.s[EIP_INDEX];
		let block: Block;
		try {
			block = this.fetch();
		} catch (fault) {
			this.faulted(fault, this.start, 0);
			return false;
		}
		this.block = block;
		if (this.needsCare(block, target)) return this.careful(target, first);
		cpu.s[FLAGS_INDEX] &= ~RF;
		this.runFast(block, target, untilCycle);
		return false;
	}

	/** The block at CS:EIP. Throws the fault of fetching it. */
	private fetch(): Block {
		const { cpu } = this;
		const cs = cpu.seg[CS];
		const eip = cpu.s[EIP_INDEX] >>> 0;
		if (eip > cs.limit) throw cpu.fault(VECTOR.GP, 0);
		const linear = (cs.base + eip) | 0;
		const pa = cpu.translateCode(linear);
		const block = this.cache.find(pa, cpu.code32);
		if (block === undefined) return this.decode(pa, cpu.code32, () => this.nextPage(linear, eip));
		if (block.second < 0) return block;
		// Looked up once, whether the block was kept or not: a look-up counts.
		const second = this.nextPage(linear, eip);
		return block.second === second ? block : this.decode(pa, cpu.code32, () => second);
	}

	/** Physical address of the page after `linear`, which the instruction at `eip` reaches into. */
	private nextPage(linear: number, eip: number): number {
		const here = 0x1000 - (linear & 0xfff);
		if (eip + here > this.cpu.seg[CS].limit) throw this.cpu.fault(VECTOR.GP, 0);
		return this.cpu.translateCode((linear + here) | 0);
	}

	private decode(pa: number, code32: boolean, nextPage: () => number): Block {
		const block = buildBlock(this.cpu.memory, pa, code32, nextPage);
		if (pa < this.cpu.memory.size) this.cache.add(block);
		return block;
	}

	/** Whether the block must go instruction by instruction: something may happen between two of them. */
	private needsCare(block: Block, target: number): boolean {
		const { cpu } = this;
		return (
			target - cpu.icount < block.count ||
			cpu.inhibit ||
			cpu.watching ||
			(cpu.s[FLAGS_INDEX] & TF) !== 0 ||
			(this.start >>> 0) + block.bytes - 1 > cpu.seg[CS].limit ||
			(this.guard !== null && this.guard.concerns((cpu.seg[CS].base + this.start) >>> 0, block.bytes))
		);
	}

	// --- the fast path ---------------------------------------------------------------------------------------

	/**
	 * Runs `first`, and then block after block: through gates and returns too, while nothing is due and the mode asks for no care.
	 * It does for each what `run` does, so leaving it makes no difference but in speed.
	 */
	private runFast(first: Block, target: number, untilCycle: number): void {
		const { cpu, cache, guard } = this;
		const { s, clock } = cpu;
		const cs = cpu.seg[CS];
		let { base, limit } = cs;
		let { code32 } = cpu;
		let block = first;
		let op: Op | null = block.first;
		this.running = this.fast = true;
		this.room = -1;
		try {
			for (;;) {
				do {
					op.fn(cpu, op);
					op = op.next;
				} while (op !== null);
				if (this.cut !== null || this.unfinished) break;
				if (!block.plain) {
					if (!this.mayGoOn()) break;
					({ base, limit } = cs);
					({ code32 } = cpu);
					this.room = -1;
				}

				this.pending += block.count - this.counted;
				this.counted = s[PROGRESS] = 0;
				const eip = s[EIP_INDEX];
				this.start = eip;
				if (this.pending > this.room || clock.now !== this.roomAt || cpu.intr) {
					if (!this.makeRoom(target, untilCycle)) return this.stopFast();
					// A return may have set it for the instruction that comes now; nothing was due that would see it.
					s[FLAGS_INDEX] &= ~RF;
				}
				const linear = (base + eip) | 0;
				const t = cpu.frontCode + ((linear >>> 11) & 0x1fe);
				if (s[t] !== (linear & ~0xfff)) return this.stopFast();
				const pa = s[t + 1] + (linear & 0xfff);
				let next = block.successor;
				if (next === null || next.key !== pa || next.code32 !== code32) {
					next = cache.find(pa, code32) ?? null;
					if (next === null || next.second >= 0) return this.stopFast();
					block.successor = next;
				}
				if ((eip >>> 0) + next.bytes > limit) return this.stopFast();
				if (guard !== null && guard.concerns(linear >>> 0, next.bytes)) return this.stopFast();
				s[HITS_INDEX]++;
				this.block = block = next;
				op = block.first;
			}
		} catch (reason) {
			this.running = this.fast = false;
			const at = (op as Op).pair !== null ? s[PROGRESS] : (op as Op).at;
			return this.faulted(reason, this.start, at);
		}
		this.running = this.fast = false;
		if (this.cut !== null) this.rejoin(block);
		else this.finish(block.count);
	}

	/** Whether the fast path may go on in the mode that a block left behind. */
	private mayGoOn(): boolean {
		const { cpu } = this;
		const { halted, shutdown, inhibit, watching } = cpu;
		if (halted || shutdown || inhibit || watching || cpu.pendingDebug !== 0) return false;
		return (cpu.s[FLAGS_INDEX] & TF) === 0;
	}

	/** Leaves the fast path between two blocks. */
	private stopFast(): void {
		this.running = this.fast = false;
		this.flush();
	}

	/**
	 * Brings `icount` and the clock up to date, and finds how many instructions may run before they must be looked at again.
	 * False where something is due now: an appointment, an interrupt, the end of the run.
	 */
	private makeRoom(target: number, untilCycle: number): boolean {
		const { cpu } = this;
		const { clock } = cpu;
		this.flush();
		const cycles = Math.min(clock.nextEvent, untilCycle) - clock.now;
		const cost = clock.costs.instruction;
		// A block that begins must also fit into the budget; one that is too long is left to the careful path.
		this.room = Math.min(target - cpu.icount - BLOCK_LIMIT, Math.ceil(cycles / cost) - 1, MOST_ROOM);
		this.roomAt = clock.now;
		return cycles > 0 && this.room >= 0 && !cpu.intr;
	}

	/** Counts what was left to be counted in one go. */
	private flush(): void {
		const { pending } = this;
		if (pending === 0) return;
		this.pending = 0;
		this.cpu.icount += pending;
		this.cpu.clock.now += pending * this.cpu.clock.costs.instruction;
	}

	/** Ends the fast path after the operation that is running now. */
	private cutChain(): void {
		if (this.cut !== null || this.block === null) return;
		this.cut = this.block.ops[this.cpu.s[PROGRESS]];
		this.cutNext = this.cut.next;
		this.cut.next = null;
	}

	/** After a cut: mends the chain, and stands within the block or at its end. */
	private rejoin(block: Block): void {
		const { cpu } = this;
		const cut = this.cut as Op;
		cut.next = this.cutNext;
		this.cut = this.cutNext = null;
		const done = cut.at + 1;
		if (cut.next !== null) cpu.s[EIP_INDEX] = this.start + cut.end;
		if (this.broken || done === block.count) return this.finish(done);
		cpu.s[PROGRESS] = done;
		this.pause(done);
	}

	// --- one by one -----------------------------------------------------------------------------------------------

	/** Goes on within a block. Returns true where the run must return. */
	private resume(target: number, first: boolean): boolean {
		const { cpu } = this;
		const { block, position } = this;
		if (block === null || (this.start + block.ops[position].start) >>> 0 !== cpu.eip) {
			// Somebody set EIP meanwhile: the block is over.
			this.position = 0;
			return false;
		}
		cpu.s[PROGRESS] = this.counted = position;
		cpu.s[EIP_INDEX] = this.start;
		return this.careful(target, first);
	}

	/**
	 * Runs the rest of the current block with every check between two instructions. Returns true where the run
	 * must return: the budget is used up, a stop was requested, or a breakpoint was met.
	 */
	private careful(target: number, first: boolean): boolean {
		const { cpu } = this;
		const block = this.block as Block;
		const alone = cpu.inhibit;
		let at = this.position;
		this.position = 0;
		for (; at < block.count; at++) {
			if (!first && this.mustPause(block, at, target)) {
				this.pause(at);
				return true;
			}
			first = false;
			const goesOn = this.step(block, at);
			if (!goesOn) return false;
			if (alone && at + 1 < block.count) return this.leave(block, at + 1);
		}
		this.finish(block.count);
		return false;
	}

	private mustPause(block: Block, at: number, target: number): boolean {
		const { cpu } = this;
		if (this.stopping || cpu.icount >= target) return true;
		// The first of a block was asked about before the block was fetched.
		return at > 0 && this.guard !== null && this.guard.stops(this.linearOf(block.ops[at]));
	}

	private linearOf(op: Op): number {
		return (this.cpu.seg[CS].base + this.start + op.start) >>> 0;
	}

	/** Executes one instruction. Returns false where the block is over, because of a fault, a trap or a write to it. */
	private step(block: Block, at: number): boolean {
		const { cpu } = this;
		const { s } = cpu;
		const op = block.ops[at];
		const held = cpu.inhibit;
		s[PROGRESS] = at;
		cpu.inhibit = cpu.inhibitTraps = false;
		try {
			if ((this.start >>> 0) + op.end - 1 > cpu.seg[CS].limit) throw cpu.fault(VECTOR.GP, 0);
			if (cpu.watching && executionBreakpoint(cpu, this.linearOf(op))) return this.retreat(this.start, at);
			cpu.stepping = (s[FLAGS_INDEX] & TF) !== 0;
			// It was for this instruction; one that loads RF, or repeats itself, sets it for the next.
			s[FLAGS_INDEX] &= ~RF;
			this.running = true;
			op.exact(cpu, op);
			this.running = false;
			// Of several such instructions in a row only the first holds interrupts off (SDM vol. 3, 6.8.3).
			if (held) cpu.inhibit = cpu.inhibitTraps = false;
			if (at + 1 === block.count) block.tail?.fn(cpu, block.tail);
		} catch (reason) {
			this.running = false;
			this.faulted(reason, this.start, at);
			return false;
		}
		if (!this.unfinished) {
			s[PROGRESS] = at + 1;
			this.sync();
		}
		if (cpu.stepping && !cpu.inhibitTraps) cpu.pendingDebug |= DR6_BS;
		if (!this.broken && (cpu.pendingDebug === 0 || cpu.inhibitTraps)) return true;
		this.endAfter(block, at);
		return false;
	}

	/** Ends the block after instruction `at`, with EIP where it leads. */
	private endAfter(block: Block, at: number): void {
		if (at + 1 < block.count) this.leave(block, at + 1);
		else this.finish(block.count);
	}

	/** Ends the block early, before instruction `at`. */
	private leave(block: Block, at: number): false {
		this.cpu.s[EIP_INDEX] = this.start + block.ops[at].start;
		this.finish(at);
		return false;
	}

	// --- ends ---------------------------------------------------------------------------------------------------------

	/** Stands still within the block, before instruction `at`; to the outside EIP is exact. */
	private pause(at: number): void {
		const { cpu } = this;
		const block = this.block as Block;
		this.count(at);
		this.counted = 0;
		cpu.s[PROGRESS] = 0;
		this.position = at;
		cpu.s[EIP_INDEX] = this.start + block.ops[at].start;
	}

	/** The block is over after `done` instructions, the last of which may be unfinished. */
	private finish(done: number): void {
		this.count(this.unfinished ? done - 1 : done);
		this.counted = 0;
		this.cpu.s[PROGRESS] = 0;
		this.position = 0;
		this.unfinished = false;
		this.broken = false;
	}

	/** Instruction `at` faulted: it had no effect, and the fault is delivered. Anything but a Fault is a bug, and thrown on. */
	private faulted(reason: unknown, start: number, at: number): void {
		const { cpu } = this;
		this.retreat(start, at);
		if (!(reason instanceof Fault)) throw reason;
		this.stirred = cpu.icount;
		deliver(cpu, reason.vector, 'fault', reason.error);
	}

	/** Ends the block of `start` before instruction `at`, which had no effect. */
	private retreat(start: number, at: number): false {
		if (this.cut !== null) {
			this.cut.next = this.cutNext;
			this.cut = this.cutNext = null;
		}
		this.cpu.s[EIP_INDEX] = at === 0 ? start : start + (this.block as Block).ops[at].start;
		this.unfinished = false;
		this.finish(at);
		return false;
	}

	private count(done: number): void {
		this.pending += done - this.counted;
		this.counted = done;
		this.flush();
	}

	private pauseReason(target: number): StopReason {
		if (this.stopping) return 'stopped';
		return this.cpu.icount >= target ? 'budget' : 'breakpoint';
	}

	/** Lets a halted processor's time pass to the next appointment. False where nothing can wake it. */
	private wait(untilCycle: number): boolean {
		const { cpu } = this;
		const { clock } = cpu;
		if (clock.nextEvent === Infinity || (cpu.s[FLAGS_INDEX] & IF) === 0) return false;
		clock.advanceTo(Math.min(clock.nextEvent, untilCycle));
		return true;
	}

	// --- writes to code -----------------------------------------------------------------------------------------------

	private codeWritten(pa: number, length: number): void {
		const { block } = this;
		if (block !== null && block.overlaps(pa, length)) {
			if (this.running) this.broken = true;
			if (this.fast) this.cutChain();
			// Where the run stands within the block, it goes on with a new one.
			this.position = 0;
		}
	}
}
