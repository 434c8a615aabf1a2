import { expect, it } from 'vitest';
import { decodePosition, emptyPosition } from '../../debugger/position';
import { momentAddress } from './moment-address';

it('an address of a moment of a lesson is read as what it says', () => {
	const [page, fragment] = momentAddress({ lesson: '01-four-rings', step: 4, seq: 612, when: 'before' }).split('#');
	expect(page).toBe('debugger/');
	expect(decodePosition(fragment)).toEqual({
		...emptyPosition(),
		lesson: { slug: '01-four-rings', step: 4 },
		near: { seq: 612, when: 'before' }
	});
});

it('names the cost table of a run that was made with another', () => {
	const costing = { costs: { hypercall: 500 } };
	const [, fragment] = momentAddress({ lesson: '01-four-rings', step: 4, seq: 612, when: 'after', costing }).split('#');
	expect(decodePosition(fragment)).toMatchObject({ machine: costing, near: { seq: 612, when: 'after' } });
});
