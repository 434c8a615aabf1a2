/** Arguments of domctl and sysctl, interface version 0x15 (Xen 4.17). All 64-bit fields lie at multiples of 8, for every kind of caller. */
import { struct } from '../layout';

const DOMCTL_H = 'xen/include/public/domctl.h';
const SYSCTL_H = 'xen/include/public/sysctl.h';

/** The head of struct xen_domctl, and the bytes of all of it. */
export const DOMCTL = struct('xen_domctl', DOMCTL_H, {
	cmd: 'u32',
	interface_version: 'u32',
	domain: 'u16',
	_pad: ['u16', 3],
	u: ['u8', 128]
});
/** The head of struct xen_sysctl, likewise. */
export const SYSCTL = struct('xen_sysctl', SYSCTL_H, { cmd: 'u32', interface_version: 'u32', u: ['u8', 128] });

/** XEN_DOMCTL_* that are carried out here. */
export const DOMCTL_CMD = {
	createdomain: 1,
	destroydomain: 2,
	pausedomain: 3,
	unpausedomain: 4,
	getdomaininfo: 5,
	max_mem: 11,
	setvcpucontext: 12,
	getvcpucontext: 13,
	getvcpuinfo: 14,
	max_vcpus: 15,
	scheduler_op: 16,
	setdomainhandle: 17,
	irq_permission: 19,
	iomem_permission: 20,
	ioport_permission: 21,
	hypercall_init: 22,
	set_address_size: 35,
	get_address_size: 36
} as const;
/** XEN_SYSCTL_*, likewise. */
export const SYSCTL_CMD = { physinfo: 3, sched_id: 4, getdomaininfolist: 6, availheap: 9, scheduler_op: 19 } as const;

/** A domain to be made; its number is in the head, where 0 asks for the next free one. */
export const DOMCTL_CREATEDOMAIN = struct('xen_domctl_createdomain', DOMCTL_H, {
	ssidref: 'u32',
	handle: ['u8', 16],
	/** XEN_DOMCTL_CDF_*. */
	flags: 'u32',
	iommu_opts: 'u32',
	max_vcpus: 'u32',
	max_evtchn_port: 'u32',
	/** Below zero: as many as the hypervisor has by default. */
	max_grant_frames: 's32',
	max_maptrack_frames: 's32',
	/** The highest version of grant tables, in the low four bits; 0 for the hypervisor's own. */
	grant_opts: 'u32',
	vmtrace_size: 'u32',
	cpupool_id: 'u32',
	/** struct xen_arch_domainconfig. */
	emulation_flags: 'u32',
	misc_flags: 'u32'
});
/** Bits of `flags` that a paravirtualized domain may have: none of them changes anything here. */
export const DOMCTL_CDF = { s3_integrity: 1 << 2, oos_off: 1 << 3, xs_domain: 1 << 4 } as const;
export const DOMCTL_GRANT_version_mask = 0xf;

export const DOMCTL_GETDOMAININFO = struct('xen_domctl_getdomaininfo', DOMCTL_H, {
	domain: 'u16',
	pad1: 'u16',
	/** XEN_DOMINF_*; the shutdown code in bits 23 to 16. */
	flags: 'u32',
	tot_pages: 'u64',
	max_pages: 'u64',
	outstanding_pages: 'u64',
	shr_pages: 'u64',
	paged_pages: 'u64',
	shared_info_frame: 'u64',
	/** Nanoseconds. */
	cpu_time: 'u64',
	nr_online_vcpus: 'u32',
	max_vcpu_id: 'u32',
	ssidref: 'u32',
	handle: ['u8', 16],
	cpupool: 'u32',
	gpaddr_bits: 'u8',
	pad2: ['u8', 7],
	emulation_flags: 'u32',
	misc_flags: 'u32'
});
/** Bits of `flags`. */
export const DOMINF = { dying: 1, shutdown: 1 << 2, paused: 1 << 3, blocked: 1 << 4, running: 1 << 5 } as const;
export const DOMINF_SHUTDOWN_SHIFT = 16;

export const DOMCTL_MAX_MEM = struct('xen_domctl_max_mem', DOMCTL_H, { max_memkb: 'u64' });
export const DOMCTL_VCPUCONTEXT = struct('xen_domctl_vcpucontext', DOMCTL_H, {
	vcpu: 'u32',
	pad: 'u32',
	/** A guest pointer in the low half. */
	ctxt: 'u64'
});
export const DOMCTL_GETVCPUINFO = struct('xen_domctl_getvcpuinfo', DOMCTL_H, {
	vcpu: 'u32',
	online: 'u8',
	blocked: 'u8',
	running: 'u8',
	pad: 'u8',
	/** Nanoseconds. */
	cpu_time: 'u64',
	cpu: 'u32'
});
export const DOMCTL_MAX_VCPUS = struct('xen_domctl_max_vcpus', DOMCTL_H, { max: 'u32' });
export const DOMCTL_SETDOMAINHANDLE = struct('xen_domctl_setdomainhandle', DOMCTL_H, { handle: ['u8', 16] });
export const DOMCTL_HYPERCALL_INIT = struct('xen_domctl_hypercall_init', DOMCTL_H, { gmfn: 'u64' });
export const DOMCTL_ADDRESS_SIZE = struct('xen_domctl_address_size', DOMCTL_H, { size: 'u32' });
export const DOMCTL_SCHEDULER_OP = struct('xen_domctl_scheduler_op', DOMCTL_H, { sched_id: 'u32', cmd: 'u32' });
export const DOMCTL_IRQ_PERMISSION = struct('xen_domctl_irq_permission', DOMCTL_H, { pirq: 'u32', allow_access: 'u8' });
export const DOMCTL_IOMEM_PERMISSION = struct('xen_domctl_iomem_permission', DOMCTL_H, {
	first_mfn: 'u64',
	nr_mfns: 'u64',
	allow_access: 'u8'
});
export const DOMCTL_IOPORT_PERMISSION = struct('xen_domctl_ioport_permission', DOMCTL_H, {
	first_port: 'u32',
	nr_ports: 'u32',
	allow_access: 'u8'
});

export const SYSCTL_PHYSINFO = struct('xen_sysctl_physinfo', SYSCTL_H, {
	threads_per_core: 'u32',
	cores_per_socket: 'u32',
	nr_cpus: 'u32',
	max_cpu_id: 'u32',
	nr_nodes: 'u32',
	max_node_id: 'u32',
	cpu_khz: 'u32',
	/** XEN_SYSCTL_PHYSCAP_*. */
	capabilities: 'u32',
	arch_capabilities: 'u32',
	pad: 'u32',
	total_pages: 'u64',
	free_pages: 'u64',
	scrub_pages: 'u64',
	outstanding_pages: 'u64',
	max_mfn: 'u64',
	hw_cap: ['u32', 8]
});
/** Bits of `capabilities`: paravirtualized domains, and grant tables of version 1. */
export const PHYSCAP = { pv: 1 << 1, gnttab_v1: 1 << 8 } as const;

export const SYSCTL_GETDOMAININFOLIST = struct('xen_sysctl_getdomaininfolist', SYSCTL_H, {
	first_domain: 'u16',
	pad: 'u16',
	max_domains: 'u32',
	/** A guest pointer in the low half. */
	buffer: 'u64',
	num_domains: 'u32'
});
export const SYSCTL_AVAILHEAP = struct('xen_sysctl_availheap', SYSCTL_H, {
	min_bitwidth: 'u32',
	max_bitwidth: 'u32',
	node: 's32',
	pad: 'u32',
	avail_bytes: 'u64'
});
/** XEN_DOMCTL_SCHEDOP_*: what is wanted of a policy. Those about vcpus are domctl's alone. */
export const SCHEDOP_INFO = { put: 0, get: 1, put_vcpus: 2, get_vcpus: 3 } as const;
export const SYSCTL_SCHEDULER_OP = struct('xen_sysctl_scheduler_op', SYSCTL_H, {
	cpupool_id: 'u32',
	sched_id: 'u32',
	cmd: 'u32',
	pad: 'u32'
});
