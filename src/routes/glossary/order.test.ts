import { expect, it } from 'vitest';
import { alphabetical, alsoOf, fits, letterOf } from './order';

const entry = {
	term: 'bounce',
	also: ['bounces', 'bounced', 'bounce frame', 'bounce frames', 'CR0', '`CR0`'],
	group: 'interface',
	says: 'Xen hands an exception on.'
} as const;

it('other spellings are told without forms of the word, and once in code or out of it', () => {
	expect(alsoOf(entry)).toEqual(['bounce frame', 'CR0']);
});
it('the alphabet leaves signs and articles aside', () => {
	expect(['the score', '#GP', 'gate', 'SDM'].sort(alphabetical)).toEqual(['gate', '#GP', 'the score', 'SDM']);
	expect(letterOf('#GP')).toBe('G');
});
it('what is typed is looked for in words and explanation, in any order', () => {
	expect([fits(entry, 'exception bounced'), fits(entry, ''), fits(entry, 'bounce page')]).toEqual([true, true, false]);
});
