/**
 * One run of a scenario. It goes forward by `advance`, back by `reverseContinue`, and to any moment by `seek`: from the nearest snapshot
 * before it and by replay, which the trace store verifies event by event. What the past is changed to makes another future,
 * and all are kept.
 */
import { Bug } from '../base';
import type { EngineName } from '../hardware/engines/names';
import type { TraceStore } from '../trace/store';
import type { TraceView } from '../trace/view';
import { checkChange } from './time/changes';
import type { Consoles } from './consoles/consoles';
import { SHELL_CONSOLE } from '../toolstack/xl/shell';
import { isChange, type Change, type LogEntry } from './log';
import { isBefore, type Moment, type Point } from './moment';
import { Player } from './time/player';
import { Advance } from './time/advance';
import { ReverseContinue } from './time/reverse-continue';
import { Seek } from './time/seek';
import { kernelsOf } from './kernels';
import { parseScenario, type Scenario, type ScenarioInput } from './scenario';
import type { ShelfReport } from './time/snapshots/shelf';
import { goalOf } from './goal';
import type { StopReport, StopSpec } from './stops';
import { ramBytes, type ImageSource, type System } from './system';
import { finish, type Task } from './task';
import type { Timeline } from './time/timelines';
import type { Hit } from './points/watch';

export type { Moment, Point } from './moment';

const MIB = 1024 * 1024;

/**
 * Bytes that snapshots may hold where nothing else is said: with a large machine's RAM they share what a page may well take, but have a
 * least of their own.
 */
function snapshotBytes(ram: number): number {
	const [least, most, withRam] = [64 * MIB, 256 * MIB, 320 * MIB];
	return Math.max(least, Math.min(most, withRam - ram));
}

/**
 * Instructions between two snapshots where nothing else is said, for each few domains that there are: taking one costs something for
 * each domain, and all together cost a few per cent of a run.
 */
const GAP = 1 << 18;
const FEW_DOMAINS = 4;

/** What a run need not keep, and what it keeps. */
export interface RunOptions {
	/** False for runs of any length that are never asked for their past. */
	keepTrace?: boolean;
	keepConsoles?: boolean;
	/** Bytes that snapshots may hold; 0 for none. 256 MiB where a trace is kept, less for a machine with more than 64 MiB. */
	snapshots?: number;
	/** Instructions between two snapshots at first; they grow apart when there are too many. */
	gap?: number;
	/** How code is run: the history is the same. */
	engine?: EngineName;
	/** Whether typing at a moment whose future is known makes another future; it forgets the known one otherwise. */
	timelines?: boolean;
}

/** A scenario that runs: forward, and exactly back. */
export class Run {
	readonly scenario: Scenario;
	/** What moves the machine; for tasks on a run. */
	readonly player: Player;
	/** What the last watch point that stopped the run saw; null after any other stop. */
	lastHit: Hit | null = null;
	private readonly forks: boolean;

	/**
	 * Builds and boots; no instruction has run.
	 * @throws TypeError for a bad scenario, LoadError for an image that is no guest that can run here
	 */
	constructor(scenario: ScenarioInput, images: ImageSource, options: RunOptions = {}) {
		const { keepTrace = true, keepConsoles = true, timelines = false } = options;
		this.scenario = parseScenario(scenario);
		const { gap = GAP * Math.ceil(kernelsOf(this.scenario).length / FEW_DOMAINS) } = options;
		this.forks = timelines;
		const snapshots = options.snapshots ?? (keepTrace ? snapshotBytes(ramBytes(this.scenario)) : 0);
		this.player = new Player(this.scenario, images, {
			keepTrace,
			keepConsoles,
			snapshots,
			gap,
			engine: options.engine
		});
	}

	get store(): TraceStore {
		return this.player.store;
	}
	get consoles(): Consoles {
		return this.player.consoles;
	}
	/** What came from outside, in order: of the current future. */
	get log(): LogEntry[] {
		return this.player.branch.log;
	}
	get trace(): TraceView {
		return this.store.view;
	}
	/** The live machine: for the parts that make moments of it, and for tests. */
	get system(): System {
		return this.player.system;
	}
	get icount(): number {
		return this.player.icount;
	}
	/** Virtual time, cycles. */
	get now(): number {
		return this.system.machine.clock.now;
	}
	/** The present moment. */
	get moment(): Point {
		return this.player.now;
	}
	/** Whether some domain may still run. */
	get alive(): boolean {
		return this.player.alive;
	}
	/** The snapshots that there are; null where none are taken. */
	get snapshots(): ShelfReport | null {
		return this.player.shelf?.report ?? null;
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
		return goalOf(this.scenario);
	}

	report(cause: StopReport['cause']): StopReport {
		return { cause, icount: this.icount, cycle: this.now, seq: this.store.next };
	}

	// --- moving --------------------------------------------------------------------------------------------

	/** A way to the first moment at which `stop` holds, to be gone in pieces. */
	advancing(stop: StopSpec = {}): Advance {
		return new Advance(this, stop);
	}

	/**
	 * Goes forward until `stop` holds, or `maxInstructions` more have retired (cause 'budget').
	 * Text is counted from now.
	 */
	advance(stop: StopSpec = {}, maxInstructions = Infinity): StopReport {
		return this.advancing(stop).go(maxInstructions) ?? this.report('budget');
	}

	/**
	 * A way back to the latest moment before now at which `stop` holds, in pieces; back here when it is cancelled.
	 * @param touchedHere whether what the last step touched counts, though it is right behind and the run stands after it
	 * @param isMeant which touches are looked for, where not all are: asked about each, the last one first
	 */
	reverseContinuing(stop: StopSpec, touchedHere = false, isMeant?: (hit: Hit, at: Point) => boolean): ReverseContinue {
		return new ReverseContinue(this, stop, touchedHere, isMeant);
	}

	/** Goes back to the latest moment before now at which `stop` holds; to the beginning (cause 'start') when there is none. */
	reverseContinue(stop: StopSpec): StopReport {
		return finish(this.reverseContinuing(stop));
	}

	/** Whether `moment` lies before the present one. */
	isPast(moment: Moment): boolean {
		return this.player.isPast(moment);
	}

	/** A way to `moment`, in pieces, from the nearest snapshot before it. */
	seeking(moment: Moment): Seek {
		const { player } = this;
		if (!player.isHere(moment)) player.standNear(moment, player.isPast(moment));
		return new Seek(this, moment);
	}

	/** To a moment, past or future, exactly. A replay that differs from what was recorded throws a Bug. */
	seek(moment: Moment | { seq: number }): StopReport {
		return finish(this.seeking(this.momentOf(moment)));
	}

	/** The moment right after the instruction that recorded event `seq`, if only that is given. */
	momentOf(moment: { icount?: number; seq?: number }): Moment {
		if (moment.icount !== undefined) return { icount: moment.icount, seq: moment.seq };
		const seq = moment.seq ?? 0;
		if (!(seq >= 0 && seq < this.trace.length))
			throw new RangeError(`event ${seq} has not been recorded; there are ${this.trace.length}`);
		return { icount: this.trace.icount(seq), seq: seq + 1 };
	}

	/** Does `work`, which may move the run in its past and known future; then it stands exactly where it stood. */
	aside<T>(work: () => T): T {
		const back = this.bookmark();
		try {
			return work();
		} finally {
			back();
		}
	}

	/** The same for work in pieces. */
	asideTask<T>(task: Task<T>): Task<T> {
		const back = this.bookmark();
		return {
			get fraction() {
				return task.fraction;
			},
			go: (maxInstructions) => {
				const result = task.go(maxInstructions);
				if (result !== null) back();
				return result;
			},
			cancel: back
		};
	}

	/** Remembers where the run stands; returns how to stand there again. */
	bookmark(): () => void {
		const { player, moment, lastHit } = this;
		const { branch, shelf } = player;
		const here = shelf && player.take('fixed');
		if (here) shelf.borrow(here.image);
		return () => {
			if (player.branch !== branch) throw new Bug('what is done aside must come back to its own future');
			if (here) {
				player.stand(here);
				shelf.giveBack(here.image);
			} else finish(this.seeking(moment));
			this.lastHit = lastHit;
		};
	}

	/** Stops the advance that is going on after the current instruction. */
	interrupt(): void {
		this.player.ask('paused');
	}

	// --- what comes from outside ---------------------------------------------------------------------------

	/**
	 * Types on a domain's console now, or in the toolstack's shell (`SHELL_CONSOLE`). At a moment whose future is known this makes another one in a run with timelines; else
	 * what was known of the future is forgotten.
	 */
	type(dom: number, text: string): void {
		const { player } = this;
		if (dom !== SHELL_CONSOLE && !this.system.toolstack.domain(dom)) throw new RangeError(`there is no domain ${dom}`);
		const waits = this.settle();
		const entry = { icount: this.icount, ...(waits && { seq: this.store.next }), dom, text };
		if (player.knowsMore && (this.forks || this.timelines.length > 1)) {
			player.fork(entry);
			return;
		}
		player.truncate();
		player.enter(entry);
	}

	/**
	 * Goes to the next moment that its instruction count names, where there is one.
	 * @returns whether there is none, as the processor waits with nothing due
	 */
	private settle(): boolean {
		const { player } = this;
		while (!player.settled) {
			const { reason } = player.step(1);
			if (reason === 'shutdown') throw new RangeError('the processor has shut down: nobody reads what is typed');
			if (reason === 'idle') return !player.settled;
		}
		return false;
	}

	/** Takes over what came in in an earlier run; before the first instruction. */
	load(log: readonly LogEntry[]): void {
		if (this.icount > 0) throw new Bug('input can be loaded only before a run begins');
		for (const entry of [...log].sort((a, b) => a.icount - b.icount)) this.player.enter(entry);
	}

	// --- futures -------------------------------------------------------------------------------------------

	/** All futures of this run, the first one first. */
	get timelines(): readonly Timeline[] {
		return this.player.timelines.list;
	}
	/** The current one's number. */
	get timeline(): number {
		return this.player.branch.id;
	}
	/** The trace of a future. */
	traceOf(id: number): TraceView {
		return this.player.timelines.get(id).view;
	}
	/** What came from outside in a future, from reset on. */
	logOf(id: number): LogEntry[] {
		return [...this.player.timelines.get(id).log];
	}

	/**
	 * Makes a change at the present moment: another future, which is the current one now. It stands right after the change.
	 * @throws RangeError for a change that cannot be made here
	 */
	fork(change: Change): Timeline {
		const wrong = checkChange(this.system, change);
		if (wrong) throw new RangeError(wrong);
		const { id } = this.player.fork({ icount: this.icount, seq: this.store.next, change });
		return this.timelines[id];
	}

	/** A way into another future: at the present moment where both share it, else where they part. */
	turning(id: number): Task<StopReport> {
		const { player } = this;
		const branch = player.timelines.get(id);
		const parting = player.timelines.parting(player.branch, branch);
		if (parting === null) return new Seek(this, this.moment);
		const { at, by } = parting;
		if (isBefore(this.moment, at)) {
			player.turnTo(branch);
			return new Seek(this, this.moment);
		}
		player.standIn(branch, at);
		// Right after what made it another one: a change records an event.
		const changed = by?.entry && isChange(by.entry);
		return new Seek(this, changed ? { icount: at.icount, seq: at.seq + 1 } : at);
	}

	/** Turns to another future, and says where it stands. */
	switchTo(id: number): StopReport {
		return finish(this.turning(id));
	}
}
