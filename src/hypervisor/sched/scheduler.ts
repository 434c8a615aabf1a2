/**
 * What a scheduling policy is: a record of functions over vcpus, as Xen has it
 * (xen/common/sched/private.h: struct scheduler). A policy knows only who is runnable, in which order
 * they became so, and until when the chosen one may run.
 */
import type { Vcpu } from '../core/domain';

/** Who runs next, and for how long. */
export interface Decision {
	/** The vcpu to run, or null for the idle loop. */
	readonly next: Vcpu | null;
	/** Until which cycle, or Infinity while nobody else waits. */
	readonly until: number;
}

/** A policy. `wake` and `sleep` tell it of every change; it may be told the same twice. */
export interface Scheduler {
	readonly name: string;
	/** Its number among Xen's (XEN_SCHEDULER_*), 0 for one that Xen has not. */
	readonly id: number;
	/** `v` became runnable (woken, unpaused, brought up). */
	wake(v: Vcpu): void;
	/** `v` can no longer run (blocked, paused, dead). */
	sleep(v: Vcpu): void;
	/** `v`, which runs, gives the rest of its slice to the others. */
	yield(v: Vcpu): void;
	/** Chooses at cycle `now`. */
	choose(now: number): Decision;
	/** Plain data to save and restore; vcpus as [domain, vcpu] pairs. */
	save(): unknown;
	restore(state: unknown, find: (dom: number, vcpu: number) => Vcpu): void;
}
