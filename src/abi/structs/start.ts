/** What a guest finds at start of day (xen/include/public/xen.h: struct start_info). */
import { struct } from '../layout';

const HEADER = 'xen/include/public/xen.h';

/** The page that ESI points to when a guest's first instruction runs. */
export const START_INFO = struct('start_info', HEADER, {
	/** `xen-3.0-x86_32p` for this interface. */
	magic: ['u8', 32],
	nr_pages: 'ulong',
	/** Machine address of shared_info. */
	shared_info: 'ulong',
	/** SIF_* bits. */
	flags: 'u32',
	store_mfn: 'ptr',
	store_evtchn: 'u32',
	/** The domU arm of the union `console`. */
	console_mfn: 'ptr',
	console_evtchn: 'u32',
	/** Virtual addresses, as is everything below but the counts. */
	pt_base: 'ulong',
	nr_pt_frames: 'ulong',
	mfn_list: 'ulong',
	mod_start: 'ulong',
	mod_len: 'ulong',
	cmd_line: ['u8', 1024],
	first_p2m_pfn: 'ulong',
	nr_p2m_frames: 'ulong'
});

/** What `start_info.magic` holds for a 32-bit PAE guest. */
export const START_INFO_MAGIC = 'xen-3.0-x86_32p';
/** Bytes of `start_info.cmd_line`, its terminating NUL included. */
export const MAX_GUEST_CMDLINE = 1024;

export const SIF_PRIVILEGED = 1 << 0;
export const SIF_INITDOMAIN = 1 << 1;
export const SIF_MULTIBOOT_MOD = 1 << 2;
export const SIF_MOD_START_PFN = 1 << 3;
