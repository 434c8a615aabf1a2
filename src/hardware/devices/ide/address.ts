import { DEVICE } from './ata';

/** The registers that hold two bytes: the one written last is the low byte, the one before it the high byte. */
export interface TaskFile {
	feature: number;
	count: number;
	low: number;
	mid: number;
	high: number;
	/** One byte. */
	device: number;
}

interface Geometry {
	readonly heads: number;
	readonly track: number;
}

/** The sector that the registers name, with 48 bits, 28, or cylinder, head and sector: -1 for those that do not exist. */
export function readAddress({ low, mid, high, device }: TaskFile, { heads, track }: Geometry, wide: boolean): number {
	const three = (low & 0xff) | ((mid & 0xff) << 8) | ((high & 0xff) << 16);
	if (wide) return three + ((low >>> 8) + (mid >>> 8) * 0x100 + (high >>> 8) * 0x1_0000) * 0x100_0000;
	if ((device & DEVICE.LBA) !== 0) return three + (device & 15) * 0x100_0000;
	const [sector, cylinder, head] = [low & 0xff, (mid & 0xff) | ((high & 0xff) << 8), device & 15];
	return sector === 0 || sector > track || head >= heads ? -1 : (cylinder * heads + head) * track + sector - 1;
}

/** The registers that name a sector, in the same form. */
export function writeAddress(lba: number, device: number, geometry: Geometry, wide: boolean): Partial<TaskFile> {
	const byte = (shift: number): number => Math.floor(lba / 2 ** shift) & 0xff;
	const above = (shift: number): number => (wide ? byte(shift) << 8 : 0);
	if (wide || (device & DEVICE.LBA) !== 0) {
		const address = { low: byte(0) | above(24), mid: byte(8) | above(32), high: byte(16) | above(40) };
		return wide ? address : { ...address, device: (device & 0xf0) | (byte(24) & 15) };
	}
	const { heads, track } = geometry;
	const cylinder = Math.floor(lba / (heads * track));
	const head = Math.floor(lba / track) % heads;
	return {
		low: (lba % track) + 1,
		mid: cylinder & 0xff,
		high: (cylinder >>> 8) & 0xff,
		device: (device & 0xf0) | head
	};
}
