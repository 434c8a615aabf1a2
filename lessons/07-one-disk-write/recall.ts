import type { Recall } from '$src/routes/lessons/recall/questions';

/** Who checks what, why nothing is copied, and what a flush is for. */
export const recall = {
	sectors: {
		measure: 'count(check inside([ask]))',
		shows: 'told',
		options: {
			xen: { when: () => false, shows: 'ask' },
			back: { when: (checks) => checks === 2, expected: true },
			front: { when: () => false, shows: 'ask' },
			disk: { when: () => false, shows: 'command' }
		}
	},
	copies: {
		measure: 'value(address, [dma]) / 4096 - value(mfn, [mapped])',
		shows: 'dma',
		options: {
			lent: { when: (away) => away === 0, expected: true },
			mapped: { when: () => false, shows: 'map' },
			xen: { when: (away) => away !== 0 }
		}
	},
	flush: {
		measure: 'count(disk_command command=FLUSH_CACHE_EXT after([done]) before([awake]))',
		shows: 'flush-command',
		options: {
			order: { when: () => false },
			caches: { when: (flushes) => flushes === 0, shows: 'write-back' },
			durable: { when: (flushes) => flushes > 0, expected: true }
		}
	}
} satisfies Recall;
