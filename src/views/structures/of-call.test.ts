import { describe, expect, it } from 'vitest';
import { traceOf } from '../shared/fixture';
import { STRUCTURES } from './catalogue';
import { structureOfCall } from './of-call';

const call = (nr: number, ...args: number[]) =>
	structureOfCall(traceOf([[1, 'hypercall', nr, -1, ...args, ...Array<number>(5 - args.length).fill(0), 0]]), 0);

describe('what a hypercall points at', () => {
	it('is a batch of so many', () => {
		expect(call(1, 0xc001_0000, 3)).toEqual({
			call: 'mmu_update',
			structure: 'mmu_update',
			linear: 0xc001_0000,
			count: 3
		});
		// A batch that was given back unfinished has bit 31 set.
		expect(call(13, 0xc001_0000, 0x8000_0002)).toMatchObject({ structure: 'multicall_entry', count: 2 });
	});

	it('depends on the operation', () => {
		expect(call(32, 4, 0xc001_0040)).toMatchObject({ structure: 'evtchn_send', linear: 0xc001_0040, count: 1 });
		expect(call(29, 3, 0xc001_0040)).toMatchObject({ structure: 'sched_poll' });
		expect(call(12, 6 | (5 << 6), 0xc001_0040)).toMatchObject({ structure: 'xen_memory_reservation' });
		expect(call(29, 1)).toBeNull();
	});

	it('is as many as a grant operation brings', () => {
		expect(call(20, 5, 0xc001_0000, 7)).toMatchObject({ structure: 'gnttab_copy', linear: 0xc001_0000, count: 7 });
		expect(call(20, 0, 0xc001_0000, 0)).toBeNull();
	});

	it('is found from inside the call, and is nothing outside of one', () => {
		const view = traceOf([[1, 'halt', 0xc000_0000]]);
		expect(structureOfCall(view, 0)).toBeNull();
		expect(structureOfCall(view, -1)).toBeNull();
	});

	it('is a structure that can be laid out', () => {
		for (const nr of [0, 1, 13, 26]) expect(STRUCTURES.has(call(nr, 0xc000_0000, 1)!.structure)).toBe(true);
		for (const [nr, operations] of [
			[12, [0, 1, 6, 9, 11]],
			[20, [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
			[24, [0, 4, 6, 8, 10]],
			[29, [2, 3, 4, 6]],
			[32, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]
		] as const)
			for (const operation of operations)
				expect(STRUCTURES.has(call(nr, operation, nr === 24 ? 0 : 0xc000_0000, 0xc000_0000)!.structure)).toBe(true);
	});
});
