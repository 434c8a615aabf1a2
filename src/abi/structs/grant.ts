/** Grant tables, version 1 (xen/include/public/grant_table.h). */
import { struct } from '../layout';

const HEADER = 'xen/include/public/grant_table.h';

/** One entry of a version-1 grant table: which frame which domain may use, and how. */
export const GRANT_ENTRY_V1 = struct('grant_entry_v1', HEADER, {
	flags: 'u16',
	domid: 'u16',
	frame: 'u32'
});

export const GNTTAB_RESERVED_CONSOLE = 0;
export const GNTTAB_RESERVED_XENSTORE = 1;
export const GNTTAB_NR_RESERVED_ENTRIES = 8;

export const GTF_invalid = 0;
export const GTF_permit_access = 1;
export const GTF_accept_transfer = 2;
export const GTF_transitive = 3;
export const GTF_type_mask = 3;
export const GTF_readonly = 1 << 2;
export const GTF_reading = 1 << 3;
export const GTF_writing = 1 << 4;

export const GNTTABOP = {
	map_grant_ref: 0,
	unmap_grant_ref: 1,
	setup_table: 2,
	dump_table: 3,
	transfer: 4,
	copy: 5,
	query_size: 6,
	unmap_and_replace: 7,
	set_version: 8,
	get_status_frames: 9,
	get_version: 10,
	swap_grant_ref: 11,
	cache_flush: 12
} as const;

export const GNTST_okay = 0;
export const GNTST_general_error = -1;
export const GNTST_bad_domain = -2;
export const GNTST_bad_gntref = -3;
export const GNTST_permission_denied = -8;

export const GNTTAB_SETUP_TABLE = struct('gnttab_setup_table', HEADER, {
	dom: 'u16',
	nr_frames: 'u32',
	status: 's16',
	frame_list: 'ptr'
});

export const GNTTAB_QUERY_SIZE = struct('gnttab_query_size', HEADER, {
	dom: 'u16',
	nr_frames: 'u32',
	max_nr_frames: 'u32',
	status: 's16'
});

export const GNTTAB_SET_VERSION = struct('gnttab_set_version', HEADER, { version: 'u32' });

export const GNTTAB_GET_VERSION = struct('gnttab_get_version', HEADER, {
	dom: 'u16',
	pad: 'u16',
	version: 'u32'
});
