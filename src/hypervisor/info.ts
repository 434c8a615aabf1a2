/** What the hypervisor tells a control domain's programs of domains and of the machine (XEN_DOMCTL_getdomaininfo, XEN_SYSCTL_physinfo). */
import { RUNSTATE } from '../abi/structs/sched';
import type { Domain, Vcpu } from './core/domain';
import type { Hypervisor } from './core/hypervisor';

/** A virtual processor. Times in cycles. */
export interface VcpuUse {
	readonly id: number;
	readonly online: boolean;
	readonly blocked: boolean;
	readonly running: boolean;
	/** How long it has run. */
	readonly ran: number;
}

/** A domain. */
export interface DomainUse {
	readonly pages: number;
	readonly maxPages: number;
	readonly paused: boolean;
	readonly dying: boolean;
	readonly vcpus: readonly VcpuUse[];
}

/** The machine. */
export interface HostUse {
	readonly pages: number;
	readonly freePages: number;
	/** Cycles a second. */
	readonly hz: number;
	readonly scheduler: string;
}

function vcpuUse(hv: Hypervisor, { id, sched }: Vcpu): VcpuUse {
	const running = sched.runstate === RUNSTATE.running;
	const since = running ? hv.machine.clock.now - sched.runstateSince : 0;
	return {
		id,
		online: !sched.down,
		blocked: sched.blocked,
		running,
		ran: sched.runstateTime[RUNSTATE.running] + since
	};
}

export const domainUse = (hv: Hypervisor, d: Domain): DomainUse => ({
	pages: d.mm.totalPages,
	maxPages: d.mm.maxPages,
	paused: d.paused,
	dying: d.dying,
	vcpus: d.vcpus.map((v) => vcpuUse(hv, v))
});

export const hostUse = (hv: Hypervisor): HostUse => ({
	pages: hv.machine.memory.frames,
	freePages: hv.heap.available,
	hz: hv.machine.clock.hz,
	scheduler: hv.options.scheduler
});
