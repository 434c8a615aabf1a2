import { KIND, word } from '../../../trace/events';
import { Alarm } from '../../alarm';
import type { Clock } from '../../clock';
import { airtime, checkSequence, headingOf, isWhole, type Frame } from '../ethernet/frame';
import type { Medium } from '../ethernet/medium';
import { recognizes } from './filter';
import { audienceStatus } from './receiver';
import { CR, DCR, ISR, LOOPBACK_SHIFT, PAGE_BYTES, RSR, TCR, TSR } from './registers';
import { isRunning, swapped, type Chip, type Dp8390State } from './state';

/*
 * Transmission (data sheet, section 8) and its way back to the card itself (section 12; application note 937 for what the status
 * registers show then). There are no collisions.
 */

/** The loopback modes of TCR: none, through the controller, through the encoder, through the cable. */
const NORMAL = 0;
const CABLE = 3;
/** What TSR shows beside PTX in each: within the controller nothing senses the carrier, and within the card nothing answers with a heartbeat. */
const LOOPED_STATUS = [0, TSR.CRS | TSR.CDH, TSR.CDH, 0] as const;
const FIFO_BYTES = 8;

export const loopbackOf = ({ tcr }: Dp8390State): number => (tcr & TCR.LOOPBACK) >>> LOOPBACK_SHIFT;

/** The half of a chip that sends. */
export class Transmitter {
	/** The wire that it is plugged into. */
	medium: Medium | null = null;
	readonly alarm: Alarm;

	constructor(
		private readonly chip: Chip,
		private readonly clock: Clock
	) {
		this.alarm = new Alarm(clock, () => this.finish());
	}

	/** Begins what TXP asks for, unless something is being sent, or another station has switched the transmitter off. */
	begin(): void {
		const { chip } = this;
		const { state } = chip;
		if (state.sending !== null || state.silenced || !isRunning(state) || (state.cr & CR.TXP) === 0) return;
		state.tsr = 0;
		state.sending = this.fetch();
		state.sent = chip.recorder.record(
			KIND.frame_sent,
			word('card', chip.card),
			word('bytes', state.tbcr),
			...headingOf(state.sending)
		);
		this.alarm.set(this.onWire ? this.claim(state.sending.length) : this.alone(state.sending.length));
	}

	/** Whether what is sent leaves the card. */
	private get onWire(): boolean {
		const mode = loopbackOf(this.chip.state);
		return mode === NORMAL || mode === CABLE;
	}

	private alone(bytes: number): number {
		return this.clock.now + airtime(bytes, this.clock.hz);
	}

	private claim(bytes: number): number {
		return this.medium?.claim(bytes) ?? this.alone(bytes);
	}

	/**
	 * The bytes from TPSR on, and their check sequence unless TCR.CRC forbids it. Nothing is padded. In loopback the FIFO is split, and of
	 * each word only one byte goes through (data sheet, 12: restrictions): the even one with BOS, the odd one without.
	 */
	private fetch(): Uint8Array {
		const { state, memory } = this.chip;
		const base = state.tpsr * PAGE_BYTES;
		const halved = this.isLooped && (state.dcr & DCR.WTS) !== 0;
		const odd = (state.dcr & DCR.BOS) === 0 ? 1 : 0;
		const length = halved ? state.tbcr >>> 1 : state.tbcr;
		const place = (n: number): number => (halved ? base + 2 * n + odd : swapped(state, base + n));
		const content = Uint8Array.from({ length }, (_, n) => memory.read(place(n) & 0xffff));
		state.clda = (base + state.tbcr) & 0xffff;
		if ((state.tcr & TCR.CRC) !== 0) return content;
		return Uint8Array.of(...content, ...checkSequence(content));
	}

	/** Whether what is sent comes back: both TCR and DCR say so (data sheet, 10.3: DCR.LS). */
	private get isLooped(): boolean {
		const { state } = this.chip;
		return loopbackOf(state) !== NORMAL && (state.dcr & DCR.LS) === 0;
	}

	/** The last bit has gone out. */
	private finish(): void {
		const { state } = this.chip;
		const bytes = state.sending ?? new Uint8Array(0);
		const frame: Frame = { bytes, dribble: 0 };
		const lost = this.onWire && this.medium === null ? TSR.CRS : 0;
		state.sending = null;
		state.cr &= ~CR.TXP;
		state.tsr = TSR.PTX | LOOPED_STATUS[loopbackOf(state)] | lost;
		const status = this.isLooped ? this.loop(frame) : 0;
		this.chip.raise(ISR.PTX | status);
		if (this.onWire) this.medium?.carry(frame, state.sent);
	}

	/**
	 * The frame comes back into the FIFO's other half, whose eight bytes it goes round and round, its length behind it. There is one CRC
	 * generator: where it made the check sequence, none is left to check it, and a frame for this card shows an error.
	 * @returns what it adds to ISR, which is never PRX as nothing is stored
	 */
	private loop(frame: Frame): number {
		const { state } = this.chip;
		const { bytes } = frame;
		const count = bytes.length;
		[...bytes, count & 0xff, count >>> 8, count >>> 8].forEach((byte, n) => (state.fifo[n % FIFO_BYTES] = byte));
		state.fifoAt = 0;
		const good = !recognizes(state, bytes) || ((state.tcr & TCR.CRC) !== 0 && isWhole(frame));
		state.rsr = (good ? RSR.PRX : RSR.CRC) | audienceStatus(bytes);
		return good ? 0 : ISR.RXE;
	}

	/** Drops what is being sent. */
	abort(): void {
		this.alarm.cancel();
		this.chip.state.sending = null;
	}
}
