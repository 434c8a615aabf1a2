/**
 * The execution line: on which stave the one processor is, from moment to moment. It is a list of visits, one
 * after the other without a gap, read once from the trace and extended as the trace grows.
 */
import { KIND } from '../../trace/events';
import type { TraceView } from '../../trace/view';
import { DOMID_IDLE } from '../shared/rings';

/** Staves by number: hardware, the hypervisor, then kernel and user of each domain in order of appearance. */
export const HARDWARE = 0;
export const XEN = 1;
export const kernelLane = (domain: number): number => 2 + 2 * domain;
export const userLane = (domain: number): number => 3 + 2 * domain;

export class ExecutionLine {
	/** Domain ids in order of appearance; a lane number refers to a place in this list. */
	readonly domains: number[] = [];
	/** Visits so far. */
	length = 0;
	/** First cycle of each visit; it lasts until the next one starts. */
	start = new Float64Array(256);
	lane = new Uint8Array(256);
	/** The event that started the visit. */
	seq = new Int32Array(256);
	/** Events read, and a stamp of the last: a trace that was cut and grew again has another. */
	private read = 0;
	private stamp = '';

	/** Lane of `ring` in domain `dom`. */
	laneOf(dom: number, ring: number): number {
		if (ring === 0 || dom >= 0x7ff0) return XEN;
		let place = this.domains.indexOf(dom);
		if (place < 0) place = this.domains.push(dom) - 1;
		return ring === 3 ? userLane(place) : kernelLane(place);
	}

	/** Reads the events that came since the last call. */
	extend(trace: TraceView): void {
		if (this.read > trace.length || (this.read > 0 && this.stampOf(trace) !== this.stamp)) this.reset();
		if (this.read === 0 && trace.length > 0) this.push(0, XEN, 0);
		for (; this.read < trace.length; this.read++) this.follow(trace, this.read);
		if (this.read > 0) this.stamp = this.stampOf(trace);
	}

	private stampOf(trace: TraceView): string {
		const seq = this.read - 1;
		return `${trace.kind(seq)} ${trace.icount(seq)} ${trace.cycle(seq)}`;
	}

	/** The visit at `cycle`: the last that starts at or before it. */
	at(cycle: number): number {
		let low = 0;
		let high = this.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (this.start[middle] <= cycle) low = middle + 1;
			else high = middle;
		}
		return Math.max(0, low - 1);
	}

	/** The visit in which an event was recorded: the last that an earlier event, or it itself, started. */
	visitOf(seq: number): number {
		let low = 0;
		let high = this.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (this.seq[middle] <= seq) low = middle + 1;
			else high = middle;
		}
		return Math.max(0, low - 1);
	}

	private follow(trace: TraceView, seq: number): void {
		const kind = trace.kind(seq);
		const cycle = trace.cycle(seq);
		if (kind === KIND.trap || kind === KIND.far_return || kind === KIND.ring_change) {
			this.push(cycle, this.laneOf(trace.dom(seq), trace.arg(seq, 'to_ring')), seq);
		} else if (kind === KIND.interrupt) {
			this.push(cycle, HARDWARE, seq);
			this.push(cycle, XEN, seq);
		} else if (kind === KIND.halt || kind === KIND.shutdown) {
			this.push(cycle, HARDWARE, seq);
		} else if (kind === KIND.domain_start && trace.arg(seq, 'of_dom') !== DOMID_IDLE) {
			// A stave from the start, though nothing has run on it yet.
			this.laneOf(trace.arg(seq, 'of_dom'), 1);
		}
	}

	private push(cycle: number, lane: number, seq: number): void {
		if (this.length > 0 && this.lane[this.length - 1] === lane) return;
		if (this.length === this.start.length) this.grow();
		this.start[this.length] = cycle;
		this.lane[this.length] = lane;
		this.seq[this.length++] = seq;
	}

	private grow(): void {
		const size = this.start.length * 2;
		const start = new Float64Array(size);
		const lane = new Uint8Array(size);
		const seq = new Int32Array(size);
		start.set(this.start);
		lane.set(this.lane);
		seq.set(this.seq);
		this.start = start;
		this.lane = lane;
		this.seq = seq;
	}

	private reset(): void {
		this.domains.length = 0;
		this.length = 0;
		this.read = 0;
	}
}
