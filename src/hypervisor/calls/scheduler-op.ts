/** Parameters of the scheduling policy, for one domain (domctl) or for all (sysctl); xen/common/sched/core.c: sched_adjust. */
import { EINVAL, EOPNOTSUPP } from '../../abi/errno';
import { SCHEDOP_INFO } from '../../abi/structs/control';
import { CHECK } from '../../trace/events';
import type { Hypervisor } from '../core/hypervisor';

/**
 * @param id the policy that the caller has in mind (XEN_SCHEDULER_*)
 * @param vcpus whether single vcpus may be meant
 * @returns -errno: round robin has nothing that Xen's structs could tell, and the number of no other policy is its
 */
export function schedulerOp(hv: Hypervisor, id: number, command: number, vcpus: boolean): number {
	const last = vcpus ? SCHEDOP_INFO.get_vcpus : SCHEDOP_INFO.get;
	if (!hv.ask(CHECK.scheduler_command, command <= last, command, last)) return -EINVAL;
	return hv.ask(CHECK.scheduler_meant, id === hv.sched.id, id, hv.sched.id) ? -EOPNOTSUPP : -EINVAL;
}
