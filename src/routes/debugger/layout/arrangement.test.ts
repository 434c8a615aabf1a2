import { describe, expect, it } from 'vitest';
import {
	close,
	edge,
	fromText,
	join,
	open,
	panelsOf,
	resize,
	show,
	stand,
	toText,
	type Arrangement
} from './arrangement';
import { ARRANGEMENTS } from './arrangements';
import { boxesOf, dropAt, GAP, neighbour } from './boxes';

const read = (text: string): Arrangement => {
	const found = fromText(text);
	if (typeof found === 'string') throw new Error(`${text} ${found}`);
	return found;
};
const START = 'rows(70:cols(60:code,40:registers~stack!),30:score)';
const start = read(START);

describe('an arrangement as text', () => {
	it('comes back as it was', () => {
		expect(toText(start)).toBe(START);
		for (const { text } of ARRANGEMENTS) expect(toText(read(toText(read(text))))).toBe(toText(read(text)));
	});
	it.each([
		['', 'no panel at character 1'],
		['rows(5:code', 'not closed at character 12'],
		['rows(code,score)', 'no share at character 6'],
		['rows(50:code,50:code)', "names the panel 'code' twice"],
		['code)', 'goes on after its end'],
		[`${'rows(1:'.repeat(30)}code`, 'nested too deeply']
	])('%s: %s', (text, problem) => expect(fromText(text)).toContain(problem));
});

describe('changes of an arrangement', () => {
	it.each<[string, Arrangement, string]>([
		['a panel that is shown', show(start, 'registers'), 'rows(70:cols(60:code,40:registers~stack),30:score)'],
		['one that is closed, and its stack with it', close(start, 'code'), 'rows(70:registers~stack!,30:score)'],
		['a tab that is closed', close(start, 'stack'), 'rows(70:cols(60:code,40:registers),30:score)'],
		['one that joins another', join(start, 'score', 'code'), 'cols(60:code~score!,40:registers~stack!)'],
		[
			'a tab that stands alone below',
			stand(start, 'stack', 'stack', 'below'),
			'rows(70:cols(60:code,40:rows(50:registers,50:stack)),30:score)'
		],
		['one beside another', stand(start, 'score', 'code', 'left'), 'cols(30:score,30:code,40:registers~stack!)'],
		['one along an edge', edge(start, 'code', 'below'), 'rows(50:registers~stack!,22:score,28:code)'],
		[
			'one that opens beside another',
			open(start, 'tlb', ['nobody', 'score']),
			'rows(70:cols(60:code,40:registers~stack!),30:score~tlb!)'
		],
		['a border that moves', resize(start, [0], 0, 10), 'rows(70:cols(70:code,30:registers~stack!),30:score)'],
		[
			'a border that has come to its end',
			resize(start, [], 0, 99),
			'rows(96:cols(60:code,40:registers~stack!),4:score)'
		],
		['nothing where nothing can be done', stand(start, 'code', 'code', 'left'), START]
	])('%s', (_, made, text) => expect(toText(made)).toBe(text));

	it('never lose or double a panel, and never leave an empty or a needless part', () => {
		let state = start;
		let seed = 7;
		const next = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
		const sides = ['left', 'right', 'above', 'below'] as const;
		for (let turn = 0; turn < 500; turn++) {
			const panels = panelsOf(state);
			const [one, two] = [panels[next(panels.length)], panels[next(panels.length)]];
			const change = [
				() => join(state, one, two),
				() => stand(state, one, two, sides[next(4)]),
				() => edge(state, one, sides[next(4)]),
				() => show(state, one)
			][next(4)];
			state = change();
			expect([...panelsOf(state)].sort()).toEqual(['code', 'registers', 'score', 'stack']);
			// Shares are rounded in text; who stands where is not.
			const places = (text: string): string => text.replace(/\d+:/g, '');
			expect(places(toText(read(toText(state))))).toBe(places(toText(state)));
		}
		for (const panel of ['code', 'registers', 'stack', 'score']) state = close(state, panel);
		expect(panelsOf(state)).toHaveLength(1);
	});
});

describe('an arrangement in pixels', () => {
	const page = { x: 0, y: 0, width: 1000, height: 700 };
	const { stacks, bars } = boxesOf(start, page);
	it('covers the page, with bars between', () => {
		expect(stacks.map(({ stack }) => stack.shown)).toEqual(['code', 'stack', 'score']);
		expect(bars).toHaveLength(2);
		const [code, registers, score] = stacks;
		expect(registers.x - (code.x + code.width)).toBeCloseTo(GAP);
		expect(registers.x + registers.width).toBeCloseTo(1000);
		expect(score.y + score.height).toBeCloseTo(700);
	});
	it('knows what lies on which side', () => {
		expect(neighbour(stacks, stacks[0], 'right')?.stack.shown).toBe('stack');
		expect(neighbour(stacks, stacks[1], 'below')?.stack.shown).toBe('score');
		expect(neighbour(stacks, stacks[0], 'above')).toBeNull();
	});
	it('says what a drop does', () => {
		expect(dropAt(stacks, page, 300, 250)).toMatchObject({ kind: 'join', beside: 'code' });
		expect(dropAt(stacks, page, 60, 250)).toMatchObject({ kind: 'stand', side: 'left', beside: 'code' });
		expect(dropAt(stacks, page, 500, 695)).toMatchObject({ kind: 'edge', side: 'below' });
	});
});
