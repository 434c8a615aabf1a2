/** Translations that the TLB holds. */

/** A translation that the TLB holds. */
export interface TlbEntry {
	kind: 'code' | 'data';
	/** First linear address that the entry translates, and how many bytes. */
	linear: number;
	size: number;
	/** Physical address of the first byte. */
	physical: number;
	writable: boolean;
	user: boolean;
	global: boolean;
}

/** What the TLB holds, and how often it served. */
export interface TlbState {
	hits: number;
	misses: number;
	/** Flushes by cause, in the order of TLB_FLUSH_CAUSES. */
	flushes: number[];
	entries: TlbEntry[];
}

/** How an entry stands to the page tables in memory, from harmless to telling. */
export type TlbAgreement =
	/** Says what the tables say. */
	| 'agrees'
	/** Permits less than the tables do now: the processor walks again when it needs more. */
	| 'narrower'
	/** Permits what the tables no longer permit. */
	| 'wider'
	/** The tables name another frame. */
	| 'moved'
	/** The tables map nothing there. */
	| 'gone';

/** One occupied place of the TLB. */
export interface TlbSlot extends TlbEntry {
	set: number;
	way: number;
	/** Has been written through: a clean entry makes the first write walk again. */
	dirty: boolean;
	noExecute: boolean;
	agreement: TlbAgreement;
	/** What the page tables say now; null where they map nothing. */
	tables: { physical: number; writable: boolean; user: boolean } | null;
}

/** One set-associative array of the TLB. */
export interface TlbArrayState {
	/** `data 4K`, `code 4K`, `data large`, `code large`. */
	name: string;
	sets: number;
	ways: number;
	/** Bytes that one entry translates. */
	pageSize: number;
	/** The occupied places, by set and way. */
	slots: TlbSlot[];
}

/** The whole TLB at one moment. */
export interface TlbPicture {
	arrays: TlbArrayState[];
	hits: number;
	dataMisses: number;
	codeMisses: number;
	/** Flushes by cause, in the order of TLB_FLUSH_CAUSES. */
	flushes: number[];
}
