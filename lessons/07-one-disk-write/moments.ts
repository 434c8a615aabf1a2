import type { Moments } from '$lesson/vocabulary';

/** One page that holds one new byte, from a process of dom1 to the disk that domain 0 drives, and the word that it is safe. */
export const moments = {
	'ring-mapped': {
		is: 'Domain 0 maps the page of the ring.',
		query: 'hypercall name=grant_table_op op=map_grant_ref dom=0 #1'
	},
	command: {
		is: 'The disk is given the command to write.',
		query: 'disk_command command=WRITE_DMA #1'
	},
	sync: {
		is: 'The process asks its kernel that the byte be made safe.',
		query: 'trap vector=0x80 dom=1 before([command]) last'
	},
	write: {
		is: 'The process writes one byte.',
		query: 'trap vector=0x80 dom=1 before([sync]) last'
	},
	'write-back': {
		is: 'Back in the process: its byte is written, it is told.',
		query: 'far_return dom=1 to_ring=3 after([write]) #1'
	},
	ask: {
		is: 'dom1 says that there is a request in the ring.',
		query: 'hypercall name=event_channel_op op=send dom=1 after([sync]) #1'
	},
	'ask-trap': {
		is: 'Into Xen, for that.',
		query: 'trap vector=0x82 dom=1 before([ask]) last'
	},
	'gives-way': {
		is: 'dom1 has nothing to do but wait: the processor goes to domain 0.',
		query: 'sched_switch prev_dom=1 next_dom=0 after([ask]) #1'
	},
	told: {
		is: 'Domain 0 is told that there is something in the ring.',
		query: 'upcall dom=0 after([ask]) #1'
	},
	'told-back': {
		is: 'The kernel of domain 0 goes on.',
		query: 'far_return dom=0 after([told]) #1'
	},
	map: {
		is: 'Domain 0 asks for the page that the request names.',
		query: 'hypercall name=grant_table_op op=map_grant_ref dom=0 after([ask]) #1'
	},
	'map-entry': {
		is: 'The one grant of that call.',
		query: 'grant_entry inside([map]) #1'
	},
	mapped: {
		is: 'The page is mapped.',
		query: 'grant_map inside([map]) #1'
	},
	'map-back': {
		is: 'Back from that.',
		query: 'far_return dom=0 after([map]) #1'
	},
	'first-port': {
		is: 'The driver touches the first register of the controller.',
		query: 'trap vector=#GP dom=0 from_ring=1 after([map]) #1'
	},
	'first-port-back': {
		is: 'Back from it.',
		query: 'far_return dom=0 after([first-port]) #1'
	},
	table: {
		is: 'The controller is told where its list of pieces lies.',
		query: 'port_io io_port=0xc004 io_write after([map]) #1'
	},
	started: {
		is: 'The last port write: the transfer may begin.',
		query: 'port_io io_write before([dma]) last'
	},
	dma: {
		is: 'The controller fetches the page.',
		query: 'disk_dma !to_host #1'
	},
	done: {
		is: 'The disk says that the command is done.',
		query: 'disk_done command=WRITE_DMA #1'
	},
	interrupt: {
		is: 'The disk’s interrupt arrives in Xen.',
		query: 'interrupt after([done]) #1'
	},
	passed: {
		is: 'Xen makes it an event of domain 0.',
		query: 'pirq after([done]) #1'
	},
	'driver-wakes': {
		is: 'Domain 0 is told of the interrupt.',
		query: 'upcall dom=0 after([done]) #1'
	},
	status: {
		is: 'The driver reads the disk’s status.',
		query: 'port_io io_port=0x1f7 !io_write after([done]) #1'
	},
	unmapped: {
		is: 'Domain 0 gives the page back.',
		query: 'grant_unmap dom=0 after([done]) #1'
	},
	answer: {
		is: 'Domain 0 says that there is an answer in the ring.',
		query: 'hypercall name=event_channel_op op=send dom=0 after([unmapped]) #1'
	},
	'answer-told': {
		is: 'dom1 is told of the answer.',
		query: 'upcall dom=1 after([answer]) #1'
	},
	'flush-ask': {
		is: 'dom1 asks for a flush.',
		query: 'hypercall name=event_channel_op op=send dom=1 after([answer]) #1'
	},
	'flush-command': {
		is: 'The disk is told to empty its cache.',
		query: 'disk_command command=FLUSH_CACHE_EXT after([done]) #1'
	},
	'flush-done': {
		is: 'The cache is empty, and the byte on the disk.',
		query: 'disk_done command=FLUSH_CACHE_EXT after([done]) #1'
	},
	awake: {
		is: 'The process goes on: its byte is safe.',
		query: 'far_return dom=1 to_ring=3 after([sync]) #1'
	}
} satisfies Moments;
