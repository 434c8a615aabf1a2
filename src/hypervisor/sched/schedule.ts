/** Who runs next: asked on each way out of the hypervisor after something has changed (xen/common/sched/core.c: schedule). */
import { switchTo } from '../core/context';
import type { Hypervisor } from '../core/hypervisor';
import { programTimer } from '../time/timers';

/** Gives the processor to whom the policy chooses; called on the way out of the hypervisor. */
export function schedule(hv: Hypervisor): void {
	hv.reschedule = false;
	const { next, until } = hv.sched.choose(hv.machine.clock.now);
	hv.sliceEnd = until;
	// What follows on the way out, the return to the guest above all, comes from the switch.
	if (next !== hv.current) hv.recorder.cause = hv.causedBy(hv.rescheduleCause, () => switchTo(hv, next));
	programTimer(hv);
}
