import { describe, expect, it } from 'vitest';
import type { SchedulerPicture } from '../../moments';
import { KIND } from '../../trace/events';
import { TraceStore } from '../../trace/store';
import { gantt } from './gantt';
import { duration, layout, twin } from './layout';

/** Runstates of two vcpus: [cycle, domain, old, new]. */
const CHANGES = [
	[100, 1, 1, 0],
	[400, 1, 0, 1],
	[400, 2, 1, 0],
	[700, 2, 0, 2],
	[900, 1, 1, 0]
] as const;

function traceOf() {
	let now = 0;
	const store = new TraceStore({ now: () => now, icount: () => now, ring: () => 0 });
	for (const [at, dom, old, next] of CHANGES) {
		now = at;
		store.record(KIND.runstate, dom, 0, old, next);
	}
	return store.view;
}

const vcpu = (dom: number, runstate: number) => ({
	dom,
	name: `guest ${dom}`,
	vcpu: 0,
	runstate,
	since: 400,
	times: [300, 200, 0, 0],
	blocked: runstate === 2,
	down: false,
	pauseCount: 0,
	domainPaused: false,
	polling: null
});
/** The moment at cycle 500: after the third event. */
const picture: SchedulerPicture = {
	policy: 'round-robin',
	now: 500,
	hz: 1e9,
	slice: 1000,
	sliceEnd: 1400,
	running: [2, 0],
	queue: [[1, 0]],
	vcpus: [vcpu(1, 1), vcpu(2, 0)],
	timers: [
		{ what: 'one-shot timer', dom: 1, vcpu: 0, at: 800, period: 0 },
		{ what: 'end of the time slice', dom: null, vcpu: null, at: 1400, period: 0 }
	],
	apic: 800
};

describe('runstates', () => {
	it('are read both ways from the moment', () => {
		const { lanes, from, to, cut } = gantt(traceOf(), picture, 3, 0, 1000);
		expect([from, to, cut]).toEqual([0, 900, false]);
		expect(lanes[0].stretches.map(({ from, to, state }) => [from, to, state])).toEqual([
			[0, 100, 1],
			[100, 400, 0],
			[400, 900, 1]
		]);
		expect(lanes[1].stretches.map(({ from, to, state }) => [from, to, state])).toEqual([
			[0, 400, 1],
			[400, 700, 0],
			[700, 900, 2]
		]);
	});

	it('of a part are those of the whole, cut off', () => {
		const { lanes } = gantt(traceOf(), picture, 3, 450, 650);
		expect(lanes.map((lane) => lane.stretches.map(({ from, to, state }) => [from, to, state]))).toEqual([
			[[450, 650, 1]],
			[[450, 650, 0]]
		]);
	});

	it('never overlap and never leave a gap', () => {
		for (const seq of [0, 1, 2, 3, 4, 5]) {
			const states = [0, 1].map((place) => {
				const own = CHANGES.slice(0, seq).filter(([, dom]) => dom === place + 1);
				return own.length ? own.at(-1)![3] : 1;
			});
			const at = {
				...picture,
				now: seq ? CHANGES[seq - 1][0] : 0,
				vcpus: states.map((state, place) => vcpu(place + 1, state))
			};
			for (const { stretches } of gantt(traceOf(), at, seq, 0, 900).lanes)
				stretches.slice(1).forEach((stretch, place) => expect(stretch.from).toBe(stretches[place].to));
		}
	});
});

describe('the scheduler', () => {
	it('has a lane a vcpu, inside the picture, with the moment on it', () => {
		for (const width of [0, 300, 800]) {
			const marks = layout({ picture, trace: traceOf(), seq: 3, span: 1000 }, { width });
			expect(marks.lanes.map(({ name }) => name)).toEqual(['dom1 v0', 'dom2 v0']);
			for (const bar of marks.lanes.flatMap((lane) => lane.bars)) {
				expect(bar.x).toBeGreaterThanOrEqual(marks.left);
				expect(bar.x + bar.width).toBeLessThanOrEqual(marks.width + 1);
			}
			expect(marks.cursor).toBeGreaterThan(marks.left);
			expect(marks.ticks.length).toBeLessThanOrEqual(7);
		}
	});

	it('says who runs, how long still, and who is next', () => {
		const marks = layout({ picture, trace: null, seq: 0, span: 1000 }, { width: 600 });
		expect(marks.queue).toBe(
			'dom2 v0 has the processor, 900 ns of its slice of 1 µs are left; then dom1 v0 (round-robin).'
		);
		expect(marks.timers.map(({ cells }) => cells.slice(0, 3))).toEqual([
			['300 ns', 'one-shot timer', 'dom1 v0'],
			['900 ns', 'end of the time slice', 'Xen']
		]);
		const idle = { ...picture, running: null, queue: [], sliceEnd: null };
		expect(layout({ picture: idle, trace: null, seq: 0, span: 1000 }, { width: 600 }).queue).toBe(
			'The idle loop has the processor; nobody waits for it (round-robin).'
		);
	});

	it('marks a vcpu whose state is another, not one whose time goes on', () => {
		const before = { ...picture, now: 450, vcpus: [vcpu(1, 1), vcpu(2, 1)] };
		const { vcpus } = layout({ picture, before, trace: null, seq: 0, span: 1000 }, { width: 600 });
		expect(vcpus.filter((row) => row.changed).map(({ id }) => id)).toEqual(['dom2 v0']);
	});

	it('writes times as people do', () => {
		expect([12, 1500, 2_500_000, 3e9, 123_456].map((cycles) => duration(cycles, 1e9))).toEqual([
			'12 ns',
			'1.5 µs',
			'2.5 ms',
			'3 s',
			'123 µs'
		]);
	});

	it('says the same as text', () => {
		const texts = twin(layout({ picture, trace: traceOf(), seq: 3, span: 1000 }, { width: 600 })).map(
			({ text }) => text
		);
		expect(texts.some((text) => text.startsWith('dom2 v0 running for 300 ns'))).toBe(true);
	});
});
