import {
	frameOf,
	PAE_CR3_OFFSET,
	PAE_HIGH_RESERVED,
	PAE_LARGE_RESERVED,
	PSE_LARGE_RESERVED,
	PTE_A,
	PTE_D,
	PTE_G,
	PTE_P,
	PTE_PS,
	PTE_RW,
	PTE_US,
	PTE_XD_HIGH
} from '../../x86/paging';
import type { PhysicalMemory } from '../memory';
import { TLB_DIRTY, TLB_GLOBAL, TLB_NX, TLB_USER, TLB_WRITE } from './tlb';
import { PF_FETCH, PF_PRESENT, PF_RESERVED, PF_USER, PF_WRITE } from '../../x86/exceptions';

/** What must be zero in the high half while EFER.NXE is clear. */
const PAE_HIGH_RESERVED_NO_NX = PAE_HIGH_RESERVED | PTE_XD_HIGH;

/** How an access wants to use the page. */
export interface Access {
	write: boolean;
	user: boolean;
	fetch: boolean;
}

/** What the walk depends on in the control registers. */
export interface PagingMode {
	/** CR0.PG. */
	on: boolean;
	/** CR0.WP. */
	wp: boolean;
	/** CR4.PSE. */
	pse: boolean;
	/** CR4.PAE. */
	pae: boolean;
	/** CR4.PGE. */
	pge: boolean;
	/** EFER.NXE, effective with PAE only. */
	nx: boolean;
	/** CR3, unsigned. */
	cr3: number;
	/** The four PDPTEs that the last load of CR3 cached: low and high words in turn. */
	pdptes: Int32Array;
}

/** One entry that a walk read. */
export interface WalkEntry {
	/** 3 for a PDPTE, 2 for a PDE, 1 for a PTE. */
	level: number;
	/** Physical address of the entry; for a PDPTE where it was loaded from. */
	at: number;
	index: number;
	low: number;
	high: number;
}

/** The error code bits for a failed walk, or -1 for a translation found. */
export type WalkError = number;

/**
 * Walks the page tables (SDM vol. 3, 4.3 and 4.4). One walker serves one processor: the result of a walk is in its fields
 * until the next one, so that a walk allocates nothing.
 */
export class Walker {
	/** Physical page number of the 4 KiB page that holds the address. */
	pfn = 0;
	/** Physical page number where the page begins: as `pfn` but for large pages. */
	firstPfn = 0;
	large = false;
	/** TLB_* flags of the translation. */
	flags = 0;
	/** Entries read by the last walk that only looked. */
	readonly trail: WalkEntry[] = [1, 2, 3].map((level) => ({ level, at: 0, index: 0, low: 0, high: 0 }));
	depth = 0;
	/** While the processor itself walks: whoever hears of an access can tell who made it. */
	committing = false;

	constructor(
		private readonly memory: PhysicalMemory,
		private readonly mode: PagingMode
	) {}

	/**
	 * Finds the translation of `linear` for `access`. With `commit` it sets accessed and dirty bits as the processor does;
	 * they are left alone when the walk fails. Returns -1, or the error code of the page fault.
	 */
	walk(linear: number, access: Access, commit: boolean): WalkError {
		this.depth = 0;
		this.committing = commit;
		const error = this.mode.pae ? this.walkPae(linear, access, commit) : this.walkTwoLevel(linear, access, commit);
		this.committing = false;
		return error;
	}

	private note(level: number, at: number, index: number, low: number, high: number): void {
		// The processor leaves no trail.
		if (this.committing) return;
		const entry = this.trail[this.depth++];
		entry.level = level;
		entry.at = at;
		entry.index = index;
		entry.low = low;
		entry.high = high;
	}

	private walkTwoLevel(linear: number, access: Access, commit: boolean): WalkError {
		const pdeAt = (this.mode.cr3 & ~0xfff) + ((linear >>> 22) << 2);
		const pde = this.read(pdeAt >>> 0);
		this.note(2, pdeAt >>> 0, linear >>> 22, pde, 0);
		if ((pde & PTE_P) === 0) return this.refuse(access, 0);
		if (this.mode.pse && (pde & PTE_PS) !== 0) {
			if ((pde & PSE_LARGE_RESERVED) !== 0) return this.refuse(access, PF_PRESENT | PF_RESERVED);
			const error = this.check(pde & (PTE_RW | PTE_US), false, access);
			if (error >= 0) return error;
			const leaf = this.mark(pdeAt >>> 0, pde, access, commit, true);
			return this.found((pde >>> 12) & 0xffc00, (linear >>> 12) & 0x3ff, true, pde & (PTE_RW | PTE_US), leaf, false);
		}
		const pteAt = (pde & ~0xfff) + (((linear >>> 12) & 0x3ff) << 2);
		const pte = this.read(pteAt >>> 0);
		this.note(1, pteAt >>> 0, (linear >>> 12) & 0x3ff, pte, 0);
		if ((pte & PTE_P) === 0) return this.refuse(access, 0);
		const rights = pde & pte & (PTE_RW | PTE_US);
		const error = this.check(rights, false, access);
		if (error >= 0) return error;
		this.mark(pdeAt >>> 0, pde, access, commit, false);
		const leaf = this.mark(pteAt >>> 0, pte, access, commit, true);
		return this.found(pte >>> 12, 0, false, rights, leaf, false);
	}

	private walkPae(linear: number, access: Access, commit: boolean): WalkError {
		const mode = this.mode;
		const slot = linear >>> 30;
		const pdpteLow = mode.pdptes[slot * 2];
		const pdpteHigh = mode.pdptes[slot * 2 + 1];
		this.note(3, ((mode.cr3 & ~PAE_CR3_OFFSET) >>> 0) + slot * 8, slot, pdpteLow, pdpteHigh);
		if ((pdpteLow & PTE_P) === 0) return this.refuse(access, 0);

		const pdeIndex = (linear >>> 21) & 511;
		const pdeAt = frameOf(pdpteLow, pdpteHigh) * 4096 + pdeIndex * 8;
		const pde = this.read(pdeAt);
		const pdeHigh = this.read(pdeAt + 4);
		this.note(2, pdeAt, pdeIndex, pde, pdeHigh);
		if ((pde & PTE_P) === 0) return this.refuse(access, 0);
		const isLarge = (pde & PTE_PS) !== 0;
		if (this.reservedHigh(pdeHigh) || (isLarge && (pde & PAE_LARGE_RESERVED) !== 0)) {
			return this.refuse(access, PF_PRESENT | PF_RESERVED);
		}
		if (isLarge) {
			const noExecute = pdeHigh < 0;
			const error = this.check(pde & (PTE_RW | PTE_US), noExecute, access);
			if (error >= 0) return error;
			const leaf = this.mark(pdeAt, pde, access, commit, true);
			const first = frameOf(pde, pdeHigh) - (frameOf(pde, pdeHigh) % 512);
			return this.found(first, (linear >>> 12) & 511, true, pde & (PTE_RW | PTE_US), leaf, noExecute);
		}

		const pteIndex = (linear >>> 12) & 511;
		const pteAt = frameOf(pde, pdeHigh) * 4096 + pteIndex * 8;
		const pte = this.read(pteAt);
		const pteHigh = this.read(pteAt + 4);
		this.note(1, pteAt, pteIndex, pte, pteHigh);
		if ((pte & PTE_P) === 0) return this.refuse(access, 0);
		if (this.reservedHigh(pteHigh)) return this.refuse(access, PF_PRESENT | PF_RESERVED);
		const rights = pde & pte & (PTE_RW | PTE_US);
		const noExecute = (pdeHigh | pteHigh) < 0;
		const error = this.check(rights, noExecute, access);
		if (error >= 0) return error;
		this.mark(pdeAt, pde, access, commit, false);
		const leaf = this.mark(pteAt, pte, access, commit, true);
		return this.found(frameOf(pte, pteHigh), 0, false, rights, leaf, noExecute);
	}

	/** Entry words are int32; an entry beyond RAM reads as all ones, like any open bus. */
	private read(pa: number): number {
		return this.memory.read32(pa) | 0;
	}

	/** With EFER.NXE clear, XD is a reserved bit too. */
	private reservedHigh(high: number): boolean {
		return (high & (this.mode.nx ? PAE_HIGH_RESERVED : PAE_HIGH_RESERVED_NO_NX)) !== 0;
	}

	/** Access rights (SDM vol. 3, 4.6). Returns -1 or the error code. */
	private check(rights: number, noExecute: boolean, access: Access): WalkError {
		if (permits(rights, noExecute, access, this.mode.wp)) return -1;
		return this.refuse(access, PF_PRESENT);
	}

	private refuse(access: Access, bits: number): WalkError {
		return (
			bits | (access.write ? PF_WRITE : 0) | (access.user ? PF_USER : 0) | (access.fetch && this.mode.nx ? PF_FETCH : 0)
		);
	}

	/** Sets the accessed bit, and the dirty bit of a leaf that is written. Returns the entry as it is now. */
	private mark(at: number, entry: number, access: Access, commit: boolean, leaf: boolean): number {
		const marked = entry | PTE_A | (leaf && access.write ? PTE_D : 0);
		if (commit && marked !== entry) this.memory.write32(at, marked);
		return marked;
	}

	private found(first: number, offset: number, large: boolean, rights: number, leaf: number, noExecute: boolean): -1 {
		this.firstPfn = first;
		this.pfn = first + offset;
		this.large = large;
		this.flags =
			((rights & PTE_RW) !== 0 ? TLB_WRITE : 0) |
			((rights & PTE_US) !== 0 ? TLB_USER : 0) |
			((leaf & PTE_D) !== 0 ? TLB_DIRTY : 0) |
			((leaf & PTE_G) !== 0 && this.mode.pge ? TLB_GLOBAL : 0) |
			(noExecute ? TLB_NX : 0);
		return -1;
	}
}

/** True if a page with these combined rights may be used so; `wp` is CR0.WP. */
export function permits(rights: number, noExecute: boolean, access: Access, wp: boolean): boolean {
	if (access.user && (rights & PTE_US) === 0) return false;
	if (access.fetch && noExecute) return false;
	return !access.write || (rights & PTE_RW) !== 0 || (!access.user && !wp);
}
