import type { Recall } from '$src/routes/lessons/recall/questions';

/** Where Xen's own words lie, why it is mapped everywhere, and what a batch saves. */
export const recall = {
	stack: {
		measure: 'value(new_esp, [version-trap])',
		shows: 'version-trap',
		options: {
			overwrites: { when: (esp) => esp < 0xf580_0000 },
			checks: { when: () => false },
			own: { when: (esp) => esp >= 0xf580_0000, expected: true }
		}
	},
	everywhere: {
		measure: 'count(tlb_flush after([version-trap]) before([version-back]))',
		shows: 'version-back',
		options: {
			calls: { when: () => false, shows: 'version-trap' },
			kept: { when: (flushes) => flushes === 0, expected: true },
			tables: { when: (flushes) => flushes > 0, shows: 'first-single' }
		}
	},
	batch: {
		measure: 'ratio(count(check inside([multicall])), count(check after([first-single]) before([last-single-back])))',
		shows: 'multicall',
		options: {
			crossings: { when: () => false, shows: 'multicall-trap' },
			trust: { when: (share) => share < 0.2, shows: 'batch-question' },
			questions: { when: (share) => share > 0.9, expected: true }
		}
	}
} satisfies Recall;
