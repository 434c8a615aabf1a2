import { describe, expect, it } from 'vitest';
import { KIND } from '../events';
import { fixture, smallTrace } from '../fixture';
import { sentence } from '../text/sentence';
import { isXentrace } from './record-reader';
import { TRC } from './records';
import { xentrace } from './xentrace';
import { importXentrace } from './xentrace-import';

/** A record as words; `cycle` null leaves the time out. */
const record = (cycle: number | null, event: number, ...words: number[]): number[] => [
	(event | (words.length << 28) | (cycle === null ? 0 : 1 << 31)) >>> 0,
	...(cycle === null ? [] : [cycle, 7]),
	...words
];
const window = (cpu: number, ...records: number[][]): number[] => {
	const words = records.flat();
	return [(2 << 28) | 0x1f003, cpu, words.length * 4, ...words];
};
const file = (...windows: number[][]): Uint8Array => new Uint8Array(Uint32Array.from(windows.flat()).buffer);
const listed = async (bytes: Uint8Array): Promise<unknown[]> => {
	const { view } = await importXentrace(bytes);
	return Array.from({ length: view.length }, (_, seq) => [
		view.cycle(seq),
		view.dom(seq),
		view.vcpu(seq),
		view.kindName(seq),
		...Object.values(view.args(seq))
	]);
};

describe('a file of xentrace', () => {
	it('that Ringside wrote comes back with what Xen would have recorded', async () => {
		const { store } = smallTrace();
		const bytes = Buffer.concat([...xentrace(store.view, { hz: 1e9 })]);
		expect(isXentrace(bytes)).toBe(true);
		const { view, summary } = await importXentrace(bytes);
		expect(summary).toMatchObject({ records: 4, lost: 0, damage: null, cpus: [0] });
		expect(summary.byRecord).toEqual([{ name: 'TRC_PV_HYPERCALL_V2', count: 4, shown: true }]);
		expect(Array.from({ length: 4 }, (_, seq) => view.arg(seq, 'nr'))).toEqual([21, 1, 1, 29]);
		expect(view.arg(1, 'arg2')).toBe(2);
		expect(sentence(view, 1)).toBe('Hypercall mmu_update(count 0x2)');
		expect(sentence(view, 3)).toBe('Hypercall sched_op(block)');
	});

	it('of several processors is put in order of time, each record with who ran there', async () => {
		const bytes = file(
			window(0, record(1000, TRC.SCHED_RUNSTATE_CHANGE | 0x100, 3 << 16), record(1500, TRC.PV_MATH_STATE_RESTORE)),
			window(3, record(1200, TRC.SCHED_SWITCH, 0x7fff, 3, 4, 1), record(1600, TRC.PV_EMULATE_PRIVOP, 0x1234)),
			window(0, record(null, TRC.PV_MATH_STATE_RESTORE), record(1550, TRC.PV_FORCED_INVALID_OP, 0x99))
		);
		expect(await listed(bytes)).toEqual([
			[0, 0x7fff, 0, 'runstate', 3, 0, 1, 0],
			[200, 0x7fff, 0, 'sched_switch', 0x7fff, 3, 4, 1],
			[500, 3, 0, 'math_state'],
			[500, 3, 0, 'math_state'],
			[550, 3, 0, 'forced_cpuid', 0x99, 0],
			[600, 4, 1, 'emulate', 0x1234, 0, 0]
		]);
		const { summary } = await importXentrace(bytes);
		expect(summary).toMatchObject({ records: 6, cpus: [0, 3], domains: [3, 4], cycles: 600 });
	});

	it('has pages that were granted, each with the domain that granted it', async () => {
		const bytes = file(
			window(
				0,
				record(1000, TRC.MEM_PAGE_GRANT_MAP, 2),
				record(1500, TRC.MEM_PAGE_GRANT_UNMAP, 2),
				record(1600, TRC.MEM_PAGE_GRANT_TRANSFER, 3)
			)
		);
		const { view } = await importXentrace(bytes);
		expect([0, 1, 2].map((seq) => [view.kindName(seq), sentence(view, seq)])).toEqual([
			['grant_map', 'A page that dom2 granted is mapped'],
			['grant_unmap', 'A page that dom2 granted is to be unmapped'],
			['grant_transfer', 'A page becomes one of dom3']
		]);
	});

	it('of a 64-bit machine is read too, its addresses shortened', async () => {
		const wide = 0x100;
		const bytes = file(
			window(
				0,
				record(1, TRC.PV_PAGE_FAULT | wide, 0x8100_0000, 0xffff_ffff, 0x7000, 0x7fff, 6),
				record(2, TRC.PV_TRAP | wide, 0x8100_0010, 0xffff_ffff, 0x800d | (0x18 << 16)),
				record(3, TRC.PV_PTWR_EMULATION | wide, 0x67, 0x8000_0000, 0x5000, 0xffff_8880, 0x6000, 0xffff_ffff),
				record(4, TRC.PV_HYPERCALL_V2, 20 | (2 << 20) | (1 << 24), 5, 0, 3),
				record(5, TRC.PV_HYPERCALL | wide, 0x8100_0020, 0xffff_ffff, 29),
				record(6, TRC.PV_GDT_LDT_MAPPING_FAULT | wide, 1, 2, 3, 4)
			)
		);
		expect(await listed(bytes)).toEqual([
			[0, 0x7fff, 0, 'page_fault', 0x8100_0000, 0x7000, 6, 3],
			[1, 0x7fff, 0, 'bounce', 13, 0x18, 0, 0, 0, 0x8100_0010, 0],
			[2, 0x7fff, 0, 'ptwr', 0x8000_0000_0000_0067n, 0x5000, 0x6000],
			[3, 0x7fff, 0, 'hypercall', 20, 5, 5, 0, 3, 0, 0, 0],
			[4, 0x7fff, 0, 'hypercall', 29, -1, 0, 0, 0, 0, 0, 0],
			[5, 0x7fff, 0, 'descriptor_fault', 1, 3]
		]);
	});

	it('tells lost records, and counts those that it does not know by their class', async () => {
		const { summary, view } = await importXentrace(
			file(
				window(
					0,
					record(10, TRC.LOST_RECORDS, 17, (2 << 16) | 5, 10, 7),
					record(20, 0x0002_2201),
					record(21, 0x0800_f042, 1),
					record(22, 0x0003_f042),
					record(23, TRC.PV_MATH_STATE_RESTORE)
				)
			)
		);
		expect(summary.lost).toBe(17);
		expect(summary.byRecord.map(({ name, shown }) => [name, shown])).toEqual([
			['0x3f042', false],
			['TRC_GUEST 0x800f042', false],
			['TRC_LOST_RECORDS', false],
			['TRC_PV_MATH_STATE_RESTORE', true],
			['TRC_SCHED 0x22201', false]
		]);
		expect([view.length, view.dom(0), view.vcpu(0)]).toEqual([1, 5, 2]);
	});

	it('keeps times that go back where they are', async () => {
		const times = [100, 50, 120, 0, 121];
		const bytes = file(window(0, ...times.map((cycle) => record(cycle, TRC.PV_MATH_STATE_RESTORE))));
		expect((await listed(bytes)).map((row) => (row as unknown[])[0])).toEqual([0, 0, 20, 20, 21]);
	});

	const sound = file(
		window(0, record(1, TRC.PV_MATH_STATE_RESTORE), record(2, TRC.PV_EMULATE_PRIVOP, 3)),
		window(1, record(3, TRC.PV_MATH_STATE_RESTORE))
	);
	it.each<[string, Uint8Array, RegExp | null, number, number]>([
		['cut in a window', sound.subarray(0, 24), /cut off in a window of 28 bytes/, 24, 1],
		['cut in a record', sound.subarray(0, 38), /goes on beyond its window/, 24, 1],
		['cut between windows', sound.subarray(0, 45), /cut off in the record that begins a window/, 45, 2],
		['nonsense after a window', file([...new Uint32Array(sound.buffer), 5, 5, 5]), /should be the record/, 64, 3],
		['whole', sound, null, -1, 3]
	])('%s: what was before is shown, and where it ends', async (_name, bytes, reason, at, records) => {
		const { summary } = await importXentrace(bytes);
		expect(summary.records).toBe(records);
		if (reason) expect(summary.damage?.message).toMatch(reason);
		expect(summary.damage?.at ?? -1).toBe(at);
	});

	it.each<[string, Uint8Array, RegExp]>([
		['nothing', new Uint8Array(0), /the file is empty \(at byte 0\)/],
		['another file', new TextEncoder().encode('#!/bin/sh\nexit 0\n'), /begins a window of a processor \(at byte 0\)/],
		['a processor that cannot be', file([(2 << 28) | 0x1f003, 1000, 0]), /window of processor 1000.* \(at byte 4\)/]
	])('refuses %s', async (_name, bytes, reason) => {
		await expect(importXentrace(bytes)).rejects.toThrow(reason);
	});

	it('can be called off', async () => {
		const signal = AbortSignal.abort();
		const many = file(window(0, ...Array.from({ length: 5000 }, (_, at) => record(at, TRC.PV_MATH_STATE_RESTORE))));
		await expect(importXentrace(many, { signal })).rejects.toThrow(/abort/i);
	});

	it('ends soon and says what is wrong whatever is done to the bytes', async () => {
		const made = fixture();
		for (let n = 0; n < 200; n++) {
			made.tick(7);
			made.store.record(n % 2 ? KIND.math_state : KIND.ptwr, 1, 2, 3, 4);
		}
		const bytes = new Uint8Array(Buffer.concat([...xentrace(made.store.view, { hz: 1e9 })]));
		let seed = 12345;
		const random = (below: number): number => (seed = (seed * 1103515245 + 12345) & 0x7fff_ffff) % below;
		const began = performance.now();
		for (let round = 0; round < 400; round++) {
			const broken = bytes.slice(0, round % 2 ? bytes.length : random(bytes.length));
			for (let flips = random(6); flips > 0; flips--)
				if (broken.length > 0) broken[random(broken.length)] ^= 1 << random(8);
			const outcome = await importXentrace(broken).catch((error: unknown) => error as Error);
			if (outcome instanceof Error) expect(outcome.name).toBe('FileError');
			else expect(outcome.summary.records).toBeLessThanOrEqual(broken.length / 4);
		}
		expect(performance.now() - began).toBeLessThan(20_000);
	});
});
