import { expect, it } from 'vitest';
import { layout, twin } from './layout';

const view = {
	icount: 1,
	dom: 1,
	rows: [
		{ id: 'ring', what: 'Privilege', guest: 'all-powerful', machine: 'ring 1', same: false, note: 'Ring 0 is taken.' },
		{ id: 'if', what: 'Interrupts', guest: 'on', machine: 'on', same: true, note: '' }
	]
};

it('counts where the truths differ, and shows the rows that a step asks for', () => {
	expect(layout(view, { width: 700 })).toMatchObject({ differ: 1, stacked: false });
	expect(layout(view, { width: 300 }, ['if', 'nothing']).rows.map((row) => row.id)).toEqual(['if']);
});

it('says both truths as text', () => {
	expect(twin(layout(view, { width: 700 })).map((line) => line.text)).toEqual([
		'Privilege: the guest believes all-powerful; the machine has ring 1. Ring 0 is taken.',
		'Interrupts: guest and machine agree on on.'
	]);
});
