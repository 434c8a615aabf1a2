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
	/** Who uses the entry, as the hypervisor counts it; null when nobody does. */
	use: GrantUse | null;
}

/** The use of an entry: mappings by kind. */
export interface GrantUse {
	/** Who uses it, and the frame that was granted when the use began. */
	domid: number;
	frame: number;
	/** Mappings in page tables. */
	writable: number;
	readOnly: number;
	/** Mappings for devices. */
	devices: number;
}

/** What a domain has mapped of another's, by handle. */
export interface GrantMapping {
	handle: number;
	/** Who granted it; DOMID_INVALID once that domain is gone. */
	dom: number;
	ref: number;
	frame: number;
	/** GNTMAP_* bits. */
	flags: number;
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
	/** What it has mapped of others. */
	mappings: GrantMapping[];
}

export interface GrantPicture {
	domains: DomainGrants[];
}
