import { describe, expect, it } from 'vitest';
import { Names } from './names';

const moments = {
	asked: { is: 'The kernel asks.', query: 'hypercall name=mmu_update #1' },
	'asked-trap': { is: 'Its way in.', query: 'trap before([asked]) last' },
	answered: { is: 'The answer.', query: 'far_return after([asked-trap]) #1' },
	never: { is: 'Nobody speaks of it.', query: 'page_fault #9' }
};

describe('moments by name', () => {
	it('stand for their queries, and for those that these name in turn', () => {
		const names = new Names(moments);
		expect(names.query('asked')).toBe('hypercall name=mmu_update #1');
		expect(names.query('answered')).toBe('far_return after(trap before(hypercall name=mmu_update #1) last) #1');
		expect(names.expand('4096 * cycles([asked], [asked-trap]) - 1')).toBe(
			'4096 * cycles(hypercall name=mmu_update #1, trap before(hypercall name=mmu_update #1) last) - 1'
		);
	});

	it('leave an expression alone that names none', () => {
		expect(new Names(moments).expand('count(hypercall dom=1) - 1')).toBe('count(hypercall dom=1) - 1');
	});

	it('are refused with what there is when they are not declared', () => {
		const names = new Names(moments);
		const refusal =
			"no moment 'answer' is declared in the lesson's moments.ts; there are asked, asked-trap, answered, never";
		expect(() => names.query('answer')).toThrow(refusal);
		expect(() => names.expand('value(result, [answer])')).toThrow(refusal);
		expect(() => names.query('constructor')).toThrow("no moment 'constructor'");
	});

	it('are refused when they lead back to themselves', () => {
		const names = new Names({
			egg: { is: 'First.', query: 'trap before([hen])' },
			hen: { is: 'First, too.', query: 'trap before([egg])' }
		});
		expect(() => names.query('egg')).toThrow('moments name each other in a circle: egg, hen, egg');
	});

	it('are known to be unused until the prose, or a moment that it uses, speaks of them', () => {
		const names = new Names(moments);
		names.query('asked-trap');
		expect(names.unused()).toEqual(['answered', 'never']);
		names.expand('cycles([asked], [answered])');
		expect(names.unused()).toEqual(['never']);
	});

	it('are to be said by name where one event is meant, not where all that match are counted', () => {
		const names = new Names({ call: { is: 'The call.', query: 'hypercall name=multicall' } });
		names.expand('count(check inside([call]))');
		names.expand('count(hypercall name=multicall)');
		names.expand('max(cycles, hypercall name=multicall)');
		names.expand('count(hypercall name=multicall dom=1)');
		expect(names.spelled()).toEqual([]);
		names.expand('count(check inside(hypercall name=multicall))');
		names.expand('value(result, hypercall name=multicall )');
		names.expand('cycles(any first, hypercall name=multicall)');
		expect(names.spelled()).toEqual([
			'[call] is spelled out in: count(check inside(hypercall name=multicall))',
			'[call] is spelled out in: value(result, hypercall name=multicall )',
			'[call] is spelled out in: cycles(any first, hypercall name=multicall)'
		]);
	});
});
