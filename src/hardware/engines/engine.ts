/**
 * The engine: what a processor does next. Between two blocks it takes what is due, in the order of the manual (SDM vol. 3, table 6-2); then
 * a block runs, on the fast path or instruction by instruction.
 *
 *        ┌──────────────────────────── between two blocks ────────────────────────────┐
 *        │ stop, shutdown, end of the budget → debug trap → end of time → appointments │
 *        │          → interrupt → halted: time passes → breakpoint of a debugger       │
 *        └──────┬───────────────────────────────────────────────────────────────▲──────┘
 *               │ fetch                                 block over, fault, trap  │
 *               ▼                                                                │
 *        nothing may happen ── yes ──▶ fast path: whole blocks ──────────────────┤
 *          in between?                     │ stop, write to the block            │
 *               │ no                       ▼                                     │
 *               └──────────▶ within a block: instruction by instruction ─────────┘
 *                              ▲ run                 │ stop, budget, breakpoint
 *                              └────── paused ◀──────┘
 *
 * One invariant carries everything: what happens depends on the machine's history only, never on how the run was cut into
 * calls. Interrupts and appointments of the clock are taken at block ends alone. A debug trap ends its block, whatever left it pending:
 * an instruction, a delivery, a task switch; it is taken before anything else. A run that stops within a block keeps its place there
 * and later goes on to the same end. So stepping a million times is the same as running once.
 */
import { type Block, BlockCache, buildBlock } from './blocks';
import { runCarefully } from './careful';
import type { Guard } from './guard';
import { FastPath, type Thrown } from './interpreter/fast-path';
import { PROGRESS } from './interpreter/op';
import type { EngineName } from './names';
import { Place } from './place';
import { Regions } from './wasm/regions';
import type { Cpu } from '../cpu/cpu';
import { Fault } from '../cpu/fault';
import { debugTrap, deliver } from '../cpu/interrupts';
import { EIP_INDEX, FLAGS_INDEX } from '../layout';
import { REFUSED } from '../mmu/mmu';
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

export class Engine {
	/** Where a run is to stop before an instruction; not to be exchanged while one is under way. */
	guard: Guard | null = null;
	/** Compiled code, where the engine has it. */
	readonly regions: Regions | null;
	private readonly place: Place;
	private readonly fastPath: FastPath;
	private requested = false;
	private readonly stopping = (): boolean => this.requested;

	/** @param cache the machine's decoded blocks: an operation names registers by their place in a processor's page, so all can share them */
	constructor(
		private readonly cpu: Cpu,
		private readonly cache: BlockCache = new BlockCache(cpu.memory),
		name: EngineName = 'interpreter'
	) {
		this.place = cpu.engine = new Place(cpu);
		this.regions = name === 'wasm' ? new Regions(cpu, this.place, cache) : null;
		this.fastPath = new FastPath(cpu, this.place, cache, this.regions);
		cpu.memory.onCodeWrite.push((pa, length) => this.codeWritten(pa, length));
	}

	/**
	 * Runs until `maxInstructions` more have retired (exactly), or at the first block end at or after `untilCycle`.
	 * What is due at a block end is done when the run goes on, so that it makes no difference where a run was cut.
	 * @param alsoHere whether the guard is asked about the very first instruction, too
	 */
	run(maxInstructions: number, untilCycle = Infinity, alsoHere = false): StopReason {
		const { cpu, place } = this;
		const { clock } = cpu;
		const target = cpu.icount + maxInstructions;
		let first = !alsoHere;
		this.requested = false;
		for (;;) {
			if (this.requested) return 'stopped';
			if (cpu.shutdown) return 'shutdown';
			if (cpu.icount >= target) return 'budget';
			if (place.position > 0) {
				if (this.resume(target, first)) return this.pauseReason(target);
				first = false;
				continue;
			}
			if (cpu.pendingDebug !== 0 && !cpu.inhibitTraps) {
				debugTrap(cpu);
				place.stirred = cpu.icount;
				first = false;
				continue;
			}
			if (clock.now >= untilCycle) return 'cycle';
			if (clock.now >= clock.nextEvent) {
				clock.runDue();
				place.stirred = cpu.icount;
				if (this.requested) continue;
			}
			if (cpu.interruptPending()) {
				deliver(cpu, cpu.acknowledge(), 'external');
				place.stirred = cpu.icount;
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
		this.requested = true;
		this.fastPath.cutChain();
	}

	/** Whether nothing has happened since the last instruction retired: no fault, no interrupt, no appointment. */
	get isCalm(): boolean {
		return this.place.stirred !== this.cpu.icount;
	}

	/** Whether the guard would stop a run right here: nothing comes before the next instruction, and that is one to stop before. */
	get guardsNext(): boolean {
		const { cpu, guard, place } = this;
		if (guard === null || cpu.shutdown) return false;
		if (place.position === 0 && (cpu.interruptPending() || cpu.halted || cpu.clock.now >= cpu.clock.nextEvent)) {
			return false;
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
		const { cpu, place } = this;
		if (!place.running || place.block === null) return null;
		const progress = cpu.s[PROGRESS];
		return {
			icount: cpu.icount + place.pending + progress - place.counted,
			eip: (place.start + place.block.ops[progress].start) >>> 0
		};
	}

	save(): EngineState {
		const { position, start, block } = this.place;
		if (position === 0 || block === null) return { position: 0, start: 0, physical: 0, code32: true };
		return { position, start, physical: block.physical, code32: block.code32 };
	}

	/** Restores the place; memory, whose writes drop what was decoded from other bytes, and processor have been restored before. */
	restore(state: EngineState): void {
		const { place } = this;
		place.position = state.position;
		place.start = state.start;
		place.counted = 0;
		this.cpu.s[PROGRESS] = 0;
		place.unfinished = place.broken = this.requested = false;
		place.stirred = -1;
		// A block with a place inside has more than one instruction, and so lies on one page.
		place.block =
			state.position === 0
				? null
				: (this.cache.find(state.physical, state.code32) ?? this.decode(state.physical, state.code32, () => -1));
	}

	// --- blocks ------------------------------------------------------------------------------------------

	/** Finds and runs the block at EIP, as far as `target` allows. Returns true where the run must return. */
	private runBlock(target: number, untilCycle: number, first: boolean): boolean {
		const { cpu, place } = this;
		place.start = cpu.s[EIP_INDEX];
		const block = this.fetch();
		if (block instanceof Fault) {
			this.faulted({ reason: block, at: 0 });
			return false;
		}
		place.block = block;
		if (this.needsCare(block, target)) return this.careful(target, first);
		cpu.s[FLAGS_INDEX] &= ~RF;
		const thrown = this.fastPath.run(block, target, untilCycle, this.guard);
		if (thrown !== null) this.faulted(thrown);
		return false;
	}

	/** The block at CS:EIP, or the fault of fetching it: page faults of code are everyday events. */
	private fetch(): Block | Fault {
		const { cpu } = this;
		const cs = cpu.seg[CS];
		const eip = cpu.s[EIP_INDEX] >>> 0;
		if (eip > cs.limit) return cpu.fault(VECTOR.GP, 0);
		const linear = (cs.base + eip) | 0;
		const pa = cpu.lookUpCode(linear);
		if (pa === REFUSED) return cpu.pageFault(linear, cpu.mmu.error);
		const block = this.cache.find(pa, cpu.code32);
		return block !== undefined && block.second < 0 ? block : this.fetchAcross(block, pa, linear, eip);
	}

	/** A block that may lie on two pages: the second is looked up once, whether the block was kept or not, since a look-up counts. */
	private fetchAcross(block: Block | undefined, pa: number, linear: number, eip: number): Block | Fault {
		try {
			if (block === undefined) return this.decode(pa, this.cpu.code32, () => this.nextPage(linear, eip));
			const second = this.nextPage(linear, eip);
			return block.second === second ? block : this.decode(pa, this.cpu.code32, () => second);
		} catch (reason) {
			if (reason instanceof Fault) return reason;
			throw reason;
		}
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
		const { cpu, place } = this;
		return (
			target - cpu.icount < block.count ||
			cpu.inhibit ||
			cpu.watching ||
			(cpu.s[FLAGS_INDEX] & TF) !== 0 ||
			(place.start >>> 0) + block.bytes - 1 > cpu.seg[CS].limit ||
			(this.guard !== null && this.guard.concerns((cpu.seg[CS].base + place.start) >>> 0, block.bytes))
		);
	}

	/** Goes on within a block. Returns true where the run must return. */
	private resume(target: number, first: boolean): boolean {
		const { cpu, place } = this;
		const { block, position } = place;
		if (block === null || (place.start + block.ops[position].start) >>> 0 !== cpu.eip) {
			// Somebody set EIP meanwhile: the block is over.
			place.position = 0;
			return false;
		}
		cpu.s[PROGRESS] = place.counted = position;
		cpu.s[EIP_INDEX] = place.start;
		return this.careful(target, first);
	}

	private careful(target: number, first: boolean): boolean {
		const { cpu, place, guard, stopping } = this;
		const end = runCarefully(cpu, place, { target, guard, stopping }, first);
		if (typeof end === 'object') this.faulted(end);
		return end === 'paused';
	}

	/** An instruction faulted: it had no effect, and the fault is delivered. Anything but a Fault is a bug, and thrown on. */
	private faulted({ reason, at }: Thrown): void {
		const { cpu, place } = this;
		place.undo(at);
		if (!(reason instanceof Fault)) throw reason;
		place.stirred = cpu.icount;
		deliver(cpu, reason.vector, 'fault', reason.error);
	}

	private pauseReason(target: number): StopReason {
		if (this.requested) return 'stopped';
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

	/** The bytes of a block are being written to; blocks that are not running are dropped by their cache. */
	private codeWritten(pa: number, length: number): void {
		const { place } = this;
		if (place.block === null || !place.block.overlaps(pa, length)) return;
		if (place.running) place.broken = true;
		this.fastPath.cutChain();
		// Where the run stands within the block, it goes on with a new one.
		place.position = 0;
	}
}
