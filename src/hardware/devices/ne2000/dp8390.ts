import { copyPlain } from '../../../base';
import type { Recorder } from '../../../trace/events';
import type { AlarmState } from '../../alarm';
import type { Clock } from '../../clock';
import type { Trigger } from '../../interrupts/lines';
import type { Frame } from '../ethernet/frame';
import type { Medium, Station } from '../ethernet/medium';
import { receive } from './receiver';
import { CR, DCR, ISR, PAGE_BYTES, RCR, RSR, TCR } from './registers';
import { interruptStatus, powerOn, type BufferMemory, type Chip, type Dp8390State } from './state';
import { Transmitter } from './transmitter';

/** A chip with the frame that it is sending. */
export interface SavedDp8390 {
	readonly registers: Dp8390State;
	readonly transmission: AlarmState;
}

type Read = (chip: Dp8390) => number;
type Write = (chip: Dp8390, value: number) => void;

/** What a card wires to its chip. */
export interface Dp8390Wiring {
	readonly clock: Clock;
	readonly recorder: Recorder;
	/** Its number in events. */
	readonly card: number;
	/** What the local DMA reaches, and what the remote one does. */
	readonly local: BufferMemory;
	readonly remote: BufferMemory;
	/** The interrupt line. */
	readonly line: Trigger;
	/** Registers of page 0 that the data sheet reserves, by offset, where this one has something there. */
	readonly marks?: Readonly<Record<number, number>>;
}

/**
 * A DP8390D network interface controller: what is written is in `registers.ts`. Where the data sheet and QEMU's model of an NE2000
 * differ, this is as in the data sheet.
 */
export class Dp8390 implements Chip, Station {
	readonly state = powerOn();
	readonly memory: BufferMemory;
	readonly recorder: Recorder;
	readonly card: number;
	private readonly transmitter: Transmitter;
	/** Offsets of page 0 that are read as something else. */
	readonly marks: Readonly<Record<number, number>>;

	constructor(private readonly wiring: Dp8390Wiring) {
		this.memory = wiring.local;
		this.recorder = wiring.recorder;
		this.card = wiring.card;
		this.marks = wiring.marks ?? {};
		this.transmitter = new Transmitter(this, wiring.clock);
	}

	plug(medium: Medium | null): void {
		this.transmitter.medium = medium;
	}

	hear(frame: Frame): void {
		receive(this, frame);
		// A frame may have switched the transmitter on again, with something to send.
		this.transmitter.begin();
	}

	raise(bits: number): void {
		this.state.isr |= bits;
		this.update();
	}

	private update(): void {
		const { isr, imr } = this.state;
		this.wiring.line((isr & imr) !== 0);
	}

	// --- the registers ------------------------------------------------------------------------------------

	/** @param offset 0 to 15 */
	read(offset: number): number {
		const page = this.state.cr >>> 6;
		return offset === 0 ? this.state.cr : (READS[page][offset]?.(this) ?? 0xff);
	}

	write(offset: number, value: number): void {
		if (offset === 0) this.command(value);
		else WRITES[this.state.cr >>> 6][offset]?.(this, value);
		this.update();
	}

	/** Counters are cleared by being read. */
	takeTally(counter: number): number {
		const { tally } = this.state;
		const value = tally[counter];
		tally[counter] = 0;
		return value;
	}

	takeFifo(): number {
		const { state } = this;
		const byte = state.fifo[state.fifoAt];
		state.fifoAt = (state.fifoAt + 1) % state.fifo.length;
		return byte;
	}

	/**
	 * STA and STP are set by ones: STP alone stops, STA alone starts, and STA stays set over a stop, until a reset (data sheet, 10.3: CR). A
	 * frame on its way is finished all the same. RD 0 is not allowed, and changes nothing.
	 */
	private command(value: number): void {
		const { state } = this;
		const stops = (value & CR.STP) !== 0;
		const starts = (value & CR.STA) !== 0;
		let cr = (state.cr & ~CR.PAGE) | (value & CR.PAGE) | (value & CR.STA);
		if (stops) cr |= CR.STP;
		else if (starts) cr &= ~CR.STP;
		if ((value & CR.REMOTE) !== 0) cr = (cr & ~CR.REMOTE) | (value & CR.REMOTE);
		state.cr = cr;
		if ((value & CR.TXP) !== 0 && !stops) this.transmit();
		if ((value & CR.REMOTE) !== 0) this.beginRemote();
	}

	/** Nothing is sent before the start command. */
	private transmit(): void {
		const { state } = this;
		if ((state.cr & (CR.STA | CR.STP)) !== CR.STA) return;
		state.cr |= CR.TXP;
		this.transmitter.begin();
	}

	writeTcr(value: number): void {
		const { state } = this;
		state.tcr = value & 0x1f;
		if ((value & TCR.ATD) === 0) state.silenced = false;
		this.transmitter.begin();
	}

	/** A packet has been removed from the ring, or so the driver says. */
	writeBnry(value: number): void {
		Object.assign(this.state, { bnry: value, full: false, overflowed: false });
	}

	// --- remote DMA -----------------------------------------------------------------------------------------

	/** A count of zero, of which the data sheet says nothing, is complete at once, as in QEMU's model. */
	private beginRemote(): void {
		const { state } = this;
		const remote = state.cr & CR.REMOTE;
		if (remote === CR.SEND_PACKET && (state.dcr & DCR.AR) !== 0) this.aimAtPacket();
		if (remote < CR.ABORT && state.rbcr === 0) this.endRemote();
	}

	/** `Send packet` reads the packet at BNRY, as many bytes as its header counts (data sheet, 9). */
	private aimAtPacket(): void {
		const { state } = this;
		const { remote } = this.wiring;
		const at = state.bnry * PAGE_BYTES;
		state.remoteNext = remote.read(at + 1);
		state.crda = at;
		state.rbcr = remote.read(at + 2) | (remote.read(at + 3) << 8);
	}

	private endRemote(): void {
		const { state } = this;
		if ((state.cr & CR.REMOTE) === CR.SEND_PACKET && (state.dcr & DCR.AR) !== 0) this.writeBnry(state.remoteNext);
		this.raise(ISR.RDC);
	}

	private get remoteWidth(): number {
		return (this.state.dcr & DCR.WTS) !== 0 ? 2 : 1;
	}

	/** Whether a transfer of this direction is going on. */
	private transfers(reads: boolean): boolean {
		const { cr, rbcr } = this.state;
		const remote = cr & CR.REMOTE;
		return rbcr > 0 && (reads ? remote === CR.REMOTE_READ || remote === CR.SEND_PACKET : remote === CR.REMOTE_WRITE);
	}

	/** The next byte or, with DCR.WTS, word of a remote read; ones where none is going on. */
	readData(): number {
		if (!this.transfers(true)) return 0xffff;
		const { crda } = this.state;
		const { remote } = this.wiring;
		const value =
			this.remoteWidth === 1 ? remote.read(crda) | 0xff00 : remote.read(crda & ~1) | (remote.read(crda | 1) << 8);
		this.stepRemote();
		return value;
	}

	/** The next byte or word of a remote write; lost where none is going on. */
	writeData(value: number): void {
		if (!this.transfers(false)) return;
		const { crda } = this.state;
		const { remote } = this.wiring;
		if (this.remoteWidth === 1) remote.write(crda, value & 0xff);
		else {
			remote.write(crda & ~1, value & 0xff);
			remote.write(crda | 1, value >>> 8);
		}
		this.stepRemote();
	}

	/** The address goes round the ring: where it comes to PSTOP, it goes on at PSTART. */
	private stepRemote(): void {
		const { state, remoteWidth } = this;
		state.crda = (state.crda + remoteWidth) & 0xffff;
		if (state.crda === state.pstop * PAGE_BYTES) state.crda = state.pstart * PAGE_BYTES;
		state.rbcr = Math.max(0, state.rbcr - remoteWidth);
		if (state.rbcr === 0) this.endRemote();
	}

	// --- reset ----------------------------------------------------------------------------------------------

	/** The reset pin: it stops everything; most registers keep what they have (data sheet, 11: reset). */
	resetPin(): void {
		const { state } = this;
		this.transmitter.abort();
		state.cr = (state.cr & CR.PAGE) | CR.ABORT | CR.STP;
		state.imr = 0;
		state.dcr |= DCR.LAS;
		state.tcr &= ~TCR.LOOPBACK;
		this.update();
	}

	/** As after power-on. */
	reset(): void {
		this.transmitter.abort();
		Object.assign(this.state, powerOn());
		this.update();
	}

	save(): SavedDp8390 {
		return { registers: copyPlain(this.state), transmission: this.transmitter.alarm.save() };
	}

	restore({ registers, transmission }: SavedDp8390): void {
		Object.assign(this.state, copyPlain(registers));
		this.transmitter.alarm.restore(transmission);
	}
}

const lowOf = (value: number): number => value & 0xff;
const highOf = (value: number): number => value >>> 8;
const withLow = (old: number, value: number): number => (old & 0xff00) | value;
const withHigh = (old: number, value: number): number => (old & 0xff) | (value << 8);
const mark =
	(offset: number): Read =>
	({ marks }) =>
		marks[offset] ?? 0xff;

/** By page and offset. Offset 0 is CR everywhere; page 3 is not to be used. */
const READS: readonly (readonly (Read | null)[])[] = [
	[
		null,
		({ state }) => lowOf(state.clda),
		({ state }) => highOf(state.clda),
		({ state }) => state.bnry,
		({ state }) => state.tsr,
		() => 0,
		(chip) => chip.takeFifo(),
		({ state }) => interruptStatus(state),
		({ state }) => lowOf(state.crda),
		({ state }) => highOf(state.crda),
		mark(0x0a),
		mark(0x0b),
		({ state }) => state.rsr | ((state.rcr & RCR.MON) !== 0 ? RSR.DIS : 0),
		(chip) => chip.takeTally(0),
		(chip) => chip.takeTally(1),
		(chip) => chip.takeTally(2)
	],
	[
		null,
		...[0, 1, 2, 3, 4, 5].map<Read>(
			(n) =>
				({ state }) =>
					state.par[n]
		),
		({ state }) => state.curr,
		...[0, 1, 2, 3, 4, 5, 6, 7].map<Read>(
			(n) =>
				({ state }) =>
					state.mar[n]
		)
	],
	[
		null,
		({ state }) => state.pstart,
		({ state }) => state.pstop,
		({ state }) => state.remoteNext,
		({ state }) => state.tpsr,
		({ state }) => state.localNext,
		({ state }) => highOf(state.clda),
		({ state }) => lowOf(state.clda),
		null,
		null,
		null,
		null,
		// Bits that the chip does not have read as ones.
		({ state }) => state.rcr | 0xc0,
		({ state }) => state.tcr | 0xe0,
		({ state }) => state.dcr | 0x80,
		({ state }) => state.imr | 0x80
	],
	[]
];

const WRITES: readonly (readonly (Write | null)[])[] = [
	[
		null,
		({ state }, value) => (state.pstart = value),
		({ state }, value) => (state.pstop = value),
		(chip, value) => chip.writeBnry(value),
		({ state }, value) => (state.tpsr = value),
		({ state }, value) => (state.tbcr = withLow(state.tbcr, value)),
		({ state }, value) => (state.tbcr = withHigh(state.tbcr, value)),
		({ state }, value) => (state.isr &= ~value),
		({ state }, value) => (state.crda = withLow(state.crda, value)),
		({ state }, value) => (state.crda = withHigh(state.crda, value)),
		({ state }, value) => (state.rbcr = withLow(state.rbcr, value)),
		({ state }, value) => (state.rbcr = withHigh(state.rbcr, value)),
		({ state }, value) => (state.rcr = value & 0x3f),
		(chip, value) => chip.writeTcr(value),
		({ state }, value) => (state.dcr = value & 0x7f),
		({ state }, value) => (state.imr = value & 0x7f)
	],
	[
		null,
		...[0, 1, 2, 3, 4, 5].map<Write>(
			(n) =>
				({ state }, value) =>
					(state.par[n] = value)
		),
		({ state }, value) => Object.assign(state, { curr: value, full: false }),
		...[0, 1, 2, 3, 4, 5, 6, 7].map<Write>(
			(n) =>
				({ state }, value) =>
					(state.mar[n] = value)
		)
	],
	[
		null,
		({ state }, value) => (state.clda = withLow(state.clda, value)),
		({ state }, value) => (state.clda = withHigh(state.clda, value)),
		({ state }, value) => (state.remoteNext = value),
		null,
		({ state }, value) => (state.localNext = value),
		({ state }, value) => (state.clda = withHigh(state.clda, value)),
		({ state }, value) => (state.clda = withLow(state.clda, value))
	],
	[]
];
