/** Page walks in software over the tables of now, as steps to look at: nothing is marked accessed, no TLB is asked. */
import { DOMID_INVALID } from '../../abi/structs/xen';
import { hex, PAGE_MASK } from '../../base';
import type { FrameMap, SpaceRegion, Walk, WalkStep } from '../../moments';
import { getM2p } from '../../hypervisor/mm/address-space';
import { FLAG } from '../../hypervisor/mm/frame-table';
import { HYPERVISOR_VIRT_START } from '../../hypervisor/core/layout';
import type { Run } from '../run';
import { words } from '../../words/late';
import { fill } from '../../words/template';
import {
	ENTRIES,
	frameOf,
	L3_ENTRIES,
	PAE_CR3_OFFSET,
	PAE_INDEX_BITS,
	PTE_A,
	PTE_D,
	PTE_P,
	PTE_PS,
	PTE_RW,
	PTE_US,
	PTE_XD_HIGH,
	PAE_SPAN
} from '../../x86/paging';

/** A run, or whatever else has a machine whose tables can be walked. */
type HasSystem = Pick<Run, 'system'>;

const said = words.inspect.walk;

/** The part of a linear address that indexes each level of PAE paging. */
const LEVELS = [
	{ level: 3, bits: PAE_INDEX_BITS[3], table: said.tables.l3 },
	{ level: 2, bits: PAE_INDEX_BITS[2], table: said.tables.l2 },
	{ level: 1, bits: PAE_INDEX_BITS[1], table: said.tables.l1 }
] as const;

function step(run: HasSystem, level: (typeof LEVELS)[number], table: number, address: number): WalkStep {
	const { memory } = run.system.machine;
	const index = (address >>> level.bits[1]) & ((1 << (level.bits[0] - level.bits[1] + 1)) - 1);
	const at = table + index * 8;
	const low = memory.read32(at) >>> 0;
	const high = memory.read32(at + 4) >>> 0;
	const present = (low & PTE_P) !== 0;
	const large = level.level === 2 && present && (low & PTE_PS) !== 0;
	const mfn = frameOf(low, high);
	return {
		level: level.level,
		tableMfn: Math.floor(table / 4096),
		index,
		bits: level.bits,
		entryLow: low,
		entryHigh: high,
		present,
		writable: level.level === 3 ? true : (low & PTE_RW) !== 0,
		user: level.level === 3 ? true : (low & PTE_US) !== 0,
		noExecute: level.level !== 3 && (high & PTE_XD_HIGH) !== 0,
		accessed: level.level !== 3 && (low & PTE_A) !== 0,
		dirty: (low & PTE_D) !== 0 && (large || level.level === 1),
		large,
		mfn,
		ok: present,
		note: fill(present ? (large ? said.large : said.frame) : said.absent, {
			high: level.bits[0],
			low: level.bits[1],
			index,
			table: level.table,
			frame: hex(mfn)
		})
	};
}

/** The steps of the walk for `address` from physical address `root`, and where it ends (-1 where it fails). */
function steps(run: HasSystem, root: number, address: number): { steps: WalkStep[]; physical: number } {
	const taken: WalkStep[] = [];
	let table = root;
	for (const level of LEVELS) {
		const at = step(run, level, table, address);
		taken.push(at);
		if (!at.present) return { steps: taken, physical: -1 };
		if (at.large)
			return { steps: taken, physical: (at.mfn & ~(ENTRIES - 1)) * PAE_SPAN[1] + (address & (PAE_SPAN[2] - 1)) };
		table = at.mfn * 4096;
	}
	return { steps: taken, physical: table + (address & PAGE_MASK) };
}

/** The table that CR3 names. */
const root = (run: HasSystem): number => (run.system.machine.cpu.cr3 & ~PAE_CR3_OFFSET) >>> 0;

/** Physical address of a linear one, or -1; through the tables in CR3, or those whose top is at physical address `top`. */
export const translate = (run: HasSystem, address: number, top = root(run)): number =>
	steps(run, top, address >>> 0).physical;

/** The walk for a linear address through the page tables of now (or those at `top`), with every step; changes nothing. */
export function walk(run: Run, address: number, top = root(run)): Walk {
	const linear = address >>> 0;
	const found = steps(run, top, linear);
	const { frames } = run.system.hypervisor;
	const mfn = found.physical < 0 ? -1 : Math.floor(found.physical / 4096);
	const ram = mfn >= 0 && frames.exists(mfn);
	const pfn = ram ? getM2p(run.system.hypervisor, mfn) : 0xffff_ffff;
	return {
		address: linear,
		cr3: top,
		steps: found.steps,
		physical: found.physical,
		owner: ram ? frames.owner[mfn] : DOMID_INVALID,
		type: ram ? frames.type[mfn] : 0,
		typeCount: ram ? frames.typeCount[mfn] : 0,
		refCount: ram ? frames.refCount[mfn] : 0,
		pfn: pfn === 0xffff_ffff ? -1 : pfn
	};
}

/** The whole address space of now as runs of pages with equal rights. */
export function space(run: Run): SpaceRegion[] {
	const regions: SpaceRegion[] = [];
	const { frames } = run.system.hypervisor;
	for (const page of mappedPages(run)) {
		const part = page.start >= HYPERVISOR_VIRT_START ? 'hypervisor' : 'guest';
		const type = frames.exists(page.mfn) ? frames.type[page.mfn] : 0;
		const last = regions[regions.length - 1];
		const joins =
			last &&
			last.end === page.start &&
			last.part === part &&
			last.writable === page.writable &&
			last.user === page.user &&
			last.type === type;
		if (joins) {
			last.end = page.start + page.size;
			last.pages += page.size / 4096;
		} else {
			const { start, size, writable, user } = page;
			regions.push({ start, end: start + size, writable, user, part, type, pages: size / 4096 });
		}
	}
	return regions;
}

interface MappedPage {
	start: number;
	size: number;
	mfn: number;
	writable: boolean;
	user: boolean;
}

function* mappedPages(run: Run): Generator<MappedPage> {
	for (let l3 = 0; l3 < L3_ENTRIES; l3++) {
		const top = step(run, LEVELS[0], root(run), l3 * 0x4000_0000);
		if (!top.present) continue;
		for (let l2 = 0; l2 < ENTRIES; l2++) {
			const base = l3 * PAE_SPAN[3] + l2 * PAE_SPAN[2];
			const middle = step(run, LEVELS[1], top.mfn * 4096, base);
			if (!middle.present) continue;
			if (middle.large) {
				yield { start: base, size: PAE_SPAN[2], mfn: middle.mfn, writable: middle.writable, user: middle.user };
				continue;
			}
			for (let l1 = 0; l1 < ENTRIES; l1++) {
				const page = step(run, LEVELS[2], middle.mfn * 4096, base + l1 * 4096);
				if (!page.present) continue;
				yield {
					start: base + l1 * 4096,
					size: 4096,
					mfn: page.mfn,
					writable: page.writable && middle.writable,
					user: page.user && middle.user
				};
			}
		}
	}
}

/** Every frame of the machine: whose, what, how often referenced. */
export function frames(run: Run): FrameMap {
	const { hypervisor } = run.system;
	const table = hypervisor.frames;
	const flags = new Uint8Array(table.size);
	const pfn = new Uint32Array(table.size);
	for (let mfn = 0; mfn < table.size; mfn++) {
		flags[mfn] = (table.has(mfn, FLAG.validated) ? 1 : 0) | (table.has(mfn, FLAG.pinned) ? 2 : 0);
		pfn[mfn] = getM2p(hypervisor, mfn);
	}
	return {
		frames: table.size,
		owner: table.owner.slice(),
		type: table.type.slice(),
		typeCount: table.typeCount.slice(),
		refCount: table.refCount.slice(),
		flags,
		pfn
	};
}
