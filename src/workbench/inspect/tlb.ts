/** The TLB by set and way, each entry beside what the page tables say now. */
import { PAGE_SIZE } from '../../base';
import type { TlbArray, TlbEntry } from '../../hardware/mmu/tlb';
import type { TlbAgreement, TlbArrayState, TlbPicture, TlbSlot } from '../../moments';
import { walk } from './page-walk';
import type { Run } from '../run';

/** Every array with its entries, and the counters since reset. */
export function tlb(run: Run): TlbPicture {
	const { mmu } = run.system.machine.cpu;
	const { hits, dataMisses, codeMisses, flushes } = mmu.readCounters();
	const { data, code, dataLarge, codeLarge } = mmu.tlb;
	return {
		arrays: [data, code, dataLarge, codeLarge].map((array) => arrayState(run, array)),
		hits,
		dataMisses,
		codeMisses,
		flushes
	};
}

const arrayState = (run: Run, array: TlbArray): TlbArrayState => ({
	name: array.name,
	sets: array.sets,
	ways: array.ways,
	pageSize: 2 ** array.shift,
	slots: array.entries().map((entry) => slot(run, entry, 2 ** array.shift))
});

function slot(run: Run, entry: TlbEntry, size: number): TlbSlot {
	const physical = entry.pfn * PAGE_SIZE;
	const tables = mapped(run, entry.linear);
	const { set, way, linear, writable, user, global, dirty, noExecute } = entry;
	return {
		kind: entry.array.startsWith('code') ? 'code' : 'data',
		set,
		way,
		linear,
		size,
		physical,
		writable,
		user,
		global,
		dirty,
		noExecute,
		agreement: agreement({ physical, writable, user }, tables),
		tables
	};
}

interface Rights {
	physical: number;
	writable: boolean;
	user: boolean;
}

/** What the tables say of a page: rights are those of all levels together (SDM vol. 3, 4.6). */
function mapped(run: Run, linear: number): Rights | null {
	const { steps, physical } = walk(run, linear);
	if (physical < 0) return null;
	return { physical, writable: steps.every((step) => step.writable), user: steps.every((step) => step.user) };
}

function agreement(held: Rights, tables: Rights | null): TlbAgreement {
	if (!tables) return 'gone';
	if (held.physical !== tables.physical) return 'moved';
	if ((held.writable && !tables.writable) || (held.user && !tables.user)) return 'wider';
	return held.writable === tables.writable && held.user === tables.user ? 'agrees' : 'narrower';
}
