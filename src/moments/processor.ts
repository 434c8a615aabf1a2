/** The processor's registers as plain data. */

/** A segment register with the descriptor that the processor cached when it was loaded (SDM vol. 3, 3.4.3). */
export interface SegmentState {
	selector: number;
	base: number;
	/** The highest offset permitted (in bytes, after granularity), unsigned. */
	limit: number;
	/** The descriptor's type field (SDM vol. 3, 3.4.5.1). */
	type: number;
	/** 1 for code and data, 0 for system descriptors. */
	s: number;
	dpl: number;
	present: boolean;
	/** Default size: 32 bits when set. */
	db: boolean;
	granularity: boolean;
}

/** GDTR or IDTR. */
export interface TableRegister {
	base: number;
	limit: number;
}

/** Who is on the processor. */
export type Running = 'guest user' | 'guest kernel' | 'hypervisor' | 'idle';
