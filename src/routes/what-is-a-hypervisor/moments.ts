import type { Moments } from '../lessons/vocabulary/vocabulary';

/** What the page shows of its run. */
export const moments = {
	switch: {
		is: 'Xen takes the processor from one kernel and gives it to the other.',
		query: 'sched_switch prev_dom=1 next_dom=2 #1'
	},
	cli: {
		is: '`cli` in ring 1 is refused.',
		query: 'trap vector=#GP from_ring=1 dom=1 #1'
	},
	'cli-told': {
		is: 'The kernel has written what came of `cli`.',
		query: 'hypercall name=event_channel_op dom=1 after([cli]) #1'
	},
	'popf-told': {
		is: 'The kernel has written what came of `popf`.',
		query: 'hypercall name=event_channel_op dom=1 after([cli]) #2'
	},
	'after-popf': {
		is: 'The first that Xen hears of the kernel after `popf`.',
		query: 'trap vector=0x82 dom=1 before([popf-told]) last'
	},
	write: {
		is: 'The kernel of dom2 writes into its own L1 table.',
		query: 'page_fault dom=2 #1'
	},
	refused: {
		is: 'It asks to map its L1 table writable, and Xen refuses.',
		query: 'hypercall name=mmu_update dom=2 refused #1'
	},
	'refused-trap': {
		is: 'Its way into Xen.',
		query: 'trap vector=0x82 dom=2 before([refused]) last'
	},
	'refused-back': {
		is: 'Back with the refusal.',
		query: 'far_return dom=2 after([refused]) #1'
	},
	fetched: {
		is: 'The console daemon of domain 0 takes the bytes that dom2 has printed.',
		query: 'console_output of_dom=2 #1'
	},
	printed: {
		is: 'The kernel of dom2 has told domain 0 that there is something to print.',
		query: 'event_send remote_dom=0 dom=2 before([fetched]) last'
	},
	upcall: {
		is: 'Xen enters the callback of dom2: something happened.',
		query: 'upcall dom=2 last'
	},
	answered: {
		is: 'What happened: the console daemon has taken the bytes, and says so.',
		query: 'event_pending target_dom=2 before([upcall]) last'
	}
} satisfies Moments;
