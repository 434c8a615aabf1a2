import type { Registers } from '../../bus';
import type { LineName, Trigger } from '../../interrupts/lines';
import type { Device, Site } from '../device';
import type { Disk } from '../disk';
import { COMMAND, CONFIG, type ConfigSpace } from '../pci/config';
import type { PciFunction } from '../pci/host';
import { IdeChannel, type ChannelState } from './channel';
import type { Drive } from './drive';

/*
 * The IDE function of an 82371SB (PIIX3, data sheet 290550): two channels at the ports and lines that they have on every PC, and their bus
 * masters behind base address 4. Its offsets:
 *
 *     00h..08h primary channel   10h..18h secondary channel   20h..27h primary bus master   28h..2Fh secondary bus master
 */
const CHANNELS = [0x00, 0x10] as const;
const MASTERS = [0x20, 0x28] as const;
/** IDETIM: timing of a channel, of which bit 15 lets its ports be decoded; and of its second drive. */
const IDETIM = [0x40, 0x42] as const;
const SIDETIM = 0x44;
const DECODE = 0x8000;

/** Its place among the functions of PCI: beside the ISA bridge. */
export const IDE_FUNCTION: PciFunction = {
	slot: 1,
	fn: 1,
	vendor: 0x8086,
	device: 0x7010,
	classCode: 0x01_01_80,
	bars: [{ index: 4, kind: 'io', bytes: 16, offset: MASTERS[0] }],
	fields: [
		...IDETIM.map((at) => ({ at, size: 2, writable: 0xffff, firmware: DECODE }) as const),
		{ at: SIDETIM, size: 1, writable: 0xff }
	],
	fixed: (
		[
			[0x1f0, 0x3f6],
			[0x170, 0x376]
		] as const
	).map(([block, control], n) => ({
		ports: [
			[block, 8, CHANNELS[n]],
			[control, 1, CHANNELS[n] + 8]
		],
		when: (config) => (config.read(IDETIM[n], 2) & DECODE) !== 0
	}))
};

/** The lines that it triggers. */
export const IDE_LINES: readonly LineName[] = ['irq14', 'irq15'];

/** Two channels with up to two drives each. */
export class IdeController implements Device<readonly ChannelState[]> {
	readonly triggers: Trigger[] = CHANNELS.map(() => () => {});
	readonly channels: readonly IdeChannel[];
	private config: ConfigSpace | null = null;

	/** @param disks by channel and drive: primary first and second, secondary first and second; null where there is none */
	constructor(site: Site, disks: readonly (Disk | null)[]) {
		const mayMaster = (): boolean => ((this.config?.read(CONFIG.COMMAND, 2) ?? 0) & COMMAND.MASTER) !== 0;
		this.channels = CHANNELS.map((_, n) => new IdeChannel(site, n, disks.slice(n * 2, n * 2 + 2), mayMaster));
		for (const [n, channel] of this.channels.entries()) channel.trigger = (high) => this.triggers[n](high);
	}

	/** What may be transferred now that bus mastering is allowed goes on. */
	configured(config: ConfigSpace): void {
		this.config = config;
		for (const channel of this.channels) channel.transfer();
	}

	/** The drive of a disk's number, if it is there. */
	drive(number: number): Drive | null {
		return this.channels[number >> 1]?.drives[number & 1] ?? null;
	}

	/** Who answers at an offset, and what that offset is there. */
	private at(offset: number): [registers: Registers, offset: number] {
		if (offset >= MASTERS[0]) return [this.channels[(offset - MASTERS[0]) >> 3].master, offset & 7];
		return [this.channels[offset >> 4], offset & 15];
	}

	read(offset: number, size: number): number {
		const [registers, own] = this.at(offset);
		return registers.read(own, size);
	}

	write(offset: number, size: number, value: number): void {
		const [registers, own] = this.at(offset);
		registers.write(own, size, value);
	}

	/**
	 * The power fails and comes back: drives begin anew, and writes that were not flushed are gone.
	 * @param survives sectors that a drive had written by itself all the same
	 */
	cutPower(survives?: (number: number, lba: number) => boolean): void {
		for (let number = 0; number < 4; number++)
			this.drive(number)?.disk.cutPower(survives && ((lba) => survives(number, lba)));
		this.reset();
	}

	reset(): void {
		for (const channel of this.channels) channel.reset();
	}

	save(): readonly ChannelState[] {
		return this.channels.map((channel) => channel.save());
	}

	restore(state: readonly ChannelState[]): void {
		for (const [n, channel] of this.channels.entries()) channel.restore(state[n]);
	}
}
