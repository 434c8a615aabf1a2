import type { Recorder } from '../../../trace/events';
import { CR, DCR, ISR } from './registers';

/** A DP8390D as plain data: its registers by their names in the data sheet, and what it is about to do. */
export interface Dp8390State {
	cr: number;
	/** Without RST, which follows from `cr` and `overflowed`. */
	isr: number;
	imr: number;
	dcr: number;
	tcr: number;
	rcr: number;
	tsr: number;
	/** Without DIS, which follows from `rcr`. */
	rsr: number;
	/** Pages: the receive ring's first and the one after its last, the oldest not yet read, where the next frame goes, what is sent. */
	pstart: number;
	pstop: number;
	bnry: number;
	curr: number;
	tpsr: number;
	/** Bytes to send. */
	tbcr: number;
	/** Remote DMA: the address and how many bytes are left. */
	crda: number;
	rbcr: number;
	/** Address of the local DMA, and the page that a link leads it to. */
	clda: number;
	localNext: number;
	/** The page after the packet that `send packet` moves. */
	remoteNext: number;
	par: number[];
	mar: number[];
	tally: number[];
	fifo: number[];
	/** The place in `fifo` that is read next. */
	fifoAt: number;
	/** CURR has come round to BNRY: the ring is full, not empty. */
	full: boolean;
	/** The ring has overflowed, and no packet has been removed since. */
	overflowed: boolean;
	/** A frame has switched the transmitter off (TCR.ATD). */
	silenced: boolean;
	/** The bytes that are being sent, their check sequence included; null between frames. */
	sending: Uint8Array | null;
	/** The event that tells so, or -1. */
	sent: number;
}

/** Registers that the data sheet leaves undefined at power-on are zero. */
export const powerOn = (): Dp8390State => ({
	cr: CR.ABORT | CR.STP,
	isr: 0,
	imr: 0,
	dcr: DCR.LAS,
	tcr: 0,
	rcr: 0,
	tsr: 0,
	rsr: 0,
	pstart: 0,
	pstop: 0,
	bnry: 0,
	curr: 0,
	tpsr: 0,
	tbcr: 0,
	crda: 0,
	rbcr: 0,
	clda: 0,
	localNext: 0,
	remoteNext: 0,
	par: [0, 0, 0, 0, 0, 0],
	mar: [0, 0, 0, 0, 0, 0, 0, 0],
	tally: [0, 0, 0],
	fifo: [0, 0, 0, 0, 0, 0, 0, 0],
	fifoAt: 0,
	full: false,
	overflowed: false,
	silenced: false,
	sending: null,
	sent: -1
});

/** The card's memory as the chip's DMA channels reach it, by 16-bit addresses. */
export interface BufferMemory {
	read(address: number): number;
	write(address: number, value: number): void;
}

/** What the parts of a chip share. */
export interface Chip {
	readonly state: Dp8390State;
	/** For the local DMA. */
	readonly memory: BufferMemory;
	readonly recorder: Recorder;
	/** Its number in events. */
	readonly card: number;
	/** Sets bits of ISR. */
	raise(bits: number): void;
}

/** Whether it takes part in the traffic: started, and not stopped since. */
export const isRunning = ({ cr }: Dp8390State): boolean => (cr & (CR.STA | CR.STP)) === CR.STA;

/** ISR as it reads: RST tells that the chip is stopped, or that its ring has overflowed and nothing has been removed from it. */
export const interruptStatus = (state: Dp8390State): number =>
	state.isr | (isRunning(state) && !state.overflowed ? 0 : ISR.RST);

/**
 * Address of byte `address` for the local DMA. With words and BOS, the two bytes of a word change places between FIFO and memory; the
 * header of a received packet keeps its order.
 */
export const swapped = ({ dcr }: Dp8390State, address: number): number =>
	(dcr & (DCR.WTS | DCR.BOS)) === (DCR.WTS | DCR.BOS) ? address ^ 1 : address;
