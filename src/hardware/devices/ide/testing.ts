/** For tests: a machine with disks, and a driver of bare metal that works by port accesses alone. */
import { COST_PROFILES } from '../../cost';
import type { LineName } from '../../interrupts/lines';
import { Machine } from '../../machine';
import { ListRecorder } from '../../testing';
import { ATA_COMMANDS, type AtaCommand } from '../../../trace/events';
import { Disk, SECTOR, type DiskOptions } from '../disk';
import { pcDevices } from '../pc';
import { CONTROL, DEVICE, REG, STATUS } from './ata';
import { IdeController } from './controller';

/** A disk of which each sector is filled with its number and what `mark` adds. */
export function numbered(sectors: number, mark = 0): Uint8Array {
	const bytes = new Uint8Array(sectors * SECTOR);
	for (let n = 0; n < sectors; n++) bytes.fill(n + mark, n * SECTOR, (n + 1) * SECTOR);
	return bytes;
}

/** A machine with disks: those of the primary channel, then of the secondary. */
export function machineWith(...disks: (DiskOptions | null)[]): { machine: Machine; recorder: ListRecorder } {
	const recorder = new ListRecorder();
	const devices = pcDevices({ disks: () => disks.map((options) => options && new Disk(options)) });
	return { machine: new Machine({ ramBytes: 0x40_0000, devices, recorder, profile: COST_PROFILES.unit }), recorder };
}

const BLOCKS = [0x1f0, 0x170] as const;
const CONTROLS = [0x3f6, 0x376] as const;
const IRQS: readonly LineName[] = ['irq14', 'irq15'];

/** Where a command begins. */
export interface Place {
	lba?: number;
	/** Cylinder, head and sector instead. */
	chs?: readonly [cylinder: number, head: number, sector: number];
	count?: number;
	feature?: number;
	wide?: boolean;
}

/** A driver of one channel. Time goes on when it waits, from one appointment to the next. */
export class Host {
	private second = 0;
	constructor(
		readonly machine: Machine,
		readonly channel = 0
	) {}

	get controller(): IdeController {
		return this.machine.devices.get(IdeController);
	}
	disk(number = this.channel * 2 + this.second): Disk {
		return this.controller.drive(number)!.disk;
	}
	get line(): boolean {
		return this.machine.lines.get(IRQS[this.channel]).high;
	}
	get now(): number {
		return this.machine.clock.now;
	}

	in(register: number, size = 1): number {
		const port = register === REG.CONTROL ? CONTROLS[this.channel] : BLOCKS[this.channel] + register;
		return this.machine.bus.readPort(port, size);
	}
	out(register: number, value: number, size = 1): void {
		const port = register === REG.CONTROL ? CONTROLS[this.channel] : BLOCKS[this.channel] + register;
		this.machine.bus.writePort(port, size, value);
	}

	select(second: 0 | 1): void {
		this.second = second;
		this.out(REG.DEVICE, second ? DEVICE.SECOND : 0);
	}

	/** Status, error, and the address in the registers. */
	get status(): number {
		return this.in(REG.CONTROL);
	}
	get registers(): number[] {
		return [REG.ERROR, REG.COUNT, REG.LOW, REG.MID, REG.HIGH, REG.DEVICE].map((register) => this.in(register));
	}

	/** Lets time pass up to the next appointment. */
	pass(): void {
		const { clock } = this.machine;
		clock.advanceTo(clock.nextEvent);
		clock.runDue();
	}
	/** Waits while the drive is busy. @returns microseconds */
	wait(): number {
		const from = this.now;
		while ((this.status & STATUS.BSY) !== 0) this.pass();
		return Math.round((this.now - from) / 1000);
	}

	/** Writes a command, and does not wait. */
	give(name: AtaCommand | number, { lba = 0, chs, count = 0, feature = 0, wide = false }: Place = {}): void {
		const byte = (shift: number): number => Math.floor(lba / 2 ** shift) & 0xff;
		const second = this.second ? DEVICE.SECOND : 0;
		if (wide) {
			this.out(REG.COUNT, count >> 8);
			for (const [n, register] of [REG.LOW, REG.MID, REG.HIGH].entries()) this.out(register, byte(24 + 8 * n));
		}
		this.out(REG.ERROR, feature);
		this.out(REG.COUNT, count & 0xff);
		const [low, mid, high] = chs ? [chs[2], chs[0] & 0xff, chs[0] >> 8] : [byte(0), byte(8), byte(16)];
		for (const [register, value] of [
			[REG.LOW, low],
			[REG.MID, mid],
			[REG.HIGH, high]
		])
			this.out(register, value);
		this.out(REG.DEVICE, 0xa0 | second | (chs ? chs[1] : DEVICE.LBA | (wide ? 0 : byte(24) & 15)));
		this.out(REG.STATUS, typeof name === 'number' ? name : ATA_COMMANDS[name]);
	}

	/** Gives a command without data and waits: the status that it ends with. */
	command(name: AtaCommand | number, place: Place = {}): number {
		this.give(name, place);
		this.wait();
		return this.in(REG.STATUS);
	}

	/** One block from the data port, by accesses of `size` bytes. */
	take(bytes: number, size: 2 | 4 = 2): Uint8Array {
		const data = new Uint8Array(bytes);
		const view = new DataView(data.buffer);
		for (let at = 0; at < bytes; at += size) {
			const value = this.in(REG.DATA, size);
			if (size === 2) view.setUint16(at, value, true);
			else view.setInt32(at, value, true);
		}
		return data;
	}
	put(data: Uint8Array, size: 2 | 4 = 2): void {
		const view = new DataView(data.buffer, data.byteOffset);
		for (let at = 0; at < data.length; at += size)
			this.out(REG.DATA, size === 2 ? view.getUint16(at, true) : view.getUint32(at, true), size);
	}

	/** Reads by the data port as long as the drive has blocks: what came, and the status that it ended with. */
	read(name: AtaCommand, place: Place, block = 1): { data: Uint8Array; status: number; interrupts: number } {
		this.give(name, place);
		const data: number[] = [];
		let [left, interrupts] = [place.count || 256, 0];
		for (;;) {
			this.wait();
			if (this.line) interrupts++;
			const status = this.in(REG.STATUS);
			if ((status & STATUS.DRQ) === 0) return { data: Uint8Array.from(data), status, interrupts };
			data.push(...this.take(Math.min(left, block) * SECTOR));
			left -= block;
		}
	}

	/** Writes by the data port as long as the drive asks for blocks. */
	write(name: AtaCommand, place: Place, data: Uint8Array, block = 1): { status: number; interrupts: number } {
		this.give(name, place);
		let [at, interrupts] = [0, 0];
		for (;;) {
			this.wait();
			if (this.line) interrupts++;
			const status = this.in(REG.STATUS);
			if ((status & STATUS.DRQ) === 0) return { status, interrupts };
			this.put(data.subarray(at, at + block * SECTOR));
			at += block * SECTOR;
		}
	}

	reset(): void {
		this.out(REG.CONTROL, CONTROL.SRST);
		this.out(REG.CONTROL, 0);
		this.second = 0;
		this.wait();
	}

	// --- PCI -------------------------------------------------------------------------------------------------

	configRead(slot: number, fn: number, at: number, size = 4): number {
		this.machine.bus.writePort(0xcf8, 4, 0x8000_0000 | (slot << 11) | (fn << 8) | (at & 0xfc));
		return this.machine.bus.readPort(0xcfc + (at & 3), size) >>> 0;
	}
	configWrite(slot: number, fn: number, at: number, size: number, value: number): void {
		this.machine.bus.writePort(0xcf8, 4, 0x8000_0000 | (slot << 11) | (fn << 8) | (at & 0xfc));
		this.machine.bus.writePort(0xcfc + (at & 3), size, value);
	}

	// --- bus master ------------------------------------------------------------------------------------------

	/** Ports of the channel's bus master. */
	get master(): number {
		return (this.configRead(1, 1, 0x20) & 0xfff0) + 8 * this.channel;
	}
	allowMaster(): void {
		this.configWrite(1, 1, 4, 2, 5);
	}
	/** Puts a table of descriptors at `table`, and tells the bus master. */
	describe(table: number, stretches: readonly (readonly [address: number, bytes: number])[]): void {
		const { memory, bus } = this.machine;
		for (const [n, [address, bytes]] of stretches.entries()) {
			memory.write32(table + 8 * n, address);
			memory.write32(table + 8 * n + 4, (bytes & 0xffff) | (n === stretches.length - 1 ? 0x8000_0000 : 0));
		}
		bus.writePort(this.master + 4, 4, table);
	}
	/** Starts it, towards memory or from it. */
	start(toMemory: boolean): void {
		this.machine.bus.writePort(this.master, 1, toMemory ? 9 : 1);
	}
	stop(): void {
		this.machine.bus.writePort(this.master, 1, 0);
	}
	get masterStatus(): number {
		return this.machine.bus.readPort(this.master + 2, 1);
	}
	/** A whole transfer: what the bus master and the drive say in the end. */
	dma(name: AtaCommand, place: Place, toMemory: boolean): { master: number; status: number } {
		this.machine.bus.writePort(this.master + 2, 1, 6);
		this.give(name, place);
		this.start(toMemory);
		this.wait();
		const master = this.masterStatus;
		const status = this.in(REG.STATUS);
		this.stop();
		return { master: master & 7, status };
	}
}
