import { describe, expect, it } from 'vitest';
import { complete, matching } from './complete';
import { EVENT_KINDS, KIND } from '../events';
import { LANGUAGES } from '../../words/languages';
import { COLUMNS, FLAGS } from './fields';
import { SCOPES } from './scopes';
import { fixture, smallTrace } from '../fixture';
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

	it('says what each thing means, for every kind', () => {
		for (const kind of ['any', ...EVENT_KINDS])
			for (const { label, detail } of complete(`${kind} `, kind.length + 1)?.options ?? [])
				expect([kind, label, detail]).toEqual([kind, label, expect.stringMatching(/./)]);
		for (const { detail } of complete('', 0)!.options) expect(detail).toMatch(/./);
		const detail = (text: string, wanted: string): string | undefined =>
			complete(text, text.length)?.options.find(({ label }) => label === wanted)?.detail;
		expect(detail('page_fault ', 'addr')).toBe('a linear address');
		expect(detail('hypercall ', 'nr')).toBe('by name');
		expect(detail('hypercall ', 'result')).toBe('a number, below zero an error');
		expect([detail('hypercall ', 'name'), detail('trap ', 'name')]).toEqual([
			'by name: its hypercall',
			'by name: its vector'
		]);
		expect(detail('trap|check ', 'name')).toBe('by name: its vector or check');
		expect(detail('any inside(trap ', ')')).toBe('ends inside(');
	});

	it('replaces what is being written, and no more', () => {
		const from = (text: string): number | undefined => complete(text, text.length)?.from;
		expect(from('hypercall res')).toBe(10);
		expect(from('hypercall result=-EI')).toBe(17);
		expect(from('trap name=#P')).toBe(10);
		expect(from('tlb_flush cause="mov c')).toBe(16);
		expect(from('tlb_flush cause="mov cr3" re')).toBe(26);
		expect(from('hypercall ')).toBe(10);
		expect(from('trap|')).toBe(5);
		expect(taken('hypercall refu')).toBe('hypercall refused ');
		expect(taken('hypercall las')).toBe('hypercall last ');
		expect(taken('hypercall #')).toBe('hypercall #');
		expect(taken('any inside(@3 ')).toBe('any inside(@3 ) ');
		expect(taken('trap name=pf')).toBe('trap name=#PF ');
		expect(taken('tlb_flush cause="mov cr3')).toBe('tlb_flush cause="mov cr3" ');
		expect(taken('check !re')).toBe('check !refused ');
	});

	it('offers what may follow, in every place', () => {
		expect(labels('any|')).toEqual([...EVENT_KINDS, 'any']);
		expect(labels('any inside(')).toEqual([...EVENT_KINDS, 'any']);
		expect(labels('check !')).toEqual(['passed', 'refused', 'open']);
		expect(labels('check|hypercall !')).toEqual(['refused', 'open']);
		expect(labels('hypercall # ')).toEqual([]);
		expect(labels('hypercall #2 ')).toEqual(labels('hypercall '));
		expect(labels('hypercall !refused ')).toEqual(labels('hypercall '));
		expect(labels('hypercall dom=1 result<0 ')).toEqual(labels('hypercall '));
		expect(labels('hypercall name="mmu_update" ')).toEqual(labels('hypercall '));
		expect(labels('hypercall after(trap) ')).toEqual(labels('hypercall '));
		expect(labels('any inside(trap after(check) ')[0]).toBe(')');
		expect(labels('any inside(@3 ')).toEqual([')']);
		expect(labels('@3 ')).toEqual([]);
		expect(labels('any inside(@3) la')).toEqual(['last']);
		expect(labels('hypercall result=- EPE')).toEqual([]);
		// A field is offered with its argument's meaning once, and one of yes or no as a flag.
		const check = labels('check ');
		expect(check.filter((label) => label === 'passed')).toHaveLength(1);
		expect(check.indexOf('passed')).toBeGreaterThan(check.indexOf('cycles'));
		expect(new Set(check).size).toBe(check.length);
	});

	it('knows whose operations are meant', () => {
		const all = labels('hypercall op=');
		expect(all).toEqual(expect.arrayContaining(['yield', 'send', 'bind_virq']));
		expect(labels('hypercall name=event_channel_op op=')).not.toContain('yield');
		expect(labels('hypercall dom=1 op=')).toEqual(all);
		expect(labels('any inside(hypercall name=sched_op op=bl')).toEqual(['block']);
		expect(labels('any op=')).toEqual([]);
	});

	it.each([
		'any inside',
		'hypercall = ',
		'hypercall refused = ',
		'any @ ',
		'any (',
		'any refused(',
		'any ) ',
		'@3 trap ',
		'@3 ( ',
		'any "x" ',
		'any * ',
		'any , ',
		'"any" x ',
		'"trap" x ',
		'any inside(nonsense ',
		'12 '
	])('has nothing for %j', (text) => {
		const whole = text === 'any inside' ? `${text} x(` : text;
		expect(labels(whole)).toEqual([]);
	});
});

describe('what fits what is typed', () => {
	const options = ['past', '#PF', 'passed', '"mov past"', 'repass', '#'].map((label) => ({ label }));
	it.each([
		['pas', ['past', 'passed', '"mov past"', 'repass']],
		['PASS', ['passed', 'repass']],
		['pf', ['#PF']],
		['#p', ['#PF']],
		['#', ['#PF', '#']],
		['"mov', ['"mov past"']],
		['past"', ['"mov past"']],
		['x', []],
		['', ['past', '#PF', 'passed', '"mov past"', 'repass', '#']]
	])('%s', (typed, expected) => expect(matching(options, typed).map(({ label }) => label)).toEqual(expected));
});

describe('numbers of the trace', () => {
	const made = fixture();
	for (let index = 0; index < 40; index++) {
		made.at.ring = index % 4 === 0 ? 3 : 1;
		// Twenty ports by turns, the seventh more often than any.
		made.store.record(KIND.halt, 0x1000 + (index % 3 === 0 ? 7 : index % 20));
	}
	made.store.record(KIND.page_fault, 1, 0xdead_0000, 6, 2);
	const { view } = made.store;
	const offered = (text: string): string[] =>
		complete(text, text.length, view)?.options.map(({ label, detail, apply }) => {
			expect([detail, apply]).toEqual(['in this run', `${label} `]);
			return label;
		}) ?? [];

	it('are the twelve most frequent, the most frequent first', () => {
		expect(offered('halt eip=')).toHaveLength(12);
		expect(offered('halt eip=')[0]).toBe('0x1007');
		expect(offered('any ring=')).toEqual(['1', '3']);
		expect(offered('page_fault ring=')).toEqual(['1']);
		expect(offered('page_fault from_ring=')).toEqual(['2']);
		expect(offered('halt dom=')).toEqual(['1']);
	});
	it('are of fields that have few values, and of none that the kinds lack', () => {
		expect(offered('any seq=')).toEqual([]);
		expect(offered('any cycle=')).toEqual([]);
		expect(offered('any toString=')).toEqual([]);
		expect(offered('check dom=')).toEqual([]);
		expect(offered('any eip=')).not.toEqual([]);
	});
	it('give way to names where the field has them', () => {
		expect(complete('trap vector=', 12, view)?.options[0]).toEqual({ label: '#DE', apply: '#DE ' });
	});
});

it('every language tells what fields, flags and scopes are, and of no others', () => {
	for (const { query } of Object.values(LANGUAGES))
		for (const [told, there] of [
			[query.fields, COLUMNS],
			[query.flags, FLAGS],
			[query.scopes, SCOPES]
		])
			expect(Object.keys(told).sort()).toEqual(Object.keys(there).sort());
});
