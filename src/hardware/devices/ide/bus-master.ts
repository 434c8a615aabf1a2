import type { Bus, Registers } from '../../bus';
import type { Mover } from './drive';

/*
 * One channel of a bus-master IDE controller (SFF-8038i, 3; 82371SB, 2.7): it moves a drive's data to and from memory as a table of
 * physical region descriptors says.
 *
 *     0 command   3 to memory   0 start
 *     2 status    6, 5 drive 1, 0 is set up for DMA   2 interrupt (a one clears)   1 error (a one clears)   0 active
 *     4 table     physical address of the first descriptor, aligned to 4
 *
 *     descriptor  0 physical address, even    4 bytes, even, 0 for 64 KiB    7 bit 7: it is the last
 *
 * A table that is longer than the transfer leaves it active, one of equal length does not. A shorter one moves what it has room for and
 * then stops, without an interrupt: the drive still waits. (QEMU's model moves nothing then.) Memory that nobody answers at is an error.
 */
const START = 1;
const TO_MEMORY = 8;
const ACTIVE = 1;
const FAILED = 2;
const INTERRUPT = 4;
const CAPABLE = 0x60;
const LAST = 0x8000_0000;

/** Bits of its two registers, by what they say. */
export const BUS_MASTER_COMMAND = { start: START, toMemory: TO_MEMORY } as const;
export const BUS_MASTER_STATUS = {
	active: ACTIVE,
	error: FAILED,
	interrupt: INTERRUPT,
	drive0: 0x20,
	drive1: 0x40
} as const;

export interface BusMasterState {
	command: number;
	status: number;
	table: number;
	/** Address of the next descriptor. */
	next: number;
	/** What is left of the present one: where, how much, and whether it is the last. */
	address: number;
	left: number;
	last: boolean;
}

export class BusMaster implements Registers {
	private state: BusMasterState;

	/**
	 * @param capable bits of the status register for the drives that are there
	 * @param started is called when it has been started
	 */
	constructor(
		private readonly bus: Bus,
		private readonly capable: number,
		private readonly started: () => void
	) {
		this.state = this.fresh();
	}

	private fresh(): BusMasterState {
		return { command: 0, status: this.capable, table: 0, next: 0, address: 0, left: 0, last: false };
	}

	/** Whether it has been started, for data that goes to memory or from it. */
	get active(): boolean {
		return (this.state.status & ACTIVE) !== 0;
	}
	get toMemory(): boolean {
		return (this.state.command & TO_MEMORY) !== 0;
	}

	read(offset: number, size: number): number {
		const { command, status, table } = this.state;
		const bytes = [command, 0, status, 0, table, table >>> 8, table >>> 16, table >>> 24];
		let value = 0;
		for (let n = 0; n < size; n++) value |= (bytes[offset + n] & 0xff) << (8 * n);
		return value;
	}

	write(offset: number, size: number, value: number): void {
		for (let n = 0; n < size; n++) this.writeByte(offset + n, (value >>> (8 * n)) & 0xff);
	}

	private writeByte(offset: number, byte: number): void {
		const { state } = this;
		if (offset === 0) this.order(byte & (START | TO_MEMORY));
		else if (offset === 2) state.status = (state.status & ~(byte & (FAILED | INTERRUPT)) & ~CAPABLE) | (byte & CAPABLE);
		else if (offset >= 4) {
			const shift = 8 * (offset - 4);
			state.table = ((state.table & ~(0xff << shift)) | (byte << shift)) & ~3;
		}
	}

	private order(command: number): void {
		const { state } = this;
		const starts = (command & ~state.command & START) !== 0;
		state.command = command;
		if ((command & START) === 0) state.status &= ~ACTIVE;
		if (!starts) return;
		Object.assign(state, { next: state.table >>> 0, left: 0, last: false });
		state.status |= ACTIVE;
		this.started();
	}

	/** The channel's interrupt line went high. */
	interrupted(): void {
		this.state.status |= INTERRUPT;
	}

	/** Moves data along the table. */
	readonly move: Mover = (total, each) => {
		const { state } = this;
		let at = 0;
		while (at < total) {
			if (state.left === 0 && !this.load()) return at;
			const length = Math.min(state.left, total - at);
			if (!this.bus.answers(state.address, length)) return (this.fail(), at);
			each(state.address, at, length);
			state.address += length;
			state.left -= length;
			at += length;
		}
		if (state.left === 0 && state.last) state.status &= ~ACTIVE;
		return at;
	};

	/** Reads the next descriptor. */
	private load(): boolean {
		const { state, bus } = this;
		if (state.last) state.status &= ~ACTIVE;
		else if (!bus.answers(state.next, 8)) this.fail();
		else {
			const [address, size] = [bus.read(state.next, 4), bus.read(state.next + 4, 4)];
			state.address = (address & ~1) >>> 0;
			state.left = size & 0xfffe || 0x1_0000;
			state.last = (size & LAST) !== 0;
			state.next += 8;
			return true;
		}
		return false;
	}

	private fail(): void {
		this.state.status = (this.state.status & ~ACTIVE) | FAILED;
	}

	reset(): void {
		this.state = this.fresh();
	}

	save(): BusMasterState {
		return { ...this.state };
	}

	restore(state: BusMasterState): void {
		this.state = { ...state };
	}
}
