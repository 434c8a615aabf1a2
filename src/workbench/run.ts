/**
 * One run of a scenario. It goes forward by `advance`, and to any moment by `goto`: back means building
 * the machine anew and replaying, which the trace store verifies event by event.
 *
 * A moment is a pair (icount, seq): instructions retired and events recorded. `icount` alone names the
 * moment at which the count is first reached; a fault or interrupt delivered there records events without
 * retiring anything, so the moments after it have the same icount and a higher seq.
 */
import { Bug } from '../base';
import { TraceStore } from '../trace/store';
import type { TraceView } from '../trace/view';
import { Consoles } from './consoles';
import { Scripts } from './input';
import { Pursuit } from './pursuit';
import type { LoggedInput } from './log';
import { parseScenario, type Scenario, type ScenarioInput } from './scenario';
import type { StopReport, StopSpec } from './stops';
import { buildSystem, type ImageSource, type System } from './system';

/** A moment to go to. */
export interface Moment {
	icount: number;
	/** Events recorded; the first moment of that icount when left out. */
	seq?: number;
}

/** What a run need not keep. */
export interface RunOptions {
	/** False for runs of any length that are never asked for their past. */
	keepTrace?: boolean;
	keepConsoles?: boolean;
}

/** Why a hook asked the machine to stop. */
type Wish = 'ended' | 'text' | 'event' | 'paused';

/** A scenario that runs: forward, and by exact replay back. The only owner of the machine. */
export class Run {
	readonly scenario: Scenario;
	readonly store: TraceStore;
	readonly consoles = new Consoles();
	/** What was typed from outside, in order. */
	readonly log: LoggedInput[] = [];
	/** Entries of `log` that the machine has had by now. */
	private logged = 0;
	/** Stands where an instruction count was reached, not after an event that retires nothing. */
	private settled = true;
	private current!: System;
	private scripts!: Scripts;
	/** Asked by a hook to stop after this instruction. */
	private wish: Wish | null = null;

	/**
	 * Builds and boots; no instruction has run.
	 * @throws TypeError for a bad scenario, LoadError for an image that is no guest that can run here
	 */
	constructor(
		scenario: ScenarioInput,
		private readonly images: ImageSource,
		options: RunOptions = {}
	) {
		this.scenario = parseScenario(scenario);
		this.store = new TraceStore(undefined, options.keepTrace ?? true);
		this.consoles.keep = options.keepConsoles ?? true;
		this.build();
	}

	get trace(): TraceView {
		return this.store.view;
	}
	/** The live machine: for the parts that make moments of it, and for tests. */
	get system(): System {
		return this.current;
	}
	get icount(): number {
		return this.current.machine.cpu.icount;
	}
	/** Virtual time, cycles. */
	get now(): number {
		return this.current.machine.clock.now;
	}
	/** Whether some domain may still run. */
	get alive(): boolean {
		return this.current.guests.some((guest) => guest.status.alive);
	}
	/** How many events of a kind (a number of KIND) there were up to now. */
	count(kind: number): number {
		const { view, next, counts } = this.store;
		let kept = 0;
		for (let seq = 0; seq < Math.min(next, view.length); seq++) if (view.kind(seq) === kind) kept++;
		return kept + counts[kind];
	}
	/** The scenario's own stop condition. */
	get goal(): StopSpec {
		return { cycle: this.scenario.stop.cycles, text: this.scenario.stop.text };
	}

	/** A way to the first moment at which `stop` holds, to be gone in pieces. */
	pursue(stop: StopSpec = {}): Pursuit {
		return new Pursuit(this, stop);
	}

	/**
	 * Goes forward until `stop` holds, or `maxInstructions` more have retired (cause 'budget').
	 * Text is counted from now.
	 */
	advance(stop: StopSpec = {}, maxInstructions = Infinity): StopReport {
		return this.pursue(stop).go(maxInstructions);
	}

	/** Whether `moment` lies before the present one. */
	isPast(moment: Moment): boolean {
		return (
			moment.icount < this.icount ||
			(moment.icount === this.icount && (!this.settled || (moment.seq ?? 0) < this.store.next))
		);
	}

	/** A way to `moment`, in pieces; starts over at reset when it lies in the past. */
	approach(moment: Moment): Pursuit {
		const here =
			moment.icount === this.icount && (moment.seq === undefined ? this.settled : moment.seq === this.store.next);
		if (!here && this.isPast(moment)) this.build();
		return new Pursuit(this, {}, moment);
	}

	/** To a moment, past or future, exactly. A replay that differs from what was recorded throws a Bug. */
	goto(moment: Moment | { seq: number }): StopReport {
		return this.approach(this.momentOf(moment)).go();
	}

	/** The moment right after the instruction that recorded event `seq`, if only that is given. */
	momentOf(moment: { icount?: number; seq?: number }): Moment {
		if (moment.icount !== undefined) return { icount: moment.icount, seq: moment.seq };
		const seq = moment.seq ?? 0;
		if (!(seq >= 0 && seq < this.trace.length))
			throw new RangeError(`event ${seq} has not been recorded; there are ${this.trace.length}`);
		return { icount: this.trace.icount(seq), seq: seq + 1 };
	}

	/** Types on a domain's console now. What was known of the future is forgotten. */
	type(dom: number, text: string): void {
		if (!this.current.toolstack.domain(dom)) throw new RangeError(`there is no domain ${dom}`);
		if (!this.settled) this.step(1);
		this.store.truncate();
		this.log.length = this.logged;
		this.log.push({ icount: this.icount, dom, text });
		this.feedLog();
	}

	/** Takes over input typed in an earlier run; before the first instruction. */
	load(log: readonly LoggedInput[]): void {
		if (this.icount > 0) throw new Bug('input can be loaded only before a run begins');
		this.log.push(...[...log].sort((a, b) => a.icount - b.icount));
		this.feedLog();
	}

	/** Stops the advance that is going on after the current instruction. */
	interrupt(): void {
		this.ask('paused');
	}

	// --- for Pursuit -----------------------------------------------------------------------------

	/** Runs at most `budget` instructions, not beyond the next typed input, and gives that input. */
	step(budget: number, untilCycle = Infinity): { reason: string; wish: Wish | null } {
		const next = this.log[this.logged];
		const room = next ? Math.max(0, next.icount - this.icount) : Infinity;
		this.wish = null;
		const reason = room === 0 ? 'budget' : this.current.machine.run(Math.min(budget, room), untilCycle);
		this.settled = reason === 'budget';
		if (this.settled) this.feedLog();
		return { reason, wish: this.wish };
	}

	report(cause: StopReport['cause']): StopReport {
		return { cause, icount: this.icount, cycle: this.now, seq: this.store.next };
	}

	private feedLog(): void {
		for (let entry = this.log[this.logged]; entry && entry.icount <= this.icount; entry = this.log[++this.logged]) {
			this.current.toolstack.domain(entry.dom)?.type(entry.text);
		}
	}

	private ask(wish: Wish): void {
		this.wish ??= wish;
		this.current.machine.stop();
	}

	/** The machine at reset, with the trace to be recorded or verified from its beginning. */
	private build(): void {
		this.store.rewind();
		this.consoles.clear();
		this.logged = 0;
		this.settled = true;
		this.current = buildSystem(this.scenario, this.images, this.store, {
			console: (dom, bytes) => this.output(dom, bytes),
			log: (byte) => this.consoles.log(byte),
			ended: () => {
				if (!this.alive) this.ask('ended');
			}
		});
		this.scripts = new Scripts(this.current, this.scenario.input);
		this.store.onStop = () => this.ask('event');
		this.feedLog();
	}

	private output(dom: number, bytes: Uint8Array): void {
		if (this.consoles.write(dom, bytes)) this.ask('text');
		this.scripts?.output(dom, bytes);
	}
}
