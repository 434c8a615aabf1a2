import { describe, expect, it } from 'vitest';
import { EVENT_KINDS } from '../events';
import { mistakes, nearest, otherwise } from './nearest';

describe('what somebody meant', () => {
	it.each([
		['hypercal', 'hypercall'],
		['hyprecall', 'hypercall'],
		['hyp', 'hypercall'],
		['Page_Fault', 'page_fault'],
		['pagefault', 'page_fault'],
		['chekc', 'check'],
		['trp', 'trap'],
		['nonsense', ''],
		['x', ''],
		['', '']
	])('%j: %j', (written, meant) => expect(nearest(written, EVENT_KINDS)).toBe(meant));

	it('is the nearest, and the first of those that are as near', () => {
		expect(nearest('dumb', ['duma', 'dum', 'dumc'])).toBe('duma');
		expect(nearest('nam', ['vam', 'name'])).toBe('name');
	});
	it('is told, or else all that there are', () => {
		expect(otherwise('nam', ['name', 'dom'], 'it has')).toBe("; did you mean 'name'?");
		expect(otherwise('zz', ['name', 'dom'], 'it has')).toBe('; it has name, dom');
	});
});

it.each([
	['', '', 0],
	['abc', '', 3],
	['abc', 'abc', 0],
	['abc', 'acb', 1],
	['kitten', 'sitting', 3],
	['ca', 'abc', 3]
])('from %j to %j it takes %i mistakes', (a, b, count) => {
	expect(mistakes(a, b)).toBe(count);
	expect(mistakes(b, a)).toBe(count);
});
