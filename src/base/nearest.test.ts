import { expect, it } from 'vitest';
import { nearest, slips } from './nearest';

it.each([
	['mov', 'mov', 0],
	['movv', 'mov', 1],
	['mvo', 'mov', 1],
	['nov', 'mov', 1],
	['', 'mov', 3],
	['ca', 'abc', 3]
])('from %s to %s: %i', (typed, meant, count) => {
	expect(slips(typed, meant)).toBe(count);
});

it('offers what is near, the first of equals, and nothing that is not', () => {
	const known = ['mov', 'movzx', 'cmp'];
	expect(nearest('movv', known)).toBe('mov');
	expect(nearest('mvozx', known)).toBe('movzx');
	expect(nearest('frob', known)).toBeNull();
	expect(nearest('x', ['a', 'b'])).toBeNull();
	expect(nearest('ax', ['ab', 'ac'])).toBe('ab');
});
