/** The elevator of domain 0, seen from outside: several domains load one disk, each its own part of it, at places that a generator draws. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { DiskRequest } from '../../moments';
import { KIND } from '../../trace/events';
import { Run } from '../run';
import type { ScenarioInput } from '../scenario';
import { imageFile, stateOf } from '../testing';
import { inspectWith } from '.';

const SECTORS_EACH = 4096;

/** Domain 0 with a disk that domains share, each of which runs a program. */
const scenario = (...programs: readonly string[]): ScenarioInput => ({
	machine: { disks: [{ image: '', sectors: SECTORS_EACH * programs.length }] },
	dom0: { image: 'pocket-io', memoryMiB: 16, cmdline: 'run=serve' },
	domains: programs.map((program, at) => ({
		name: `guest${at + 1}`,
		image: 'pocket-io',
		memoryMiB: 8,
		cmdline: `run=sh ${program} ; serve`,
		disks: [{ target: `/dev/hda:${at * SECTORS_EACH}+${SECTORS_EACH}` }]
	}))
});

const started = (requests: readonly DiskRequest[]): DiskRequest[] =>
	requests.filter((request) => request.started > 0).sort((a, b) => a.started - b.started);

/** Sectors from the end of each to the beginning of the next. */
const way = (requests: readonly DiskRequest[]): number =>
	requests.slice(1).reduce((sum, { lba }, n) => sum + Math.abs(lba - requests[n].lba - requests[n].sectors), 0);

describe('three domains that read here and there', () => {
	const COUNT = 3;
	let run: Run;
	let requests: readonly DiskRequest[];
	beforeAll(() => {
		run = new Run(scenario(...Array<string>(COUNT).fill('await 1500 diskload xvda read 4 12 32 random')), imageFile, {
			snapshots: 0
		});
		run.advance({}, 400_000_000);
		const before = stateOf(run);
		const [queue, ...others] = inspectWith(run, 'diskQueues');
		expect([queue.dom, others]).toEqual([0, []]);
		requests = queue.requests;
		expect(stateOf(run)).toEqual(before);
	}, 120_000);

	it('are all there, in the order in which they came', () => {
		expect(requests.filter(({ batch }) => batch > 0)).toHaveLength(COUNT * 32);
		for (const { dom, lba, disk, drive, state } of requests) {
			expect([disk, drive, state]).toEqual(['hda', 0, 'done']);
			if (dom > 0) expect(Math.floor(lba / SECTORS_EACH)).toBe(dom - 1);
		}
		expect(requests.map(({ came }) => came)).toEqual(requests.map((_, n) => n));
	});

	it('are served in the order in which the trace has the commands to the disk', () => {
		const { trace } = run;
		const told = Array.from({ length: trace.length }, (_, seq) => seq)
			.filter((seq) => trace.kind(seq) === KIND.disk_command && trace.arg(seq, 'sectors') > 0)
			.map((seq) => [Number(trace.value(seq, 'lba')), trace.arg(seq, 'sectors')]);
		expect(started(requests).map(({ lba, sectors }) => [lba, sectors])).toEqual(told);
	});

	it('take turns of at most eight, and the arm goes a shorter way than they would have sent it', () => {
		const turns = new Map<number, DiskRequest[]>();
		for (const request of requests)
			if (request.batch > 0) turns.set(request.batch, [...(turns.get(request.batch) ?? []), request]);
		for (const turn of turns.values()) {
			expect(turn.length).toBeLessThanOrEqual(8);
			expect(new Set(turn.map(({ dom }) => dom)).size).toBe(1);
		}
		expect([...turns.values()].slice(0, 6).map((turn) => [turn[0].dom, turn.length])).toEqual(
			[1, 2, 3].flatMap((dom) => [
				[dom, 8],
				[dom, 4]
			])
		);
		expect(way(started(requests))).toBeLessThan(way(requests) / 2);
	});
});

it('a barrier lets nothing of its domain pass, while another goes on', () => {
	const programs = [
		'await 1400 mkfs /dev/xvda ; stress / 3 20 1 ; sync',
		'await 1500 diskload xvda write 4 12 600 random'
	];
	const run = new Run(scenario(...programs), imageFile, { snapshots: 0 });
	// Whoever is told of barriers alone uses them.
	const flushes = '/local/domain/0/backend/vbd/1/51712/feature-flush-cache';
	const { xenstore } = run.system.toolstack;
	while (xenstore.read(flushes) !== '1') run.advance({}, 1000);
	xenstore.write(flushes, '0');
	let requests: readonly DiskRequest[] = [];
	const ends = (): DiskRequest[] => requests.filter(({ barrier, state }) => barrier && state === 'done');
	const besides = (): DiskRequest[] => requests.filter(({ batch, dom }) => batch > 0 && dom === 2);
	while (ends().length < 4 || besides().length < 20) {
		expect(run.advance({}, 200_000).cause).toBe('budget');
		requests = inspectWith(run, 'diskQueues')[0]?.requests ?? [];
	}
	for (const wall of ends()) {
		expect(wall.dom).toBe(1);
		for (const { dom, came, started } of requests)
			if (dom === wall.dom && started > 0) expect(started < wall.started).toBe(came < wall.came);
	}
	const passed = besides().filter(({ came, started }) =>
		ends().some((wall) => came < wall.came && started > wall.started)
	);
	expect(passed.length).toBeGreaterThan(0);
}, 60_000);
