/*
 * How long a drive takes, in microseconds. The figures are an estimate: of the size that data sheets of desktop drives of 2000 to 2003 with
 * 7,200 revolutions a minute give, and no drive's own. The arm's way is measured in parts of the whole disk, however small it is, so
 * that the order of requests is felt on an image of a few megabytes, too.
 */

/** A command, before anything moves. */
export const OVERHEAD = 100;
const REVOLUTION = 60_000_000 / 7200;
/** Sectors of one track; those that come next pass under the head, or are in the drive's buffer already. */
const TRACK = 500;
/** The arm's way to the next track, and from one end to the other. */
const NEXT_TRACK = 1500;
const FULL_STROKE = 18_000;
const SECTOR_TIME = REVOLUTION / TRACK;
/** From standstill. */
export const SPIN_UP = 4_000_000;
/** From the end of a software reset, and for the drive's test of itself. */
export const RESET = 2000;

/** Megabytes a second on the cable, by transfer mode (ATA/ATAPI-6, annex on timing): multiword DMA 0 to 2, Ultra DMA 0 to 5. */
const CABLE: Readonly<Record<number, number>> = {
	0x20: 4.2,
	0x21: 13.3,
	0x22: 16.7,
	0x40: 16.7,
	0x41: 25,
	0x42: 33.3,
	0x43: 44.4,
	0x44: 66.7,
	0x45: 100
};

/** Time that `count` sectors take on the cable; none in PIO, where the processor's accesses take their own. */
export const cableTime = (count: number, mode: number): number => (count * 512) / (CABLE[mode] ?? Infinity);

/** Time that `count` sectors take under the head. */
export const mediaTime = (count: number): number => count * SECTOR_TIME;

/** Time until the head is at `to`, when it was at the beginning of `from`, on a disk of `sectors`. */
export function travelTime(from: number, to: number, sectors: number): number {
	const ahead = to - from;
	if (ahead >= 0 && ahead < TRACK) return ahead * SECTOR_TIME;
	const way = Math.sqrt(Math.min(1, Math.abs(ahead) / sectors));
	return NEXT_TRACK + (FULL_STROKE - NEXT_TRACK) * way + REVOLUTION / 2;
}

/** Time to write sectors, ascending, one after the other, and where the head is then. */
export function sweepTime(from: number, lbas: readonly number[], sectors: number): { time: number; at: number } {
	let [time, at] = [0, from];
	for (const lba of lbas) {
		time += travelTime(at, lba, sectors) + SECTOR_TIME;
		at = lba + 1;
	}
	return { time, at };
}
