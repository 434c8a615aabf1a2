/**
 * A run as the page holds it: the machine lives in a worker, its trace and consoles are mirrored here
 * and can be read at once; everything else is asked for.
 */
import * as Comlink from 'comlink';
import { TraceMirror } from '../trace/mirror';
import type { FrameMap, MomentState, SpaceRegion, TruthView, Walk } from '../trace/moment';
import type { LookArgs, LookName, LookResult } from './looks';
import type { Progress, RunHost } from './protocol';
import type { LoggedInput } from './log';
import type { ScenarioInput } from './scenario';
import type { StopReport, StopSpec } from './stops';

export type { ConsoleChunk, Progress } from './protocol';
export type { Change, LogEntry, LoggedChange, LoggedInput } from './log';
export type { ScenarioInput } from './scenario';
export type { StopPoint, StopReport, StopSpec } from './stops';

/** What the worker exposes: the host, and where to send its news. */
export interface RunWorker extends RunHost {
	listen(listener: (progress: Progress) => void): void;
}

/** What a page holds of a run: its trace and consoles as far as known, and commands that the worker carries out. */
export class RunClient {
	/** Every event known, in reading order; grows while the run goes on. */
	readonly trace = new TraceMirror();
	/** Last news. */
	progress: Progress = {
		icount: 0,
		cycle: 0,
		seq: 0,
		doing: 'idle',
		fraction: -1,
		ips: 0,
		slices: [],
		consoleReset: false,
		console: []
	};
	private readonly listeners = new Set<(progress: Progress) => void>();
	private readonly consoles = new Map<number, Uint8Array[]>();

	private constructor(
		private readonly worker: Worker,
		private readonly host: Comlink.Remote<RunWorker>
	) {}

	/**
	 * Starts a worker and builds the scenario in it; the machine stands at the first instruction of its boot.
	 * @param images bytes of each kernel, by the `image` of the scenario's domains
	 * @param log input to replay, from an earlier run's `log()`
	 * @throws Error with the reason, for a bad scenario or an image that cannot be loaded
	 */
	static async open(
		scenario: ScenarioInput,
		images: Record<string, Uint8Array>,
		log: LoggedInput[] = []
	): Promise<RunClient> {
		const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'ringside' });
		const client = new RunClient(worker, Comlink.wrap<RunWorker>(worker));
		try {
			await client.host.listen(Comlink.proxy((news: Progress) => client.receive(news)));
			await client.host.open(scenario, images, log);
			return client;
		} catch (error) {
			worker.terminate();
			throw error;
		}
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

	async advance(stop: StopSpec = {}): Promise<StopReport> {
		return this.heard(await this.host.advance(stop));
	}
	/** Stops what is going on soon; its promise resolves with cause 'paused'. */
	pause(): Promise<void> {
		return this.host.pause();
	}
	/** To a moment already seen (exactly, by replay) or still to come. */
	goto(moment: { icount: number; seq?: number } | { seq: number }): Promise<StopReport> {
		return this.host.goto(moment);
	}
	type(text: string, dom = 1): Promise<void> {
		return this.host.type(dom, text);
	}
	log(): Promise<LoggedInput[]> {
		return this.host.log();
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
	/** One picture of the present moment, by its name in the table of looks. */
	look<N extends LookName>(name: N, ...args: LookArgs<N>): Promise<LookResult<N>> {
		// A remote method loses its type parameter on the way through comlink.
		const ask = this.host.look as unknown as (name: N, ...args: LookArgs<N>) => Promise<LookResult<N>>;
		return ask(name, ...args);
	}

	/** Ends the worker. Promises still open never resolve. */
	close(): void {
		this.listeners.clear();
		this.host[Comlink.releaseProxy]();
		this.worker.terminate();
	}

	/**
	 * Waits for the news that belongs to a report. News comes by a channel of its own, so an answer may
	 * overtake it; whoever awaits an advance can then read the whole trace.
	 */
	private heard(report: StopReport): Promise<StopReport> {
		const complete = () => this.trace.length >= report.seq;
		if (complete()) return Promise.resolve(report);
		return new Promise((resolve) => {
			const stop = this.subscribe(() => {
				if (!complete()) return;
				stop();
				resolve(report);
			});
		});
	}

	private receive(news: Progress): void {
		for (const slice of news.slices) this.trace.append(slice);
		if (news.consoleReset) this.consoles.clear();
		for (const { dom, bytes } of news.console) {
			const chunks = this.consoles.get(dom);
			if (chunks) chunks.push(bytes);
			else this.consoles.set(dom, [bytes]);
		}
		this.progress = news;
		for (const listener of this.listeners) listener(news);
	}
}
