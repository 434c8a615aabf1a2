/** The machine's own disks, and what is on them. */
import type { Disk } from '../../hardware/devices/disk';
import { IdeController } from '../../hardware/devices/ide/controller';
import type { DriveState } from '../../moments';
import type { Run } from '../run';
import { driveName } from '../who/words';

/** Places for disks. */
const PLACES = [0, 1, 2, 3];
/** Most sectors that are given at once: 1 MiB. */
const MOST_AT_ONCE = 2048;

/** The medium at a place; undefined where there is none. */
export function diskAt({ system }: Run, number: number): Disk | undefined {
	const { devices } = system.machine;
	const has = [...devices].some(([, device]) => device instanceof IdeController);
	return has ? devices.get(IdeController).drive(number)?.disk : undefined;
}

/** All disks, in their places. */
export function disks(run: Run): DriveState[] {
	return PLACES.flatMap((number) => {
		const disk = diskAt(run, number);
		if (!disk) return [];
		const { name: model, sectors, readOnly, changedSectors: changed, waiting } = disk;
		return [{ number, name: driveName(number), model, sectors, readOnly, changed, waiting }];
	});
}

/**
 * What reads of `count` sectors from `lba` on find; fewer where the disk ends, or more than 1 MiB is asked for.
 * @throws RangeError where there is no disk
 */
export function sectors(run: Run, number: number, lba: number, count: number): Uint8Array {
	const disk = diskAt(run, number);
	if (!disk) throw new RangeError(`the machine has no disk ${driveName(number)}`);
	const from = Math.min(lba, disk.sectors);
	return disk.read(from, Math.max(0, Math.min(count, MOST_AT_ONCE, disk.sectors - from)));
}
