/**
 * Who last changed a register. Nothing marks a register as memory is marked, so the machine is looked at before each
 * instruction: stretches before the present are run once more, the nearest first, with a probe in the place of a breakpoint
 * that never stops. What the probe finds is then gone through step by step.
 */
import { hex } from '../../base';
import type { Guard } from '../../hardware/engines/guard';
import { registers } from '../inspect/moment';
import { isBefore, type Point } from '../moment';
import type { Run } from '../run';
import type { Task, Work } from '../task';
import { hasReached, stepTowards } from '../time/seek';
import type { Write, Written } from './words';
import { registerWriter, type Stand } from './writers';
import { REGISTER_NAMES, type RegisterName, CS } from '../../x86/registers';

type Steps<T> = Generator<void, T, void>;

/** Instructions of the first stretch; each further one is so many times longer. */
const FIRST_STRETCH = 64;
const GROWTH = 8;
const LONGEST_STRETCH = 1 << 20;
/** What an instruction with a probe, and a single step, count for. */
const PROBE_COST = 8;
const STEP_COST = 100;

/** Sees a register before each instruction. */
class Probe implements Guard {
	/** Instructions retired when it was last seen with its old value, and when with its new one; null for no change. */
	changed: { from: number; to: number } | null = null;
	private value: number;
	private at: number;
	private readonly read: (linear: number) => number;

	constructor(
		private readonly run: Run,
		name: RegisterName
	) {
		const { cpu, engine } = run.system.machine;
		const number = REGISTER_NAMES.indexOf(name);
		this.read =
			name === 'eip'
				? // Within a block the processor's own EIP stays at its start.
					(linear) => (linear - cpu.seg[CS].base) >>> 0
				: name === 'eflags'
					? () => cpu.getEflags() >>> 0
					: () => cpu.s[number << 1] >>> 0;
		this.value = this.read(engine.linear);
		this.at = run.icount;
	}

	/** It may be written anywhere. */
	concerns(): boolean {
		return true;
	}

	stops(linear: number): boolean {
		const { icount } = this.run;
		const value = this.read(linear);
		if (value !== this.value) {
			this.changed = { from: this.at, to: icount };
			this.value = value;
		}
		this.at = icount;
		return false;
	}
}

/** The search for the last change of one register before a moment. */
export class RegisterSearch {
	constructor(
		private readonly run: Run,
		private readonly work: Work<Written>,
		private readonly wait: <R>(task: Task<R>) => Steps<R>,
		private readonly name: RegisterName
	) {}

	/** Null when it never changed: the run stands at its beginning then. */
	*before(here: Point): Steps<Write | null> {
		const { run } = this;
		let end = here;
		let size = FIRST_STRETCH;
		for (;;) {
			const start = Math.max(0, end.icount - size);
			yield* this.wait(run.seeking({ icount: start }));
			const began = run.moment;
			const changed = yield* this.probe(end);
			if (changed) {
				yield* this.wait(run.seeking({ icount: changed.from }));
				const stood = run.moment;
				const found = yield* this.step(changed.to < end.icount ? { icount: changed.to + 1, seq: 0 } : end);
				if (found) return found;
				// One step changed it and changed it back: for whoever steps, that is no change.
				end = stood;
				size = FIRST_STRETCH;
			} else {
				if (start === 0) return null;
				end = began;
				size = Math.min(LONGEST_STRETCH, size * GROWTH);
			}
			this.work.fraction = 1 - end.icount / Math.max(1, here.icount);
		}
	}

	/** Runs from here to `end`; between which instruction counts the register changed for the last time. */
	private *probe(end: Point): Steps<Probe['changed']> {
		const { player, system } = this.run;
		const probe = new Probe(this.run, this.name);
		const { engine } = system.machine;
		while (!hasReached(player, end)) {
			const from = player.icount;
			engine.guard = probe;
			try {
				stepTowards(player, end, Math.ceil(this.work.allowance / PROBE_COST), true);
			} finally {
				engine.guard = null;
			}
			probe.stops(engine.linear);
			yield* this.work.spend(STEP_COST + (player.icount - from) * PROBE_COST);
		}
		return probe.changed;
	}

	/** Steps from here to `end`: the last step that changed the register. */
	private *step(end: Point): Steps<Write | null> {
		const { run, name } = this;
		let found: Write | null = null;
		for (let before = this.stand(); isBefore(before.at, end);) {
			yield* this.wait(run.seeking(before.at.icount < end.icount ? { icount: before.at.icount + 1 } : end));
			const after = this.stand();
			if (!isBefore(before.at, after.at)) break;
			if (after.value !== before.value)
				found = {
					before: before.at,
					after: after.at,
					writer: registerWriter(run.trace, before, after.at, name),
					old: hex(before.value),
					new: hex(after.value)
				};
			before = after;
			yield* this.work.spend(STEP_COST);
		}
		return found;
	}

	private stand(): Stand & { value: number } {
		const { run } = this;
		const { cpu, recorder, engine } = run.system.machine;
		return {
			at: run.moment,
			value: registers(run)[this.name],
			ring: cpu.cpl,
			linear: engine.linear,
			dom: recorder.dom,
			vcpu: recorder.vcpu
		};
	}
}
