import { expect, it } from 'vitest';
import { isTimed } from './facts';

it.each([
	'cycles(hypercall #2)',
	'cycles(trap #1, far_return after(trap #1) #1)',
	'ratio(cycles(hypercall #1), cycles(hypercall #2))',
	'100 * (cycles(hypercall #1) - 3) / 7',
	'-cycles(hypercall #1)',
	'mean(cycles, hypercall)',
	'value(cycle, hypercall #1)',
	'count(hypercall cycles > 1000)',
	'count(hypercall after(trap cycle > 5 #1))',
	'count(any) - count(any inside(hypercall cycles>9))',
	'first(deadline, timer_set)'
])('%s rests on the cost table', (text) => expect(isTimed(text)).toBe(true));

it.each([
	'count(hypercall)',
	'instructions(any first, any last)',
	'value(result, hypercall name=mmu_update #1)',
	'ratio(count(check), count(hypercall))',
	'count(hypercall name="cycles" after(trap #1))',
	'7'
])('%s is counted', (text) => expect(isTimed(text)).toBe(false));

it('what cannot be read is refused', () => expect(() => isTimed('cycles(')).toThrow(/expected/));
