/** The run of a lesson made anew with another cost table: the machine runs to its end in a worker, and what it records is the run. */
import { TraceMirror, sliceOf } from '../../../trace/mirror';
import type { Costing } from '../../../workbench/costing';
import { goalOf } from '../../../workbench/goal';
import type { ScenarioInput } from '../../../workbench/scenario';
import { StageMachine, startRun } from './machine';
import { StageRun, type Director } from './stage-run.svelte';

/** A guest that only waits for time to pass would run for ever: after so many times the instructions of the recording the run is cut. */
const MOST_TIMES = 50;
const MOST_LEAST = 20_000_000;

export interface Remade {
	run: StageRun;
	/** Whether it was cut before its end. */
	cut: boolean;
}

/**
 * @param instructions that the lesson's own run takes
 * @throws DOMException AbortError when called off; Error when the machine cannot be had
 */
export async function remake(
	scenario: ScenarioInput,
	{ profile = '', costs = {} }: Costing,
	director: Director,
	{ instructions, signal }: { instructions: number; signal: AbortSignal }
): Promise<Remade> {
	const made: ScenarioInput = { ...scenario, machine: { ...scenario.machine, profile, costs: { ...costs } } };
	const client = await startRun(made);
	const close = () => client.close();
	signal.addEventListener('abort', close);
	try {
		signal.throwIfAborted();
		const report = await client.advance({ ...goalOf(made), icount: Math.max(MOST_LEAST, MOST_TIMES * instructions) });
		signal.throwIfAborted();
		const trace = new TraceMirror();
		trace.append(sliceOf(client.trace, 0, client.trace.length));
		const run = new StageRun(made, trace, new StageMachine(() => Promise.resolve(client)), director);
		run.length = trace.length;
		run.end = report.cycle;
		run.viewport.grow(report.cycle);
		// The machine is there already: whoever closes the run must find it.
		run.warm();
		return { run, cut: report.cause === 'icount' };
	} catch (error) {
		client.close();
		signal.throwIfAborted();
		throw error;
	} finally {
		signal.removeEventListener('abort', close);
	}
}
