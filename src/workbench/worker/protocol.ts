/** What the page and the worker say to each other, beyond comlink's calls. */
import type { TraceSlice } from '../../trace/mirror';
import type { FrameMap, MomentState, SpaceRegion, TruthView, Walk } from '../../moments';
import type { ConsoleNews } from '../consoles/consoles';
import type { Change, LogEntry } from '../log';
import type { InspectorArgs, InspectorName, Inspected } from '../inspect';
import type { RunOptions } from '../run';
import type { ScenarioInput } from '../scenario';
import type { ShelfReport } from '../time/snapshots/shelf';
import type { StopReport, StopSpec } from '../stops';
import type { Timeline } from '../time/timelines';
import type { WhoTarget, Written } from '../who/words';

/** A trace that grew out of another one: its first `length` events are shared, the spans `open` are open there. */
export interface TraceFork {
	timeline: number;
	parent: number;
	length: number;
	open: number[];
}

/** News from the worker, about thirty times a second while it runs and once at each stop. */
export interface Progress {
	/** Where the machine stands. */
	icount: number;
	cycle: number;
	seq: number;
	/** Running, or going to another moment by replay; idle when it stands. */
	doing: 'idle' | 'running' | 'replaying';
	/** 0..1 while replaying towards a known moment, else -1. */
	fraction: number;
	/** Guest instructions a second of host time, smoothed. */
	ips: number;
	/** The future that the machine is on; `timelines` when there are others than were told of before. */
	timeline: number;
	timelines: Timeline[] | null;
	/**
	 * New traces, each to be made once the slices of its parent have been taken in; and new events since the last news (sent again from
	 * where a changed future was cut).
	 */
	forks: TraceFork[];
	slices: (TraceSlice & { timeline: number })[];
	/** What has changed on the consoles since the last news, and what was taken back. */
	console: ConsoleNews[];
}

/** The worker's side. All moments are exact; all numbers absolute. */
export interface RunHost {
	/** Builds the machine, boots the hypervisor and starts the domains. Rejects with a reason for an unloadable image. */
	open(
		scenario: ScenarioInput,
		images: Record<string, Uint8Array>,
		log: LogEntry[],
		options?: RunOptions
	): Promise<StopReport>;
	advance(stop: StopSpec): Promise<StopReport>;
	/** Back to the latest moment before now at which `stop` holds. Paused, it stands where it stood. */
	reverseContinue(stop: StopSpec): Promise<StopReport>;
	/** Stops an advance or a replay soon; what it was doing resolves with cause 'paused'. */
	pause(): void;
	/** To a moment: after `icount` instructions, or right after the instruction that recorded event `seq`. */
	seek(moment: { icount: number; seq?: number } | { seq: number }): Promise<StopReport>;
	/** Types now; where the future is known, that makes another one. */
	type(dom: number, text: string): Promise<void>;
	/** Makes a change at the present moment, and with it another future. Rejects with a RangeError for one that cannot be made. */
	fork(change: Change): Promise<Timeline>;
	/** To another future: at the present moment where both share it, else where they part. */
	switchTo(timeline: number): Promise<StopReport>;
	/** What came in from outside, of the current future or of another: for a URL or a file. */
	log(timeline?: number): LogEntry[];
	/** Who last changed something before the present moment, which stays what it is; null when it was paused. */
	whoWrote(target: WhoTarget): Promise<Written | null>;
	/** The page walk for an address as it was just before event `seq` was recorded, aside; null when it was paused. */
	walkBefore(seq: number, address: number): Promise<Walk | null>;
	/** Why a change cannot be made at the present moment; null where it can. */
	checkChange(change: Change): string | null;
	/** The snapshots that are kept. */
	snapshots(): ShelfReport | null;
	inspect(): MomentState;
	frames(): FrameMap;
	walk(address: number): Walk;
	truths(): TruthView;
	space(): SpaceRegion[];
	/** Guest-linear memory through the current page tables; bytes after the first page that is not mapped are left out. */
	read(address: number, length: number): Uint8Array;
	readFrame(mfn: number): Uint8Array;
	/** One picture of the present moment, by its name in the table of inspectors. */
	inspectWith<N extends InspectorName>(name: N, ...args: InspectorArgs<N>): Inspected<N>;
}
