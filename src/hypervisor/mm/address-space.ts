/**
 * Address spaces. Every one ends with the hypervisor: the last slots of the L2 in L3[3] are copies of
 * a template that Xen keeps in an L2 of its own, except for two slots, the *per-domain area*, whose L1s
 * map the descriptor tables of that domain's vcpus (layout.ts). Most domains fill the first of them only.
 *
 * The processor never walks a guest's L3. Its four entries are copied, with the bits that hardware
 * reserves taken out (SDM vol. 3, 4.4.1), into 32 bytes of Xen's for each vcpu, and CR3 points there.
 */
import { PAGE_SIZE } from '../../base';
import type { Domain, Vcpu } from '../core/domain';
import { gdtVirt, MAX_VCPUS, PERDOMAIN_VIRT_START, XEN_GDT_VIRT } from '../core/layout';
import { FIRST_RESERVED_GDT_PAGE, MACH2PHYS_VIRT_START } from '../../abi/structs/cpu';
import type { Mm } from './context';
import { entryAddress, entryHigh, entryLow, FIRST_XEN_SLOT } from './entries';
import { INVALID_M2P_ENTRY } from './m2p';
import { ENTRIES, L3_ENTRIES, PTE_A, PTE_D, PTE_G, PTE_P, PTE_RW, PTE_XD_HIGH } from '../../x86/paging';

export { getM2p, setM2p } from './m2p';

/** Frames of Xen's that a domain's address spaces need. */
export interface DomainSpace {
	/** L1s of the per-domain area, each for `VCPUS_A_SLOT` vcpus. */
	readonly l1s: readonly number[];
	/** The private L3s: 32 bytes for each vcpu. */
	readonly l3: number;
}

/** Plain data, by which restore() finds everything again in RAM. */
export interface AddressSpacesState {
	xenL2: number;
	m2pBase: number;
	zeroPage: number;
	domains: [number, DomainSpace][];
	loaded: [domain: number, vcpu: number] | null;
}

/** Where Xen's tables and each domain's own lie, and whose are loaded. */
export class AddressSpaces {
	/** The template: an L2 with the hypervisor's slots. It is the idle space's own L2. */
	xenL2 = 0 as number;
	/** First frame of the M2P table. */
	m2pBase = 0;
	/** A page of zeros: what a GDT page shows that the guest did not give. */
	zeroPage = 0 as number;
	readonly domains = new Map<number, DomainSpace>();
	/** The vcpu whose private L3 is in CR3; null for the idle space. */
	loaded: Vcpu | null = null;

	save(): AddressSpacesState {
		const { xenL2, m2pBase, zeroPage, loaded } = this;
		return { xenL2, m2pBase, zeroPage, domains: [...this.domains], loaded: loaded && [loaded.domain.id, loaded.id] };
	}

	restore(state: AddressSpacesState, domains: ReadonlyMap<number, Domain>): void {
		this.xenL2 = state.xenL2;
		this.m2pBase = state.m2pBase;
		this.zeroPage = state.zeroPage;
		this.domains.clear();
		for (const [id, space] of state.domains) this.domains.set(id, space);
		this.loaded = state.loaded && (domains.get(state.loaded[0])?.vcpus[state.loaded[1]] ?? null);
	}
}

const slotOf = (address: number): number => (address >>> 21) & (ENTRIES - 1);
const pageOf = (address: number): number => (address >>> 12) & (ENTRIES - 1);

/** First slot of the per-domain area in the L2 of L3[3], and how many vcpus share a slot of 2 MiB. */
const PERDOMAIN_SLOT = slotOf(PERDOMAIN_VIRT_START);
const VCPUS_A_SLOT = 0x20_0000 / (gdtVirt(1) - gdtVirt(0));
const PERDOMAIN_SLOTS = MAX_VCPUS / VCPUS_A_SLOT;

/** Which L1 of a domain's own area stands in slot `slot` of the L2 of L3[3]; -1 for the slots that all domains share. */
export const perDomainArea = (slot: number): number =>
	slot >= PERDOMAIN_SLOT && slot < PERDOMAIN_SLOT + PERDOMAIN_SLOTS ? slot - PERDOMAIN_SLOT : -1;

/** Address of the entry that maps page `page` (GDT 0–15, LDT 16–31) of a vcpu's descriptor tables. */
export const descriptorEntry = ({ l1s }: DomainSpace, vcpu: number, page: number): number =>
	entryAddress(l1s[Math.floor(vcpu / VCPUS_A_SLOT)], pageOf(gdtVirt(vcpu)) + page);

const writeAt = (mm: Mm, at: number, low: number, high: number): void => {
	mm.machine.memory.write32(at, low);
	mm.machine.memory.write32(at + 4, high);
};
const write = (mm: Mm, table: number, index: number, low: number, high: number): void =>
	writeAt(mm, entryAddress(table, index), low, high);

/** Maps a page of Xen's in a table of Xen's: supervisor only, accessed and dirty set so that walks write nothing. */
function writeXenEntryAt(mm: Mm, at: number, frame: number, flags: number, executable = false): void {
	const nx = !executable && mm.processor.nx ? PTE_XD_HIGH : 0;
	const low = entryLow(frame, PTE_P | PTE_A | PTE_D | flags);
	writeAt(mm, at, low, (entryHigh(frame) | nx) >>> 0);
}

const writeXenEntry = (mm: Mm, table: number, index: number, frame: number, flags: number, executable = false): void =>
	writeXenEntryAt(mm, entryAddress(table, index), frame, flags, executable);

/** Maps one page of Xen's into the template, with a new L1 where none is. */
function mapXenPage(mm: Mm, virt: number, frame: number, flags: number, executable: boolean): void {
	const { memory } = mm.machine;
	const at = entryAddress(mm.spaces.xenL2, slotOf(virt));
	if ((memory.read32(at) & PTE_P) === 0) {
		writeXenEntry(mm, mm.spaces.xenL2, slotOf(virt), mm.heap.allocate(), PTE_RW, true);
	}
	writeXenEntry(mm, memory.read32(at) >>> 12, pageOf(virt), frame, flags | PTE_G, executable);
}

/** Builds the M2P table, the template of the hypervisor's slots and the idle address space; sets `mm.idleCr3`. */
export function initXenMappings(mm: Mm): void {
	const { spaces, heap, machine, frames } = mm;
	spaces.xenL2 = heap.allocate();
	spaces.zeroPage = heap.allocate();
	const m2pFrames = Math.ceil((frames.size * 4) / PAGE_SIZE);
	spaces.m2pBase = heap.allocateRun(m2pFrames);
	machine.memory.fill(spaces.m2pBase * PAGE_SIZE, m2pFrames * PAGE_SIZE, INVALID_M2P_ENTRY & 0xff);
	for (let i = 0; i < m2pFrames; i++)
		mapXenPage(mm, MACH2PHYS_VIRT_START + i * PAGE_SIZE, spaces.m2pBase + i, 0, false);
	for (const page of mm.xenPages) mapXenPage(mm, page.virt, page.mfn, page.writable ? PTE_RW : 0, page.executable);
	const l3 = heap.allocate();
	write(mm, l3, 3, entryLow(spaces.xenL2, PTE_P), entryHigh(spaces.xenL2));
	mm.idleCr3 = l3 * PAGE_SIZE;
}

/** L1s of the per-domain area for so many vcpus: a domain that is only played has one as well. */
const areas = (vcpus: number): number => Math.ceil(Math.max(vcpus, 1) / VCPUS_A_SLOT);
/** How many frames `createAddressSpace` takes. */
export const addressSpaceFrames = (vcpus: number): number => areas(vcpus) + 1;

/** The frames that the address spaces of a domain with `vcpus` vcpus need; allocated at the first call. */
export function createAddressSpace(mm: Mm, d: Domain, vcpus = 1): DomainSpace {
	const known = mm.spaces.domains.get(d.id);
	if (known) return known;
	const l1s = Array.from({ length: areas(vcpus) }, () => mm.heap.allocate());
	const space = { l1s, l3: mm.heap.allocate() };
	mm.spaces.domains.set(d.id, space);
	const reserved = mm.xenPages.find((page) => page.virt === XEN_GDT_VIRT);
	for (let id = 0; id < l1s.length * VCPUS_A_SLOT; id++) {
		for (let page = 0; page < FIRST_RESERVED_GDT_PAGE; page++) mapGdtPage(mm, d, id, page, null);
		if (reserved) writeXenEntryAt(mm, descriptorEntry(space, id, FIRST_RESERVED_GDT_PAGE), reserved.mfn, PTE_RW);
	}
	return space;
}

/** Gives back a domain's own frames of Xen's; no address space of the domain may be loaded. */
export function destroyAddressSpace(mm: Mm, d: Domain): void {
	const space = mm.spaces.domains.get(d.id);
	if (!space) return;
	mm.spaces.domains.delete(d.id);
	for (const frame of [...space.l1s, space.l3]) releaseXenFrame(mm, frame);
}

function releaseXenFrame(mm: Mm, frame: number): void {
	mm.heap.free(frame);
}

/** Maps page `page` (0–13) of a vcpu's GDT; null shows zeros. */
export function mapGdtPage(mm: Mm, d: Domain, vcpu: number, page: number, frame: number | null): void {
	const at = descriptorEntry(createAddressSpace(mm, d), vcpu, page);
	writeXenEntryAt(mm, at, frame ?? mm.spaces.zeroPage, frame === null ? 0 : PTE_RW);
}

/** Maps page `page` (0–15) of a vcpu's LDT, or unmaps it. */
export function mapLdtPage(mm: Mm, d: Domain, vcpu: number, page: number, frame: number | null): void {
	const at = descriptorEntry(createAddressSpace(mm, d), vcpu, 16 + page);
	if (frame === null) writeAt(mm, at, 0, 0);
	else writeXenEntryAt(mm, at, frame, PTE_RW);
}

/** Fills the hypervisor's slots of the L2 that serves some L3[3]. */
export function installXenSlots(mm: Mm, l2: number): void {
	const { memory } = mm.machine;
	const from = entryAddress(mm.spaces.xenL2, FIRST_XEN_SLOT);
	memory.copyIn(entryAddress(l2, FIRST_XEN_SLOT), memory.bytes(from, (ENTRIES - FIRST_XEN_SLOT) * 8).slice());
	const d = mm.domains.get(mm.frames.owner[l2]);
	if (!d) return;
	createAddressSpace(mm, d).l1s.forEach((l1, area) => writeXenEntry(mm, l2, PERDOMAIN_SLOT + area, l1, PTE_RW, true));
}

/** Physical address of a vcpu's private L3: what CR3 holds while it runs. */
export const privateL3 = (mm: Mm, v: Vcpu): number =>
	createAddressSpace(mm, v.domain).l3 * PAGE_SIZE + v.id * 8 * L3_ENTRIES;

/** Bits of a guest's L3 entry that the processor may see: P and the frame number. */
export const sanitiseL3 = (low: number): number => ((low & PTE_P) === 0 ? 0 : (low & (0xffff_f000 | PTE_P)) >>> 0);

function copyL3(mm: Mm, v: Vcpu): void {
	const { memory } = mm.machine;
	const to = privateL3(mm, v);
	for (let slot = 0; slot < L3_ENTRIES; slot++) {
		const at = entryAddress(v.mm.guestTable ?? 0, slot);
		const low = sanitiseL3(memory.read32(at));
		memory.write32(to + slot * 8, low);
		memory.write32(to + slot * 8 + 4, low === 0 ? 0 : memory.read32(at + 4));
	}
}

/** Loads the address space of a vcpu, or the idle one for null and for a vcpu without tables. */
export function switchAddressSpace(mm: Mm, v: Vcpu | null): void {
	mm.frames.flushClock++;
	if (v === null || v.mm.guestTable === null) {
		mm.spaces.loaded = null;
		mm.processor.loadCr3(mm.idleCr3);
		return;
	}
	copyL3(mm, v);
	mm.spaces.loaded = v;
	mm.processor.loadCr3(privateL3(mm, v));
}

/** After a change of the L3 in frame `table`: renews the copy that the processor walks. */
export function reloadL3(mm: Mm, table: number): void {
	const { loaded } = mm.spaces;
	if (loaded !== null && loaded.mm.guestTable === table) switchAddressSpace(mm, loaded);
}
