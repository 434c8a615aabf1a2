/**
 * A saved run is made again: scenario and log decide everything, so each of its timelines must record exactly the trace that
 * the file has. Where it does not, the difference is told and never hidden: another version of Ringside made the file.
 */
import { compareTraces, type Difference } from '../../trace/file/compare';
import { Pace, type PaceOptions } from '../../trace/file/pace';
import type { TraceView } from '../../trace/view';
import type { RunClient } from '../worker/client';
import { isChange, type Change, type LogEntry } from '../log';
import type { Moment } from '../moment';
import type { Run } from '../run';
import type { RunParts, SavedImage, SavedRun, SavedTimeline } from './run-file';
import type { StopReport, StopSpec } from '../stops';
import type { Timeline } from '../time/timelines';

/** A run that can be driven: a page's client, or a run in this thread. */
export interface Rerunner {
	advance(stop: StopSpec): Promise<StopReport>;
	seek(moment: Moment): Promise<StopReport>;
	type(text: string, dom: number): Promise<void>;
	fork(change: Change): Promise<Timeline>;
	switchTo(timeline: number): Promise<StopReport>;
	pause(): unknown;
	/** Tells how many events there are by now; returns how to stop that. */
	subscribe(listener: (news: { seq: number }) => void): () => void;
	traceOf(timeline: number): TraceView;
}

/** Instructions between two breaths. */
const STRETCH = 500_000;

/** Drives a run in this thread, in pieces. */
export function byRun(run: Run): Rerunner {
	const listeners = new Set<(news: { seq: number }) => void>();
	let paused = false;
	const go = async (task: { go(most: number): StopReport | null }): Promise<StopReport> => {
		const pace = new Pace();
		paused = false;
		for (;;) {
			const report = task.go(STRETCH);
			if (report) return report;
			if (paused) return run.report('paused');
			for (const listener of listeners) listener({ seq: run.store.next });
			await pace.step(0);
		}
	};
	return {
		advance: (stop) => go(run.advancing(stop)),
		seek: (moment) => go(run.seeking(moment)),
		type: (text, dom) => Promise.resolve(run.type(dom, text)),
		fork: (change) => Promise.resolve(run.fork(change)),
		switchTo: (timeline) => go(run.turning(timeline)),
		pause: () => (paused = true),
		subscribe: (listener) => {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		traceOf: (timeline) => run.traceOf(timeline)
	};
}

/** What the caller knows of a run besides the run itself. */
export interface RunContext {
	images: Readonly<Record<string, SavedImage>>;
	desk?: unknown;
}

/** A run in this thread, to be saved. */
export function partsOfRun(run: Run, { images, desk }: RunContext): RunParts {
	const timelines = run.timelines.map((line) => ({ ...line, log: run.logOf(line.id), trace: run.traceOf(line.id) }));
	return { scenario: run.scenario, images, timelines, timeline: run.timeline, moment: run.moment, desk };
}

/** A page's run, to be saved; it must stand still until it is. */
export async function partsOfClient(
	client: RunClient,
	{ scenario, images, desk }: RunContext & Pick<RunParts, 'scenario'>
): Promise<RunParts> {
	const timelines: SavedTimeline[] = [];
	for (const line of client.timelines)
		timelines.push({ ...line, log: await client.log(line.id), trace: client.traceOf(line.id) });
	const { icount, seq } = client.progress;
	return { scenario, images, timelines, timeline: client.timeline, moment: { icount, seq }, desk };
}

/** What a run is opened with so that it can be made again: the log of its first timeline. */
export const firstLog = (saved: SavedRun): LogEntry[] => [...saved.timelines[0].log];

/** A difference, and the saved timeline that has it. */
export interface RerunDifference extends Difference {
	timeline: number;
}

/** Makes the timelines one after another. */
class Rerun {
	/** Number of each saved timeline in the run that is made: timelines are numbered as they come. */
	private readonly numbers = new Map<number, number>();

	constructor(
		private readonly saved: SavedRun,
		private readonly driver: Rerunner,
		private readonly options: PaceOptions
	) {}

	/** Rejects when what was asked for was paused: it was called off. */
	private async through(report: Promise<StopReport>): Promise<StopReport> {
		const { signal } = this.options;
		const done = await report;
		signal?.throwIfAborted();
		if (done.cause === 'paused') throw new DOMException('it was paused', 'AbortError');
		return done;
	}

	/** Makes timeline `line`, which the driver has not yet, up to the last event that was stored. */
	private async make(line: SavedTimeline): Promise<void> {
		const { driver, numbers } = this;
		numbers.set(line.id, numbers.size);
		if (line.parent >= 0) await this.part(line);
		for (const entry of this.typedLater(line)) {
			await this.through(driver.seek({ icount: entry.icount, seq: entry.seq }));
			if (!isChange(entry)) await driver.type(entry.text, entry.dom);
		}
		await this.through(driver.advance({ seq: line.trace.length }));
	}

	/** Forks off from the parent. */
	private async part({ id, parent, at, entry }: SavedTimeline): Promise<void> {
		const { driver } = this;
		await this.through(driver.switchTo(this.number(parent)));
		if (entry && !isChange(entry)) {
			// Only where more is known than the present moment does typing make another future.
			await this.through(driver.seek({ icount: at.icount + 1 }));
			await this.through(driver.seek(at));
			await driver.type(entry.text, entry.dom);
		} else {
			await this.through(driver.seek(at));
			if (entry) await driver.fork(entry.change);
		}
		// It is the current one; this waits until that is known here, too.
		await this.through(driver.switchTo(this.number(id)));
	}

	private number(timeline: number): number {
		return this.numbers.get(timeline) as number;
	}

	/** What was typed after the fork, as the run went on. The first timeline was opened with all of its log. */
	private typedLater(line: SavedTimeline): readonly LogEntry[] {
		if (line.parent < 0) return [];
		const made = JSON.stringify(line.entry);
		const own = line.log.findIndex((entry) => JSON.stringify(entry) === made);
		return line.log.slice(own + 1);
	}

	/** Events that a timeline has of its own. */
	private ownEvents({ parent, at, trace }: SavedTimeline): number {
		return trace.length - (parent < 0 ? 0 : (at.seq ?? 0));
	}

	async go(): Promise<RerunDifference | null> {
		const { saved, driver, options } = this;
		const total = saved.timelines.reduce((sum, line) => sum + this.ownEvents(line), 1);
		let before = 0;
		for (const line of saved.timelines) {
			const first = line.trace.length - this.ownEvents(line);
			const stop = driver.subscribe(({ seq }) => options.onProgress?.((before + Math.max(0, seq - first)) / total));
			try {
				await this.make(line);
			} finally {
				stop();
			}
			const made = driver.traceOf(this.number(line.id));
			const difference = await compareTraces(line.trace, made, { signal: options.signal });
			if (difference) return { ...difference, timeline: line.id };
			before += this.ownEvents(line);
		}
		await this.through(driver.switchTo(this.number(saved.timeline)));
		await this.through(driver.seek(saved.moment));
		return null;
	}
}

/**
 * Makes a saved run again in `driver`, which has just been opened with its scenario, images and `firstLog`, and with timelines.
 * It then stands where it stood when it was saved.
 * @returns what differs from the stored trace first, or null; after a difference the driver stands at the end of that timeline
 * @throws an AbortError when it is called off; RangeError for a change in the file that cannot be made
 */
export async function rerun(
	saved: SavedRun,
	driver: Rerunner,
	options: PaceOptions = {}
): Promise<RerunDifference | null> {
	const { signal } = options;
	const pause = (): void => void driver.pause();
	signal?.throwIfAborted();
	signal?.addEventListener('abort', pause);
	try {
		const difference = await new Rerun(saved, driver, options).go();
		options.onProgress?.(1);
		return difference;
	} finally {
		signal?.removeEventListener('abort', pause);
	}
}
