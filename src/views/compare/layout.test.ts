import { describe, expect, it } from 'vitest';
import { align } from '../../trace/align';
import { drawnPair, drawnTrace } from '../../trace/drawn';
import { differences, layout, twin, type CompareState } from './layout';

const names = { a: 'the first', b: 'without the check' };
function compared(drawing: string, around = 0): CompareState {
	const [a, b] = drawnPair(drawing);
	return { a, b, names, alignment: align(a, b, 0), around };
}

const OVERRULED = `
	timer 0xf0            | timer 0xf0
	timer 0xf1            | timer 0xf1
	timer 0xf2            | timer 0xf2
	timer 0xf3            | timer 0xf3
	trap 0x82 0 1         | trap 0x82 0 1
	hypercall 14 -1 = -22 | hypercall 14 -1 = 0
	  check 2 0 0x10 7    |   check 2 0 0x10 7
	                      |   overruled 0 2
	far_return 0 1        | far_return 0 1
	halt                  | halt
`;

describe('two futures beside each other', () => {
	it('stand in rows: the same in one row, what one lacks a gap, what is alike folded', () => {
		const { rows } = layout(compared(OVERRULED));
		expect(rows.map(({ kind }) => kind)).toEqual([
			'fold',
			'same',
			'same',
			'same',
			'changed',
			'same',
			'b',
			'same',
			'same'
		]);
		expect(rows[0].count).toBe(2);
		expect(rows.find(({ kind }) => kind === 'b')).toMatchObject({ a: null, first: true });
		expect(rows.filter(({ first }) => first)).toHaveLength(1);
	});

	it('are told by their names', () => {
		const state = compared(OVERRULED);
		const marks = layout(state);
		expect(marks.difference).toMatch(/^First, only without the check has this: .*overruled.*The first goes on with/);
		expect(marks.summary).toBe('8 events the same, 1 gone otherwise, 1 only in without the check.');
		const lines = twin(marks, names).map(({ text }) => text);
		expect(lines[0]).toBe(marks.difference);
		expect(lines.some((line) => line.startsWith('First difference. only without the check'))).toBe(true);
	});

	it('are a strip in which a gap stands for what one lacks', () => {
		const { strip } = layout(compared(OVERRULED));
		expect(strip.b.reduce((sum, { width }) => sum + width, 0)).toBeCloseTo(1);
		expect(strip.a.reduce((sum, { width }) => sum + width, 0)).toBeCloseTo(0.9);
		expect(strip.first).toBeCloseTo(0.7);
	});

	it('that do not differ say so', () => {
		const state = compared(`
			halt | halt
		`);
		expect(layout(state)).toMatchObject({ rows: [], difference: 'The two futures do not differ in any event.' });
		expect(differences(state.alignment)).toBe(0);
	});

	it('stay bounded, however long they are', () => {
		const a = drawnTrace(Array.from({ length: 5000 }, (_, n) => `hypercall ${n % 30} -1 ${n} = 0`));
		const b = drawnTrace(Array.from({ length: 5000 }, (_, n) => `hypercall ${n % 30} -1 ${n} = ${n % 3 ? 0 : -22}`));
		const state = { a, b, names, alignment: align(a, b, 0), around: 40 };
		const marks = layout(state);
		expect(differences(state.alignment)).toBeGreaterThan(1000);
		expect(marks.rows.length).toBeLessThan(120);
		expect(marks.strip.a.length).toBeLessThan(700);
		expect(new Set(marks.rows.map(({ id }) => id)).size).toBe(marks.rows.length);
	});
});
