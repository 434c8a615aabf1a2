import { describe, expect, it } from 'vitest';
import { STORY, traceOf, type FixtureEvent } from '../shared/fixture';
import { queryAll } from '../../trace/query';
import { layout, type ScoreState } from './layout';
import { needsCanvas } from './paint';
import { axisOf, scaleOf } from './scale';
import { twin } from './twin';
import { HARDWARE, kernelLane, userLane, XEN } from '../../trace/lanes';
import { Tally } from '../../trace/tally';
import type { TraceView } from '../../trace/view';

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

/** Domain 0 and its guests, one after the other: each makes so many hypercalls. */
function crowd(guests: number, calls: number): TraceView {
	const each = 3 * calls;
	const events = Array.from({ length: (guests + 1) * calls }, (_, call): FixtureEvent[] => [
		[call * 60, 'trap', 0x82, 0, 1, 0, 0, 0, 0, 0],
		[call * 60, 'hypercall', 29, 0, 0, 0, 0, 0, 0, 0],
		[call * 60 + 20, 'far_return', 0, 1, 0, 0, 0]
	]).flat();
	const trace = traceOf(events, (place) => Math.floor(place / each));
	Tally.of(trace).extend();
	return trace;
}

describe('more domains than there is room for', () => {
	const view = { width: 900, height: 240 };
	const stateIn = (trace: TraceView, change: Partial<ScoreState> = {}): ScoreState => {
		const end = trace.cycle(trace.length - 1) + 100;
		return { trace, stretch: { from: 0, to: end }, chosen: -1, end, known: trace.length, cursor: -1, ...change };
	};
	const labels = (state: ScoreState) => layout(state, view).staves.map(({ label }) => label);

	it('share two staves, and names never lie on each other', () => {
		for (const guests of [1, 2, 32, 128]) {
			const { staves, own, room } = layout(stateIn(crowd(guests, 2)), view);
			const apart = staves.slice(1).map(({ y }, at) => y - staves[at].y);
			expect(Math.min(...apart)).toBeGreaterThanOrEqual(14);
			expect(own.length === guests + 1 || own.length === room).toBe(true);
		}
		const [count, others] = [129, labels(stateIn(crowd(128, 2))).filter((label) => label.includes('others'))];
		expect(others).toEqual([`ring 3 · ${count - 5} others`, `ring 1 · ${count - 5} others`]);
	});

	it('have their own when they are picked, or an event of theirs is told', () => {
		const trace = crowd(128, 2);
		const state = stateIn(trace, { picked: [0, 77] });
		expect(labels(state).slice(0, 5)).toEqual([
			'ring 3 · dom0',
			'ring 1 · dom0 kernel',
			'ring 3 · dom77',
			'ring 1 · dom77 kernel',
			'ring 3 · 127 others'
		]);
		const chosen = 6 * 100 + 1;
		expect(trace.dom(chosen)).toBe(100);
		expect(labels({ ...state, chosen })).toContain('ring 1 · dom100 kernel');
		// Where there is no room for all that were picked beside it, the last one that was picked stays.
		const full = labels({ ...state, picked: [90, 5, 6, 7, 8], chosen });
		expect(full).toContain('ring 1 · dom90 kernel');
		expect(full).not.toContain('ring 1 · dom8 kernel');
		expect(labels(stateIn(trace, { chosen }))).toContain('ring 1 · dom100 kernel');
	});

	it('lose neither time nor events on the staves that they share', () => {
		const trace = crowd(128, 200);
		const { staves, summed, cells } = layout(stateIn(trace), view);
		const shared = staves.find(({ lanes }) => lanes.length > 100 && lanes.includes(kernelLane(100)))!;
		const parts = summed.flatMap(({ columns }) => columns).filter(({ lane }) => lane === shared.lane);
		expect(parts.length).toBeGreaterThan(80);
		// Domain 0 is the first of all, and done soon.
		const first = layout(stateIn(trace, { picked: [0] }), view);
		const dom0 = first.staves.find(({ lanes }) => lanes.includes(kernelLane(0)))!;
		const onIt = first.cells.filter(({ y }) => Math.abs(y - dom0.y) < dom0.height / 2);
		expect(Math.max(...onIt.map(({ x }) => x))).toBeLessThan(200);
		expect(Math.max(...cells.map(({ x }) => x))).toBeGreaterThan(800);
	});

	it('are told together in words', () => {
		const lines = twin(stateIn(crowd(128, 20))).map(({ text }) => text);
		expect(lines.length).toBeLessThan(80);
		expect(lines).toContainEqual(expect.stringMatching(/with (?:[^,]+, ){6}all others \d+ % of the time/));
		expect(lines).toContainEqual(expect.stringMatching(/^2,580 × hypercalls in 129 domains; the first: /));
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
			.map(({ label }) => ({ ...label!, x1: label!.x + label!.text.length * 7.2 }));
		expect(labels.length).toBeGreaterThan(5);
		for (const [index, a] of labels.entries())
			for (const b of labels.slice(index + 1))
				expect(Math.abs(a.y - b.y) >= 11 || a.x1 <= b.x || b.x1 <= a.x).toBe(true);
		const chosen = marks.find((mark) => mark.chosen)!;
		expect(chosen.seq).toBe(31);
		expect(chosen.label).not.toBeNull();
	});

	it('names what follows itself once, with how many there are, also where some marks have become one', () => {
		const batch = (apart: number): FixtureEvent[] => [
			[0, 'domain_start', 1, 0, 0, 0],
			...Array.from({ length: 32 }, (_, index): FixtureEvent[] => [
				[100 + index * apart, 'subcall', 14, -1, 0xc001_9000 + index * 4096, 0, 0, 0, 0, 0],
				[100 + index * apart, 'check', 1, 1, 0x135, 1]
			]).flat()
		];
		for (const apart of [40, 4]) {
			const { marks } = layout(stateOf(batch(apart), { stretch: { from: 0, to: 1600 } }), size);
			const labels = marks.flatMap(({ label }) => label?.text ?? []);
			expect(labels.filter((text) => text.startsWith('update_va_mapping'))).toEqual(['update_va_mapping ×32']);
		}
	});

	it('keeps the cursor only while it is in sight', () => {
		expect(layout(stateOf(STORY, { cursor: 700 }), size).cursor).toBeGreaterThan(148);
		expect(layout(stateOf(STORY, { cursor: 5000 }), size).cursor).toBeNull();
	});
});

describe('a long run on the score', () => {
	/** `count` calls; the call at `no` is refused, and a process faults twice in a row at `fault`. */
	const long = (count: number, no: number, fault: number): FixtureEvent[] =>
		Array.from({ length: count }, (_none, index): FixtureEvent[] => {
			const at = 1000 + index * 40;
			const refused = index === no;
			return [
				[at, 'trap', 0x82, 0, 1, 0, 0, 0, 0, 0],
				[at, 'hypercall', 29, 0, 0, 0, 0, 0, 0, refused ? -22 : 0],
				[at + 5, 'check', 1, refused ? 0 : 1, 0, 0],
				...(index === fault
					? ([
							[at + 9, 'page_fault', 1, 2, 4, 3],
							[at + 9, 'page_fault', 1, 2, 4, 3]
						] as FixtureEvent[])
					: []),
				[at + 20, 'far_return', 0, 1, 0, 0, 0]
			];
		}).flat();
	const state = stateOf(long(60_000, 41_234, 7_777));
	const { trace } = state;

	it('keeps every refusal and every fault in sight, counted', () => {
		const { marks } = layout(state, size);
		const crosses = marks.filter((mark) => mark.word.shape === 'cross');
		expect(crosses.map((mark) => [trace.kindName(mark.seq), mark.count])).toEqual([
			['hypercall', 1],
			['check', 1]
		]);
		expect(crosses[1].seq).toBe(queryAll(trace, 'check refused')[0]);
		const faults = marks.filter((mark) => mark.word.text === '#PF');
		expect(faults.map((mark) => [mark.count, mark.seq])).toEqual([[2, queryAll(trace, 'page_fault')[0]]]);
		expect(marks.length).toBeLessThan(200);
	});

	it('counts each hypercall once, at any zoom', () => {
		for (const part of [1, 0.3, 0.01]) {
			const stretch = { from: 0, to: state.end * part };
			const counted = layout({ ...state, stretch }, size)
				.marks.filter((mark) => trace.kindName(mark.seq) === 'hypercall')
				.reduce((sum, mark) => sum + mark.count, 0);
			const there = queryAll(trace, `hypercall cycle<${stretch.to}`).length;
			expect(Math.abs(counted - there)).toBeLessThanOrEqual(there * 0.01 + 8);
		}
	});

	it('tells in bands and words how dense it is', () => {
		const { cells, notes } = layout(state, size);
		expect(new Set(cells.map((cell) => cell.tone))).toEqual(new Set(['kernel', 'xen']));
		expect(cells.every((cell) => cell.level >= 1 && cell.level <= 4)).toBe(true);
		expect(notes.some((note) => /^[\d.]+ k decisions/.test(note.text))).toBe(true);
		expect(layout({ ...state, stretch: { from: 5000, to: 5200 } }, size).cells).toEqual([]);
	});

	it('keeps what a column shows while it is moved', () => {
		const span = state.end / 4;
		const step = (span / (size.width - 4 - 148)) * 6;
		const shares = (from: number) =>
			layout({ ...state, stretch: { from, to: from + span } }, size).summed[0].columns.map((part) => part.height);
		const before = shares(step * 10);
		const moved = shares(step * 12);
		expect(moved.slice(0, 100)).toEqual(before.slice(4, 104));
	});

	it('sums up in its text twin what is in sight', () => {
		const lines = twin({ ...state, hz: 1e9 }).map((line) => line.text);
		expect(lines[0]).toMatch(/^In sight: cycles 0 to 2,401,\d+, 2.4 ms; events: 240,002\.$/);
		expect(lines[1]).toMatch(/ring 1 of dom1 \d+ %, Xen \d+ %/);
		expect(lines).toContainEqual(expect.stringMatching(/^2 × page faults of dom1, ring 3; the first: /));
		expect(twin({ ...state, stretch: { from: 5000, to: 5200 } })[0].text).not.toContain('In sight');
	});

	it('asks for a canvas when it has too much for SVG', () => {
		expect(needsCanvas(layout(state, { width: 2600, height: 186 }))).toBe(true);
		expect(needsCanvas(layout(stateOf(STORY), size))).toBe(false);
	});
});

describe('the axis of the score', () => {
	const axis = (from: number, to: number, hz = 2e9) => axisOf(scaleOf({ from, to }, { width: 1000, height: 200 }), hz);

	it('says cycles as exactly as the zoom needs, and how long it is between two', () => {
		expect(
			axis(0, 1e10)
				.ticks.map((tick) => tick.text)
				.slice(0, 3)
		).toEqual(['0', '2 G', '4 G']);
		expect(axis(0, 1e10).unit).toBe('cycles, 1 s apart');
		expect(axis(47_000_000, 47_500_000).ticks[1].text).toBe('47.1 M');
		expect(axis(47_000_000, 47_500_000).unit).toBe('cycles, 50 µs apart');
		const close = axis(1_204_881_230, 1_204_881_238);
		expect(close.ticks[0].text).toBe('1,204,881,230');
		expect(new Set(close.ticks.map((tick) => tick.text)).size).toBe(close.ticks.length);
		expect(close.unit).toMatch(/^cycles, (0.5|1) ns apart$/);
		expect(axis(0, 100, 0).unit).toBe('cycles');
	});

	it('has no two numbers alike, and none that is not there, at any zoom', () => {
		for (let span = 8; span < 1e11; span *= 7)
			for (const from of [0, 1e5, 123_456_789]) {
				const { ticks } = axis(from, from + span);
				expect(new Set(ticks.map((tick) => tick.text)).size).toBe(ticks.length);
				expect(ticks.length).toBeGreaterThan(1);
			}
	});
});
