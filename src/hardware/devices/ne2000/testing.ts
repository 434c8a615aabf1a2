/** A driver of an NE2000 for tests: what a driver does, by its ports alone. */
import { NullRecorder } from '../../../trace/events';
import { Clock } from '../../clock';
import { DEFAULT_PROFILE } from '../../cost';
import type { ListRecorder } from '../../testing';
import { padded, sealed, type Frame } from '../ethernet/frame';
import type { Medium } from '../ethernet/medium';
import { Ne2000, type Ne2000Options } from './ne2000';

export const MAC = [0x52, 0x54, 0, 0x12, 0x34, 0x56];
export const OTHER_MAC = [0x52, 0x54, 0, 0xab, 0xcd, 0xef];
export const BROADCAST = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
/** Pages: one frame to send from 40h on, the ring from 46h up to 80h. */
export const TX_PAGE = 0x40;
export const RING = { first: 0x46, stop: 0x80 } as const;

/** Cycles a second in tests: a bit takes ten. */
export const HZ = 100_000_000;
export const testClock = (): Clock => new Clock({ ...DEFAULT_PROFILE, hz: HZ });

/** Content of a frame: addresses, type 0800h, and `length` - 14 bytes that count up. */
export const content = (dst: readonly number[], length = 60, src: readonly number[] = OTHER_MAC): Uint8Array =>
	Uint8Array.from({ length }, (_, n) => (n < 6 ? dst[n] : n < 12 ? src[n - 6] : n === 12 ? 8 : n === 13 ? 0 : n));

/** A wire without anybody else: it keeps what is sent. */
export class Ear implements Medium {
	readonly heard: Frame[] = [];
	constructor(private readonly clock: Clock) {}
	claim(bytes: number): number {
		return this.clock.now + (8 + bytes) * 80;
	}
	carry(frame: Frame): void {
		this.heard.push(frame);
	}
}

/** A card with its driver. */
export class Driver {
	readonly card: Ne2000;
	line = false;

	constructor(
		readonly clock: Clock = testClock(),
		options: Partial<Ne2000Options> = {},
		readonly recorder: ListRecorder | NullRecorder = new NullRecorder()
	) {
		this.card = new Ne2000({ clock, recorder }, { mac: MAC, ...options });
		this.card.trigger = (high) => (this.line = high);
	}

	in(offset: number, size = 1): number {
		return this.card.read(offset, size);
	}
	out(offset: number, value: number, size = 1): void {
		this.card.write(offset, size, value);
	}
	/** A register of page 1 or 2, and back to page 0. */
	inPage(page: number, offset: number): number {
		this.out(0, (page << 6) | 0x20);
		const value = this.in(offset);
		this.out(0, 0x20);
		return value;
	}
	outPage(page: number, offset: number, value: number): void {
		this.out(0, (page << 6) | 0x20);
		this.out(offset, value);
		this.out(0, 0x20);
	}
	get curr(): number {
		return this.inPage(1, 7);
	}

	/** As the data sheet's section 11 has it; CURR is one page ahead of BNRY. */
	start({ rcr = 0x04, imr = 0, dcr = 0x49, tcr = 0, stop = 0x80 } = {}): this {
		this.out(0, 0x21);
		this.out(0x0e, dcr);
		this.out(0x0a, 0);
		this.out(0x0b, 0);
		this.out(0x0c, rcr);
		this.out(0x0d, 0x02);
		this.out(0x01, RING.first);
		this.out(0x02, stop);
		this.out(0x03, RING.first);
		this.out(0x04, TX_PAGE);
		this.out(0x07, 0xff);
		this.out(0x0f, imr);
		this.out(0, 0x61);
		MAC.forEach((byte, n) => this.out(1 + n, byte));
		this.out(0x07, RING.first + 1);
		this.out(0, 0x22);
		this.out(0x0d, tcr);
		return this;
	}

	private aim(address: number, count: number, command: number): void {
		this.out(0x08, address & 0xff);
		this.out(0x09, address >>> 8);
		this.out(0x0a, count & 0xff);
		this.out(0x0b, count >>> 8);
		this.out(0, command);
	}
	/** Whether the remote DMA moves words. */
	private get words(): boolean {
		return (this.inPage(2, 0x0e) & 1) !== 0;
	}
	readMemory(address: number, count: number): number[] {
		const size = this.words ? 2 : 1;
		this.aim(address, count, 0x0a);
		const bytes: number[] = [];
		for (let n = 0; n < count; n += size) {
			const value = this.in(0x10, size);
			bytes.push(value & 0xff);
			if (size === 2) bytes.push(value >>> 8);
		}
		return bytes.slice(0, count);
	}
	writeMemory(address: number, bytes: ArrayLike<number>): void {
		const size = this.words ? 2 : 1;
		this.aim(address, bytes.length, 0x12);
		for (let n = 0; n < bytes.length; n += size) this.out(0x10, bytes[n] | ((bytes[n + 1] ?? 0) << 8), size);
	}

	/** Writes a frame's content into the card's memory and says so. */
	send(bytes: Uint8Array, count = bytes.length): void {
		this.writeMemory(TX_PAGE << 8, bytes);
		this.out(0x04, TX_PAGE);
		this.out(0x05, count & 0xff);
		this.out(0x06, count >>> 8);
		this.out(0, 0x26);
	}
	/** Lets time pass. */
	wait(cycles: number): void {
		const end = this.clock.now + cycles;
		while (this.clock.nextEvent <= end) {
			this.clock.now = this.clock.nextEvent;
			this.clock.runDue();
		}
		this.clock.now = end;
	}
	/** A frame with this content arrives. */
	hear(bytes: Uint8Array): void {
		this.card.hear(padded(bytes));
	}
	hearExactly(bytes: Uint8Array): void {
		this.card.hear(sealed(bytes));
	}

	/** The oldest packet of the ring with its header, which is removed; null where there is none. */
	take(): { status: number; next: number; count: number; bytes: number[] } | null {
		const last = this.in(3);
		const page = last + 1 === RING.stop ? RING.first : last + 1;
		if (page === this.curr) return null;
		const [status, next, low, high] = this.readMemory(page << 8, 4);
		const count = low | (high << 8);
		const bytes = this.readMemory((page << 8) + 4, count);
		this.out(3, next === RING.first ? RING.stop - 1 : next - 1);
		return { status, next, count, bytes };
	}
}
