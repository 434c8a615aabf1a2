/** Questions about grant tables. */
import type { GRANT_CHECKS } from '../../../trace/events/checks/grants';
import type { CheckTable } from '../../language';

export const GRANT_QUESTIONS: CheckTable<typeof GRANT_CHECKS> = {
	grant_call_known: {
		question: 'Is this an operation on grant tables that the hypervisor has?',
		values: ['operation', 'entries']
	},
	grant_single: { question: 'Does the call bring exactly one request?', values: ['requests', 'operation'] },
	grant_version: {
		question: 'Is this a version of grant tables that the hypervisor offers?',
		values: ['version', 'newest']
	},
	grant_domain: { question: 'Is there a domain of this number?', values: ['domain', 'caller'] },
	grant_permission: { question: 'May the caller see this domain\u2019s grant table?', values: ['domain', 'caller'] },
	grant_memory: { question: 'Is there memory for the frames that the table lacks?', values: ['frames', 'free frames'] },
	grant_frames: { question: 'Does the table stay within its largest size?', values: ['frames', 'most'] },

	// the call
	grant_count: { question: 'Is the number of requests below 2^31?', values: ['requests', 'operation'] },
	grant_command_whole: {
		question: 'Does the operation stand alone, with nothing of a call that was given back?',
		values: ['operation', 'requests']
	},
	grant_status_frames: {
		question: 'Has a table of this version so many frames of statuses?',
		values: ['frames', 'there are']
	},

	// entries in use
	grant_ref_exists: { question: 'Has the table an entry of this number?', values: ['reference', 'entries'] },
	grant_in_use_by: {
		question: 'Is the entry, which is in use, in use by the same domain?',
		values: ['domain that uses it', 'caller']
	},
	grant_uses: { question: 'May the entry have one use more of this kind?', values: ['number', 'most'] },
	grant_permits: { question: 'Does the entry permit access to a page?', values: ['flags', 'reference'] },
	grant_names_domain: { question: 'Does the entry permit it to the caller?', values: ['domain', 'caller'] },
	grant_writable: { question: 'Does the entry permit as much?', values: ['flags', 'reference'] },

	// mapping
	grant_map_somehow: {
		question: 'Is the grant to be mapped for the processor or for a device?',
		values: ['flags', 'reference']
	},
	grant_granter: { question: 'Is there a domain of this number?', values: ['domain', 'caller'] },
	grant_handle_left: {
		question: 'Is there a handle left for the mapping?',
		values: ['number of handles', 'number of handles at most']
	},
	grant_handle: {
		question: 'Does the handle stand for a mapping of the caller\u2019s?',
		values: ['handle', 'number of handles']
	},
	grant_bus_address: {
		question: 'Is this the address of the frame that was mapped?',
		values: ['low half of the address', 'mfn']
	},
	grant_address: {
		question: 'Can the address be one of an entry, or of what one maps?',
		values: ['low half', 'high half']
	},
	grant_has_l1: { question: 'Is there an L1 table for the address?', values: ['linear address', 'L1 mfn'] },
	grant_table_is_l1: { question: 'Is the frame that holds the entry an L1 table in use?', values: ['mfn', 'type'] },
	grant_entry_maps: {
		question: 'Does the entry map the granted frame, with the rights that the handle stands for?',
		values: ['low half of the entry', 'low half as it should be']
	},
	grant_replaces_linear: {
		question: 'Is the mapping to be replaced one that has a linear address?',
		values: ['low half of the other address', 'flags']
	},

	// copies
	grant_copy_right: {
		question: 'Is the frame the caller\u2019s own, or named by a grant?',
		values: ['domain', 'caller']
	},
	grant_copy_domain: { question: 'Is there a domain of this number?', values: ['domain', 'caller'] },
	grant_copy_within: {
		question: 'Does the copy stay within one page on both sides?',
		values: ['end in bytes', 'page in bytes']
	},

	// pages that change hands
	grant_flip_frame: { question: 'Is there a frame with this number?', values: ['mfn', 'frames in the machine'] },
	steal_unused: {
		question: 'Is it a page of the domain\u2019s to which nothing refers but the allocator?',
		values: ['mfn', 'references']
	},
	grant_flip_domain: { question: 'Is there a domain of this number?', values: ['domain', 'caller'] },
	grant_flip_room: {
		question: 'Has the other domain room for one page more?',
		values: ['number of pages', 'number of pages at most']
	},
	grant_flip_accepted: {
		question: 'Does the entry accept a page from the caller, and has none come yet?',
		values: ['flags and domain of the entry', 'as they should be']
	},
	grant_swap_unused: { question: 'Are both entries unused?', values: ['reference in use', 'other reference'] },

	// cache_flush
	grant_flush_sane: {
		question: 'Does the range stay in its page, and is the operation a known one?',
		values: ['end in bytes', 'operation']
	},
	grant_flush_frame: { question: 'Is there a frame with this number?', values: ['mfn', 'frames in the machine'] },
	grant_flush_owner: { question: 'Does a domain own the frame?', values: ['mfn', 'owner'] },
	grant_flush_granted: {
		question: 'Is the frame the caller\u2019s, or does it use it by a grant?',
		values: ['mfn', 'owner']
	},
	grant_flush_clean: {
		question: 'Is the cache to be written back, and not only thrown away?',
		values: ['operation', 'mfn']
	}
};
