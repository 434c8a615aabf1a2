/** Machine frames, and which linear addresses reach them. */

export const FRAME_FLAGS = { validated: 1, pinned: 2, partial: 4 } as const;

/** Every machine frame, by frame number. */
export interface FrameMap {
	frames: number;
	/** Owner's domain id; DOMID_XEN (0x7ff2) the hypervisor, DOMID_INVALID (0x7ff4) free. */
	owner: Uint16Array;
	/** Index of FRAME_TYPES. */
	type: Uint8Array;
	typeCount: Uint32Array;
	refCount: Uint32Array;
	/** Bits of FRAME_FLAGS. */
	flags: Uint8Array;
	/** Machine-to-pseudo-physical: the guest's own number of each frame, 0xffffffff where none. */
	pfn: Uint32Array;
}

/** One level of a page walk (SDM vol. 3, 4.4 for PAE), top first. */
export interface WalkStep {
	/** 3 the page-directory-pointer table, 2 the directory, 1 the page table. */
	level: 1 | 2 | 3;
	tableMfn: number;
	/** The index taken from the address, and the entry found there. */
	index: number;
	/** Bits of the address that made the index. */
	bits: readonly [high: number, low: number];
	entryLow: number;
	entryHigh: number;
	present: boolean;
	writable: boolean;
	user: boolean;
	noExecute: boolean;
	accessed: boolean;
	dirty: boolean;
	/** A 2 MiB page ends the walk at level 2. */
	large: boolean;
	/** The frame that the entry names. */
	mfn: number;
	ok: boolean;
	/** One plain sentence. */
	note: string;
}

/** A page walk, as far as it came, and the page that it found. */
export interface Walk {
	address: number;
	cr3: number;
	steps: WalkStep[];
	/** Physical address, or -1 when the walk failed. */
	physical: number;
	/** Owner and type of the page found, when it is RAM. */
	owner: number;
	type: number;
	typeCount: number;
	refCount: number;
	/** The page as its guest counts it, or -1. */
	pfn: number;
}

/** A run of pages with the same rights in the address space of now. */
export interface SpaceRegion {
	start: number;
	/** First address after it; up to 2^32. */
	end: number;
	writable: boolean;
	user: boolean;
	/** Whose part of the address space. */
	part: 'guest' | 'hypervisor';
	/** Index of FRAME_TYPES of its first frame. */
	type: number;
	pages: number;
}
