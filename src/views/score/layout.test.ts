import { describe, expect, it } from 'vitest';
import { STORY, traceOf, type FixtureEvent } from '../shared/fixture';
import { cyclesText, layout, type ScoreState } from './layout';
import { HARDWARE, kernelLane, userLane, XEN } from '../../trace/lanes';
import { Tally } from '../../trace/tally';

const size = { width: 900, height: 186 };

function stateOf(events: readonly FixtureEvent[], change: Partial<ScoreState> = {}): ScoreState {
	const trace = traceOf(events);
	Tally.of(trace).extend();
	const end = trace.cycle(trace.length - 1) + 100;
	return { trace, stretch: { from: 0, to: end }, chosen: -1, end, known: trace.length, cursor: -1, ...change };
}

/** Every busy millisecond of a system: `count` system calls, each four crossings. */
const busy = (count: number): FixtureEvent[] => [
	[0, 'domain_start', 1, 0, 0, 0],
	...Array.from({ length: count }, (_, index): FixtureEvent[] => [
		[1000 + index * 40, 'trap', 0x82, 0, 1, 0, 0, 0, 0, 0],
		[1000 + index * 40, 'hypercall', 29, 0, 0, 0, 0, 0, 0, 0],
		[1020 + index * 40, 'far_return', 0, 1, 0, 0, 0]
	]).flat()
];

describe('a prediction that is open', () => {
	it('hides the marks and the line of what is not known yet', () => {
		const state = stateOf(STORY);
		const all = layout(state, size).marks;
		const { seq, x } = all[Math.floor(all.length / 2)];
		const veiled = layout({ ...state, known: seq, end: state.trace.cycle(seq) }, size);
		expect(veiled.marks.map((mark) => mark.seq)).toEqual(all.map((mark) => mark.seq).filter((other) => other < seq));
		const places = veiled.paths.flatMap((path) =>
			[...path.matchAll(/([\d.]+) [\d.]+/g)].map((match) => Number(match[1]))
		);
		expect(Math.max(...places)).toBeLessThanOrEqual(x + 1);
	});
});

describe('the execution line', () => {
	it('visits one stave after the other, without a gap', () => {
		const { trace } = stateOf(STORY);
		const tally = Tally.of(trace);
		const lanes: number[] = [];
		tally.crossings(0, trace.length, (_seq, lane) => void lanes.push(lane));
		// Each visit to the hardware by an interrupt ends at once, in the hypervisor.
		expect(lanes).toEqual([
			kernelLane(0),
			userLane(0),
			XEN,
			kernelLane(0),
			XEN,
			kernelLane(0),
			XEN,
			kernelLane(0),
			HARDWARE
		]);
		expect(tally.reader().at(300).lane).toBe(userLane(0));
		expect(tally.reader().at(881).lane).toBe(kernelLane(0));
		const { paths, staves } = layout(stateOf(STORY), size);
		const hardware = Math.round(staves[3].y * 10) / 10;
		expect(paths[0].split('L').filter((point) => point.endsWith(` ${hardware}`))).toHaveLength(4);
	});
});

describe('the score', () => {
	it('draws the line exactly where crossings can be told apart', () => {
		const { paths, summed, staves } = layout(stateOf(STORY), size);
		expect(summed).toEqual([]);
		expect(paths).toHaveLength(1);
		expect(staves.map((stave) => stave.tone)).toEqual(['user', 'kernel', 'xen', 'hw']);
	});

	it('sums up what is too dense, with the share of time of each stave', () => {
		const { summed, marks } = layout(stateOf(busy(20_000)), size);
		expect(summed).toHaveLength(1);
		const column = summed[0].columns.filter((part) => part.x === summed[0].columns[40].x);
		expect(column).toHaveLength(2);
		expect(column[0].height).toBeCloseTo(column[1].height, 0);
		expect(marks.length).toBeLessThan(200);
		// What is not looked at is stood for: the counts still tell how much happened, roughly.
		const counted = marks.reduce((sum, mark) => sum + mark.count, 0);
		expect(counted).toBeGreaterThan(15_000);
		expect(counted).toBeLessThan(25_000);
	});

	it('keeps its work bounded by the width, and the chosen event in sight, in a long run', () => {
		const state = stateOf(busy(100_000), { chosen: 150_002 });
		const began = performance.now();
		const { marks } = layout(state, size);
		expect(performance.now() - began).toBeLessThan(200);
		expect(marks.filter((mark) => mark.chosen).map((mark) => mark.seq)).toEqual([150_002]);
	});

	it('shows single crossings again when zoomed in', () => {
		const { summed, marks } = layout(stateOf(busy(20_000), { stretch: { from: 5000, to: 5200 } }), size);
		expect(summed).toEqual([]);
		expect(marks.map((mark) => mark.word.text)).toContain('sched_op.yield');
	});

	it('never lets two labels overlap, and always labels the chosen event', () => {
		const events: FixtureEvent[] = [
			[0, 'domain_start', 1, 0, 0, 0],
			...Array.from({ length: 60 }, (_, index): FixtureEvent => [
				100 + index * 9,
				'hypercall',
				1 + (index % 20),
				-1,
				0,
				0,
				0,
				0,
				0,
				0
			])
		];
		const { marks } = layout(stateOf(events, { chosen: 31 }), size);
		const labels = marks
			.filter((mark) => mark.label)
			.map(({ label }) => ({ ...label!, x1: label!.x + label!.text.length * 6.5 }));
		expect(labels.length).toBeGreaterThan(5);
		for (const [index, a] of labels.entries())
			for (const b of labels.slice(index + 1))
				expect(Math.abs(a.y - b.y) >= 11 || a.x1 <= b.x || b.x1 <= a.x).toBe(true);
		const chosen = marks.find((mark) => mark.chosen)!;
		expect(chosen.seq).toBe(31);
		expect(chosen.label).not.toBeNull();
	});

	it('keeps the cursor only while it is in sight', () => {
		expect(layout(stateOf(STORY, { cursor: 700 }), size).cursor).toBeGreaterThan(148);
		expect(layout(stateOf(STORY, { cursor: 5000 }), size).cursor).toBeNull();
	});

	it('writes cycles as exactly as the axis needs', () => {
		expect(cyclesText(1_204_881, 20)).toBe('1,204,881');
		expect(cyclesText(1_200_000, 200_000)).toBe('1.2 M');
		expect(cyclesText(0, 200_000)).toBe('0');
	});
});
