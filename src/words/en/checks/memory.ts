/** Questions about frames, their types and counts, page-table entries and descriptors. */
import type { MEMORY_CHECKS } from '../../../trace/events/checks/memory';
import type { CheckTable } from '../../language';

export const MEMORY_QUESTIONS: CheckTable<typeof MEMORY_CHECKS> = {
	// frames
	frame_exists: { question: 'Is there a frame with this number?', values: ['mfn', 'frames in the machine'] },
	frame_owner: { question: 'Does the domain own the frame?', values: ['mfn', 'owner'] },
	type_compatible: {
		question: 'Is the frame unused, or used as this type already?',
		values: ['mfn', 'type it has (bits 31\u201324) and type count']
	},
	table_valid: { question: 'Do all entries of the new table pass?', values: ['mfn', 'type'] },
	pin_once: { question: 'Is the table not pinned yet?', values: ['mfn', 'type'] },
	unpin_pinned: { question: 'Is the table pinned?', values: ['mfn', 'type count'] },

	// entries
	l1_flags: { question: 'Are only permitted bits set in the L1 entry?', values: ['low half', 'high half'] },
	l1_target_owner: { question: 'Does the domain own the frame that the entry maps?', values: ['mfn', 'owner'] },
	l1_io_memory: { question: 'May the domain map this device memory?', values: ['mfn', 'domain'] },
	l2_flags: { question: 'Are only permitted bits set in the L2 entry?', values: ['low half', 'high half'] },
	l2_no_superpage: {
		question: 'Does the L2 entry name a table rather than a large page?',
		values: ['low half', 'high half']
	},
	l2_guest_slot: {
		question: 'Is the L2 slot the guest\u2019s, and not the hypervisor\u2019s?',
		values: ['mfn of the L2', 'slot']
	},
	linear_read_only: {
		question: 'Is the map of a page table by itself read-only?',
		values: ['mfn mapped', 'mfn of the table']
	},
	linear_validated: {
		question: 'Is the table that is mapped as a page a validated one?',
		values: ['mfn', 'type count']
	},
	linear_not_nested: {
		question: 'Do linear maps not go through each other?',
		values: ['mfn mapped', 'mfn of the table']
	},
	l3_flags: { question: 'Are only permitted bits set in the L3 entry?', values: ['low half', 'high half'] },
	l3_slot: { question: 'Is it one of the L3 entries that may change (0 to 2)?', values: ['mfn of the L3', 'slot'] },
	l3_top_present: { question: 'Is L3[3], which holds the hypervisor, present?', values: ['low half', 'high half'] },
	l3_top_unshared: { question: 'Is the L2 in L3[3] used by this L3 alone?', values: ['mfn of the L2', 'type count'] },
	va_has_l1: {
		question: 'Does a page table of the guest\u2019s cover this address?',
		values: ['address', 'mfn of the L1']
	},
	va_table_is_l1: { question: 'Is that table a validated L1?', values: ['mfn', 'type'] },
	table_not_foreign: {
		question: 'Do the tables and the frames that they name have one owner?',
		values: ['owner of frames', 'owner of tables']
	},

	// calls
	mmu_command: { question: 'Does mmu_update know this command?', values: ['command', 'pointer'] },
	mmuext_command: { question: 'Does mmuext_op know this operation?', values: ['operation', ''] },
	mmuext_for_self: { question: 'Is the operation for the caller itself?', values: ['domain named', 'caller'] },
	cache_flush_privilege: { question: 'May the domain do device I/O, and so flush caches?', values: ['domain', ''] },
	foreign_not_self: {
		question: 'Is the caller not named by its number, where DOMID_SELF belongs?',
		values: ['domain named', 'caller']
	},
	foreign_exists: { question: 'Is there a domain of this number?', values: ['domain', ''] },
	foreign_privilege: { question: 'May the caller act on another domain\u2019s frames?', values: ['caller', 'owner'] },
	table_owner_exists: { question: 'Is there a domain whose tables are meant?', values: ['domain', ''] },
	table_owner_has_vcpu: { question: 'Does that domain have a virtual processor?', values: ['domain', 'vcpus'] },

	// descriptors
	gdt_entries: { question: 'Does the GDT end before Xen\u2019s own entries?', values: ['entries', 'most allowed'] },
	gdt_size: {
		question: 'Do that many descriptors fit the guest\u2019s part of the GDT?',
		values: ['entries', 'most allowed']
	},
	ldt_arguments: {
		question: 'Does the LDT start on a page, fit 64 KiB and stay out of the hypervisor?',
		values: ['address', 'entries']
	},
	ldt_in_limit: {
		question: 'Is the descriptor within the LDT that the guest declared?',
		values: ['offset', 'bytes in the LDT']
	},
	ldt_page_mapped: {
		question: 'Has the guest mapped this page of its LDT?',
		values: ['address', 'low half of its L1 entry']
	},
	descriptor_aligned: {
		question: 'Does the descriptor start at a multiple of 8?',
		values: ['low half of the address', 'high half']
	},
	descriptor_kind: {
		question: 'Is it code, data or a call gate, and no other system descriptor?',
		values: ['low half', 'high half']
	},
	gate_target: {
		question: 'Does the call gate lead to a segment of the guest\u2019s?',
		values: ['selector', 'first reserved GDT entry']
	},
	gate_reserved_bits: { question: 'Are the reserved bits of the call gate zero?', values: ['low half', 'high half'] },
	descriptor_base: {
		question: 'Does the segment start well below the hypervisor?',
		values: ['base', 'end of what segments may reach']
	},
	descriptor_limit: {
		question: 'Can the limit be cut to keep out of the hypervisor (does it count in pages)?',
		values: ['low half', 'high half']
	},

	// writable page tables
	ptwr_read_only_table: {
		question: 'Is it a present, read-only mapping of one of the domain\u2019s L1 tables?',
		values: ['address', 'low half of its L1 entry']
	},
	ptwr_decoded: { question: 'Is the instruction a store that can be emulated?', values: ['eip', 'first bytes of it'] },
	ptwr_aligned: {
		question: 'Is the store aligned, at most 8 bytes, and at the faulting address?',
		values: ['address', 'bytes']
	},
	ptwr_half_entry: {
		question: 'If refused: is it the high half of an entry whose low half comes next?',
		values: ['address', 'bytes']
	},

	// reservations
	domain_exists: { question: 'Is there such a domain?', values: ['domain', ''] },
	memory_privilege: {
		question: 'May the caller change or see that domain\u2019s memory?',
		values: ['caller', 'domain']
	},
	machine_map_privilege: { question: 'May the caller see the machine\u2019s memory map?', values: ['caller', ''] },
	reservation_sane: {
		question: 'Is the request well formed (extents, order, address bits)?',
		values: ['extents', 'order']
	},
	reservation_room: { question: 'Does the domain stay within its maximum?', values: ['pages after', 'maximum'] },
	heap_has_frames: { question: 'Are there free frames in a row?', values: ['frames wanted', 'frames free'] },
	frame_returnable: { question: 'Is it ordinary memory that a domain may give back?', values: ['mfn', 'flags'] },
	exchange_order: { question: 'Are the extents small enough for this domain?', values: ['order', 'largest order'] },
	exchange_sizes: {
		question: 'Do the two lists of the exchange have the same owner and size?',
		values: ['frames in', 'frames out']
	},
	exchange_unused: {
		question: 'Is the frame to be exchanged not referred to by anything?',
		values: ['mfn', 'reference count']
	},
	physmap_translated: {
		question: 'Does the hypervisor keep this domain\u2019s physical map (it does not for a PV guest)?',
		values: ['domain', '']
	},
	machphys_own_tables: {
		question: 'Does an M2P update come without another domain\u2019s tables?',
		values: ['tables of', 'caller']
	},
	exchange_lists: {
		question: 'Are the two lists of the exchange of about the same length?',
		values: ['order in', 'order out']
	},
	exchange_owner: {
		question: 'Do both lists of the exchange name the same domain?',
		values: ['domain in', 'domain out']
	},
	exchange_node: { question: 'May the caller choose the NUMA node that it asks for?', values: ['memory flags', ''] },
	memory_op_known: { question: 'Is it an operation of memory_op?', values: ['operation', 'first extent'] },
	memory_op_start: {
		question: 'Does an operation that cannot be continued begin at the first extent?',
		values: ['operation', 'first extent']
	},
	memory_map_size: { question: 'Has the memory map no more ranges than fit one?', values: ['ranges', 'most'] },
	memory_map_given: { question: 'Has the domain a memory map?', values: ['domain', 'ranges'] },
	foreign_required: {
		question: 'Is it another domain than the caller, as the operation requires?',
		values: ['domain', 'caller']
	},
	remote_exists: { question: 'Is there another domain of that number?', values: ['domain', ''] },
	resource_range: {
		question: 'Is the run of frames one that 32-bit numbers can name?',
		values: ['first frame', 'frames']
	},
	resource_privilege: {
		question: 'May the caller map what belongs to that domain\u2019s device model?',
		values: ['caller', 'domain']
	},
	vnuma_padding: { question: 'Is the padding zero?', values: ['padding', ''] },
	device_memory_flags: { question: 'Are the flags ones that there are?', values: ['flags', ''] }
};
