/** What a disk's bytes seem to be, by what stands where all of its kind have something. */
import { SECTOR } from '../../moments';

export interface DiskKind {
	readonly kind: 'empty' | 'ext' | 'iso' | 'partitions' | 'boot' | 'unknown';
	/** In words: `ext2, named files`. */
	readonly words: string;
	/** Whether a file with these bytes is taken for a disk without being asked about. */
	readonly sure: boolean;
}

/** The superblock of ext2 to ext4 lies behind the first KiB; offsets in it (Documentation/filesystems/ext4 of Linux). */
const EXT = { at: 1024, magic: 56, compatible: 92, incompatible: 96, label: 120, labelBytes: 16 };
const EXT_MAGIC = 0xef53;
const HAS_JOURNAL = 4;
const HAS_EXTENTS = 0x40;
/** A boot sector, and in it the partitions of a PC: four entries of 16 bytes, status first, type at 4. */
const BOOT = { magic: 510, entries: 446, entry: 16, count: 4, type: 4 };
const BOOT_MAGIC = 0xaa55;
/** ISO 9660 (ECMA-119 8.1): the sixteenth sector of 2 KiB begins with a type and these letters. */
const ISO = { at: 16 * 2048 + 1, letters: 'CD001' };

const ascii = (bytes: Uint8Array): string => String.fromCharCode(...bytes).replace(/\0.*$/s, '');

function extOf(view: DataView, bytes: Uint8Array): DiskKind | null {
	if (bytes.length < EXT.at + 1024 || view.getUint16(EXT.at + EXT.magic, true) !== EXT_MAGIC) return null;
	const label = ascii(bytes.subarray(EXT.at + EXT.label, EXT.at + EXT.label + EXT.labelBytes));
	const journal = (view.getUint32(EXT.at + EXT.compatible, true) & HAS_JOURNAL) !== 0;
	const extents = (view.getUint32(EXT.at + EXT.incompatible, true) & HAS_EXTENTS) !== 0;
	const name = extents ? 'ext4' : journal ? 'ext3' : 'ext2';
	return { kind: 'ext', words: label ? `${name}, named ${label}` : name, sure: true };
}

const isoOf = (_view: DataView, bytes: Uint8Array): DiskKind | null =>
	ascii(bytes.subarray(ISO.at, ISO.at + ISO.letters.length)) === ISO.letters
		? { kind: 'iso', words: 'ISO 9660, a CD', sure: true }
		: null;

function bootOf(view: DataView, bytes: Uint8Array): DiskKind | null {
	if (bytes.length < SECTOR || view.getUint16(BOOT.magic, true) !== BOOT_MAGIC) return null;
	const entries = Array.from({ length: BOOT.count }, (_, n) => BOOT.entries + n * BOOT.entry);
	const used = entries.filter((at) => bytes[at + BOOT.type] !== 0);
	const plausible = used.length > 0 && entries.every((at) => (bytes[at] & 0x7f) === 0);
	if (!plausible) return { kind: 'boot', words: 'a boot sector, without partitions', sure: true };
	return {
		kind: 'partitions',
		words: used.length === 1 ? 'MBR, 1 partition' : `MBR, ${used.length} partitions`,
		sure: true
	};
}

const KINDS = [extOf, isoOf, bootOf];

export function diskKind(bytes: Uint8Array): DiskKind {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	for (const kind of KINDS) {
		const found = kind(view, bytes);
		if (found) return found;
	}
	return bytes.some((byte) => byte !== 0)
		? { kind: 'unknown', words: 'no file system that this page knows', sure: false }
		: { kind: 'empty', words: 'nothing but zeros', sure: false };
}

const DISK_NAME = /\.(img|raw|iso|ext2|ext3|ext4|vfd|dd)$/i;
const isElf = (bytes: Uint8Array): boolean => ascii(bytes.subarray(0, 4)) === '\x7fELF';

/** Whether a file that was dropped is a disk and no kernel: by its bytes, and where these say nothing by its name. */
export const isDisk = (name: string, bytes: Uint8Array): boolean =>
	!isElf(bytes) && (DISK_NAME.test(name) || diskKind(bytes).sure);
