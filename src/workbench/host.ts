/**
 * A run as its worker serves it: works in short stretches and listens in between, so that it can be
 * asked, paused and typed to at any time. What depends on the host's clock here is only how long a
 * stretch is and when news is sent, never what the machine does.
 */
import type { FrameMap, MomentState, SpaceRegion, TruthView, Walk } from '../trace/moment';
import { TraceFeed } from '../trace/mirror';
import { inspect, readFrame, readLinear } from './moments';
import { look, type LookArgs, type LookName, type LookResult } from './looks';
import { frames, space, walk } from './page-walk';
import type { ConsoleChunk, Progress, RunHost } from './protocol';
import type { Pursuit } from './pursuit';
import { Run } from './run';
import type { LoggedInput } from './log';
import type { ScenarioInput } from './scenario';
import type { StopReport, StopSpec } from './stops';
import { truths } from './truths';

/** How long one stretch should take, and how often news is sent; milliseconds of the host. */
const STRETCH_MS = 12;
const NEWS_MS = 33;
const FIRST_STRETCH = 20_000;
const LONGEST_STRETCH = 4_000_000;
/** Most events in one piece of news; the rest follows with the next. */
const NEWS_EVENTS = 200_000;

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
	private feed: TraceFeed | null = null;
	private pending: ConsoleChunk[] = [];
	private cleared = false;
	/** Commands are numbered; those up to `pausedUpTo` are to stop. */
	private commands = 0;
	private pausedUpTo = 0;
	private doing: Progress['doing'] = 'idle';
	private busy: Promise<unknown> = Promise.resolve();
	private newsAt = 0;
	private ips = 0;
	private stretch = FIRST_STRETCH;

	constructor(private readonly options: HostOptions) {}

	open(scenario: ScenarioInput, images: Record<string, Uint8Array>, log: LoggedInput[]): Promise<StopReport> {
		const run = new Run(scenario, (name) => {
			const bytes = images[name];
			if (!bytes) throw new TypeError(`there is no image '${name}'`);
			return bytes;
		});
		run.load(log);
		// What was said while the machine was built, the hypervisor's log above all, comes first.
		this.pending = run.consoles.all();
		run.consoles.onOutput = (dom, bytes) => void this.pending.push({ dom, bytes });
		run.consoles.onClear = () => {
			this.pending = [];
			this.cleared = true;
		};
		this.run = run;
		this.feed = new TraceFeed(run.store);
		this.sendNews();
		return Promise.resolve(run.report('budget'));
	}

	advance(stop: StopSpec): Promise<StopReport> {
		return this.alone((command) => this.drive(command, this.opened.pursue(stop), 'running'));
	}

	goto(moment: { icount: number; seq?: number } | { seq: number }): Promise<StopReport> {
		return this.alone((command) =>
			this.drive(command, this.opened.approach(this.opened.momentOf(moment)), 'replaying')
		);
	}

	pause(): void {
		this.pausedUpTo = this.commands;
	}

	type(dom: number, text: string): void {
		if (this.doing === 'replaying')
			throw new Error('the run is on its way to another moment: type when it has arrived');
		this.opened.type(dom, text);
		this.feed?.cut(this.opened.store.view.length);
		this.sendNews();
	}

	log(): LoggedInput[] {
		return [...this.opened.log];
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
	look<N extends LookName>(name: N, ...args: LookArgs<N>): LookResult<N> {
		return look(this.opened, name, ...args);
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

	private async drive(command: number, pursuit: Pursuit, doing: 'running' | 'replaying'): Promise<StopReport> {
		const run = this.opened;
		this.doing = doing;
		try {
			for (;;) {
				if (command <= this.pausedUpTo) return run.report('paused');
				const report = this.goStretch(pursuit);
				if (report.cause !== 'budget') return report;
				if (this.options.clock() - this.newsAt >= NEWS_MS) this.sendNews(pursuit.fraction);
				await this.options.breathe();
			}
		} finally {
			this.doing = 'idle';
			this.sendNews();
		}
	}

	/** One stretch; the next one is made longer or shorter, to take about `STRETCH_MS`. */
	private goStretch(pursuit: Pursuit): StopReport {
		const run = this.opened;
		const [began, from] = [this.options.clock(), run.icount];
		const report = pursuit.go(this.stretch);
		const took = Math.max(0.05, this.options.clock() - began);
		const done = run.icount - from;
		if (done > 0) this.ips = this.ips * 0.8 + (done / took) * 1000 * 0.2;
		const factor = Math.min(4, Math.max(0.25, STRETCH_MS / took));
		this.stretch = Math.round(Math.min(LONGEST_STRETCH, Math.max(1000, this.stretch * factor)));
		return report;
	}

	private sendNews(fraction = -1): void {
		const run = this.opened;
		this.newsAt = this.options.clock();
		const slice = this.feed?.take(this.doing === 'idle' ? Infinity : NEWS_EVENTS);
		const news: Progress = {
			icount: run.icount,
			cycle: run.now,
			seq: run.store.next,
			doing: this.doing,
			fraction: this.doing === 'replaying' ? fraction : -1,
			ips: this.ips,
			slices: slice ? [slice] : [],
			consoleReset: this.cleared,
			console: this.pending
		};
		this.pending = [];
		this.cleared = false;
		this.listener(news);
	}
}
