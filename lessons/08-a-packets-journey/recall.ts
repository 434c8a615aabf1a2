import type { Recall } from '$src/routes/lessons/recall/questions';

/** Why what is judged is a copy, why pages wait in advance, and what a flip costs whatever its length. */
export const recall = {
	judged: {
		measure: 'count(grant_map dom=0 after([told]) before([answered]))',
		shows: 'fetch',
		options: {
			change: { when: (mapped) => mapped === 0, expected: true },
			speed: { when: () => false, shows: 'rest' },
			rights: { when: (mapped) => mapped > 0, shows: 'ask' }
		}
	},
	waiting: {
		measure: 'value(where, [deliver-entry])',
		shows: 'deliver',
		options: {
			ask: { when: () => false, shows: 'arrives' },
			advance: { when: (ref) => ref > 0, expected: true },
			xen: { when: () => false }
		}
	},
	short: {
		measure:
			'count(pte_write|tlb_flush after([long-flip-send]) before([long-flip-received])) - count(pte_write|tlb_flush after([flip-send]) before([flip-received]))',
		shows: 'flip',
		options: {
			same: { when: (more) => more === 0, expected: true },
			length: { when: (more) => more > 0, shows: 'long-flip' },
			free: { when: () => false, shows: 'taken' }
		}
	}
} satisfies Recall;
