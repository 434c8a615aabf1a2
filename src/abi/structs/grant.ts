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
/** Of an entry that permits access. */
export const GTF_readonly = 1 << 2;
export const GTF_reading = 1 << 3;
export const GTF_writing = 1 << 4;
export const GTF_sub_page = 1 << 8;
/** Of an entry that accepts a transfer: a page is on its way, and has arrived. */
export const GTF_transfer_committed = 1 << 2;
export const GTF_transfer_completed = 1 << 3;

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

export const GNTMAP_device_map = 1 << 0;
export const GNTMAP_host_map = 1 << 1;
export const GNTMAP_readonly = 1 << 2;
export const GNTMAP_application_map = 1 << 3;
export const GNTMAP_contains_pte = 1 << 4;
/** Bits 16 and up go to the bits of the entry that are the guest's own; three of them fit. */
export const GNTMAP_guest_avail0 = 16;

export const GNTCOPY_source_gref = 1 << 0;
export const GNTCOPY_dest_gref = 1 << 1;

export const GNTTAB_CACHE_CLEAN = 1 << 0;
export const GNTTAB_CACHE_INVAL = 1 << 1;

export const GNTST_okay = 0;
export const GNTST_general_error = -1;
export const GNTST_bad_domain = -2;
export const GNTST_bad_gntref = -3;
export const GNTST_bad_handle = -4;
export const GNTST_bad_virt_addr = -5;
export const GNTST_bad_dev_addr = -6;
export const GNTST_no_device_space = -7;
export const GNTST_permission_denied = -8;
export const GNTST_bad_page = -9;
export const GNTST_bad_copy_arg = -10;
export const GNTST_address_too_big = -11;
export const GNTST_eagain = -12;
export const GNTST_no_space = -13;

/** Names of the statuses, by their number without its sign. */
export const GRANT_STATUS_NAMES: readonly string[] = [
	'GNTST_okay',
	'GNTST_general_error',
	'GNTST_bad_domain',
	'GNTST_bad_gntref',
	'GNTST_bad_handle',
	'GNTST_bad_virt_addr',
	'GNTST_bad_dev_addr',
	'GNTST_no_device_space',
	'GNTST_permission_denied',
	'GNTST_bad_page',
	'GNTST_bad_copy_arg',
	'GNTST_address_too_big',
	'GNTST_eagain',
	'GNTST_no_space'
];

export const GNTTAB_MAP_GRANT_REF = struct('gnttab_map_grant_ref', HEADER, {
	host_addr: 'u64',
	flags: 'u32',
	ref: 'u32',
	dom: 'u16',
	status: 's16',
	handle: 'u32',
	dev_bus_addr: 'u64'
});

export const GNTTAB_UNMAP_GRANT_REF = struct('gnttab_unmap_grant_ref', HEADER, {
	host_addr: 'u64',
	dev_bus_addr: 'u64',
	handle: 'u32',
	status: 's16'
});

export const GNTTAB_UNMAP_AND_REPLACE = struct('gnttab_unmap_and_replace', HEADER, {
	host_addr: 'u64',
	new_addr: 'u64',
	handle: 'u32',
	status: 's16'
});

export const GNTTAB_SETUP_TABLE = struct('gnttab_setup_table', HEADER, {
	dom: 'u16',
	nr_frames: 'u32',
	status: 's16',
	frame_list: 'ptr'
});

export const GNTTAB_TRANSFER = struct('gnttab_transfer', HEADER, {
	mfn: 'u32',
	domid: 'u16',
	ref: 'u32',
	status: 's16'
});

/** One end of a copy: `ref` is a grant reference, or a frame of the caller's own (`u.gmfn` of the header). */
export const GNTTAB_COPY_PTR = struct('gnttab_copy_ptr', HEADER, {
	ref: 'u32',
	domid: 'u16',
	offset: 'u16'
});

export const GNTTAB_COPY = struct('gnttab_copy', HEADER, {
	source: GNTTAB_COPY_PTR,
	dest: GNTTAB_COPY_PTR,
	len: 'u16',
	flags: 'u16',
	status: 's16'
});

export const GNTTAB_QUERY_SIZE = struct('gnttab_query_size', HEADER, {
	dom: 'u16',
	nr_frames: 'u32',
	max_nr_frames: 'u32',
	status: 's16'
});

export const GNTTAB_SET_VERSION = struct('gnttab_set_version', HEADER, { version: 'u32' });

export const GNTTAB_GET_STATUS_FRAMES = struct('gnttab_get_status_frames', HEADER, {
	nr_frames: 'u32',
	dom: 'u16',
	status: 's16',
	frame_list: 'ptr'
});

export const GNTTAB_GET_VERSION = struct('gnttab_get_version', HEADER, {
	dom: 'u16',
	pad: 'u16',
	version: 'u32'
});

export const GNTTAB_SWAP_GRANT_REF = struct('gnttab_swap_grant_ref', HEADER, {
	ref_a: 'u32',
	ref_b: 'u32',
	status: 's16'
});

export const GNTTAB_CACHE_FLUSH = struct('gnttab_cache_flush', HEADER, {
	/** A machine address (`a.dev_bus_addr`). */
	dev_bus_addr: 'u64',
	offset: 'u16',
	length: 'u16',
	op: 'u32'
});
