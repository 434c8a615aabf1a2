import { row } from './row';

const GNT = 'xen/common/grant_table.c';
const GRANT_H = 'xen/include/public/grant_table.h';
const PV = 'xen/arch/x86/pv/grant_table.c';

/** Questions about grant tables. */
export const GRANT_CHECKS = {
	grant_call_known: row('hex', 'dec', 'xen/include/public/grant_table.h: enum grant_table_op'),
	grant_single: row('hex', 'hex', 'xen/common/grant_table.c: gnttab_setup_table'),
	grant_version: row('hex', 'hex', 'xen/common/grant_table.c: gnttab_set_version'),
	grant_domain: row('dom', 'dom', 'xen/common/grant_table.c: rcu_lock_domain_by_any_id'),
	grant_permission: row('dom', 'dom', 'xen/include/xsm/dummy.h: xsm_grant_setup'),
	grant_memory: row('dec', 'dec', 'xen/common/grant_table.c: gnttab_grow_table'),
	grant_frames: row('dec', 'hex', 'xen/common/grant_table.c: gnttab_setup_table'),

	// the call
	grant_count: row('hex', 'hex', `${GNT}: do_grant_table_op`),
	grant_command_whole: row('hex', 'hex', `${GNT}: do_grant_table_op, GNTTABOP_ARG_MASK`),
	grant_status_frames: row('dec', 'hex', `${GNT}: gnttab_get_status_frames`),

	// entries in use
	grant_ref_exists: row('hex', 'dec', `${GNT}: nr_grant_entries`),
	grant_in_use_by: row('dom', 'dom', `${GNT}: map_grant_ref, act->domid`),
	grant_uses: row('dec', 'hex', `${GNT}: GNTPIN_incr2oflow_mask`),
	grant_permits: row('hex', 'hex', `${GNT}: _set_status_v1`),
	grant_names_domain: row('dom', 'dom', `${GNT}: _set_status_v1`),
	grant_writable: row('hex', 'hex', `${GRANT_H}: GTF_readonly`),

	// mapping
	grant_map_somehow: row('hex', 'hex', `${GNT}: map_grant_ref`),
	grant_granter: row('dom', 'dom', `${GNT}: map_grant_ref`),
	grant_handle_left: row('dec', 'dec', `${GNT}: get_maptrack_handle`),
	grant_handle: row('hex', 'dec', `${GNT}: unmap_common`),
	grant_bus_address: row('hex', 'hex', `${GNT}: unmap_common, GNTST_bad_dev_addr`),
	grant_address: row('hex', 'hex', `${PV}: create_grant_pv_mapping`),
	grant_has_l1: row('hex', 'hex', `${PV}: map_guest_l1e`),
	grant_table_is_l1: row('hex', 'type', `${PV}: create_grant_pv_mapping`),
	grant_entry_maps: row('hex', 'hex', `${PV}: replace_grant_pv_mapping`),
	grant_replaces_linear: row('hex', 'hex', `${PV}: replace_grant_pv_mapping`),

	// copies
	grant_copy_right: row('dom', 'dom', `${GNT}: gnttab_copy_lock_domain`),
	grant_copy_domain: row('dom', 'dom', `${GNT}: gnttab_copy_lock_domain`),
	grant_copy_within: row('dec', 'dec', `${GNT}: gnttab_copy_buf`),

	// pages that change hands
	grant_flip_frame: row('hex', 'dec', `${GNT}: gnttab_transfer`),
	steal_unused: row('hex', 'dec', 'xen/arch/x86/mm.c: steal_page'),
	grant_flip_domain: row('dom', 'dom', `${GNT}: gnttab_transfer`),
	grant_flip_room: row('dec', 'dec', `${GNT}: gnttab_transfer`),
	grant_flip_accepted: row('hex', 'hex', `${GNT}: gnttab_prepare_for_transfer`),
	grant_swap_unused: row('hex', 'hex', `${GNT}: swap_grant_ref`),

	// cache_flush
	grant_flush_sane: row('dec', 'hex', `${GNT}: _cache_flush`),
	grant_flush_frame: row('hex', 'dec', `${GNT}: _cache_flush`),
	grant_flush_owner: row('hex', 'dom', `${GNT}: _cache_flush`),
	grant_flush_granted: row('hex', 'dom', `${GNT}: grant_map_exists`),
	grant_flush_clean: row('hex', 'hex', 'xen/arch/x86/include/asm/flushtlb.h: invalidate_dcache_va_range')
};
