import type { Moments } from '$lesson/vocabulary';

const SENT = 'hypercall name=event_channel_op op=send dom=2';

/** One page lent and taken back: to be written, to be read, to be copied, and by a domain that ends. */
export const moments = {
	'frame-said': {
		is: 'The granter writes the number of its frame into xenstore.',
		query: 'xenstore op=WRITE of_dom=2 #1'
	},
	foreign: {
		is: 'The mapper asks to map that frame by its number, and Xen refuses.',
		query: 'hypercall name=update_va_mapping dom=1 refused #1'
	},
	'foreign-question': {
		is: 'The question that is answered no.',
		query: 'check !passed inside([foreign])'
	},
	'foreign-back': {
		is: 'Back with the refusal.',
		query: 'far_return dom=1 after([foreign]) #1'
	},
	setup: {
		is: 'The granter asks for a grant table.',
		query: 'hypercall name=grant_table_op op=setup_table dom=2'
	},
	'table-mapped': {
		is: 'It maps the first frame of its table.',
		query: 'hypercall name=update_va_mapping dom=2 after([setup]) #1'
	},
	said: {
		is: 'The granter writes the reference into xenstore.',
		query: 'xenstore op=WRITE of_dom=2 #2'
	},
	'said-sent': {
		is: 'It rings for xenstore.',
		query: `${SENT} before([said]) last`
	},
	'lent-sent': {
		is: 'It rings for its console, having written the entry.',
		query: `${SENT} before([said-sent]) last`
	},
	lent: {
		is: 'The first trap after the granter has written the entry.',
		query: 'trap dom=2 before([lent-sent]) last'
	},
	'lent-from': {
		is: 'The granter runs: the entry is not written yet.',
		query: 'far_return dom=2 before([lent]) last'
	},
	map: {
		is: 'The mapper asks to map the grant.',
		query: 'hypercall name=grant_table_op op=map_grant_ref dom=1 #1'
	},
	'map-trap': {
		is: 'Into Xen, for that.',
		query: 'trap dom=1 before([map]) last'
	},
	'map-request': {
		is: 'The one request of the call.',
		query: 'grant_entry inside([map])'
	},
	'map-permits': {
		is: 'Does the entry permit access?',
		query: 'check name=grant_permits inside([map])'
	},
	'map-names': {
		is: 'Does it permit it to the caller?',
		query: 'check name=grant_names_domain inside([map])'
	},
	'map-writable': {
		is: 'Does it permit as much as is asked for?',
		query: 'check name=grant_writable inside([map])'
	},
	'map-owner': {
		is: 'Is the frame the granter’s?',
		query: 'check name=frame_owner inside([map]) #1'
	},
	'map-count': {
		is: 'One more reference, and one more use as writable memory.',
		query: 'frame_type inside([map])'
	},
	'map-entry': {
		is: 'The mapper’s page-table entry is written.',
		query: 'pte_write inside([map])'
	},
	mapped: {
		is: 'The page is mapped, and has a handle.',
		query: 'grant_map inside([map])'
	},
	'map-back': {
		is: 'Back from mapping.',
		query: 'far_return dom=1 after([mapped]) #1'
	},
	'seen-said': {
		is: 'The mapper says that it has written on the page.',
		query: 'xenstore op=WRITE of_dom=1 #2'
	},
	'cleared-said': {
		is: 'The granter says that it has cleared the entry.',
		query: 'xenstore op=WRITE of_dom=2 #3'
	},
	'cleared-said-sent': {
		is: 'It rings for xenstore.',
		query: `${SENT} before([cleared-said]) last`
	},
	'cleared-sent': {
		is: 'It rings for its console, having cleared the entry.',
		query: `${SENT} before([cleared-said-sent]) last`
	},
	cleared: {
		is: 'The first trap after the granter has cleared the entry.',
		query: 'trap dom=2 before([cleared-sent]) last'
	},
	'looked-sent': {
		is: 'It rings for its console, having looked at the entry.',
		query: `${SENT} before([cleared-sent]) last`
	},
	looked: {
		is: 'The first trap after the granter has looked whether it may take the page back.',
		query: 'trap dom=2 before([looked-sent]) last'
	},
	unmap: {
		is: 'The mapper lets go.',
		query: 'hypercall name=grant_table_op op=unmap_grant_ref dom=1 #1'
	},
	'unmap-trap': {
		is: 'Into Xen, for that.',
		query: 'trap dom=1 before([unmap]) last'
	},
	'unmap-request': {
		is: 'The one request of the call.',
		query: 'grant_entry inside([unmap])'
	},
	'unmap-entry': {
		is: 'The mapper’s page-table entry is cleared.',
		query: 'pte_write inside([unmap])'
	},
	'unmap-flush': {
		is: 'Translations leave the TLB.',
		query: 'tlb_flush inside([unmap])'
	},
	'unmap-count': {
		is: 'One use less, and one reference less.',
		query: 'frame_type inside([unmap])'
	},
	'unmap-back': {
		is: 'Back from unmapping.',
		query: 'far_return dom=1 after([unmap]) #1'
	},
	again: {
		is: 'The mapper asks once more, and the entry says nothing now.',
		query: 'check name=grant_permits !passed dom=1'
	},
	'read-said': {
		is: 'The granter writes the new reference into xenstore.',
		query: 'xenstore op=WRITE of_dom=2 #4'
	},
	'read-said-sent': {
		is: 'It rings for xenstore.',
		query: `${SENT} before([read-said]) last`
	},
	'read-lent-sent': {
		is: 'It rings for its console, having written the entry anew.',
		query: `${SENT} before([read-said-sent]) last`
	},
	'read-lent': {
		is: 'The first trap after the granter has written the entry anew.',
		query: 'trap dom=2 before([read-lent-sent]) last'
	},
	'too-much': {
		is: 'The mapper asks for more than the entry permits.',
		query: 'grant_entry op=map_grant_ref dom=1 after([read-said]) #1'
	},
	'too-much-question': {
		is: 'The question that is answered no.',
		query: 'check !passed inside([too-much])'
	},
	'too-much-back': {
		is: 'Back with the refusal.',
		query: 'far_return dom=1 after([too-much]) #1'
	},
	'read-mapped': {
		is: 'It is mapped read-only.',
		query: 'grant_map dom=1 after([too-much])'
	},
	'write-fault': {
		is: 'The mapper tries to write to it all the same.',
		query: 'page_fault dom=1 after([read-mapped])'
	},
	'write-bounce': {
		is: 'Xen hands the fault to the mapper’s kernel.',
		query: 'bounce dom=1 after([write-fault]) #1'
	},
	'write-back': {
		is: 'The mapper’s handler begins.',
		query: 'far_return dom=1 after([write-bounce]) #1'
	},
	copy: {
		is: 'The mapper has Xen copy the page.',
		query: 'hypercall name=grant_table_op op=copy dom=1 #1'
	},
	'copy-trap': {
		is: 'Into Xen, for that.',
		query: 'trap dom=1 before([copy]) last'
	},
	copied: {
		is: 'The bytes are copied.',
		query: 'grant_copy inside([copy])'
	},
	'copy-back': {
		is: 'Back from copying.',
		query: 'far_return dom=1 after([copy]) #1'
	},
	'copied-part': {
		is: 'A part of the page is copied.',
		query: 'grant_copy after([copied])'
	},
	'part-trap': {
		is: 'Into Xen, for the part.',
		query: 'trap dom=1 before([copied-part]) last'
	},
	'part-back': {
		is: 'Back from copying the part.',
		query: 'far_return dom=1 after([copied-part]) #1'
	},
	ended: {
		is: 'The granter powers off.',
		query: 'domain_shutdown of_dom=2'
	},
	left: {
		is: 'The mapper lets go of a page whose owner is gone.',
		query: 'hypercall name=grant_table_op op=unmap_grant_ref dom=1 after([ended])'
	},
	'left-trap': {
		is: 'Into Xen, for that.',
		query: 'trap dom=1 before([left]) last'
	},
	'left-entry': {
		is: 'The last entry that led to the frame is cleared.',
		query: 'pte_write inside([left])'
	},
	'left-back': {
		is: 'Back from that.',
		query: 'far_return dom=1 after([left]) #1'
	}
} satisfies Moments;
