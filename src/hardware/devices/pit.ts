import { copyPlain } from '../../base';
import type { Clock } from '../clock';
import type { Device } from './device';

/*
 * The interval timer of a PC: an Intel 8254 (data sheet 231164) and, at port 0x61, the gate and the output of its counter 2,
 * which drives the speaker. No interrupt line is wired to it; `timers/timer.ts` adds one to counter 0.
 *
 *     control word   7..6  counter, or 3: read back      3..1  mode: 0 to 5 (6 and 7 are 2 and 3)
 *                    5..4  1 low byte, 2 high byte, 3 low then high; 0: latch the count      0  BCD
 *     status byte    7 OUT   6 no count written yet   5..0 as in the control word
 *     port 0x61      5 OUT of counter 2   4 toggles with the memory refresh   1 speaker on   0 gate of counter 2
 *
 * Time is in counts of the 8254's own clock, whole, never falling; counters know when they began, and nothing happens in between.
 */

/** Counts a second. */
export const PIT_HZ = 1_193_182;
/** Counts between two changes of the refresh bit: about 15 µs. */
const REFRESH_COUNTS = 18;
const LOW_THEN_HIGH = 3;

/** One counter. */
export interface Counter {
	mode: number;
	/** Bits 5..4 of its control word. */
	access: number;
	bcd: boolean;
	gate: boolean;
	/** The count that it starts from, 1 to 65,536; 0 before one was written. */
	reload: number;
	/** When it began to count from `reload`. */
	since: number;
	/** Counts done when its gate stopped it, or -1 while it runs. */
	held: number;
	/** The low byte of a count, while the high one is still to be written; -1 otherwise. */
	half: number;
	/** The next read is of the high byte. */
	readHigh: boolean;
	/** What reads give first: a status byte, and a count by latch. -1 for none. */
	status: number;
	latched: number;
}

/** The timer and port 0x61. */
export interface PitState {
	readonly counters: [Counter, Counter, Counter];
	speaker: boolean;
}

const counter = (gate: boolean): Counter => ({
	mode: 0,
	access: LOW_THEN_HIGH,
	bcd: false,
	gate,
	reload: 0,
	since: 0,
	held: -1,
	half: -1,
	readHigh: false,
	status: -1,
	latched: -1
});

/** A timer that was just switched on: no counter has a count, and counter 2 is held by its gate. */
const powerOn = (): PitState => ({ counters: [counter(true), counter(true), counter(false)], speaker: false });

/** The four digits of a number below 10,000, as BCD; and back. */
const toBcd = (value: number): number =>
	[1000, 100, 10, 1].reduce((digits, unit) => (digits << 4) | (Math.floor(value / unit) % 10), 0);
const fromBcd = (digits: number): number =>
	[12, 8, 4, 0].reduce((value, shift) => value * 10 + ((digits >>> shift) & 15), 0);

const elapsed = (c: Counter, now: number): number => (c.held >= 0 ? c.held : now - c.since);
/** Modes 2 and 3 begin again by themselves; 1, 2, 3 and 5 begin again when the gate rises; 0, 2, 3 and 4 stop while it is low. */
const periodic = (c: Counter): boolean => c.mode === 2 || c.mode === 3;
const triggered = (c: Counter): boolean => c.mode !== 0 && c.mode !== 4;
const gated = (c: Counter): boolean => c.mode !== 1 && c.mode !== 5;

/** What the counter holds, 16 bits, in its own notation. */
function count(c: Counter, now: number): number {
	const done = elapsed(c, now);
	const range = c.bcd ? 10_000 : 0x1_0000;
	const passed =
		c.mode === 3 ? (2 * done) % (c.reload + (c.reload & 1) || range) : done % (periodic(c) ? c.reload || range : range);
	const value = (((c.reload - passed) % range) + range) % range;
	return c.bcd ? toBcd(value) : value;
}

/** Its OUT pin. */
export function out(c: Counter, now: number): boolean {
	const done = elapsed(c, now);
	if (c.reload === 0) return c.mode !== 0;
	if (periodic(c) && !c.gate) return true;
	if (c.mode < 2) return done >= c.reload;
	if (c.mode === 2) return done % c.reload !== c.reload - 1;
	if (c.mode === 3) return done % c.reload < (c.reload + 1) >>> 1;
	return done !== c.reload;
}

/** The count after `now` at which OUT changes next if nobody writes; Infinity for never. */
export function nextChange(c: Counter, now: number): number {
	if (c.reload === 0 || c.held >= 0) return Infinity;
	const done = now - c.since;
	const changes = periodic(c) ? periodicChanges(c, Math.floor(done / c.reload) * c.reload) : onceChanges(c);
	return c.since + (changes.find((change) => change > done) ?? Infinity);
}

/** In one round that begins at `round`, and the beginning of the next: mode 2 falls for the last count, mode 3 in the middle. */
const periodicChanges = (c: Counter, round: number): number[] => [
	round + (c.mode === 2 ? c.reload - 1 : (c.reload + 1) >>> 1),
	round + c.reload
];
const onceChanges = (c: Counter): number[] => (c.mode < 2 ? [c.reload] : [c.reload, c.reload + 1]);

function load(c: Counter, digits: number, now: number): void {
	const value = c.bcd ? fromBcd(digits) : digits;
	c.reload = value === 0 ? (c.bcd ? 10_000 : 0x1_0000) : value;
	c.since = now;
	// Modes 1 and 5 wait for the gate to rise: until then the count is as if it had passed.
	if (!gated(c)) c.held = c.reload + 1;
	else c.held = c.gate ? -1 : 0;
}

function setGate(c: Counter, gate: boolean, now: number): void {
	if (gate === c.gate) return;
	c.gate = gate;
	if (gate) {
		c.since = triggered(c) ? now : now - c.held;
		c.held = -1;
	} else if (gated(c)) c.held = now - c.since;
}

function latchCount(c: Counter, now: number): void {
	if (c.latched < 0) c.latched = count(c, now);
}

function latchStatus(c: Counter, now: number): void {
	if (c.status >= 0) return;
	c.status = (out(c, now) ? 0x80 : 0) | (c.reload === 0 ? 0x40 : 0) | (c.access << 4) | (c.mode << 1) | (c.bcd ? 1 : 0);
}

/** A byte to the control register. */
function control(counters: readonly Counter[], now: number, value: number): void {
	if (value >>> 6 === 3) {
		counters.forEach((c, index) => {
			if ((value & (2 << index)) === 0) return;
			if ((value & 0x20) === 0) latchCount(c, now);
			if ((value & 0x10) === 0) latchStatus(c, now);
		});
		return;
	}
	const c = counters[value >>> 6];
	const access = (value >>> 4) & 3;
	if (access === 0) return latchCount(c, now);
	const mode = (value >>> 1) & 7;
	Object.assign(c, counter(c.gate), { access, mode: mode > 5 ? mode - 4 : mode, bcd: (value & 1) !== 0 });
}

/** A byte to a counter. */
function writeCounter(c: Counter, now: number, value: number): void {
	if (c.access === 1) return load(c, value, now);
	if (c.access === 2) return load(c, value << 8, now);
	if (c.half < 0) c.half = value;
	else {
		load(c, c.half | (value << 8), now);
		c.half = -1;
	}
}

/** A byte from a counter: the latched status first, then the latched count, then the count as it runs. */
function readCounter(c: Counter, now: number): number {
	if (c.status >= 0) {
		const { status } = c;
		c.status = -1;
		return status;
	}
	const value = c.latched >= 0 ? c.latched : count(c, now);
	const high = c.access === 2 || (c.access === LOW_THEN_HIGH && c.readHigh);
	if (c.access === LOW_THEN_HIGH) c.readHigh = !c.readHigh;
	if (high || c.access !== LOW_THEN_HIGH) c.latched = -1;
	return high ? value >>> 8 : value & 0xff;
}

/** Offsets: the counters lie at 0 to 2 (ports 0x40 to 0x42 of a PC). */
const CONTROL = 3;
/** Port 0x61. */
const SPEAKER = 4;

/** Counts that have passed at a cycle. */
export const countsAt = (cycle: number, hz: number): number => Math.floor((cycle / hz) * PIT_HZ);

/** The timer: five registers of a byte, the last of which a PC has elsewhere. */
export class Pit implements Device<PitState> {
	readonly widest = 1;
	protected state = powerOn();

	constructor(protected readonly clock: Clock) {}

	/** Whole counts of the 8254's clock. */
	protected get now(): number {
		return countsAt(this.clock.now, this.clock.hz);
	}

	/** Nothing drives the bus when the control register is read; it gives zero, as in Xen. */
	read(offset: number): number {
		const { counters } = this.state;
		if (offset < CONTROL) return readCounter(counters[offset], this.now);
		return offset === SPEAKER ? this.readSpeaker() : 0;
	}

	write(offset: number, _size: number, value: number): void {
		const { counters } = this.state;
		if (offset < CONTROL) writeCounter(counters[offset], this.now, value);
		else if (offset === CONTROL) control(counters, this.now, value);
		else {
			this.state.speaker = (value & 2) !== 0;
			setGate(counters[2], (value & 1) !== 0, this.now);
		}
	}

	private readSpeaker(): number {
		const { now } = this;
		const { speaker, counters } = this.state;
		const refresh = Math.floor(now / REFRESH_COUNTS) % 2;
		return (out(counters[2], now) ? 0x20 : 0) | (refresh << 4) | (speaker ? 2 : 0) | (counters[2].gate ? 1 : 0);
	}

	reset(): void {
		this.state = powerOn();
	}

	save(): PitState {
		return copyPlain(this.state);
	}

	restore(state: PitState): void {
		this.state = copyPlain(state);
	}
}
