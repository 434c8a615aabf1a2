/**
 * The runs that a learner makes in one exercise: futures of one machine, which is started with the first of them and beside the lesson's own.
 * The run that goes on has the stage, and the last one stays until the step is left.
 */
import type { RunClient } from '../../../workbench/worker/client';
import { inspectScene, type Scene, type SceneRequest } from '../vocabulary/scene';
import { reproduced, Superseded, type SceneMachine } from '../vocabulary/machine';
import { addressOf, stretchAround } from '../vocabulary/moments';
import type { Player } from '../vocabulary/player.svelte';
import { StageRun, type Director, type Framing } from '../vocabulary/stage-run.svelte';
import { PICTURES, type Picture, type StepData } from '../vocabulary/vocabulary';
import { carryOut, momentOf, type Assemble, type Attempt } from './carry-out';
import type { Exercise, Posed, Values, Variant } from './exercise';

/** Pictures that tell what came of a change, beside those of the step. */
const ALSO: readonly Picture[] = ['trap', 'checks'];

/** How far playing goes. */
const PLAYED_EVENTS = 40;

export class OwnRuns {
	/** Whether the machine is on its way. */
	running = $state(false);
	private client: Promise<RunClient> | null = null;
	private queue: Promise<unknown> = Promise.resolve();
	private shown: StageRun | null = null;

	constructor(
		private readonly player: Player,
		private readonly exercise: Exercise,
		private readonly step: StepData,
		private readonly assemble: Assemble
	) {}

	/**
	 * Carries out what was written and puts it on the stage.
	 * @throws Unusable for a field that cannot be read, RangeError for a change that the machine does not take
	 */
	async attempt(posed: Posed<Variant>, values: Values): Promise<Attempt> {
		this.running = true;
		try {
			return await this.alone(() => this.carryOut(posed, values));
		} finally {
			this.running = false;
		}
	}

	/** Stops the run that goes on. */
	async stop(): Promise<void> {
		await (await this.client)?.pause();
	}

	/** Ends the machine. */
	close(): void {
		void this.client?.then((client) => client.close()).catch(() => undefined);
	}

	private async carryOut(posed: Posed<Variant>, values: Values): Promise<Attempt> {
		const { player, exercise } = this;
		const client = await this.machine();
		const expand = (text: string): string => player.names.expand(text);
		const at = momentOf(player.run.trace, expand, exercise);
		let end = () => {};
		const begun = (timeline: number, parted: number): void => {
			end = this.present(client, timeline, parted, posed);
		};
		try {
			const { assemble } = this;
			const made = await carryOut(client, exercise, { posed, values, at, expand, assemble, listener: { begun } });
			end();
			this.showOutcome(made);
			return made;
		} finally {
			end();
		}
	}

	/** The machine, at its first question: it must go the way of the recording before anything is changed. */
	private machine(): Promise<RunClient> {
		this.client ??= reproduced(this.player.run.scenario, this.player.run.trace);
		this.client.catch(() => (this.client = null));
		return this.client;
	}

	/** Does `work` when all that was asked before is done: the machine stands in one place at a time. */
	private alone<T>(work: () => Promise<T>): Promise<T> {
		const done = this.queue.then(work);
		this.queue = done.catch(() => undefined);
		return done;
	}

	/** Puts a future on the stage, and lets it grow there. Returns how to end that. */
	private present(client: RunClient, timeline: number, parted: number, posed: Posed<Variant>): () => void {
		const { player } = this;
		const trace = client.traceOf(timeline);
		const machine: SceneMachine = {
			warm: () => Promise.resolve(),
			scene: (request, wanted) => this.alone(() => sceneOf(client, timeline, request, wanted)),
			// The machine is that of all the futures.
			close: () => {}
		};
		const run = new StageRun(player.run.scenario, trace, machine, this.director(trace, posed));
		const grow = (cycle: number): void => {
			run.length = trace.length;
			run.end = Math.max(run.end, cycle);
			run.viewport.grow(run.end);
		};
		grow(client.progress.cycle);
		this.shown = run;
		player.present(run);
		player.kept = { run, parted };
		return client.subscribe(({ cycle }) => grow(cycle));
	}

	/** The event that decided goes on the stage. */
	private showOutcome({ trace, verdict, parted, report }: Attempt): void {
		const run = this.shown!;
		run.length = trace.length;
		run.end = report.cycle;
		const seq = verdict && verdict.at >= 0 ? verdict.at : parted;
		run.viewport.grow(run.end);
		run.viewport.show(stretchAround(trace, seq));
		if (this.player.stage === run) run.choose(seq, true);
	}

	private director(trace: StageRun['trace'], { given }: Posed<Variant>): Director {
		const { player, step } = this;
		const shows = PICTURES.filter((picture) => step.shows.includes(picture) || ALSO.includes(picture));
		const walked = Number(given.address ?? -1);
		return {
			frame: (seq): Framing => ({
				when: 'after',
				address: walked >= 0 ? walked : addressOf(trace, seq),
				shows,
				truths: step.truths,
				title: '',
				veiled: false
			}),
			goal: (seq) => seq + PLAYED_EVENTS,
			fail: (error) => player.fail(error)
		};
	}
}

/** A scene of one of the machine's futures. */
async function sceneOf(
	client: RunClient,
	timeline: number,
	request: SceneRequest,
	wanted: () => boolean
): Promise<Scene> {
	if (!wanted()) throw new Superseded();
	if (client.timeline !== timeline) await client.switchTo(timeline);
	return inspectScene(client, client.traceOf(timeline), request);
}
