/**
 * A run as its worker serves it: works in short stretches and listens in between, so that it can be
 * asked, paused and typed to at any time. What depends on the host's clock here is only how long a
 * stretch is and when news is sent, never what the machine does.
 */
import type { FrameMap, MomentState, SpaceRegion, TruthView, Walk } from '../../moments';
import { checkChange } from '../time/changes';
import { inspect, readFrame, readLinear } from '../inspect/moment';
import { inspectWith, type InspectorArgs, type InspectorName, type Inspected } from '../inspect';
import { frames, space, walk } from '../inspect/page-walk';
import type { Change, LogEntry } from '../log';
import type { Progress, RunHost } from './protocol';
import { Run, type RunOptions } from '../run';
import type { ScenarioInput } from '../scenario';
import type { ShelfReport } from '../time/snapshots/shelf';
import type { StopReport, StopSpec } from '../stops';
import type { Task } from '../task';
import { TraceNews } from './trace-news';
import type { Timeline } from '../time/timelines';
import { truths } from '../inspect/truths';
import { walkBefore, whoWrote } from '../who/who';
import type { WhoTarget, Written } from '../who/words';

/** How long one stretch should take, and how often news is sent; milliseconds of the host. */
const STRETCH_MS = 12;
const NEWS_MS = 33;
const FIRST_STRETCH = 20_000;
const LONGEST_STRETCH = 4_000_000;
/** Most events in one piece of news; the rest follows with the next. */
const NEWS_EVENTS = 200_000;

type Doing = Exclude<Progress['doing'], 'idle'>;

/** What the host has of the world outside the machine. */
export interface HostOptions {
	/** The host's time in milliseconds. */
	clock(): number;
	/** Lets waiting messages be handled. */
	breathe(): Promise<void>;
}

/** A run that is carried out in stretches, between which orders are heard and news is sent. */
export class Host implements RunHost {
	/** Takes news; set by the worker. */
	listener: (news: Progress) => void = () => {};
	private run: Run | null = null;
	private traces: TraceNews | null = null;
	/** Commands are numbered; those up to `pausedUpTo` are to stop. */
	private commands = 0;
	private pausedUpTo = 0;
	private doing: Progress['doing'] = 'idle';
	private busy: Promise<unknown> = Promise.resolve();
	private newsAt = 0;
	private ips = 0;
	private stretch = FIRST_STRETCH;

	constructor(private readonly options: HostOptions) {}

	open(
		scenario: ScenarioInput,
		images: Record<string, Uint8Array>,
		log: LogEntry[],
		options: RunOptions = {}
	): Promise<StopReport> {
		const source = (name: string): Uint8Array => {
			const bytes = images[name];
			if (!bytes) throw new TypeError(`there is no image '${name}'`);
			return bytes;
		};
		const run = new Run(scenario, source, options);
		run.load(log);
		this.run = run;
		this.traces = new TraceNews(run);
		this.sendNews();
		return Promise.resolve(run.report('budget'));
	}

	advance(stop: StopSpec): Promise<StopReport> {
		return this.drive(() => this.opened.advancing(stop), 'running');
	}

	seek(moment: { icount: number; seq?: number } | { seq: number }): Promise<StopReport> {
		return this.drive(() => this.opened.seeking(this.opened.momentOf(moment)), 'replaying');
	}

	reverseContinue(stop: StopSpec): Promise<StopReport> {
		return this.drive(() => this.opened.reverseContinuing(stop), 'replaying');
	}

	switchTo(timeline: number): Promise<StopReport> {
		return this.drive(() => this.opened.turning(timeline), 'replaying');
	}

	fork(change: Change): Promise<Timeline> {
		return this.alone(() => {
			const timeline = this.opened.fork(change);
			this.sendNews();
			return Promise.resolve(timeline);
		});
	}

	pause(): void {
		this.pausedUpTo = this.commands;
	}

	type(dom: number, text: string): Promise<void> {
		if (this.doing === 'replaying')
			throw new Error('the run is on its way to another moment: type when it has arrived');
		this.opened.type(dom, text);
		this.sendNews();
		return Promise.resolve();
	}

	whoWrote(target: WhoTarget): Promise<Written | null> {
		return this.work<Written | null>(
			() => whoWrote(this.opened, target),
			'replaying',
			() => null
		);
	}
	walkBefore(seq: number, address: number): Promise<Walk | null> {
		return this.work<Walk | null>(
			() => walkBefore(this.opened, seq, address),
			'replaying',
			() => null
		);
	}
	checkChange(change: Change): string | null {
		return checkChange(this.opened.system, change);
	}
	log(timeline = this.opened.timeline): LogEntry[] {
		return this.opened.logOf(timeline);
	}
	snapshots(): ShelfReport | null {
		return this.opened.snapshots;
	}
	inspect(): MomentState {
		return inspect(this.opened);
	}
	frames(): FrameMap {
		return frames(this.opened);
	}
	walk(address: number): Walk {
		return walk(this.opened, address);
	}
	truths(): TruthView {
		return truths(this.opened);
	}
	space(): SpaceRegion[] {
		return space(this.opened);
	}
	read(address: number, length: number): Uint8Array {
		return readLinear(this.opened, address, length);
	}
	readFrame(mfn: number): Uint8Array {
		return readFrame(this.opened, mfn);
	}
	inspectWith<N extends InspectorName>(name: N, ...args: InspectorArgs<N>): Inspected<N> {
		return inspectWith(this.opened, name, ...args);
	}

	private get opened(): Run {
		if (!this.run) throw new Error('no scenario has been opened');
		return this.run;
	}

	/** Runs `work` once what goes on has been paused. */
	private alone<T>(work: (command: number) => Promise<T>): Promise<T> {
		this.pause();
		const command = ++this.commands;
		const next = this.busy.then(() => work(command));
		this.busy = next.catch(() => undefined);
		return next;
	}

	/** Carries out a task that ends where a report says. */
	private drive(begin: () => Task<StopReport>, doing: Doing): Promise<StopReport> {
		return this.work(begin, doing, () => this.opened.report('paused'));
	}

	/**
	 * Carries out a task in stretches, once what goes on has been paused; it tells how far it has come, and can be paused.
	 * @param paused what comes of it then
	 */
	protected work<T>(begin: () => Task<T>, doing: Doing, paused: () => T): Promise<T> {
		return this.alone(async (command) => {
			this.doing = doing;
			try {
				const task = begin();
				for (;;) {
					if (command <= this.pausedUpTo) {
						task.cancel?.();
						return paused();
					}
					const result = this.goStretch(task);
					if (result !== null) return result;
					if (this.options.clock() - this.newsAt >= NEWS_MS) this.sendNews(task.fraction);
					await this.options.breathe();
				}
			} finally {
				this.doing = 'idle';
				this.sendNews();
			}
		});
	}

	/** One stretch; the next one is made longer or shorter, to take about `STRETCH_MS`. */
	private goStretch<T>(task: Task<T>): T | null {
		const run = this.opened;
		const [began, from] = [this.options.clock(), run.icount];
		const result = task.go(this.stretch);
		const took = Math.max(0.05, this.options.clock() - began);
		const done = run.icount - from;
		if (done > 0) this.ips = this.ips * 0.8 + (done / took) * 1000 * 0.2;
		const factor = Math.min(4, Math.max(0.25, STRETCH_MS / took));
		this.stretch = Math.round(Math.min(LONGEST_STRETCH, Math.max(1000, this.stretch * factor)));
		return result;
	}

	private sendNews(fraction = -1): void {
		const run = this.opened;
		this.newsAt = this.options.clock();
		// On its way to a moment a run only says again what has been said: what differs is told there.
		const console = this.doing === 'replaying' ? [] : run.consoles.take();
		this.listener({
			icount: run.icount,
			cycle: run.now,
			seq: run.store.next,
			doing: this.doing,
			fraction: this.doing === 'replaying' ? fraction : -1,
			ips: this.ips,
			...this.traces!.take(this.doing === 'idle' ? Infinity : NEWS_EVENTS),
			console
		});
	}
}
