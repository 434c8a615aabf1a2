import { describe, expect, it } from 'vitest';
import { PAGE_SIZE } from '../../../base';
import { MARK } from '../../../hardware/memory';
import { ENGINES } from '../../engines';
import { Run, type RunOptions } from '../../run';
import type { ScenarioInput } from '../../scenario';
import { imageFile, SHARED_DISK } from '../../testing';
import { hasReached, stepTowards } from '../seek';
import { compareMaps } from './page-map';
import type { Snapshot } from './shelf';

const pocket = (program: string, vcpus = 1): ScenarioInput => ({
	domains: [{ name: 'guest', image: 'pocket', memoryMiB: 8, vcpus, cmdline: `run=${program}` }]
});

/** Words that somebody is heard to write while the run goes from one moment to another. */
function heard(run: Run, from: Snapshot, to: Snapshot): Set<number> {
	const { player } = run;
	player.stand(from);
	const { memory } = run.system.machine;
	const words = new Set<number>();
	for (let frame = 0; frame < memory.frames; frame++) memory.mark(frame, MARK.WRITE);
	memory.watcher = (pa, length) => {
		for (let word = pa >>> 2; word <= (pa + length - 1) >>> 2; word++) words.add(word);
	};
	while (!hasReached(player, to)) stepTowards(player, to);
	memory.watcher = null;
	for (let frame = 0; frame < memory.frames; frame++) memory.unmark(frame, MARK.WRITE);
	return words;
}

/** Words that the images say were written to. */
function noted(from: Snapshot, to: Snapshot): Set<number> {
	const words = new Set<number>();
	compareMaps(from.image.pages, to.image.pages, (frame) => {
		for (let at = frame * PAGE_SIZE; at < (frame + 1) * PAGE_SIZE; at += 4)
			if (to.image.written.mayHold(from, at, 4)) words.add(at >>> 2);
	});
	return words;
}

const STORIES: [name: string, scenario: ScenarioInput, length: number, options: RunOptions][] = [
	['a kernel that forks', pocket('fork'), 200_000, { gap: 10_000 }],
	['processes that talk', pocket('pipes'), 400_000, { gap: 20_000 }],
	['four vcpus', pocket('smp', 4), 200_000, { gap: 10_000 }],
	['a disk that is shared', SHARED_DISK('run=disk'), 3_000_000, { gap: 20_000 }]
];

describe.each(ENGINES)('by the %s', (engine) => {
	it.each(STORIES)(
		'%s: noted is what is heard when all of memory is watched, whoever writes',
		(_name, scenario, length, options) => {
			const run = new Run(scenario, imageFile, { ...options, engine });
			run.advance({ icount: length });
			const snapshots = [...run.player.timelines.get(0).snapshots];
			expect(snapshots.length).toBeGreaterThan(5);
			const last = snapshots.length - 1;
			for (const n of [1, 2, last >> 1, last - 1, last]) {
				const words = noted(snapshots[n - 1], snapshots[n]);
				expect(words.size).toBeGreaterThan(0);
				expect(heard(run, snapshots[n - 1], snapshots[n])).toEqual(words);
			}
		}
	);
});
