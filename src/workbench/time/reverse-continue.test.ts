import { describe, expect, it } from 'vitest';
import { XENCONS_INTERFACE } from '../../abi/structs/io';
import { XEN_STACK_TOP } from '../../hypervisor/core/layout';
import { KIND } from '../../trace/events';
import { queryAll } from '../../trace/query';
import { isBefore, type Point } from '../moment';
import { inspect, registers } from '../inspect/moment';
import { translate } from '../inspect/page-walk';
import type { Run } from '../run';
import type { StopPoint, StopReport, StopSpec } from '../stops';
import { finish, type Task } from '../task';
import { runCode, runGuest, stateOf, stopAt } from '../testing';

const pocket = (program = 'fork', gap = 10_000): Run =>
	runGuest('pocket', { memoryMiB: 8, cmdline: `run=${program}` }, {}, { gap });

/** Where a way forward stops, one stop after the other, each with what it is like there. */
function stops(run: Run, stop: StopSpec, most: number): { report: unknown; hit: unknown; eip: number }[] {
	const found: { report: unknown; hit: unknown; eip: number }[] = [];
	while (found.length < most) {
		const { cause, icount, cycle, seq, point } = run.advance(stop);
		if (!['point', 'event', 'outside'].includes(cause)) break;
		found.push({ report: { cause, icount, cycle, seq, point }, hit: run.lastHit, eip: registers(run).eip });
	}
	return found;
}

/** The same backwards from `run`'s present moment, as far as `from`. */
function stopsBack(run: Run, stop: StopSpec, from: Point): { report: unknown; hit: unknown; eip: number }[] {
	const found: { report: unknown; hit: unknown; eip: number }[] = [];
	for (;;) {
		const { cause, icount, cycle, seq, point } = run.reverseContinue(stop);
		if (cause === 'start' || !isBefore(from, { icount, seq })) return found.reverse();
		found.push({ report: { cause, icount, cycle, seq, point }, hit: run.lastHit, eip: registers(run).eip });
	}
}

/** Goes forward from one stop to the next, then back over all of them: the same places. */
function thereAndBack(run: Run, stop: StopSpec, most = 40): ReturnType<typeof stops> {
	const from = run.moment;
	const there = stops(run, stop, most);
	if (there.length === most) run.advance(stop);
	else run.advance({ icount: run.icount + 1 });
	expect(stopsBack(run, stop, from)).toEqual(there);
	return there;
}

/** Carries a task out by small allowances. */
function inPieces<T>(task: Task<T>, size: number): { result: T; pieces: number } {
	for (let pieces = 1; ; pieces++) {
		const result = task.go(size);
		if (result !== null) return { result, pieces };
	}
}

/** The hypercall that does not return to where it was made. */
const IRET = 23;

/** The address in the guest kernel to which most hypercalls return. */
function busyAddress(run: Run): number {
	const counts = new Map<number, number>();
	for (const seq of queryAll(run.trace, 'trap vector=0x82')) {
		const eip = run.trace.arg(seq, 'eip');
		if ((eip & 0xfff) >>> 5 !== IRET) counts.set(eip, (counts.get(eip) ?? 0) + 1);
	}
	return [...counts].sort((a, b) => b[1] - a[1])[0][0];
}

describe('going back meets the places at which going forward stops', () => {
	it('events by kind, faults, and queries', () => {
		const run = pocket('pagefaults');
		run.advance({ icount: 5000 });
		expect(thereAndBack(run, { kinds: [KIND.page_fault] }, 12).length).toBe(12);
		run.seek({ icount: 5000 });
		const points: StopPoint[] = [{ id: 4, kind: 'event', query: 'hypercall name=mmu_update' }];
		expect(thereAndBack(run, { points }, 12).length).toBeGreaterThan(3);
	});

	it('switches between four vcpus, and what each of them asks', () => {
		const run = runGuest('pocket', { memoryMiB: 8, vcpus: 4, cmdline: 'run=smp' }, {}, { gap: 10_000 });
		run.advance({ icount: 70_000 });
		expect(thereAndBack(run, { kinds: [KIND.sched_switch] }, 40)).toHaveLength(40);
		run.seek({ icount: 70_000 });
		const points: StopPoint[] = [{ id: 4, kind: 'event', query: 'hypercall vcpu=3' }];
		expect(thereAndBack(run, { points }, 12)).toHaveLength(12);
	});

	it('addresses, with a condition, a domain and hits to pass over', () => {
		const run = pocket('pipes');
		run.advance({ icount: 120_000 });
		const address = busyAddress(run);
		run.seek({ icount: 1000 });
		const point = { id: 1, kind: 'address', address } as const;
		const all = thereAndBack(run, { points: [point] }, 25);
		expect(all.length).toBeGreaterThan(8);
		expect(all.every(({ eip }) => eip === address)).toBe(true);
		run.seek({ icount: 1000 });
		expect(run.advance({ points: [{ ...point, skip: 3 }] })).toMatchObject({
			...(all[3].report as object),
			hits: [[1, 4]]
		});
		const [fifth] = all.slice(5);
		run.seek({ icount: run.icount + 1 });
		run.seek({ seq: run.trace.length - 1 });
		run.seek(fifth.report as { icount: number; seq: number });
		expect(run.reverseContinue({ points: [{ ...point, skip: 1 }] })).toMatchObject({
			...(all[3].report as object),
			hits: [[1, 2]]
		});
		run.seek({ icount: 1000 });
		const other = run.advance({ points: [{ ...point, dom: 7 }], icount: 60_000 });
		expect(other.cause).toBe('icount');
		run.seek({ icount: 1000 });
		const eax = (run.advance({ points: [point] }), registers(run).eax);
		run.seek({ icount: 1000 });
		expect(run.advance({ points: [{ ...point, condition: `eax == ${eax} && hits == 1` }] })).toMatchObject({
			...(all[0].report as object)
		});
		run.seek({ icount: 1000 });
		expect(run.advance({ points: [{ ...point, condition: 'hits == 5' }] })).toMatchObject(all[4].report as object);
	});

	it('a place is met also where a piece of the way ends right before it', () => {
		const run = pocket();
		run.advance({ icount: 60_000 });
		const address = busyAddress(run);
		run.seek({ icount: 1000 });
		const points: StopPoint[] = [{ id: 1, kind: 'address', address }];
		const { icount, seq } = run.advance({ points });
		run.seek({ icount: 1000 });
		const advance = run.advancing({ points });
		expect(inPieces(advance, 7).result).toMatchObject({ cause: 'point', icount, seq });
	});

	it('writes to guest memory, linear and physical', () => {
		const run = pocket();
		run.advance({ icount: 40_000 });
		const { esp } = inspect(run).regs;
		const address = (esp - 4) >>> 0;
		const watch = { id: 2, kind: 'watch', length: 4, access: 'write' } as const;
		const linear: StopPoint = { ...watch, space: 'linear', address };
		const seen = thereAndBack(run, { points: [linear] }, 20);
		expect(seen.length).toBeGreaterThan(3);
		run.seek({ icount: 40_000 });
		const physical: StopPoint = { ...watch, space: 'physical', address: translate(run, address) };
		const again = thereAndBack(run, { points: [physical] }, 20);
		expect(again.length).toBeGreaterThan(3);
		for (const { hit } of again) expect(hit).toMatchObject({ point: 2, write: true, length: 4 });
		const [first] = again;
		run.seek(first.report as { icount: number; seq: number });
		const { after } = first.hit as { after: number[] };
		const { memory } = run.system.machine;
		expect([...memory.ram.subarray(physical.address, physical.address + 4)]).toEqual(after);
	});

	it('writes of instructions, page walks, deliveries, the hypervisor and the toolstack, each by its name', () => {
		const run = pocket('pagefaults');
		run.advance();
		run.seek({ icount: 2000 });
		const { hypervisor, machine, guests } = run.system;
		const [entry] = machine.cpu.mmu.inspect(registers(run).esp).entries.filter(({ level }) => level === 1);
		const places: Readonly<Record<string, number>> = {
			entry: entry.at,
			frame: hypervisor.xenPage(XEN_STACK_TOP - 0x1000) + 0xfec,
			ring: guests[0].built.consoleMfn * 4096 + XENCONS_INTERFACE.at.out_cons
		};
		const byWhom = Object.fromEntries(
			Object.entries(places).map(([name, at]) => {
				run.seek({ icount: 0 });
				const point: StopPoint = {
					...{ id: 1, kind: 'watch', space: 'physical' },
					...{ address: at, length: 4, access: 'write' }
				} as const;
				const hits = thereAndBack(run, { points: [point] }, 30).map(({ hit }) => (hit as { by: string }).by);
				return [name, new Set(hits)];
			})
		);
		expect([...byWhom.entry]).toContain('walk');
		expect([...byWhom.frame]).toEqual(expect.arrayContaining(['delivery', 'instruction', 'hypervisor']));
		expect([...byWhom.ring]).toEqual(['appointment']);
	});

	it('reads', () => {
		const run = pocket();
		run.advance({ icount: 50_000 });
		const { esp } = inspect(run).regs;
		const point: StopPoint = { id: 3, kind: 'watch', space: 'linear', address: esp, length: 4, access: 'read' };
		const seen = thereAndBack(run, { points: [point] }, 8);
		expect(seen.length).toBeGreaterThan(2);
		for (const { hit } of seen) expect(hit).toMatchObject({ write: false });
	});

	it('the way out of a stretch of code', () => {
		const run = pocket();
		run.advance({ icount: 50_000 });
		const address = busyAddress(run);
		run.advance(stopAt(address));
		const outside = [{ from: address, to: address + 2 }];
		const { cpl } = inspect(run);
		const report = run.advance({ outside });
		expect(report.cause).toBe('outside');
		expect(inspect(run).cpl).toBe(cpl);
		expect(registers(run).eip).not.toBe(address);
		const back = run.reverseContinue({ outside: [{ from: registers(run).eip, to: registers(run).eip + 1 }] });
		expect(back.cause).toBe('outside');
		expect(registers(run).eip).toBe(address);
	});
});

describe('instructions in a row, each of which touches what is watched', () => {
	const ENTRY = 0xc0001000;
	/** Begins with where the watched bytes lie: 0x100 below the stack pointer. */
	const LENGTHS = [7, 6, 2, 2, 2, 5, 2, 2, 1, 1] as const;
	const CODE = [
		...[0x8d, 0x9c, 0x24, 0x00, 0xff, 0xff, 0xff], // lea ebx, [esp - 0x100]
		...[0xc7, 0x03, 1, 0, 0, 0], // mov dword [ebx], 1
		...[0xff, 0x03], // inc dword [ebx]
		...[0xff, 0x03], // inc dword [ebx]
		...[0x89, 0xdf], // mov edi, ebx
		...[0xb9, 3, 0, 0, 0], // mov ecx, 3
		...[0xf3, 0xab], // rep stosd
		...[0x8b, 0x03], // mov eax, [ebx]
		...[0xab], // stosd
		...[0x90], // nop
		...[0x0f, 0x0b] // ud2
	];
	const places = LENGTHS.reduce((all, length) => [...all, all[all.length - 1] + length], [ENTRY]);
	const breakpoints = places.map((address, n): StopPoint => ({ id: 100 + n, kind: 'address', address }));

	/** The run before its first instruction, and the watched bytes. */
	function begun(access: 'write' | 'read' | 'access'): { run: Run; watch: StopPoint } {
		const run = runCode(CODE);
		run.advance(stopAt(ENTRY));
		const address = registers(run).esp - 0x100;
		return { run, watch: { id: 2, kind: 'watch', space: 'linear', address, length: 16, access } };
	}

	it.each([
		['write', 5],
		['read', 3],
		['access', 6]
	] as const)('%s', (access, count) => {
		const { run, watch } = begun(access);
		expect(thereAndBack(run, { points: [watch] })).toHaveLength(count);
	});

	it('with breakpoints at all of them', () => {
		const { run, watch } = begun('access');
		const from = run.moment;
		const stop: StopSpec = { points: [watch, ...breakpoints, { id: 3, kind: 'event', query: 'trap' }] };
		const sorted = ({ hits = [], ...report }: StopReport): unknown => ({
			...report,
			hits: hits.sort(([a], [b]) => a - b)
		});
		const there: unknown[] = [];
		for (let report = run.advance(stop); report.cause === 'point'; report = run.advance(stop))
			there.push(sorted(report));
		const back: unknown[] = [];
		for (let report = run.reverseContinue(stop); isBefore(from, report); report = run.reverseContinue(stop))
			back.push(sorted(report));
		expect(back.reverse()).toEqual(there);
		expect(there).toHaveLength(LENGTHS.length + 1);
	});

	it('one that is repeated so often that it is done in pieces is one stop, wherever it touches', () => {
		// mov esi, 0xc0000000; mov ecx, 4096 + 512; rep lodsb; lodsb; ud2
		const code = [0xbe, 0, 0, 0, 0xc0, 0xb9, 0x00, 0x12, 0, 0, 0xf3, 0xac, 0xac, 0x0f, 0x0b];
		for (const address of [0xc0000010, 0xc0001100, 0xc00011f0]) {
			const run = runCode(code);
			run.advance(stopAt(ENTRY));
			const { icount } = run;
			const watch: StopPoint = { id: 2, kind: 'watch', space: 'linear', address, length: 0x200, access: 'read' };
			const there = thereAndBack(run, { points: [watch] }).map(({ report }) => (report as StopReport).icount - icount);
			expect(there).toEqual(address === 0xc0000010 ? [3] : [3, 4]);
		}
	});

	it('a breakpoint right behind a touch is counted, too', () => {
		const { run, watch } = begun('write');
		const after: StopPoint = { id: 1, kind: 'address', address: places[3], condition: 'hits == 1' };
		run.advance({ points: [watch] });
		expect(run.advance({ points: [watch, after] })).toMatchObject({
			point: 2,
			hits: expect.arrayContaining([[1, 1]]) as unknown
		});
		run.advance({ points: [watch] });
		// Going back it is met together with the touch, too, and what lies before is not counted.
		const event: StopPoint = { id: 3, kind: 'event', query: 'far_return' };
		expect(run.reverseContinue({ points: [event, watch, after] })).toMatchObject({
			point: 2,
			hits: [
				[2, 1],
				[1, 1]
			]
		});
	});
});

describe('a reverse-continue', () => {
	it('without a hit comes to the beginning', () => {
		const run = pocket();
		run.advance({ icount: 30_000 });
		expect(run.reverseContinue(stopAt(0x1234))).toMatchObject({ cause: 'start', icount: 0 });
		run.advance({ icount: 30_000 });
		expect(run.reverseContinue({ points: [{ id: 1, kind: 'event', query: 'domain_shutdown' }] }).cause).toBe('start');
	});

	it('that is given up leaves the run where it was', () => {
		const run = pocket('pagefaults');
		run.advance({ kinds: [KIND.page_fault] });
		run.advance({ kinds: [KIND.page_fault] });
		const before = stateOf(run);
		const back = run.reverseContinuing(stopAt(0x1234));
		expect(back.go(1)).toBeNull();
		expect(back.go(1)).toBeNull();
		expect(stateOf(run)).not.toEqual(before);
		back.cancel();
		expect(stateOf(run)).toEqual(before);
	});

	it('in small pieces comes to the same place', () => {
		const run = pocket();
		run.advance({ icount: 90_000 });
		const { esp } = inspect(run).regs;
		const stop: StopSpec = {
			points: [{ id: 1, kind: 'watch', space: 'linear', address: (esp + 64) >>> 0, length: 1, access: 'write' }]
		};
		const there = finish(run.reverseContinuing(stop));
		const state = stateOf(run);
		run.seek({ icount: 90_000 });
		const back = run.reverseContinuing(stop);
		const { result, pieces } = inPieces(back, 1000);
		expect(pieces).toBeGreaterThan(1);
		expect(result).toEqual(there);
		expect(stateOf(run)).toEqual(state);
	});

	it('takes the later of an event and a place', () => {
		const run = pocket();
		run.advance({ icount: 90_000 });
		const address = busyAddress(run);
		const place = run.reverseContinue(stopAt(address));
		run.seek({ icount: 90_000 });
		const event = run.reverseContinue({ kinds: [KIND.hypercall] });
		run.seek({ icount: 90_000 });
		const both = run.reverseContinue({ ...stopAt(address), kinds: [KIND.hypercall] });
		expect(both).toEqual(place.icount > event.icount ? place : event);
	});

	it('says what cannot be', () => {
		const run = pocket();
		const bad =
			(stop: StopSpec): (() => unknown) =>
			() =>
				run.reverseContinue(stop);
		expect(bad({ text: 'x' })).toThrow(/not to a cycle or a text/);
		expect(bad({ points: [{ id: 1, kind: 'event', query: 'nonsense' }] })).toThrow(/expected a kind of event/);
		expect(bad({ points: [{ id: 1, kind: 'address', address: 1, condition: '(' }] })).toThrow(/at character/);
		expect(
			bad({ points: [{ id: 1, kind: 'watch', space: 'linear', address: 1, length: 0, access: 'write' }] })
		).toThrow(/from 1 to/);
	});
});
