import type { Trigger } from '../interrupts/lines';
import type { Device } from './device';

/*
 * A 16550 UART (PC16550D data sheet). Eight registers; with LCR.DLAB the first two are the divisor.
 *
 *      0 RBR/THR (DLL)  1 IER (DLM)  2 IIR/FCR  3 LCR  4 MCR  5 LSR  6 MSR  7 SCR
 */
const DLAB = 0x80;
const IER_RECEIVED = 1;
const IER_EMPTY = 2;
const FIFO_ON = 1;
const FIFO_CLEAR_RECEIVE = 2;
const LOOP = 0x10;
const LSR_READY = 1;
const LSR_OVERRUN = 2;
/** Transmitter always empty: the line takes no virtual time. */
const LSR_EMPTY = 0x60;
const IIR_NONE = 1;
const IIR_EMPTY = 2;
const IIR_RECEIVED = 4;
const IIR_FIFOS = 0xc0;
const FIFO_SIZE = 16;

export interface UartState {
	divisor: number;
	ier: number;
	fifo: boolean;
	lcr: number;
	mcr: number;
	scratch: number;
	overrun: boolean;
	emptyPending: boolean;
	received: number[];
}

const POWER_ON: UartState = {
	divisor: 12,
	ier: 0,
	fifo: false,
	lcr: 0,
	mcr: 0,
	scratch: 0,
	overrun: false,
	emptyPending: false,
	received: []
};

/** One serial line. Bytes sent go to `onByte` at once; bytes received wait in the FIFO. */
export class Uart implements Device<UartState> {
	readonly widest = 1;
	onByte: (byte: number) => void = () => {};
	trigger: Trigger = () => {};
	private divisor = POWER_ON.divisor;
	private ier = 0;
	private fifo = false;
	private lcr = 0;
	private mcr = 0;
	private scratch = 0;
	private overrun = false;
	/** The "transmitter empty" interrupt has not been seen yet. */
	private emptyPending = false;
	private received: number[] = [];

	/** A byte arrives on the line; lost with an overrun error when there is no room. */
	receive(byte: number): void {
		if (this.received.length >= (this.fifo ? FIFO_SIZE : 1)) this.overrun = true;
		else this.received.push(byte & 0xff);
		this.update();
	}

	/** Room for this many bytes. */
	get room(): number {
		return (this.fifo ? FIFO_SIZE : 1) - this.received.length;
	}

	read(offset: number): number {
		const dlab = (this.lcr & DLAB) !== 0;
		switch (offset) {
			case 0:
				return dlab ? this.divisor & 0xff : this.take();
			case 1:
				return dlab ? this.divisor >>> 8 : this.ier;
			case 2:
				return this.identify();
			case 3:
				return this.lcr;
			case 4:
				return this.mcr;
			case 5:
				return this.lineStatus();
			case 6:
				return this.modemStatus();
			default:
				return this.scratch;
		}
	}

	write(offset: number, _size: number, value: number): void {
		const byte = value & 0xff;
		const dlab = (this.lcr & DLAB) !== 0;
		if (offset === 0 && !dlab) this.send(byte);
		else if (offset === 0) this.divisor = (this.divisor & 0xff00) | byte;
		else if (offset === 1 && !dlab) this.enableInterrupts(byte);
		else if (offset === 1) this.divisor = (this.divisor & 0xff) | (byte << 8);
		else if (offset === 2) this.controlFifo(byte);
		else if (offset === 3) this.lcr = byte;
		else if (offset === 4) this.mcr = byte & 0x1f;
		else if (offset === 7) this.scratch = byte;
		this.update();
	}

	private send(byte: number): void {
		if ((this.mcr & LOOP) !== 0) this.receive(byte);
		else this.onByte(byte);
		this.emptyPending = true;
	}

	private take(): number {
		const byte = this.received.shift() ?? 0;
		this.update();
		return byte;
	}

	private enableInterrupts(byte: number): void {
		if ((byte & IER_EMPTY) !== 0 && (this.ier & IER_EMPTY) === 0) this.emptyPending = true;
		this.ier = byte & 0xf;
	}

	private controlFifo(byte: number): void {
		const on = (byte & FIFO_ON) !== 0;
		if (on !== this.fifo || (byte & FIFO_CLEAR_RECEIVE) !== 0) this.received = [];
		this.fifo = on;
	}

	private cause(): number {
		if ((this.ier & IER_RECEIVED) !== 0 && this.received.length > 0) return IIR_RECEIVED;
		return (this.ier & IER_EMPTY) !== 0 && this.emptyPending ? IIR_EMPTY : IIR_NONE;
	}

	private identify(): number {
		const cause = this.cause();
		if (cause === IIR_EMPTY) this.emptyPending = false;
		this.update();
		return cause | (this.fifo ? IIR_FIFOS : 0);
	}

	private lineStatus(): number {
		const status = LSR_EMPTY | (this.received.length > 0 ? LSR_READY : 0) | (this.overrun ? LSR_OVERRUN : 0);
		this.overrun = false;
		return status;
	}

	/** Clear to send, data set ready and carrier; in loop-back the modem outputs come round. */
	private modemStatus(): number {
		if ((this.mcr & LOOP) === 0) return 0xb0;
		const { mcr } = this;
		return ((mcr & 1) << 5) | ((mcr & 2) << 3) | ((mcr & 4) << 4) | ((mcr & 8) << 4);
	}

	private update(): void {
		this.trigger(this.cause() !== IIR_NONE);
	}

	reset(): void {
		this.restore(POWER_ON);
		this.update();
	}

	save(): UartState {
		const { divisor, ier, fifo, lcr, mcr, scratch, overrun, emptyPending } = this;
		return { divisor, ier, fifo, lcr, mcr, scratch, overrun, emptyPending, received: [...this.received] };
	}

	restore(state: UartState): void {
		Object.assign(this, { ...state, received: [...state.received] });
	}
}
