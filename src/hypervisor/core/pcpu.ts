/**
 * A physical processor as the hypervisor keeps it (Xen's word is pcpu, and its place for these is per-cpu data): whose state is
 * on it, where its stack begins, and what it has to do before it goes back to a guest. There is one so far. Handlers find the one
 * that they run on as `hv.pcpu`; what may be about another takes it as an argument, or finds it at the vcpu.
 */
import type { Cpu } from '../../hardware/cpu/cpu';
import type { LocalApic } from '../../hardware/interrupts/lapic';
import type { Recorder } from '../../trace/events';
import { CallInProgress } from '../calls/in-progress';
import type { Vcpu } from './domain';
import type { Frame } from './frame';
import { EVENT_CHECK_VECTOR } from './layout';

/** Plain data; between two instructions of a guest nothing else is known. */
export interface PcpuState {
	readonly current: readonly [dom: number, vcpu: number] | null;
	readonly reschedule: boolean;
	readonly rescheduleCause: number;
	readonly sliceEnd: number;
	readonly calibrationDue: number;
	readonly reloadSegments: boolean;
}

export class Pcpu {
	/** The frame of the last entry, on its stack; set by `boot`. */
	frame!: Frame;
	/** True between an entry into the hypervisor and the return from it. */
	inside = false;
	/** The hypercall that it is carrying out. */
	readonly call = new CallInProgress();
	/** Set when the scheduler should choose again before it returns to a guest. */
	reschedule = false;
	/** Seq of the event after which the scheduler was asked to choose again. */
	rescheduleCause = -1;
	/** When the running vcpu's time slice ends, and when its clock is calibrated next; cycles. */
	sliceEnd = Infinity;
	calibrationDue = Infinity;
	/** Set when descriptors may have changed under loaded selectors: they are reloaded on the way out. */
	reloadSegments = false;
	private running: Vcpu | null = null;

	constructor(
		readonly cpu: Cpu,
		readonly lapic: LocalApic,
		private readonly recorder: Recorder
	) {}

	/** The vcpu whose state is on it, or null while the idle loop runs. */
	get current(): Vcpu | null {
		return this.running;
	}

	/** Gives the processor to `next`, or to the idle loop; the registers are moved by `context.ts`. */
	assign(next: Vcpu | null): void {
		if (this.running) this.running.pcpu = null;
		if (next) next.pcpu = this;
		this.running = next;
	}

	/** Asks the scheduler to choose again, at once if a guest or the idle loop runs. */
	requestReschedule(): void {
		if (!this.reschedule) this.rescheduleCause = this.recorder.next - 1;
		this.reschedule = true;
		this.interrupt();
	}

	/** Makes it enter the hypervisor soon, unless it is there already (Xen's EVENT_CHECK_VECTOR). */
	interrupt(): void {
		if (!this.inside) this.lapic.raise(EVENT_CHECK_VECTOR);
	}

	save(): PcpuState {
		const { current, reschedule, rescheduleCause, sliceEnd, calibrationDue, reloadSegments } = this;
		return {
			current: current && [current.domain.id, current.id],
			reschedule,
			rescheduleCause,
			sliceEnd,
			calibrationDue,
			reloadSegments
		};
	}

	restore({ current, ...fields }: PcpuState, find: (dom: number, vcpu: number) => Vcpu): void {
		Object.assign(this, fields);
		this.assign(current && find(...current));
	}
}
