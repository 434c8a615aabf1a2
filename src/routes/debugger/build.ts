/** A machine for what is to run, built and booted up to the first instruction of a guest kernel. */
import { DebugSession } from '../../debugger/session';
import { KIND } from '../../trace/events';
import type { Costing } from '../../workbench/costing';
import { RunClient, type LogEntry, type ScenarioInput } from '../../workbench/worker/client';
import { imagesOf } from '../../workbench/images';
import { kernelsOf } from '../../workbench/kernels';
import { otherwise } from '../../trace/query/nearest';
import { lessonSlugs, loadScenario } from '../lessons/course';
import { engine } from './engine.svelte';
import { findImage } from './images';
import { gather, type Inspection } from './inspection';
import { scenarioOf, targetOf, type Target } from './target';

/** All that a run is made of. */
export interface Source {
	readonly target: Target;
	readonly scenario: ScenarioInput;
	/** Bytes of each image that the scenario names: kernels, disks. */
	readonly images: Readonly<Record<string, Uint8Array>>;
	/** The lesson whose scenario it is; none where guests were chosen. */
	readonly lesson?: string;
	/** Whether that lesson's cost table was overruled. */
	readonly overruled?: boolean;
}

/** A run that stands, and what is drawn of it. */
export interface Built extends Source {
	readonly client: RunClient;
	readonly steps: DebugSession;
	/** The first instruction of a guest kernel. */
	readonly start: { icount: number; seq: number };
	readonly inspection: Inspection;
}

/** Finds the images. @throws Error with what the learner can do about one that is missing */
export async function sourceOf(target: Target): Promise<Source> {
	const { names, images } = await findImages(scenarioOf(target, {}));
	return { target, scenario: scenarioOf(target, names), images };
}

/** Names and bytes of all images that a scenario names, by their keys there. */
async function findImages(scenario: ScenarioInput): Promise<{
	names: Record<string, string>;
	images: Record<string, Uint8Array>;
}> {
	const names: Record<string, string> = {};
	const images: Record<string, Uint8Array> = {};
	for (const image of imagesOf(scenario).keys()) {
		const found = await findImage(image);
		names[image] = found.name;
		images[image] = found.bytes;
	}
	return { names, images };
}

/** The same with another cost table. */
export const withCosts = (source: Source, { profile = '', costs = {} }: Costing): Source => ({
	...source,
	overruled: true,
	target: { ...source.target, machine: { profile, costs } },
	scenario: { ...source.scenario, machine: { ...source.scenario.machine, profile, costs: { ...costs } } }
});

/** What a lesson runs. @throws Error for a lesson that is not there */
export async function sourceOfLesson(lesson: string): Promise<Source> {
	const scenario = await loadScenario(lesson);
	if (!scenario) throw new Error(`There is no lesson '${lesson}'${otherwise(lesson, lessonSlugs, 'there are')}`);
	const { images } = await findImages(scenario);
	return { target: targetOf(scenario), scenario, images, lesson };
}

/**
 * Builds and boots.
 * @param log of an earlier run, to be had again
 * @param then what is done before the run is shown, such as making all its futures again
 * @throws Error for an image that cannot run here
 */
export async function build(
	source: Source,
	log: readonly LogEntry[] = [],
	then?: (client: RunClient) => Promise<void>
): Promise<Built> {
	const { scenario, images } = source;
	const client = await RunClient.open(scenario, { ...images }, [...log], { timelines: true, engine: engine.name });
	let steps: DebugSession | null = null;
	try {
		steps = DebugSession.open(
			client,
			kernelsOf(scenario).map(({ image, dom }) => ({ dom, image: images[image] }))
		);
		// The hypervisor's boot is over when its first IRET has entered a guest kernel.
		const { icount, seq } = await client.advance({ kinds: [KIND.far_return] });
		await then?.(client);
		return { ...source, client, steps, start: { icount, seq }, inspection: await gather(client, steps, null, null) };
	} catch (error) {
		steps?.close();
		client.close();
		throw error;
	}
}
