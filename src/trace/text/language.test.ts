/** The sentences of a language that has no words: what is left is said by the code, and so in every language. */
import { expect, it, vi } from 'vitest';
import { EVENT_KINDS, EVENTS, KIND } from '../events';
import { fixture } from '../fixture';
import { PLACES, sentence } from './sentence';
import { questionAt } from './check-values';
import { rootText } from './causes';
import { why } from './why';
import { LANGUAGES } from '../../words/languages';
import { places } from '../../words/template';
import { TWO_WORDS } from '../../words/testing';

vi.mock('../../words', async (load) => {
	const { silent } = await import('../../words/testing');
	const spoken = await load<typeof import('../../words')>();
	return { ...spoken, words: silent(spoken.words) };
});
vi.mock('../../words/late', async (load) => {
	const { silent } = await import('../../words/testing');
	const spoken = await load<typeof import('../../words/late')>();
	return { ...spoken, words: silent(spoken.words) };
});

const VALUES = [0, 1, 2, 3, 4, 5, 6, 7, 14, 23, 32, 0x82, 0xfa, 0x7ff2, 0xc010_4a3e];

/** Every kind with the same number for all arguments; calls as refused ones, as others, and as still going on. */
function everything() {
	const { store } = fixture();
	store.dom = 1;
	for (const name of EVENT_KINDS)
		for (const value of VALUES) {
			const args = EVENTS[name].args.map(([arg]) => (arg === 'check' ? value & 7 : value)) as [number?];
			if (!EVENTS[name].span) store.record(KIND[name], ...args);
			else {
				for (const result of [0, -22]) store.end(store.begin(KIND[name], ...args), result);
				store.end(store.begin(KIND[name], ...args), value);
			}
		}
	return store.view;
}

it('no sentence has words of its own', () => {
	const view = everything();
	for (let seq = 0; seq < view.length; seq++) {
		const told = why(view, seq);
		const said = [
			sentence(view, seq),
			rootText(view, seq),
			told?.says ?? '',
			told?.rule?.says ?? '',
			...(told?.state.map(({ what, text }) => `${what} ${text}`) ?? [])
		];
		if (view.kind(seq) === KIND.check) said.push(questionAt(view, seq).question);
		for (const text of said)
			expect([view.kindName(seq), text]).not.toEqual([view.kindName(seq), expect.stringMatching(TWO_WORDS)]);
	}
});

it('each place of a sentence is an argument of its event, or put together for it; and none is put together for nothing', () => {
	for (const { sentences } of Object.values(LANGUAGES))
		for (const kind of EVENT_KINDS) {
			const args = EVENTS[kind].args.map(([name]) => name);
			const own = Object.keys(PLACES[kind] ?? {});
			const said = sentences[kind];
			for (const form of typeof said === 'string' ? [said] : Object.values(said)) {
				expect([kind, ...args, ...own]).toEqual(expect.arrayContaining(places(form)));
				expect(places(form)).toEqual(expect.arrayContaining(own));
			}
		}
});
