import { describe, expect, it } from 'vitest';
import { Bug } from '../../base';
import { align } from '../../trace/align';
import { chain } from '../../trace/causes';
import { CHECK, CHECK_NAMES, CHECKS, FINAL_CHECKS, KIND } from '../../trace/events';
import { jsonl } from '../../trace/export/jsonl';
import { query, queryAll } from '../../trace/query';
import { sentence } from '../../trace/text/sentence';
import { why } from '../../trace/text/why';
import { noOverrides } from '../../hypervisor/core/overrides';
import { DOMID_XEN } from '../../abi/structs/xen';
import { applyChange, checkChange, describeChange } from './changes';
import type { Change } from '../log';
import { registers } from '../inspect/moment';
import type { Run } from '../run';
import { finish } from '../task';
import { runGuest } from '../testing';
import { whoWrote } from '../who/who';

const guest = (cmdline: string): Run => runGuest('pocket', { memoryMiB: 8, cmdline });
/** A run that has ended, and its twin with a change made just before the instruction that took the trap `event`. */
function twins(
	cmdline: string,
	event: string,
	change: Change | ((run: Run) => Change)
): { a: Run; b: Run; from: number } {
	const a = guest(cmdline);
	a.advance();
	const b = guest(cmdline);
	b.advance({ icount: a.trace.icount(query(a.trace, event)) });
	const from = b.store.next;
	applyChange(b.system, typeof change === 'function' ? change(b) : change);
	b.advance();
	return { a, b, from };
}
const history = (run: Run): string => [...jsonl(run.trace)].join('');
const LAST_UPDATE = 'trap vector=0x82 before(hypercall name=mmu_update !refused #2) last';
/** The entry that the last update will change, as it would be with a frame in it that nobody has counted. */
function danglingEntry(run: Run): { mfn: number; index: number; low: number; high: number } {
	const { mfn, index } = run.trace.args(query(run.trace, 'pte_write last'));
	const free = run.system.hypervisor.frames.refCount.indexOf(0);
	return { mfn, index, low: ((free << 12) | 0x67) >>> 0, high: 0 };
}
const SKIP: Change = { kind: 'skip_check', check: 'type_compatible', times: 1 };
const REFUSED = 'trap vector=0x82 before(hypercall name=mmu_update refused #1) last';

describe('a question that is overruled', () => {
	const { a, b, from } = twins('run=ptwrite', REFUSED, SKIP);

	it('is recorded with its true answer, and the call goes on as if it had been yes', () => {
		expect(a.consoles.text(1)).toContain('the table itself there, writable: -16');
		expect(b.consoles.text(1)).toContain('the table itself there, writable: 0');
		const overruled = query(b.trace, 'overruled name=check');
		expect(b.trace.args(overruled - 1)).toMatchObject({ passed: 0 });
		expect(queryAll(b.trace, 'overruled')).toHaveLength(1);
	});

	it('is where the two futures differ first', () => {
		const { first, tail } = align(a.trace, b.trace, from);
		expect(first!.kind).toBe('b');
		expect(b.trace.kind(first!.b)).toBe(KIND.overruled);
		expect(sentence(b.trace, first!.b)).toContain('type_compatible');
		expect(tail).toBeNull();
	});

	it('gives the same future each time', () => {
		expect(history(twins('run=ptwrite', REFUSED, SKIP).b)).toBe(history(b));
	});

	it('survives saving and restoring before its time comes', () => {
		const { b: other } = twins('run=ptwrite', REFUSED, SKIP);
		const run = guest('run=ptwrite');
		run.advance({ icount: a.trace.icount(query(a.trace, REFUSED)) });
		applyChange(run.system, SKIP);
		const state = structuredClone(run.system.hypervisor.save());
		run.system.hypervisor.overrides = { ...noOverrides(), skipFlushes: 9 };
		run.system.hypervisor.restore(state);
		run.advance();
		expect(history(run)).toBe(history(other));
	});
});

describe('a flush that is left out', () => {
	it('leaves translations behind that the tables no longer hold', () => {
		const { a, b } = twins('run=fork', 'trap vector=0x82 before(hypercall name=mmu_update arg2>5 #1) last', {
			kind: 'skip_flush',
			times: 3
		});
		expect(queryAll(b.trace, 'overruled name=flush')).toHaveLength(3);
		const faults = (run: Run): number => queryAll(run.trace, 'page_fault error=7').length;
		// The parent goes on writing to pages that it now shares, without a fault.
		expect(faults(b)).toBeLessThan(faults(a));
		expect(b.consoles.text(1)).not.toBe(a.consoles.text(1));
	});
});

describe('an event that is lost', () => {
	it('leaves a domain waiting where it woke up before', () => {
		const run = (lost: boolean): Run => {
			const made = guest('run=echo');
			made.advance({ text: 'bye' });
			made.advance({}, 3_000_000);
			if (lost) applyChange(made.system, { kind: 'drop_event', dom: 1, port: 2, times: 1 });
			made.system.toolstack.domain(1)!.type('hello\n');
			made.advance({}, 3_000_000);
			return made;
		};
		const [a, b] = [run(false), run(true)];
		expect(a.consoles.text(1)).toContain('hello');
		expect(b.consoles.text(1)).not.toContain('hello');
		const overruled = query(b.trace, 'overruled name=event');
		expect(b.trace.kindName(overruled - 1)).toBe('event_send');
		expect(b.trace.args(overruled)).toMatchObject({ a: 1, b: 2 });
	});
});

describe('a change of state', () => {
	it('of a register is what the next instruction finds', () => {
		const { a, b, from } = twins('run=ptwrite', 'trap vector=0x82 #5', { kind: 'register', name: 'eax', value: 0x37 });
		const call = query(b.trace, `hypercall after(@${from}) #1`);
		expect(b.trace.arg(call, 'nr')).toBe(0x37);
		expect(b.trace.arg(call, 'result')).toBe(-38);
		expect(align(a.trace, b.trace, from).first).not.toBeNull();
	});

	it('of EIP goes on there, also within a block that was decoded', () => {
		const run = guest('run=hello');
		run.advance({ icount: 20_003 });
		const { eip } = registers(run);
		applyChange(run.system, { kind: 'register', name: 'eip', value: eip + 0x1000 });
		expect(registers(run).eip).toBe(eip + 0x1000);
	});

	it('of memory is seen by code that had been decoded', () => {
		const run = guest('run=spin');
		run.advance({ icount: 300_000 });
		const { eip } = registers(run);
		// jmp short to itself
		applyChange(run.system, { kind: 'memory', space: 'linear', address: eip, bytes: [0xeb, 0xfe] });
		run.advance({ icount: 300_050 });
		expect(registers(run).eip).toBe(eip);
	});

	it('of a page-table entry leaves the books as they were: the hypervisor finds that out, and stops the machine', () => {
		const { b } = twins('run=ptwrite', LAST_UPDATE, (run) => ({ kind: 'pte', ...danglingEntry(run) }));
		const crash = query(b.trace, 'xen_crash');
		expect(b.trace.kind(b.trace.arg(crash, 'because'))).toBe(KIND.change);
		expect(b.advance({}, 1000).cause).toBe('shutdown');
		expect(b.consoles.text(DOMID_XEN)).toMatch(/Xen BUG: .*below zero[^]*change made by hand/);
	});

	it('of a pending bit wakes the domain, and its upcall has the change as its root', () => {
		const run = guest('run=echo');
		run.advance({}, 3_000_000);
		const seq = applyChange(run.system, { kind: 'port', dom: 1, port: 2, bit: 'pending', set: true });
		const pending = query(run.trace, `event_pending causedby(@${seq})`);
		run.advance({}, 10_000);
		expect(run.trace.cause(query(run.trace, `upcall after(@${seq})`))).toBe(pending);
	});

	it('of a mask keeps the upcall away until the mask is taken off', () => {
		const run = guest('run=echo');
		run.advance({}, 3_000_000);
		applyChange(run.system, { kind: 'port', dom: 1, port: 2, bit: 'masked', set: true });
		const pending = applyChange(run.system, { kind: 'port', dom: 1, port: 2, bit: 'pending', set: true });
		run.advance({}, 100_000);
		expect(queryAll(run.trace, `upcall after(@${pending})`)).toHaveLength(0);
		const open = applyChange(run.system, { kind: 'port', dom: 1, port: 2, bit: 'masked', set: false });
		run.advance({}, 100_000);
		expect(queryAll(run.trace, `upcall after(@${open})`).length).toBeGreaterThan(0);
	});

	it('of a mask lets a guest with queues hear early what it wanted to hear late', () => {
		const run = runGuest('queues');
		run.advance({ points: [{ id: 1, kind: 'event', query: 'event_pending dom=1 port=7' }] });
		applyChange(run.system, { kind: 'port', dom: 1, port: 7, bit: 'masked', set: false });
		expect(checkChange(run.system, { kind: 'port', dom: 1, port: 1, bit: 'pending', set: true })).toBeNull();
		run.advance({}, 40_000_000);
		const told = run.consoles.text(1);
		expect(told.indexOf('queue 7: port 7')).toBeGreaterThan(told.indexOf('queue 7: port 4'));
		expect(told.indexOf('queue 7: port 7')).toBeLessThan(told.indexOf('queue 15: port 3'));
	});
});

describe('the past, changed and kept', () => {
	it('from a refused update back into the guest, to who wrote the entry, to another future, and where it differs', () => {
		const run = runGuest('pocket', { memoryMiB: 8, cmdline: 'run=ptwrite' }, {}, { timelines: true });
		run.advance({ points: [{ id: 1, kind: 'event', query: 'hypercall name=mmu_update refused' }] });
		const call = query(run.trace, 'hypercall name=mmu_update refused last');
		expect(why(run.trace, call)!.asked.at(-1)).toMatchObject({ name: 'type_compatible', passed: false });
		// Back into the guest, before its int 0x82.
		run.reverseContinue({ points: [{ id: 1, kind: 'event', query: 'trap vector=0x82' }] });
		run.seek({ icount: run.icount - 1 });
		expect(run.system.machine.cpu.cpl).toBe(1);
		const update = query(run.trace, `mmu_entry inside(@${call})`);
		const pointer = Number(run.trace.value(update, 'ptr'));
		const answer = finish(whoWrote(run, { kind: 'pte', mfn: pointer >>> 12, index: (pointer & 0xfff) >>> 3 }));
		expect(answer.writer.by).toBe('hypervisor');
		const from = run.store.next;
		const known = run.trace;
		run.advance();
		run.seek({ icount: known.icount(query(known, REFUSED)) });
		run.fork(SKIP);
		run.advance();
		const { first } = align(run.traceOf(0), run.trace, from);
		expect(run.trace.kind(first!.b)).toBe(KIND.overruled);
		expect(chain(run.trace, first!.b).some(({ seq }) => run.trace.kind(seq) === KIND.check)).toBe(true);
		expect(run.consoles.text(1)).toContain('the table itself there, writable: 0');
		run.switchTo(0);
		run.advance();
		expect(run.consoles.text(1)).toContain('the table itself there, writable: -16');
	});

	it('can be gone through both ways, each future as it was', () => {
		const run = runGuest('pocket', { memoryMiB: 8, cmdline: 'run=ptwrite' }, {}, { timelines: true });
		run.advance();
		const at = run.trace.icount(query(run.trace, LAST_UPDATE));
		run.seek({ icount: at });
		const before = run.moment;
		run.fork({ kind: 'pte', ...danglingEntry(run) });
		expect(run.moment).toEqual({ icount: before.icount, seq: before.seq + 1 });
		expect(run.advance().cause).toBe('shutdown');
		const crash = query(run.trace, 'xen_crash');
		// Back from the crash of the hypervisor to before the change, and there again: a replay that differed would throw.
		run.seek(before);
		expect(run.advance().cause).toBe('shutdown');
		expect(query(run.trace, 'xen_crash')).toBe(crash);
		run.switchTo(0);
		expect(run.advance().cause).toBe('ended');
		expect(() => query(run.trace, 'xen_crash')).toThrow();
	});
});

describe('a bug of ours', () => {
	it('is thrown as one where nothing was changed by hand', () => {
		const known = guest('run=ptwrite');
		known.advance();
		const run = guest('run=ptwrite');
		run.advance({ icount: known.trace.icount(query(known.trace, LAST_UPDATE)) });
		const { machine } = run.system;
		const entry = danglingEntry(run);
		machine.memory.write32(entry.mfn * 4096 + entry.index * 8, entry.low);
		expect(() => run.advance()).toThrow(Bug);
	});
});

describe('a change that cannot be made', () => {
	const run = guest('run=hello');
	run.advance({ icount: 20_000 });
	const eflags = registers(run).eflags;
	const cases: [string, unknown, RegExp][] = [
		['an unknown register', { kind: 'register', name: 'r8', value: 1 }, /no register 'r8'.*eax/],
		['a value that is no word', { kind: 'register', name: 'eax', value: -1 }, /eax must be a number.*-1/],
		['EIP beyond the code segment', { kind: 'register', name: 'eip', value: 0xffff_ffff }, /outside the code segment/],
		[
			'flags of a higher ring',
			{ kind: 'register', name: 'eflags', value: (eflags ^ 0x200) >>> 0 },
			/ring 1 cannot change IF/
		],
		['reserved flags', { kind: 'register', name: 'eflags', value: (eflags ^ 0x8000) >>> 0 }, /reserved bits 0x8000/],
		[
			'memory that is not mapped',
			{ kind: 'memory', space: 'linear', address: 0x1000, bytes: [1] },
			/no page is mapped at.*0x1000/
		],
		[
			'memory that is not there',
			{ kind: 'memory', space: 'physical', address: 0xf000_0000, bytes: [1] },
			/beyond the machine's memory/
		],
		['no bytes', { kind: 'memory', space: 'physical', address: 0, bytes: [] }, /between 1 and 4096/],
		['no byte', { kind: 'memory', space: 'physical', address: 0, bytes: [256] }, /0 to 255, not 256/],
		['no such frame', { kind: 'pte', mfn: 1e6, index: 0, low: 0, high: 0 }, /no frame 1000000/],
		['a frame that is no table', { kind: 'pte', mfn: 0, index: 0, low: 0, high: 0 }, /no page table now/],
		[
			'a port that is not open',
			{ kind: 'port', dom: 1, port: 900, bit: 'pending', set: true },
			/port 900 of domain 1 is not open/
		],
		['no such domain', { kind: 'port', dom: 7, port: 1, bit: 'pending', set: true }, /no domain 7/],
		['the toolstack\u2019s bits', { kind: 'port', dom: 0, port: 1, bit: 'pending', set: true }, /toolstack/],
		['an unknown question', { kind: 'skip_check', check: 'is_it_nice', times: 1 }, /no question named 'is_it_nice'/],
		[
			'a question whose answer is final',
			{ kind: 'skip_check', check: 'frame_exists', times: 1 },
			/cannot be overruled/
		],
		['an unknown question to turn', { kind: 'turn_answer', check: 'nice', nth: 1 }, /no question named 'nice'/],
		['no answer to turn', { kind: 'turn_answer', check: 'l1_flags', nth: 0 }, /whole number from 1/],
		['no times', { kind: 'skip_flush', times: 0 }, /whole number from 1/],
		['port 0', { kind: 'drop_event', dom: 1, port: 0, times: 1 }, /no 0/],
		['an unknown kind', { kind: 'wish' }, /no change of the kind 'wish'/]
	];
	it.each(cases)('%s is told, and nothing happens', (_name, change, message) => {
		const seq = run.store.next;
		expect(checkChange(run.system, change as Change)).toMatch(message);
		expect(() => applyChange(run.system, change as Change)).toThrow(RangeError);
		expect(run.store.next).toBe(seq);
	});

	it('is none where it can be made', () => {
		expect(checkChange(run.system, { kind: 'register', name: 'eflags', value: (eflags ^ 0x41) >>> 0 })).toBeNull();
		expect(checkChange(run.system, { kind: 'skip_check', check: 'l1_flags', times: 3 })).toBeNull();
	});
});

describe('one answer that is turned', () => {
	const run = guest('run=ptwrite');
	run.advance({});
	const { trace } = run;
	/** Nothing can be changed before the first moment there is, when the domain builder is done. */
	const first = run.seek({ icount: 0 }).seq;
	const checks = queryAll(trace, `check seq>=${first}`);
	const noes = queryAll(trace, 'check refused');
	/** The future in which answer `seq` was the other one, up to the instruction after it. */
	const turned = (seq: number) => {
		const name = CHECK_NAMES[trace.arg(seq, 'check')];
		const { seq: from } = run.seek({ icount: trace.icount(seq) });
		const nth = queryAll(trace, `check name=${name} seq>=${from} seq<=${seq}`).length;
		run.fork({ kind: 'turn_answer', check: name, nth });
		run.advance({ seq: seq + 3 });
		const future = run.trace;
		run.switchTo(0);
		return future;
	};

	it.each(['yes', 'no'])('is that very %s, and no other', (answer) => {
		const asked = answer === 'no' ? noes : checks.filter((seq) => !noes.includes(seq));
		const some = asked.filter((_, index) => index % Math.ceil(asked.length / 12) === 0);
		expect(some.length).toBeGreaterThan(answer === 'no' ? 0 : 5);
		for (const seq of some) {
			const name = CHECK_NAMES[trace.arg(seq, 'check')];
			const future = turned(seq);
			// The change itself is one event.
			expect(future.args(seq + 1)).toMatchObject({ check: CHECK[name], passed: answer === 'yes' ? 1 : 0 });
			const overruled = queryAll(future, 'overruled');
			if (answer === 'no' && FINAL_CHECKS.has(name)) expect([name, overruled]).toEqual([name, []]);
			else expect([name, overruled]).toEqual([name, [seq + 2]]);
		}
	});

	it('says of a yes that the hypervisor goes on as if it were a no, and the call is refused', () => {
		const [call] = queryAll(trace, 'hypercall name=mmu_update !refused');
		const [seq] = queryAll(trace, `check name=l1_flags inside(@${call})`);
		const future = turned(seq);
		expect(sentence(future, seq + 2)).toContain('was yes, and is overruled');
		expect(queryAll(future, `hypercall refused around(@${seq + 2})`)).toHaveLength(1);
		expect(future.args(call + 1).result).toBeLessThan(0);
	});
});

it('a change reads as one line', () => {
	const changes: Change[] = [
		{ kind: 'register', name: 'eax', value: 5 },
		{ kind: 'memory', space: 'linear', address: 0xc000_0000, bytes: [0x90, 1] },
		{ kind: 'pte', mfn: 0x131, index: 22, low: 0x133063, high: 0 },
		{ kind: 'port', dom: 1, port: 2, bit: 'masked', set: false },
		{ kind: 'skip_check', check: 'l1_flags', times: 2 },
		{ kind: 'turn_answer', check: 'l1_flags', nth: 1 },
		{ kind: 'turn_answer', check: 'l1_flags', nth: 3 },
		{ kind: 'skip_flush', times: 1 },
		{ kind: 'drop_event', dom: 2, port: 1, times: 3 }
	];
	expect(changes.map(describeChange)).toEqual([
		'eax becomes 0x5',
		'memory at linear 0xc0000000 becomes 90 01',
		'entry 22 of the page table in frame 0x131 becomes 0x0000000000133063',
		'port 2 of dom1 is not masked',
		'the question l1_flags is answered yes, 2 times',
		'the next answer to l1_flags is taken for the other one',
		'answer 3 to l1_flags from here on is taken for the other one',
		'the next TLB flush does not happen',
		'the next 3 events for port 1 of dom2 are lost'
	]);
});

it('the answers that are final are answers to questions that exist', () => {
	for (const name of FINAL_CHECKS.keys()) expect(Object.keys(CHECKS)).toContain(name);
});
