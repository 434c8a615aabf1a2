/** Who maps a frame: the page tables read backwards. */

/** An entry that names the frame. */
export interface MapperEntry {
	tableMfn: number;
	level: 1 | 2 | 3;
	index: number;
	entryLow: number;
	entryHigh: number;
	writable: boolean;
	user: boolean;
	/** Whose table it is; DOMID_XEN the hypervisor's. */
	owner: number;
	/** Where the frame shows in an address space: linear address, and the table that is its root. At most 64. */
	seen: { linear: number; root: number }[];
}

/** All that refers to a frame. */
export interface MapperPicture {
	mfn: number;
	/** False where the machine has no RAM of that number. */
	exists: boolean;
	owner: number;
	/** Index of FRAME_TYPES, with the counts that protect it. */
	type: number;
	typeCount: number;
	refCount: number;
	pinned: boolean;
	validated: boolean;
	/** The owner's own number of it, or -1. */
	pfn: number;
	entries: MapperEntry[];
	/** References that no page-table entry holds, one plain phrase each. */
	others: string[];
}
