/** Requests to the disks that a kernel drives, in the order in which they came to its elevator, and in that of service. */

/** One request. */
export interface DiskRequest {
	/** How many requests came to the kernel's disks before it. */
	readonly came: number;
	/** Its place in the order of service, from 1; 0 while it waits. */
	readonly started: number;
	/** The disk: `hda`. */
	readonly disk: string;
	/** Its place in the machine, 0 hda to 3 hdd; -1 for one that is none of the machine's. */
	readonly drive: number;
	/** For which domain. */
	readonly dom: number;
	/** The batch that the back end took it in; 0 for what its kernel wants for itself. */
	readonly batch: number;
	readonly operation: 'read' | 'write' | 'flush';
	/** A step of a barrier, which is a flush, a write and a flush. */
	readonly barrier: boolean;
	readonly lba: number;
	/** 0 for a flush. */
	readonly sectors: number;
	readonly state: 'waits' | 'runs' | 'done' | 'failed';
}

/** One kernel's: the last requests, in the order in which they came. */
export interface DiskQueue {
	/** The domain whose kernel it is. */
	readonly dom: number;
	readonly requests: readonly DiskRequest[];
}
