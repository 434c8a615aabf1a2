import type { Moments } from '$lesson/vocabulary';

/** One hypercall that does nothing, then the same 32 updates three ways. */
export const moments = {
	version: {
		is: 'The handler of `xen_version` begins.',
		query: 'hypercall name=xen_version last'
	},
	'version-trap': {
		is: 'Into Xen, for `xen_version`.',
		query: 'trap vector=0x82 before([version]) last'
	},
	'version-back': {
		is: 'Back from `xen_version`.',
		query: 'far_return after([version]) #1'
	},
	multicall: {
		is: 'The 32 updates as one multicall.',
		query: 'hypercall name=multicall'
	},
	'multicall-trap': {
		is: 'Into Xen, for the multicall.',
		query: 'trap vector=0x82 before([multicall]) last'
	},
	'multicall-back': {
		is: 'Back from the multicall.',
		query: 'far_return after([multicall]) #1'
	},
	'first-single': {
		is: 'The first of 32 updates, one by one.',
		query: 'hypercall name=update_va_mapping after([version]) #1'
	},
	'first-single-trap': {
		is: 'Into Xen, for the first of them.',
		query: 'trap vector=0x82 before([first-single]) last'
	},
	'first-entry': {
		is: 'Its entry is written.',
		query: 'pte_write inside([first-single])'
	},
	'last-single': {
		is: 'The last of the 32.',
		query: 'hypercall name=update_va_mapping before([multicall]) last'
	},
	'last-single-back': {
		is: 'Back from the last of them.',
		query: 'far_return after([last-single]) #1'
	},
	batch: {
		is: 'The 32 updates as one `mmu_update`.',
		query: 'hypercall name=mmu_update after([multicall]) #2'
	},
	'batch-trap': {
		is: 'Into Xen, for the `mmu_update`.',
		query: 'trap vector=0x82 before([batch]) last'
	},
	'batch-back': {
		is: 'Back from the `mmu_update`.',
		query: 'far_return after([batch]) #1'
	},
	'batch-question': {
		is: 'The first question that Xen asks about it.',
		query: 'check inside([batch]) #1'
	}
} satisfies Moments;
