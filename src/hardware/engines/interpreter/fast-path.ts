/**
 * The fast path: whole blocks, one after another, through gates and returns too, while nothing is due and the mode asks for no care. It
 * does for each what the loop does (../engine.ts), so leaving it makes no difference but in speed.
 */
import { PROGRESS, type Op } from './op';
import type { Block, BlockCache } from '../blocks';
import type { Guard } from '../guard';
import type { Place } from '../place';
import type { Regions } from '../wasm/regions';
import type { Cpu } from '../../cpu/cpu';
import { deliver } from '../../cpu/interrupts';
import { EIP_INDEX, FLAGS_INDEX, HITS_INDEX } from '../../layout';
import { RF, TF } from '../../../x86/flags';
import { CS } from '../../../x86/registers';

/** An instruction of the place's block threw: its number. */
export interface Thrown {
	readonly reason: unknown;
	readonly at: number;
}

export class FastPath {
	/** It runs, and a stop must cut the chain of operations. */
	private active = false;
	/** The operation whose link was cut, and the link. */
	private cut: Op | null = null;
	private cutNext: Op | null = null;
	/** A stop was asked for, or the block was written to: it is left as soon as it can be. */
	private asked = false;
	private readonly cutting = (): void => this.cutHere();

	constructor(
		private readonly cpu: Cpu,
		private readonly place: Place,
		private readonly cache: BlockCache,
		private readonly regions: Regions | null = null
	) {}

	/** Runs `first` and what follows. Stands between two blocks or within one after it; null, or what an instruction threw. */
	run(first: Block, target: number, untilCycle: number, guard: Guard | null): Thrown | null {
		const { cpu, cache, place, regions } = this;
		const { s, clock } = cpu;
		const cs = cpu.seg[CS];
		let { base, limit } = cs;
		let { code32 } = cpu;
		let block = first;
		let op: Op | null = block.first;
		this.active = place.running = true;
		place.room = -1;
		// It may lie in the future: somebody went back in time.
		place.roomAt = clock.now;
		place.cutBlock = this.cutting;
		this.asked = false;
		try {
			for (;;) {
				while (op !== null) {
					op.fn(cpu, op);
					op = op.next;
				}
				if (this.cut !== null || place.unfinished) {
					if (!place.held) break;
					if (!this.passFault()) return this.stop();
					({ base, limit } = cs);
					({ code32 } = cpu);
				} else {
					if (!block.plain) {
						if (!this.mayGoOn()) break;
						({ base, limit } = cs);
						({ code32 } = cpu);
					}
					place.pending += block.count - place.counted;
				}

				place.counted = s[PROGRESS] = 0;
				const eip = s[EIP_INDEX];
				place.start = eip;
				if (clock.now !== place.roomAt) place.narrow();
				if (place.pending > place.room || cpu.intr) {
					if (!place.makeRoom(target, untilCycle)) return this.stop();
				}
				// A return may have set it for the instruction that comes now; nothing is due that would see it.
				if (!block.plain) s[FLAGS_INDEX] &= ~RF;
				const linear = (base + eip) | 0;
				const t = cpu.frontCode + ((linear >>> 11) & 0x1fe);
				if (s[t] !== (linear & ~0xfff)) return this.stop();
				const pa = s[t + 1] + (linear & 0xfff);
				let next = block.successor;
				if (next === null || next.key !== pa || next.code32 !== code32) {
					next = cache.find(pa, code32) ?? null;
					if (next === null || next.second >= 0) return this.stop();
					block.successor = next;
				}
				if ((eip >>> 0) + next.bytes > limit) return this.stop();
				if (guard !== null && guard.concerns(linear >>> 0, next.bytes)) return this.stop();
				s[HITS_INDEX]++;
				place.block = block = next;
				op = block.first;
				if (regions !== null && regions.enter(block, guard)) {
					block = place.block ?? block;
					op = regions.next;
				}
			}
		} catch (reason) {
			this.leave();
			this.mend();
			// Between two blocks no instruction throws: it is a bug.
			if (op === null) throw reason;
			return { reason, at: op.pair !== null ? s[PROGRESS] : op.at };
		}
		this.leave();
		if (this.cut !== null) this.rejoin(block);
		else place.finish(block.count);
		return null;
	}

	private leave(): void {
		this.active = this.place.running = false;
		this.place.cutBlock = null;
	}

	/** Delivers the fault that was held back, between two blocks. False where the fast path cannot go on. */
	private passFault(): boolean {
		const { cpu, place } = this;
		this.mend();
		place.release();
		place.stirred = cpu.icount;
		place.running = false;
		deliver(cpu, cpu.ready.vector, 'fault', cpu.ready.error);
		place.running = true;
		if (!this.asked) return this.mayGoOn();
		this.mend();
		return false;
	}

	/** Whether it may go on in the mode that a block left behind. */
	private mayGoOn(): boolean {
		const { cpu } = this;
		const { halted, shutdown, inhibit, watching } = cpu;
		if (halted || shutdown || inhibit || watching || cpu.pendingDebug !== 0) return false;
		return (cpu.s[FLAGS_INDEX] & TF) === 0;
	}

	/** Ends between two blocks. */
	private stop(): null {
		this.leave();
		this.place.flush();
		return null;
	}

	/** Ends after the operation that is running now, if one is. */
	cutChain(): void {
		if (!this.active) return;
		this.asked = true;
		this.cutHere();
	}

	private cutHere(): void {
		const { block } = this.place;
		if (this.cut !== null || block === null) return;
		this.cut = block.ops[this.cpu.s[PROGRESS]];
		this.cutNext = this.cut.next;
		this.cut.next = null;
	}

	/** Makes the chain whole again. */
	private mend(): void {
		if (this.cut === null) return;
		this.cut.next = this.cutNext;
		this.cut = this.cutNext = null;
	}

	/** After a cut: stands within the block or at its end. */
	private rejoin(block: Block): void {
		const { cpu, place } = this;
		const cut = this.cut as Op;
		this.mend();
		const done = cut.at + 1;
		if (cut.next !== null) cpu.s[EIP_INDEX] = place.start + cut.end;
		if (place.broken || done === block.count) return place.finish(done);
		cpu.s[PROGRESS] = done;
		place.pause(done);
	}
}
