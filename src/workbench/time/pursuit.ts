/** The way to a moment, which can be gone in pieces: so that a worker may listen in between, and stop. */
import type { Moment } from '../moment';
import type { Player, Step } from './player';
import { Points, type Held } from '../points/points';
import type { Run } from '../run';
import type { StopCause, StopReport, StopSpec } from '../stops';
import type { Task } from '../task';
import { TextWatch } from '../consoles/text-watch';

/** Most instructions between two looks at the reasons to stop. */
const LEAP = 50_000_000;

/**
 * One step towards `moment`, as long as it has not been reached: to its instruction count, then event by event.
 * @param most instructions at most
 */
export function stepTowards(player: Player, moment: Moment, most = LEAP, alsoHere = false): Step {
	const room = moment.icount - player.icount;
	if (room > 0) return player.step(Math.min(most, room), Infinity, alsoHere);
	player.stopSeq = moment.seq as number;
	const step = player.step(1, Infinity, alsoHere);
	player.stopSeq = Infinity;
	return step;
}

/** Whether the machine stands at `moment`, or past it. */
export const hasReached = (player: Player, { icount, seq }: Moment): boolean =>
	player.icount > icount || (player.icount === icount && (seq === undefined || player.store.next >= seq));

/** A goal and the way to it: `go` until it gives a report. */
export class Pursuit implements Task<StopReport> {
	private readonly watch: { dom: number; text: TextWatch } | null;
	private readonly points: Points | null;
	private readonly from: number;
	/** The next instruction has been passed by the points' guard: it was stopped before, or the way begins with it. */
	private passed = true;

	/** @param moment an exact moment to reach, by which the other conditions are overruled */
	constructor(
		private readonly run: Run,
		private readonly stop: StopSpec,
		private readonly moment: Moment | null = null
	) {
		this.watch = stop.text ? { dom: stop.dom ?? 1, text: new TextWatch(stop.text) } : null;
		this.points = moment ? null : new Points(run.player, stop);
		this.from = run.icount;
	}

	/** How far an approach has come, 0 to 1; -1 when the goal is not a known moment. */
	get fraction(): number {
		if (!this.moment) return -1;
		return this.moment.icount > this.from
			? Math.min(1, (this.run.icount - this.from) / (this.moment.icount - this.from))
			: 1;
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
				const ended = this.moment ? this.approach(this.moment, last) : this.leap(last);
				if (ended) return this.report(ended);
			}
		} finally {
			this.disarm();
		}
	}

	private arm(): void {
		const { run, stop, points } = this;
		run.consoles.watch = this.watch;
		if (!points) return;
		run.player.stopSeq = stop.seq ?? Infinity;
		points.arm();
	}

	private disarm(): void {
		const { run, points } = this;
		run.consoles.watch = null;
		run.player.stopSeq = Infinity;
		points?.disarm();
	}

	private report({ cause, point, hit }: Held | { cause: StopCause; point?: number; hit?: undefined }): StopReport {
		const { run, points } = this;
		run.lastHit = hit ?? null;
		const hits = points && points.held.size > 0 ? [...points.held] : undefined;
		return { ...run.report(cause), ...(point === undefined ? {} : { point }), ...(hits ? { hits } : {}) };
	}

	/** Whether the goal holds where the run stands. */
	private reached(): StopCause | null {
		const { run, stop, moment } = this;
		if (moment) return hasReached(run.player, moment) ? 'icount' : null;
		if (run.icount >= (stop.icount ?? Infinity)) return 'icount';
		if (run.now >= (stop.cycle ?? Infinity)) return 'cycle';
		if (run.store.next >= (stop.seq ?? Infinity)) return 'seq';
		return run.player.alive ? null : 'ended';
	}

	/** Runs as far as is safe before the next look; what ended the pursuit, or null. */
	private leap(last: number): Held | { cause: StopCause } | null {
		const { run, stop, points } = this;
		const budget = Math.min(LEAP, (stop.icount ?? Infinity) - run.icount, last - run.icount);
		const step = run.player.step(budget, stop.cycle, !this.passed);
		this.passed = step.reason === 'breakpoint';
		const held = points?.met(step) ?? [];
		if (held.length > 0) return held[0];
		const ended = dead(step);
		if (ended) return { cause: ended };
		if (step.wish === 'touch') return null;
		if (step.wish === 'event') return run.store.next >= (stop.seq ?? Infinity) ? { cause: 'seq' } : null;
		return step.wish && { cause: step.wish };
	}

	private approach(moment: Moment, last: number): { cause: StopCause } | null {
		const step = stepTowards(this.run.player, moment, Math.min(LEAP, last - this.run.icount));
		const ended = dead(step) ?? (step.wish === 'paused' ? 'paused' : null);
		return ended && { cause: ended };
	}
}

/** Why the machine goes on no more. */
const dead = ({ reason }: Step): StopCause | null =>
	reason === 'shutdown' ? 'shutdown' : reason === 'idle' ? 'stuck' : null;
