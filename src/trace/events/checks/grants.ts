import { row } from './row';

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
	)
};
