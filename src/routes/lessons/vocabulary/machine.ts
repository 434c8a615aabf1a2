/**
 * The machine of a run on the stage: started once, when somebody first asks for it. A lesson's is run to the end of its recording, which it
 * must reproduce event by event.
 */
import type { TraceView } from '../../../trace/view';
import type { RunClient } from '../../../workbench/worker/client';
import { goalOf } from '../../../workbench/goal';
import type { ScenarioInput } from '../../../workbench/scenario';
import { inspectScene, type Scene, type SceneRequest } from './scene';

/** The learner went on before this moment was reached. */
export class Superseded extends Error {}

/** Starts a run of `scenario` in a worker; what that takes is loaded now and not before. */
export async function startRun(scenario: ScenarioInput): Promise<RunClient> {
	const [{ RunClient }, { loadImages }] = await Promise.all([
		import('../../../workbench/worker/client'),
		import('../../images')
	]);
	return RunClient.open(scenario, await loadImages(scenario));
}

/** Throws when two traces of one scenario differ: that must never happen. */
function mustBeSame(recorded: TraceView, live: TraceView): void {
	let differs = recorded.length === live.length ? -1 : Math.min(recorded.length, live.length);
	for (let seq = 0; seq < Math.min(recorded.length, live.length) && differs !== seq; seq++)
		if (
			recorded.kind(seq) !== live.kind(seq) ||
			recorded.cycle(seq) !== live.cycle(seq) ||
			recorded.icount(seq) !== live.icount(seq) ||
			recorded.end(seq) !== live.end(seq)
		)
			differs = seq;
	if (differs >= 0) throw new Error(`this run differs from its recording at event ${differs}`);
}

/** The run of a scenario that was recorded, made again to its end. @throws Error when it goes another way than its recording */
export async function reproduced(scenario: ScenarioInput, recorded: TraceView): Promise<RunClient> {
	const client = await startRun(scenario);
	await client.advance(goalOf(scenario));
	mustBeSame(recorded, client.trace);
	return client;
}

/** What brings the scenes of a run. */
export interface SceneMachine {
	/** Starts it now, so that it is ready when asked. */
	warm(): Promise<unknown>;
	/** Goes to a moment and inspects it; `wanted` tells whether anybody still wants it. */
	scene(request: SceneRequest, wanted: () => boolean): Promise<Scene>;
	close(): void;
}

/** The machine of a run on the stage. It stands in one place at a time, so requests queue. */
export class StageMachine implements SceneMachine {
	private client: Promise<RunClient> | null = null;
	private queue: Promise<unknown> = Promise.resolve();
	private closed = false;

	/** @param start brings the machine; called when somebody first asks for it, and again where that failed */
	constructor(private readonly start: () => Promise<RunClient>) {}

	warm(): Promise<RunClient> {
		if (this.client) return this.client;
		const client = (this.client = this.start());
		// One that could not be had is asked for again by whoever needs it next.
		client.catch(() => (this.client = null));
		return client;
	}

	scene(request: SceneRequest, wanted: () => boolean): Promise<Scene> {
		const scene = this.queue.then(async () => {
			const client = await this.warm();
			if (!wanted() || this.closed) throw new Superseded();
			return inspectScene(client, client.trace, request).catch((error: unknown) => {
				// A machine that is lost does not come back: another one does.
				if (error instanceof Error && error.name === 'WorkerLost') this.client = null;
				throw error;
			});
		});
		this.queue = scene.catch(() => undefined);
		return scene;
	}

	close(): void {
		this.closed = true;
		void this.client?.then((client) => client.close()).catch(() => undefined);
	}
}
