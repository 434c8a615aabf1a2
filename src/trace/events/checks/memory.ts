import { row } from './row';

/** Questions about frames, their types and counts, page-table entries and descriptors. */
export const MEMORY_CHECKS = {
	frame_exists: row('Is there a frame with this number?', 'mfn', 'frames in the machine', 'xen/arch/x86/mm.c: mfn_valid'),
	frame_owner: row('Does the domain own the frame?', 'mfn', 'owner', 'xen/arch/x86/mm.c: get_page')
};
