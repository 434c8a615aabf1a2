/** Who maps a frame: every page-table entry that names it, guests' and the hypervisor's own, and what else refers to it. */
import { DOMID_INVALID } from '../../abi/structs/xen';
import { getM2p, perDomainArea } from '../../hypervisor/mm/address-space';
import { entryAddress, entryFrame, isPresent } from '../../hypervisor/mm/entries';
import { FLAG, isTable, TYPE } from '../../hypervisor/mm/frame-table';
import type { MapperEntry, MapperPicture } from '../../moments';
import type { Run } from '../run';
import { words } from '../../words';
import { words as late } from '../../words/late';
import { counted } from '../../words/plural';
import { fill, type Template } from '../../words/template';
import { ENTRIES, L3_ENTRIES, PAE_SPAN, PTE_RW, PTE_US } from '../../x86/paging';

/** Page tables in use, by frame, with their level. */
type Tables = ReadonlyMap<number, 1 | 2 | 3>;
/** An entry of a table. */
interface Place {
	table: number;
	level: 1 | 2 | 3;
	index: number;
	low: number;
	high: number;
}

const MOST_SEEN = 64;

/** All that refers to frame `mfn` now. @throws RangeError unless `mfn` is a whole number */
export function mappers(run: Run, mfn: number): MapperPicture {
	if (!Number.isInteger(mfn) || mfn < 0) throw new RangeError(fill(late.inspect.errors.noFrameNumber, { mfn }));
	const { hypervisor } = run.system;
	const { frames } = hypervisor;
	const exists = frames.exists(mfn);
	const tables = tablesInUse(run);
	const known = new Map<number, Place[]>();
	const pfn = exists ? getM2p(hypervisor, mfn) : 0xffff_ffff;
	return {
		mfn,
		exists,
		owner: exists ? frames.owner[mfn] : DOMID_INVALID,
		type: exists ? frames.type[mfn] : 0,
		typeCount: exists ? frames.typeCount[mfn] : 0,
		refCount: exists ? frames.refCount[mfn] : 0,
		pinned: exists && frames.has(mfn, FLAG.pinned),
		validated: exists && frames.has(mfn, FLAG.validated),
		pfn: pfn === 0xffff_ffff ? -1 : pfn,
		entries: naming(run, tables, known, mfn).map((place) => entry(run, tables, known, place, mfn)),
		others: exists ? otherHolders(run, mfn) : []
	};
}

/** Validated tables of guests, and the hypervisor's own: its template L2 with the L1s below, and each domain's area. */
function tablesInUse(run: Run): Tables {
	const { frames, spaces } = run.system.hypervisor;
	const { memory } = run.system.machine;
	const tables = new Map<number, 1 | 2 | 3>();
	for (let mfn = 0; mfn < frames.size; mfn++) {
		const type = frames.type[mfn];
		if (isTable(type) && type !== TYPE.l4 && frames.typeCount[mfn] > 0) tables.set(mfn, type as 1 | 2 | 3);
	}
	tables.set(spaces.xenL2, 2);
	for (let slot = 0; slot < ENTRIES; slot++) {
		const low = memory.read32(entryAddress(spaces.xenL2, slot));
		if (perDomainArea(slot) < 0 && isPresent(low)) tables.set(entryFrame(low, 0), 1);
	}
	for (const { l1s } of spaces.domains.values()) for (const l1 of l1s) tables.set(l1, 1);
	return tables;
}

/** Every entry that names frame `mfn`. */
function naming(run: Run, tables: Tables, known: Map<number, Place[]>, mfn: number): Place[] {
	const before = known.get(mfn);
	if (before) return before;
	const { memory } = run.system.machine;
	const places: Place[] = [];
	for (const [table, level] of tables) {
		const entries = level === 3 ? L3_ENTRIES : ENTRIES;
		for (let index = 0; index < entries; index++) {
			const at = entryAddress(table, index);
			const low = memory.read32(at) >>> 0;
			if (!isPresent(low) || low >>> 12 !== (mfn & 0xf_ffff) >>> 0) continue;
			const high = memory.read32(at + 4) >>> 0;
			if (entryFrame(low, high) === mfn) places.push({ table, level, index, low, high });
		}
	}
	known.set(mfn, places);
	return places;
}

function entry(run: Run, tables: Tables, known: Map<number, Place[]>, place: Place, mfn: number): MapperEntry {
	const { frames } = run.system.hypervisor;
	// The entries of an L3 carry no rights of their own (SDM vol. 3, 4.4.1).
	const plain = place.level === 3;
	return {
		tableMfn: place.table,
		level: place.level,
		index: place.index,
		entryLow: place.low,
		entryHigh: place.high,
		writable: plain || (place.low & PTE_RW) !== 0,
		user: plain || (place.low & PTE_US) !== 0,
		owner: frames.owner[place.table],
		seen: seen(run, tables, known, place, mfn).slice(0, MOST_SEEN)
	};
}

/** Linear addresses that reach an entry, from every root above its table. */
function seen(
	run: Run,
	tables: Tables,
	known: Map<number, Place[]>,
	place: Place,
	mfn: number
): { linear: number; root: number }[] {
	const offset = place.index * PAE_SPAN[place.level];
	if (place.level === 3) return [{ linear: offset, root: place.table }];
	if (place.table === mfn) return [];
	return naming(run, tables, known, place.table)
		.filter((above) => above.level === place.level + 1)
		.flatMap((above) => seen(run, tables, known, above, mfn))
		.map((above) => ({ linear: above.linear + offset, root: above.root }));
}

const domText = (dom: number): string => fill(words.names.domain, { dom });

/** What holds the frame beside entries, in plain words. */
function otherHolders(run: Run, mfn: number): string[] {
	const hv = run.system.hypervisor;
	const { holders } = late.inspect;
	const others: string[] = [];
	if (hv.frames.has(mfn, FLAG.allocated)) others.push(holders.allocated);
	if (hv.frames.has(mfn, FLAG.pinned)) others.push(holders.pinned);
	const times = hv.grants.mapped.get(mfn) ?? 0;
	if (times > 0) others.push(counted(holders.mapped, times));
	for (const { mapper, mfn: mapped, device } of hv.grants.lendings())
		if (device && mapped === mfn) others.push(fill(holders.devices, { dom: domText(mapper) }));
	for (const domain of hv.domains.values()) {
		const of = (holder: Template): number => others.push(fill(holder, { dom: domText(domain.id) }));
		if (domain.sharedInfo === mfn) of(holders.sharedInfo);
		if (hv.grants.frames(domain).includes(mfn)) of(holders.grantTable);
		if (domain.events.fifo?.array.includes(mfn)) of(holders.eventWords);
		for (const v of domain.vcpus) {
			const vcpu = fill(words.views.shared.vcpu, { dom: domText(domain.id), vcpu: v.id });
			const ofVcpu = (holder: Template): number => others.push(fill(holder, { vcpu }));
			if (v.mm.guestTable === mfn) ofVcpu(holders.root);
			if (v.mm.gdtFrames.includes(mfn)) ofVcpu(holders.gdt);
			if (v.mm.ldtFrames.includes(mfn)) ofVcpu(holders.ldt);
			if (v.events.vcpuInfoRegistered && v.events.vcpuInfo.mfn === mfn) ofVcpu(holders.vcpuInfo);
			if (domain.events.fifo?.vcpus[v.id].control?.mfn === mfn) ofVcpu(holders.controlBlock);
		}
	}
	return others;
}
