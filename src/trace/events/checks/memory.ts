import { row } from './row';

const MM = 'xen/arch/x86/mm.c';
const MEMORY_H = 'xen/include/public/memory.h';
const XEN_H = 'xen/include/public/xen.h';
const DESCRIPTORS = 'xen/arch/x86/x86_32/mm.c: check_descriptor';

/** Questions about frames, their types and counts, page-table entries and descriptors. */
export const MEMORY_CHECKS = {
	// frames
	frame_exists: row(
		'Is there a frame with this number?',
		'mfn',
		'frames in the machine',
		`${MM}: get_page_from_pagenr`
	),
	frame_owner: row('Does the domain own the frame?', 'mfn', 'owner', `${MM}: get_page`),
	type_compatible: row(
		'Is the frame unused, or used as this type already?',
		'mfn',
		'type it has (bits 31\u201324) and type count',
		`${MM}: __get_page_type`
	),
	table_valid: row('Do all entries of the new table pass?', 'mfn', 'type', `${MM}: alloc_page_type`),
	pin_once: row('Is the table not pinned yet?', 'mfn', 'type', `${MM}: do_mmuext_op, MMUEXT_PIN_L*_TABLE`),
	unpin_pinned: row('Is the table pinned?', 'mfn', 'type count', `${MM}: do_mmuext_op, MMUEXT_UNPIN_TABLE`),

	// entries
	l1_flags: row('Are only permitted bits set in the L1 entry?', 'low half', 'high half', `${MM}: L1_DISALLOW_MASK`),
	l1_target_owner: row(
		'Does the domain own the frame that the entry maps?',
		'mfn',
		'owner',
		`${MM}: get_page_from_l1e`
	),
	l1_io_memory: row(
		'May the domain map this device memory?',
		'mfn',
		'domain',
		`${MM}: get_page_from_l1e, iomem_access_permitted`
	),
	l2_flags: row('Are only permitted bits set in the L2 entry?', 'low half', 'high half', `${MM}: L2_DISALLOW_MASK`),
	l2_no_superpage: row(
		'Does the L2 entry name a table rather than a large page?',
		'low half',
		'high half',
		`${MM}: get_page_from_l2e`
	),
	l2_guest_slot: row(
		'Is the L2 slot the guest\u2019s, and not the hypervisor\u2019s?',
		'mfn of the L2',
		'slot',
		`${MM}: mod_l2_entry, is_guest_l2_slot`
	),
	linear_read_only: row(
		'Is the map of a page table by itself read-only?',
		'mfn mapped',
		'mfn of the table',
		`${MM}: get_l2_linear_pagetable`
	),
	linear_validated: row(
		'Is the table that is mapped as a page a validated one?',
		'mfn',
		'type count',
		`${MM}: get_l2_linear_pagetable`
	),
	linear_not_nested: row(
		'Do linear maps not go through each other?',
		'mfn mapped',
		'mfn of the table',
		'Xen security advisory 240'
	),
	l3_flags: row('Are only permitted bits set in the L3 entry?', 'low half', 'high half', `${MM}: l3_disallow_mask`),
	l3_slot: row('Is it one of the L3 entries that may change (0 to 2)?', 'mfn of the L3', 'slot', `${MM}: mod_l3_entry`),
	l3_top_present: row(
		'Is L3[3], which holds the hypervisor, present?',
		'low half',
		'high half',
		`${MM}: create_pae_xen_mappings`
	),
	l3_top_unshared: row(
		'Is the L2 in L3[3] used by this L3 alone?',
		'mfn of the L2',
		'type count',
		`${MM}: create_pae_xen_mappings`
	),
	va_has_l1: row(
		'Does a page table of the guest\u2019s cover this address?',
		'address',
		'mfn of the L1',
		`${MM}: guest_map_l1e`
	),
	va_table_is_l1: row('Is that table a validated L1?', 'mfn', 'type', `${MM}: do_update_va_mapping`),
	table_not_foreign: row(
		'Do the tables and the frames that they name have one owner?',
		'owner of frames',
		'owner of tables',
		`${MM}: do_mmu_update`
	),

	// calls
	mmu_command: row('Does mmu_update know this command?', 'command', 'pointer', `${XEN_H}: MMU_NORMAL_PT_UPDATE`),
	mmuext_command: row('Does mmuext_op know this operation?', 'operation', '', `${XEN_H}: MMUEXT_PIN_L1_TABLE`),
	mmuext_for_self: row('Is the operation for the caller itself?', 'domain named', 'caller', `${MM}: do_mmuext_op`),
	cache_flush_privilege: row(
		'May the domain do device I/O, and so flush caches?',
		'domain',
		'',
		`${MM}: cache_flush_permitted`
	),
	foreign_not_self: row(
		'Is the caller not named by its number, where DOMID_SELF belongs?',
		'domain named',
		'caller',
		`${MM}: get_pg_owner`
	),
	foreign_exists: row('Is there a domain of this number?', 'domain', '', `${MM}: get_pg_owner`),
	foreign_privilege: row(
		'May the caller act on another domain\u2019s frames?',
		'caller',
		'owner',
		'xen/include/xsm/dummy.h: xsm_mmu_update'
	),
	table_owner_exists: row('Is there a domain whose tables are meant?', 'domain', '', `${MM}: do_mmu_update`),
	table_owner_has_vcpu: row('Does that domain have a virtual processor?', 'domain', 'vcpus', `${MM}: do_mmu_update`),

	// descriptors
	gdt_entries: row('Does the GDT end before Xen\u2019s own entries?', 'entries', 'most allowed', `${MM}: do_set_gdt`),
	gdt_size: row(
		'Do that many descriptors fit the guest\u2019s part of the GDT?',
		'entries',
		'most allowed',
		`${MM}: set_gdt`
	),
	ldt_arguments: row(
		'Does the LDT start on a page, fit 64 KiB and stay out of the hypervisor?',
		'address',
		'entries',
		`${MM}: do_mmuext_op, MMUEXT_SET_LDT`
	),
	ldt_in_limit: row(
		'Is the descriptor within the LDT that the guest declared?',
		'offset',
		'bytes in the LDT',
		'xen/arch/x86/traps.c: handle_gdt_ldt_mapping_fault'
	),
	ldt_page_mapped: row(
		'Has the guest mapped this page of its LDT?',
		'address',
		'low half of its L1 entry',
		`${MM}: map_ldt_shadow_page`
	),
	descriptor_aligned: row(
		'Does the descriptor start at a multiple of 8?',
		'low half of the address',
		'high half',
		`${MM}: do_update_descriptor`
	),
	descriptor_kind: row(
		'Is it code, data or a call gate, and no other system descriptor?',
		'low half',
		'high half',
		DESCRIPTORS
	),
	gate_target: row(
		'Does the call gate lead to a segment of the guest\u2019s?',
		'selector',
		'first reserved GDT entry',
		DESCRIPTORS
	),
	gate_reserved_bits: row('Are the reserved bits of the call gate zero?', 'low half', 'high half', DESCRIPTORS),
	descriptor_base: row(
		'Does the segment start well below the hypervisor?',
		'base',
		'end of what segments may reach',
		DESCRIPTORS
	),
	descriptor_limit: row(
		'Can the limit be cut to keep out of the hypervisor (does it count in pages)?',
		'low half',
		'high half',
		DESCRIPTORS
	),

	// writable page tables
	ptwr_read_only_table: row(
		'Is it a present, read-only mapping of one of the domain\u2019s L1 tables?',
		'address',
		'low half of its L1 entry',
		`${MM}: ptwr_do_page_fault`
	),
	ptwr_decoded: row(
		'Is the instruction a store that can be emulated?',
		'eip',
		'first bytes of it',
		`${MM}: ptwr_do_page_fault`
	),
	ptwr_aligned: row(
		'Is the store aligned, at most 8 bytes, and at the faulting address?',
		'address',
		'bytes',
		`${MM}: ptwr_emulated_update`
	),
	ptwr_half_entry: row(
		'If refused: is it the high half of an entry whose low half comes next?',
		'address',
		'bytes',
		`${MM}: ptwr_emulated_update`
	),

	// reservations
	domain_exists: row('Is there such a domain?', 'domain', '', 'xen/common/memory.c: rcu_lock_domain_by_any_id'),
	memory_privilege: row(
		'May the caller change or see that domain\u2019s memory?',
		'caller',
		'domain',
		'xen/include/xsm/dummy.h: xsm_memory_adjust_reservation'
	),
	machine_map_privilege: row(
		'May the caller see the machine\u2019s memory map?',
		'caller',
		'',
		`${MEMORY_H}: XENMEM_machine_memory_map`
	),
	reservation_sane: row(
		'Is the request well formed (extents, order, address bits)?',
		'extents',
		'order',
		'xen/common/memory.c: do_memory_op'
	),
	reservation_room: row(
		'Does the domain stay within its maximum?',
		'pages after',
		'maximum',
		'xen/common/page_alloc.c: assign_pages'
	),
	heap_has_frames: row(
		'Are there free frames in a row?',
		'frames wanted',
		'frames free',
		'xen/common/page_alloc.c: alloc_heap_pages'
	),
	frame_returnable: row(
		'Is it ordinary memory that a domain may give back?',
		'mfn',
		'flags',
		'xen/common/memory.c: guest_remove_page'
	),
	exchange_order: row(
		'Are the extents small enough for this domain?',
		'order',
		'largest order',
		'xen/common/memory.c: memory_exchange'
	),
	exchange_sizes: row(
		'Do the two lists of the exchange have the same owner and size?',
		'frames in',
		'frames out',
		`${MEMORY_H}: XENMEM_exchange`
	),
	exchange_unused: row(
		'Is the frame to be exchanged not referred to by anything?',
		'mfn',
		'reference count',
		`${MM}: steal_page`
	),
	physmap_translated: row(
		'Does the hypervisor keep this domain\u2019s physical map (it does not for a PV guest)?',
		'domain',
		'',
		'xen/common/memory.c: xatp_permission_check'
	),
	machphys_own_tables: row(
		'Does an M2P update come without another domain\u2019s tables?',
		'tables of',
		'caller',
		`${MM}: do_mmu_update`
	),
	exchange_lists: row(
		'Are the two lists of the exchange of about the same length?',
		'order in',
		'order out',
		'xen/common/compat/memory.c: compat_memory_op'
	),
	exchange_owner: row(
		'Do both lists of the exchange name the same domain?',
		'domain in',
		'domain out',
		'xen/common/memory.c: memory_exchange'
	),
	exchange_node: row(
		'May the caller choose the NUMA node that it asks for?',
		'memory flags',
		'',
		'xen/common/memory.c: propagate_node'
	),
	memory_op_known: row('Is it an operation of memory_op?', 'operation', 'first extent', `${MEMORY_H}`),
	memory_op_start: row(
		'Does an operation that cannot be continued begin at the first extent?',
		'operation',
		'first extent',
		'xen/common/memory.c: do_memory_op'
	),
	memory_map_size: row(
		'Has the memory map no more ranges than fit one?',
		'ranges',
		'most',
		'xen/arch/x86/mm.c: XENMEM_set_memory_map'
	),
	memory_map_given: row('Has the domain a memory map?', 'domain', 'ranges', 'xen/arch/x86/mm.c: XENMEM_memory_map'),
	foreign_required: row(
		'Is it another domain than the caller, as the operation requires?',
		'domain',
		'caller',
		'xen/common/domain.c: rcu_lock_remote_domain_by_id'
	),
	remote_exists: row(
		'Is there another domain of that number?',
		'domain',
		'',
		'xen/common/domain.c: rcu_lock_remote_domain_by_id'
	),
	resource_range: row(
		'Is the run of frames one that 32-bit numbers can name?',
		'first frame',
		'frames',
		'xen/common/memory.c: acquire_resource'
	),
	resource_privilege: row(
		'May the caller map what belongs to that domain\u2019s device model?',
		'caller',
		'domain',
		'xen/include/xsm/dummy.h: xsm_domain_resource_map'
	),
	vnuma_padding: row('Is the padding zero?', 'padding', '', 'xen/common/memory.c: XENMEM_get_vnumainfo'),
	device_memory_flags: row(
		'Are the flags ones that there are?',
		'flags',
		'',
		'xen/common/memory.c: XENMEM_reserved_device_memory_map'
	)
};
