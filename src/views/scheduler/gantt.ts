/** Runstates of the vcpus around a moment, as stretches of time, read from the trace. */
import { KIND } from '../../trace/events';
import type { SchedulerPicture, SchedVcpu } from '../../moments';
import type { TraceView } from '../../trace/view';

/** A time during which a vcpu's runstate was the same. Cycles. */
export interface Stretch {
	from: number;
	to: number;
	/** Index of RUNSTATES. */
	state: number;
	/** The event that began it, or -1 where it began before the window. */
	seq: number;
}

/** One vcpu's stretches, in order. */
export interface Lane {
	dom: number;
	vcpu: number;
	stretches: Stretch[];
}

/** Who ran, waited and slept when, a lane a vcpu; times in cycles. */
export interface Gantt {
	lanes: Lane[];
	/** What was read: the window that was asked for, or less of it where too many events lie in it. */
	from: number;
	to: number;
	/** Fewer cycles than asked could be read. */
	cut: boolean;
}

/** Most events read on each side of the moment. */
const MOST = 100_000;

/** Changes of runstate between two events; `stop` is a seq that is not read any more. */
function changes(
	view: TraceView,
	from: number,
	stop: number,
	by: 1 | -1,
	until: number
): { seqs: number[]; reached: number; cut: boolean } {
	const seqs: number[] = [];
	for (let seq = from, read = 0; seq !== stop; seq += by, read++) {
		const cycle = view.cycle(seq);
		if (by > 0 ? cycle > until : cycle < until) return { seqs, reached: until, cut: false };
		if (read === MOST) return { seqs, reached: cycle, cut: true };
		if (view.kind(seq) === KIND.runstate) seqs.push(seq);
	}
	return { seqs, reached: until, cut: false };
}

/**
 * The runstates between two cycles. The states of now are known, so nothing before the window need be read:
 * going back, each change says what was before it.
 * @param seq how many events lie before the moment
 */
export function gantt(view: TraceView, picture: SchedulerPicture, seq: number, from: number, to: number): Gantt {
	const known = Math.min(seq, view.length);
	const back = changes(view, known - 1, -1, -1, from);
	const ahead = changes(view, known, view.length, 1, to);
	// Beyond what was recorded nothing is known.
	const last = view.length ? view.cycle(view.length - 1) : 0;
	const start = Math.max(0, back.reached);
	const end = Math.min(ahead.reached, Math.max(picture.now, last));
	return {
		lanes: picture.vcpus.map((vcpu) => lane(view, vcpu, back.seqs, ahead.seqs, start, end)),
		from: start,
		to: end,
		cut: back.cut || ahead.cut
	};
}

function lane(
	view: TraceView,
	vcpu: SchedVcpu,
	back: readonly number[],
	ahead: readonly number[],
	from: number,
	to: number
): Lane {
	const own = (seq: number): boolean => view.arg(seq, 'of_dom') === vcpu.dom && view.arg(seq, 'of_vcpu') === vcpu.vcpu;
	const stretches: Stretch[] = [];
	const before = back.filter(own).reverse();
	let at = from;
	let began = -1;
	for (const seq of before) {
		stretches.push({ from: at, to: view.cycle(seq), state: view.arg(seq, 'old'), seq: began });
		at = view.cycle(seq);
		began = seq;
	}
	let state = vcpu.runstate;
	for (const seq of ahead.filter(own)) {
		stretches.push({ from: at, to: view.cycle(seq), state, seq: began });
		at = view.cycle(seq);
		state = view.arg(seq, 'new');
		began = seq;
	}
	stretches.push({ from: at, to, state, seq: began });
	return { dom: vcpu.dom, vcpu: vcpu.vcpu, stretches: stretches.filter((stretch) => stretch.to > stretch.from) };
}
