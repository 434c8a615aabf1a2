/** The page in which bench/travel.ts measures a browser: a run in its worker, as every page of the site has one. */
import type { ScenarioInput } from '../src/workbench/worker/client';
import { RunClient } from '../src/workbench/worker/client';
import { travel, type Latencies, type Plan } from './travel-walk';
import type { ShelfReport } from '../src/workbench/time/snapshots/shelf';

/** What a page measured. */
export interface PageResult {
	/** Milliseconds to record the history, without snapshots and with. */
	bare: number;
	recording: number;
	latencies: Latencies[];
	snapshots: ShelfReport | null;
	events: number;
	traceBytes: number;
}

async function record(
	scenario: ScenarioInput,
	images: Record<string, Uint8Array>,
	length: number,
	snapshots?: number
): Promise<{ client: RunClient; took: number }> {
	const client = await RunClient.open(scenario, images, [], { timelines: true, snapshots });
	const began = performance.now();
	await client.advance({ icount: length });
	return { client, took: performance.now() - began };
}

async function measure(scenario: ScenarioInput, images: Record<string, number[]>, plan: Plan): Promise<PageResult> {
	const bytes = Object.fromEntries(Object.entries(images).map(([name, list]) => [name, Uint8Array.from(list)]));
	const bare = await record(scenario, bytes, plan.length, 0);
	bare.client.close();
	const { client, took } = await record(scenario, bytes, plan.length);
	const run = {
		advance: client.advance.bind(client),
		seek: client.seek.bind(client),
		reverseContinue: client.reverseContinue.bind(client),
		whoWrote: client.whoWrote.bind(client),
		snapshots: client.snapshots.bind(client),
		registers: async () => (await client.inspect()).regs
	};
	const latencies = await travel(run, plan, () => performance.now());
	const result = {
		bare: bare.took,
		recording: took,
		latencies,
		snapshots: await client.snapshots(),
		events: client.trace.length,
		traceBytes: client.trace.bytes
	};
	client.close();
	return result;
}

Object.assign(window, { measure });
