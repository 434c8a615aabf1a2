import type { Recall } from '$src/routes/lessons/recall/questions';

/** Who writes what, why the back end copies, and when an event is left out. */
export const recall = {
	owner: {
		measure: 'count(grant_map dom=0 of_dom=1 after([nothing]) before([shown]))',
		shows: 'shown',
		options: {
			lock: { when: () => false, shows: 'nothing' },
			one: { when: (taken) => taken === 0, expected: true },
			xen: { when: () => false, shows: 'ring-mapped' }
		}
	},
	copy: {
		measure: 'value(lba, [second-reading])',
		shows: 'rewritten',
		options: {
			speed: { when: () => false, shows: 'taken' },
			changed: { when: (lba) => lba === 40, expected: true },
			room: { when: () => false, shows: 'four-answered' }
		}
	},
	silent: {
		measure: 'count(event_send dom=0 remote_dom=1 remote_port=4 after([batch-told]) before([claim-told]))',
		shows: 'batch-answered',
		options: {
			lost: { when: () => false, shows: 'batch-written' },
			between: { when: (events) => events === 1, expected: true },
			every: { when: (events) => events === 4, shows: 'four-done' }
		}
	}
} satisfies Recall;
