/** What memory management keeps of a domain and of a vcpu. */
import { Part } from '../core/part';

export class DomainMemory extends Part {
	/** Frames allocated to it now, and the most it may have. */
	totalPages = 0;
	maxPages = 0;
	/** Its memory map as E820 entries (XENMEM_set_memory_map), or null for one range of all that it may have. */
	memoryMap: Uint8Array | null = null;
}

/** The tables that a vcpu's translations and selectors go by; it holds a reference on each frame. */
export class VcpuMemory extends Part {
	/** CR3's frame: an L3 whose type reference this vcpu holds; null before the first. */
	guestTable: number | null = null;
	/** Frames of the guest's GDT (0–14) and how many entries it has. */
	gdtFrames: number[] = [];
	gdtEntries = 0;
	ldtBase = 0;
	ldtEntries = 0;
	/** LDT frames mapped so far, by page; filled lazily on fault. */
	ldtFrames: (number | null)[] = new Array<number | null>(16).fill(null);
}
