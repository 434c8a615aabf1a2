/** The way forward to a stop, which can be gone in pieces: so that a worker may listen in between, and stop. */
import { Points, type Held } from '../points/points';
import type { Run } from '../run';
import { ended, LEAP } from './seek';
import type { StopCause, StopReport, StopSpec } from '../stops';
import type { Task } from '../task';
import { TextWatch } from '../consoles/text-watch';

/** An advance under way: `go` until it gives a report. */
export class Advance implements Task<StopReport> {
	private readonly watch: { dom: number; text: TextWatch } | null;
	private readonly points: Points;
	/** Its end is not known. */
	readonly fraction = -1;
	/** The next instruction has been passed by the points' guard: it was stopped before, or the way begins with it. */
	private passed = true;

	constructor(
		private readonly run: Run,
		private readonly stop: StopSpec
	) {
		this.watch = stop.text ? { dom: stop.dom ?? 1, text: new TextWatch(stop.text) } : null;
		this.points = new Points(run.player, stop);
	}

	/** Goes on until the goal, or for `maxInstructions` (null: call again). */
	go(maxInstructions = Infinity): StopReport | null {
		const { run } = this;
		const last = run.icount + maxInstructions;
		this.arm();
		try {
			for (;;) {
				const cause = this.reached();
				if (cause) return this.report({ cause });
				if (run.icount >= last) return null;
				const met = this.leap(last);
				if (met) return this.report(met);
			}
		} finally {
			this.disarm();
		}
	}

	private arm(): void {
		const { run, stop, points } = this;
		run.consoles.watch = this.watch;
		run.player.stopSeq = stop.seq ?? Infinity;
		points.arm();
	}

	private disarm(): void {
		const { run, points } = this;
		run.consoles.watch = null;
		run.player.stopSeq = Infinity;
		points.disarm();
	}

	private report({ cause, point, hit }: Held | { cause: StopCause; point?: number; hit?: undefined }): StopReport {
		const { run, points } = this;
		run.lastHit = hit ?? null;
		const hits = points.held.size > 0 ? [...points.held] : undefined;
		return { ...run.report(cause), ...(point === undefined ? {} : { point }), ...(hits ? { hits } : {}) };
	}

	/** Whether the goal holds where the run stands. */
	private reached(): StopCause | null {
		const { run, stop } = this;
		if (run.icount >= (stop.icount ?? Infinity)) return 'icount';
		if (run.now >= (stop.cycle ?? Infinity)) return 'cycle';
		if (run.store.next >= (stop.seq ?? Infinity)) return 'seq';
		return run.player.alive ? null : 'ended';
	}

	/** Runs as far as is safe before the next look; what ended the advance, or null. */
	private leap(last: number): Held | { cause: StopCause } | null {
		const { run, stop, points } = this;
		const budget = Math.min(LEAP, (stop.icount ?? Infinity) - run.icount, last - run.icount);
		const step = run.player.step(budget, stop.cycle, !this.passed);
		this.passed = step.reason === 'breakpoint';
		const held = points.met(step);
		if (held.length > 0) return held[0];
		const cause = ended(step);
		if (cause) return { cause };
		if (step.wish === 'touch') return null;
		if (step.wish === 'event') return run.store.next >= (stop.seq ?? Infinity) ? { cause: 'seq' } : null;
		return step.wish && { cause: step.wish };
	}
}
