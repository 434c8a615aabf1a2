/**
 * Who may run: the states of a vcpu around a scheduling policy (xen/common/sched/core.c).
 *
 * Invariant: the policy knows exactly the runnable vcpus, so every change of what `isRunnable` looks at
 * goes through `wakeVcpu` or `sleepVcpu`.
 */
import { RUNSTATE } from '../../abi/structs/sched';
import { KIND, word } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';

/** Whether nothing holds the vcpu back: it is up, not waiting, not paused, and its domain lives. */
export const isRunnable = (v: Vcpu): boolean =>
	v.initialised && !v.sched.down && !v.sched.blocked && v.sched.pauseCount === 0 && !v.domain.paused && v.domain.alive;

/** Moves a vcpu to another runstate, accounting for the time spent in the old one. */
export function setRunstate(hv: Hypervisor, v: Vcpu, state: number): void {
	if (v.sched.runstate === state) return;
	const now = hv.machine.clock.now;
	v.sched.runstateTime[v.sched.runstate] += now - v.sched.runstateSince;
	v.sched.runstateSince = now;
	hv.recorder.record(
		KIND.runstate,
		word('of_dom', v.domain.id),
		word('of_vcpu', v.id),
		word('old', v.sched.runstate),
		word('new', state)
	);
	v.sched.runstate = state;
}

/** Offers a vcpu to the scheduler, if nothing holds it back; one that waits no more and is held back otherwise is offline. */
export function wakeVcpu(hv: Hypervisor, v: Vcpu): void {
	if (!isRunnable(v)) {
		if (!v.sched.blocked && v.sched.runstate === RUNSTATE.blocked) setRunstate(hv, v, RUNSTATE.offline);
		return;
	}
	if (v.pcpu === null) setRunstate(hv, v, RUNSTATE.runnable);
	hv.sched.wake(v);
	hv.pcpu.requestReschedule();
}

/** Takes a vcpu away from the scheduler after something has begun to hold it back. */
export function sleepVcpu(hv: Hypervisor, v: Vcpu): void {
	hv.sched.sleep(v);
	if (v.pcpu) v.pcpu.requestReschedule();
	else setRunstate(hv, v, v.sched.blocked && v.domain.alive ? RUNSTATE.blocked : RUNSTATE.offline);
}

/** Makes a vcpu wait (SCHEDOP_block, SCHEDOP_poll). */
export function blockVcpu(hv: Hypervisor, v: Vcpu): void {
	v.sched.blocked = true;
	sleepVcpu(hv, v);
}

/** Ends a wait; a poll ends with it. */
export function unblockVcpu(hv: Hypervisor, v: Vcpu): void {
	if (!v.sched.blocked) return;
	v.sched.blocked = false;
	v.sched.polling = null;
	v.sched.pollDeadline = 0;
	wakeVcpu(hv, v);
}

/** Makes the processor that runs `v`, if one does, come into the hypervisor, so that an upcall can be delivered. */
export const pokeVcpu = (v: Vcpu): void => v.pcpu?.interrupt();

/** Lets a domain run, or stops it, for the control port. */
export function setDomainPaused(hv: Hypervisor, d: Domain, paused: boolean): void {
	if (d.paused === paused) return;
	d.paused = paused;
	for (const v of d.vcpus) (paused ? sleepVcpu : wakeVcpu)(hv, v);
}

/** The runstate of a vcpu that has just lost the processor. */
export const restingState = (v: Vcpu): number =>
	isRunnable(v) ? RUNSTATE.runnable : v.sched.blocked && v.domain.alive ? RUNSTATE.blocked : RUNSTATE.offline;
