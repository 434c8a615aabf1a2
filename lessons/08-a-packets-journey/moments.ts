import type { Moments } from '$lesson/vocabulary';

/** A short datagram copied to dom2, one flipped to dom3, a long one of each, and one for all, which also leaves by the card. */
export const moments = {
	// --- short, copied
	fetched: {
		is: 'Xen copies the packet into a page of domain 0’s.',
		query: 'grant_copy bytes=60 #1'
	},
	fetch: {
		is: 'Domain 0 asks for that.',
		query: 'hypercall name=grant_table_op op=copy dom=0 before([fetched]) last'
	},
	ask: {
		is: 'dom1 says that there is a packet in the ring.',
		query: 'hypercall name=event_channel_op op=send dom=1 before([fetch]) last'
	},
	'ask-trap': {
		is: 'Into Xen, for that.',
		query: 'trap vector=0x82 dom=1 before([ask]) last'
	},
	send: {
		is: 'A process of dom1 sends 18 bytes to a process of dom2.',
		query: 'trap vector=0x80 dom=1 before([ask]) last'
	},
	'send-back': {
		is: 'Back in the process: they are sent, it is told.',
		query: 'far_return dom=1 to_ring=3 after([send]) #1'
	},
	'gives-way': {
		is: 'The processor goes to domain 0.',
		query: 'sched_switch prev_dom=1 next_dom=0 after([ask]) #1'
	},
	told: {
		is: 'Domain 0 is told that there is something in the ring.',
		query: 'upcall dom=0 after([ask]) #1'
	},
	'fetch-back': {
		is: 'Back from the copy.',
		query: 'far_return dom=0 after([fetch]) #1'
	},
	answered: {
		is: 'The packet is judged; dom1 may have its page back.',
		query: 'hypercall name=event_channel_op op=send dom=0 after([fetch]) #1'
	},
	'answered-back': {
		is: 'Back from that.',
		query: 'far_return dom=0 after([answered]) #1'
	},
	deliver: {
		is: 'Domain 0 asks for a copy into a page of dom2’s.',
		query: 'hypercall name=grant_table_op op=copy dom=0 after([answered]) #1'
	},
	'deliver-entry': {
		is: 'The one copy of that call.',
		query: 'grant_entry inside([deliver]) #1'
	},
	delivered: {
		is: 'Xen copies it.',
		query: 'grant_copy inside([deliver]) #1'
	},
	'deliver-back': {
		is: 'Back from that.',
		query: 'far_return dom=0 after([deliver]) #1'
	},
	notified: {
		is: 'Domain 0 tells dom2.',
		query: 'hypercall name=event_channel_op op=send dom=0 after([deliver]) #1'
	},
	arrives: {
		is: 'dom2 is told that a packet has come.',
		query: 'upcall dom=2 after([notified]) #1'
	},
	received: {
		is: 'The process in dom2 has the 18 bytes.',
		query: 'far_return dom=2 to_ring=3 after([notified]) #1'
	},

	// --- short, flipped
	'flip-fetched': {
		is: 'The packet for dom3 is copied to domain 0.',
		query: 'grant_copy bytes=60 after([delivered]) #1'
	},
	'flip-send': {
		is: 'The process of dom1 sends 18 bytes to a process of dom3.',
		query:
			'trap vector=0x80 dom=1 before(hypercall name=event_channel_op op=send dom=1 before([flip-fetched]) last) last'
	},
	'flip-answered-back': {
		is: 'Domain 0 has judged it, and has told dom1.',
		query: 'far_return dom=0 after(hypercall name=event_channel_op op=send dom=0 after([flip-fetched]) #1) #1'
	},
	transfer: {
		is: 'The page becomes dom3’s.',
		query: 'grant_transfer after([flip-fetched]) #1'
	},
	flip: {
		is: 'Domain 0 gives up the page with the packet, and asks for another one.',
		query: 'hypercall name=multicall around([transfer])'
	},
	unmapped: {
		is: 'Domain 0’s page table lets go of the page.',
		query: 'pte_write inside([flip]) #1'
	},
	unused: {
		is: 'Is nobody using the page any more?',
		query: 'check name=steal_unused inside([flip])'
	},
	forgotten: {
		is: 'Xen empties the TLB.',
		query: 'tlb_flush cause="mov cr3" inside([flip])'
	},
	refill: {
		is: 'Domain 0 gets another page.',
		query: 'subcall name=memory_op op=populate_physmap inside([flip])'
	},
	'flip-back': {
		is: 'Back from that.',
		query: 'far_return dom=0 after([flip]) #1'
	},
	remap: {
		is: 'Domain 0 maps the page that it got.',
		query: 'hypercall name=multicall dom=0 past([flip]) #1'
	},
	'remap-back': {
		is: 'Back from that.',
		query: 'far_return dom=0 after([remap]) #1'
	},
	taken: {
		is: 'dom3 maps the page that has come, and corrects Xen’s table.',
		query: 'hypercall name=multicall around(pte_write dom=3 after([transfer]) #1)'
	},
	'taken-trap': {
		is: 'Into Xen, for that.',
		query: 'trap vector=0x82 dom=3 before([taken]) last'
	},
	'taken-entry': {
		is: 'The entry is written.',
		query: 'pte_write inside([taken]) #1'
	},
	corrected: {
		is: 'The machine-to-physical table is corrected.',
		query: 'mmu_entry inside(subcall name=mmu_update inside([taken]))'
	},
	'taken-back': {
		is: 'Back from that.',
		query: 'far_return dom=3 after([taken]) #1'
	},
	return: {
		is: 'dom3 gives a page to Xen, in exchange for the next packet.',
		query: 'hypercall name=multicall around(subcall op=decrease_reservation dom=3 after([taken]) #1)'
	},
	'return-trap': {
		is: 'Into Xen, for that.',
		query: 'trap vector=0x82 dom=3 before([return]) last'
	},
	'return-back': {
		is: 'Back from that.',
		query: 'far_return dom=3 after([return]) #1'
	},
	'flip-received': {
		is: 'The process in dom3 has the 18 bytes.',
		query: 'far_return dom=3 to_ring=3 after([transfer]) #1'
	},

	// --- long, copied and flipped
	head: {
		is: 'Of a long packet Xen copies the beginning.',
		query: 'grant_copy bytes=128 #1'
	},
	rest: {
		is: 'Then the rest, once the rules have let it pass.',
		query: 'grant_copy after([head]) #1'
	},
	'long-send': {
		is: 'The process of dom1 sends 1,472 bytes to dom2.',
		query: 'trap vector=0x80 dom=1 before(hypercall name=event_channel_op op=send dom=1 before([head]) last) last'
	},
	'long-answered-back': {
		is: 'Domain 0 has judged the long packet, and has told dom1.',
		query: 'far_return dom=0 after(hypercall name=event_channel_op op=send dom=0 after([rest]) #1) #1'
	},
	'long-deliver': {
		is: 'Domain 0 asks Xen to copy the long packet to dom2.',
		query: 'hypercall name=grant_table_op op=copy dom=0 after([long-answered-back]) #1'
	},
	'long-deliver-back': {
		is: 'Back from that.',
		query: 'far_return dom=0 after([long-deliver]) #1'
	},
	'long-received': {
		is: 'The process in dom2 has the 1,472 bytes.',
		query: 'far_return dom=2 to_ring=3 after([rest]) #1'
	},
	'long-flip-send': {
		is: 'The process of dom1 sends 1,472 bytes to dom3.',
		query: 'trap vector=0x80 dom=1 before(hypercall name=event_channel_op op=send dom=1 after([long-received]) #1) last'
	},
	'long-transfer': {
		is: 'The page with the long packet becomes dom3’s.',
		query: 'grant_transfer after([long-flip-send]) #1'
	},
	'long-flip': {
		is: 'Domain 0 gives up that page, and asks for another one.',
		query: 'hypercall name=multicall around([long-transfer])'
	},
	'long-flip-received': {
		is: 'The process in dom3 has the 1,472 bytes.',
		query: 'far_return dom=3 to_ring=3 after([long-transfer]) #1'
	},

	// --- to all
	'all-ask': {
		is: 'dom1 says that there is a packet, this time for all.',
		query: 'hypercall name=event_channel_op op=send dom=1 after([long-flip-received]) #1'
	},
	'card-first': {
		is: 'The driver touches the first register of the card.',
		query: 'trap vector=#GP dom=0 from_ring=1 after([all-ask]) #1'
	},
	words: {
		is: 'The packet’s first words go to the card.',
		query: 'port_io io_size=2 after([all-ask]) #1'
	},
	sent: {
		is: 'The card has the packet, and sends it.',
		query: 'frame_sent after([all-ask]) #1'
	},
	'card-done': {
		is: 'The card’s interrupt becomes an event of domain 0.',
		query: 'pirq after([sent]) #1'
	}
} satisfies Moments;
