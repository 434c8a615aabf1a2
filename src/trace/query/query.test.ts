import { describe, expect, it } from 'vitest';
import { fact } from '../facts';
import { smallTrace } from '../fixture';
import { query, queryAll, tryQuery } from '.';

const { view } = smallTrace().store;

describe('queries', () => {
	it.each<[string, number]>([
		['hypercall', 0],
		['hypercall name=mmu_update', 1],
		['hypercall name=mmu_update dom=1 result<0 #2', 8],
		['hypercall name=vm_assist|sched_op last', 9],
		['hypercall op=SCHEDOP_block', 9],
		['hypercall op=block', 9],
		['hypercall result=-EINVAL', 1],
		['hypercall refused last', 8],
		['hypercall !refused #2', 9],
		['check !passed', 5],
		['check check=frame_owner', 5],
		['check passed inside(hypercall name=mmu_update)', 3],
		['mmu_entry op=MMU_NORMAL_PT_UPDATE result!=0', 4],
		['trap vector=#PF', 7],
		['trap name=PF', 7],
		['page_fault addr=0xdead_0000', 6],
		['any causedby(page_fault)', 7],
		['hypercall after(page_fault)', 8],
		['hypercall past(hypercall name=mmu_update)', 8],
		['hypercall before(page_fault) last', 1],
		['any around(check !passed)', 1],
		['mmu_entry around(check !passed)', 4],
		['hypercall|page_fault #3', 6],
		['@4', 4],
		['any ring=3', 6],
		['hypercall arg1>=0x40e000 cycles=50', 1]
	])('%s', (text, seq) => expect(query(view, text)).toBe(seq));

	it('gives all matches', () => expect(queryAll(view, 'hypercall')).toEqual([0, 1, 8, 9]));
	it('gives -1 where that is wanted', () => expect(tryQuery(view, 'hypercall #9')).toBe(-1));

	it.each<[string, string, number]>([
		['hypercal', "expected a kind of event, found 'hypercal'", 0],
		['hypercall nam=mmu_update', "hypercall has no field 'nam'", 10],
		['hypercal', "found 'hypercal'; did you mean 'hypercall'?", 0],
		['mmu_updat', "did you mean 'hypercall name=mmu_update'?", 0],
		['hypercall nam=mmu_update', "has no field 'nam'; did you mean 'name'?", 10],
		['any rign=1', "did you mean 'ring'?", 4],
		['hypercall refusd', "did you mean 'refused'?", 10],
		['hypercall lst', "did you mean 'last'?", 10],
		['hypercall result', "did you mean 'result='?", 10],
		['check after', "did you mean 'after('?", 6],
		['hypercall insdie(trap)', "no scope 'insdie'; did you mean 'inside'?", 10],
		['hypercall name=mmu_updat', "nothing in 'name' is called 'mmu_updat'; did you mean 'mmu_update'?", 15],
		['hypercall name=sched_op op=yeild', "nothing in 'op' is called 'yeild'; did you mean 'yield'?", 27],
		['hypercall result=-EINVLA', "did you mean '-EINVAL'?", 17],
		['frame_type type=l1_page_tabel', "did you mean 'l1_page_table'?", 16],
		['hypercall result<0 twice', "'twice' is neither a flag", 19],
		['hypercall dom=me', "'dom' takes a number, not 'me'", 14],
		['hypercall #0', "'#' is followed by a count from 1", 11],
		['hypercall after(page_fault', "expected ')' to close 'after('", 26],
		['hypercall near(page_fault)', "no scope 'near'", 10],
		['hypercall result<EINVAL', 'a name can be compared with = and != only', 17],
		['hypercall $', "cannot read '$'", 10],
		['hypercall name=mmu_update #3', 'only 2 events match', 0],
		['halt', 'no event matches', 0],
		['hypercall result=10_', "'10_' is no number", 17],
		['hypercall result=- ', "expected a value for 'result'", 19],
		[`${'any past('.repeat(150)}any`, 'nested too deeply', 909],
		[`${'trap after('.repeat(400)}trap`, 'longer than', 0]
	])('%s: %s', (text, reason, at) => {
		expect(() => query(view, text)).toThrow(
			expect.objectContaining({ reason: expect.stringContaining(reason), at }) as Error
		);
	});
});

describe('facts', () => {
	it.each<[string, number]>([
		['count(hypercall)', 4],
		['count(hypercall refused) / count(hypercall)', 0.5],
		['ratio(count(check passed), count(check))', 0.5],
		['1 + 2 * (3 - 1)', 5],
		['cycles(hypercall name=mmu_update)', 50],
		['cycles(hypercall #1, hypercall #2)', 150],
		['instructions(hypercall #1, page_fault)', 4],
		['sum(arg2, hypercall)', 8],
		['max(arg1, hypercall)', 0x40e000],
		['first(addr, page_fault)', 0xdead0000],
		['value(result, hypercall name=mmu_update #2)', -1],
		['last(result, hypercall)', 0],
		['seq(page_fault)', 6],
		['count(hypercall)-1', 3],
		['-count(hypercall) * -2', 8]
	])('%s', (text, value) => expect(fact(view, text)).toBe(value));

	it.each([
		['count(halt) / count(halt)', 'no value'],
		['first(eip, halt)', 'no event matches'],
		['first(foo, halt)', "halt has no field 'foo'"],
		['many(halt)', 'expected a number or one of'],
		['cuont(halt)', "did you mean 'count'?"],
		['count(hlat)', "did you mean 'halt'?"],
		['max(agr1, hypercall)', "did you mean 'arg1'?"],
		['count(halt) 3', "'3' does not belong here"]
	])('%s: %s', (text, reason) => expect(() => fact(view, text)).toThrow(reason));
});
