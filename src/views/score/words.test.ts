import { describe, expect, it } from 'vitest';
import { EVENTS, KIND, type EventKind } from '../../trace/events';
import { fixture } from '../../trace/fixture';
import { words } from '../../words';
import { wordOf } from './words';

/** The word of an event of a kind, all of whose arguments are the same number. */
function wordWith(kind: EventKind, value: number): string | undefined {
	const { store } = fixture();
	store.record(KIND[kind], ...EVENTS[kind].args.map(() => value));
	return wordOf(store.view, 0)?.text;
}

describe('a mark of the score', () => {
	it('names a port of the machine by its number; it was told as a domain once', () => {
		expect(wordWith('port_io', 0x1f7)).toBe('port 0x1f7');
	});

	const marks = Object.entries(words.views.score.marks) as [EventKind, string][];
	it.each(marks.filter(([, text]) => text.includes('{')))('of %s says a domain only where it tells of one', (kind) => {
		const tells = EVENTS[kind].args.some(([, format]) => format === 'dom');
		expect(/\bdom\d/.test(wordWith(kind, 3) ?? '')).toBe(tells);
	});
});
