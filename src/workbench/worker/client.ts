/**
 * A run as the page holds it: the machine lives in a worker, its trace and consoles are mirrored here
 * and can be read at once; everything else is asked for.
 */
import * as Comlink from 'comlink';
import { TraceMirror } from '../../trace/mirror';
import type { FrameMap, MomentState, SpaceRegion, TruthView, Walk } from '../../moments';
import type { InspectorArgs, InspectorName, Inspected } from '../inspect';
import { Lifeline, startWorker } from './lifeline';
import type { Progress, RunHost } from './protocol';
import type { Change, LogEntry } from '../log';
import type { RunOptions } from '../run';
import type { ScenarioInput } from '../scenario';
import type { ShelfReport } from '../time/snapshots/shelf';
import type { StopReport, StopSpec } from '../stops';
import type { Timeline } from '../time/timelines';
import type { WhoTarget, Written } from '../who/words';

export { ENGINES, type EngineName } from '../engines';
export type { ConsoleNews } from '../consoles/consoles';
export { WorkerLost } from './lifeline';
export type { Progress } from './protocol';
export type { Change, LogEntry, LoggedChange, LoggedInput } from '../log';
export type { ScenarioInput } from '../scenario';
export type { ShelfReport } from '../time/snapshots/shelf';
export type { StopPoint, StopReport, StopSpec } from '../stops';
export type { Timeline } from '../time/timelines';
export type { WhoTarget, Write, Writer, Written } from '../who/words';

/** What the worker exposes: the host, and where to send its news. */
export interface RunWorker extends RunHost {
	listen(listener: (progress: Progress) => void): void;
}

/** What a page holds of a run: its trace and consoles as far as known, and commands that the worker carries out. */
export class RunClient {
	/** All futures known, the first one first. */
	timelines: readonly Timeline[] = [];
	/** Last news. */
	progress: Progress = {
		icount: 0,
		cycle: 0,
		seq: 0,
		doing: 'idle',
		fraction: -1,
		ips: 0,
		timeline: 0,
		timelines: null,
		forks: [],
		slices: [],
		console: []
	};
	private readonly traces: TraceMirror[] = [new TraceMirror()];
	private readonly listeners = new Set<(progress: Progress) => void>();
	private readonly consoles = new Map<number, Uint8Array[]>();

	private constructor(
		private readonly lifeline: Lifeline,
		private readonly host: Comlink.Remote<RunWorker>
	) {}

	/**
	 * Starts a worker and builds the scenario in it; the machine stands at the first instruction of its boot.
	 * @param images bytes of each image that the scenario names (`imagesOf`)
	 * @param log what came in from outside in an earlier run: its `log()`
	 * @param options `timelines: true` where typing in the past is to make another future
	 * @throws Error with the reason, for a bad scenario or an image that cannot be loaded
	 * @throws WorkerLost when the worker cannot be had
	 */
	static async open(
		scenario: ScenarioInput,
		images: Record<string, Uint8Array>,
		log: LogEntry[] = [],
		options: RunOptions = {}
	): Promise<RunClient> {
		const worker = startWorker(
			() => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'ringside' })
		);
		const lifeline = new Lifeline(worker);
		const client = new RunClient(lifeline, lifeline.guard(Comlink.wrap<RunWorker>(worker)));
		try {
			await client.host.listen(Comlink.proxy((news: Progress) => client.receive(news)));
			await client.host.open(scenario, images, log, options);
			return client;
		} catch (error) {
			lifeline.end();
			throw error;
		}
	}

	/** The number of the future that the machine is on. */
	get timeline(): number {
		return this.progress.timeline;
	}

	/** Every event known of the current future, in reading order; grows while the run goes on. */
	get trace(): TraceMirror {
		return this.traceOf(this.timeline);
	}

	/** Every event known of a future. @throws RangeError when there is none */
	traceOf(timeline: number): TraceMirror {
		const trace = this.traces[timeline];
		if (!trace) throw new RangeError(`there is no timeline ${timeline}; there are ${this.traces.length}`);
		return trace;
	}

	/** Calls `listener` with each piece of news; returns how to stop that. */
	subscribe(listener: (progress: Progress) => void): () => void {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}

	/** All console output of a domain up to now, as text. */
	console(dom = 1): string {
		const decoder = new TextDecoder();
		return (this.consoles.get(dom) ?? []).map((bytes) => decoder.decode(bytes, { stream: true })).join('');
	}

	/** How many bytes that is. */
	consoleBytes(dom = 1): number {
		return (this.consoles.get(dom) ?? []).reduce((sum, bytes) => sum + bytes.length, 0);
	}

	async advance(stop: StopSpec = {}): Promise<StopReport> {
		return this.heard(await this.host.advance(stop));
	}
	/** Back to the latest moment before now at which `stop` holds; cause 'start' where there is none. */
	reverseContinue(stop: StopSpec): Promise<StopReport> {
		return this.host.reverseContinue(stop);
	}
	/** Stops what is going on soon; its promise resolves with cause 'paused'. */
	pause(): Promise<void> {
		return this.host.pause();
	}
	/** To a moment already seen (exactly, by replay) or still to come. */
	seek(moment: { icount: number; seq?: number } | { seq: number }): Promise<StopReport> {
		return this.host.seek(moment);
	}
	type(text: string, dom = 1): Promise<void> {
		return this.host.type(dom, text);
	}
	/** Makes a change at the present moment; what follows is another future. Rejects with the reason where it cannot be made. */
	async fork(change: Change): Promise<Timeline> {
		const made = await this.host.fork(change);
		await this.until(() => this.timelines.length > made.id && this.timeline === made.id);
		return made;
	}
	/** To another future: at the present moment where both share it, else where they part. */
	async switchTo(timeline: number): Promise<StopReport> {
		const report = await this.host.switchTo(timeline);
		await this.until(() => report.cause === 'paused' || this.timeline === timeline);
		return report;
	}
	/** What came in from outside, of the current future or of another. */
	log(timeline?: number): Promise<LogEntry[]> {
		return this.host.log(timeline);
	}
	/**
	 * Who last changed something before the present moment, which stays what it is; null when it was paused.
	 * @throws Error for a target that is not there
	 */
	whoWrote(target: WhoTarget): Promise<Written | null> {
		return this.host.whoWrote(target);
	}
	/** The page walk for an address as it was just before event `seq` was recorded; null when it was paused. */
	walkBefore(seq: number, address: number): Promise<Walk | null> {
		return this.host.walkBefore(seq, address);
	}
	/** Why a change cannot be made at the present moment; null where it can. */
	checkChange(change: Change): Promise<string | null> {
		return this.host.checkChange(change);
	}
	/** The snapshots that are kept. */
	snapshots(): Promise<ShelfReport | null> {
		return this.host.snapshots();
	}
	inspect(): Promise<MomentState> {
		return this.host.inspect();
	}
	frames(): Promise<FrameMap> {
		return this.host.frames();
	}
	walk(address: number): Promise<Walk> {
		return this.host.walk(address);
	}
	truths(): Promise<TruthView> {
		return this.host.truths();
	}
	space(): Promise<SpaceRegion[]> {
		return this.host.space();
	}
	read(address: number, length: number): Promise<Uint8Array> {
		return this.host.read(address, length);
	}
	readFrame(mfn: number): Promise<Uint8Array> {
		return this.host.readFrame(mfn);
	}
	/** One picture of the present moment, by its name in the table of inspectors. */
	inspectWith<N extends InspectorName>(name: N, ...args: InspectorArgs<N>): Promise<Inspected<N>> {
		// A remote method loses its type parameter on the way through comlink.
		const ask = this.host.inspectWith as unknown as (name: N, ...args: InspectorArgs<N>) => Promise<Inspected<N>>;
		return ask(name, ...args);
	}

	/** Ends the worker. Promises still open never resolve. */
	close(): void {
		this.listeners.clear();
		this.host[Comlink.releaseProxy]();
		this.lifeline.end();
	}

	/**
	 * Waits for the news that belongs to a report. News comes by a channel of its own, so an answer may
	 * overtake it; whoever awaits an advance can then read the whole trace.
	 */
	private async heard(report: StopReport): Promise<StopReport> {
		await this.until(() => this.trace.length >= report.seq);
		return report;
	}

	/** Waits for news after which something holds. */
	private until(holds: () => boolean): Promise<void> {
		if (holds()) return Promise.resolve();
		return new Promise((resolve) => {
			const stop = this.subscribe(() => {
				if (!holds()) return;
				stop();
				resolve();
			});
		});
	}

	private receive(news: Progress): void {
		this.receiveTraces(news);
		for (const { dom, keep, bytes } of news.console) this.receiveConsole(dom, keep, bytes);
		if (news.timelines) this.timelines = news.timelines;
		this.progress = news;
		for (const listener of this.listeners) listener(news);
	}

	private receiveTraces({ forks, slices }: Progress): void {
		const known = this.traces.length;
		for (const slice of slices) if (slice.timeline < known) this.traces[slice.timeline].append(slice);
		for (const { timeline, parent, length, open } of forks)
			this.traces[timeline] = this.traces[parent].fork(length, open);
		for (const slice of slices) if (slice.timeline >= known) this.traces[slice.timeline].append(slice);
	}

	/** The first `keep` bytes of a console stay, `bytes` follow. */
	private receiveConsole(dom: number, keep: number, bytes: Uint8Array): void {
		const chunks = this.consoles.get(dom) ?? [];
		let length = this.consoleBytes(dom);
		while (length > keep) {
			const last = chunks.pop()!;
			length -= last.length;
			if (length < keep) {
				chunks.push(last.subarray(0, keep - length));
				length = keep;
			}
		}
		if (bytes.length > 0) chunks.push(bytes);
		this.consoles.set(dom, chunks);
	}
}
