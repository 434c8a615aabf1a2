import type { Trigger } from '../../interrupts/lines';
import type { Registers } from '../../bus';
import type { Site } from '../device';
import type { Disk } from '../disk';
import { ATA_COMMANDS } from '../../../trace/events';
import { CONTROL, DEVICE, REG } from './ata';
import { BusMaster, type BusMasterState } from './bus-master';
import { Drive, type DriveOwner, type DriveState } from './drive';

export interface ChannelState {
	control: number;
	second: boolean;
	high: boolean;
	drives: readonly (DriveState | null)[];
	master: BusMasterState;
}

/** What the data lines read when no drive is there: pulled up, but for the one of BSY. */
const NOBODY = 0x7f;
/** Bits of the bus master's status that say which drives are set up for DMA. */
const CAPABLE = [0x20, 0x40] as const;

/**
 * A cable with up to two drives and its bus master. What is written to the command block reaches both, a command the selected one alone.
 * Where the second is missing the first answers for it: its registers, and status 0. (QEMU's model: cylinders FF then.)
 */
export class IdeChannel implements Registers, DriveOwner {
	readonly drives: readonly (Drive | null)[];
	readonly master: BusMaster;
	trigger: Trigger = () => {};
	/** Device control, as written. */
	private control = 0;
	/** The second drive is selected. */
	private second = false;
	/** Level of its interrupt line. */
	private high = false;

	/**
	 * @param number 0 for the primary one
	 * @param mayMaster whether the function is allowed to use the bus
	 */
	constructor(
		readonly site: Site,
		number: number,
		disks: readonly (Disk | null)[],
		private readonly mayMaster: () => boolean
	) {
		this.drives = [0, 1].map((n) => {
			const disk = disks[n] ?? null;
			return disk && new Drive(this, disk, number * 2 + n);
		});
		const capable = this.drives.reduce((bits, drive, n) => bits | (drive ? CAPABLE[n] : 0), 0);
		this.master = new BusMaster(site.bus, capable, () => this.transfer());
	}

	private get selected(): Drive | null {
		return this.drives[this.second ? 1 : 0];
	}

	// --- registers -------------------------------------------------------------------------------------------

	read(offset: number, size: number): number {
		if (offset === REG.DATA && size > 1) return this.selected?.readData(size) ?? -1;
		let value = 0;
		for (let n = 0; n < size; n++) value |= this.readByte(offset + n) << (8 * n);
		return value;
	}

	private readByte(register: number): number {
		const { selected } = this;
		const [first] = this.drives;
		if (register > REG.CONTROL) return 0xff;
		if (selected === null && (first === null || !this.second)) return NOBODY;
		if (register === REG.DATA) return (selected?.readData(2) ?? -1) & 0xff;
		if (register === REG.CONTROL) return selected?.alternateStatus ?? 0;
		if (register === REG.STATUS && selected === null) return 0;
		return ((selected ?? first) as Drive).read(register, this.control);
	}

	write(offset: number, size: number, value: number): void {
		if (offset === REG.DATA) this.selected?.writeData(Math.max(size, 2), value);
		else for (let n = 0; n < size; n++) this.writeByte(offset + n, (value >>> (8 * n)) & 0xff);
	}

	private writeByte(register: number, byte: number): void {
		if (register > REG.CONTROL) return;
		if (register === REG.CONTROL) return this.writeControl(byte);
		this.control &= ~CONTROL.HOB;
		if (register === REG.STATUS) return this.command(byte);
		for (const drive of this.drives) drive?.write(register, byte);
		if (register === REG.DEVICE) {
			this.second = (byte & DEVICE.SECOND) !== 0;
			this.changed();
		}
	}

	/** A diagnostic is for both drives, and leaves the first selected. */
	private command(byte: number): void {
		if (byte !== ATA_COMMANDS.EXECUTE_DEVICE_DIAGNOSTIC) return this.selected?.command(byte);
		this.second = false;
		for (const drive of this.drives) drive?.command(byte);
	}

	private writeControl(byte: number): void {
		const before = this.control & CONTROL.SRST;
		const after = byte & CONTROL.SRST;
		this.control = byte;
		if (after > before) for (const drive of this.drives) drive?.hold();
		if (after < before) for (const drive of this.drives) drive?.release();
		if (after !== before) this.second = false;
		this.changed();
	}

	// --- drives ----------------------------------------------------------------------------------------------

	/** The line is high while the selected drive asks for an interrupt and none is hidden. */
	changed(): void {
		const high = (this.selected?.pending ?? false) && (this.control & CONTROL.NIEN) === 0;
		if (high && !this.high) this.master.interrupted();
		this.high = high;
		this.trigger(high);
	}

	ready(): void {
		this.transfer();
	}

	/** Moves data, once drive and bus master are both ready and agree on the way. */
	transfer(): void {
		const { selected, master } = this;
		if (!master.active || !this.mayMaster() || !selected?.wantsDma(master.toMemory)) return;
		selected.runDma(master.move);
	}

	// --- state -----------------------------------------------------------------------------------------------

	reset(): void {
		this.control = 0;
		this.second = false;
		for (const drive of this.drives) drive?.reset();
		this.master.reset();
		this.changed();
	}

	save(): ChannelState {
		const { control, second, high, drives, master } = this;
		return { control, second, high, drives: drives.map((drive) => drive?.save() ?? null), master: master.save() };
	}

	restore({ control, second, high, drives, master }: ChannelState): void {
		Object.assign(this, { control, second, high });
		for (const [n, drive] of drives.entries()) if (drive) this.drives[n]?.restore(drive);
		this.master.restore(master);
	}
}
