import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../words/languages';
import { fact, FACT_FUNCTIONS, isFact } from '../facts';
import { smallTrace } from '../fixture';
import { completeFact } from './complete-fact';

const { view } = smallTrace().store;
const labels = (text: string): string[] =>
	completeFact(text, text.length, view)?.options.map(({ label }) => label) ?? [];
/** The text after the first option has been taken. */
function taken(text: string): string {
	const found = completeFact(text, text.length, view)!;
	const [{ label, apply = label }] = found.options;
	return text.slice(0, found.from) + apply;
}

describe('completion of a fact', () => {
	it('begins with functions, wherever a value may stand', () => {
		expect(labels('')).toEqual(Object.keys(FACT_FUNCTIONS));
		expect(labels('m')[0]).toBe('mean');
		expect(taken('cou')).toBe('count(');
		expect(labels('count(trap) / cy')).toEqual(['cycles']);
		expect(labels('(1 + se')).toEqual(['seq']);
		expect(labels('ratio(count(trap), co')).toEqual(['count']);
		expect(labels('count(trap) ')).toEqual([]);
		expect(labels('3 ')).toEqual([]);
	});

	it('goes on inside a query as queries do, and knows how to leave it', () => {
		expect(taken('count(hyper')).toBe('count(hypercall ');
		expect(labels('count(hypercall name=sched')).toContain('sched_op');
		expect(labels('count(hypercall ')[0]).toBe(')');
		expect(labels('cycles(hypercall ').slice(0, 2)).toEqual([')', ',']);
		expect(labels('instructions(hypercall ')[0]).toBe(',');
		expect(labels('instructions(hypercall , tra')[0]).toBe('trap');
		expect(labels('count(check inside(hyper')).toEqual(['hypercall']);
		expect(labels('count(check inside(hypercall ')[0]).toBe(')');
		expect(labels('count(check inside(hypercall) ')).toEqual(expect.arrayContaining([')', 'refused', 'after']));
	});

	it('offers fields before the query that they are of', () => {
		expect(labels('max(ad')).toContain('addr');
		expect(taken('max(cyc')).toBe('max(cycle, ');
		expect(labels('max(addr, page')[0]).toBe('page_fault');
		expect(labels('max(addr, page_fault addr=')).toContain('0xdead0000');
	});

	it('has nothing to say where the text makes no sense', () => {
		for (const text of ['many(', ')', '"', 'count(trap))', '$']) expect([text, labels(text)]).toEqual([text, []]);
	});

	it('offers nothing that the language then refuses', () => {
		const rest: Record<string, string> = { count: 'any)', seq: 'any)', cycles: 'hypercall)', ratio: '1, 2)' };
		for (const { label, apply } of completeFact('', 0)!.options) {
			const end = rest[label] ?? (label === 'instructions' ? 'any #1, any #2)' : 'cycle, any)');
			expect(() => fact(view, apply + end), label).not.toThrow();
		}
	});
});

it('a fact is told from a query by how it begins', () => {
	for (const text of ['count(trap)', ' cuont(trap)', '3 + 4', '(1)', '-count(trap)', 'max (addr, page_fault)'])
		expect([text, isFact(text)]).toEqual([text, true]);
	for (const text of [
		'',
		'trap',
		'count',
		'hypercall refused',
		'inside(trap)',
		'hypercall(',
		'any',
		'@3',
		'check after(trap)'
	])
		expect([text, isFact(text)]).toEqual([text, false]);
});

it('every language tells what the functions are, and of no others', () => {
	for (const { query } of Object.values(LANGUAGES))
		expect(Object.keys(query.functions).sort()).toEqual(Object.keys(FACT_FUNCTIONS).sort());
});
