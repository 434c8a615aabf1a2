import type { Moments } from '$lesson/vocabulary';

/** One entry written in every way there is, and a fork. */
export const moments = {
	write: {
		is: 'The kernel writes into its own L1 table.',
		query: 'page_fault dom=1 #1'
	},
	'before-write': {
		is: 'The last call before it does.',
		query: 'trap vector=0x82 dom=1 before([write]) last'
	},
	'write-bounce': {
		is: 'Xen hands the fault to the kernel.',
		query: 'bounce dom=1 vector=#PF #1'
	},
	'write-back': {
		is: 'The kernel’s handler begins.',
		query: 'far_return dom=1 after([write-bounce]) #1'
	},
	'vm-assist': {
		is: 'The kernel switches writable page tables on.',
		query: 'hypercall name=vm_assist dom=1 #1'
	},
	'helped-fault': {
		is: 'The same write faults again.',
		query: 'page_fault dom=1 #2'
	},
	helped: {
		is: 'Xen writes in the kernel’s stead.',
		query: 'ptwr dom=1'
	},
	'helped-back': {
		is: 'The kernel goes on behind its write.',
		query: 'far_return dom=1 after([helped]) #1'
	},
	refused: {
		is: 'The kernel asks to map its L1 table writable, and Xen refuses.',
		query: 'hypercall name=mmu_update dom=1 refused #1'
	},
	'refused-trap': {
		is: 'Into Xen, for that.',
		query: 'trap vector=0x82 dom=1 before([refused]) last'
	},
	'refused-question': {
		is: 'The question that is answered no.',
		query: 'check !passed inside([refused])'
	},
	'refused-back': {
		is: 'Back with the refusal.',
		query: 'far_return dom=1 after([refused]) #1'
	},
	'read-only': {
		is: 'The same frame, mapped read-only.',
		query: 'hypercall name=mmu_update dom=1 !refused after([refused]) #1'
	},
	'read-only-trap': {
		is: 'Into Xen, for that.',
		query: 'trap vector=0x82 dom=1 before([read-only]) last'
	},
	'read-only-entry': {
		is: 'The entry is written.',
		query: 'pte_write dom=1 inside([read-only])'
	},
	'read-only-count': {
		is: 'One more reference to the table’s frame.',
		query: 'frame_type dom=1 type=l1_page_table inside([read-only])'
	},
	'read-only-back': {
		is: 'Back from that.',
		query: 'far_return dom=1 after([read-only]) #1'
	},
	restored: {
		is: 'The old page is mapped again, writable.',
		query: 'hypercall name=mmu_update dom=1 !refused after([refused]) #2'
	},
	'restored-up': {
		is: 'The old page’s use as writable memory is counted.',
		query: 'frame_type dom=1 type=writable inside([restored]) #1'
	},
	'restored-entry': {
		is: 'The entry is written.',
		query: 'pte_write dom=1 inside([restored])'
	},
	'restored-down': {
		is: 'The table’s frame has one reference less.',
		query: 'frame_type dom=1 type=l1_page_table inside([restored])'
	},
	'restored-back': {
		is: 'Back from that.',
		query: 'far_return dom=1 after([restored]) #1'
	},
	'fork-batch': {
		is: 'A fork: shared pages and new tables become read-only.',
		query: 'hypercall name=mmu_update dom=2 arg2>5 #1'
	},
	pin: {
		is: 'The child’s top table is pinned.',
		query: 'hypercall name=mmuext_op dom=2 after([fork-batch]) #1'
	},
	'pin-back': {
		is: 'Back from pinning.',
		query: 'far_return dom=2 after([pin]) #1'
	},
	'shared-write': {
		is: 'A process writes to a page that it shares since the fork.',
		query: 'page_fault dom=2 from_ring=3 after([pin]) #1'
	},
	'shared-bounce': {
		is: 'Xen hands the fault to the kernel.',
		query: 'bounce dom=2 vector=#PF after([pin]) #1'
	},
	'copy-mapped': {
		is: 'The kernel maps the copy.',
		query: 'hypercall name=update_va_mapping dom=2 after([pin]) #1'
	},
	'copy-iret': {
		is: 'The kernel asks to go back to the process.',
		query: 'hypercall name=iret dom=2 after([shared-write]) #1'
	},
	'copy-back': {
		is: 'The process goes on.',
		query: 'far_return dom=2 to_ring=3 after([shared-write]) #1'
	}
} satisfies Moments;
