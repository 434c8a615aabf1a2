import { describe, expect, it } from 'vitest';
import { fit } from './fuzzy';

const best = (typed: string, texts: string[]): string | undefined =>
	texts
		.map((text) => ({ text, fit: fit(typed, text) }))
		.filter((each) => each.fit)
		.sort((a, b) => b.fit!.score - a.fit!.score)[0]?.text;

describe('finding a command by some of its letters', () => {
	const TITLES = [
		'Next hypercall',
		'Previous hypercall',
		'Next fault',
		'Panel: Page-table walk',
		'Arrangement: Memory'
	];
	it.each([
		['nh', 'Next hypercall'],
		['hyper', 'Next hypercall'],
		['prev', 'Previous hypercall'],
		['walk', 'Panel: Page-table walk'],
		['ptw', 'Panel: Page-table walk'],
		['n fault', 'Next fault'],
		['arr mem', 'Arrangement: Memory']
	])('%s', (typed, title) => expect(best(typed, TITLES)).toBe(title));

	it('wants every letter, in order', () => {
		expect(fit('xn', 'Next')).toBeNull();
		expect(fit('next!', 'Next')).toBeNull();
		expect(best('zzz', TITLES)).toBeUndefined();
	});
	it('says which letters fit', () => {
		expect(fit('nh', 'Next hypercall')?.at).toEqual([0, 5]);
		expect(fit('', 'Next')?.at).toEqual([]);
	});
});
