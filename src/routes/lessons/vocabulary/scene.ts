/** The machine at a moment, as far as a step's pictures ask for it. */
import type { FrameMap, MomentState, SpaceRegion, TruthView, Walk } from '../../../moments';
import { fact } from '../../../trace/facts';
import { query } from '../../../trace/query';
import type { Inspected, InspectorName } from '../../../workbench/inspect';
import type { TraceView } from '../../../trace/view';
import { entryOf } from '../../../trace/visit';
import { addressOf } from './moments';
import type { Picture, StepData } from './vocabulary';

/** Pictures of what one inspector of the machine gives, with its name. */
const INSPECTORS = {
	channels: 'channels',
	grants: 'grants',
	store: 'xenstore',
	ring: 'devices',
	devices: 'devices',
	packets: 'packets'
} as const satisfies Partial<Record<Picture, InspectorName>>;
type InspectedPicture = keyof typeof INSPECTORS;

export interface Scene {
	seq: number;
	when: 'before' | 'after';
	state: MomentState;
	truths: TruthView | null;
	frames: FrameMap | null;
	walk: Walk | null;
	space: SpaceRegion[] | null;
	trap: { seq: number; gate: Uint8Array; stack: Uint8Array; ss0: number } | null;
	/** What the inspectors gave, by picture; nothing of pictures that were not asked for. */
	inspected: { readonly [P in InspectedPicture]?: Inspected<(typeof INSPECTORS)[P]> };
}

/** What is asked of a machine: a run in a worker, or one beside the build. */
export interface SceneHost {
	seek(moment: { icount: number } | { seq: number }): Promise<unknown>;
	inspect(): MomentState | Promise<MomentState>;
	frames(): FrameMap | Promise<FrameMap>;
	walk(address: number): Walk | Promise<Walk>;
	truths(): TruthView | Promise<TruthView>;
	space(): SpaceRegion[] | Promise<SpaceRegion[]>;
	read(address: number, length: number): Uint8Array | Promise<Uint8Array>;
	inspectWith(name: InspectorName): unknown;
}

export interface SceneRequest {
	seq: number;
	when: 'before' | 'after';
	/** Address to walk, or -1. */
	address: number;
	shows: readonly Picture[];
}

export const keyOf = ({ seq, when, address, shows }: SceneRequest): string =>
	`${seq} ${when} ${address} ${shows.join()}`;

/** The scene that a step opens with, once its predictions are made. */
export function requestOf(trace: TraceView, step: StepData): SceneRequest {
	const seq = query(trace, step.at);
	return {
		seq,
		when: step.predictions.length ? 'before' : step.moment,
		address: step.address ? Number(fact(trace, step.address)) : addressOf(trace, seq),
		shows: step.shows
	};
}

/** Goes there and inspects. The machine stands at the scene's moment afterwards. */
export async function inspectScene(host: SceneHost, trace: TraceView, request: SceneRequest): Promise<Scene> {
	const { seq, when, address, shows } = request;
	const has = (picture: Picture) => shows.includes(picture);
	const trap = has('trap') ? await inspectTrap(host, trace, entryOf(trace, seq)) : null;
	await host.seek(when === 'before' ? { icount: trace.icount(seq) } : { seq });
	const [state, truths, frames, walk, space, inspected] = await Promise.all([
		host.inspect(),
		has('truths') ? host.truths() : null,
		has('frames') ? host.frames() : null,
		has('walk') && address >= 0 ? host.walk(address) : null,
		has('space') ? host.space() : null,
		inspectAll(host, shows)
	]);
	return { seq, when, state, truths, frames, walk, space, trap, inspected };
}

/** Asks the inspectors of the pictures shown. */
async function inspectAll(host: SceneHost, shows: readonly Picture[]): Promise<Scene['inspected']> {
	const asked = shows.filter((picture): picture is InspectedPicture => picture in INSPECTORS);
	const answers = asked.map(async (picture) => [picture, await host.inspectWith(INSPECTORS[picture])] as const);
	return Object.fromEntries(await Promise.all(answers));
}

/** The gate that a trap went through and the words on the new stack, read just after it. */
async function inspectTrap(host: SceneHost, trace: TraceView, seq: number): Promise<Scene['trap']> {
	if (seq < 0) return null;
	await host.seek({ seq });
	const { idtr, tss } = await host.inspect();
	const [gate, stack] = await Promise.all([
		host.read(idtr.base + 8 * trace.arg(seq, 'vector'), 8),
		host.read(trace.arg(seq, 'new_esp'), 24)
	]);
	return { seq, gate, stack, ss0: tss.ss0 };
}
