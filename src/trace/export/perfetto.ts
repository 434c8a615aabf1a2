/**
 * A trace as Chrome's trace JSON, which Perfetto (ui.perfetto.dev) and chrome://tracing open.
 *
 *     process a domain      thread a vcpu: its runstates, in them hypercalls and what happened inside; marks for the rest
 *     process Xen           thread the processor: who has it
 *     process hardware      thread the processor: traps, interrupts, flushes
 *
 * Lines follow the recorded causes. Counters: vcpus by runstate; for each domain hypercalls and faults in each millisecond of
 * virtual time, events that became pending since its last upcall, and its page-table frames. Times are microseconds of
 * virtual time, to the nanosecond. Arguments beyond 2^53 - 1 are text, as in JSON lines.
 */
import { DOMID_IDLE } from '../../abi/structs/xen';
import { RUNSTATES, type EventKind } from '../events';
import { domainName, titleOf } from '../text/names';
import { sentence } from '../text/sentence';
import { NAME_ARGUMENT, valueName } from '../values';
import { IS_SPAN, type TraceView } from '../view';
import { plainValue } from '../wide';
import { Counters } from './perfetto-counters';

/** What the lines need that no event says. */
export interface PerfettoOptions {
	/** Cycles a second. */
	hz: number;
	/** Names of domains by number; `dom1` where there is none. */
	names?: Readonly<Record<number, string>>;
}

/** One event of Chrome's format (Trace Event Format, Google, 2016), as far as it is used here. */
export interface ChromeEvent {
	ph: 'M' | 'B' | 'E' | 'X' | 'i' | 's' | 'f' | 'C';
	pid: number;
	tid?: number;
	ts?: number;
	dur?: number;
	name?: string;
	cat?: string;
	id?: number;
	/** Of an instant: 't', it concerns its thread. Of a flow's end 'e': it belongs to the slice around it. */
	s?: 't';
	bp?: 'e';
	args?: Record<string, unknown>;
}

interface Track {
	pid: number;
	tid: number;
}

const XEN: Track = { pid: 1, tid: 1 };
const HARDWARE: Track = { pid: 2, tid: 2 };
/** Process of domain 0; the others follow. Threads have numbers of their own among all. */
const FIRST_DOMAIN = 10;
const MOST_VCPUS = 256;
/** Characters of one piece of text. */
const PIECE = 65_536;

const domainPid = (dom: number): number => FIRST_DOMAIN + dom;
/** From here on domain numbers stand for something else (xen/include/public/xen.h: DOMID_FIRST_RESERVED). */
const FIRST_RESERVED = 0x7ff0;

/** Writes the events of one trace. */
class Writer {
	private readonly processes = new Set<number>();
	private readonly threads = new Set<number>();
	/** Vcpus with an open runstate, by thread. */
	private readonly inState = new Map<number, Track>();
	/** Whether someone has been seen to have the processor. */
	private held = false;
	private readonly counters: Counters;
	/** Effects of each event: the first, and of each effect the next. */
	private readonly firstEffect: Int32Array;
	private readonly nextEffect: Int32Array;
	out: ChromeEvent[] = [];

	constructor(
		private readonly view: TraceView,
		private readonly options: PerfettoOptions
	) {
		const { length } = view;
		this.firstEffect = new Int32Array(length).fill(-1);
		this.nextEffect = new Int32Array(length).fill(-1);
		for (let seq = length - 1; seq >= 0; seq--) {
			const cause = view.cause(seq);
			// What lies in the span that caused it needs no line.
			if (cause < 0 || view.parent(seq) === cause) continue;
			this.nextEffect[seq] = this.firstEffect[cause];
			this.firstEffect[cause] = seq;
		}
		this.counters = new Counters(
			view,
			(cycle) => this.time(cycle),
			(dom) => this.process(dom)
		);
		this.name(XEN, 'Xen', 'processor 0');
		this.name(HARDWARE, 'hardware', 'processor 0');
	}

	private nanoseconds(cycle: number): number {
		return Math.round((cycle * 1e9) / this.options.hz);
	}

	private time(cycle: number): number {
		return this.nanoseconds(cycle) / 1000;
	}

	private nameProcess(pid: number, name: string): void {
		if (this.processes.has(pid)) return;
		this.processes.add(pid);
		this.out.push({ ph: 'M', pid, name: 'process_name', args: { name } });
		// Domains above Xen, Xen above the hardware.
		this.out.push({
			ph: 'M',
			pid,
			name: 'process_sort_index',
			args: { sort_index: pid < FIRST_DOMAIN ? 1e6 + pid : pid }
		});
	}

	private name({ pid, tid }: Track, process: string, thread: string): void {
		this.nameProcess(pid, process);
		if (this.threads.has(tid)) return;
		this.threads.add(tid);
		this.out.push({ ph: 'M', pid, tid, name: 'thread_name', args: { name: thread } });
	}

	/** The process of a domain, which gets its name when it is first met; numbers that stand for no domain are Xen's. */
	private process(dom: number): number {
		if (dom >= FIRST_RESERVED) return XEN.pid;
		const name = this.options.names?.[dom];
		this.nameProcess(domainPid(dom), name ? `${domainName(dom)} (${name})` : domainName(dom));
		return domainPid(dom);
	}

	private vcpu(dom: number, vcpu: number): Track {
		const pid = this.process(dom);
		const track = { pid, tid: pid * MOST_VCPUS + vcpu };
		this.name(track, '', `vcpu ${vcpu}`);
		return track;
	}

	private trackOf(seq: number): Track {
		const { view } = this;
		if (view.row(seq).lane === 'hardware') return HARDWARE;
		return view.dom(seq) >= FIRST_RESERVED ? XEN : this.vcpu(view.dom(seq), view.vcpu(seq));
	}

	event(seq: number): void {
		const { view } = this;
		const kind = view.kindName(seq);
		if (kind === 'runstate') this.runstate(seq);
		if (kind === 'sched_switch') this.switch(seq);
		const track = this.trackOf(seq);
		const ts = this.time(view.cycle(seq));
		const linked = this.firstEffect[seq] >= 0 || this.isEffect(seq);
		const body = { ...track, ts, name: this.title(seq, kind), cat: view.row(seq).lane, args: this.args(seq) };
		if (IS_SPAN[view.kind(seq)]) this.out.push({ ph: 'X', ...body, dur: this.lasting(seq) });
		// A line needs a slice at either end.
		else if (linked) this.out.push({ ph: 'X', ...body, dur: 0 });
		else this.out.push({ ph: 'i', ...body, s: 't' });
		if (this.isEffect(seq)) this.out.push({ ph: 'f', ...track, ts, name: 'cause', cat: 'cause', id: seq, bp: 'e' });
		for (let effect = this.firstEffect[seq]; effect >= 0; effect = this.nextEffect[effect])
			this.out.push({ ph: 's', ...track, ts, name: 'cause', cat: 'cause', id: effect });
		this.counters.event(seq, (event) => this.out.push(event));
	}

	private isEffect(seq: number): boolean {
		const cause = this.view.cause(seq);
		return cause >= 0 && this.view.parent(seq) !== cause;
	}

	/** Microseconds that a span takes; one that has not ended lasts as long as the trace. */
	private lasting(seq: number): number {
		const { view } = this;
		const began = view.cycle(seq);
		const ended = view.end(seq) < 0 ? view.cycle(view.length - 1) : began + view.duration(seq);
		return (this.nanoseconds(ended) - this.nanoseconds(began)) / 1000;
	}

	private title(seq: number, kind: EventKind): string {
		const argument = NAME_ARGUMENT[kind];
		const name = argument ? valueName(this.view, seq, argument) : '';
		const title = titleOf(this.view, seq);
		if (!name) return title;
		return kind === 'hypercall' || kind === 'subcall' ? name : `${title} ${name}`;
	}

	private args(seq: number): Record<string, unknown> {
		const { view } = this;
		return {
			seq,
			icount: view.icount(seq),
			ring: view.ring(seq),
			...Object.fromEntries(Object.entries(view.args(seq)).map(([name, value]) => [name, plainValue(value)])),
			text: sentence(view, seq)
		};
	}

	/** One slice a runstate, on the thread of its vcpu. */
	private runstate(seq: number): void {
		const { view } = this;
		const track = this.vcpu(view.arg(seq, 'of_dom'), view.arg(seq, 'of_vcpu'));
		const ts = this.time(view.cycle(seq));
		if (this.inState.has(track.tid)) this.out.push({ ph: 'E', ...track, ts });
		this.inState.set(track.tid, track);
		this.out.push({ ph: 'B', ...track, ts, name: RUNSTATES[view.arg(seq, 'new')] ?? 'unknown', cat: 'runstate' });
	}

	/** One slice for each stretch that someone has the processor. */
	private switch(seq: number): void {
		const { view } = this;
		const ts = this.time(view.cycle(seq));
		const [dom, vcpu] = [view.arg(seq, 'next_dom'), view.arg(seq, 'next_vcpu')];
		if (this.held) this.out.push({ ph: 'E', ...XEN, ts });
		this.held = true;
		const name = dom === DOMID_IDLE ? 'idle' : `${domainName(dom)} vcpu ${vcpu}`;
		this.out.push({ ph: 'B', ...XEN, ts, name, cat: 'sched', args: { dom, vcpu } });
	}

	/** Ends what is still going on. */
	finish(): void {
		const { view } = this;
		if (view.length === 0) return;
		const ts = this.time(view.cycle(view.length - 1));
		for (const track of this.inState.values()) this.out.push({ ph: 'E', ...track, ts });
		if (this.held) this.out.push({ ph: 'E', ...XEN, ts });
		this.counters.finish((event) => this.out.push(event));
	}
}

/** The text of the file, piece after piece; between two pieces the caller may do something else. */
export function* perfetto(view: TraceView, options: PerfettoOptions): Generator<string> {
	const writer = new Writer(view, options);
	let text = `{"displayTimeUnit":"ns","otherData":${JSON.stringify({ program: 'Ringside', hz: options.hz, events: view.length })},"traceEvents":[`;
	let first = true;
	const flush = (): void => {
		for (const event of writer.out) {
			text += (first ? '\n' : ',\n') + JSON.stringify(event);
			first = false;
		}
		writer.out = [];
	};
	for (let seq = 0; seq < view.length; seq++) {
		writer.event(seq);
		flush();
		if (text.length > PIECE) {
			yield text;
			text = '';
		}
	}
	writer.finish();
	flush();
	yield text + '\n]}\n';
}
