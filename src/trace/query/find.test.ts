import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK_SIZE } from '../chunk';
import { CHECK, KIND } from '../events';
import { fixture, smallTrace, type Fixture } from '../fixture';
import { compileQuery, eventTest, query, queryAll, QueryError, tryQuery } from '.';

const { view } = smallTrace().store;

describe('what a query finds', () => {
	it.each<[string, number[]]>([
		['any', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
		['any | halt', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
		['trap | page_fault', [6, 7]],
		['@3', [3]],
		['@99', []],
		// Fields of every event.
		['any seq=4', [4]],
		['any seq>=8', [8, 9]],
		['any seq<2', [0, 1]],
		['any seq<=1', [0, 1]],
		['any seq>8', [9]],
		['any seq!=1|2|3|4|5|6|7', [0, 8, 9]],
		['any cycle=310', [6, 7]],
		['any icount>6', [9]],
		['any dom=2', []],
		['any dom=1 vcpu=0 seq=3|4', [3, 4]],
		['any ring=3', [6, 7]],
		['any cause=6', [7]],
		['any cycles>0', [0, 1, 8, 9]],
		// Arguments, which lie elsewhere in each kind.
		['hypercall|mmu_entry result<0', [1, 4, 8]],
		['page_fault|trap from_ring=3', [6, 7]],
		['hypercall result!=0', [1, 8]],
		['hypercall result=-1|-22', [1, 8]],
		['hypercall result!=0|-22', [8]],
		['hypercall result<=-1', [1, 8]],
		['hypercall result>-2', [0, 8, 9]],
		['hypercall arg1=0x40e000 result=-1', [8]],
		// Names.
		['hypercall name=MMU_Update', [1, 8]],
		['hypercall name="mmu_update"', [1, 8]],
		['hypercall name=__HYPERVISOR_mmu_update', []],
		['hypercall name!=mmu_update', [0, 9]],
		['hypercall name!=mmu_update|sched_op', [0]],
		['hypercall nr=29', [9]],
		['hypercall name=29', [9]],
		['hypercall result=-EPERM', [8]],
		['hypercall result!=-EPERM', [0, 1, 9]],
		['trap|bounce name=#pf', [7]],
		['mmu_entry op=NORMAL_PT_UPDATE', [2, 4]],
		['check name=frame_exists', [3]],
		// Flags.
		['any refused', [1, 4, 5, 8]],
		['mmu_entry !refused', [2]],
		['check passed', [3]],
		['check !passed refused', [5]],
		['any open', []],
		// An order word does not choose among all.
		['hypercall #2', [0, 1, 8, 9]],
		['hypercall last', [0, 1, 8, 9]],
		// Scopes.
		['any before(@3)', [0, 1, 2]],
		['any after(@7)', [8, 9]],
		['any past(@1)', [6, 7, 8, 9]],
		['any past(@7)', [8, 9]],
		['any inside(@1)', [2, 3, 4, 5]],
		['any inside(@6)', []],
		['any around(@3)', [1, 2]],
		['any around(@0)', []],
		['any causedby(@6)', [7]],
		['any after(@1) before(@6)', [2, 3, 4, 5]],
		['any before(@6) after(@1)', [2, 3, 4, 5]],
		['any after(any inside(@1) last)', [6, 7, 8, 9]],
		['any after(halt)', []],
		['any before(halt)', []],
		['any around(@3) around(@5)', [1]],
		['hypercall after(hypercall #3)', [9]]
	])('%s', (text, seqs) => {
		expect(queryAll(view, text)).toEqual(seqs);
		const all = Array.from({ length: view.length }, (_none, seq) => seq);
		expect(all.filter((seq) => eventTest(text)(view, seq))).toEqual(seqs);
	});

	it.each<[string, number]>([
		['hypercall first', 0],
		['hypercall #1', 0],
		['hypercall #4', 9],
		['hypercall #5', -1],
		['hypercall last', 9],
		['hypercall refused last', 8],
		['hypercall first last', 9],
		['hypercall last #2', 1],
		['halt last', -1],
		['any before(@3) last', 2],
		['any around(@3) last', 2],
		['any inside(@1) last', 5],
		['@9', 9],
		['@10', -1]
	])('%s is one of them, or none', (text, seq) => expect(tryQuery(view, text)).toBe(seq));

	it('is compiled once', () => {
		const compiled = compileQuery('hypercall name=mmu_update #2');
		expect(compileQuery('hypercall name=mmu_update #2')).toBe(compiled);
		expect([compiled.text, compiled.kinds, compiled.simple]).toEqual([
			'hypercall name=mmu_update #2',
			['hypercall'],
			true
		]);
		expect([compileQuery('any').kinds, compileQuery('any|trap').kinds]).toEqual([[], []]);
		expect(['any after(trap)', '@3', 'any last'].map((text) => compileQuery(text).simple)).toEqual([
			false,
			false,
			true
		]);
		for (let seq = 0; seq < 1200; seq++) compileQuery(`any seq=${seq}`);
		expect(query(view, 'hypercall name=mmu_update #2')).toBe(8);
	});
});

describe('a span that has not ended', () => {
	const made = fixture();
	const { store, tick } = made;
	store.begin(KIND.hypercall, 1, 0); // 0
	store.record(KIND.halt, 5); // 1
	store.end(store.begin(KIND.hypercall, 29, 0), 0); // 2
	tick(9);
	store.record(KIND.halt, 6); // 3

	it('is open, takes no known time, and holds all that follows', () => {
		const seqs = (text: string): number[] => queryAll(store.view, text);
		expect([seqs('hypercall open'), seqs('any !open')]).toEqual([[0], [1, 2, 3]]);
		expect([seqs('hypercall cycles>=0'), seqs('hypercall cycles!=0')]).toEqual([[2], [0]]);
		expect([seqs('any inside(@0)'), seqs('any past(@0)'), seqs('any around(@3)')]).toEqual([[1, 2, 3], [], [0]]);
	});
});

describe('a query that cannot be read', () => {
	it.each<[string, string, number]>([
		['', 'expected a kind of event: any, ', 0],
		['hypercall|', 'expected a kind of event: any, ', 10],
		['"hypercall"', "expected a kind of event, found 'hypercall'", 0],
		['toString', "expected a kind of event, found 'toString'", 0],
		['hypercall | open', "expected a kind of event, found 'open'", 12],
		['any result=0', "'any' has only the fields seq, cycle, icount, dom, vcpu, ring, cause, cycles", 4],
		['any name=x', "'any' has only the fields", 4],
		['hypercall|page_fault name=x', "page_fault has no field 'name'; it has eip, addr", 21],
		['hypercall|page_fault addr=1', "hypercall has no field 'addr'; it has nr, op", 21],
		['any toString=1', "'any' has only", 4],
		['any dom=me', "'dom' takes a number, not 'me'", 8],
		['hypercall|page_fault dom=me', "'dom' takes a number, not 'me'", 25],
		['hypercall name>=sched_op', 'a name can be compared with = and != only', 16],
		['any passed', "'passed' is neither a flag (refused, open) nor followed by a comparison", 4],
		['check|hypercall passed', "'passed' is neither a flag (refused, open)", 16],
		['check !nonsense', "'nonsense' is neither a flag (passed, refused, open)", 7],
		['check after', "'after' is neither a flag", 6],
		['hypercall nr', "'nr' is neither a flag", 10],
		['hypercall #', "'#' is followed by a count from 1; the query ends here", 11],
		['hypercall #1.5', "'#' is followed by a count from 1", 11],
		['hypercall #x', "'#x' is neither a flag", 10],
		['@', "'@' is followed by an event's number; the query ends here", 1],
		['@ x', "'@' is followed by an event's number", 2],
		['@3 last', "'last' does not belong here", 3],
		['hypercall )', "')' does not belong here", 10],
		['any inside(@1', "expected ')' to close 'inside('", 13],
		['any inside(@1 trap)', "expected ')' to close 'inside(', found 'trap'", 14],
		['any toString(@1)', "no scope 'toString'; there are after, past, before, inside, around, causedby", 4],
		['any seq=', "expected a value for 'seq'; the query ends here", 8],
		['any seq=|3', "expected a value for 'seq'", 8],
		['hypercall result=-"EPERM"', "expected a value for 'result'", 18],
		['any seq=3|', "expected a value for 'seq'", 10]
	])('%s: %s', (text, reason, at) => {
		const failure = (): unknown => compileQuery(text);
		expect(failure).toThrow(QueryError);
		expect(failure).toThrow(expect.objectContaining({ reason: expect.stringContaining(reason), at }) as Error);
	});
});

describe('names', () => {
	it('mean what they mean where they are: an operation belongs to its call', () => {
		const { store } = fixture();
		const call = (nr: number, op: number): void => store.end(store.begin(KIND.hypercall, nr, op, 0, 0, 0, 0, 0), 0);
		call(29, 1); // sched_op block
		call(32, 1); // event_channel_op 1: bind_virq
		call(29, 0); // sched_op yield
		call(32, 0); // event_channel_op 0: bind_interdomain
		expect(queryAll(store.view, 'hypercall op=block')).toEqual([0]);
		expect(queryAll(store.view, 'hypercall op=EVTCHNOP_bind_virq')).toEqual([1]);
		expect(queryAll(store.view, 'hypercall op!=block|yield')).toEqual([1, 3]);
	});

	it('of one kind are not those of another', () => {
		const { store } = fixture();
		store.record(KIND.check, CHECK.frame_owner, 0, 1, 2);
		store.record(KIND.trap, CHECK.frame_owner, 0, 3, 0, 0, 0, 0, 0);
		expect(queryAll(store.view, 'check|trap name=frame_owner')).toEqual([0]);
	});
});

/** Events of a few kinds, some in spans and some refused, over more than one chunk. */
function longTrace(): Fixture {
	const made = fixture();
	const { store, tick, at } = made;
	for (let index = 0; store.view.length < 2 * CHUNK_SIZE + 100; index++) {
		tick(index % 7);
		at.ring = index % 5 === 0 ? 3 : 1;
		const seq = store.begin(KIND.hypercall, index % 3 === 0 ? 1 : 29, index % 2, index, 0, 0, 0, 0);
		if (index % 11 === 0) store.record(KIND.check, CHECK.frame_owner, index % 2, index, 0);
		store.end(seq, index % 13 === 0 ? -22 : 0);
		store.record(KIND.halt, index);
	}
	return made;
}

describe('a long trace', () => {
	const long = longTrace().store.view;
	const kinds = fc.constantFrom('any', 'halt', 'hypercall', 'check', 'halt|check');
	const condition = fc.oneof(
		fc.constantFrom('', 'refused', '!refused', 'ring=3', 'cycles=0', '!open'),
		fc.tuple(fc.constantFrom('<', '<=', '>', '>=', '!='), fc.nat(long.length)).map(([op, seq]) => `seq${op}${seq}`)
	);
	const scope = fc.oneof(
		{ weight: 2, arbitrary: fc.constant('') },
		{
			weight: 3,
			arbitrary: fc
				.tuple(fc.constantFrom('after', 'past', 'before', 'inside', 'around'), fc.nat(long.length - 1))
				.map(([name, seq]) => `${name}(@${seq})`)
		}
	);

	it('is searched as if event by event, and an order word takes one of what is found', () => {
		const property = fc.property(kinds, condition, scope, (...parts) => {
			const text = parts.filter(Boolean).join(' ');
			const found = queryAll(long, text);
			const holds = eventTest(text);
			for (let seq = CHUNK_SIZE - 40; seq < CHUNK_SIZE + 40; seq++)
				expect([seq, holds(long, seq)]).toEqual([seq, found.includes(seq)]);
			expect([...found].sort((a, b) => a - b)).toEqual(found);
			for (const [order, seq] of [
				['first', found[0]],
				['last', found[found.length - 1]],
				['#3', found[2]]
			] as const)
				expect([order, tryQuery(long, `${text} ${order}`)]).toEqual([order, seq ?? -1]);
		});
		fc.assert(property, { seed: 10, numRuns: 60 });
	});

	it('finds its first and last events, and those on both sides of a chunk', () => {
		const last = long.length - 1;
		expect(queryAll(long, `any seq=0|${CHUNK_SIZE - 1}|${CHUNK_SIZE}|${last}`)).toEqual([
			0,
			CHUNK_SIZE - 1,
			CHUNK_SIZE,
			last
		]);
		expect([tryQuery(long, 'any'), tryQuery(long, 'any last'), tryQuery(long, 'any seq<1 last')]).toEqual([0, last, 0]);
		expect(queryAll(long, 'any')).toHaveLength(long.length);
	});
});
