/** All that is drawn of one moment, asked of the worker at once. */
import { KIND } from '../../trace/events';
import type { CodeLine, FrameMap, MomentState, SpaceRegion, TruthView, Walk } from '../../moments';
import type { DebugSession } from '../../debugger/session';
import type { RunClient } from '../../workbench/worker/client';
import { listing, stillShows } from './listing';

export interface Inspection {
	readonly moment: MomentState;
	readonly code: CodeLine[];
	readonly frames: FrameMap;
	readonly truths: TruthView;
	readonly space: SpaceRegion[];
	readonly walk: Walk;
}

/** The address whose walk tells most: that of a page fault just taken, else of the instruction. */
export function interesting({ trace }: RunClient, moment: MomentState): number {
	for (let seq = Math.min(moment.seq, trace.length) - 1; seq >= 0 && seq > moment.seq - 4; seq--)
		if (trace.kind(seq) === KIND.page_fault && trace.icount(seq) === moment.icount) return trace.arg(seq, 'addr');
	return moment.code.address;
}

/**
 * Asks for everything that is drawn. What only the hypervisor changes is asked for only when it has acted since.
 * @param last what was drawn before, of the same run
 * @param walkAddress that the page-table walk is to follow, or null: what the moment is about
 */
export async function gather(
	client: RunClient,
	steps: DebugSession,
	last: Inspection | null,
	walkAddress: number | null
): Promise<Inspection> {
	const moment = await steps.inspect();
	const quiet = last !== null && last.moment.seq === moment.seq && last.moment.cr3 === moment.cr3;
	const { address, bytes } = moment.code;
	const shows = last !== null && last.moment.cr3 === moment.cr3 && stillShows(last.code, address, bytes);
	const [code, frames, space, truths, walk] = await Promise.all([
		shows ? last.code : listing(steps, address),
		quiet ? last.frames : client.frames(),
		quiet ? last.space : client.space(),
		client.truths(),
		client.walk(walkAddress ?? interesting(client, moment))
	]);
	return { moment, code, frames, truths, space, walk };
}
