import type { Moments } from '$lesson/vocabulary';

/** A tour of ring 1. */
export const moments = {
	'domain-starts': {
		is: 'Xen is about to enter the kernel for the first time.',
		query: 'domain_start of_dom=1'
	},
	'first-instruction': {
		is: 'The kernel’s first instruction, in ring 1.',
		query: 'far_return to_ring=1 dom=1 #1'
	},
	'second-hypercall': {
		is: 'The second call that the kernel makes.',
		query: 'hypercall dom=1 #2'
	},
	cli: {
		is: '`cli` in ring 1 is refused.',
		query: 'trap vector=#GP from_ring=1 #1'
	},
	'cli-bounce': {
		is: 'Xen hands that fault to the kernel’s handler.',
		query: 'bounce vector=#GP #1'
	},
	'cli-told': {
		is: 'The kernel has written what came of `cli`.',
		query: 'hypercall name=event_channel_op after([cli]) #1'
	},
	'popf-told': {
		is: 'The kernel has written what came of `popf`.',
		query: 'hypercall name=event_channel_op after([cli]) #2'
	},
	'after-popf': {
		is: 'The first that Xen hears of the kernel after `popf`.',
		query: 'trap vector=0x82 before([popf-told]) last'
	},
	'set-iopl': {
		is: 'The kernel asks for a virtual I/O privilege level.',
		query: 'hypercall name=physdev_op op=set_iopl'
	},
	'cli-skipped': {
		is: '`cli` again: Xen steps over it.',
		query: 'emulate #1'
	},
	'cr3-read': {
		is: 'The kernel reads `CR3`, and Xen answers.',
		query: 'emulate #2'
	},
	'cr3-question': {
		is: 'The question about a `CR3` of 0 that is answered no.',
		query: 'check !passed after([cr3-read]) #1'
	},
	'cr3-refused': {
		is: 'The kernel loads 0 into `CR3`.',
		query: 'trap vector=#GP after([cr3-read]) #1'
	},
	lidt: {
		is: '`lidt` traps: the last of those that do.',
		query: 'trap vector=#GP #6'
	},
	'm2p-write': {
		is: 'The kernel writes to the machine-to-physical table.',
		query: 'page_fault addr=0xf5800000'
	},
	'after-sgdt': {
		is: 'The first that Xen hears of the kernel after `sgdt`.',
		query: 'trap vector=0x82 after([lidt]) before([m2p-write]) #3'
	},
	'beyond-limit': {
		is: 'The kernel reads beyond the limit of its segment.',
		query: 'trap vector=#GP after([m2p-write]) #1'
	},
	'last-bounce': {
		is: 'The last fault that Xen hands to the kernel.',
		query: 'bounce after([m2p-write]) last'
	}
} satisfies Moments;
