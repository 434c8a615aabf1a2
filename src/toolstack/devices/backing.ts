/**
 * What stands behind a virtual disk: a disk of the machine, a partition of it, or a stretch of its sectors, as domain 0 names them.
 *
 *     /dev/hda         the first disk: 3:0        /dev/hdb         the second: 3:40 (minor 64; both numbers are hexadecimal)
 *     /dev/hda2        its second partition: 3:2, which the back end looks up in the partition table
 *     /dev/hda:63+2048 2048 sectors from sector 63 on: 3:0, the stretch stands in `params`
 *     /dev/ram0        memory of the domain that serves it: 1:0; a driver domain may have no other disk
 *
 * The numbers are Linux's (Documentation/admin-guide/devices.txt: 3 and 22, 64 minors a disk; 1 for memory).
 */

/** Where a virtual disk's blocks lie. Sectors of 512 bytes. */
export interface Backing {
	readonly major: number;
	readonly minor: number;
	/** Place of the disk among the machine's: hda is 0. Null where it is memory. */
	readonly disk: number | null;
	/** 0 for the whole disk. */
	readonly partition: number;
	/** Null where it is the whole disk or partition. */
	readonly stretch: { readonly start: number; readonly count: number } | null;
}

const MAJORS = [3, 22];
const MINORS_A_DISK = 64;

const MEMORY_MAJOR = 1;

/** What `target` names, or null where it is the name of no disk. */
export function backingOf(target: string): Backing | null {
	const parts = /^(?:\/dev\/)?(?:hd([a-d])([1-9]\d?)?|ram(\d))(?::(\d{1,10})\+(\d{1,10}))?$/.exec(target);
	if (!parts) return null;
	const [, letter, part = '0', ram, start, count] = parts;
	const partition = Number(part);
	const stretch = start === undefined ? null : { start: Number(start), count: Number(count) };
	if (partition >= MINORS_A_DISK || stretch?.count === 0 || (partition > 0 && stretch)) return null;
	if (letter === undefined) return { major: MEMORY_MAJOR, minor: Number(ram), disk: null, partition, stretch };
	const disk = letter.charCodeAt(0) - 97;
	return { major: MAJORS[disk >> 1], minor: (disk & 1) * MINORS_A_DISK + partition, disk, partition, stretch };
}

/** `physical-device` of a back end: major and minor, both hexadecimal. */
export const physicalDevice = ({ major, minor }: Backing): string => `${major.toString(16)}:${minor.toString(16)}`;

/** The same name in full, as it stands in `params`. */
export const deviceFile = (target: string): string => (target.startsWith('/') ? target : `/dev/${target}`);
