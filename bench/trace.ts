/**
 * What recording costs on whole guests: guest MIPS while every event is recorded and while none is kept, hypercalls and events
 * a second, bytes an event. Neither takes snapshots, which cost something of their own (travel.ts). One run of a guest is short, so runs are repeated, by turns, after some that are not measured.
 *
 *     npx tsx bench/trace.ts [seconds a guest and way, 0.8]
 */
import { KIND } from '../src/trace/events';
import { jsonl } from '../src/trace/export/jsonl';
import { GRUB, hasGrub, runGuest } from '../src/workbench/testing';
import type { Run } from '../src/workbench/run';
import type { StopSpec } from '../src/workbench/stops';
import { figure, median, seconds, table } from './measure';

interface Case {
	readonly name: string;
	start(keepTrace: boolean): Run;
	readonly stop: StopSpec;
}

const pocket = (program: string): Case => ({
	name: `pocket run=${program}`,
	start: (keepTrace) =>
		runGuest('pocket', { cmdline: `run=${program}`, memoryMiB: 8 }, {}, { keepTrace, snapshots: 0 }),
	stop: { cycle: 1e9 }
});

const grub: Case = {
	name: 'GRUB to its prompt',
	start: (keepTrace) => runGuest(GRUB, { memoryMiB: 64 }, {}, { keepTrace, snapshots: 0 }),
	stop: { text: 'grub>' }
};

const CASES: readonly Case[] = [...['spin', 'fork', 'pagefaults', 'pipes'].map(pocket), ...(hasGrub ? [grub] : [])];

/** Turns that are not measured, and the fewest that are. */
const [WARM_UP, FEWEST] = [2, 3];

/** Seconds of the turns of one way, and its last run. */
interface Way {
	readonly keep: boolean;
	readonly times: number[];
	run: Run | null;
}

async function turn({ start, stop }: Case, way: Way, counts: boolean): Promise<void> {
	const run = start(way.keep);
	const took = await seconds(() => run.advance(stop));
	if (counts) way.times.push(took);
	way.run = run;
}

async function row(one: Case, atLeast: number): Promise<string[]> {
	const ways: readonly [Way, Way] = [
		{ keep: true, times: [], run: null },
		{ keep: false, times: [], run: null }
	];
	const total = (): number => ways[0].times.reduce((sum, took) => sum + took, 0);
	for (let done = -WARM_UP; done < FEWEST || total() < atLeast; done++)
		for (const way of ways) await turn(one, way, done >= 0);
	const [{ times: recording, run }, { times: bare }] = ways;
	if (!run) return [one.name];
	const best = Math.min(...recording);
	const mips = (took: number): string => figure(run.icount / took / 1e6);
	const events = run.trace.length;
	const text = [...jsonl(run.trace)].reduce((sum, piece) => sum + piece.length, 0);
	return [
		one.name,
		String(recording.length),
		figure(run.icount / 1000),
		mips(best),
		mips(median(recording)),
		mips(Math.min(...bare)),
		mips(median(bare)),
		(Math.min(...bare) / best).toFixed(2),
		figure(run.count(KIND.hypercall) / best / 1000),
		figure(events / best / 1000),
		(run.store.view.bytes / events).toFixed(1),
		(text / events).toFixed(0)
	];
}

const HEAD = [
	['', 'runs', 'thousand instructions', 'MIPS recording: best', 'median', 'not: best', 'median', 'ratio'],
	['k hypercalls/s', 'k events/s', 'bytes an event', 'as JSONL']
].flat();

const rows: string[][] = [];
for (const one of CASES) rows.push(await row(one, Number(process.argv[2] ?? 0.8)));
table(HEAD, rows);
if (!hasGrub) console.log('GRUB is not measured: scripts/fetch-guests.sh fetches it.');
