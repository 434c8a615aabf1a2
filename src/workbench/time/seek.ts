/** The way to an exact moment, which can be gone in pieces: so that a worker may listen in between, and stop. */
import type { Moment } from '../moment';
import type { Player, Step } from './player';
import type { Run } from '../run';
import type { StopCause, StopReport } from '../stops';
import type { Task } from '../task';

/** Most instructions between two looks at the reasons to stop. */
export const LEAP = 50_000_000;

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

/** Why the machine goes on no more. */
export const ended = ({ reason }: Step): StopCause | null =>
	reason === 'shutdown' ? 'shutdown' : reason === 'idle' ? 'stuck' : null;

/** A seek under way: `go` until it gives a report. */
export class Seek implements Task<StopReport> {
	private readonly from: number;

	constructor(
		private readonly run: Run,
		private readonly moment: Moment
	) {
		this.from = run.icount;
	}

	/** How far it has come, 0 to 1. */
	get fraction(): number {
		const { run, moment, from } = this;
		return moment.icount > from ? Math.min(1, (run.icount - from) / (moment.icount - from)) : 1;
	}

	/** Goes on until the moment, or for `maxInstructions` (null: call again). */
	go(maxInstructions = Infinity): StopReport | null {
		const { run, moment } = this;
		const last = run.icount + maxInstructions;
		run.consoles.watch = null;
		for (;;) {
			if (hasReached(run.player, moment)) return this.report('icount');
			if (run.icount >= last) return null;
			const step = stepTowards(run.player, moment, Math.min(LEAP, last - run.icount));
			const cause = ended(step) ?? (step.wish === 'paused' ? 'paused' : null);
			if (cause) return this.report(cause);
		}
	}

	private report(cause: StopCause): StopReport {
		this.run.lastHit = null;
		return this.run.report(cause);
	}
}
