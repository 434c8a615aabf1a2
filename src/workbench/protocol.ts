/** What the page and the worker say to each other, beyond comlink's calls. */
import type { TraceSlice } from '../trace/mirror';
import type { FrameMap, MomentState, SpaceRegion, TruthView, Walk } from '../trace/moment';
import type { LoggedInput } from './log';
import type { LookArgs, LookName, LookResult } from './looks';
import type { ScenarioInput } from './scenario';
import type { StopReport, StopSpec } from './stops';

/** Bytes that a domain wrote on its console. */
export interface ConsoleChunk {
	dom: number;
	bytes: Uint8Array;
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
	/** New events since the last news (also sent again from where a changed future was cut). */
	slices: TraceSlice[];
	/** Console output since the last news. `consoleReset` asks to clear first (the run went back). */
	consoleReset: boolean;
	console: ConsoleChunk[];
}

/** The worker's side. All moments are exact; all numbers absolute. */
export interface RunHost {
	/** Builds the machine, boots the hypervisor and starts the domains. Rejects with a reason for an unloadable image. */
	open(scenario: ScenarioInput, images: Record<string, Uint8Array>, log: LoggedInput[]): Promise<StopReport>;
	advance(stop: StopSpec): Promise<StopReport>;
	/** Stops an advance or a replay soon; what it was doing resolves with cause 'paused'. */
	pause(): void;
	/** To a moment: after `icount` instructions, or right after the instruction that recorded event `seq`. */
	goto(moment: { icount: number; seq?: number } | { seq: number }): Promise<StopReport>;
	type(dom: number, text: string): void;
	/** Input typed so far, for a URL or a file. */
	log(): LoggedInput[];
	inspect(): MomentState;
	frames(): FrameMap;
	walk(address: number): Walk;
	truths(): TruthView;
	space(): SpaceRegion[];
	/** Guest-linear memory through the current page tables; bytes after the first page that is not mapped are left out. */
	read(address: number, length: number): Uint8Array;
	readFrame(mfn: number): Uint8Array;
	/** One picture of the present moment, by its name in the table of looks. */
	look<N extends LookName>(name: N, ...args: LookArgs<N>): LookResult<N>;
}
