/** Block devices between domains, in the layout of 32-bit guests (xen/include/public/io/blkif.h). */
import { struct } from '../layout';

const HEADER = 'xen/include/public/io/blkif.h';

export const BLKIF_OP_READ = 0;
export const BLKIF_OP_WRITE = 1;
export const BLKIF_OP_WRITE_BARRIER = 2;
export const BLKIF_OP_FLUSH_DISKCACHE = 3;
export const BLKIF_OP_DISCARD = 5;
export const BLKIF_OP_INDIRECT = 6;

export const BLKIF_RSP_OKAY = 0;
export const BLKIF_RSP_ERROR = -1;
export const BLKIF_RSP_EOPNOTSUPP = -2;

export const BLKIF_MAX_SEGMENTS_PER_REQUEST = 11;
export const BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST = 8;

/** Bits of the back end's key `info`. */
export const VDISK_CDROM = 1;
export const VDISK_REMOVABLE = 2;
export const VDISK_READONLY = 4;

/** A stretch of one page: sectors of 512 bytes, both ends included. */
export const BLKIF_REQUEST_SEGMENT = struct('blkif_request_segment', HEADER, {
	gref: 'u32',
	first_sect: 'u8',
	last_sect: 'u8'
});

export const BLKIF_REQUEST = struct('blkif_request', HEADER, {
	operation: 'u8',
	nr_segments: 'u8',
	handle: 'u16',
	id: 'u64',
	sector_number: 'u64',
	seg: [BLKIF_REQUEST_SEGMENT, BLKIF_MAX_SEGMENTS_PER_REQUEST]
});

export const BLKIF_REQUEST_DISCARD = struct('blkif_request_discard', HEADER, {
	operation: 'u8',
	flag: 'u8',
	handle: 'u16',
	id: 'u64',
	sector_number: 'u64',
	nr_sectors: 'u64'
});

export const BLKIF_REQUEST_INDIRECT = struct('blkif_request_indirect', HEADER, {
	operation: 'u8',
	indirect_op: 'u8',
	nr_segments: 'u16',
	id: 'u64',
	sector_number: 'u64',
	handle: 'u16',
	indirect_grefs: ['u32', BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST],
	pad: 'u64'
});

export const BLKIF_RESPONSE = struct('blkif_response', HEADER, {
	id: 'u64',
	operation: 'u8',
	status: 's16'
});
