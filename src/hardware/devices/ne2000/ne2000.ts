import type { Device, Site } from '../device';
import type { Trigger } from '../../interrupts/lines';
import type { Frame } from '../ethernet/frame';
import type { Medium, Station } from '../ethernet/medium';
import { Dp8390, type SavedDp8390 } from './dp8390';
import { PAGE_BYTES } from './registers';
import type { BufferMemory } from './state';

/*
 * An NE2000: a DP8390 with 16 KiB of memory and a PROM, of which the bus sees 32 ports.
 *
 *      0..0f  the chip's registers
 *     10..17  the data port of its remote DMA
 *     18..1f  reset, by reading
 *
 * Addresses of the remote DMA: 0000..001f the PROM, 4000..7fff the memory, where the local DMA goes, too. Elsewhere is nothing.
 */
const DATA_PORT = 0x10;
const RESET_PORT = 0x18;
/** How many ports it takes. */
export const NE2000_PORTS = 0x20;
const RAM_START = 0x4000;
const RAM_PAGES = 64;
const PROM_BYTES = 32;
/** 'W': the card has 16 data lines. */
const WORDS = 0x57;
/** What page 0 of an RTL8029 has at the offsets 0a and 0b: 'P' and 'C'. */
const RTL8029_MARKS = { 0x0a: 0x50, 0x0b: 0x43 };

/** An Ethernet address, as six bytes. */
export type MacAddress = readonly number[];

export interface Ne2000Options {
	readonly mac: MacAddress;
	/** Its number in events, 0 unless said. */
	readonly card?: number;
	/** It is an RTL8029, the same on a PCI bus, and bears that chip's mark. */
	readonly rtl8029?: boolean;
}

export interface Ne2000State {
	chip: SavedDp8390;
	/** The memory, a page each: what was not written to is shared between snapshots. */
	pages: Uint8Array[];
}

/** The PROM as 16 data lines show it: each byte of the address twice, then the mark. */
function promOf(mac: MacAddress): Uint8Array {
	const prom = new Uint8Array(PROM_BYTES);
	mac.forEach((byte, index) => prom.fill(byte, 2 * index, 2 * index + 2));
	return prom.fill(WORDS, 28);
}

/** The card, which one class is for ISA and PCI: a mount says where its 32 ports are and which line it triggers. */
export class Ne2000 implements Device<Ne2000State>, Station {
	trigger: Trigger = () => {};
	/** For whoever shows its registers. */
	readonly chip: Dp8390;
	private readonly ram = new Uint8Array(RAM_PAGES * PAGE_BYTES);
	private readonly prom: Uint8Array;

	constructor({ clock, recorder }: Pick<Site, 'clock' | 'recorder'>, options: Ne2000Options) {
		this.prom = promOf(options.mac);
		this.chip = new Dp8390({
			clock,
			recorder,
			card: options.card ?? 0,
			local: this.ramAlone,
			remote: this.ramAndProm,
			line: (high) => this.trigger(high),
			marks: options.rtl8029 ? RTL8029_MARKS : {}
		});
	}

	private readonly ramAlone: BufferMemory = {
		read: (address) => this.ram[address - RAM_START] ?? 0xff,
		write: (address, value) => {
			this.ram[address - RAM_START] = value;
		}
	};
	private readonly ramAndProm: BufferMemory = {
		read: (address) => this.prom[address] ?? this.ramAlone.read(address),
		write: (address, value) => this.ramAlone.write(address, value)
	};

	/** Plugs it into a wire, or out. It is the owner's, and no state of the card. */
	plug(medium: Medium | null): void {
		this.chip.plug(medium);
	}

	hear(frame: Frame): void {
		this.chip.hear(frame);
	}

	/**
	 * The data port takes 16 bits at once, and two words for 32; of the rest, an access of more than a byte is several. In byte mode
	 * nothing drives the upper half. Nothing drives the bus when the reset port is read.
	 */
	read(offset: number, size: number): number {
		if (size > 1 && offset >= DATA_PORT && offset < RESET_PORT)
			return size === 4 ? this.readWords() : this.chip.readData();
		let value = 0;
		for (let n = 0; n < size; n++) value |= this.readByte(offset + n) << (8 * n);
		return value;
	}

	private readWords(): number {
		const low = this.chip.readData();
		return low | (this.chip.readData() << 16);
	}

	private readByte(offset: number): number {
		if (offset < DATA_PORT) return this.chip.read(offset);
		if (offset < RESET_PORT) return this.chip.readData() & 0xff;
		this.chip.resetPin();
		return 0xff;
	}

	write(offset: number, size: number, value: number): void {
		if (offset >= DATA_PORT) {
			if (offset < RESET_PORT) this.writeData(size, value);
			return;
		}
		for (let n = 0; n < size && offset + n < DATA_PORT; n++) this.chip.write(offset + n, (value >>> (8 * n)) & 0xff);
	}

	private writeData(size: number, value: number): void {
		this.chip.writeData(value & 0xffff);
		if (size === 4) this.chip.writeData(value >>> 16);
	}

	/** As after power-on: a reset of the machine is one of the bus, and the memory is as if never written. */
	reset(): void {
		this.ram.fill(0);
		this.chip.reset();
	}

	save(): Ne2000State {
		const pages = Array.from({ length: RAM_PAGES }, (_, n) => this.ram.slice(n * PAGE_BYTES, (n + 1) * PAGE_BYTES));
		return { chip: this.chip.save(), pages };
	}

	restore({ chip, pages }: Ne2000State): void {
		pages.forEach((page, n) => this.ram.set(page, n * PAGE_BYTES));
		this.chip.restore(chip);
	}
}
