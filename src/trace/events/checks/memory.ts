import { row } from './row';

const MM = 'xen/arch/x86/mm.c';
const MEMORY_H = 'xen/include/public/memory.h';
const XEN_H = 'xen/include/public/xen.h';
const DESCRIPTORS = 'xen/arch/x86/x86_32/mm.c: check_descriptor';

/** Questions about frames, their types and counts, page-table entries and descriptors. */
export const MEMORY_CHECKS = {
	// frames
	frame_exists: row('hex', 'dec', `${MM}: get_page_from_pagenr`),
	frame_owner: row('hex', 'dom', `${MM}: get_page`),
	type_compatible: row('hex', 'type_count', `${MM}: __get_page_type`),
	table_valid: row('hex', 'type', `${MM}: alloc_page_type`),
	pin_once: row('hex', 'type', `${MM}: do_mmuext_op, MMUEXT_PIN_L*_TABLE`),
	unpin_pinned: row('hex', 'dec', `${MM}: do_mmuext_op, MMUEXT_UNPIN_TABLE`),

	// entries
	l1_flags: row('hex', 'hex', `${MM}: L1_DISALLOW_MASK`),
	l1_target_owner: row('hex', 'dom', `${MM}: get_page_from_l1e`),
	l1_io_memory: row('hex', 'dom', `${MM}: get_page_from_l1e, iomem_access_permitted`),
	l2_flags: row('hex', 'hex', `${MM}: L2_DISALLOW_MASK`),
	l2_no_superpage: row('hex', 'hex', `${MM}: get_page_from_l2e`),
	l2_guest_slot: row('hex', 'hex', `${MM}: mod_l2_entry, is_guest_l2_slot`),
	linear_read_only: row('hex', 'hex', `${MM}: get_l2_linear_pagetable`),
	linear_validated: row('hex', 'dec', `${MM}: get_l2_linear_pagetable`),
	linear_not_nested: row('hex', 'hex', 'Xen security advisory 240'),
	l3_flags: row('hex', 'hex', `${MM}: l3_disallow_mask`),
	l3_slot: row('hex', 'hex', `${MM}: mod_l3_entry`),
	l3_top_present: row('hex', 'hex', `${MM}: create_pae_xen_mappings`),
	l3_top_unshared: row('hex', 'dec', `${MM}: create_pae_xen_mappings`),
	va_has_l1: row('hex', 'hex', `${MM}: guest_map_l1e`),
	va_table_is_l1: row('hex', 'type', `${MM}: do_update_va_mapping`),
	table_not_foreign: row('dom', 'dom', `${MM}: do_mmu_update`),

	// calls
	mmu_command: row('hex', 'hex', `${XEN_H}: MMU_NORMAL_PT_UPDATE`),
	mmuext_command: row('hex', 'none', `${XEN_H}: MMUEXT_PIN_L1_TABLE`),
	mmuext_for_self: row('dom', 'dom', `${MM}: do_mmuext_op`),
	cache_flush_privilege: row('dom', 'none', `${MM}: cache_flush_permitted`),
	foreign_not_self: row('dom', 'dom', `${MM}: get_pg_owner`),
	foreign_exists: row('dom', 'none', `${MM}: get_pg_owner`),
	foreign_privilege: row('dom', 'dom', 'xen/include/xsm/dummy.h: xsm_mmu_update'),
	table_owner_exists: row('dom', 'none', `${MM}: do_mmu_update`),
	table_owner_has_vcpu: row('dom', 'hex', `${MM}: do_mmu_update`),

	// descriptors
	gdt_entries: row('dec', 'hex', `${MM}: do_set_gdt`),
	gdt_size: row('dec', 'hex', `${MM}: set_gdt`),
	ldt_arguments: row('hex', 'dec', `${MM}: do_mmuext_op, MMUEXT_SET_LDT`),
	ldt_in_limit: row('hex', 'dec', 'xen/arch/x86/traps.c: handle_gdt_ldt_mapping_fault'),
	ldt_page_mapped: row('hex', 'hex', `${MM}: map_ldt_shadow_page`),
	descriptor_aligned: row('hex', 'hex', `${MM}: do_update_descriptor`),
	descriptor_kind: row('hex', 'hex', DESCRIPTORS),
	gate_target: row('hex', 'hex', DESCRIPTORS),
	gate_reserved_bits: row('hex', 'hex', DESCRIPTORS),
	descriptor_base: row('hex', 'hex', DESCRIPTORS),
	descriptor_limit: row('hex', 'hex', DESCRIPTORS),

	// writable page tables
	ptwr_read_only_table: row('hex', 'hex', `${MM}: ptwr_do_page_fault`),
	ptwr_decoded: row('hex', 'dec', `${MM}: ptwr_do_page_fault`),
	ptwr_aligned: row('hex', 'dec', `${MM}: ptwr_emulated_update`),
	ptwr_half_entry: row('hex', 'dec', `${MM}: ptwr_emulated_update`),

	// reservations
	domain_exists: row('dom', 'none', 'xen/common/memory.c: rcu_lock_domain_by_any_id'),
	memory_privilege: row('dom', 'dom', 'xen/include/xsm/dummy.h: xsm_memory_adjust_reservation'),
	machine_map_privilege: row('dom', 'none', `${MEMORY_H}: XENMEM_machine_memory_map`),
	reservation_sane: row('hex', 'hex', 'xen/common/memory.c: do_memory_op'),
	reservation_room: row('hex', 'hex', 'xen/common/page_alloc.c: assign_pages'),
	heap_has_frames: row('dec', 'dec', 'xen/common/page_alloc.c: alloc_heap_pages'),
	frame_returnable: row('hex', 'hex', 'xen/common/memory.c: guest_remove_page'),
	exchange_order: row('hex', 'hex', 'xen/common/memory.c: memory_exchange'),
	exchange_sizes: row('dec', 'dec', `${MEMORY_H}: XENMEM_exchange`),
	exchange_unused: row('hex', 'dec', `${MM}: steal_page`),
	physmap_translated: row('dom', 'none', 'xen/common/memory.c: xatp_permission_check'),
	machphys_own_tables: row('hex', 'dom', `${MM}: do_mmu_update`),
	exchange_lists: row('hex', 'hex', 'xen/common/compat/memory.c: compat_memory_op'),
	exchange_owner: row('dom', 'dom', 'xen/common/memory.c: memory_exchange'),
	exchange_node: row('hex', 'none', 'xen/common/memory.c: propagate_node'),
	memory_op_known: row('hex', 'hex', `${MEMORY_H}`),
	memory_op_start: row('hex', 'hex', 'xen/common/memory.c: do_memory_op'),
	memory_map_size: row('hex', 'hex', 'xen/arch/x86/mm.c: XENMEM_set_memory_map'),
	memory_map_given: row('dom', 'hex', 'xen/arch/x86/mm.c: XENMEM_memory_map'),
	foreign_required: row('dom', 'dom', 'xen/common/domain.c: rcu_lock_remote_domain_by_id'),
	remote_exists: row('dom', 'none', 'xen/common/domain.c: rcu_lock_remote_domain_by_id'),
	resource_range: row('hex', 'dec', 'xen/common/memory.c: acquire_resource'),
	resource_privilege: row('dom', 'dom', 'xen/include/xsm/dummy.h: xsm_domain_resource_map'),
	vnuma_padding: row('hex', 'none', 'xen/common/memory.c: XENMEM_get_vnumainfo'),
	device_memory_flags: row('hex', 'none', 'xen/common/memory.c: XENMEM_reserved_device_memory_map')
};
