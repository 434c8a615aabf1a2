import type { Recall } from '$src/routes/lessons/recall/questions';

/** What a permission is worth by itself, why clearing an entry takes nothing away, and who may use a reference. */
export const recall = {
	permission: {
		measure: 'count(pte_write|grant_map dom=1 after([lent]) before([map]))',
		shows: 'lent',
		options: {
			mapped: { when: (changes) => changes > 0 },
			nothing: { when: (changes) => changes === 0, expected: true },
			noted: { when: () => false }
		}
	},
	clear: {
		measure: 'count(page_fault dom=1 after([cleared]) before([unmap]))',
		shows: 'cleared',
		options: {
			forbidden: { when: () => false },
			faults: { when: (faults) => faults > 0, shows: 'unmap-entry' },
			blind: { when: (faults) => faults === 0, expected: true, shows: 'looked' }
		}
	},
	secret: {
		shows: 'map-names',
		options: {
			same: {},
			named: { expected: true },
			unknown: { shows: 'said' }
		}
	}
} satisfies Recall;
