/** What completion tells in a language that has no words: what is left is said by the code, and so in every language. */
import { expect, it, vi } from 'vitest';
import { HYPERCALLS } from '../../abi/hypercalls';
import { TWO_WORDS } from '../../words/testing';
import { EVENT_KINDS } from '../events';
import { smallTrace } from '../fixture';
import { complete } from './complete';

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

it('what is offered has no words of its own but what hypercalls are for', () => {
	const calls: readonly string[] = Object.values(HYPERCALLS).map(({ about }) => about);
	const trace = smallTrace().store.view;
	let told = 0;
	for (const kind of ['', ...EVENT_KINDS, 'any', 'hypercall | check', 'trap | check'])
		for (const rest of ['', ' ', ' dom', ' dom=', ' name=', ' !', ' inside(', ' inside(trap '])
			for (const { detail = '' } of complete(kind + rest, kind.length + rest.length, trace)?.options ?? []) {
				told++;
				if (!calls.includes(detail))
					expect([kind, rest, detail]).toEqual([kind, rest, expect.not.stringMatching(TWO_WORDS)]);
			}
	expect(told).toBeGreaterThan(1000);
});
