import { FRAME_FAULTS, KIND, word } from '../../../trace/events';
import { Alarm, type AlarmState } from '../../alarm';
import type { Clock } from '../../clock';
import type { Device, Site } from '../device';
import { damaged, faultOf, firstDraws, type Fault } from './faults';
import { airtime, contentOf, gapTime, padded, type Frame } from './frame';
import type { Medium, Station } from './medium';
import { Tape, type Captured, type TapeState } from './tape';

/** A frame that comes from outside, by a script. */
export interface Scripted {
	/** Cycle at which it is sent, once the wire is silent. */
	readonly cycle: number;
	/** From the destination to the data; padded to the shortest length. */
	readonly bytes: Uint8Array;
}

export interface SegmentOptions {
	readonly faults?: readonly Fault[];
	/** In the order of their cycles. */
	readonly script?: readonly Scripted[];
}

/** A frame that comes later than it should: by its time, or right after the next one if that is earlier. */
interface Delayed {
	readonly due: number;
	readonly afterNext: boolean;
	readonly frame: Frame;
	readonly from: number;
	readonly cause: number;
}

export interface SegmentState {
	/** Cycle from which the wire is silent. */
	readonly silent: number;
	/** Frames that were sent so far. */
	readonly count: number;
	readonly draws: readonly number[];
	readonly delayed: readonly Delayed[];
	readonly delay: AlarmState;
	/** Frames of the script that were sent, and whether the next one is on the wire. */
	readonly scripted: number;
	readonly sending: boolean;
	readonly script: AlarmState;
	readonly tape: TapeState;
}

/** A frame that waits for the next one waits no longer than this, in seconds. */
const PATIENCE = 0.01;
/** The number of nobody among the stations: a script sends. */
const NOBODY = -1;

/**
 * An Ethernet segment of 10 Mbit/s that joins stations. One frame passes at a time: who wants to send waits for silence, the first to want
 * it first, and so nothing collides. When the last bit of a frame has passed, every other station hears it, in the order in which they
 * joined; it travels in no time. It is among the devices of a machine, for its state, and has no registers.
 */
export class Segment implements Device<SegmentState> {
	private readonly stations: Station[] = [];
	private readonly faults: readonly Fault[];
	private readonly script: readonly Scripted[];
	private readonly tape = new Tape();
	private readonly delay: Alarm;
	private readonly pace: Alarm;
	private readonly clock: Clock;
	private silent = 0;
	private count = 0;
	private draws: number[];
	private delayed: readonly Delayed[] = [];
	private scripted = 0;
	private sending = false;

	constructor(
		private readonly site: Pick<Site, 'clock' | 'recorder'>,
		{ faults = [], script = [] }: SegmentOptions = {}
	) {
		this.clock = site.clock;
		this.faults = faults;
		this.script = script;
		this.draws = firstDraws(faults);
		this.delay = new Alarm(site.clock, () => this.release());
		this.pace = new Alarm(site.clock, () => this.play());
		this.awaitScript();
	}

	/** Joins a station to it. @returns the wire as that station has it */
	join(station: Station): Medium {
		const from = this.stations.push(station) - 1;
		return {
			claim: (bytes) => this.claim(bytes),
			carry: (frame, cause) => this.carry(frame, from, cause)
		};
	}

	/** All that has passed and was not lost, as whoever listens hears it: doubled, reordered, damaged. */
	get captured(): readonly Captured[] {
		return this.tape.frames;
	}

	/** The last of it. */
	get latest(): Captured | undefined {
		return this.tape.latest;
	}

	private claim(bytes: number): number {
		const { hz, now } = this.clock;
		const end = Math.max(now, this.silent) + airtime(bytes, hz);
		this.silent = end + gapTime(hz);
		return end;
	}

	private carry(frame: Frame, from: number, cause: number): void {
		this.count++;
		const fault = faultOf(this.faults, this.draws, this.count);
		if (fault) this.tell(fault, frame, cause);
		const waiting = this.delayed.filter(({ afterNext }) => afterNext);
		if (fault?.kind === 'reorder' && waiting.length === 0) return this.hold(frame, from, cause);
		if (fault?.kind !== 'lose') this.deliver(fault?.kind === 'damage' ? damaged(frame, fault.how) : frame, from, cause);
		if (fault?.kind === 'double')
			this.put({ due: this.claim(frame.bytes.length), afterNext: false, frame, from, cause });
		this.letGo(waiting);
	}

	private tell(fault: Fault, { bytes }: Frame, cause: number): void {
		this.because(cause, () =>
			this.site.recorder.record(
				KIND.frame_fault,
				word('fault', FRAME_FAULTS.indexOf(fault.kind)),
				word('frame', this.count),
				word('bytes', bytes.length)
			)
		);
	}

	/** What is recorded meanwhile follows from event `cause`, where there is one. */
	private because(cause: number, work: () => void): void {
		const { recorder } = this.site;
		const before = recorder.cause;
		if (cause >= 0) recorder.cause = cause;
		work();
		recorder.cause = before;
	}

	private deliver(frame: Frame, from: number, cause: number): void {
		this.tape.add({ cycle: this.clock.now, bytes: contentOf(frame).slice() });
		this.because(cause, () => {
			this.stations.forEach((station, index) => {
				if (index !== from) station.hear(frame);
			});
		});
	}

	// --- what comes late ------------------------------------------------------------------------------------

	private hold(frame: Frame, from: number, cause: number): void {
		const due = Math.ceil(this.clock.now + PATIENCE * this.clock.hz);
		this.put({ due, afterNext: true, frame, from, cause });
	}

	private put(late: Delayed): void {
		this.delayed = [...this.delayed, late].sort((a, b) => a.due - b.due);
		this.awaitDelayed();
	}

	private awaitDelayed(): void {
		if (this.delayed.length > 0) this.delay.set(this.delayed[0].due);
		else this.delay.cancel();
	}

	private release(): void {
		this.letGo(this.delayed.filter(({ due }) => due <= this.clock.now));
	}

	private letGo(those: readonly Delayed[]): void {
		if (those.length === 0) return;
		this.delayed = this.delayed.filter((late) => !those.includes(late));
		this.awaitDelayed();
		for (const { frame, from, cause } of those) this.deliver(frame, from, cause);
	}

	// --- what comes by the script -----------------------------------------------------------------------------

	private awaitScript(): void {
		if (this.scripted < this.script.length) this.pace.set(Math.max(1, this.script[this.scripted].cycle));
	}

	/** The moment to send the next frame has come, or that at which it has passed. */
	private play(): void {
		const frame = padded(this.script[this.scripted].bytes);
		this.sending = !this.sending;
		if (this.sending) return this.pace.set(this.claim(frame.bytes.length));
		this.scripted++;
		this.carry(frame, NOBODY, -1);
		this.awaitScript();
	}

	// --- as a device --------------------------------------------------------------------------------------------

	read(): number {
		return -1;
	}

	write(): void {}

	/** It is no part of the machine that is reset: what is on the wire goes on. */
	reset(): void {}

	save(): SegmentState {
		const { silent, count, delayed, scripted, sending } = this;
		return {
			silent,
			count,
			scripted,
			sending,
			draws: [...this.draws],
			delayed: [...delayed],
			delay: this.delay.save(),
			script: this.pace.save(),
			tape: this.tape.save()
		};
	}

	restore(state: SegmentState): void {
		const { silent, count, delayed, scripted, sending } = state;
		Object.assign(this, { silent, count, delayed: [...delayed], scripted, sending, draws: [...state.draws] });
		this.tape.restore(state.tape);
		this.delay.restore(state.delay);
		this.pace.restore(state.script);
	}
}
