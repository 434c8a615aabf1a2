import { describe, expect, it } from 'vitest';
import { runGuest } from '../../workbench/testing';
import { CHECK, KIND } from '../events';
import { fixture, smallTrace } from '../fixture';
import { perfetto, type ChromeEvent } from './perfetto';
import { checkChromeTrace } from './perfetto-check';

const eventsOf = (made: ReturnType<typeof fixture>, names: Record<number, string> = {}): ChromeEvent[] => {
	const text = [...perfetto(made.store.view, { hz: 1e9, names })].join('');
	return (JSON.parse(text) as { traceEvents: ChromeEvent[] }).traceEvents;
};
const one = (events: ChromeEvent[], seq: number): ChromeEvent | undefined =>
	events.find(({ args }) => args?.seq === seq);

describe('the trace for Perfetto', () => {
	it('is sound: phases, threads, nesting, flows, and an event for each of the trace', () => {
		const made = smallTrace();
		expect(checkChromeTrace([...perfetto(made.store.view, { hz: 1e9 })].join(''), made.store.view)).toEqual([]);
	});

	it('has a process for each domain, for Xen and for the hardware, with names', () => {
		const made = smallTrace();
		made.store.dom = 2;
		made.store.vcpu = 1;
		made.store.record(KIND.math_state);
		const names = eventsOf(made, { 1: 'web' }).flatMap(({ ph, name, args }) =>
			ph === 'M' && name !== 'process_sort_index' ? [[name, args?.name]] : []
		);
		expect(names).toEqual([
			['process_name', 'Xen'],
			['thread_name', 'processor 0'],
			['process_name', 'hardware'],
			['thread_name', 'processor 0'],
			['process_name', 'dom1 (web)'],
			['thread_name', 'vcpu 0'],
			['process_name', 'dom2'],
			['thread_name', 'vcpu 1']
		]);
	});

	it('shows a call as long as it took, with its arguments and what it means', () => {
		const made = smallTrace();
		const call = one(eventsOf(made), 1);
		expect(call).toMatchObject({ ph: 'X', name: 'mmu_update', ts: 0.25, dur: 0.05 });
		expect(call?.args).toMatchObject({ nr: 1, result: -22, ring: 1, text: expect.stringContaining('refused') });
		expect(one(eventsOf(made), 5)).toMatchObject({ ph: 'i', s: 't', name: 'decision frame_owner' });
	});

	it('draws a line from a cause to its effect, unless the one lies in the other', () => {
		const flows = eventsOf(smallTrace()).filter(({ ph }) => ph === 's' || ph === 'f');
		// The page fault, event 6, causes the trap, event 7.
		expect(flows.map(({ ph, id, tid }) => [ph, id, tid])).toEqual([
			['s', 7, 2],
			['f', 7, 2]
		]);
	});

	it('lets a call that has not returned last to the end', () => {
		const made = fixture();
		made.at.cycle = 100;
		made.store.begin(KIND.hypercall, 29, 1);
		made.at.cycle = 700;
		made.store.record(KIND.check, CHECK.poll_port, 1);
		expect(one(eventsOf(made), 0)).toMatchObject({ ph: 'X', ts: 0.1, dur: 0.6 });
	});

	it('tells who has the processor, and what each vcpu is about', () => {
		const made = fixture();
		made.at.cycle = 1000;
		made.store.record(KIND.runstate, 1, 0, 3, 1);
		made.store.record(KIND.sched_switch, 0x7fff, 0, 1, 0);
		made.at.cycle = 2000;
		made.store.record(KIND.runstate, 1, 0, 1, 0);
		made.at.cycle = 5000;
		made.store.record(KIND.sched_switch, 1, 0, 0x7fff, 0);
		const slices = eventsOf(made).filter(({ ph }) => ph === 'B' || ph === 'E');
		expect(slices.map(({ ph, ts, tid, name }) => [ph, ts, tid, name])).toEqual([
			['B', 1, 2816, 'runnable'],
			['B', 1, 1, 'dom1 vcpu 0'],
			['E', 2, 2816, undefined],
			['B', 2, 2816, 'running'],
			['E', 5, 1, undefined],
			['B', 5, 1, 'idle'],
			['E', 5, 2816, undefined],
			['E', 5, 1, undefined]
		]);
	});

	it('counts', () => {
		const made = fixture();
		const { store, at } = made;
		const counters = (name: string): unknown[] =>
			eventsOf(made).flatMap((event) =>
				event.ph === 'C' && event.name === name ? [[event.pid, event.ts, event.args]] : []
			);
		for (const cycle of [100, 200, 1_500_000, 4_100_000]) {
			at.cycle = cycle;
			store.end(store.begin(KIND.hypercall, 29, 0), 0);
		}
		expect(counters('hypercalls a millisecond')).toEqual([
			[11, 0, { count: 2 }],
			[11, 1000, { count: 1 }],
			[11, 2000, { count: 0 }],
			[11, 4000, { count: 1 }]
		]);
		store.record(KIND.event_pending, 1, 4, 0, 0);
		store.record(KIND.event_pending, 1, 5, 0, 0);
		store.record(KIND.upcall, 0, 0, 0, 0, 1);
		expect(counters('events pending since the last upcall').map((row) => (row as unknown[])[2])).toEqual([
			{ count: 1 },
			{ count: 2 },
			{ count: 0 }
		]);
		store.record(KIND.frame_type, 7, 0, 1, 1, 1, 1);
		store.record(KIND.frame_type, 7, 1, 1, 2, 1, 1);
		store.record(KIND.frame_type, 8, 0, 3, 1, 1, 1);
		store.record(KIND.frame_type, 7, 1, 1, 0, 1, 1);
		expect(counters('page-table frames').map((row) => Object.values((row as [number, number, object])[2]))).toEqual([
			[1, 0, 0, 0],
			[1, 0, 1, 0],
			[0, 0, 1, 0]
		]);
	});

	it('is sound for two domains at work', () => {
		const second = { name: 'b', image: 'pocket', memoryMiB: 8, cmdline: 'run=fork' };
		const run = runGuest('pocket', { cmdline: 'run=pipes', memoryMiB: 8 }, { domains: [second] });
		run.advance();
		const text = [...perfetto(run.trace, { hz: 2.4e9, names: { 1: 'a', 2: 'b' } })].join('');
		expect(checkChromeTrace(text, run.trace)).toEqual([]);
		for (const name of ['dom1 (a)', 'dom2 (b)', 'Xen', 'hardware', 'page-table frames', 'vcpus by runstate'])
			expect(text).toContain(JSON.stringify(name));
	});

	it('comes in pieces', () => {
		const made = fixture();
		for (let n = 0; n < 2000; n++) {
			made.tick(10);
			made.store.record(KIND.math_state);
		}
		const pieces = [...perfetto(made.store.view, { hz: 1e9 })];
		expect(pieces.length).toBeGreaterThan(3);
		expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(80_000);
		expect(checkChromeTrace(pieces.join(''), made.store.view)).toEqual([]);
	});

	it('of an empty trace is empty', () => {
		expect(checkChromeTrace([...perfetto(fixture().store.view, { hz: 1e9 })].join(''), fixture().store.view)).toEqual(
			[]
		);
	});
});
