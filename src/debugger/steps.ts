/**
 * Steps of every size, both ways, one row each. Forward a step goes to the next moment of its kind, back to the latest before
 * the present; both name the same moments. Breakpoints on the way stop a step, but for one of a single instruction.
 */
import { HYPERCALLS } from '../abi/hypercalls';
import { KIND } from '../trace/events';
import { HYPERCALL_VECTOR, isFault } from '../trace/values';
import type { CodeLine, MomentState } from '../moments';
import type { TraceView } from '../trace/view';
import type { StopPoint, StopReport, StopSpec } from '../workbench/stops';
import { OWN, processOf, withStack } from './frame-points';
import { LineSteps, type Steppable } from './line-steps';
import type { GuestImages } from './guest-image';
import type { BackTrace } from './back-trace';

/** Steps that need no more than their name. */
export type StepKind =
	/** One instruction. */
	| 'instruction'
	/** One instruction, but a CALL, INT or repeated string instruction as a whole. */
	| 'over'
	/** To where another source line begins, also in a function that is called. */
	| 'line'
	/** The same, but calls are passed over. */
	| 'line-over'
	/** Out of the function, or of the handler of a trap; back: to the call, or to what was interrupted. */
	| 'out'
	/** To the next recorded event. */
	| 'event'
	| 'hypercall'
	/** To the next page fault or other exception. */
	| 'fault'
	/** To where the scheduler gives the processor to another vcpu. */
	| 'switch';

/** Steps that say what they look for. */
export type StepTo =
	/** To an event by a query (src/trace/query/). */
	| { readonly kind: 'to-event'; readonly query: string }
	/** To right after the next write to memory. */
	| {
			readonly kind: 'to-write';
			readonly space: 'linear' | 'physical';
			readonly address: number;
			readonly length: number;
	  }
	/** To where a machine frame's type changes. */
	| { readonly kind: 'to-type'; readonly mfn: number }
	/** To before the instruction at an address. */
	| { readonly kind: 'until'; readonly address: number; readonly dom?: number };

export type Step = StepKind | StepTo;

/** What steps need of a run. */
export interface SteppedRun {
	readonly trace: TraceView;
	advance(stop: StopSpec): Promise<StopReport>;
	reverseContinue(stop: StopSpec): Promise<StopReport>;
	seek(moment: { icount: number; seq?: number } | { seq: number }): Promise<StopReport>;
	read(address: number, length: number): Promise<Uint8Array>;
}

/** What steps need of the debugger. */
export interface Reader {
	readonly images: GuestImages;
	inspect(): Promise<MomentState>;
	/** Instructions from an address, and whether each is one to step over. */
	decode(address: number, count: number): Promise<{ length: number; steps: boolean; text: string }[]>;
	disassemble(address: number, count: number): Promise<CodeLine[]>;
	backTrace(moment?: MomentState): Promise<BackTrace>;
}

/** How often what an event step looks for may turn out not to be it. */
const MOST_MISSES = 1_000_000;
const HYPERCALL = `int 0x${HYPERCALL_VECTOR.toString(16)}`;

type Pick = (trace: TraceView, seq: number) => boolean;

/** Steps to events: how the next is asked for, and which they are in the trace. */
const EVENTS: Readonly<
	Record<'event' | 'hypercall' | 'fault' | 'switch', { stop: (seq: number) => StopSpec; pick: Pick }>
> = {
	event: { stop: (seq) => ({ seq: seq + 1 }), pick: () => true },
	hypercall: {
		stop: () => ({ kinds: [KIND.hypercall] }),
		pick: (trace, seq) => trace.kind(seq) === KIND.hypercall
	},
	fault: {
		stop: () => ({ faults: true }),
		pick: isFault
	},
	switch: {
		stop: () => ({ kinds: [KIND.sched_switch] }),
		pick: (trace, seq) => trace.kind(seq) === KIND.sched_switch
	}
};

/** Steps on one run. */
export class Steps implements Steppable {
	/** Where the run stands, by the last report. */
	private now = { icount: 0, seq: 0 };

	constructor(
		private readonly run: SteppedRun,
		private readonly reader: Reader
	) {}

	/** Forward by one step. */
	async forward(step: Step, stops: readonly StopPoint[]): Promise<StopReport> {
		this.now = await this.inspect();
		if (typeof step !== 'string') return this.to(step, stops, (stop) => this.advance(stop));
		switch (step) {
			case 'instruction':
				return this.one();
			case 'over':
				return this.over(stops);
			case 'line':
			case 'line-over':
				return new LineSteps(this, stops, step === 'line-over').forward();
			case 'out':
				return this.out(stops);
			default:
				return this.advance({ ...EVENTS[step].stop(this.now.seq), points: [...stops] });
		}
	}

	/** Back by one step. */
	async back(step: Step, stops: readonly StopPoint[]): Promise<StopReport> {
		this.now = await this.inspect();
		if (typeof step !== 'string') return this.to(step, stops, (stop) => this.reverseContinue(stop));
		switch (step) {
			case 'instruction':
				return this.backOne();
			case 'over':
				return this.backOver(stops);
			case 'line':
			case 'line-over':
				return new LineSteps(this, stops, step === 'line-over').back();
			case 'out':
				return this.backOut(stops);
			default:
				return this.backToEvent(EVENTS[step].pick);
		}
	}

	// --- what line steps are made of ---------------------------------------------------------------

	get images(): GuestImages {
		return this.reader.images;
	}
	inspect(): Promise<MomentState> {
		return this.reader.inspect();
	}
	async advance(stop: StopSpec): Promise<StopReport> {
		return (this.now = await this.run.advance(stop));
	}
	async reverseContinue(stop: StopSpec): Promise<StopReport> {
		return (this.now = await this.run.reverseContinue(stop));
	}
	async seek(moment: { icount: number; seq?: number } | { seq: number }): Promise<StopReport> {
		return (this.now = await this.run.seek(moment));
	}
	disassemble(address: number, count: number): Promise<CodeLine[]> {
		return this.reader.disassemble(address, count);
	}
	backTrace(moment?: MomentState): Promise<BackTrace> {
		return this.reader.backTrace(moment);
	}

	one(): Promise<StopReport> {
		return this.advance({ icount: this.now.icount + 1 });
	}

	/** An event that retired nothing (a fault, an interrupt) counts as a step of its own. */
	async backOne(): Promise<StopReport> {
		const { trace } = this.run;
		const { icount, seq } = this.now;
		if (seq > 0 && trace.icount(seq - 1) === icount) {
			const report = await this.seek({ icount });
			if (report.seq < seq || report.cause !== 'icount') return report;
		}
		return this.seek({ icount: Math.max(0, icount - 1) });
	}

	async over(stops: readonly StopPoint[]): Promise<StopReport> {
		const moment = await this.inspect();
		const [here] = await this.reader.decode(moment.code.address, 1);
		if (!here?.steps || moment.cpl === 0) return this.one();
		// The iret hypercall does not come back to its INT.
		if (here.text === HYPERCALL && moment.regs.eax === HYPERCALLS.iret.nr) {
			const entered = await this.one();
			return (await this.leaveXen(stops)) ?? entered;
		}
		const address = (moment.code.address + here.length) >>> 0;
		const { dom, regs } = moment;
		// A call, or INT, that has come back leaves the stack as it was; a callee may have taken its arguments off it.
		const back = withStack({ address, esp: regs.esp, dom, process: processOf(moment) }, OWN.back);
		const point = { ...back, condition: back.condition!.replace('esp ==', 'esp >=') };
		return arrival(await this.advance({ points: [point, ...stops] }));
	}

	async backOver(stops: readonly StopPoint[]): Promise<StopReport> {
		const moment = await this.inspect();
		const { address } = moment.code;
		const report = await this.backOne();
		if (report.cause !== 'icount' || moment.cpl === 0) return report;
		const before = await this.inspect();
		const [executed] = await this.reader.decode(before.code.address, 1);
		const follows = executed && before.code.address + executed.length === address;
		if (follows || before.regs.esp === moment.regs.esp) return report;
		// The instruction before was somewhere else: was it what a call came back from?
		const called = await this.callBefore(address);
		if (called === null) return report;
		const { dom, regs } = moment;
		const at = { address: called, esp: regs.esp, dom, process: processOf(moment) };
		const landed = await this.reverseContinue({ points: [withStack(at, OWN.back), ...stops] });
		return landed.cause === 'point' ? arrival(landed) : this.seek({ icount: report.icount, seq: report.seq });
	}

	/** Address of the CALL or INT that ends right before `address`; null when there is none. */
	private async callBefore(address: number): Promise<number | null> {
		for (const length of [2, 5, 3, 6, 7, 4]) {
			const [code] = await this.reader.decode((address - length) >>> 0, 1);
			if (code?.steps && code.length === length) return (address - length) >>> 0;
		}
		return null;
	}

	async leaveXen(stops: readonly StopPoint[]): Promise<StopReport | null> {
		let moment = await this.inspect();
		let report: StopReport | null = null;
		const { dom } = moment;
		for (let turn = 0; moment.cpl === 0 && turn < MOST_MISSES; turn++) {
			const query = moment.running === 'idle' ? 'far_return' : `far_return dom=${dom}`;
			report = await this.advance({ points: [{ id: OWN.search, kind: 'event', query }, ...stops] });
			if (report.cause !== 'point' || report.point !== OWN.search) return report;
			report = arrival(report);
			moment = await this.inspect();
		}
		return report;
	}

	// --- out ---------------------------------------------------------------------------------------

	private async out(stops: readonly StopPoint[]): Promise<StopReport> {
		const moment = await this.inspect();
		// The hypervisor may go back to another instruction than the one that trapped: when it emulates that, or stops the domain.
		const left = moment.cpl === 0 ? await this.leaveXen(stops) : null;
		if (left) return left;
		const { frames } = await this.backTrace(moment);
		const caller = frames.find((frame) => frame.savedAt !== null);
		if (!caller) throw new Error('No caller is known here, so there is nothing to step out to.');
		const ring = `ring == ${caller.ring}`;
		const process = caller.ring === 3 ? `cr3 == 0x${moment.cr3.toString(16)} && ${ring}` : ring;
		const at = { address: caller.pc, esp: caller.esp, dom: moment.dom, process };
		return arrival(await this.advance({ points: [withStack(at, OWN.back), ...stops] }));
	}

	private async backOut(stops: readonly StopPoint[]): Promise<StopReport> {
		const moment = await this.inspect();
		const { frames } = await this.backTrace(moment);
		const caller = frames.find((frame) => frame.savedAt !== null);
		if (!caller) throw new Error('No caller is known here, so there is no call to go back to.');
		if (caller.seq >= 0) return this.seek({ icount: this.run.trace.icount(caller.seq) });
		const called = caller.because === '' ? await this.callBefore(caller.pc) : null;
		const address = called ?? caller.pc;
		const process = caller.ring === 3 ? `cr3 == 0x${moment.cr3.toString(16)} && ring == 3` : `ring == ${caller.ring}`;
		const at = { address, esp: caller.esp, dom: moment.dom, process };
		return arrival(await this.reverseContinue({ points: [withStack(at, OWN.back), ...stops] }));
	}

	// --- to events ---------------------------------------------------------------------------------

	/** The events that a step back may stop at are those below this seq: not the ones that made the present stop. */
	private before(): number {
		const { icount, seq } = this.now;
		const { trace } = this.run;
		if (seq === 0) return 0;
		const last = trace.icount(seq - 1);
		return last + 1 < icount ? seq : trace.seqAtIcount(last);
	}

	private async backToEvent(pick: Pick): Promise<StopReport> {
		const { trace } = this.run;
		for (let seq = this.before() - 1; seq >= 0; seq--)
			if (trace.icount(seq) > 0 && pick(trace, seq)) return this.seek({ seq });
		const report = await this.seek({ icount: 0 });
		return report.cause === 'icount' ? { ...report, cause: 'start' } : report;
	}

	private async to(
		step: StepTo,
		stops: readonly StopPoint[],
		go: (stop: StopSpec) => Promise<StopReport>
	): Promise<StopReport> {
		const point = pointOf(step);
		for (let miss = 0; ; miss++) {
			const before = this.now.seq;
			const report = await go({ points: [point, ...stops] });
			const own = report.cause === 'point' && report.point === OWN.search;
			if (!own || step.kind !== 'to-type' || miss >= MOST_MISSES || this.changesType(before, report.seq, step.mfn))
				return own ? arrival(report) : report;
		}
	}

	/** Whether a frame's type changed in what was recorded last; its counts change more often. */
	private changesType(before: number, now: number, mfn: number): boolean {
		const { trace } = this.run;
		const [last, from] = [Math.min(now, trace.length) - 1, before < now ? before : 0];
		for (let seq = last; seq >= from && trace.icount(seq) === trace.icount(last); seq--)
			if (
				trace.kind(seq) === KIND.frame_type &&
				trace.arg(seq, 'mfn') === mfn &&
				trace.arg(seq, 'old_type') !== trace.arg(seq, 'type')
			)
				return true;
		return false;
	}
}

function pointOf(step: StepTo): StopPoint {
	const id = OWN.search;
	switch (step.kind) {
		case 'to-event':
			return { id, kind: 'event', query: step.query };
		case 'to-write':
			return { id, kind: 'watch', space: step.space, address: step.address, length: step.length, access: 'write' };
		case 'to-type':
			return { id, kind: 'event', query: `frame_type mfn=${step.mfn}` };
		case 'until':
			return { id, kind: 'address', address: step.address, ...(step.dom !== undefined && { dom: step.dom }) };
	}
}

/** A step's own point was reached: the step is done, which is no breakpoint. */
function arrival(report: StopReport): StopReport {
	if (report.cause !== 'point' || (report.point ?? 0) > 0) return report;
	const { icount, cycle, seq, hits } = report;
	return { cause: 'icount', icount, cycle, seq, ...(hits && { hits }) };
}
