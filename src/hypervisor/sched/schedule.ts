/** Who runs next: asked on each way out of the hypervisor after something has changed (xen/common/sched/core.c: schedule). */
import { switchTo } from '../core/context';
import type { Hypervisor } from '../core/hypervisor';
import type { Pcpu } from '../core/pcpu';
import { programTimer } from '../time/timers';

/** Gives processor `pcpu` to whom the policy chooses; called on the way out of the hypervisor. */
export function schedule(hv: Hypervisor, pcpu: Pcpu): void {
	pcpu.reschedule = false;
	const { next, until } = hv.sched.choose(hv.machine.clock.now);
	pcpu.sliceEnd = until;
	if (next !== pcpu.current) {
		hv.recorder.cause = pcpu.rescheduleCause;
		// What follows on the way out, the return to the guest above all, comes from the switch.
		hv.recorder.cause = switchTo(hv, pcpu, next);
	}
	programTimer(hv, pcpu);
}
