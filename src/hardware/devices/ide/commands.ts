import { ATA_COMMANDS, type AtaCommand } from '../../../trace/events';
import type { Drive } from './drive';

/** A command that concerns a stretch of sectors. */
export interface MediaCommand {
	readonly kind: 'media';
	/** Which way data goes; `verify` reads and `seek` goes there, and nothing is moved. */
	readonly moves: 'in' | 'out' | 'verify' | 'seek';
	/** Sectors that go at once by the data port: one, or as many as SET MULTIPLE MODE said; or all by DMA. */
	readonly by: 'one' | 'multiple' | 'dma';
	/** An address of 48 bits. */
	readonly wide: boolean;
	/** Goes through the write cache. */
	readonly through: boolean;
}

/** A command that concerns the drive alone: `check` says whether it is taken, `time` how long it lasts, `act` what comes of it. */
interface PlainCommand {
	readonly kind: 'plain';
	check?(drive: Drive): boolean;
	/** Microseconds. */
	time?(drive: Drive): number;
	/** @returns the sector that failed, or -1 */
	act?(drive: Drive): number | void;
}

type CommandRow = MediaCommand | PlainCommand | { readonly kind: 'identify' } | { readonly kind: 'diagnose' };

const media = (moves: MediaCommand['moves'], by: MediaCommand['by'], more: 'wide' | 'fua' | '' = ''): MediaCommand => ({
	kind: 'media',
	moves,
	by,
	wide: more !== '',
	through: more === 'fua'
});
const plain = (row: Omit<PlainCommand, 'kind'> = {}): PlainCommand => ({ kind: 'plain', ...row });
const refused = plain({ check: () => false });
/** Writes out the cache. */
const flush = plain({ time: (drive) => drive.sweep(), act: (drive) => drive.flush() });
/** Writes out the cache and stands still. */
const rest = plain({ time: (drive) => drive.sweep(), act: (drive) => drive.rest(false) });
const wake = plain({ time: (drive) => drive.spinUp() });

/** Every command that a drive knows (ATA/ATAPI-6, 8; those of ATA-3 that drivers still give). */
const COMMANDS: Readonly<Record<AtaCommand, CommandRow>> = {
	NOP: refused,
	RECALIBRATE: plain({ time: (drive) => drive.travel(0), act: (drive) => drive.park(0) }),
	READ_SECTORS: media('in', 'one'),
	READ_SECTORS_NO_RETRY: media('in', 'one'),
	READ_SECTORS_EXT: media('in', 'one', 'wide'),
	READ_DMA_EXT: media('in', 'dma', 'wide'),
	READ_MULTIPLE_EXT: media('in', 'multiple', 'wide'),
	WRITE_SECTORS: media('out', 'one'),
	WRITE_SECTORS_NO_RETRY: media('out', 'one'),
	WRITE_SECTORS_EXT: media('out', 'one', 'wide'),
	WRITE_DMA_EXT: media('out', 'dma', 'wide'),
	WRITE_MULTIPLE_EXT: media('out', 'multiple', 'wide'),
	WRITE_DMA_FUA_EXT: media('out', 'dma', 'fua'),
	READ_VERIFY_SECTORS: media('verify', 'one'),
	READ_VERIFY_SECTORS_NO_RETRY: media('verify', 'one'),
	READ_VERIFY_SECTORS_EXT: media('verify', 'one', 'wide'),
	SEEK: media('seek', 'one'),
	EXECUTE_DEVICE_DIAGNOSTIC: { kind: 'diagnose' },
	INITIALIZE_DEVICE_PARAMETERS: plain({ check: (drive) => drive.setGeometry() }),
	IDENTIFY_PACKET_DEVICE: refused,
	READ_MULTIPLE: media('in', 'multiple'),
	WRITE_MULTIPLE: media('out', 'multiple'),
	SET_MULTIPLE_MODE: plain({ check: (drive) => drive.setMultiple() }),
	READ_DMA: media('in', 'dma'),
	READ_DMA_NO_RETRY: media('in', 'dma'),
	WRITE_DMA: media('out', 'dma'),
	WRITE_DMA_NO_RETRY: media('out', 'dma'),
	WRITE_MULTIPLE_FUA_EXT: media('out', 'multiple', 'fua'),
	STANDBY_IMMEDIATE: rest,
	IDLE_IMMEDIATE: wake,
	STANDBY: rest,
	IDLE: wake,
	CHECK_POWER_MODE: plain({ act: (drive) => drive.tellPower() }),
	SLEEP: plain({ time: (drive) => drive.sweep(), act: (drive) => drive.rest(true) }),
	FLUSH_CACHE: flush,
	FLUSH_CACHE_EXT: flush,
	IDENTIFY_DEVICE: { kind: 'identify' },
	SET_FEATURES: plain({
		check: (drive) => drive.knowsFeature(),
		time: (drive) => drive.featureTime(),
		act: (drive) => drive.setFeature()
	})
};

const BY_CODE = new Map(
	Object.entries(ATA_COMMANDS).map(([name, code]): [number, CommandRow] => [code, COMMANDS[name as AtaCommand]])
);

/** The high digits of commands of which ATA-3 has sixteen: RECALIBRATE and SEEK. */
const SIXTEEN: readonly number[] = [ATA_COMMANDS.RECALIBRATE, ATA_COMMANDS.SEEK];

/** The code by which the catalogue of events knows a command. */
export const commandCode = (byte: number): number => (SIXTEEN.includes(byte & 0xf0) ? byte & 0xf0 : byte);

/** What a code asks for, if the drive knows it. */
export const commandOf = (code: number): CommandRow | undefined => BY_CODE.get(code);
