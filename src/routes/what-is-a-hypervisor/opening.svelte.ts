/**
 * The run of the opening page: one machine, started when the page is, run to its end, and shown at several moments at once. Each figure is a stage
 * of its own (`stage-run.svelte.ts`) over the one trace; the one machine goes from moment to moment for them.
 */
import { getContext, setContext } from 'svelte';
import { fact } from '../../trace/facts';
import { TraceMirror, sliceOf } from '../../trace/mirror';
import { query } from '../../trace/query';
import { goalOf } from '../../workbench/goal';
import type { RunClient } from '../../workbench/worker/client';
import { StageMachine, startRun } from '../lessons/vocabulary/machine';
import { addressOf } from '../lessons/vocabulary/moments';
import { Names } from '../lessons/vocabulary/names';
import { StageRun, type Framing } from '../lessons/vocabulary/stage-run.svelte';
import type { Picture } from '../lessons/vocabulary/vocabulary';
import { stubOf, type Stub } from './stub';
import { moments } from './moments';
import { scenario } from './scenario';

const CONTEXT = Symbol('opening');

/** What a figure shows: by names of moments. */
export interface FigureData {
	at: string;
	until: string;
	shows: readonly (Picture | 'score')[];
	when: 'before' | 'after';
	/** Rows of the two truths. */
	truths: readonly string[];
}

/** What the prose says of itself; a test reads it. */
export class Opening {
	readonly names = new Names(moments);
	readonly figures: FigureData[] = [];
	readonly facts: string[] = [];
	/** Events known; 0 until the run has ended. */
	length = $state(0);
	/** Why there is no run; null where all is well. */
	trouble: unknown = $state.raw(null);
	/** The way from a gate into the hypervisor, as it lies in the machine's memory. */
	stub: Stub | null = $state.raw(null);
	readonly trace = new TraceMirror();
	/** The last cycle. */
	end = 0;

	private client: Promise<RunClient> | null = null;
	private readonly machine = new StageMachine(() => this.client!);

	/** Runs the machine to its end. Call in the browser, once, and again where that failed. */
	async start(): Promise<void> {
		this.trouble = null;
		try {
			this.client = startRun(scenario);
			const client = await this.client;
			const { cycle } = await client.advance(goalOf(scenario));
			this.trace.append(sliceOf(client.trace, 0, client.trace.length));
			this.end = cycle;
			await client.seek({ seq: this.find('refused-trap') });
			this.stub = await stubOf(client);
			this.length = this.trace.length;
		} catch (error) {
			this.fail(error);
		}
	}

	private fail(error: unknown): void {
		this.trouble = error;
	}

	/** The number that a fact gives, or NaN until the run has ended. */
	measure(text: string): number {
		return this.length ? Number(fact(this.trace, text)) : NaN;
	}

	/** Seq of a moment. */
	find(name: string): number {
		return query(this.trace, this.names.query(name));
	}

	/** A figure's stage, at its moment. Once the run has ended. */
	figure({ at, until, shows, when, truths }: FigureData): StageRun {
		const seq = this.find(at);
		const pictures = shows.filter((picture) => picture !== 'score');
		const frame = (chosen: number): Framing => ({
			when: chosen === seq ? when : 'after',
			address: addressOf(this.trace, chosen),
			shows: pictures,
			truths,
			title: '',
			veiled: false
		});
		const goal = until ? this.find(until) : seq;
		const run = new StageRun(scenario, this.trace, this.machine, {
			frame,
			goal: () => goal,
			fail: (error) => this.fail(error)
		});
		[run.length, run.end] = [this.trace.length, this.end];
		run.choose(seq, true);
		return run;
	}

	close(): void {
		this.machine.close();
	}
}

export const provide = (opening: Opening): void => void setContext(CONTEXT, opening);
export const opening = (): Opening => getContext<Opening>(CONTEXT);
/** For tests, which render without a parent component. */
export const contextOf = (of: Opening): Map<symbol, Opening> => new Map([[CONTEXT, of]]);
