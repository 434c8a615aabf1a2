import { describe, expect, it } from 'vitest';
import { hex } from '../../base';
import { KIND } from '../../trace/events';
import { query } from '../../trace/query';
import { why } from '../../trace/text/why';
import type { Run } from '../run';
import { finish } from '../task';
import { runGuest } from '../testing';
import { inspect, registers } from '../inspect/moment';
import { walkBefore, whoWrote } from './who';
import type { WhoTarget, Written } from './words';
import { REGISTER_NAMES } from '../../x86/registers';

const guest = (cmdline: string): Run => runGuest('pocket', { memoryMiB: 8, cmdline }, {}, { timelines: true });
/** Asks, and makes sure that the present moment stays what it is. */
function asked(run: Run, target: WhoTarget): Written {
	const before = inspect(run);
	const answer = finish(whoWrote(run, target));
	expect(inspect(run)).toEqual(before);
	return answer;
}

describe('who wrote this?', () => {
	const run = guest('run=ptwrite');
	run.advance();
	const { trace } = run;
	const update = query(trace, 'pte_write inside(hypercall name=mmu_update !refused #1)');
	const { mfn, index } = trace.args(update);
	const before = { seq: query(trace, 'hypercall name=mmu_update !refused #2') };

	it('a page-table entry: the hypervisor, with the event and the question that it asked last', () => {
		run.seek({ seq: update + 5 });
		const answer = asked(run, { kind: 'pte', mfn, index });
		expect(answer.writer).toMatchObject({ by: 'hypervisor', event: update });
		expect(answer.writer).toHaveProperty('asked');
		const { old, new: made } = trace.args(update);
		expect([answer.old, answer.new].map((text) => BigInt(text))).toEqual([BigInt(old), BigInt(made)]);
		expect(answer.before!.seq).toBeLessThanOrEqual(update);
		expect(answer.text).toMatch(
			/^Entry \d+ of the page table in frame 0x.*: last changed at instruction .* by the hypervisor/
		);
	});

	it('goes to the write before, asked at the moment before it', () => {
		run.seek({ seq: update + 5 });
		const last = asked(run, { kind: 'pte', mfn, index });
		run.seek(last.before!);
		const earlier = asked(run, { kind: 'pte', mfn, index });
		expect(earlier.new).toBe(last.old);
		expect(earlier.after!.icount).toBeLessThan(last.after!.icount);
	});

	it('memory of the guest: its own instruction', () => {
		run.seek(before);
		const { esp } = registers(run);
		const answer = asked(run, { kind: 'memory', space: 'linear', address: esp, length: 4 });
		expect(answer.writer).toMatchObject({ by: 'instruction', dom: 1, ring: 1 });
		expect(answer.after!.icount).toBeLessThanOrEqual(run.icount);
		// At the moment after it the new value stands there, and at the one before it the old.
		run.seek(answer.after!);
		expect(run.system.machine.memory.read32(run.system.machine.cpu.mmu.inspect(esp | 0).physical)).toBe(
			Number(answer.new)
		);
		run.seek(answer.before!);
		expect(run.system.machine.memory.read32(run.system.machine.cpu.mmu.inspect(esp | 0).physical)).toBe(
			Number(answer.old)
		);
	});

	it('memory that nobody has touched: the domain builder', () => {
		run.seek(before);
		const { built } = run.system.toolstack.domain(1)!;
		const address = built.frames[built.layout.startInfo.pfn] * 4096;
		const answer = asked(run, { kind: 'memory', space: 'physical', address, length: 4 });
		expect(answer).toMatchObject({ writer: { by: 'nobody' }, before: null, after: null });
		expect(answer.text).toContain('domain builder');
	});

	it('says when the page was mapped later than it was written to', () => {
		const fork = guest('run=fork');
		fork.advance();
		const fault = query(fork.trace, 'page_fault from_ring=3 error=7 #1');
		fork.seek({ seq: query(fork.trace, `pte_write after(@${fault}) #1`) });
		fork.advance({ kinds: [KIND.far_return] });
		const address = fork.trace.arg(fault, 'addr') & ~0xfff;
		const answer = asked(fork, { kind: 'memory', space: 'linear', address, length: 1 });
		expect(answer.mapping?.writer.by).toBe('hypervisor');
		expect(answer.mapping?.text).toMatch(/mapped later/);
	});

	it.each([2_000, 9_000, 30_000])(
		'registers as a record of every step has them, %i instructions before the end',
		(ago) => {
			const span = 1500;
			const start = run.icount - ago;
			run.seek({ icount: start });
			const seen = [{ at: run.moment, values: registers(run) }];
			for (let n = 0; n < span; n++) {
				run.seek({ icount: run.icount + 1 });
				seen.push({ at: run.moment, values: registers(run) });
			}
			for (const name of REGISTER_NAMES) {
				const last = seen.findLastIndex(({ values }, n) => n > 0 && values[name] !== seen[n - 1].values[name]);
				const answer = asked(run, { kind: 'register', name });
				if (last < 0) expect(answer.after === null || answer.after.icount <= start).toBe(true);
				else
					expect(answer).toMatchObject({
						before: seen[last - 1].at,
						after: seen[last].at,
						old: hex(seen[last - 1].values[name]),
						new: hex(seen[last].values[name])
					});
			}
		}
	);

	it('a register: the instruction, or the hypervisor for the result of a call', () => {
		const call = query(trace, 'hypercall name=mmu_update refused #1');
		run.seek({ seq: trace.end(call) });
		const eax = asked(run, { kind: 'register', name: 'eax' });
		expect(eax).toMatchObject({ writer: { by: 'hypervisor', event: call }, new: '0xfffffff0', old: '0x1' });
		const ebx = asked(run, { kind: 'register', name: 'ebx' });
		expect(ebx.writer).toMatchObject({ by: 'instruction', ring: 1 });
		expect(ebx.after!.icount).toBeLessThan(eax.after!.icount);
	});

	it('a frame: the event that changed its type or its counts', () => {
		run.seek({ seq: update + 5 });
		const frame = trace.args(query(trace, `frame_type before(@${update + 5}) last`)).mfn;
		const answer = asked(run, { kind: 'frame', mfn: frame });
		expect(answer.writer.by).toBe('hypervisor');
		expect(answer.new).toMatch(/type count \d+, references \d+/);
		expect(asked(run, { kind: 'frame', mfn: 1 }).writer.by).toBe('nobody');
	});
});

describe('who set this bit, who moved this index?', () => {
	const run = guest('run=echo');
	run.advance({}, 3_000_000);
	run.type(1, 'hello\n');
	run.advance({}, 3_000_000);
	const typed = query(run.trace, 'console_input last');

	it('the pending bit of a port: set by the hypervisor, cleared by the guest', () => {
		const pending = query(run.trace, `event_pending target_dom=1 port=2 after(@${typed}) #1`);
		run.seek({ seq: pending });
		const set = asked(run, { kind: 'port', dom: 1, port: 2, bit: 'pending' });
		expect(set).toMatchObject({ old: 'not pending', new: 'pending', writer: { event: pending } });
		run.advance({}, 200_000);
		const cleared = asked(run, { kind: 'port', dom: 1, port: 2, bit: 'pending' });
		expect(cleared).toMatchObject({ old: 'pending', new: 'not pending', writer: { by: 'instruction', dom: 1 } });
	});

	it('the indices of the console ring: the producer is the daemon’s, the consumer the guest’s', () => {
		const produced = asked(run, { kind: 'ring', dom: 1, ring: 'console', index: 'in_prod' });
		expect(produced).toMatchObject({ old: '0', new: '6' });
		expect(['device', 'processor']).toContain(produced.writer.by);
		const consumed = asked(run, { kind: 'ring', dom: 1, ring: 'console', index: 'in_cons' });
		expect(consumed.writer).toMatchObject({ by: 'instruction', dom: 1 });
	});

	it('a register of a guest whose instruction was emulated: the hypervisor, not the instruction that faulted', () => {
		const rings = guest('run=rings');
		rings.advance();
		const emulated = query(rings.trace, 'emulate');
		rings.seek({ icount: rings.trace.icount(emulated) + 1 });
		const { writer } = asked(rings, { kind: 'register', name: 'eip' });
		expect(writer).toMatchObject({ by: 'hypervisor', event: emulated });
	});

	it('an entry that the processor marks after a change by hand: the processor, not the hand', () => {
		const fork = guest('run=fork');
		fork.advance({ icount: 2_000 });
		const { mfn: table, index: slot } = fork.trace.args(query(fork.trace, 'pte_write level=1 last'));
		const marks = { kind: 'memory', space: 'physical', address: table * 4096 + slot * 8, length: 1 } as const;
		const marked = asked(fork, marks);
		expect(marked.writer).toMatchObject({ by: 'processor', doing: 'walk' });
		fork.seek(marked.before!);
		fork.fork({ kind: 'memory', space: 'physical', address: 0x20_0000, bytes: [1] });
		fork.advance({ icount: marked.after!.icount });
		expect(asked(fork, marks)).toMatchObject({
			old: marked.old,
			new: marked.new,
			writer: { by: 'processor', doing: 'walk' }
		});
	});

	it('of writes without a change there may be too many: no change is made up then', () => {
		const busy = guest('run=batch');
		busy.advance();
		// Where the processor pushes SS whenever it comes from ring 1 to the hypervisor.
		const address = busy.trace.arg(query(busy.trace, 'trap vector=0x82 ring=1 last'), 'new_esp') + 16;
		const target = { kind: 'memory', space: 'linear', address, length: 4 } as const;
		expect(finish(whoWrote(busy, target)).text).toMatch(/became 0x0000e021\. \d\d later writes left it as it was\.$/);
		expect(finish(whoWrote(busy, target, 8)).text).toMatch(
			/it is 0x0000e021, and was written 9 times without a change;/
		);
	});

	it('what was changed by hand says so', () => {
		const { physical } = run.system.machine.cpu.mmu.inspect(registers(run).esp | 0);
		run.fork({ kind: 'memory', space: 'physical', address: physical, bytes: [1, 2, 3, 4] });
		const memory = asked(run, { kind: 'memory', space: 'physical', address: physical, length: 4 });
		expect(memory).toMatchObject({ writer: { by: 'hand' }, new: '0x04030201' });
		run.fork({ kind: 'register', name: 'esi', value: 77 });
		expect(asked(run, { kind: 'register', name: 'esi' })).toMatchObject({ writer: { by: 'hand' }, new: '0x4d' });
	});
});

describe('what cannot be asked about', () => {
	const run = guest('run=hello');
	run.advance({ icount: 20_000 });
	it.each([
		[{ kind: 'memory', space: 'linear', address: 0x1000, length: 1 }, /no page is mapped/],
		[{ kind: 'memory', space: 'physical', address: 0, length: 0 }, /between 1 and 4096/],
		[{ kind: 'memory', space: 'physical', address: 0xf000_0000, length: 4 }, /beyond/],
		[{ kind: 'register', name: 'r9' }, /no register 'r9'/],
		[{ kind: 'pte', mfn: 1e7, index: 0 }, /no frame/],
		[{ kind: 'port', dom: 0, port: 1, bit: 'pending' }, /no domain 0/],
		[{ kind: 'ring', dom: 1, ring: 'console', index: 'x' }, /in_cons.*no 'x'/]
	] as [WhoTarget, RegExp][])('%j is told', (target, message) => {
		expect(() => finish(whoWrote(run, target))).toThrow(message);
	});

	it('a search that is given up leaves the run where it stood', () => {
		const here = run.moment;
		const task = whoWrote(run, { kind: 'memory', space: 'physical', address: 0x5000, length: 4 });
		task.go(1);
		task.cancel!();
		expect(run.moment).toEqual(here);
		expect(run.advance({ icount: here.icount + 1000 }).cause).toBe('icount');
	});
});

it('the walk of a fault is looked up where it happened, and the present stays', () => {
	const run = guest('run=fork');
	run.advance();
	const fault = query(run.trace, 'page_fault from_ring=3 error=7 #1');
	const address = run.trace.arg(fault, 'addr');
	const here = inspect(run);
	const found = finish(walkBefore(run, fault, address));
	expect(found.steps.at(-1)).toMatchObject({ level: 1, present: true, writable: false });
	expect(why(run.trace, fault, found)!.says).toContain('The walk ends at level 1');
	expect(inspect(run)).toEqual(here);
});
