/**
 * Names of virtual disks and the numbers that stand for them in xenstore (docs/man/xen-vbd-interface.7.pandoc of the Xen sources):
 * `xvda`, `hda`, `sda` with a partition's number behind, `d0p1`, or the number itself.
 */

/** xen/include/public/io/blkif.h and Linux's devices.txt: the majors that a front end knows. */
const XVD_MAJOR = 202;
const HD_MAJORS = [3, 22];
const SD_MAJOR = 8;
/** A disk or partition that the short form has no room for. */
const EXTENDED = 1 << 28;
const MOST_DISKS = (1 << 20) - 1;

/** `a` is 0, `z` 25, `aa` 26. */
function diskOfLetters(letters: string): number {
	let number = 0;
	for (const letter of letters) number = number * 26 + (letter.charCodeAt(0) - 96);
	return number - 1;
}

const xvd = (disk: number, part: number): number =>
	disk < 16 && part < 16 ? (XVD_MAJOR << 8) | (disk << 4) | part : EXTENDED | (disk << 8) | part;

/** Number by family; null where it has no such disk or partition. */
const FAMILIES: Readonly<Record<string, (disk: number, part: number) => number | null>> = {
	xvd: (disk, part) => (disk <= MOST_DISKS && part < 256 ? xvd(disk, part) : null),
	hd: (disk, part) => (disk < 4 && part < 64 ? (HD_MAJORS[disk >> 1] << 8) | ((disk & 1) << 6) | part : null),
	sd: (disk, part) => (disk < 16 && part < 16 ? (SD_MAJOR << 8) | (disk << 4) | part : null)
};

/** The number of a virtual disk by its name, or null where that is no name of one. */
export function vdevNumber(name: string): number | null {
	const named = /^(xvd|hd|sd)([a-z]{1,4})([1-9]\d{0,2})?$/.exec(name);
	if (named) return FAMILIES[named[1]](diskOfLetters(named[2]), Number(named[3] ?? 0));
	const counted = /^d(\d{1,7})(?:p(\d{1,3}))?$/.exec(name);
	if (counted) return FAMILIES.xvd(Number(counted[1]), Number(counted[2] ?? 0));
	if (!/^(?:0x[0-9a-f]{1,8}|\d{1,10})$/i.test(name)) return null;
	const number = Number(name);
	return number <= 0x7fff_ffff ? number : null;
}
