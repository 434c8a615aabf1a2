/**
 * Going on, forward and back, until there is something to tell.
 *
 * A step is one of a vcpu, in rings 1 to 3: what the hypervisor does in between, for it or for others, is part of the step. So
 * stepping over INT 0x82 shows the next instruction of the guest, or its handler. Stepping back undoes exactly that.
 *
 * A watched range stops a run forward right after it was touched. Back, it stops before the instruction that touched it, so that the
 * touch is undone and GDB sees the value change. What the last instruction touched therefore still lies ahead of a way back: of several
 * instructions in a row that touch a range each is a stop of its own, both ways.
 */
import { KIND } from '../trace/events';
import { eventTest } from '../trace/query';
import { sentence } from '../trace/text/sentence';
import { isChange } from '../workbench/log';
import { isBefore, type Moment, type Point } from '../workbench/moment';
import type { Run } from '../workbench/run';
import type { StopCause, StopPoint, StopReport } from '../workbench/stops';
import { vcpuContext, vcpuOnProcessor, type VcpuId } from '../workbench/inspect/vcpus';
import type { Hit, Toucher } from '../workbench/points/watch';
import { isCode, reasonOf, type Breakpoint, type Breakpoints, type GdbBreakpoint } from './breakpoints';
import { SIGNAL, type Stop } from './stop-reply';
import { currentThread, sameVcpu, vcpuOf } from './threads';
import { carryOut, type Way } from './way';

/** Why nothing more can happen. */
const ENDS: Readonly<Partial<Record<StopCause, string>>> = {
	ended: 'All domains have ended.',
	stuck: 'All domains wait, and nothing is due that could ever wake one.',
	shutdown: 'The processor has shut down.'
};

/** Who touches memory without an instruction of a guest's. */
const TOUCHERS: Readonly<Record<Toucher, string>> = {
	instruction: '',
	walk: 'the processor, on a page walk',
	delivery: 'the processor, on the way to a handler',
	hypervisor: 'the hypervisor',
	appointment: 'a device, or what domain 0 does'
};

/** Execution for one client: forward and back over a run, with its breakpoints. */
export class Execution {
	/** Steps are single instructions of the machine, the hypervisor's included. */
	wholeMachine = false;

	/** @param first instruction count of the earliest moment shown: the first instruction of a guest */
	constructor(
		private readonly run: Run,
		private readonly breakpoints: Breakpoints,
		private readonly first: number
	) {}

	/** Forward to the next stop. */
	*onward(): Way<Stop> {
		const { run, breakpoints } = this;
		return yield* this.stand(this.stopOf(yield* carryOut(run.advancing({ points: breakpoints.points(run) }))));
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
			const report = yield* carryOut(run.advancing({ ...goal, points }));
			if (report.cause === 'point' || report.cause in ENDS) return yield* this.stand(this.stopOf(report));
			ran ||= here;
			if (this.wholeMachine || (this.inGuest(id) && (ran || vcpuContext(run, id).regs.eip !== from)))
				return yield* this.stand(this.plain(thread));
			const other = this.otherAtBreakpoint(id);
			if (other) return other;
		}
	}

	/** Instructions of `thread` until the next one lies outside `from` to `to`, exclusive; at least one. */
	*stepOutOf(thread: number, from: number, to: number): Way<Stop> {
		const { run, breakpoints } = this;
		const id = vcpuOf(thread);
		for (;;) {
			const stop = yield* this.step(thread);
			if (stop.reason !== '' || stop.thread !== thread || this.isOut(id, from, to)) return stop;
			const points = breakpoints.points(run);
			const report = yield* carryOut(run.advancing({ outside: [{ from, to }], points }));
			if (report.cause !== 'outside') return yield* this.stand(this.stopOf(report));
			if (this.isOut(id, from, to)) return yield* this.stand(stop);
		}
	}

	private isOut(id: VcpuId, from: number, to: number): boolean {
		const { eip } = vcpuContext(this.run, id).regs;
		return this.inGuest(id) && (eip < from || eip >= to || this.breakpoints.at(eip, id.dom) !== undefined);
	}

	/** Back to the last stop. */
	*back(): Way<Stop> {
		const { run, breakpoints } = this;
		if (this.atBeginning()) return this.beginning();
		// What was changed by hand here belongs to the present moment: the way back begins before it.
		if (settledAt(run, run.icount).seq !== undefined) yield* carryOut(run.seeking({ icount: run.icount }));
		const points = breakpoints.points(run);
		const report = yield* carryOut(run.reverseContinuing({ points }, true), true);
		if (report.cause === 'start' || this.beforeBeginning()) return yield* this.toBeginning();
		// What holds where the touch leads to comes first, as it does for whoever goes back one instruction after the other.
		const place = report.hits?.map(([point]) => point).find((point) => !this.isWatch(point));
		if (place !== undefined) return yield* this.stand(this.stopOf({ ...report, point: place }, null));
		const { lastHit } = run;
		const passed = lastHit ? yield* this.undoTouch(points) : null;
		if (this.beforeBeginning()) return yield* this.toBeginning();
		const stop = this.stopOf(report, lastHit);
		// GDB has no word for an event, so it is not asked about one again.
		const note = passed === null ? '' : this.stopOf(passed).note;
		return yield* this.stand({ ...stop, note: [stop.note, note].filter(Boolean).join('\n') });
	}

	private isWatch(point: number): boolean {
		const hit = this.breakpoints.ofPoint(point);
		return hit?.kind === 'gdb' && !isCode(hit.type);
	}

	/** Undoes one step of `thread`. */
	*stepBack(thread: number): Way<Stop> {
		const { run } = this;
		const id = vcpuOf(thread);
		const [began, settled] = [run.moment, !isBehind(run, settledAt(run, run.icount))];
		do {
			if (this.atBeginning()) return this.beginning();
			if (this.nearProcessor(id)) yield* this.backOne();
			else yield* this.backToSwitch(id);
			if (this.beforeBeginning()) return yield* this.toBeginning();
		} while (!this.wholeMachine && !this.inGuest(id));
		const stop = this.plain(this.inGuest(id) ? thread : currentThread(run));
		const touched = yield* this.touchedUntil(began, settled);
		return touched?.kind === 'gdb' ? this.touch(stop, touched, null) : stop;
	}

	/** As asked by 0x03, wherever the machine has come to. */
	interrupted(): Stop {
		return { ...this.plain(currentThread(this.run)), signal: SIGNAL.interrupt };
	}

	/** A moment to start with, for a client that asks why the machine stands. */
	now(): Stop {
		return this.plain(currentThread(this.run));
	}

	/** Stands at the moment of a stop as it is shown: after what was changed by hand there. */
	private *stand(stop: Stop): Way<Stop> {
		const { run } = this;
		const settled = settledAt(run, run.icount);
		if (settled.seq !== undefined && run.store.next < settled.seq) yield* carryOut(run.seeking(settled));
		return stop;
	}

	// --- going back by pieces ----------------------------------------------------------------------

	/** To the moment before the last instruction, or before what the present one has recorded without being retired. */
	private *backOne(): Way<void> {
		const { run } = this;
		const { icount, seq } = run.moment;
		const settled = settledAt(run, icount);
		if (isBehind(run, settled)) yield* carryOut(run.seeking(settled));
		// A run that was stopped right after an instruction stands there already.
		if (run.moment.seq === seq && icount > 0) yield* carryOut(run.seeking(settledAt(run, icount - 1)));
	}

	/** To where a vcpu that is off the processor left it. */
	private *backToSwitch(id: VcpuId): Way<void> {
		const { run } = this;
		const { trace } = run;
		for (let seq = run.store.next - 1; seq >= 0; seq--) {
			if (trace.kind(seq) !== KIND.sched_switch) continue;
			if (trace.arg(seq, 'prev_dom') !== id.dom || trace.arg(seq, 'prev_vcpu') !== id.vcpu) continue;
			const moment = { icount: trace.icount(seq) };
			if (!isBehind(run, moment)) break;
			return void (yield* carryOut(run.seeking(moment)));
		}
		// It has not run yet, or leaves just now.
		yield* this.backOne();
	}

	/**
	 * From right after a touch to before it: to an instruction of a guest, or to the idle loop where that was interrupted; to whatever
	 * instruction made it where every one counts. What was delivered in between, and the hypervisor's own instructions, may hold other
	 * stops, none of which is passed over.
	 * @returns the stop at which it ends; null where it is none
	 */
	private *undoTouch(points: StopPoint[]): Way<StopReport | null> {
		const touched = this.run.moment;
		do yield* this.backOne();
		while (!this.wholeMachine && this.isInXen() && !this.beforeBeginning());
		const mayHoldMore = this.run.store.next < touched.seq || this.run.icount + 1 < touched.icount;
		return mayHoldMore && !this.beforeBeginning() ? yield* this.lastStopBefore(touched, points) : null;
	}

	/** From here to the last of the stops before `until`, which is one itself; stays here where there is none. */
	private *lastStopBefore(until: Point, points: StopPoint[]): Way<StopReport | null> {
		const { run } = this;
		const { moment } = run;
		let last: StopReport | null = null;
		for (;;) {
			const report = yield* carryOut(run.advancing({ icount: until.icount + 1, points }));
			if (report.cause !== 'point' || !isBefore(run.moment, until)) break;
			last = report;
		}
		yield* carryOut(run.seeking(last ?? moment));
		return last;
	}

	/** Whether the next instruction is one of the hypervisor's, on the way to or from a vcpu. */
	private isInXen(): boolean {
		return this.run.system.machine.cpu.cpl === 0 && vcpuOnProcessor(this.run) !== null;
	}

	/** The watched range that the way from here to the later moment `until` touches. */
	private *touchedUntil(until: Point, settled: boolean): Way<Breakpoint | undefined> {
		const { run } = this;
		const points = this.breakpoints.watches(run);
		if (points.length === 0 || !isBefore(run.moment, until)) return undefined;
		// What was recorded at `until` without an instruction being retired lies behind it, too.
		const goal = settled ? { icount: until.icount } : { seq: until.seq };
		const { point } = yield* carryOut(run.asideTask(run.advancing({ ...goal, points })), true);
		return this.breakpoints.ofPoint(point);
	}

	private *toBeginning(): Way<Stop> {
		yield* carryOut(this.run.seeking(settledAt(this.run, this.first)));
		return this.beginning();
	}

	private atBeginning(): boolean {
		return this.run.icount === this.first && !isBehind(this.run, settledAt(this.run, this.first));
	}

	private beforeBeginning(): boolean {
		return this.run.icount < this.first;
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

	private stopOf({ cause, point }: StopReport, lastHit = this.run.lastHit): Stop {
		const stop = this.plain(currentThread(this.run));
		const end = ENDS[cause];
		if (end) return { ...stop, reason: 'replaylog:end;', note: end };
		const hit = this.breakpoints.ofPoint(point);
		if (!hit) return stop;
		if (hit.kind === 'event') return { ...stop, note: this.lastEvent(hit.query) };
		return isCode(hit.type) ? { ...stop, reason: reasonOf(hit) } : this.touch(stop, hit, lastHit);
	}

	/** GDB compares in the memory of the thread that is told: one of the domain whose memory is watched. */
	private touch(stop: Stop, watched: GdbBreakpoint, lastHit: Hit | null): Stop {
		const own = vcpuOf(stop.thread).dom === vcpuOf(watched.thread).dom;
		const by = lastHit ? TOUCHERS[lastHit.by] : '';
		return {
			...stop,
			thread: own ? stop.thread : watched.thread,
			reason: reasonOf(watched),
			note: by && `Touched by ${by}.`
		};
	}

	/** The event in words for which the run stopped: the last that `query` names. */
	private lastEvent(query: string): string {
		const { store, trace } = this.run;
		const test = eventTest(query);
		let seq = store.next - 1;
		while (seq >= 0 && !test(trace, seq)) seq--;
		return `Stopped at event (${query})${seq < 0 ? '.' : `: ${sentence(trace, seq)}`}`;
	}
}

/**
 * The moment that stands for an instruction count: before anything is recorded without an instruction being retired, but after what has
 * been changed by hand there.
 */
export function settledAt(run: Run, icount: number): Moment {
	const changes = run.log.filter((entry) => isChange(entry) && entry.icount === icount);
	const seqs = changes.map((entry) => (isChange(entry) ? (entry.seq ?? -1) : -1));
	return seqs.length === 0 ? { icount } : { icount, seq: Math.max(...seqs) + 1 };
}

/** Whether `moment` lies before the present one. */
const isBehind = (run: Run, moment: Moment): boolean => !run.player.isHere(moment) && run.isPast(moment);

/** Goes to the first moment at which an instruction of a guest is next; its instruction count, or that of a run's end without one. */
export function toFirstGuest(run: Run): number {
	while (run.system.machine.cpu.cpl === 0) {
		const { cause } = run.advance({ icount: run.icount + 1 });
		if (cause !== 'icount') break;
	}
	return run.icount;
}
