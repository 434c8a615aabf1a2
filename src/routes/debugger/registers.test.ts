import { beforeAll, describe, expect, it } from 'vitest';
import type { MomentState } from '../../moments';
import { inspect } from '../../workbench/inspect/moment';
import { runGuest } from '../../workbench/testing';
import {
	controlBits,
	controlRows,
	debugRows,
	flagRows,
	generalRows,
	segmentRows,
	sharedRows,
	tableRows
} from './registers';

let now: MomentState;
let idle: MomentState;
beforeAll(() => {
	const run = runGuest('pocket', { cmdline: 'run=fork' });
	idle = inspect(run);
	run.advance({}, 60_000);
	now = inspect(run);
});

describe('registers as rows', () => {
	it('show a segment with its hidden part, and a null one without', () => {
		const rows = Object.fromEntries(segmentRows(now, null).map((row) => [row.name, row.cells.map(({ text }) => text)]));
		expect(rows.cs).toEqual(['e019', '00000000', 'f67fffff', '1', 'x/r 32']);
		expect(rows.tr).toEqual(['e040', 'ff002000', '00000067', '0', 'TSS, busy']);
		expect(rows.ldtr).toEqual(['0000', '–', '–', '–', 'null']);
	});

	it('name the bits of CR0 and CR4 that are set', () => {
		expect(controlBits('cr0', now, null).map(({ name }) => name)).toEqual(expect.arrayContaining(['PE', 'WP', 'PG']));
		expect(controlBits('cr4', now, null).map(({ name }) => name)).toEqual(['PAE', 'PGE']);
		const cleared = { ...now, cr0: now.cr0 & ~8 };
		expect(controlBits('cr0', cleared, now).find(({ name }) => name === 'TS')).toMatchObject({
			on: false,
			changed: true
		});
	});

	it('mark what changed, cell by cell', () => {
		const segs = { ...now.segs, ds: { ...now.segs.ds, limit: 0xffff } };
		const other = { ...now, segs, cr3: 0, regs: { ...now.regs, eax: now.regs.eax ^ 1, eflags: now.regs.eflags ^ 1 } };
		expect(
			segmentRows(other, now)
				.flatMap((row) => row.cells.map((cell) => cell.changed))
				.filter(Boolean)
		).toHaveLength(1);
		expect(
			generalRows(other, now)
				.filter(({ changed }) => changed)
				.map(({ name }) => name)
		).toEqual(['eax']);
		expect(
			flagRows(other, now)
				.filter(({ changed }) => changed)
				.map(({ name }) => name)
		).toEqual(['CF']);
		expect(
			controlRows(other, now)
				.filter(({ changed }) => changed)
				.map(({ name }) => name)
		).toEqual(['cr3']);
		expect(tableRows(now, now).some(({ changed }) => changed)).toBe(false);
	});

	it('show what the vcpu shares, only while one is on the processor, and only its own changes', () => {
		expect(sharedRows(idle, null)).toEqual([]);
		expect(sharedRows(now, null).map(({ name }) => name)).toEqual(['upcall', 'mask', 'words', 'cr2']);
		const pending = { ...now, vcpuInfo: { ...now.vcpuInfo!, upcallPending: !now.vcpuInfo!.upcallPending } };
		expect(
			sharedRows(pending, now)
				.filter(({ changed }) => changed)
				.map(({ name }) => name)
		).toEqual(['upcall']);
		expect(sharedRows(pending, { ...now, dom: 2 }).some(({ changed }) => changed)).toBe(false);
	});

	it('leave out debug registers that say nothing', () => {
		expect(debugRows(now, null)).toEqual([]);
		expect(debugRows({ ...now, dr: [0xc000_1000, ...now.dr.slice(1)] }, now)).toEqual([
			{ name: 'dr0', value: 'c0001000', changed: true }
		]);
	});
});
