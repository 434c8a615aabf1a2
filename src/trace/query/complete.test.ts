import { describe, expect, it } from 'vitest';
import { complete } from './complete';
import { EVENT_KINDS } from '../events';
import { LANGUAGES } from '../../words/languages';
import { COMPARE } from './compare';
import { COLUMNS, FLAGS } from './fields';
import { SCOPES } from './scopes';
import { smallTrace } from '../fixture';
import { queryAll } from '.';

/** Completion at the bar in `text`: its labels. */
function labels(text: string): string[] {
	const at = text.indexOf('|!');
	const plain = text.replace('|!', '');
	return complete(plain, at < 0 ? plain.length : at)?.options.map(({ label }) => label) ?? [];
}

/** The text after the first option has been taken. */
function taken(text: string): string {
	const found = complete(text, text.length)!;
	const [{ label, apply = label }] = found.options;
	return text.slice(0, found.from) + apply;
}

describe('completion of a query', () => {
	it('begins with the kinds of the catalogue, and hypercalls by name', () => {
		expect(labels('')).toEqual(expect.arrayContaining([...EVENT_KINDS, 'any', 'mmu_update']));
		expect(labels('page')[0]).toBe('page_fault');
		expect(taken('page')).toBe('page_fault ');
		expect(taken('mmu_up')).toBe('hypercall name=mmu_update ');
		expect(labels('trap | pa')).toEqual(['page_fault']);
		expect(labels('trap | mmu_up')).toEqual([]);
	});

	it('offers the fields that all kinds have, flags, scopes and orders', () => {
		const after = labels('hypercall ');
		expect(after).toEqual(expect.arrayContaining(['name', 'op', 'arg1', 'result', 'dom', 'refused', 'inside', 'last']));
		expect(labels('page_fault | trap ')).toContain('from_ring');
		expect(labels('page_fault | trap ')).not.toContain('addr');
		expect(labels('page_fault | trap ')).not.toContain('vector');
		expect(labels('check pas')).toEqual(['passed', 'past']);
		expect(labels('check !re')).toEqual(['refused']);
		expect(taken('hypercall na')).toBe('hypercall name=');
		expect(taken('any insi')).toBe('any inside(');
	});

	it('offers names of values, as queries write them', () => {
		expect(labels('hypercall name=sched')).toContain('sched_op');
		expect(labels('hypercall name=sched_op op=')).toEqual(expect.arrayContaining(['yield', 'block']));
		expect(labels('hypercall name=sched_op op=')).not.toContain('send');
		expect(labels('hypercall refused result=-EIN')).toEqual(['-EINTR', '-EINVAL']);
		expect(labels('trap name=#P')).toEqual(['#PF']);
		expect(labels('trap name=pf')).toEqual(['#PF']);
		expect(labels('tlb_flush cause="mov c')).toEqual(['"mov cr3"', '"mov cr0"', '"mov cr4"']);
		expect(labels('frame_type type=l1_page_table | l2')).toEqual(['l2_page_table']);
	});

	it('knows where it is inside a scope, and how to leave it', () => {
		expect(labels('check refused inside(hyper')).toEqual(['hypercall']);
		expect(labels('check refused inside(hypercall name=mmu_update ')[0]).toBe(')');
		expect(labels('check refused inside(hypercall name=mmu_update) ')).not.toContain(')');
		expect(labels('check refused inside(hypercall name=mmu_update) ')).toContain('after');
	});

	it('works at any caret, and has nothing to say where the text makes no sense', () => {
		expect(labels('hyper|! refused')).toEqual(['hypercall']);
		expect(complete('hyper refused', 5)).toMatchObject({ from: 0 });
		expect(labels('nonsense ')).toEqual([]);
		expect(labels('hypercall ) ')).toEqual([]);
		expect(labels('@')).toEqual([]);
		expect(labels('hypercall $')).toEqual([]);
	});

	it('tells numbers that occur in the trace', () => {
		const { view } = smallTrace().store;
		expect(complete('page_fault addr=', 16, view)?.options[0].label).toBe('0xdead0000');
		expect(complete('any ring=', 9, view)?.options.map(({ label }) => label)).toEqual(['1', '3']);
		expect(complete('page_fault addr=', 16)).toBeNull();
	});

	it('offers nothing that the language then refuses', () => {
		const { view } = smallTrace().store;
		const roots = [
			'',
			'hypercall ',
			'trap | bounce ',
			'hypercall name=',
			'check !',
			'mmu_entry op=',
			'any inside(',
			'runstate new='
		];
		for (const root of roots)
			for (const { label, apply = label } of complete(root, root.length, view)?.options ?? []) {
				let text = root + apply;
				if (text.endsWith('=')) text += '1';
				if (text.endsWith('#')) text += '2';
				if (text.endsWith('(')) text += 'any';
				while ((text.match(/\(/g) ?? []).length > (text.match(/\)/g) ?? []).length) text += ')';
				expect(() => queryAll(view, text), text).not.toThrow();
			}
	});
});

it('every language tells what fields, flags, scopes and comparisons are, and of no others', () => {
	for (const { query } of Object.values(LANGUAGES))
		for (const [told, there] of [
			[query.fields, COLUMNS],
			[query.flags, FLAGS],
			[query.scopes, SCOPES],
			[query.comparisons, COMPARE]
		])
			expect(Object.keys(told).sort()).toEqual(Object.keys(there).sort());
});
