/**
 * The machine on its way along one future: it goes forward, lets in what the log says at exactly the moment it says, and leaves
 * snapshots. Everything above (Run, Advance, ReverseContinue, Seek) moves the machine by these few orders.
 */
import { Bug } from '../../base';
import type { StopReason } from '../../hardware/engines/engine';
import type { EngineName } from '../../hardware/engines/names';
import { TraceStore, type EventJudge } from '../../trace/store';
import { applyChange } from './changes';
import { Consoles } from '../consoles/consoles';
import { Scripts } from '../consoles/input';
import { SHELL_CONSOLE } from '../../toolstack/xl/shell';
import { isChange, type LogEntry, type LoggedChange, type LoggedInput } from '../log';
import { isBefore, type Moment, type Point } from '../moment';
import type { Scenario } from '../scenario';
import { Imager } from './snapshots/image';
import { Shelf, type Snapshot } from './snapshots/shelf';
import { buildSystem, type Hooks, type ImageSource, type System } from '../system';
import { Timelines, type Branch } from './timelines';

/** Why a hook asked the machine to stop. */
export type Wish = 'ended' | 'text' | 'event' | 'touch' | 'paused';

/** What a step came to: why the machine stopped, and what was wished for meanwhile. */
export interface Step {
	reason: StopReason;
	wish: Wish | null;
}

/** What a player need not keep. */
export interface PlayerOptions {
	keepTrace: boolean;
	keepConsoles: boolean;
	/** Bytes that snapshots may hold; 0 for none: going back replays from reset. */
	snapshots: number;
	/** Instructions between two snapshots at first. */
	gap: number;
	engine?: EngineName;
}

/** The only owner of the machine. */
export class Player {
	readonly store: TraceStore;
	readonly consoles = new Consoles();
	readonly timelines: Timelines;
	/** The future that the machine is on. */
	branch: Branch;
	/** Stands where an instruction count was reached, not after an event that retires nothing. */
	settled = true;
	/** Stop once so many events have been recorded. */
	stopSeq = Infinity;
	/** Null where no snapshots are taken. */
	shelf: Shelf | null = null;
	private current!: System;
	private scripts!: Scripts;
	private imager: Imager | null = null;
	/** Entries of the log that the machine has had by now. */
	private logged = 0;
	private wish: Wish | null = null;
	/** Instruction counts at which a local snapshot is wanted, the next one last. */
	private plan: number[] = [];

	constructor(
		private readonly scenario: Scenario,
		private readonly images: ImageSource,
		private readonly options: PlayerOptions
	) {
		this.store = new TraceStore(undefined, options.keepTrace);
		this.consoles.keep = options.keepConsoles;
		this.timelines = new Timelines(this.store.view);
		this.branch = this.timelines.get(0);
		this.build();
	}

	get system(): System {
		return this.current;
	}
	get icount(): number {
		return this.current.machine.cpu.icount;
	}
	get now(): Point {
		return { icount: this.icount, seq: this.store.next };
	}
	/**
	 * Whether some domain may still run, or come: none may once domain 0's kernel has ended, and it goes on for others where there were any.
	 */
	get alive(): boolean {
		const { host, guests, toolstack, shell } = this.current;
		if (host && (guests.length === 0 || !host.status.alive)) return host.status.alive;
		const others = toolstack.domains.filter(({ dom }) => dom !== 0);
		return others.some(({ status }) => status.alive) || toolstack.busy() || shell.busy || this.scripts?.commandsToCome;
	}
	/** Entries of the log that are still to come. */
	get expected(): readonly LogEntry[] {
		return this.branch.log.slice(this.logged);
	}
	/** Whether anything is known of what comes after the present moment. */
	get knowsMore(): boolean {
		const { branch, store, logged } = this;
		return branch.log.length > logged || store.next < store.view.length || isBefore(this.now, branch.end);
	}

	/** What it knows beside the system, as plain data. */
	get stateBeside(): unknown {
		const { logged, store, scripts, consoles } = this;
		return { logged, trace: store.mark(), scripts: scripts.save(), consoles: consoles.mark() };
	}

	/** Judges each event that is recorded: a yes stops the machine after the present instruction. */
	set judge(judge: EventJudge | null) {
		this.store.stopWhen =
			judge &&
			((seq, kind, args) => {
				if (judge(seq, kind, args)) this.ask('event');
				return false;
			});
	}

	/** Asks for a stop after the present instruction. */
	ask(wish: Wish): void {
		this.wish ??= wish;
		this.current.machine.stop();
	}

	// --- forward -----------------------------------------------------------------------------------------

	/**
	 * Runs at most `budget` instructions, not beyond what the log has next, which it lets in. A change by hand is a step of its own.
	 * @param alsoHere whether the engine's guard is asked about the very first instruction, too
	 */
	step(budget: number, untilCycle = Infinity, alsoHere = false): Step {
		this.wish = null;
		if (this.applyDue()) return { reason: 'stopped', wish: this.wish };
		const gate = this.gate();
		const room = Math.min(budget, gate === Infinity ? this.roomToLog() : 1, this.roomToSnapshot());
		this.store.stopAt = Math.min(this.stopSeq, gate) - 1;
		const { machine } = this.current;
		const from = this.icount;
		const reason = room <= 0 ? 'budget' : machine.run(room, untilCycle, alsoHere);
		this.settled = reason === 'budget' || ((this.settled || this.icount > from) && machine.engine.isCalm);
		this.arrive();
		if (reason === 'idle' && this.feedWaiting()) return { reason: 'stopped', wish: this.wish };
		return { reason, wish: this.wish };
	}

	/** What follows from standing somewhere: the future's end moves, input is let in, a snapshot is left. */
	private arrive(): void {
		if (isBefore(this.branch.end, this.now)) this.branch.end = this.now;
		if (!this.settled) return;
		this.feedInput();
		this.leaveSnapshot();
	}

	private get next(): LogEntry | undefined {
		return this.branch.log[this.logged];
	}

	private roomToLog(): number {
		const { next } = this;
		return next && next.icount > this.icount ? next.icount - this.icount : Infinity;
	}

	/** The count of events at which a change is due that waits at this very instruction count, else Infinity. */
	private gate(): number {
		const { next, icount, store } = this;
		if (!next || !isChange(next) || next.icount !== icount || next.seq === undefined) return Infinity;
		return next.seq > store.next ? next.seq : Infinity;
	}

	private feedInput(): void {
		for (let entry = this.next; entry && !isChange(entry); entry = this.next) {
			if (entry.icount > this.icount || (entry.icount === this.icount && entry.seq !== undefined)) return;
			this.feed(entry);
		}
	}

	/** Lets in what was typed while the processor waited as it does now. @returns whether there was something */
	private feedWaiting(): boolean {
		const { next: entry, icount, store } = this;
		if (!entry || isChange(entry) || entry.icount !== icount || entry.seq !== store.next) return false;
		this.feed(entry);
		return true;
	}

	private feedHere(): void {
		this.feedInput();
		this.feedWaiting();
	}

	private feed({ dom, text }: LoggedInput): void {
		this.logged++;
		if (dom === SHELL_CONSOLE) this.current.shell.type(text);
		else this.current.toolstack.domain(dom)?.type(text);
	}

	/** Makes the change that is due here, if there is one. */
	private applyDue(): boolean {
		const { next, icount, store } = this;
		if (!next || !isChange(next) || next.icount > icount || (next.icount === icount && (next.seq ?? 0) > store.next))
			return false;
		if (next.icount < icount || (next.seq ?? store.next) < store.next)
			throw new Bug('a change of the log was passed by', { ...next });
		this.apply(next);
		return true;
	}

	private apply({ change }: LoggedChange): void {
		this.logged++;
		this.settled = false;
		this.store.stopAt = this.stopSeq - 1;
		applyChange(this.current, change);
		this.arrive();
	}

	// --- snapshots ---------------------------------------------------------------------------------------

	private roomToSnapshot(): number {
		if (!this.shelf) return Infinity;
		const { plan, icount, branch } = this;
		while (plan.length > 0 && plan[plan.length - 1] <= icount) plan.pop();
		const next = Math.min(branch.due > icount ? branch.due : Infinity, plan[plan.length - 1] ?? Infinity);
		return next - icount;
	}

	private leaveSnapshot(): void {
		const { shelf, branch, icount, plan } = this;
		if (!shelf) return;
		if (icount >= branch.due) shelf.add(branch, this.take('main'));
		else if (plan[plan.length - 1] === icount) shelf.add(branch, this.take('local'));
	}

	/** The words of a piece that a snapshot names. */
	words(id: number): Int32Array {
		if (!this.imager) throw new Bug('this run takes no snapshots');
		return this.imager.store.words(id);
	}

	/** The present moment as a snapshot, which nobody keeps yet. Nothing changes by it. */
	take(kind: Snapshot['kind']): Snapshot {
		if (!this.imager) throw new Bug('this run takes no snapshots');
		const { settled, logged, store, consoles } = this;
		return {
			...this.now,
			kind,
			settled,
			logged,
			image: this.imager.take(),
			trace: store.mark(),
			consoles: consoles.mark()
		};
	}

	/** Stands at a snapshot of this future, or of `branch`, which then is the current one. */
	stand(snapshot: Snapshot, branch = this.branch): void {
		if (!this.imager) throw new Bug('this run takes no snapshots');
		this.imager.restore(snapshot.image);
		this.store.rewind(snapshot.trace);
		this.consoles.rewind(snapshot.consoles);
		if (branch !== this.branch) this.turnTo(branch);
		this.logged = snapshot.logged;
		this.settled = snapshot.settled;
		this.plan = [];
		if (this.settled) this.feedInput();
	}

	/** Stands in `branch`, as near as can be without replay before `parting`, up to which the present future shares its past. */
	standIn(branch: Branch, parting: Point): void {
		const snapshot = this.shelf?.nearest(branch, parting);
		if (snapshot) return this.stand(snapshot, branch);
		this.store.rewind();
		this.consoles.rewind({ said: [], line: [] });
		this.turnTo(branch);
		this.build();
	}

	/** Goes, without replay, as near before `moment` as can be, and plans snapshots for the rest of the way. */
	standNear(moment: Moment, past: boolean): void {
		// Nothing is told apart before the first instruction: the moments of the boot are the one after it.
		const snapshot = this.shelf?.nearest(this.branch, moment) ?? this.shelf?.first ?? null;
		if (past && !snapshot) this.build();
		else if (snapshot && (past || isBefore(this.now, snapshot))) this.stand(snapshot);
		this.plan = this.shelf?.plan(this.icount, moment.icount) ?? [];
	}

	// --- futures -----------------------------------------------------------------------------------------

	/** A new future from here on, in which `entry` comes next. It is the current one. */
	fork(entry: LogEntry): Branch {
		const { store, shelf } = this;
		if (shelf && !this.hasSnapshotHere()) shelf.add(this.branch, this.take('fixed'));
		const branch = this.timelines.fork(this.branch, entry, {
			at: this.now,
			shared: this.logged,
			view: store.fork().view,
			open: [...store.openSpans],
			output: this.consoles.fork(),
			due: shelf ? shelf.dueAfter(this.icount) : Infinity
		});
		this.turnTo(branch);
		if (isChange(entry)) this.applyDue();
		else this.feedHere();
		return branch;
	}

	private hasSnapshotHere(): boolean {
		const nearest = this.shelf?.nearest(this.branch, this.now);
		return nearest?.kind === 'fixed' && nearest.seq === this.now.seq && nearest.icount === this.icount;
	}

	/** Takes `branch` for the current future: it must share its past up to now with the one before. */
	turnTo(branch: Branch): void {
		const { store } = this;
		const mark = store.mark();
		this.branch.output = this.consoles.exchange(branch.output);
		this.branch = branch;
		store.show(branch.view);
		store.rewind(mark);
		this.plan = [];
	}

	/** Forgets the future. */
	truncate(): void {
		this.store.truncate();
		this.consoles.truncate();
		this.branch.log.length = this.logged;
		this.branch.end = this.now;
		this.shelf?.truncate(this.branch, this.now);
	}

	/** Adds to the log what comes in now. */
	enter(entry: LogEntry): void {
		this.branch.log.push(entry);
		this.feedHere();
	}

	// --- building ----------------------------------------------------------------------------------------

	/** The machine at reset, with the trace to be recorded or verified from its beginning. */
	private build(): void {
		const { store, consoles, options } = this;
		store.rewind();
		consoles.rewind({ said: [], line: [] });
		this.logged = 0;
		this.settled = true;
		this.plan = [];
		const hooks: Hooks = {
			console: (dom, bytes) => this.output(dom, bytes),
			log: (byte) => consoles.log(byte),
			ended: () => this.askIfEnded(),
			settled: () => this.askIfEnded(),
			made: (machine) => {
				if (options.snapshots > 0) machine.memory.markAllClean();
			}
		};
		this.current = buildSystem(this.scenario, this.images, store, hooks, options.engine);
		this.scripts = new Scripts(this.current, this.scenario.input);
		store.onStop = () => {
			if (store.next >= this.stopSeq) this.ask('event');
			else this.current.machine.stop();
		};
		if (options.snapshots > 0) this.shelve(options);
		this.feedInput();
	}

	private shelve({ snapshots: budget, gap }: PlayerOptions): void {
		this.imager = new Imager(this.current, this.scripts);
		this.shelf = new Shelf(this.imager, this.timelines, budget, gap);
		this.shelf.add(this.branch, this.take('fixed'));
		this.branch.due = this.shelf.dueAfter(0);
	}

	private askIfEnded(): void {
		if (this.current && !this.alive) this.ask('ended');
	}

	private output(dom: number, bytes: Uint8Array): void {
		if (this.consoles.write(dom, bytes)) this.ask('text');
		this.scripts?.output(dom, bytes);
	}

	/** Whether `moment` lies before the present one. */
	isPast(moment: Moment): boolean {
		const { icount, store, settled } = this;
		return moment.icount < icount || (moment.icount === icount && (!settled || (moment.seq ?? 0) < store.next));
	}

	/** Whether the run stands at `moment`. */
	isHere(moment: Moment): boolean {
		const { icount, store, settled } = this;
		return moment.icount === icount && (moment.seq === undefined ? settled : moment.seq === store.next);
	}
}
