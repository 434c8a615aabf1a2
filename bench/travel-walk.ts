/** What bench/travel.ts measures, the same on a run in Node and on one behind a worker in a page. */
import type { StopReport, StopSpec } from '../src/workbench/stops';
import type { ShelfReport } from '../src/workbench/time/snapshots/shelf';
import type { WhoTarget, Written } from '../src/workbench/who/words';
import { REGISTER_NAMES } from '../src/x86/registers';

/** A run that can be travelled on. */
export interface Traveller {
	advance(stop: StopSpec): Promise<StopReport>;
	seek(moment: { icount: number; seq?: number }): Promise<StopReport>;
	reverseContinue(stop: StopSpec): Promise<StopReport>;
	whoWrote(target: WhoTarget): Promise<Written | null>;
	registers(): Promise<{ eip: number; esp: number }>;
	snapshots(): Promise<ShelfReport | null>;
}

/** Milliseconds that each of some equal orders took. */
export interface Latencies {
	name: string;
	times: number[];
}

/** How many of each. */
export interface Plan {
	/** Instructions of history. */
	length: number;
	/** Steps backwards from the end. */
	steps: number;
	/** Moments jumped to. */
	jumps: number;
	/** Searches of each kind. */
	searches: number;
}

/** As in the oracle's cases: the same moments each time. */
function* random(): Generator<number, never> {
	for (let state = 12_345; ;) {
		state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
		yield state / 2 ** 32;
	}
}

/** Travels over a history that has been recorded, which stands at its end. */
export async function travel(run: Traveller, plan: Plan, clock: () => number): Promise<Latencies[]> {
	const dice = random();
	const below = (n: number): number => Math.floor(dice.next().value * n);
	const all: Latencies[] = [];
	const timed = async <T>(told: string | ((result: T) => string), order: () => Promise<T>): Promise<T> => {
		const began = clock();
		const result = await order();
		const took = clock() - began;
		const name = typeof told === 'string' ? told : told(result);
		const known = all.find((one) => one.name === name);
		if (known) known.times.push(took);
		else all.push({ name, times: [took] });
		return result;
	};
	let at = await run.seek({ icount: plan.length });
	for (let n = 0; n < plan.steps; n++)
		at = await timed('step back from the end', () => run.seek({ icount: at.icount - 1 }));
	for (let n = 0; n < plan.jumps; n++) {
		const icount = 1_000_000 + below(plan.length - 1_000_000);
		await timed('jump to any moment', () => run.seek({ icount }));
		await timed('step back from there', () => run.seek({ icount: icount - 1 }));
	}
	for (let n = 0; n < plan.searches; n++) {
		const icount = 3_000_000 + below(plan.length - 3_000_000);
		await run.seek({ icount: icount - below(2_000_000) });
		const { eip } = await run.registers();
		await run.seek({ icount });
		const { esp } = await run.registers();
		await timed('previous event', () => run.reverseContinue({ points: [{ id: 1, kind: 'event', query: 'any' }] }));
		await run.seek({ icount });
		const watch = { id: 1, kind: 'watch', space: 'linear', address: esp, length: 4, access: 'write' } as const;
		await timed('previous write to the top of the stack', () => run.reverseContinue({ points: [watch] }));
		await run.seek({ icount });
		const place = { id: 1, kind: 'address', address: eip } as const;
		await timed('back to a breakpoint', () => run.reverseContinue({ points: [place] }));
	}
	for (let n = 0; n < plan.searches; n++) {
		// Near the end, so that what was written long ago lies far back.
		const icount = plan.length - below(plan.length / 10);
		await run.seek({ icount });
		const { esp } = await run.registers();
		const address = ((esp & ~0xfff) >>> 0) + 4 * below(1024);
		const word = { kind: 'memory', space: 'linear', address, length: 4 } as const;
		const ago = (written: Written | null): string => howLongAgo(written, icount, plan.length);
		await timed(
			(written) => `who wrote a word of the stack’s page: ${ago(written)}`,
			() => run.whoWrote(word)
		);
		const name = REGISTER_NAMES[below(REGISTER_NAMES.length)];
		await timed('who wrote a register', () => run.whoWrote({ kind: 'register', name }));
	}
	return all;
}

/** When something was written, in a history of `length` instructions. */
function howLongAgo(written: Written | null, icount: number, length: number): string {
	if (!written?.after) return 'never';
	return written.after.icount < icount - length / 100 ? 'long ago' : 'lately';
}
