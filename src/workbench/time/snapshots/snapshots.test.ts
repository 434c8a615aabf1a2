import { describe, expect, it } from 'vitest';
import { Random } from '../../../hardware/engines/oracle/cases';
import { KIND } from '../../../trace/events';
import { queryAll } from '../../../trace/query';
import type { Point } from '../../moment';
import { Run, type RunOptions } from '../../run';
import type { ScenarioInput } from '../../scenario';
import { GRUB, hasGrub, imageFile, sameState, stateOf } from '../../testing';

interface Story {
	readonly scenario: ScenarioInput;
	/** Instructions to run at most. */
	readonly until: number;
	/** Typed from outside at these counts. */
	readonly typed?: readonly { icount: number; text: string }[];
}

const pocket = (program: string, vcpus = 1): Story => ({
	scenario: { domains: [{ name: 'guest', image: 'pocket', memoryMiB: 8, vcpus, cmdline: `run=${program}` }] },
	until: 150_000
});

const STORIES: Readonly<Record<string, Story>> = {
	fork: pocket('fork'),
	pagefaults: pocket('pagefaults'),
	pipes: pocket('pipes'),
	'four vcpus': pocket('smp', 4),
	'typed input': {
		...pocket('fork'),
		typed: [
			{ icount: 30_000, text: 'ab' },
			{ icount: 61_111, text: 'c\n' }
		]
	},
	'two domains': {
		scenario: {
			domains: [
				{ name: 'one', image: 'pocket', memoryMiB: 8, cmdline: 'run=pipes' },
				{ name: 'two', image: 'hello', memoryMiB: 8 }
			]
		},
		until: 150_000
	},
	'two domains, one of seventeen vcpus': {
		scenario: {
			domains: [
				{ name: 'one', image: 'pocket', memoryMiB: 8, vcpus: 17, cmdline: 'run=smp' },
				{ name: 'two', image: 'pocket', memoryMiB: 8, cmdline: 'run=spin' }
			]
		},
		until: 300_000
	}
};

/** Says what differs, if anything does. */
const expectSame = (a: unknown, b: unknown): void => {
	if (!sameState(a, b)) expect(a).toEqual(b);
};

/** Moments all over a run: counts, and unsettled ones right after events that retire nothing. */
function moments(run: Run, random: Random, count: number): { icount: number; seq?: number }[] {
	const faults = queryAll(run.trace, 'trap|interrupt').filter((seq) => run.trace.icount(seq) > 0);
	const some = Array.from({ length: count }, () => ({ icount: 1 + random.below(run.icount - 1) }));
	const unsettled = Array.from({ length: Math.min(count, faults.length) }, () => {
		const seq = faults[random.below(faults.length)];
		return { icount: run.trace.icount(seq), seq: seq + 1 };
	});
	const all = [...some, ...unsettled];
	return all.sort((a, b) => a.icount - b.icount || ((a as Point).seq ?? 0) - ((b as Point).seq ?? 0));
}

const shuffled = <T>(items: readonly T[], random: Random): T[] =>
	items
		.map((item) => ({ item, key: random.below(1 << 30) }))
		.sort((a, b) => a.key - b.key)
		.map(({ item }) => item);

function played({ scenario, until, typed = [] }: Story, options: RunOptions): Run {
	const run = new Run(scenario, imageFile, options);
	for (const { icount, text } of typed) {
		run.advance({ icount });
		run.type(1, text);
	}
	run.advance({ icount: until });
	return run;
}

/** Goes over a run in order and in disorder: the same states everywhere, and the same end. */
function compare(story: Story, count: number, gap: number): Run {
	const random = new Random(7);
	const plain = played(story, { snapshots: 0 });
	const jumping = played(story, { gap });
	expect(jumping.trace.length).toBe(plain.trace.length);
	const wanted = moments(plain, random, count);
	const straight = new Run(story.scenario, imageFile, { gap: Infinity });
	straight.load(plain.log);
	const states = wanted.map((moment) => {
		straight.seek(moment);
		return { moment, state: stateOf(straight) };
	});
	for (const { moment, state } of shuffled(states, random)) {
		jumping.seek(moment);
		expectSame(stateOf(jumping), state);
	}
	straight.seek(plain.moment);
	jumping.seek({ icount: 1000 });
	jumping.advance({ icount: story.until });
	jumping.seek(plain.moment);
	expectSame(stateOf(jumping), stateOf(straight));
	expectSame(stateOf(jumping), stateOf(plain));
	return jumping;
}

describe('standing at a moment by a snapshot is the same as running there', () => {
	it.each(Object.keys(STORIES))('%s', (name) => {
		const run = compare(STORIES[name], 6, 4000);
		expect(run.snapshots!.main).toBeGreaterThan(10);
	});

	it.skipIf(!hasGrub)(
		'GRUB to its prompt, and typed to',
		() => {
			const scenario: ScenarioInput = {
				domains: [{ name: 'grub', image: GRUB, memoryMiB: 64 }],
				input: [{ text: 'echo hi\n' }]
			};
			compare({ scenario, until: 3_000_000 }, 3, 500_000);
		},
		120_000
	);

	it.each([
		['faults and interrupts', 'pagefaults', 'page_fault'],
		['switches from vcpu to vcpu', 'four vcpus', 'sched_switch prev_dom=1 next_dom=1']
	])('one instruction after the other backwards, across %s', (_what, name, query) => {
		const story = STORIES[name];
		const straight = played(story, { gap: Infinity });
		const { trace } = straight;
		const crossing = queryAll(trace, query)[20];
		const last = trace.icount(crossing) + 6;
		const run = played(story, { gap: 10_000 });
		const ahead = new Run(story.scenario, imageFile, { gap: Infinity });
		ahead.seek({ icount: last - 12 });
		const states: unknown[] = [];
		while (ahead.icount <= last) {
			states.push(stateOf(ahead));
			ahead.advance({ seq: ahead.store.next + 1 }, 1);
		}
		run.seek({ icount: last + 1 });
		for (const state of states.reverse()) {
			run.seek((state as { moment: Point }).moment);
			expectSame(stateOf(run), state);
		}
	});
});

describe('snapshots', () => {
	it('are taken without a trace in the run', () => {
		const [with_, without] = [played(STORIES.pipes, { gap: 1000 }), played(STORIES.pipes, { snapshots: 0 })];
		expectSame(stateOf(with_), stateOf(without));
	});

	it('share what did not change', () => {
		const run = played(STORIES.fork, { gap: 1000 });
		const { main, bytes } = run.snapshots!;
		expect(main).toBeGreaterThan(50);
		expect(bytes / main).toBeLessThan(64 * 1024);
	});

	it('grow apart when they hold more than they may, and every moment can still be reached', () => {
		const free = played(STORIES.fork, { gap: 1000 });
		const tight = played(STORIES.fork, { gap: 1000, snapshots: 1_600_000 });
		const report = tight.snapshots!;
		expect(report.gap).toBeGreaterThan(1000);
		expect(report.main).toBeLessThan(free.snapshots!.main);
		expect(report.bytes).toBeLessThan(1_600_000);
		for (const icount of [90_000, 20_000, 60_001, 3]) {
			tight.seek({ icount });
			free.seek({ icount });
			expectSame(stateOf(tight), stateOf(free));
			expect(tight.snapshots!.bytes).toBeLessThan(1_600_000);
		}
	});

	it('do not gather what was only borrowed to stand aside, or to go back', () => {
		const most = 1_400_000;
		const run = played(STORIES.fork, { gap: 2000, snapshots: most });
		for (let n = 0; n < 100; n++) {
			run.seek({ icount: 52_000 + ((n * 7919) % 60_000) });
			run.aside(() => run.seek({ icount: 40_000 }));
			run.reverseContinue({ kinds: [KIND.hypercall] });
		}
		expect(run.snapshots!.bytes).toBeLessThan(most);
	});

	it('keep what was decoded from unchanged code', () => {
		const run = played(STORIES.fork, { gap: 10_000 });
		const code = (): number => run.system.machine.memory.marks.reduce((sum, bits) => sum + (bits & 1), 0);
		const before = code();
		run.seek({ icount: run.icount - 20_000 });
		expect(code()).toBeGreaterThan(before / 2);
	});

	it('stand aside and come back, whatever was done meanwhile', () => {
		const run = played(STORIES.pagefaults, { gap: 10_000 });
		run.seek({ seq: queryAll(run.trace, 'page_fault')[5] });
		const state = stateOf(run);
		const seen = run.aside(() => {
			run.seek({ icount: 1234 });
			run.advance({ kinds: [KIND.hypercall] });
			return run.icount;
		});
		expect(seen).toBeGreaterThan(1234);
		expectSame(stateOf(run), state);
	});
});
