/** What the hypervisor tells a control domain's programs of domains and of the machine (XEN_DOMCTL_getdomaininfo, XEN_SYSCTL_physinfo). */
import { RUNSTATE } from '../abi/structs/sched';
import type { Domain, Vcpu } from './core/domain';
import type { Hypervisor } from './core/hypervisor';
import { cyclesIn } from './sched/runstate';

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

const vcpuUse = (hv: Hypervisor, v: Vcpu): VcpuUse => ({
	id: v.id,
	online: !v.sched.down,
	blocked: v.sched.blocked,
	running: v.sched.runstate === RUNSTATE.running,
	ran: cyclesIn(hv, v, RUNSTATE.running)
});

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
