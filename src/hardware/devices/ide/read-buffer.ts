/**
 * What a drive has read and still holds: a read of these sectors alone is answered at the speed of the cable, and nothing turns or moves
 * for it. The one longest unread goes first. As a drive of the time does it (Fujitsu MPG3xxxAH-E product manual, C141-E116, 6.5: a buffer of
 * 2 MB, 1,968 KiB of it for commands; a full hit goes without the medium); what a write touches is forgotten.
 */

/** Sectors that it holds. */
export const READ_SECTORS = 3936;

/** Stretches of sectors, the one that goes first in front. */
export type ReadBufferState = (readonly [lba: number, count: number])[];

export class ReadBuffer {
	/** In the order in which they go. */
	private sectors = new Set<number>();

	holds(lba: number, count: number): boolean {
		for (let at = lba; at < lba + count; at++) if (!this.sectors.has(at)) return false;
		return true;
	}

	/** So many sectors were read. */
	keep(lba: number, count: number): void {
		this.forget(lba, count);
		for (let at = lba; at < lba + count; at++) this.sectors.add(at);
		for (const oldest of this.sectors) {
			if (this.sectors.size <= READ_SECTORS) break;
			this.sectors.delete(oldest);
		}
	}

	/** So many sectors are no longer what they were. */
	forget(lba: number, count: number): void {
		for (let at = lba; at < lba + count; at++) this.sectors.delete(at);
	}

	clear(): void {
		this.sectors.clear();
	}

	save(): ReadBufferState {
		const stretches: [number, number][] = [];
		let last: [number, number] = [NaN, 0];
		for (const lba of this.sectors) {
			if (lba === last[0] + last[1]) last[1]++;
			else stretches.push((last = [lba, 1]));
		}
		return stretches;
	}

	restore(state: ReadBufferState): void {
		this.clear();
		for (const [lba, count] of state) for (let at = lba; at < lba + count; at++) this.sectors.add(at);
	}
}
