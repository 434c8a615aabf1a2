/**
 * The scheduler, as marks: a lane a vcpu with its runstates around the moment, the queue, and every deadline. Running is
 * a full bar, runnable a hollow one, blocked a line, offline nothing: form says what colour says.
 */
import { RUNSTATES } from '../../trace/events';
import type { SchedulerPicture, SchedVcpu } from '../../moments';
import type { TraceView } from '../../trace/view';
import { count, decimal } from '../../words/numbers';
import { domainName } from '../shared/rings';
import { rowSentence, type RowMark } from '../shared/rows';
import type { TwinLine } from '../shared/twin';
import { words } from '../../words';
import { words as late } from '../../words/late';
import { counted } from '../../words/plural';
import { fill } from '../../words/template';
import { gantt } from './gantt';

const said = late.views.scheduler;

export interface BarMark {
	id: string;
	x: number;
	width: number;
	/** A name of RUNSTATES. */
	state: (typeof RUNSTATES)[number];
	/** Event that began it, or -1. */
	seq: number;
	text: string;
	/** Shown in the bar where there is room. */
	label: string;
}

export interface LaneMark {
	id: string;
	name: string;
	y: number;
	bars: BarMark[];
}

export interface SchedulerMarks {
	lanes: LaneMark[];
	/** Where the moment stands, and where time is counted. */
	cursor: number;
	ticks: { x: number; text: string }[];
	/** Deadlines that lie in the window. */
	deadlines: { x: number; text: string }[];
	height: number;
	width: number;
	/** Left edge of the lanes. */
	left: number;
	vcpus: RowMark[];
	timers: RowMark[];
	/** Who runs and who is next, in one sentence. */
	queue: string;
	/** Says that not the whole window could be shown. */
	note: string;
}

export const VCPU_COLUMNS = said.columns.vcpus;
export const TIMER_COLUMNS = said.columns.timers;

const LANE = 30;
const TOP = 18;
/** Room for `dom12 v0`, and more where a name is longer. */
const LEFT = 62;
const LETTER = 7.3;

/** A span of cycles as people read it: ns, µs, ms or s. */
export function duration(cycles: number, hz: number): string {
	const ns = (cycles / hz) * 1e9;
	const units: readonly [limit: number, divide: number, unit: string][] = [
		[1e3, 1, 'ns'],
		[1e6, 1e3, 'µs'],
		[1e9, 1e6, 'ms'],
		[Infinity, 1e9, 's']
	];
	const [, divide, unit] = units.find(([limit]) => Math.abs(ns) < limit)!;
	const value = ns / divide;
	return `${decimal(value, Math.abs(value) >= 100 || unit === 'ns' ? 0 : 1)} ${unit}`;
}

const vcpuName = (dom: number, vcpu: number): string => fill(said.vcpu, { dom: domainName(dom), vcpu });

/** Why a vcpu does not run. */
function why(vcpu: SchedVcpu): string {
	if (vcpu.down) return said.why.down;
	if (vcpu.domainPaused) return said.why.domainPaused;
	if (vcpu.pauseCount > 0) return said.why.paused;
	if (vcpu.polling) return fill(said.why.polls, { ports: vcpu.polling.join(' ') });
	if (vcpu.blocked) return said.why.blocked;
	return '';
}

/** A runstate by its index in RUNSTATES; '' for none. */
const stateName = (state: number): string => words.names.runstates[RUNSTATES[state]] ?? '';

function stateText(vcpu: SchedVcpu): string {
	const state = stateName(vcpu.runstate);
	const because = why(vcpu);
	return state && because ? fill(said.state, { state, why: because }) : state || because;
}

const vcpuRow = (picture: SchedulerPicture, vcpu: SchedVcpu): RowMark => ({
	id: vcpuName(vcpu.dom, vcpu.vcpu),
	cells: [
		vcpuName(vcpu.dom, vcpu.vcpu),
		stateText(vcpu),
		duration(picture.now - vcpu.since, picture.hz),
		...vcpu.times.map((cycles) => duration(cycles, picture.hz))
	],
	tone: 'kernel',
	faint: vcpu.runstate === 3
});

/** Rows whose state is another; that times go on is no news. */
function markStates(rows: RowMark[], before: SchedulerPicture | null): RowMark[] {
	if (!before) return rows;
	const old = new Map(before.vcpus.map((vcpu) => [vcpuName(vcpu.dom, vcpu.vcpu), vcpuRow(before, vcpu).cells[1]]));
	return rows.map((row) => (old.get(row.id) === row.cells[1] ? row : { ...row, changed: true }));
}

const timerRows = (picture: SchedulerPicture): RowMark[] =>
	picture.timers.map((timer, place) => ({
		id: `timer ${place} ${timer.what} ${timer.dom ?? ''} ${timer.at}`,
		cells: [
			timer.at <= picture.now ? said.due : duration(timer.at - picture.now, picture.hz),
			timer.what,
			timer.dom === null
				? words.views.shared.domains.xen
				: timer.vcpu === null
					? domainName(timer.dom)
					: vcpuName(timer.dom, timer.vcpu),
			timer.period ? fill(said.every, { period: duration(timer.period, picture.hz) }) : ''
		],
		tone: timer.dom === null ? 'xen' : 'kernel'
	}));

function queueText(picture: SchedulerPicture): string {
	const { running, queue, policy, slice, hz, sliceEnd, now } = picture;
	const parts = said.queue;
	return fill(parts.line, {
		who: running ? fill(parts.running, { who: vcpuName(...running) }) : parts.idle,
		left: sliceEnd === null ? '' : fill(parts.left, { left: duration(sliceEnd - now, hz), slice: duration(slice, hz) }),
		next: queue.length ? fill(parts.next, { vcpus: queue.map((pair) => vcpuName(...pair)).join(', ') }) : parts.nobody,
		policy
	});
}

/** Round steps for the ruler: at most about six in the window. */
function ruler(from: number, to: number, hz: number): number[] {
	const span = Math.max(1, to - from);
	const unit = 10 ** Math.floor(Math.log10((span / hz) * 1e9));
	const step = [0.2, 0.5, 1, 2].map((part) => (part * unit * hz) / 1e9).find((size) => span / size <= 6) ?? span;
	const ticks: number[] = [];
	for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push(at);
	return ticks;
}

/** Cycles that the window shows when nothing was chosen: a slice, or all there is while a run is young. */
export const usualSpan = (picture: SchedulerPicture): number =>
	Math.min(picture.slice, Math.max(picture.hz / 1e5, picture.now * 1.2));

/**
 * @param state `seq`: events before the moment; `span`: cycles to show, the moment at four fifths of it
 */
export function layout(
	state: {
		picture: SchedulerPicture;
		before?: SchedulerPicture | null;
		trace: TraceView | null;
		seq: number;
		span: number;
	},
	size: { width: number }
): SchedulerMarks {
	const { picture, before = null, trace, seq, span } = state;
	const width = Math.max(220, size.width);
	const start = Math.max(0, picture.now - span * 0.8);
	const end = start + span;
	const read = trace ? gantt(trace, picture, seq, start, end) : null;
	const longest = Math.max(0, ...(read?.lanes ?? []).map(({ dom, vcpu }) => vcpuName(dom, vcpu).length));
	const left = Math.max(LEFT, Math.ceil(longest * LETTER) + 4);
	const scale = (width - left) / (end - start);
	const x = (cycle: number): number => left + (Math.min(end, Math.max(start, cycle)) - start) * scale;
	const lanes = (read?.lanes ?? []).map((lane, place) => ({
		id: vcpuName(lane.dom, lane.vcpu),
		name: vcpuName(lane.dom, lane.vcpu),
		y: TOP + place * LANE,
		bars: lane.stretches.map((stretch, index) => {
			const wide = Math.max(1, x(stretch.to) - x(stretch.from));
			const state = RUNSTATES[stretch.state] ?? 'offline';
			const told = {
				vcpu: vcpuName(lane.dom, lane.vcpu),
				state: words.names.runstates[state],
				time: duration(stretch.to - stretch.from, picture.hz)
			};
			return {
				id: `${lane.dom}/${lane.vcpu}/${stretch.seq}/${index}`,
				x: x(stretch.from),
				width: wide,
				state,
				seq: stretch.seq,
				text: fill(stretch.seq < 0 ? said.stretch.longer : said.stretch.line, told),
				label: wide > 78 ? fill(said.stretch.label, told) : ''
			};
		})
	}));
	return {
		lanes,
		cursor: x(picture.now),
		ticks: ruler(start, end, picture.hz).map((at) => ({ x: x(at), text: duration(at, picture.hz) })),
		deadlines: picture.timers
			.filter((timer) => timer.at > start && timer.at < end)
			.map((timer) => ({ x: x(timer.at), text: timer.what })),
		height: TOP + Math.max(1, lanes.length) * LANE + 4,
		width,
		left,
		vcpus: markStates(
			picture.vcpus.map((vcpu) => vcpuRow(picture, vcpu)),
			before
		),
		timers: timerRows(picture),
		queue: queueText(picture),
		note: read?.cut
			? counted(said.cut, Math.round(read.to - read.from), { count: count(Math.round(read.to - read.from)) })
			: ''
	};
}

export const twin = (marks: SchedulerMarks): TwinLine[] => [
	{ id: 'queue', text: marks.queue, choosable: false },
	...marks.vcpus.map((row) => ({ id: row.id, text: `${rowSentence(row, VCPU_COLUMNS)}.`, choosable: false })),
	...marks.lanes.flatMap((lane) =>
		lane.bars.map((bar) => ({ id: bar.id, text: fill(said.bar, { stretch: bar.text }) }))
	),
	...marks.timers.map((row) => ({ id: row.id, text: `${rowSentence(row, TIMER_COLUMNS)}.`, choosable: false }))
];
