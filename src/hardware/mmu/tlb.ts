import {
	FRONT_CODE_SUPERVISOR,
	FRONT_CODE_USER,
	FRONT_DATA_SUPERVISOR,
	FRONT_DATA_USER,
	FRONT_END,
	TLB_WORD
} from '../layout';

/** Flags in the low bits of an entry's first word. */
export const TLB_VALID = 1;
export const TLB_WRITE = 2;
export const TLB_USER = 4;
export const TLB_GLOBAL = 8;
export const TLB_DIRTY = 16;
export const TLB_NX = 32;
const WORDS = 4;
/** What of an entry's first word must be equal. */
const TAG = ~0xfff | TLB_VALID;

/** One valid entry, as the pictures read it. */
export interface TlbEntry {
	array: string;
	set: number;
	way: number;
	/** Linear address of the page. */
	linear: number;
	/** Physical page number of its first 4 KiB. */
	pfn: number;
	large: boolean;
	writable: boolean;
	user: boolean;
	global: boolean;
	dirty: boolean;
	noExecute: boolean;
}

/**
 * One set-associative array. Entries of four words: { linear page | flags, physical page number, next victim (way 0 only), 0 }.
 * A full set replaces its ways in turn.
 */
export class TlbArray {
	/** Log2 of the page size that the array holds now. */
	shift: number;
	/** Entry index that the last `insert` displaced held, as a linear page; -1 if none. */
	evicted = -1;
	/** It holds nothing, for certain: the arrays of large pages seldom hold anything, and need not be searched. */
	empty = false;
	private readonly stride: number;

	constructor(
		private readonly s: Int32Array,
		readonly name: string,
		private readonly word: number,
		readonly sets: number,
		readonly ways: number,
		shift: number
	) {
		this.shift = shift;
		this.stride = ways * WORDS;
	}

	private setWord(linear: number): number {
		return this.word + ((linear >>> this.shift) & (this.sets - 1)) * this.stride;
	}

	/** Word index of the entry that translates `linear`, or -1. */
	find(linear: number): number {
		if (this.empty) return -1;
		const { s, shift, stride } = this;
		const tag = ((linear >>> shift) << shift) | TLB_VALID;
		const first = this.setWord(linear);
		for (let at = first; at < first + stride; at += WORDS) if ((s[at] & TAG) === tag) return at;
		return -1;
	}

	/** Puts a translation in, over an older one of the same page or the next victim. Returns its word index. */
	insert(linear: number, flags: number, pfn: number): number {
		const s = this.s;
		const page = (linear >>> this.shift) << this.shift;
		const first = this.setWord(linear);
		let at = this.find(linear);
		this.empty = false;
		this.evicted = -1;
		if (at < 0) {
			for (let way = 0; way < this.ways && at < 0; way++) {
				if ((s[first + way * WORDS] & TLB_VALID) === 0) at = first + way * WORDS;
			}
		}
		if (at < 0) {
			const way = s[first + 2] % this.ways;
			s[first + 2] = (way + 1) % this.ways;
			at = first + way * WORDS;
			this.evicted = s[at] & ~0xfff;
		}
		s[at] = page | flags | TLB_VALID;
		s[at + 1] = pfn;
		return at;
	}

	/** Drops the entry of `linear`'s page. Returns the number dropped: 0 or 1. */
	invalidate(linear: number): number {
		const at = this.find(linear);
		if (at < 0) return 0;
		this.s[at] = 0;
		return 1;
	}

	/** Drops all entries, or all but the global ones. Returns how many. */
	flush(keepGlobal: boolean): number {
		if (this.empty) return 0;
		const s = this.s;
		const keep = keepGlobal ? TLB_GLOBAL : 0;
		let dropped = 0;
		const end = this.word + this.sets * this.stride;
		this.empty = !keepGlobal;
		for (let at = this.word; at < end; at += WORDS) {
			if ((s[at] & TLB_VALID) === 0 || (s[at] & keep) !== 0) continue;
			s[at] = 0;
			dropped++;
		}
		return dropped;
	}

	/** The valid entries, in set and way order. */
	entries(): TlbEntry[] {
		const found: TlbEntry[] = [];
		for (let set = 0; set < this.sets; set++) {
			for (let way = 0; way < this.ways; way++) {
				const at = this.word + (set * this.ways + way) * WORDS;
				const head = this.s[at];
				if ((head & TLB_VALID) === 0) continue;
				found.push({
					array: this.name,
					set,
					way,
					linear: (head & ~0xfff) >>> 0,
					pfn: this.s[at + 1] >>> 0,
					large: this.shift !== 12,
					writable: (head & TLB_WRITE) !== 0,
					user: (head & TLB_USER) !== 0,
					global: (head & TLB_GLOBAL) !== 0,
					dirty: (head & TLB_DIRTY) !== 0,
					noExecute: (head & TLB_NX) !== 0
				});
			}
		}
		return found;
	}
}

/**
 * The processor's TLB in the shape of a Pentium M (SDM vol. 2, CPUID leaf 2, descriptors B0h, B3h, 02h, 04h): separate
 * arrays for code and data, small and large pages; and in front of them the arrays that the hit paths read. The front
 * arrays always hold a subset of the TLB, so dropping them is invisible.
 */
export class Tlb {
	readonly data: TlbArray;
	readonly code: TlbArray;
	readonly dataLarge: TlbArray;
	readonly codeLarge: TlbArray;
	private readonly arrays: readonly TlbArray[];

	constructor(private readonly s: Int32Array) {
		this.data = new TlbArray(s, 'data 4K', TLB_WORD, 32, 4, 12);
		this.code = new TlbArray(s, 'code 4K', TLB_WORD + 512, 32, 4, 12);
		this.dataLarge = new TlbArray(s, 'data large', TLB_WORD + 1024, 2, 4, 22);
		this.codeLarge = new TlbArray(s, 'code large', TLB_WORD + 1056, 1, 2, 22);
		this.arrays = [this.data, this.code, this.dataLarge, this.codeLarge];
		this.dropFront();
	}

	/** Entries were written by somebody else. */
	restored(): void {
		for (const array of this.arrays) array.empty = false;
	}

	/** Sets the size of large pages: 22 without PAE, 21 with. The TLB must be flushed with it. */
	setLargeShift(shift: number): void {
		this.dataLarge.shift = shift;
		this.codeLarge.shift = shift;
	}

	/** Flushes everything, or everything but global entries. Returns the number of entries dropped. */
	flush(keepGlobal: boolean): number {
		this.dropFront();
		let dropped = 0;
		for (const array of this.arrays) dropped += array.flush(keepGlobal);
		return dropped;
	}

	/** Drops every translation of the page that `linear` lies in, global or not. */
	invalidate(linear: number): number {
		const large = this.dataLarge.invalidate(linear) + this.codeLarge.invalidate(linear);
		if (large > 0) this.dropFront();
		else this.dropFrontPage(linear);
		return large + this.data.invalidate(linear) + this.code.invalidate(linear);
	}

	/** Empties the front arrays. */
	dropFront(): void {
		this.s.fill(-1, FRONT_DATA_SUPERVISOR, FRONT_END);
	}

	/** Empties the front slots of one 4 KiB page. */
	dropFrontPage(linear: number): void {
		const page = linear & ~0xfff;
		const data = (linear >>> 10) & 0x3fc;
		const code = (linear >>> 11) & 0x1fe;
		this.dropTag(FRONT_DATA_SUPERVISOR + data, page);
		this.dropTag(FRONT_DATA_SUPERVISOR + data + 1, page);
		this.dropTag(FRONT_DATA_USER + data, page);
		this.dropTag(FRONT_DATA_USER + data + 1, page);
		this.dropTag(FRONT_CODE_SUPERVISOR + code, page);
		this.dropTag(FRONT_CODE_USER + code, page);
	}

	private dropTag(at: number, page: number): void {
		if (this.s[at] === page) this.s[at] = -1;
	}

	/** All valid entries. */
	entries(): TlbEntry[] {
		return this.arrays.flatMap((array) => array.entries());
	}
}
