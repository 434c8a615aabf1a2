/** Grant tables of all domains at one moment. */

/** An entry of a version-1 grant table that is in use. */
export interface GrantEntry {
	ref: number;
	/** GTF_* bits (xen/include/public/grant_table.h). */
	flags: number;
	/** Who may use the frame. */
	domid: number;
	frame: number;
	/** Who owns the frame really; DOMID_INVALID where there is no such RAM. */
	owner: number;
	/** The owner's own number of the frame, or -1. */
	pfn: number;
	/** How often domain 0's programs have it mapped. */
	mapped: number;
}

/** One domain's table. */
export interface DomainGrants {
	id: number;
	name: string;
	/** Machine frames of the table, and how many it may have. */
	frames: number[];
	maxFrames: number;
	/** Entries that there are room for. */
	capacity: number;
	entries: GrantEntry[];
}

export interface GrantPicture {
	domains: DomainGrants[];
}
