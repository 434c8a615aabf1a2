/**
 * What recording costs: guest MIPS while every event is recorded and while none is kept, hypercalls a
 * second, bytes an event. Best of many rounds, one process; compare ratios, not figures. `npx tsx bench/trace.ts`
 */
import { KIND } from '../src/trace/events';
import { jsonl } from '../src/trace/jsonl';
import { GRUB, hasGrub, runGuest } from '../src/workbench/testing';
import type { Run } from '../src/workbench/run';
import type { StopSpec } from '../src/workbench/scenario';

interface Case {
	name: string;
	start(keepTrace: boolean): Run;
	stop: StopSpec;
}

const pocket = (program: string): Case => ({
	name: `pocket run=${program}`,
	start: (keepTrace) => runGuest('pocket', { cmdline: `run=${program}`, memoryMiB: 8 }, {}, { keepTrace }),
	stop: { cycle: 1e9 }
});

const CASES: readonly Case[] = [
	...['spin', 'fork', 'pagefaults', 'pipes'].map(pocket),
	...(hasGrub
		? [
				{
					name: 'GRUB to its prompt',
					start: (keepTrace: boolean) => runGuest(GRUB, { memoryMiB: 64 }, {}, { keepTrace }),
					stop: { text: 'grub>' }
				}
			]
		: [])
];

/** Rounds are repeated for so long, milliseconds. */
const ENOUGH_MS = 3000;

interface Measure {
	seconds: number;
	run: Run;
}

/** The best of many rounds: short runs warm up over the first few. */
function best({ start, stop }: Case, keepTrace: boolean): Measure {
	let least: Measure | null = null;
	const end = performance.now() + ENOUGH_MS;
	for (let round = 0; round < 3 || (round < 40 && performance.now() < end); round++) {
		const run = start(keepTrace);
		const began = performance.now();
		run.advance(stop);
		const seconds = (performance.now() - began) / 1000;
		if (!least || seconds < least.seconds) least = { seconds, run };
	}
	return least!;
}

const column = (value: string, width: number): string => value.padStart(width);

function measureTrace(): void {
	console.log(
		['', 'MIPS recording', 'MIPS not', 'hypercalls/s', 'events/s', 'bytes/event', 'JSONL bytes/event'].join(' | ')
	);
	for (const one of CASES) {
		const { run, seconds } = best(one, true);
		const bare = best(one, false);
		const events = run.trace.length;
		const text = [...jsonl(run.trace)].reduce((sum, piece) => sum + piece.length, 0);
		const cells = [
			column((run.icount / seconds / 1e6).toFixed(1), 14),
			column((bare.run.icount / bare.seconds / 1e6).toFixed(1), 8),
			column(Math.round(run.count(KIND.hypercall) / seconds).toLocaleString('en'), 12),
			column(Math.round(events / seconds).toLocaleString('en'), 10),
			column((run.store.view.bytes / events).toFixed(1), 6),
			column((text / events).toFixed(0), 6)
		];
		console.log(one.name.padEnd(22), cells.join(' | '));
	}
}

measureTrace();
