/**
 * Where a domain builder puts things in a new 32-bit PAE domain (xen/include/public/xen.h, "Start-of-day
 * memory layout"): page aligned and without gaps from VIRT_BASE up,
 *
 *     kernel | ramdisk | page list | start_info | xenstore page | console page | page tables | boot stack | padding
 *
 * with at least 512 KiB of padding, the whole rounded up to 4 MiB. An image with the note MOD_START_PFN finds its ramdisk
 * behind all this instead, unmapped (xg_dom_core.c: xc_dom_build_image). Page n of the domain lies at
 * VIRT_BASE + n * 4096, so the page tables that map all this are part of it: their number is found by
 * trying.
 */
import { alignDown, alignUp, hex, PAGE_SIZE } from '../base';
import { HYPERVISOR_VIRT_START } from '../abi/structs/xen';
import { LoadError } from './elf';
import type { XenImage } from './xen-notes';

const PADDING = 512 * 1024;
const REGION_ALIGN = 4 * 1024 * 1024;
const L1_SPAN = 2 * 1024 * 1024;
const L2_SPAN = 1024 * 1024 * 1024;
/** Below this address the first L2 belongs to another GiB than the hypervisor's. */
const LAST_GIB = 0xc000_0000;

/**
 * A run of pages. `start` and `end` are virtual addresses (end exclusive), `pfn` the first page. Beyond `regionEnd` they
 * are only counted on: nothing is mapped there.
 */
export interface Area {
	readonly start: number;
	readonly end: number;
	readonly pfn: number;
	readonly pages: number;
}

/** The page tables of one level: `count` pages from `pfn`, the first of them covering from `from` up. */
export interface TableLevel {
	readonly pfn: number;
	readonly count: number;
	readonly from: number;
}

/** Where everything lies that a domain finds at start of day. */
export interface DomainLayout {
	readonly virtBase: number;
	readonly kernel: Area;
	readonly ramdisk: Area;
	readonly p2m: Area;
	readonly startInfo: Area;
	readonly xenstore: Area;
	readonly console: Area;
	readonly pageTables: Area;
	readonly bootStack: Area;
	/** End of the mapped region, exclusive. */
	readonly regionEnd: number;
	readonly l3: TableLevel;
	readonly l2: TableLevel;
	readonly l1: TableLevel;
}

interface Tables {
	l3: TableLevel;
	l2: TableLevel;
	l1: TableLevel;
	total: number;
}

/** The page tables for `from` to `end`, lying from page `pfn` on: the L3, its L2s, their L1s. */
function tablesFor(from: number, end: number, pfn: number): Tables {
	const l1From = alignDown(from, L1_SPAN);
	const l1Count = Math.ceil((end - l1From) / L1_SPAN);
	const l2From = alignDown(from, L2_SPAN);
	// The fourth L3 entry must be there for the hypervisor's slots; the ones between come with it.
	const l2End = end < LAST_GIB ? 0x1_0000_0000 : end;
	const l2Count = Math.ceil((l2End - l2From) / L2_SPAN);
	return {
		l3: { pfn, count: 1, from: 0 },
		l2: { pfn: pfn + 1, count: l2Count, from: l2From },
		l1: { pfn: pfn + 1 + l2Count, count: l1Count, from: l1From },
		total: 1 + l2Count + l1Count
	};
}

/** Grows the region until it holds its own page tables, the boot stack and the padding. */
function fitRegion(virtBase: number, tablesStart: number): { end: number; tables: Tables } {
	const pfn = (tablesStart - virtBase) / PAGE_SIZE;
	const beside = PAGE_SIZE + PADDING;
	for (let need = beside; ;) {
		const end = alignUp(tablesStart + need + 1, REGION_ALIGN);
		const tables = tablesFor(virtBase, end, pfn);
		need = tables.total * PAGE_SIZE + beside;
		if (tablesStart + need <= end) return { end, tables };
	}
}

/**
 * Lays out a domain of `pages` pages.
 * @param ramdiskSize bytes, 0 for none
 * @throws LoadError when the image does not fit
 */
export function layoutDomain(image: XenImage, pages: number, ramdiskSize = 0): DomainLayout {
	const { virtBase } = image;
	let next = alignDown(image.virtStart, PAGE_SIZE);
	const place = (bytes: number): Area => {
		const start = next;
		next = start + alignUp(bytes, PAGE_SIZE);
		return { start, end: start + bytes, pfn: (start - virtBase) / PAGE_SIZE, pages: (next - start) / PAGE_SIZE };
	};
	if (virtBase % PAGE_SIZE !== 0) throw new LoadError(`VIRT_BASE ${hex(virtBase)} is not page aligned`);
	const kernel = place(image.virtEnd - next);
	const mapped = image.modStartPfn ? null : place(ramdiskSize);
	const p2m = place(pages * 4);
	const startInfo = place(PAGE_SIZE);
	const xenstore = place(PAGE_SIZE);
	const console = place(PAGE_SIZE);
	const { end: regionEnd, tables } = fitRegion(virtBase, next);
	const pageTables = place(tables.total * PAGE_SIZE);
	const bootStack = place(PAGE_SIZE);
	next = regionEnd;
	const ramdisk = mapped ?? place(ramdiskSize);
	checkFit(virtBase, regionEnd, next, pages);
	const { l3, l2, l1 } = tables;
	return { virtBase, kernel, ramdisk, p2m, startInfo, xenstore, console, pageTables, bootStack, regionEnd, l3, l2, l1 };
}

/** @param end where the last page that is used ends, mapped or not */
function checkFit(virtBase: number, regionEnd: number, end: number, pages: number): void {
	if (regionEnd > HYPERVISOR_VIRT_START)
		throw new LoadError(
			`the initial mapping would end at ${hex(regionEnd)}, inside the hypervisor's part (from ${hex(HYPERVISOR_VIRT_START)})`
		);
	const needed = (end - virtBase) / PAGE_SIZE;
	if (needed > pages)
		throw new LoadError(
			`the domain needs at least ${Math.ceil(needed / 256)} MiB of memory; it was given ${pages / 256} MiB`
		);
}
