import type { Recall } from '$src/routes/lessons/recall/questions';

/** What several signals come to, who serves a device's interrupt, and where one keeps events off. */
export const recall = {
	several: {
		measure: 'count(event_pending target_dom=0 after([signal-1]) before([signalled]))',
		shows: 'signalled',
		options: {
			queue: { when: (pending) => pending > 0 && pending > 2, shows: 'signal-3' },
			last: { when: () => false, shows: 'signal-1-pending' },
			one: { when: (pending) => pending < 2, expected: true }
		}
	},
	serves: {
		measure: 'count(port_io after([line]) before([line-upcall]))',
		shows: 'line-low',
		options: {
			xen: { when: (accesses) => accesses > 0, shows: 'line-pirq' },
			driver: { when: (accesses) => accesses === 0, expected: true },
			nobody: { when: () => false, shows: 'eoi' }
		}
	},
	opens: {
		measure: 'count(event_pending target_dom=1 after([by-hand]) before([too-late]))',
		shows: 'unmask',
		options: {
			watches: { when: (others) => others === 0, shows: 'by-hand' },
			closes: { when: () => false, shows: 'masked' },
			looks: { when: (others) => others > 0, expected: true }
		}
	}
} satisfies Recall;
