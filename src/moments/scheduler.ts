/** Who runs, who waits and for what, at one moment. All times in cycles. */

/** A vcpu as the scheduler sees it. */
export interface SchedVcpu {
	dom: number;
	name: string;
	vcpu: number;
	/** Index of RUNSTATES, and since when. */
	runstate: number;
	since: number;
	/** Cycles spent in each runstate, up to now. */
	times: number[];
	blocked: boolean;
	down: boolean;
	/** How often the toolstack paused it; its domain may be paused beside. */
	pauseCount: number;
	domainPaused: boolean;
	/** Ports polled, or null. */
	polling: number[] | null;
}

/** A deadline that the hypervisor watches. */
export interface SchedTimer {
	/** What it is, in words. */
	what: string;
	/** Whose: null the hypervisor's own. */
	dom: number | null;
	vcpu: number | null;
	/** Cycle of the deadline. */
	at: number;
	/** Cycles after which it comes again; 0 for once. */
	period: number;
}

export interface SchedulerPicture {
	policy: string;
	now: number;
	/** Cycles a second. */
	hz: number;
	/** Cycles of one time slice. */
	slice: number;
	/** When the slice of the running vcpu ends, or null while nobody else waits. */
	sliceEnd: number | null;
	/** Who is on the processor, or null for the idle loop. */
	running: readonly [dom: number, vcpu: number] | null;
	/** Who waits for the processor, next first. */
	queue: (readonly [dom: number, vcpu: number])[];
	vcpus: SchedVcpu[];
	/** Earliest first. */
	timers: SchedTimer[];
	/** What the local APIC timer is set to, or null while it is off. */
	apic: number | null;
}
