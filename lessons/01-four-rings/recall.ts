import type { Recall } from '$src/routes/lessons/recall/questions';

/** What traps and what does not, what takes the place of `cli`, and what keeps ring 1 out of Xen. */
export const recall = {
	dangerous: {
		measure: 'count(trap vector=#GP after([cli-told]) before([popf-told]))',
		shows: 'after-popf',
		options: {
			cli: { when: (traps) => traps > 0, shows: 'cli-bounce' },
			popf: { when: (traps) => traps === 0, expected: true },
			cr3: { when: () => false, shows: 'cr3-refused' }
		}
	},
	mask: {
		shows: 'cli-skipped',
		options: {
			cli: {},
			byte: { expected: true },
			call: {}
		}
	},
	limit: {
		measure: 'value(vector, trap after([m2p-write]) vector=#GP|#PF #2)',
		shows: 'beyond-limit',
		options: {
			paging: { when: (vector) => vector === 14 },
			ring: { when: () => false, shows: 'm2p-write' },
			nothing: { when: (vector) => vector === 13, expected: true }
		}
	}
} satisfies Recall;
