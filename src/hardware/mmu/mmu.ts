import { KIND, word } from '../../trace/events';
import type { Cpu } from '../cpu/cpu';
import {
	FRONT_CODE_SUPERVISOR,
	FRONT_CODE_USER,
	FRONT_DATA_SUPERVISOR,
	FRONT_DATA_USER,
	FRONT_END,
	HITS_INDEX,
	RAM_BASE
} from '../layout';
import { MARK } from '../memory';
import { Tlb, TLB_DIRTY, TLB_NX, TLB_USER, TLB_WRITE } from './tlb';
import type { Access, PagingMode, WalkEntry } from './walk';
import { Walker } from './walk';
import { CR0, CR4, EFER_NXE } from '../../x86/control';
import { VECTOR } from '../../x86/exceptions';
import { PDPTE_RESERVED, PTE_P } from '../../x86/paging';

/** Indices into TLB_FLUSH_CAUSES (trace/events/names.ts). */
export const FLUSH = { MOV_CR3: 0, INVLPG: 1, MOV_CR0: 2, MOV_CR4: 3, ALL: 4, CONTEXT_SWITCH: 5 } as const;

export interface TlbCounters {
	/** Look-ups that found a translation. */
	hits: number;
	/** Walks for data and for code. */
	dataMisses: number;
	codeMisses: number;
	/** Flushes by cause, in the order of TLB_FLUSH_CAUSES. */
	flushes: number[];
}

/** What a look-up gives that ends in a page fault, in place of a physical address. */
export const REFUSED = -1;

/** A frame where nobody answers, whatever is mounted: code that does not lie in RAM is fetched from here, and is all ones. */
const NO_CODE = 0xffff_f000;

/** What an inspecting walk saw. */
export interface Inspection {
	/** Physical address, or -1. */
	physical: number;
	/** Error code of the page fault, or -1. */
	error: number;
	large: boolean;
	entries: WalkEntry[];
}

/**
 * From linear to physical addresses (SDM vol. 3, ch. 4). The TLB is believed: after a change of the tables the old
 * translation stays in use until it is flushed or displaced. Only a translation that does not permit the
 * access, or a first write to a clean page, makes the processor walk again.
 */
export class Mmu {
	readonly tlb: Tlb;
	readonly mode: PagingMode = {
		on: false,
		wp: false,
		pse: false,
		pae: false,
		pge: false,
		nx: false,
		cr3: 0,
		pdptes: new Int32Array(8)
	};
	readonly counters: TlbCounters = { hits: 0, dataMisses: 0, codeMisses: 0, flushes: [0, 0, 0, 0, 0, 0] };
	/** Error code of the last walk if it failed, else negative. */
	error = -1;
	/** Called when translations may have become others by a load of CR3 or a change of paging; for debuggers. */
	onSpace: (() => void) | null = null;
	readonly walker: Walker;
	private readonly access: Access = { write: false, user: false, fetch: false };
	private readonly s: Int32Array;

	constructor(private readonly cpu: Cpu) {
		this.s = cpu.s;
		this.tlb = new Tlb(cpu.s);
		this.walker = new Walker(cpu.memory, this.mode);
		cpu.memory.onMark.push((pfn) => (pfn < 0 ? this.closeAllWrites() : this.closePaths(pfn)));
		cpu.memory.onWindow.push(() => this.dropFront());
	}

	/** Physical address of a data access that stays inside its 4 KiB page; throws #PF. */
	translate(linear: number, write: boolean, user: boolean): number {
		const pa = this.lookUp(linear, write, user);
		if (pa === REFUSED) throw this.cpu.pageFault(linear, this.error);
		return pa;
	}

	/** As `translate`; but a page fault is `REFUSED`, and its error code is in `error`: a throw costs as much as the walk and the gate. */
	lookUp(linear: number, write: boolean, user: boolean): number {
		const s = this.s;
		const t = (user ? FRONT_DATA_USER : FRONT_DATA_SUPERVISOR) + ((linear >>> 10) & 0x3fc);
		if (s[write ? t + 1 : t] === (linear & ~0xfff)) {
			s[HITS_INDEX]++;
			return ((linear + s[t + 2]) | 0) - RAM_BASE;
		}
		if (!this.mode.on) {
			this.fillData(linear, user, TLB_WRITE | TLB_USER | TLB_DIRTY, linear >>> 12);
			return linear >>> 0;
		}
		const { tlb } = this;
		let at = tlb.data.find(linear);
		let large = 0;
		if (at < 0) {
			at = tlb.dataLarge.find(linear);
			large = (1 << (tlb.dataLarge.shift - 12)) - 1;
		}
		if (at >= 0) {
			const flags = s[at] & 0xfff;
			const writable = (flags & TLB_WRITE) !== 0 || (!user && !this.mode.wp);
			const allowed = (!user || (flags & TLB_USER) !== 0) && (!write || (writable && (flags & TLB_DIRTY) !== 0));
			if (allowed) {
				s[HITS_INDEX]++;
				const pfn = s[at + 1] + ((linear >>> 12) & large);
				this.fillData(linear, user, flags, pfn);
				return pfn * 4096 + (linear & 0xfff);
			}
		}
		return this.walkData(linear, write, user);
	}

	/** Physical address of the code byte at `linear`, in RAM or at `NO_CODE`; `REFUSED` as for data. */
	fetch(linear: number, user: boolean): number {
		const s = this.s;
		if (!this.mode.on) {
			return this.codeAt(linear, user, linear >>> 12);
		}
		const { tlb } = this;
		let at = tlb.code.find(linear);
		let large = 0;
		if (at < 0) {
			at = tlb.codeLarge.find(linear);
			large = (1 << (tlb.codeLarge.shift - 12)) - 1;
		}
		if (at >= 0 && (s[at] & TLB_NX) === 0 && (!user || (s[at] & TLB_USER) !== 0)) {
			s[HITS_INDEX]++;
			const pfn = s[at + 1] + ((linear >>> 12) & large);
			return this.codeAt(linear, user, pfn);
		}
		return this.walkCode(linear, user);
	}

	/** Checks that all of `linear .. linear + size - 1` (at most a page) may be used so; throws #PF for the first byte that may not. */
	checkRange(linear: number, size: number, write: boolean, user: boolean): void {
		this.translate(linear | 0, write, user);
		if ((linear & 0xfff) + size > 0x1000) this.translate(((linear | 0) + size - 1) & ~0xfff, write, user);
	}

	private walkData(linear: number, write: boolean, user: boolean): number {
		this.counters.dataMisses++;
		const { walker, tlb } = this;
		this.want(write, user, false);
		if (!this.runWalk(linear)) return REFUSED;
		const array = walker.large ? tlb.dataLarge : tlb.data;
		tlb.dropFrontPage(linear);
		array.insert(linear, walker.flags, walker.firstPfn);
		if (array.evicted !== -1) {
			if (walker.large) tlb.dropFront();
			else tlb.dropFrontPage(array.evicted);
		}
		this.fillData(linear, user, walker.flags, walker.pfn);
		return walker.pfn * 4096 + (linear & 0xfff);
	}

	private walkCode(linear: number, user: boolean): number {
		this.counters.codeMisses++;
		const { walker, tlb } = this;
		this.want(false, user, true);
		if (!this.runWalk(linear)) return REFUSED;
		const array = walker.large ? tlb.codeLarge : tlb.code;
		array.insert(linear, walker.flags, walker.firstPfn);
		if (array.evicted !== -1) {
			if (walker.large) tlb.dropFront();
			else tlb.dropFrontPage(array.evicted);
		}
		return this.codeAt(linear, user, walker.pfn);
	}

	/** Walks with accessed and dirty bits; a failure drops the page's translations (SDM vol. 3, 4.10.4.1) and leaves its error code. */
	private runWalk(linear: number): boolean {
		const { clock } = this.cpu;
		clock.now += clock.costs.tlbMiss;
		this.error = this.walker.walk(linear, this.access, true);
		if (this.error < 0) return true;
		this.tlb.invalidate(linear);
		return false;
	}

	private want(write: boolean, user: boolean, fetch: boolean): void {
		this.access.write = write;
		this.access.user = user;
		this.access.fetch = fetch;
	}

	/** Opens the fast path to a page, as far as its rights go. */
	private fillData(linear: number, user: boolean, flags: number, pfn: number): void {
		const { cpu, s } = this;
		if (pfn >= cpu.memory.frames || cpu.watching) return;
		const marks = cpu.memory.marks[pfn];
		if ((marks & MARK.WINDOW) !== 0) return;
		const t = (user ? FRONT_DATA_USER : FRONT_DATA_SUPERVISOR) + ((linear >>> 10) & 0x3fc);
		const page = linear & ~0xfff;
		const writable = (flags & TLB_WRITE) !== 0 || (!user && !this.mode.wp);
		s[t] = (marks & MARK.READ) === 0 ? page : -1;
		s[t + 1] = writable && (flags & TLB_DIRTY) !== 0 && marks === 0 ? page : -1;
		s[t + 2] = (RAM_BASE + pfn * 4096 - page) | 0;
	}

	/** Where the code of a page is fetched from; opens the fast path to it if that is RAM. */
	private codeAt(linear: number, user: boolean, pfn: number): number {
		const { memory } = this.cpu;
		if (pfn >= memory.frames || (memory.marks[pfn] & MARK.WINDOW) !== 0) return NO_CODE + (linear & 0xfff);
		const t = (user ? FRONT_CODE_USER : FRONT_CODE_SUPERVISOR) + ((linear >>> 11) & 0x1fe);
		this.s[t] = linear & ~0xfff;
		this.s[t + 1] = pfn * 4096;
		return pfn * 4096 + (linear & 0xfff);
	}

	/** Sends writes to a marked frame through the slow path from now on, and reads where they are watched. */
	private closePaths(pfn: number): void {
		const s = this.s;
		const start = RAM_BASE + pfn * 4096;
		const reads = (this.cpu.memory.marks[pfn] & MARK.READ) !== 0;
		for (let t = FRONT_DATA_SUPERVISOR; t < FRONT_CODE_SUPERVISOR; t += 4) {
			if (s[t + 1] !== -1 && ((s[t + 1] + s[t + 2]) | 0) === start) s[t + 1] = -1;
			if (reads && s[t] !== -1 && ((s[t] + s[t + 2]) | 0) === start) s[t] = -1;
		}
	}

	private closeAllWrites(): void {
		const s = this.s;
		for (let t = FRONT_DATA_SUPERVISOR; t < FRONT_CODE_SUPERVISOR; t += 4) s[t + 1] = -1;
	}

	// --- control -------------------------------------------------------------------------------------

	/** Takes over CR0, CR4 and EFER from the processor; flushes nothing. */
	configure(): void {
		const { cpu, mode } = this;
		this.foldHits();
		mode.on = (cpu.cr0 & CR0.PG) !== 0;
		mode.wp = (cpu.cr0 & CR0.WP) !== 0;
		mode.pse = (cpu.cr4 & CR4.PSE) !== 0;
		mode.pae = (cpu.cr4 & CR4.PAE) !== 0;
		mode.pge = (cpu.cr4 & CR4.PGE) !== 0;
		mode.nx = mode.pae && (cpu.efer & EFER_NXE) !== 0;
		this.tlb.setLargeShift(mode.pae ? 21 : 22);
		this.dropFront();
		this.onSpace?.();
	}

	/**
	 * Loads CR3 (SDM vol. 3, 4.4.1): with PAE paging the four PDPTEs are read and checked first, #GP(0) if one is malformed.
	 * Flushes all but global translations.
	 */
	loadCr3(value: number, cause: number = FLUSH.MOV_CR3): void {
		if (this.mode.on && this.mode.pae) this.loadPdptes(value);
		this.setCr3(value);
		this.flush(cause, this.mode.pge);
	}

	/** Sets CR3 with neither a check nor a flush: for the parts of a larger change. */
	setCr3(value: number): void {
		this.cpu.cr3 = value >>> 0;
		this.mode.cr3 = value >>> 0;
	}

	/** Checks the PDPTEs that `cr3` points to: #GP(0) if a present one has a reserved bit set. */
	checkPdptes(cr3: number): void {
		const { memory } = this.cpu;
		const base = (cr3 & ~31) >>> 0;
		for (let i = 0; i < 4; i++) {
			const low = memory.read32(base + i * 8);
			const high = memory.read32(base + i * 8 + 4);
			if ((low & PTE_P) !== 0 && ((low & PDPTE_RESERVED) !== 0 || high > 0xf)) throw this.cpu.fault(VECTOR.GP, 0);
		}
	}

	/** Checks the PDPTEs at `cr3`, then caches them: what lies in memory no longer counts. */
	loadPdptes(cr3: number): void {
		this.checkPdptes(cr3);
		const base = (cr3 & ~31) >>> 0;
		for (let i = 0; i < 8; i++) this.mode.pdptes[i] = this.cpu.memory.read32(base + i * 4);
	}

	/** Flushes the TLB, except global translations where `keepGlobal`, and records it. */
	flush(cause: number = FLUSH.ALL, keepGlobal = false): void {
		const { clock } = this.cpu;
		const dropped = this.tlb.flush(keepGlobal);
		this.counters.flushes[cause]++;
		clock.now += clock.costs.tlbFlush;
		this.cpu.recorder.record(KIND.tlb_flush, word('cause', cause), word('addr', 0), word('dropped', dropped));
		this.onSpace?.();
	}

	/** Drops the translations of one page, global ones too (INVLPG), and records it. */
	flushPage(linear: number): void {
		const { clock } = this.cpu;
		const dropped = this.tlb.invalidate(linear | 0);
		this.counters.flushes[FLUSH.INVLPG]++;
		clock.now += clock.costs.invlpg;
		this.cpu.recorder.record(
			KIND.tlb_flush,
			word('cause', FLUSH.INVLPG),
			word('addr', linear >>> 0),
			word('dropped', dropped)
		);
	}

	/** Moves the hit paths' small counter into the total; look-ups without paging do not count. */
	foldHits(): void {
		if (this.mode.on) this.counters.hits += this.s[HITS_INDEX] >>> 0;
		this.s[HITS_INDEX] = 0;
	}

	/** The counters, complete. */
	readCounters(): TlbCounters {
		this.foldHits();
		return { ...this.counters, flushes: [...this.counters.flushes] };
	}

	// --- looking without touching ------------------------------------------------------------------

	/** Walks the tables for a picture or for native code: no TLB, no accessed or dirty bits, no fault. */
	inspect(linear: number, access: Partial<Access> = {}): Inspection {
		if (!this.mode.on) return { physical: linear >>> 0, error: -1, large: false, entries: [] };
		const { walker } = this;
		const error = walker.walk(linear | 0, { write: false, user: false, fetch: false, ...access }, false);
		const entries = walker.trail.slice(0, walker.depth).map((entry) => ({ ...entry }));
		const physical = error < 0 ? walker.pfn * 4096 + (linear & 0xfff) : -1;
		return { physical, error, large: error < 0 && walker.large, entries };
	}

	/** Drops the front arrays, when something that they depend on (DR7, a window over RAM, a restored state) changed. */
	dropFront(): void {
		this.tlb.dropFront();
	}

	save(): MmuState {
		this.foldHits();
		return {
			words: this.s.slice(FRONT_END, FRONT_END + 0x800),
			pdptes: this.mode.pdptes.slice(),
			counters: this.readCounters()
		};
	}

	/** Restores after the processor's control registers have been. */
	restore(state: MmuState): void {
		this.s.set(state.words, FRONT_END);
		this.tlb.restored();
		this.mode.pdptes.set(state.pdptes);
		this.mode.cr3 = this.cpu.cr3;
		this.configure();
		this.s[HITS_INDEX] = 0;
		Object.assign(this.counters, state.counters, { flushes: [...state.counters.flushes] });
	}
}

export interface MmuState {
	words: Int32Array;
	pdptes: Int32Array;
	counters: TlbCounters;
}
