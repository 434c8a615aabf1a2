/** The registers of an IDE controller, by their names in ATA/ATAPI-6, 7, and SFF-8038i, 3. */
import { flags, plain, type Readings } from '../readings';
import { CONTROL, DEVICE, ERROR, STATUS } from './ata';
import { BUS_MASTER_COMMAND, BUS_MASTER_STATUS, type BusMasterState } from './bus-master';
import type { ChannelState } from './channel';
import type { DriveState } from './drive';

const ATA = 'ATA/ATAPI-6';
const SFF = 'SFF-8038i';
const CHANNELS = ['primary', 'secondary'];
const DRIVES = ['master', 'slave'];

const driveReadings = (
	part: string,
	{ status, error, feature, count, low, mid, high, device }: DriveState
): Readings => ({
	part,
	source: ATA,
	registers: [
		flags('Status', status, STATUS),
		flags('Error', error, ERROR),
		plain('Features', feature, 16),
		plain('Sector Count', count, 16),
		plain('LBA Low', low, 16),
		plain('LBA Mid', mid, 16),
		plain('LBA High', high, 16),
		flags('Device', device, DEVICE)
	]
});

const masterReadings = (part: string, { command, status, table, next }: BusMasterState): Readings => ({
	part,
	source: SFF,
	registers: [
		flags('Bus Master IDE Command', command, BUS_MASTER_COMMAND),
		flags('Bus Master IDE Status', status, BUS_MASTER_STATUS),
		plain('Descriptor Table Pointer', table, 32),
		plain('next descriptor', next, 32)
	]
});

/** Of both channels: device control, each drive's command block, the bus master. A channel without drives is left out. */
export const ideReadings = (channels: readonly ChannelState[]): Readings[] =>
	channels.flatMap(({ control, second, drives, master }, n) => {
		if (drives.every((drive) => drive === null)) return [];
		const name = CHANNELS[n];
		return [
			{
				part: `${name} channel`,
				source: ATA,
				registers: [flags('Device Control', control, CONTROL), plain('selected drive', second ? 1 : 0)]
			},
			...drives.flatMap((drive, at) => (drive ? driveReadings(`${name} ${DRIVES[at]}`, drive) : [])),
			masterReadings(`${name} bus master`, master)
		];
	});
