import { describe, expect, it } from 'vitest';
import { CHECK, KIND } from '../events';
import { fixture } from '../fixture';
import { queryAll } from '.';

describe('a flag of a kind', () => {
	const { store } = fixture();
	store.record(KIND.check, CHECK.frame_exists, 1, 0x10, 0x20);
	store.record(KIND.check, CHECK.frame_owner, 0, 1, 1);
	store.record(KIND.event_pending, 1, 3, 1, 0);
	store.record(KIND.event_pending, 1, 4, 0, 1);
	store.record(KIND.timer_fire, 0, 1);

	it.each<[string, number[]]>([
		['check passed', [0]],
		['check !passed', [1]],
		['event_pending masked', [2]],
		['event_pending !masked', [3]],
		['timer_fire periodic', [4]],
		['timer_fire !periodic', []]
	])('%s is asked by its name alone', (text, seqs) => {
		expect(queryAll(store.view, text)).toEqual(seqs);
	});

	it.each<[string, string]>([
		['check a', "'a' is neither a flag (passed, refused, open) nor followed by a comparison"],
		['event_pending port', "'port' is neither a flag (masked, refused, open) nor followed by a comparison"],
		// Only one of the two has it.
		['check | event_pending passed', "'passed' is neither a flag (refused, open) nor followed by a comparison"],
		['trap passed', "'passed' is neither a flag (refused, open) nor followed by a comparison"]
	])('%s is none', (text, message) => {
		expect(() => queryAll(store.view, text)).toThrow(message);
	});
});
