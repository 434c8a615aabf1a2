/** Domains, their vcpus and event channels as plain data. */

/** struct vcpu_info's control-transfer part (xen/include/public/xen.h). */
export interface VcpuInfoState {
	upcallPending: boolean;
	upcallMask: boolean;
	/** One bit a word of evtchn_pending. */
	pendingSel: number;
	/** Virtual CR2 (arch.cr2). */
	cr2: number;
}

/** A vcpu as the hypervisor keeps it. */
export interface VcpuState {
	id: number;
	/** Index of RUNSTATES. */
	runstate: number;
	blocked: boolean;
	info: VcpuInfoState;
	/** struct trap_info entries that the guest registered. */
	traps: { vector: number; cs: number; eip: number; dpl: number; masks: boolean }[];
	kernelSs: number;
	kernelSp: number;
	eventCallback: { cs: number; eip: number } | null;
	failsafeCallback: { cs: number; eip: number } | null;
	/** Frame of its top page table, or null. */
	guestTable: number | null;
	gdtFrames: number[];
	gdtEntries: number;
	iopl: number;
}

/** An event channel as both ends know it. */
export interface ChannelState {
	port: number;
	state: 'free' | 'reserved' | 'unbound' | 'interdomain' | 'virq' | 'ipi' | 'pirq';
	remoteDom: number;
	remotePort: number;
	virq: number;
	pending: boolean;
	masked: boolean;
}

/** A domain with its vcpus and event channels. */
export interface DomainState {
	id: number;
	name: string;
	totalPages: number;
	maxPages: number;
	alive: boolean;
	paused: boolean;
	/** SHUTDOWN_* code, or null while it runs. */
	shutdownCode: number | null;
	crash: { reason: number; eip: number } | null;
	vcpus: VcpuState[];
	channels: ChannelState[];
}
