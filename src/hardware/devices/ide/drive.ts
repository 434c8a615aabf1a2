import { ATA_COMMANDS, KIND, word } from '../../../trace/events';
import { Alarm, type AlarmState } from '../../alarm';
import type { Site } from '../device';
import { SECTOR, type Disk, type DiskState } from '../disk';
import { readAddress, writeAddress, type TaskFile } from './address';
import { CONTROL, DEVICE, DIAGNOSTIC_PASSED, ERROR, READY, REG, STATUS } from './ata';
import { commandCode, commandOf, type MediaCommand } from './commands';
import { identify, MOST_MULTIPLE } from './identify';
import { cableTime, mediaTime, OVERHEAD, RESET, SPIN_UP, sweepTime, travelTime } from './mechanics';
import { ReadBuffer, type ReadBufferState } from './read-buffer';
import { afterReset, CACHE_OFF, defaults, featureOf, type Settings } from './settings';

/** What a drive does next, when its time has come. */
type Step = 'none' | 'abort' | 'lost' | 'plain' | 'identify' | 'in' | 'out' | 'dma' | 'verify' | 'reset' | 'diagnose';

/** How a drive stands with the data port, or with the bus master. */
type Phase = 'idle' | 'busy' | 'in' | 'out' | 'dma';

/** The command in hand. */
interface Work {
	code: number;
	/** Its event. */
	seq: number;
	phase: Phase;
	step: Step;
	/** Where it goes on, how many sectors are left, and of how many the block in the buffer is. */
	lba: number;
	left: number;
	block: number;
	/** Bytes of the buffer that went through the data port. */
	at: number;
}

export interface DriveState extends TaskFile {
	status: number;
	error: number;
	pending: boolean;
	settings: Settings;
	work: Work;
	buffer: Uint8Array;
	/** The sector that would pass under the head next. */
	head: number;
	read: ReadBufferState;
	alarm: AlarmState;
	disk: DiskState;
}

/** Who is told by a drive. */
export interface DriveOwner {
	readonly site: Site;
	/** Its interrupt may have changed. */
	changed(): void;
	/** It is ready to be moved to and from by DMA. */
	ready(drive: Drive): void;
}

/** Moves bytes by DMA: calls for each stretch of memory with where it lies in the data. @returns bytes moved */
export type Mover = (total: number, each: (address: number, at: number, length: number) => void) => number;

/** Sectors that the write cache holds: 2 MiB. */
const CACHE_SECTORS = 4096;

const noWork = (): Work => ({ code: 0, seq: -1, phase: 'idle', step: 'none', lba: 0, left: 0, block: 0, at: 0 });

/**
 * An ATA disk drive (ATA/ATAPI-6): its registers, its commands, and the time that they take. A command is taken at once, and what comes of
 * it comes when its alarm rings; data by DMA moves in one go when drive and bus master are both ready.
 *
 * Where QEMU's model differs from the standard, this follows the standard: a software reset raises no interrupt, a pending interrupt is
 * kept while nIEN hides it, an address past the end is IDNF, VERIFY and SEEK past the end fail.
 */
export class Drive {
	private readonly alarm: Alarm;
	private readonly regs: TaskFile = { feature: 0, count: 0, low: 0, mid: 0, high: 0, device: 0 };
	private status: number = READY;
	private error = 0;
	/** The drive asks for an interrupt. */
	pending = false;
	private settings = defaults();
	private work = noWork();
	private buffer = new Uint8Array();
	private head = 0;
	private readonly held = new ReadBuffer();

	/** @param number of the disk in the machine: twice the channel, and 1 more for its second drive */
	constructor(
		private readonly owner: DriveOwner,
		readonly disk: Disk,
		private readonly number: number
	) {
		this.alarm = new Alarm(owner.site.clock, () => this.ring());
		this.sign();
	}

	// --- registers -------------------------------------------------------------------------------------------

	/** A byte of the command block; not of the data port. Reading the status takes the interrupt back. */
	read(register: number, control: number): number {
		const shift = (control & CONTROL.HOB) !== 0 ? 8 : 0;
		switch (register) {
			case REG.ERROR:
				return this.error;
			case REG.COUNT:
				return (this.regs.count >>> shift) & 0xff;
			case REG.LOW:
				return (this.regs.low >>> shift) & 0xff;
			case REG.MID:
				return (this.regs.mid >>> shift) & 0xff;
			case REG.HIGH:
				return (this.regs.high >>> shift) & 0xff;
			case REG.DEVICE:
				return this.regs.device;
			default:
				this.interrupt(false);
				return this.status;
		}
	}

	get alternateStatus(): number {
		return this.status;
	}

	/** A byte of the command block but for data and command; lost while the drive is busy. */
	write(register: number, value: number): void {
		if ((this.status & (STATUS.BSY | STATUS.DRQ)) !== 0 && register !== REG.DEVICE) return;
		if (register === REG.DEVICE) this.regs.device = value;
		else {
			const name = WRITTEN[register];
			this.regs[name] = ((this.regs[name] << 8) | value) & 0xffff;
		}
	}

	private interrupt(pending: boolean): void {
		this.pending = pending;
		this.owner.changed();
	}

	// --- commands --------------------------------------------------------------------------------------------

	/** A command is written. While the drive is busy it is lost; one that waits for data is given up for it. */
	command(byte: number): void {
		if (this.settings.asleep || (this.status & STATUS.BSY) !== 0) return;
		const code = commandCode(byte);
		this.interrupt(false);
		this.error = 0;
		this.work = { ...noWork(), code };
		const row = commandOf(code);
		if (row?.kind === 'media') this.begin(row);
		else {
			this.announce(0, 0);
			if (row === undefined) this.busy(OVERHEAD, 'abort');
			else if (row.kind === 'identify') this.busy(OVERHEAD, 'identify');
			else if (row.kind === 'diagnose') this.busy(RESET, 'diagnose');
			else if (row.check?.(this) === false) this.busy(OVERHEAD, 'abort');
			else this.busy(OVERHEAD + (row.time?.(this) ?? 0), 'plain');
		}
	}

	private announce(lba: number, sectors: number): void {
		const { recorder } = this.owner.site;
		const [low, high] = halves(lba);
		this.work.seq = recorder.record(
			KIND.disk_command,
			word('disk', this.number),
			word('command', this.work.code),
			low,
			high,
			word('sectors', sectors)
		);
	}

	/** Begins a command on sectors. */
	private begin(row: MediaCommand): void {
		const { regs, work, settings } = this;
		const count = row.wide ? regs.count || 0x1_0000 : regs.count & 0xff || 0x100;
		const lba = readAddress(regs, settings, row.wide);
		work.lba = lba;
		work.left = row.moves === 'seek' ? 1 : count;
		this.announce(Math.max(0, lba), work.left);
		const refused =
			(row.wide && (regs.device & DEVICE.LBA) === 0) ||
			(row.by === 'multiple' && settings.multiple === 0) ||
			(row.moves === 'out' && this.disk.readOnly);
		if (refused) this.busy(OVERHEAD, 'abort');
		else if (lba < 0) this.busy(OVERHEAD, 'lost');
		else if (row.moves === 'out' && row.by !== 'dma') this.askForBlock();
		else this.proceed(row);
	}

	/** The time of what comes next of a command. */
	private proceed(row: MediaCommand): void {
		const { work } = this;
		work.block = row.moves === 'in' && row.by !== 'dma' ? this.blockSize(row) : work.left;
		if (row.by === 'dma') this.busy(row.moves === 'in' ? this.readTime() : this.writeTime(row), 'dma');
		else if (row.moves === 'in') this.busy(this.readTime(), 'in');
		else this.busy(row.moves === 'seek' ? OVERHEAD + this.travel(work.lba) : this.readTime(), 'verify');
	}

	private blockSize(row: MediaCommand): number {
		return Math.min(this.work.left, row.by === 'multiple' ? this.settings.multiple : 1);
	}

	private get row(): MediaCommand {
		return commandOf(this.work.code) as MediaCommand;
	}

	/** Puts an address into the registers, in the form that the command was given with. */
	private tell(lba: number): void {
		const row = commandOf(this.work.code);
		const wide = row?.kind === 'media' ? row.wide : this.work.code === ATA_COMMANDS.FLUSH_CACHE_EXT;
		Object.assign(this.regs, writeAddress(lba, this.regs.device, this.settings, wide));
	}

	// --- time ------------------------------------------------------------------------------------------------

	/** Busy for so many microseconds, then `step`. */
	private busy(micros: number, step: Step): void {
		const { clock } = this.owner.site;
		this.work.phase = 'busy';
		this.work.step = step;
		this.status = STATUS.BSY | READY;
		this.alarm.set(clock.now + Math.ceil((micros * clock.hz) / 1_000_000));
	}

	/** Until the head is at a sector, from standstill if need be. */
	travel(lba: number): number {
		return this.spinUp() + travelTime(this.head, lba, this.disk.sectors);
	}

	spinUp(): number {
		const { still } = this.settings;
		this.settings.still = false;
		return still ? SPIN_UP : 0;
	}

	/** What was read before comes out of the drive's own memory. */
	private readTime(): number {
		const { lba, block } = this.work;
		const cable = cableTime(block, this.row.by === 'dma' ? this.settings.mode : 0);
		if (this.settings.lookAhead && this.row.moves === 'in' && this.held.holds(lba, block)) return OVERHEAD + cable;
		const way = this.travel(lba);
		this.head = lba + block;
		return OVERHEAD + way + Math.max(mediaTime(block), cable);
	}

	/** Into the cache at the speed of the cable; writes through it, and all that a full cache holds, at that of the medium. */
	private writeTime(row: MediaCommand): number {
		const { lba, block } = this.work;
		const cable = OVERHEAD + cableTime(block, row.by === 'dma' ? this.settings.mode : 0);
		if (this.caches(row, block)) return this.disk.waiting + block > CACHE_SECTORS ? cable + this.sweep() : cable;
		const way = this.travel(lba);
		this.head = lba + block;
		return cable + way + mediaTime(block);
	}

	/** Time to write out the cache. */
	sweep(): number {
		if (this.disk.waiting === 0) return 0;
		const up = this.spinUp();
		const { time, at } = sweepTime(this.head, this.disk.unflushedSectors, this.disk.sectors);
		this.head = at;
		return up + time;
	}

	/** Whether so many sectors go into the cache; more than it holds go through it. */
	private caches(row: MediaCommand, count: number): boolean {
		return this.settings.writeCache && !row.through && count <= CACHE_SECTORS;
	}

	/** The time has come. */
	private ring(): void {
		const { step, seq } = this.work;
		this.work.step = 'none';
		this.causing(seq, () => this.take(step));
	}

	private take(step: Step): void {
		if (step === 'abort') this.fail(ERROR.ABRT);
		else if (step === 'lost') this.fail(ERROR.IDNF);
		else if (step === 'identify') this.offer(identify({ ...this.settings, disk: this.disk, number: this.number }));
		else if (step === 'in') this.readBlock();
		else if (step === 'out') this.writeBlock();
		else if (step === 'dma') this.awaitDma();
		else if (step === 'verify') this.verify();
		else if (step === 'plain') this.act();
		else this.awake(step === 'diagnose');
	}

	/** What is recorded meanwhile was caused by event `seq`. */
	private causing(seq: number, body: () => void): void {
		const { recorder } = this.owner.site;
		const before = recorder.cause;
		recorder.cause = seq;
		body();
		recorder.cause = before;
	}

	// --- ends ------------------------------------------------------------------------------------------------

	/** The command is done, with an interrupt unless the host has had its last word already. */
	private finish(interrupts = true): void {
		this.end(READY, 0, this.work.lba, interrupts);
	}

	/** It ends with an error, at a sector if it was one that failed. */
	private fail(error: number, lba = -1): void {
		if (lba >= 0) this.tell(lba);
		this.end(READY | STATUS.ERR, error, Math.max(lba, 0), true);
	}

	private end(status: number, error: number, lba: number, interrupts: boolean): void {
		const { recorder } = this.owner.site;
		const { code, seq } = this.work;
		this.status = status;
		this.error = error;
		this.buffer = new Uint8Array();
		this.work = { ...noWork(), code };
		const [low, high] = halves(lba);
		this.causing(seq, () => {
			const done = recorder.record(
				KIND.disk_done,
				word('disk', this.number),
				word('command', code),
				word('status', status),
				word('error', error),
				low,
				high
			);
			if (interrupts) this.causing(done, () => this.interrupt(true));
		});
	}

	/** A sector failed: it lies past the end, or cannot be read or written. */
	private failAt(lba: number, on: 'read' | 'write'): void {
		this.fail(on === 'read' && lba < this.disk.sectors ? ERROR.UNC : ERROR.IDNF, lba);
	}

	// --- data by the port ------------------------------------------------------------------------------------

	/** A block lies in the buffer for the host to read. */
	private offer(bytes: Uint8Array): void {
		this.buffer = bytes.slice();
		Object.assign(this.work, { phase: 'in', at: 0 });
		this.status = READY | STATUS.DRQ;
		this.interrupt(true);
	}

	/** Reads sectors, all of which are good, and keeps them. */
	private readMedium(lba: number, count: number): Uint8Array {
		this.held.keep(lba, count);
		return this.disk.read(lba, count);
	}

	private readBlock(): void {
		const { lba, block } = this.work;
		const bad = this.disk.firstBad(lba, block, 'read');
		if (bad >= 0) this.failAt(bad, 'read');
		else this.offer(this.readMedium(lba, block));
	}

	private askForBlock(): void {
		const { work } = this;
		work.block = this.blockSize(this.row);
		this.buffer = new Uint8Array(work.block * SECTOR);
		Object.assign(work, { phase: 'out', at: 0 });
		this.status = READY | STATUS.DRQ;
	}

	private writeBlock(): void {
		const { work, buffer, row } = this;
		if (!this.store(work.lba, buffer, row)) return;
		work.lba += work.block;
		work.left -= work.block;
		if (work.left === 0) return this.finish();
		this.askForBlock();
		this.interrupt(true);
	}

	/** Writes sectors as far as they can be; ends the command where one cannot. */
	private store(lba: number, bytes: Uint8Array, row: MediaCommand): boolean {
		const { disk } = this;
		const count = bytes.length / SECTOR;
		const cached = this.caches(row, count);
		const lost = cached && disk.waiting + count > CACHE_SECTORS ? disk.flush() : -1;
		if (lost >= 0) return (this.failAt(lost, 'write'), false);
		const bad = cached ? pastEnd(disk, lba, count) : disk.firstBad(lba, count, 'write');
		const good = bad < 0 ? count : bad - lba;
		this.held.forget(lba, count);
		if (good > 0) disk.write(lba, bytes.subarray(0, good * SECTOR), !cached);
		if (bad >= 0) this.failAt(bad, 'write');
		return bad < 0;
	}

	/** Reads the data port; ones when the drive has nothing to give. */
	readData(size: number): number {
		const { work, buffer } = this;
		if (work.phase !== 'in') return -1;
		let value = 0;
		for (let n = 0; n < size; n++) value |= (buffer[work.at++] ?? 0xff) << (8 * n);
		if (work.at >= buffer.length) this.causing(work.seq, () => this.taken());
		return value;
	}

	/** Writes the data port; lost when the drive expects nothing. */
	writeData(size: number, value: number): void {
		const { work, buffer } = this;
		if (work.phase !== 'out') return;
		for (let n = 0; n < size; n++) buffer[work.at++] = value >>> (8 * n);
		if (work.at >= buffer.length) this.causing(work.seq, () => this.given());
	}

	/** The host has read the block. */
	private taken(): void {
		const { work } = this;
		this.passed(true);
		work.lba += work.block;
		work.left -= work.block;
		if (work.left > 0) this.proceed(this.row);
		else this.finish(false);
	}

	/** The host has written the block. */
	private given(): void {
		this.passed(false);
		this.busy(this.writeTime(this.row), 'out');
	}

	private passed(toHost: boolean): void {
		const [low, high] = halves(this.work.lba);
		this.owner.site.recorder.record(
			KIND.disk_data,
			word('disk', this.number),
			word('to_host', toHost ? 1 : 0),
			low,
			high,
			word('bytes', this.buffer.length)
		);
	}

	// --- data by DMA -----------------------------------------------------------------------------------------

	/** Whether it waits for a bus master that moves data its way: to the host, or from it. */
	wantsDma(toHost: boolean): boolean {
		return this.work.phase === 'dma' && (this.row.moves === 'in') === toHost;
	}

	private awaitDma(): void {
		const { work, row } = this;
		const on = row.moves === 'in' ? 'read' : 'write';
		const bad =
			on === 'write' && this.caches(row, work.left)
				? pastEnd(this.disk, work.lba, 1)
				: this.disk.firstBad(work.lba, 1, on);
		if (bad >= 0) return this.failAt(bad, on);
		work.phase = 'dma';
		this.status = READY | STATUS.DRQ;
		this.owner.ready(this);
	}

	/** Moves all that is left. What the mover does not take is still to be moved, from the first sector on that is not whole. */
	runDma(move: Mover): void {
		this.causing(this.work.seq, () => (this.row.moves === 'in' ? this.dmaIn(move) : this.dmaOut(move)));
	}

	private dmaIn(move: Mover): void {
		const { work, disk } = this;
		const bad = disk.firstBad(work.lba, work.left, 'read');
		const bytes = this.readMedium(work.lba, bad < 0 ? work.left : bad - work.lba);
		const moved = move(bytes.length, (address, at, length) => {
			this.moved(true, work.lba + Math.floor(at / SECTOR), address, length);
			this.owner.site.bus.copyIn(address, bytes.subarray(at, at + length));
		});
		if (moved < bytes.length) this.advance(moved);
		else if (bad >= 0) this.failAt(bad, 'read');
		else this.finish();
	}

	private dmaOut(move: Mover): void {
		const { work } = this;
		const bytes = new Uint8Array(work.left * SECTOR);
		const moved = move(bytes.length, (address, at, length) => {
			this.moved(false, work.lba + Math.floor(at / SECTOR), address, length);
			bytes.set(this.owner.site.bus.copyOut(address, length), at);
		});
		const whole = Math.floor(moved / SECTOR) * SECTOR;
		if (whole > 0 && !this.store(work.lba, bytes.subarray(0, whole), this.row)) return;
		if (moved < bytes.length) this.advance(moved);
		else this.finish();
	}

	private advance(moved: number): void {
		const sectors = Math.floor(moved / SECTOR);
		this.work.lba += sectors;
		this.work.left -= sectors;
	}

	private moved(toHost: boolean, lba: number, address: number, bytes: number): void {
		this.owner.site.recorder.record(
			KIND.disk_dma,
			word('disk', this.number),
			word('to_host', toHost ? 1 : 0),
			word('address', address),
			word('bytes', bytes),
			...halves(lba)
		);
	}

	// --- commands without data -------------------------------------------------------------------------------

	private verify(): void {
		const { lba, left } = this.work;
		const seeks = this.row.moves === 'seek';
		const bad = seeks ? pastEnd(this.disk, lba, 1) : this.disk.firstBad(lba, left, 'read');
		if (seeks) this.head = lba;
		if (bad >= 0) this.failAt(bad, 'read');
		else this.finish();
	}

	private act(): void {
		const row = commandOf(this.work.code);
		const bad = (row?.kind === 'plain' ? row.act?.(this) : undefined) ?? -1;
		if (bad >= 0) this.fail(ERROR.ABRT, bad);
		else this.finish();
	}

	/** Writes out the cache. @returns the sector that cannot be written, or -1 */
	flush(): number {
		return this.disk.flush();
	}

	/** Puts the arm over a sector. */
	park(lba: number): void {
		this.head = lba;
	}

	/** Stops turning, with the cache written out; asleep until a reset. */
	rest(asleep: boolean): number {
		Object.assign(this.settings, { still: true, asleep });
		return this.disk.flush();
	}

	/** CHECK POWER MODE: standby, or active. */
	tellPower(): void {
		this.regs.count = this.settings.still ? 0 : 0xff;
	}

	/** INITIALIZE DEVICE PARAMETERS. */
	setGeometry(): boolean {
		const track = this.regs.count & 0xff;
		if (track > 0) Object.assign(this.settings, { track, heads: (this.regs.device & 15) + 1 });
		return track > 0;
	}

	/** SET MULTIPLE MODE: a power of two, or 0 for none; what cannot be switches it off. */
	setMultiple(): boolean {
		const count = this.regs.count & 0xff;
		const known = count <= MOST_MULTIPLE && (count & (count - 1)) === 0;
		this.settings.multiple = known ? count : 0;
		return known;
	}

	/** What SET FEATURES is asked to set, or null. */
	private get feature(): Partial<Settings> | null {
		return featureOf(this.regs.feature & 0xff, this.regs.count & 0xff);
	}

	/** Whether SET FEATURES knows what it is asked for. */
	knowsFeature(): boolean {
		return this.feature !== null;
	}

	/** Switching the cache off writes it out. */
	featureTime(): number {
		return (this.regs.feature & 0xff) === CACHE_OFF ? this.sweep() : 0;
	}

	setFeature(): number {
		Object.assign(this.settings, this.feature);
		return (this.regs.feature & 0xff) === CACHE_OFF ? this.disk.flush() : -1;
	}

	// --- resets ----------------------------------------------------------------------------------------------

	/** SRST is set: whatever goes on is given up, and no interrupt is left. */
	hold(): void {
		this.stop();
		this.status = STATUS.BSY;
		this.interrupt(false);
	}

	/** SRST is cleared. */
	release(): void {
		this.busy(RESET, 'reset');
	}

	private stop(): void {
		this.alarm.cancel();
		this.work = noWork();
		this.buffer = new Uint8Array();
		this.pending = false;
	}

	/** A software reset or a diagnostic is over. */
	private awake(diagnosed: boolean): void {
		if (diagnosed) this.settings.asleep = false;
		else this.settings = afterReset(this.settings);
		this.sign();
		if (diagnosed) this.end(READY, DIAGNOSTIC_PASSED, 0, (this.number & 1) === 0);
		else this.status = READY;
	}

	/** The signature of an ATA disk (ATA/ATAPI-6, 9.12). */
	private sign(): void {
		Object.assign(this.regs, { count: 1, low: 1, mid: 0, high: 0, device: 0 });
		this.error = DIAGNOSTIC_PASSED;
	}

	/** A reset of the machine: the drive begins anew. What it holds in its cache stays. */
	reset(): void {
		this.stop();
		this.settings = defaults();
		this.held.clear();
		this.regs.feature = this.head = 0;
		this.sign();
		this.status = READY;
	}

	// --- state -----------------------------------------------------------------------------------------------

	save(): DriveState {
		const { regs, status, error, pending, settings, work, buffer, head, alarm, disk } = this;
		return {
			...regs,
			status,
			error,
			pending,
			settings: { ...settings },
			work: { ...work },
			buffer: buffer.slice(),
			head,
			read: this.held.save(),
			alarm: alarm.save(),
			disk: disk.save()
		};
	}

	restore(state: DriveState): void {
		const { feature, count, low, mid, high, device, status, error, pending, settings, work, buffer, head } = state;
		Object.assign(this.regs, { feature, count, low, mid, high, device });
		Object.assign(this, { status, error, pending, head });
		this.settings = { ...settings };
		this.held.restore(state.read);
		this.work = { ...work };
		this.buffer = buffer.slice();
		this.disk.restore(state.disk);
		this.alarm.restore(state.alarm);
	}
}

/** Which registers the offsets of the command block name when written. */
const WRITTEN: Readonly<Record<number, keyof TaskFile>> = {
	[REG.ERROR]: 'feature',
	[REG.COUNT]: 'count',
	[REG.LOW]: 'low',
	[REG.MID]: 'mid',
	[REG.HIGH]: 'high'
};

/** The first of `count` sectors from `lba` on that the disk does not have, or -1. */
const pastEnd = (disk: Disk, lba: number, count: number): number =>
	lba + count > disk.sectors ? Math.max(lba, disk.sectors) : -1;

/** An address as the two words of an event. */
const halves = (lba: number) => [word('lba_low', lba % 2 ** 32), word('lba_high', Math.floor(lba / 2 ** 32))] as const;
