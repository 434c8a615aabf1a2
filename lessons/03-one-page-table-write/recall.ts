import type { Recall } from '$src/routes/lessons/recall/questions';

/** Why types exclude each other, what a mapping counts, and when new tables are examined. */
export const recall = {
	exclude: {
		measure: 'value(result, [refused])',
		shows: 'refused-question',
		options: {
			processor: { when: () => false, shows: 'write' },
			bypass: { when: (result) => result < 0, expected: true },
			sharing: { when: () => false, shows: 'read-only' }
		}
	},
	counts: {
		// References that the read-only mapping added, less the uses of the type that it added.
		measure:
			'value(ref_count, [read-only-count]) - value(ref_count, [restored-down]) - (value(type_count, [read-only-count]) - value(type_count, [restored-down]))',
		shows: 'read-only-count',
		options: {
			both: { when: (more) => more === 0 },
			reference: { when: (more) => more === 1, expected: true },
			neither: { when: () => false }
		}
	},
	examined: {
		measure: 'count(frame_type dom=2 type=l1_page_table inside([pin]))',
		shows: 'pin',
		options: {
			writes: { when: () => false, shows: 'fork-batch' },
			pinned: { when: (tables) => tables > 0, expected: true },
			copies: { when: (tables) => tables === 0 }
		}
	}
} satisfies Recall;
