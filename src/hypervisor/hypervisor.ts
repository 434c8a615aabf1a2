/**
 * The hypervisor: what runs in ring 0. It owns every frame, decides every request of a guest, and
 * says which virtual processor runs. Its parts are functions over this record; read `boot.ts`,
 * `entry.ts` and `hypercalls.ts` next.
 */
import type { Mfn } from '../base';
import type { Machine } from '../hardware/machine';
import { CHECK, KIND, type CheckName, type Recorder } from '../trace/events';
import type { Domain, Vcpu } from './domain';
import type { FrameHeap } from './mm/heap';
import type { FrameTable } from './mm/frame-table';
import type { Scheduler } from './sched/scheduler';
import type { GrantState } from './grants';

/** What a scenario may choose about the hypervisor. */
export interface HypervisorOptions {
	/** Time slice in milliseconds. */
	readonly sliceMs: number;
	/** Name of the scheduling policy. */
	readonly scheduler: string;
	/** Wall-clock time of boot, seconds since 1970. */
	readonly wallClock: number;
	/** Receives what is written to the hypervisor's own console by CONSOLEIO_write; `domain` wrote it. */
	readonly consoleIo: (domain: number, bytes: Uint8Array) => void;
}

/** One page of Xen's own, mapped in every address space at `virt` for ring 0 only. */
export interface XenPage {
	readonly virt: number;
	readonly mfn: Mfn;
	readonly writable: boolean;
	readonly executable: boolean;
}

/** A handler of one hypercall: unsigned 32-bit arguments in, signed result out (-errno on refusal). */
export type Handler = (hv: Hypervisor, v: Vcpu, args: HypercallArgs) => number;
export type HypercallArgs = readonly [number, number, number, number, number];

export class Hypervisor {
	/** Every domain by number; domain 0 is the toolstack's, without vcpus. */
	readonly domains = new Map<number, Domain>();
	/** The vcpu whose state is on the processor, or null while the idle loop runs. */
	current: Vcpu | null = null;
	/** Frame accounting and allocation (MM). */
	frames!: FrameTable;
	heap!: FrameHeap;
	sched!: Scheduler;
	/** State of grant tables (TOOLSTACK). */
	grants!: GrantState;
	/** Xen's own pages, in address order; `boot` fills it and `initXenMappings` maps it. */
	readonly xenPages: XenPage[] = [];
	/** CR3 (a physical address) of the address space that holds nothing but Xen. */
	idleCr3 = 0;
	/** Set when the scheduler should choose again before returning to a guest. */
	reschedule = false;
	/** Set when descriptors may have changed under loaded selectors: they are reloaded on the way out. */
	reloadSegments = false;

	constructor(
		readonly machine: Machine,
		readonly recorder: Recorder,
		readonly options: HypervisorOptions
	) {}

	/**
	 * Records a decision and returns its answer. `a` and `b` are the two values that the question's row
	 * (src/trace/events/checks) names.
	 */
	ask(name: CheckName, answer: boolean, a = 0, b = 0): boolean {
		this.recorder.record(KIND.check, CHECK[name], answer ? 1 : 0, a >>> 0, b >>> 0);
		return answer;
	}

	/** The domain `id`, with DOMID_SELF standing for the caller's own. */
	domain(id: number, self: Domain | null = null): Domain | undefined {
		return id === 0x7ff0 && self ? self : this.domains.get(id);
	}
}
