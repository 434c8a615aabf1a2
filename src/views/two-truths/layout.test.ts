import { expect, it } from 'vitest';
import { layout, twin } from './layout';

const view = {
	icount: 1,
	dom: 1,
	rows: [
		{
			id: 'ring',
			what: 'Privilege',
			guest: 'ring 1',
			machine: 'ring 0: the hypervisor',
			same: false,
			note: 'The guest waits.'
		},
		{ id: 'if', what: 'Interrupts', guest: 'on', machine: 'on', same: true, note: '' }
	]
};

it('counts where the truths differ, and shows the rows that a step asks for', () => {
	expect(layout(view, { width: 700 })).toMatchObject({ differ: 1, stacked: false });
	expect(layout(view, { width: 300 }, ['if', 'nothing']).rows.map((row) => row.id)).toEqual(['if']);
});

it('says both truths as text', () => {
	expect(twin(layout(view, { width: 700 })).map((line) => line.text)).toEqual([
		'Privilege: the guest believes ring 1; the machine has ring 0: the hypervisor. The guest waits.',
		'Interrupts: guest and machine agree on on.'
	]);
});
