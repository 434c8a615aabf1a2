import { row } from './row';

const GNT = 'xen/common/grant_table.c';
const GRANT_H = 'xen/include/public/grant_table.h';
const PV = 'xen/arch/x86/pv/grant_table.c';

/** Questions about grant tables. */
export const GRANT_CHECKS = {
	grant_call_known: row(
		'Is this an operation on grant tables that the hypervisor has?',
		'operation',
		'entries',
		'xen/include/public/grant_table.h: enum grant_table_op'
	),
	grant_single: row(
		'Does the call bring exactly one request?',
		'requests',
		'operation',
		'xen/common/grant_table.c: gnttab_setup_table'
	),
	grant_version: row(
		'Is this a version of grant tables that the hypervisor offers?',
		'version',
		'newest',
		'xen/common/grant_table.c: gnttab_set_version'
	),
	grant_domain: row(
		'Is there a domain of this number?',
		'domain',
		'caller',
		'xen/common/grant_table.c: rcu_lock_domain_by_any_id'
	),
	grant_permission: row(
		'May the caller see this domain\u2019s grant table?',
		'domain',
		'caller',
		'xen/include/xsm/dummy.h: xsm_grant_setup'
	),
	grant_memory: row(
		'Is there memory for the frames that the table lacks?',
		'frames',
		'free frames',
		'xen/common/grant_table.c: gnttab_grow_table'
	),
	grant_frames: row(
		'Does the table stay within its largest size?',
		'frames',
		'most',
		'xen/common/grant_table.c: gnttab_setup_table'
	),

	// the call
	grant_count: row('Is the number of requests below 2^31?', 'requests', 'operation', `${GNT}: do_grant_table_op`),
	grant_command_whole: row(
		'Does the operation stand alone, with nothing of a call that was given back?',
		'operation',
		'requests',
		`${GNT}: do_grant_table_op, GNTTABOP_ARG_MASK`
	),
	grant_status_frames: row(
		'Has a table of this version so many frames of statuses?',
		'frames',
		'there are',
		`${GNT}: gnttab_get_status_frames`
	),

	// entries in use
	grant_ref_exists: row('Has the table an entry of this number?', 'reference', 'entries', `${GNT}: nr_grant_entries`),
	grant_in_use_by: row(
		'Is the entry, which is in use, in use by the same domain?',
		'domain that uses it',
		'caller',
		`${GNT}: map_grant_ref, act->domid`
	),
	grant_uses: row('May the entry have one use more of this kind?', 'number', 'most', `${GNT}: GNTPIN_incr2oflow_mask`),
	grant_permits: row('Does the entry permit access to a page?', 'flags', 'reference', `${GNT}: _set_status_v1`),
	grant_names_domain: row('Does the entry permit it to the caller?', 'domain', 'caller', `${GNT}: _set_status_v1`),
	grant_writable: row('Does the entry permit as much?', 'flags', 'reference', `${GRANT_H}: GTF_readonly`),

	// mapping
	grant_map_somehow: row(
		'Is the grant to be mapped for the processor or for a device?',
		'flags',
		'reference',
		`${GNT}: map_grant_ref`
	),
	grant_granter: row('Is there a domain of this number?', 'domain', 'caller', `${GNT}: map_grant_ref`),
	grant_handle_left: row(
		'Is there a handle left for the mapping?',
		'number of handles',
		'number of handles at most',
		`${GNT}: get_maptrack_handle`
	),
	grant_handle: row(
		'Does the handle stand for a mapping of the caller\u2019s?',
		'handle',
		'number of handles',
		`${GNT}: unmap_common`
	),
	grant_bus_address: row(
		'Is this the address of the frame that was mapped?',
		'low half of the address',
		'mfn',
		`${GNT}: unmap_common, GNTST_bad_dev_addr`
	),
	grant_address: row(
		'Can the address be one of an entry, or of what one maps?',
		'low half',
		'high half',
		`${PV}: create_grant_pv_mapping`
	),
	grant_has_l1: row('Is there an L1 table for the address?', 'linear address', 'L1 mfn', `${PV}: map_guest_l1e`),
	grant_table_is_l1: row(
		'Is the frame that holds the entry an L1 table in use?',
		'mfn',
		'type',
		`${PV}: create_grant_pv_mapping`
	),
	grant_entry_maps: row(
		'Does the entry map the granted frame, with the rights that the handle stands for?',
		'low half of the entry',
		'low half as it should be',
		`${PV}: replace_grant_pv_mapping`
	),
	grant_replaces_linear: row(
		'Is the mapping to be replaced one that has a linear address?',
		'low half of the other address',
		'flags',
		`${PV}: replace_grant_pv_mapping`
	),

	// copies
	grant_copy_right: row(
		'Is the frame the caller\u2019s own, or named by a grant?',
		'domain',
		'caller',
		`${GNT}: gnttab_copy_lock_domain`
	),
	grant_copy_domain: row('Is there a domain of this number?', 'domain', 'caller', `${GNT}: gnttab_copy_lock_domain`),
	grant_copy_within: row(
		'Does the copy stay within one page on both sides?',
		'end in bytes',
		'page in bytes',
		`${GNT}: gnttab_copy_buf`
	),

	// pages that change hands
	grant_flip_frame: row(
		'Is there a frame with this number?',
		'mfn',
		'frames in the machine',
		`${GNT}: gnttab_transfer`
	),
	steal_unused: row(
		'Is it a page of the domain\u2019s to which nothing refers but the allocator?',
		'mfn',
		'references',
		'xen/arch/x86/mm.c: steal_page'
	),
	grant_flip_domain: row('Is there a domain of this number?', 'domain', 'caller', `${GNT}: gnttab_transfer`),
	grant_flip_room: row(
		'Has the other domain room for one page more?',
		'number of pages',
		'number of pages at most',
		`${GNT}: gnttab_transfer`
	),
	grant_flip_accepted: row(
		'Does the entry accept a page from the caller, and has none come yet?',
		'flags and domain of the entry',
		'as they should be',
		`${GNT}: gnttab_prepare_for_transfer`
	),
	grant_swap_unused: row('Are both entries unused?', 'reference in use', 'other reference', `${GNT}: swap_grant_ref`),

	// cache_flush
	grant_flush_sane: row(
		'Does the range stay in its page, and is the operation a known one?',
		'end in bytes',
		'operation',
		`${GNT}: _cache_flush`
	),
	grant_flush_frame: row('Is there a frame with this number?', 'mfn', 'frames in the machine', `${GNT}: _cache_flush`),
	grant_flush_owner: row('Does a domain own the frame?', 'mfn', 'owner', `${GNT}: _cache_flush`),
	grant_flush_granted: row(
		'Is the frame the caller\u2019s, or does it use it by a grant?',
		'mfn',
		'owner',
		`${GNT}: grant_map_exists`
	),
	grant_flush_clean: row(
		'Is the cache to be written back, and not only thrown away?',
		'operation',
		'mfn',
		'xen/arch/x86/include/asm/flushtlb.h: invalidate_dcache_va_range'
	)
};
