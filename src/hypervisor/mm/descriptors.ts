/**
 * Descriptor tables. The processor's GDTR and LDTR point into Xen's per-domain area (../layout.ts), where
 * the guest's own frames are mapped once they have the type `seg_desc`: checked descriptors that
 * nothing but the hypervisor can write. GDT frames are mapped at once, LDT pages on first use.
 */
import { EFAULT, EINVAL } from '../../abi/errno';
import { FIRST_RESERVED_GDT_ENTRY, FIRST_RESERVED_GDT_PAGE } from '../../abi/structs/cpu';
import { CHECK } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import { mapGdtPage, mapLdtPage } from './address-space';
import type { Mm } from './context';
import { HYPERVISOR_VIRT_START } from './context';
import { checkDescriptor } from './descriptor-check';
import { entryFrame, frameOfAddress, isPresent } from './entries';
import { getPage, putPage, TYPE } from './frame-table';
import { getPageAndType, getPageType, putPageAndType, putPageType } from './page-types';
import { flushLocal } from './tlb';
import { findL1Entry } from './walk';

const DESCRIPTORS_A_PAGE = 512;
const LDT_PAGES = 16;
const MAX_LDT_ENTRIES = 8192;

/** After a change of the tables that the processor may be using right now. */
function descriptorsChanged(mm: Mm, v: Vcpu): void {
	if (v === mm.pcpu.current) mm.pcpu.reloadSegments = true;
	if (v === mm.spaces.loaded) flushLocal(mm);
}

/**
 * Installs a GDT of `entries` descriptors in `frames`; the old one is given back.
 * @returns 0, or -EINVAL, the old GDT still in place, when a frame is not the domain's or holds what it must not
 */
export function setGdt(mm: Mm, v: Vcpu, frames: readonly number[], entries: number): number {
	const pages = Math.ceil(entries / DESCRIPTORS_A_PAGE);
	if (!mm.ask(CHECK.gdt_size, entries <= FIRST_RESERVED_GDT_ENTRY, entries, FIRST_RESERVED_GDT_ENTRY)) return -EINVAL;
	const taken: number[] = [];
	for (const frame of frames.slice(0, pages)) {
		if (getPageAndType(mm, frame, v.domain.id, TYPE.segDesc) !== 0) {
			for (const held of taken.reverse()) putPageAndType(mm, held);
			return -EINVAL;
		}
		taken.push(frame);
	}
	dropGdt(mm, v);
	v.mm.gdtEntries = entries;
	v.mm.gdtFrames = taken;
	taken.forEach((frame, page) => mapGdtPage(mm, v.domain, v.id, page, frame));
	descriptorsChanged(mm, v);
	return 0;
}

/** Gives back a vcpu's GDT. */
export function dropGdt(mm: Mm, v: Vcpu): void {
	for (let page = 0; page < FIRST_RESERVED_GDT_PAGE && v.mm.gdtFrames.length > 0; page++)
		mapGdtPage(mm, v.domain, v.id, page, null);
	for (const frame of v.mm.gdtFrames) putPageAndType(mm, frame);
	v.mm.gdtFrames = [];
	v.mm.gdtEntries = 0;
}

/** HYPERVISOR_set_gdt(frame_list, entries). */
export function doSetGdt(mm: Mm, v: Vcpu, list: number, entries: number): number {
	if (!mm.ask(CHECK.gdt_entries, entries <= FIRST_RESERVED_GDT_ENTRY, entries, FIRST_RESERVED_GDT_ENTRY))
		return -EINVAL;
	const pages = Math.ceil(entries / DESCRIPTORS_A_PAGE);
	// A list of nothing is not looked at, wherever it is said to be.
	if (pages === 0) return setGdt(mm, v, [], 0);
	const view = mm.guest.read(list, pages * 4);
	if (view === null) return -EFAULT;
	return setGdt(
		mm,
		v,
		Array.from({ length: pages }, (_, i) => view.getUint32(i * 4, true)),
		entries
	);
}

/** HYPERVISOR_update_descriptor(machine address, descriptor): both 64-bit, low half first. */
export function doUpdateDescriptor(mm: Mm, v: Vcpu, maLow: number, maHigh: number, low: number, high: number): number {
	const frame = frameOfAddress(maLow, maHigh);
	if (!mm.ask(CHECK.descriptor_aligned, (maLow & 7) === 0, maLow, maHigh)) return -EINVAL;
	if (!getPage(mm, frame, v.domain.id)) return -EINVAL;
	const allowed = checkDescriptor(mm, low, high);
	const type = mm.frames.type[frame] === TYPE.segDesc ? TYPE.segDesc : TYPE.writable;
	if (allowed === null || getPageType(mm, frame, type) !== 0) {
		putPage(mm, frame);
		return -EINVAL;
	}
	const at = frame * 4096 + (maLow & 0xfff);
	mm.machine.memory.write32(at, allowed.low);
	mm.machine.memory.write32(at + 4, allowed.high);
	if (type === TYPE.segDesc) descriptorsChanged(mm, v);
	putPageType(mm, frame);
	putPage(mm, frame);
	return 0;
}

/** Whether an LDT can lie there: on a page's boundary, not too long, below the hypervisor. */
export function ldtSane(mm: Mm, base: number, entries: number): boolean {
	const sane = (base & 0xfff) === 0 && entries <= MAX_LDT_ENTRIES && base + entries * 8 <= HYPERVISOR_VIRT_START;
	return mm.ask(CHECK.ldt_arguments, sane, base, entries);
}

/**
 * MMUEXT_SET_LDT: `entries` descriptors at the guest address `base`. Nothing is mapped before it is used,
 * but for the first page, which is tried at once. An LDT of no entries has no address.
 */
export function setLdt(mm: Mm, v: Vcpu, base: number, entries: number): number {
	if (entries > 0 && !ldtSane(mm, base, entries)) return -EINVAL;
	const start = entries === 0 ? 0 : base;
	if (v.mm.ldtBase === start && v.mm.ldtEntries === entries) return 0;
	dropLdtPages(mm, v, false);
	v.mm.ldtBase = start;
	v.mm.ldtEntries = entries;
	descriptorsChanged(mm, v);
	if (entries > 0) mapLdtPageOnUse(mm, v, 0);
	return 0;
}

/**
 * A page fault in the LDT part of the per-domain area: maps the page if the guest has one there.
 * @param offset bytes from the start of the vcpu's LDT area
 * @returns false when the guest has to see the fault
 */
export function handleLdtFault(mm: Mm, v: Vcpu, offset: number): boolean {
	const page = offset >>> 12;
	if (page >= LDT_PAGES || !mm.ask(CHECK.ldt_in_limit, offset < v.mm.ldtEntries * 8, offset, v.mm.ldtEntries * 8))
		return false;
	return v.mm.ldtFrames[page] === null && mapLdtPageOnUse(mm, v, page);
}

function mapLdtPageOnUse(mm: Mm, v: Vcpu, page: number): boolean {
	if (v.mm.guestTable === null) return false;
	const entry = findL1Entry(mm, v.mm.guestTable, v.mm.ldtBase + page * 4096);
	if (
		!mm.ask(CHECK.ldt_page_mapped, entry !== null && isPresent(entry.low), v.mm.ldtBase + page * 4096, entry?.low ?? 0)
	)
		return false;
	const frame = entryFrame(entry!.low, entry!.high);
	if (getPageAndType(mm, frame, v.domain.id, TYPE.segDesc) !== 0) return false;
	v.mm.ldtFrames[page] = frame;
	mapLdtPage(mm, v.domain, v.id, page, frame);
	return true;
}

/** Unmaps every LDT page of a vcpu and gives back its frame; `flush` when they may be in the TLB still. */
export function dropLdtPages(mm: Mm, v: Vcpu, flush: boolean): void {
	let dropped = 0;
	v.mm.ldtFrames.forEach((frame, page) => {
		if (frame === null) return;
		v.mm.ldtFrames[page] = null;
		mapLdtPage(mm, v.domain, v.id, page, null);
		putPageAndType(mm, frame);
		dropped++;
	});
	if (dropped > 0 && flush && v === mm.spaces.loaded) flushLocal(mm);
	if (dropped > 0 && v === mm.pcpu.current) mm.pcpu.reloadSegments = true;
}
