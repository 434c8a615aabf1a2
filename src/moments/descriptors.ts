/** Descriptor tables of one moment: the processor's own, and what the guest registered with the hypervisor. */

/** A descriptor as it lies in its table (SDM vol. 3, 3.4.5 and 6.11): two words. */
export interface RawDescriptor {
	/** Place in its table. */
	index: number;
	low: number;
	high: number;
}

/** A table that a register points at. */
export interface DescriptorTable {
	/** Linear address of its first entry, and the last byte that belongs to it. */
	base: number;
	limit: number;
	/** Entries that are not all zero. */
	entries: RawDescriptor[];
}

/** A handler that a guest registered by set_trap_table (struct trap_info). */
export interface GuestTrap {
	vector: number;
	cs: number;
	eip: number;
	/** Highest ring that may come here by INT n. */
	dpl: number;
	/** Masks upcalls on the way in. */
	masks: boolean;
}

/** The task-state segment: of its fields only those that this machine uses (SDM vol. 3, 7.2.1). */
export interface TssPicture {
	selector: number;
	base: number;
	limit: number;
	ss0: number;
	esp0: number;
	ss1: number;
	esp1: number;
	/** Offset of the I/O permission bitmap; beyond the limit it denies every port. */
	ioBitmap: number;
}

/** All descriptor tables at one moment. */
export interface DescriptorPicture {
	/** Whose they are: domain and vcpu on the processor, or null for the idle loop. */
	owner: { dom: number; vcpu: number } | null;
	gdt: DescriptorTable;
	/** Null where LDTR is null. */
	ldt: (DescriptorTable & { selector: number }) | null;
	idt: DescriptorTable;
	tss: TssPicture;
	/** What the guest believes its IDT to be; null while no vcpu is on the processor. */
	traps: GuestTrap[] | null;
	/** Segment registers, with LDTR and TR, and their selectors. */
	uses: { register: string; selector: number }[];
	/** First entry of the GDT that is the hypervisor's. */
	firstReserved: number;
}
