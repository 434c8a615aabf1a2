/**
 * Going on, forward and back, until there is something to tell.
 *
 * A step is one of a vcpu, in rings 1 to 3: what the hypervisor does in between, for it or for others, is part of the step. So
 * stepping over INT 0x82 shows the next instruction of the guest, or its handler. Stepping back undoes exactly that.
 *
 * A watched range stops a run forward right after it was touched. Back, it stops before the instruction that touched it, so that the
 * touch is undone and GDB sees the value change.
 */
import { KIND } from '../trace/events';
import { sentence } from '../trace/text';
import type { Run } from '../workbench/run';
import type { StopCause, StopReport, StopSpec } from '../workbench/stops';
import { vcpuContext, vcpuOnProcessor, type VcpuId } from '../workbench/vcpus';
import { isCode, reasonOf, type Breakpoint, type Breakpoints } from './breakpoints';
import { SIGNAL, type Stop } from './stop-reply';
import { currentThread, sameVcpu, vcpuOf } from './threads';
import { carryOut, type Way } from './way';

/** Why nothing more can happen. */
const ENDS: Readonly<Partial<Record<StopCause, string>>> = {
	ended: 'All domains have ended.',
	stuck: 'All domains wait, and nothing is due that could ever wake one.',
	shutdown: 'The processor has shut down.'
};

/** The moment that a run stands at. */
interface Here {
	icount: number;
	seq: number;
}

/** Execution for one client: forward and back over a run, with its breakpoints. */
export class Execution {
	/** Steps are single instructions of the machine, the hypervisor's included. */
	wholeMachine = false;

	/** @param first the earliest moment shown: the first instruction of a guest */
	constructor(
		private readonly run: Run,
		private readonly breakpoints: Breakpoints,
		private readonly first: Here
	) {}

	/** Forward to the next stop. */
	*onward(): Way<Stop> {
		const { run, breakpoints } = this;
		return this.stopOf(yield* carryOut(run.pursue({ points: breakpoints.points(run) })));
	}

	/** One instruction of `thread`; other stops on the way come first. */
	*step(thread: number): Way<Stop> {
		const { run } = this;
		const id = vcpuOf(thread);
		const from = vcpuContext(run, id).regs.eip;
		const points = this.breakpoints.points(run);
		for (let ran = false; ;) {
			const here = this.inGuest(id);
			const goal = this.nearProcessor(id) ? { icount: run.icount + 1 } : { kinds: [KIND.sched_switch] };
			const report = yield* carryOut(run.pursue({ ...goal, points }));
			if (report.cause === 'point' || report.cause in ENDS) return this.stopOf(report);
			ran ||= here;
			if (this.wholeMachine || (this.inGuest(id) && (ran || vcpuContext(run, id).regs.eip !== from)))
				return this.plain(thread);
			const other = this.otherAtBreakpoint(id);
			if (other) return other;
		}
	}

	/** Instructions of `thread` until the next one lies outside `from` to `to`, exclusive; at least one. */
	*stepOutOf(thread: number, from: number, to: number): Way<Stop> {
		for (;;) {
			const stop = yield* this.step(thread);
			if (stop.reason !== '' || stop.thread !== thread) return stop;
			const { eip } = vcpuContext(this.run, vcpuOf(thread)).regs;
			if (eip < from || eip >= to || this.breakpoints.at(eip, vcpuOf(thread).dom)) return stop;
			yield;
		}
	}

	/** Back to the last stop. */
	*back(): Way<Stop> {
		const { run, breakpoints } = this;
		if (this.atBeginning()) return this.beginning();
		const report = yield* carryOut(run.retreating({ points: breakpoints.points(run) }), true);
		if (report.cause === 'start' || this.beforeBeginning()) return yield* this.toBeginning();
		const hit = breakpoints.ofPoint(report.point);
		if (hit?.kind === 'gdb' && !isCode(hit.type)) yield* this.undoTouch();
		return this.stopOf(report);
	}

	/** Undoes one step of `thread`. */
	*stepBack(thread: number): Way<Stop> {
		const { run } = this;
		const id = vcpuOf(thread);
		const began = this.here();
		do {
			if (this.atBeginning()) return this.beginning();
			if (this.nearProcessor(id)) yield* this.backOne();
			else yield* this.backToSwitch(id);
			if (this.beforeBeginning()) return yield* this.toBeginning();
		} while (!this.wholeMachine && !this.inGuest(id));
		const touched = yield* this.touchedUntil(began);
		return { ...this.plain(this.inGuest(id) ? thread : currentThread(run)), reason: touched ? reasonOf(touched) : '' };
	}

	/** As asked by 0x03, wherever the machine has come to. */
	interrupted(): Stop {
		return { ...this.plain(currentThread(this.run)), signal: SIGNAL.interrupt };
	}

	/** A moment to start with, for a client that asks why the machine stands. */
	now(): Stop {
		return this.plain(currentThread(this.run));
	}

	// --- going back by pieces ----------------------------------------------------------------------

	/** To the moment before the last instruction, or before what the present one has recorded without being retired. */
	private *backOne(): Way<void> {
		const { run } = this;
		const { icount, seq } = this.here();
		yield* carryOut(run.approach({ icount }));
		if (run.store.next === seq && icount > 0) yield* carryOut(run.approach({ icount: icount - 1 }));
	}

	/** To where a vcpu that is off the processor left it. */
	private *backToSwitch(id: VcpuId): Way<void> {
		const { run } = this;
		const { trace } = run;
		for (let seq = run.store.next - 1; seq >= 0; seq--) {
			if (trace.kind(seq) !== KIND.sched_switch) continue;
			if (trace.arg(seq, 'prev_dom') !== id.dom || trace.arg(seq, 'prev_vcpu') !== id.vcpu) continue;
			const moment = { icount: trace.icount(seq) };
			if (!run.isPast(moment)) break;
			return void (yield* carryOut(run.approach(moment)));
		}
		// It has not run yet, or leaves just now.
		yield* this.backOne();
	}

	/** From right after a touch to before it: to an instruction of a guest, or to the idle loop where that was interrupted. */
	private *undoTouch(): Way<void> {
		do yield* this.backOne();
		while (this.run.system.machine.cpu.cpl === 0 && vcpuOnProcessor(this.run) && !this.beforeBeginning());
	}

	/** The watched range that the way from here to the later moment `until` touches; the run stands here again afterwards. */
	private *touchedUntil(until: Here): Way<Breakpoint | undefined> {
		const { run } = this;
		const points = this.breakpoints.watches(run);
		const here = this.here();
		if (points.length === 0 || here.icount >= until.icount) return undefined;
		const report = yield* carryOut(run.pursue({ icount: until.icount, points }));
		yield* carryOut(run.approach(here));
		return this.breakpoints.ofPoint(report.point);
	}

	private *toBeginning(): Way<Stop> {
		yield* carryOut(this.run.approach(this.first));
		return this.beginning();
	}

	private here(): Here {
		return { icount: this.run.icount, seq: this.run.store.next };
	}

	private atBeginning(): boolean {
		return this.run.icount === this.first.icount && this.run.store.next <= this.first.seq;
	}

	private beforeBeginning(): boolean {
		return this.run.icount < this.first.icount;
	}

	// --- what to tell --------------------------------------------------------------------------

	/** Whether the next instruction is one of this vcpu's own, not the hypervisor's. */
	private inGuest(id: VcpuId): boolean {
		return this.run.system.machine.cpu.cpl > 0 && sameVcpu(vcpuOnProcessor(this.run), id);
	}

	/** Whether going one instruction at a time leads on: the vcpu has the processor, or every instruction counts. */
	private nearProcessor(id: VcpuId): boolean {
		return this.wholeMachine || sameVcpu(vcpuOnProcessor(this.run), id);
	}

	/** While `id` is stepped, another vcpu has come to a breakpoint. */
	private otherAtBreakpoint(id: VcpuId): Stop | null {
		const running = vcpuOnProcessor(this.run);
		if (!running || !this.inGuest(running) || sameVcpu(running, id)) return null;
		const hit = this.breakpoints.at(vcpuContext(this.run, running).regs.eip, running.dom);
		return hit ? { ...this.plain(currentThread(this.run)), reason: reasonOf(hit) } : null;
	}

	private plain(thread: number): Stop {
		return { thread, signal: SIGNAL.trap, reason: '', note: '' };
	}

	private beginning(): Stop {
		return { ...this.plain(currentThread(this.run)), reason: 'replaylog:begin;' };
	}

	private stopOf({ cause, point }: StopReport): Stop {
		const stop = this.plain(currentThread(this.run));
		const end = ENDS[cause];
		if (end) return { ...stop, reason: 'replaylog:end;', note: end };
		const hit = this.breakpoints.ofPoint(point);
		if (!hit) return stop;
		return { ...stop, reason: reasonOf(hit), note: hit.kind === 'event' ? this.lastEvent(hit.query) : '' };
	}

	private lastEvent(query: string): string {
		const { store, trace } = this.run;
		const event = `event (${query})`;
		return store.next > 0 ? `Stopped at ${event}: ${sentence(trace, store.next - 1)}` : `Stopped at ${event}.`;
	}
}

/** The first moment at which an instruction of a guest is next; the run stands there. Null where a run has none. */
export function toFirstGuest(run: Run): Here | null {
	const more: StopSpec = {};
	while (run.system.machine.cpu.cpl === 0) {
		const { cause } = run.advance({ ...more, icount: run.icount + 1 });
		if (cause !== 'icount') return null;
	}
	return { icount: run.icount, seq: run.store.next };
}
