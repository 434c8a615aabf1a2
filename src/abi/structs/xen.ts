/** The page that Xen shares with each domain (xen/include/public/xen.h, arch-x86/xen.h). */
import { struct } from '../layout';
import { VCPU_TIME_INFO } from './time';

const XEN_H = 'xen/include/public/xen.h';
const ARCH_H = 'xen/include/public/arch-x86/xen.h';

export * from './cpu';
export { VCPU_TIME_INFO } from './time';

export const ARCH_VCPU_INFO = struct('arch_vcpu_info', 'xen/include/public/arch-x86/xen-x86_32.h', {
	cr2: 'ulong',
	pad: ['ulong', 5]
});

/** 64 bytes a vcpu: is an upcall pending, is it masked, which words of the pending bitmap to look at. */
export const VCPU_INFO = struct('vcpu_info', XEN_H, {
	evtchn_upcall_pending: 'u8',
	evtchn_upcall_mask: 'u8',
	evtchn_pending_sel: 'ulong',
	arch: ARCH_VCPU_INFO,
	time: VCPU_TIME_INFO
});

export const ARCH_SHARED_INFO = struct('arch_shared_info', ARCH_H, {
	max_pfn: 'ulong',
	pfn_to_mfn_frame_list_list: 'ulong',
	nmi_reason: 'ulong',
	p2m_cr3: 'ulong',
	p2m_vaddr: 'ulong',
	p2m_generation: 'ulong',
	wc_sec_hi: 'u32'
});

/** Vcpus whose vcpu_info lies in shared_info itself. */
export const XEN_LEGACY_MAX_VCPUS = 32;

export const SHARED_INFO = struct('shared_info', XEN_H, {
	vcpu_info: [VCPU_INFO, XEN_LEGACY_MAX_VCPUS],
	evtchn_pending: ['ulong', 32],
	evtchn_mask: ['ulong', 32],
	wc_version: 'u32',
	wc_sec: 'u32',
	wc_nsec: 'u32',
	arch: ARCH_SHARED_INFO
});

/** Ports of the two-level ABI: 32 words of 32 bits. */
export const EVTCHN_2L_NR_CHANNELS = 1024;

/** One call of a multicall batch (xen/include/public/xen.h). */
export const MULTICALL_ENTRY = struct('multicall_entry', XEN_H, { op: 'ulong', result: 'ulong', args: ['ulong', 6] });

/** Special domain numbers (xen/include/public/xen.h). */
/** Numbers from here on are no domains'. */
export const DOMID_FIRST_RESERVED = 0x7ff0;
export const DOMID_SELF = 0x7ff0;
export const DOMID_IO = 0x7ff1;
export const DOMID_XEN = 0x7ff2;
export const DOMID_COW = 0x7ff3;
export const DOMID_INVALID = 0x7ff4;
export const DOMID_IDLE = 0x7fff;

/** Virtual interrupts (xen/include/public/xen.h). VIRQs up to DEBUG are bound on each vcpu, the others once a domain. */
export const VIRQ = {
	TIMER: 0,
	DEBUG: 1,
	CONSOLE: 2,
	DOM_EXC: 3,
	TBUF: 4,
	DEBUGGER: 6,
	XENOPROF: 7,
	CON_RING: 8,
	PCPU_STATE: 9,
	MEM_EVENT: 10,
	ARGO: 11,
	ENOMEM: 12,
	XENPMU: 13
} as const;
export const NR_VIRQS = 24;

/** vm_assist commands and types (xen/include/public/xen.h). */
export const VMASST_CMD_ENABLE = 0;
export const VMASST_CMD_DISABLE = 1;
export const VMASST_TYPE_4GB_SEGMENTS = 0;
export const VMASST_TYPE_4GB_SEGMENTS_NOTIFY = 1;
export const VMASST_TYPE_WRITABLE_PAGETABLES = 2;
export const VMASST_TYPE_PAE_EXTENDED_CR3 = 3;
export const VMASST_TYPE_ARCHITECTURAL_IOPL = 4;
export const VMASST_TYPE_RUNSTATE_UPDATE_FLAG = 5;
export const VMASST_TYPE_M2P_STRICT = 32;
