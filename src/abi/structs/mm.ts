/** Structures and numbers of memory management (xen/include/public/xen.h and memory.h). */
import { struct } from '../layout';

const XEN_H = 'xen/include/public/xen.h';
const MEMORY_H = 'xen/include/public/memory.h';

/** One entry of an mmu_update batch. `ptr`: machine address of an entry, its low bits the MMU_* command. */
export const MMU_UPDATE = struct('mmu_update', XEN_H, { ptr: 'u64', val: 'u64' });
export const MMU = {
	NORMAL_PT_UPDATE: 0,
	MACHPHYS_UPDATE: 1,
	PT_UPDATE_PRESERVE_AD: 2,
	PT_UPDATE_NO_TRANSLATE: 3
} as const;
/** Set in a batch's count when the hypervisor gave it back unfinished. */
export const MMU_UPDATE_PREEMPTED = 0x8000_0000;

/** One entry of an mmuext_op batch. `arg1`: mfn or linear_addr; `arg2`: nr_ents, vcpumask or src_mfn. */
export const MMUEXT_OP = struct('mmuext_op', XEN_H, { cmd: 'u32', arg1: 'ulong', arg2: 'ulong' });
export const MMUEXT = {
	PIN_L1_TABLE: 0,
	PIN_L2_TABLE: 1,
	PIN_L3_TABLE: 2,
	PIN_L4_TABLE: 3,
	UNPIN_TABLE: 4,
	NEW_BASEPTR: 5,
	TLB_FLUSH_LOCAL: 6,
	INVLPG_LOCAL: 7,
	TLB_FLUSH_MULTI: 8,
	INVLPG_MULTI: 9,
	TLB_FLUSH_ALL: 10,
	INVLPG_ALL: 11,
	FLUSH_CACHE: 12,
	SET_LDT: 13,
	NEW_USER_BASEPTR: 15,
	CLEAR_PAGE: 16,
	COPY_PAGE: 17,
	FLUSH_CACHE_GLOBAL: 18,
	MARK_SUPER: 19,
	UNMARK_SUPER: 20
} as const;

/** Flags of update_va_mapping: what to flush (bits 1–0), and where: the rest is 0 (local), UVMF_ALL or a pointer to a vcpu mask. */
export const UVMF = { NONE: 0, TLB_FLUSH: 1, INVLPG: 2, FLUSHTYPE_MASK: 3, LOCAL: 0, ALL: 4 } as const;

export const XENMEM = {
	increase_reservation: 0,
	decrease_reservation: 1,
	maximum_ram_page: 2,
	current_reservation: 3,
	maximum_reservation: 4,
	machphys_mfn_list: 5,
	populate_physmap: 6,
	add_to_physmap: 7,
	memory_map: 9,
	machine_memory_map: 10,
	exchange: 11,
	machphys_mapping: 12,
	set_memory_map: 13,
	maximum_gpfn: 14,
	remove_from_physmap: 15,
	set_pod_target: 16,
	get_pod_target: 17,
	get_sharing_freed_pages: 18,
	get_sharing_shared_pages: 19,
	access_op: 21,
	add_to_physmap_batch: 23,
	machphys_compat_mfn_list: 25,
	get_vnumainfo: 26,
	reserved_device_memory_map: 27,
	acquire_resource: 28
} as const;
/** memory_op's command: the operation in bits 5–0, above it the extent to start from. */
export const MEMOP_EXTENT_SHIFT = 6;
export const MEMOP_CMD_MASK = 0x3f;
/** Flag in mem_flags: entries that get memory on first use; not for a domain's own memory. */
export const XENMEMF_POPULATE_ON_DEMAND = 1 << 16;

export const XEN_MEMORY_RESERVATION = struct('xen_memory_reservation', MEMORY_H, {
	extent_start: 'ptr',
	nr_extents: 'ulong',
	extent_order: 'u32',
	mem_flags: 'u32',
	domid: 'u16'
});
export const XEN_MEMORY_EXCHANGE = struct('xen_memory_exchange', MEMORY_H, {
	in: XEN_MEMORY_RESERVATION,
	out: XEN_MEMORY_RESERVATION,
	nr_exchanged: 'ulong'
});
export const XEN_MEMORY_DOMAIN = struct('xen_memory_domain', MEMORY_H, { domid: 'u16' });
export const XEN_MACHPHYS_MFN_LIST = struct('xen_machphys_mfn_list', MEMORY_H, {
	max_extents: 'u32',
	extent_start: 'ptr',
	nr_extents: 'u32'
});
export const XEN_MACHPHYS_MAPPING = struct('xen_machphys_mapping', MEMORY_H, {
	v_start: 'ulong',
	v_end: 'ulong',
	max_mfn: 'ulong'
});
export const XEN_ADD_TO_PHYSMAP = struct('xen_add_to_physmap', MEMORY_H, {
	domid: 'u16',
	size: 'u16',
	space: 'u32',
	idx: 'ulong',
	gpfn: 'ulong'
});
export const XENMAPSPACE_GMFN_FOREIGN = 4;
export const XEN_REMOVE_FROM_PHYSMAP = struct('xen_remove_from_physmap', MEMORY_H, { domid: 'u16', gpfn: 'ulong' });
export const XEN_MEMORY_MAP = struct('xen_memory_map', MEMORY_H, { nr_entries: 'u32', buffer: 'ptr' });
/** One range of memory_map's answer, as the BIOS call E820 gives it: 20 bytes. */
export const E820_ENTRY = struct('e820entry', 'xen/include/public/memory.h', { addr: 'u64', size: 'u64', type: 'u32' });
export const E820_RAM = 1;
