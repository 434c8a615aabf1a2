/** Bytes of a sector of the machine's disks. */
export const SECTOR = 512;

/** A disk of the machine at a moment. */
export interface DriveState {
	/** Its place: 0 hda to 3 hdd. */
	readonly number: number;
	/** `hda`. */
	readonly name: string;
	/** What it says when it is identified. */
	readonly model: string;
	readonly sectors: number;
	readonly readOnly: boolean;
	/** Sectors in which something else is found than the image has. */
	readonly changed: number;
	/** Sectors that are in its cache and not durable yet. */
	readonly waiting: number;
}
