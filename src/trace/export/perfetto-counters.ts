/** Figures that go up and down, as counters of Chrome's trace JSON. Each is written when it changes. */
import { FRAME_TYPES, KIND, RUNSTATES } from '../events';
import type { TraceView } from '../view';
import type { ChromeEvent } from './perfetto';

type Put = (event: ChromeEvent) => void;

/** Process that what concerns all domains is shown with. */
const XEN_PID = 1;
const PAGE_TABLES: readonly string[] = ['l1_page_table', 'l2_page_table', 'l3_page_table', 'l4_page_table'];
const NO_TYPE = 0;

/** How often something happened in each domain within the current millisecond. */
class Rate {
	private readonly counts = new Map<number, number>();

	constructor(
		private readonly name: string,
		private readonly pid: (dom: number) => number
	) {}

	add(dom: number): void {
		this.counts.set(dom, (this.counts.get(dom) ?? 0) + 1);
	}

	/** Writes the figures of the millisecond that began at `ts`; a domain whose figure was 0 and stays so is dropped. */
	flush(ts: number, put: Put): void {
		for (const [dom, count] of this.counts) {
			put({ ph: 'C', pid: this.pid(dom), ts, name: this.name, args: { count } });
			if (count === 0) this.counts.delete(dom);
			else this.counts.set(dom, 0);
		}
	}
}

/** Keeps the figures of one trace. */
export class Counters {
	private readonly states = new Map<number, number>();
	private readonly pending = new Map<number, number>();
	/** Type of each frame that is in use as one. */
	private readonly types = new Map<number, number>();
	private readonly tables = new Map<number, number[]>();
	private readonly hypercalls: Rate;
	private readonly faults: Rate;
	/** The millisecond that is being counted. */
	private millisecond = 0;

	constructor(
		private readonly view: TraceView,
		/** Microseconds at a cycle. */
		private readonly timeOf: (cycle: number) => number,
		/** The process with which a domain is shown. */
		private readonly pid: (dom: number) => number
	) {
		this.hypercalls = new Rate('hypercalls a millisecond', pid);
		this.faults = new Rate('faults a millisecond', pid);
	}

	private time(seq: number): number {
		return this.timeOf(this.view.cycle(seq));
	}

	event(seq: number, put: Put): void {
		const { view } = this;
		const now = Math.floor(this.time(seq) / 1000);
		if (now > this.millisecond) this.tick(now, put);
		Counters.takers[view.kind(seq)]?.(this, seq, put);
	}

	/** Which events move which figure. */
	private static readonly takers: Readonly<Record<number, (counters: Counters, seq: number, put: Put) => void>> = {
		[KIND.hypercall]: (counters, seq) => counters.hypercalls.add(counters.view.dom(seq)),
		[KIND.bounce]: (counters, seq) => counters.faults.add(counters.view.dom(seq)),
		[KIND.runstate]: (counters, seq, put) => counters.runstate(seq, put),
		[KIND.event_pending]: (counters, seq, put) => {
			const dom = counters.view.arg(seq, 'target_dom');
			counters.setPending(dom, (counters.pending.get(dom) ?? 0) + 1, seq, put);
		},
		[KIND.upcall]: (counters, seq, put) => counters.setPending(counters.view.dom(seq), 0, seq, put),
		[KIND.frame_type]: (counters, seq, put) => counters.frame(seq, put)
	};

	/** A millisecond is over; the figures stand where it began. Those after it, in which nothing happened, are 0. */
	private tick(now: number, put: Put): void {
		for (const rate of [this.hypercalls, this.faults]) rate.flush(this.millisecond * 1000, put);
		if (now > this.millisecond + 1)
			for (const rate of [this.hypercalls, this.faults]) rate.flush((this.millisecond + 1) * 1000, put);
		this.millisecond = now;
	}

	private runstate(seq: number, put: Put): void {
		const { view, states } = this;
		states.set(view.arg(seq, 'of_dom') * 256 + view.arg(seq, 'of_vcpu'), view.arg(seq, 'new'));
		const counts = Object.fromEntries(
			RUNSTATES.map((name, state) => [name, [...states.values()].filter((value) => value === state).length])
		);
		put({ ph: 'C', pid: XEN_PID, ts: this.time(seq), name: 'vcpus by runstate', args: counts });
	}

	private setPending(dom: number, count: number, seq: number, put: Put): void {
		if ((this.pending.get(dom) ?? 0) === count) return;
		this.pending.set(dom, count);
		const name = 'events pending since the last upcall';
		put({ ph: 'C', pid: this.pid(dom), ts: this.time(seq), name, args: { count } });
	}

	/** A frame counts for its type while references of that type are held. */
	private frame(seq: number, put: Put): void {
		const { view, types, tables } = this;
		const [mfn, owner] = [view.arg(seq, 'mfn'), view.arg(seq, 'owner')];
		const before = types.get(mfn) ?? NO_TYPE;
		const now = view.arg(seq, 'type_count') > 0 ? view.arg(seq, 'type') : NO_TYPE;
		if (before === now) return;
		types.set(mfn, now);
		const counts = tables.get(owner) ?? FRAME_TYPES.map(() => 0);
		tables.set(owner, counts);
		if (before !== NO_TYPE) counts[before] = Math.max(0, counts[before] - 1);
		if (now !== NO_TYPE) counts[now]++;
		const isTable = (type: number): boolean => PAGE_TABLES.includes(FRAME_TYPES[type]);
		if (!isTable(before) && !isTable(now)) return;
		const args = Object.fromEntries(PAGE_TABLES.map((name) => [name, counts[FRAME_TYPES.indexOf(name as never)]]));
		put({ ph: 'C', pid: this.pid(owner), ts: this.time(seq), name: 'page-table frames', args });
	}

	/** Writes the figures of the last millisecond. */
	finish(put: Put): void {
		this.tick(this.millisecond + 1, put);
	}
}
