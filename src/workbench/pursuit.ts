/** The way to a moment, which can be gone in pieces: so that a worker may listen in between, and stop. */
import type { Run, Moment } from './run';
import type { StopCause, StopReport, StopSpec } from './stops';
import { TextWatch } from './text-watch';
import { AddressGuard } from '../hardware/cpu/guard';
import { KIND } from '../trace/events';
import type { EventJudge } from '../trace/store';

/** Most instructions between two looks at the reasons to stop. */
const LEAP = 50_000_000;

/** Vectors below this are the processor's own exceptions (SDM vol. 3, 6.2). */
const EXCEPTIONS = 32;

function picker({ kinds = [], faults = false }: StopSpec): EventJudge {
	const wanted = new Set(kinds);
	return (_seq, kind, args) =>
		wanted.has(kind) || (faults && (kind === KIND.page_fault || (kind === KIND.trap && args[0] < EXCEPTIONS)));
}

/** A goal and the way to it: `go` until its report says otherwise than 'budget'. */
export class Pursuit {
	private readonly watch: { dom: number; text: TextWatch } | null;
	private readonly picks: EventJudge | null;
	private readonly from: number;

	/** @param moment an exact moment to reach, by which the other conditions are overruled */
	constructor(
		private readonly run: Run,
		private readonly stop: StopSpec,
		private readonly moment: Moment | null = null
	) {
		this.watch = stop.text ? { dom: stop.dom ?? 1, text: new TextWatch(stop.text) } : null;
		this.picks = stop.kinds || stop.faults ? picker(stop) : null;
		this.from = run.icount;
	}

	/** How far an approach has come, 0 to 1; -1 when the goal is not a known moment. */
	get fraction(): number {
		if (!this.moment) return -1;
		return this.moment.icount > this.from
			? Math.min(1, (this.run.icount - this.from) / (this.moment.icount - this.from))
			: 1;
	}

	/** Goes on until the goal, or for `maxInstructions` (cause 'budget': call again). */
	go(maxInstructions = Infinity): StopReport {
		const { run } = this;
		const last = run.icount + maxInstructions;
		this.arm();
		try {
			for (;;) {
				const cause = this.reached();
				if (cause) return run.report(cause);
				if (run.icount >= last) return run.report('budget');
				const ended = this.leap(last);
				if (ended) return run.report(ended);
			}
		} finally {
			this.disarm();
		}
	}

	private arm(): void {
		const { run, stop } = this;
		run.consoles.watch = this.watch;
		run.store.stopWhen = this.moment ? null : this.picks;
		run.store.stopAt = this.moment ? Infinity : (stop.seq ?? Infinity) - 1;
		const places = this.moment ? [] : (stop.breakpoints ?? []);
		run.system.machine.engine.guard = places.length > 0 ? new AddressGuard(places) : null;
	}

	private disarm(): void {
		const { run } = this;
		run.consoles.watch = null;
		run.store.stopWhen = null;
		run.store.stopAt = Infinity;
		run.system.machine.engine.guard = null;
	}

	/** Whether the goal holds where the run stands. */
	private reached(): StopCause | null {
		const { run, stop, moment } = this;
		if (moment) {
			if (run.icount < moment.icount) return null;
			return moment.seq === undefined || run.store.next >= moment.seq ? 'icount' : null;
		}
		if (run.icount >= (stop.icount ?? Infinity)) return 'icount';
		if (run.now >= (stop.cycle ?? Infinity)) return 'cycle';
		if (run.store.next >= (stop.seq ?? Infinity)) return 'seq';
		return run.alive ? null : 'ended';
	}

	/** Runs as far as is safe before the next look; a cause when that ended the pursuit. */
	private leap(last: number): StopCause | null {
		const { run, stop, moment } = this;
		if (moment && run.icount >= moment.icount) return this.settleOn(moment);
		const goal = moment ? moment.icount : (stop.icount ?? Infinity);
		const budget = Math.min(LEAP, goal - run.icount, last - run.icount);
		const { reason, wish } = run.step(budget, moment ? Infinity : stop.cycle);
		if (reason === 'breakpoint') return 'breakpoint';
		if (reason === 'shutdown') return 'shutdown';
		if (reason === 'idle') return 'stuck';
		if (moment && wish !== 'paused') return null;
		if (wish === 'event') return run.store.next >= (stop.seq ?? Infinity) ? 'seq' : 'event';
		return wish;
	}

	/** The last part of an approach: events that retire no instruction. */
	private settleOn(moment: Moment): StopCause | null {
		const { run } = this;
		run.store.stopAt = (moment.seq as number) - 1;
		const { reason, wish } = run.step(1);
		run.store.stopAt = Infinity;
		if (run.store.next > (moment.seq as number) || run.icount > moment.icount + 1) return 'icount';
		return wish === 'paused' ? 'paused' : reason === 'idle' ? 'stuck' : null;
	}
}
