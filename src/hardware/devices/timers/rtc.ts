import { Alarm, type AlarmState } from '../../alarm';
import type { Clock } from '../../clock';
import type { Trigger } from '../../interrupts/lines';
import type { Device, Fitting, Site } from '../device';
import {
	decode,
	decodeHour,
	encode,
	encodeHour,
	fieldsOf,
	nextAlarm,
	secondsOf,
	type AlarmTime,
	type Fields,
	type Notation
} from './calendar';

/*
 * The clock of a PC with its battery, a Motorola MC146818: an index at port 70h, the byte that it names at 71h. Bytes 0 to 9 are the time
 * (`calendar.ts`), 10 to 13 the registers A to D, the others RAM.
 *
 *     A   7 an update is near   6..4 divider: 11x holds the clock   3..0 rate of the periodic interrupt
 *     B   7 the time stands still, to be set   6 periodic, 5 alarm, 4 update interrupt   3 square wave   2 binary   1 24 hours   0 daylight
 *     C   7 interrupt   6 periodic, 5 alarm, 4 update; cleared by being read
 *     D   7 the battery is good
 *
 * Flags rise whether their interrupts are enabled or not. They are worked out when somebody looks; an interrupt that is enabled has an
 * appointment. There is no square wave, and daylight saving does nothing.
 */
const [A, B, C, D] = [10, 11, 12, 13];
const TIME_BYTES = 10;
const UPDATE_NEAR = 0x80;
const DIVIDER_HELD = 0x60;
const RATE = 0x0f;
const SET = 0x80;
const BINARY = 0x04;
const HOURS_24 = 0x02;
/** The same bits in B enable what C shows. */
const [PERIODIC, ALARM, UPDATE] = [0x40, 0x20, 0x10];
const KINDS = PERIODIC | ALARM | UPDATE;
const INTERRUPT = 0x80;
const VALID = 0x80;
/** An alarm's byte from here on matches any. */
const ANY = 0xc0;
const WEEKDAY = 6;
/** Seconds before an update at which it shows: 244 µs until it begins, and the 1,984 µs that it takes. */
const NEAR = 0.002228;
/** Ticks a second of the crystal. */
const CRYSTAL = 32_768;
/** After the divider was held the first update comes half a second later. */
const FIRST_UPDATE = 0.5;
/** Every 1/1024 of a second; the time in BCD, 24 hours. */
const POWER_ON = { a: 0x26, b: HOURS_24 };

export interface RtcOptions {
	/** The time of day at cycle 0, seconds since 1970. */
	readonly wallClock: number;
	/** What the RAM of the clock says of the machine's. */
	readonly ramBytes: number;
}

export interface RtcState {
	index: number;
	a: number;
	b: number;
	/** Flags that had risen at cycle `seen` and were not read. */
	flags: number;
	seen: number;
	/** Seconds since 1970 at cycle `since`, from which they are counted. */
	base: number;
	since: number;
	/** Days by which the day of the week is ahead of the calendar's. */
	ahead: number;
	/** The bytes of the time while it stands still. */
	held: number[] | null;
	/** Alarm bytes and RAM, by index. */
	ram: Uint8Array;
	next: AlarmState;
}

/** Alarm bytes, and of the RAM what firmware writes: the size of the machine's, the century, a checksum. */
function firmwareRam(ramBytes: number): Uint8Array {
	const ram = new Uint8Array(128);
	const put = (at: number, value: number): void => {
		ram[at] = value;
		ram[at + 1] = value >>> 8;
	};
	const KIB = 1024;
	const beyond = Math.min(0xffff, Math.max(0, ramBytes / KIB - KIB));
	put(0x15, 640);
	put(0x17, beyond);
	put(0x30, beyond);
	put(0x34, Math.min(0xffff, Math.max(0, (ramBytes - 16 * KIB * KIB) / (64 * KIB))));
	ram[0x32] = 0x20;
	const sum = ram.subarray(0x10, 0x2e).reduce((total, byte) => total + byte, 0);
	ram[0x2e] = sum >>> 8;
	ram[0x2f] = sum;
	return ram;
}

/** The clock: its two ports at offsets 0 and 1. */
export class Rtc implements Device<RtcState> {
	readonly widest = 1;
	trigger: Trigger = () => {};
	private readonly clock: Clock;
	private readonly next: Alarm;
	private s: Omit<RtcState, 'next'>;

	constructor({ clock }: Pick<Site, 'clock'>, { wallClock, ramBytes }: RtcOptions) {
		this.clock = clock;
		this.next = new Alarm(clock, () => this.update());
		const ram = firmwareRam(ramBytes);
		this.s = { index: 0, ...POWER_ON, flags: 0, seen: 0, base: wallClock, since: 0, ahead: 0, held: null, ram };
	}

	// --- time -------------------------------------------------------------------------------------------------

	private secondsAt(cycle: number): number {
		return this.s.base + Math.floor((cycle - this.s.since) / this.clock.hz);
	}

	/** Ticks a second of the periodic interrupt, 0 for none: the two fastest rates are those of 8 and 9. */
	private get rate(): number {
		const rate = this.s.a & RATE;
		return rate === 0 ? 0 : CRYSTAL >>> ((rate < 3 ? rate + 7 : rate) - 1);
	}

	private ticksAt(cycle: number): number {
		return Math.floor(((cycle - this.s.since) * this.rate) / this.clock.hz);
	}

	private get dividerHeld(): boolean {
		return (this.s.a & DIVIDER_HELD) === DIVIDER_HELD;
	}

	private get notation(): Notation {
		return { binary: (this.s.b & BINARY) !== 0, hours24: (this.s.b & HOURS_24) !== 0 };
	}

	/** The bytes of the time now, alarms included. */
	private get bytes(): number[] {
		const { s, notation } = this;
		if (s.held) return s.held;
		const { second, minute, hour, weekday, day, month, year } = fieldsOf(this.secondsAt(this.clock.now));
		const [seconds, minutes, ...rest] = [second, minute, ((weekday + s.ahead) % 7) + 1, day, month, year].map((value) =>
			encode(notation, value)
		);
		return [seconds, s.ram[1], minutes, s.ram[3], encodeHour(notation, hour), s.ram[5], ...rest];
	}

	/** Sets the time; its seconds go on in step. */
	private setTime(bytes: readonly number[]): void {
		const { s, notation } = this;
		const [second, , minute, , , , weekday, day, month, year] = bytes.map((byte) => decode(notation, byte));
		const fields: Omit<Fields, 'weekday'> = { second, minute, hour: decodeHour(notation, bytes[4]), day, month, year };
		const seconds = secondsOf(fields);
		s.base += seconds - this.secondsAt(this.clock.now);
		s.ahead = (weekday + 6 - fieldsOf(seconds).weekday) % 7;
	}

	private get alarm(): AlarmTime {
		const { notation } = this;
		const [second, minute, hour] = [1, 3, 5].map((at) => this.s.ram[at]);
		const of = (byte: number, read: (notation: Notation, byte: number) => number): number | null =>
			byte >= ANY ? null : read(notation, byte);
		return [of(second, decode), of(minute, decode), of(hour, decodeHour)];
	}

	// --- flags and the line ----------------------------------------------------------------------------------------

	/** Flags that have risen since they were last read. */
	private get flags(): number {
		const { s, clock } = this;
		let { flags } = s;
		if (this.dividerHeld) return flags;
		if (this.ticksAt(clock.now) > this.ticksAt(s.seen)) flags |= PERIODIC;
		if (s.held) return flags;
		const [before, now] = [this.secondsAt(s.seen), this.secondsAt(clock.now)];
		if (now > before) flags |= UPDATE;
		if (nextAlarm(before + 1, this.alarm, now) <= now) flags |= ALARM;
		return flags;
	}

	/** Takes down what has risen by now, before anything changes that it depends on. */
	private settle(): void {
		this.s.flags = this.flags;
		this.s.seen = this.clock.now;
	}

	/** The cycle at which an interrupt that is enabled comes next. */
	private get comes(): number {
		const { s, clock } = this;
		const { now, hz } = clock;
		if (this.dividerHeld) return Infinity;
		const tick = (s.b & PERIODIC) !== 0 && this.rate > 0 ? this.nextTick : Infinity;
		if (s.held) return tick;
		const second = this.secondsAt(now) + 1;
		const update = (s.b & UPDATE) !== 0 ? second : Infinity;
		const alarm = (s.b & ALARM) !== 0 ? nextAlarm(second, this.alarm) : Infinity;
		return Math.min(tick, s.since + (Math.min(update, alarm) - s.base) * hz);
	}

	/** The first cycle at which the next tick has come. */
	private get nextTick(): number {
		const tick = this.ticksAt(this.clock.now) + 1;
		let cycle = this.s.since + Math.ceil((tick * this.clock.hz) / this.rate);
		while (this.ticksAt(cycle) < tick) cycle++;
		return cycle;
	}

	/** The line is high while a flag is up whose interrupt is enabled; until then there is an appointment. */
	private update(): void {
		this.settle();
		const high = (this.s.flags & this.s.b & KINDS) !== 0;
		this.trigger(high);
		const comes = high ? Infinity : this.comes;
		if (comes === Infinity) this.next.cancel();
		else this.next.set(comes);
	}

	// --- the registers ------------------------------------------------------------------------------------------

	/** The index cannot be read. */
	read(offset: number): number {
		const { index, ram } = this.s;
		if (offset === 0) return 0xff;
		if (index < TIME_BYTES) return this.bytes[index];
		if (index === A) return this.s.a | (this.isNear ? UPDATE_NEAR : 0);
		if (index === B) return this.s.b;
		if (index === C) return this.takeFlags();
		return index === D ? VALID : ram[index];
	}

	private get isNear(): boolean {
		const { s, clock } = this;
		if (s.held) return false;
		return clock.hz - ((clock.now - s.since) % clock.hz) <= NEAR * clock.hz;
	}

	private takeFlags(): number {
		this.settle();
		const { flags, b } = this.s;
		this.s.flags = 0;
		this.update();
		return flags | ((flags & b & KINDS) !== 0 ? INTERRUPT : 0);
	}

	write(offset: number, _size: number, value: number): void {
		const { s } = this;
		if (offset === 0) {
			// The top bit of a PC's port masks NMI, of which there is none.
			s.index = value & 0x7f;
			return;
		}
		this.settle();
		if (s.index < TIME_BYTES) this.writeTime(s.index, value);
		else if (s.index === A) this.control(value & 0x7f, s.b);
		else if (s.index === B) this.control(s.a, value);
		else if (s.index > D) s.ram[s.index] = value;
		this.update();
	}

	private writeTime(index: number, value: number): void {
		const { s } = this;
		// Odd ones up to 5 are the alarm's.
		if (index < WEEKDAY && (index & 1) !== 0) s.ram[index] = value;
		const { bytes } = this;
		bytes[index] = value;
		if (!s.held) this.setTime(bytes);
	}

	/** Changes A and B. While B.SET is set or the divider is held, the time stands still, and its bytes can be written one by one. */
	private control(a: number, b: number): void {
		const { s, clock } = this;
		const { bytes, dividerHeld } = this;
		s.a = a;
		s.b = (b & SET) !== 0 ? b & ~UPDATE : b;
		const stands = (b & SET) !== 0 || this.dividerHeld;
		if (dividerHeld && !this.dividerHeld) {
			s.base = this.secondsAt(clock.now);
			s.since = s.seen = clock.now - Math.floor(FIRST_UPDATE * clock.hz);
		}
		if (stands) s.held ??= bytes;
		else if (s.held) {
			s.held = null;
			this.setTime(bytes);
		}
	}

	/** The battery keeps time and RAM; the reset pin disables the interrupts and clears the flags. */
	reset(): void {
		this.settle();
		this.s.b &= ~KINDS;
		this.s.flags = 0;
		this.s.index = 0;
		this.update();
	}

	save(): RtcState {
		const { held, ram } = this.s;
		return { ...this.s, held: held && [...held], ram: ram.slice(), next: this.next.save() };
	}

	restore({ next, ...state }: RtcState): void {
		this.s = { ...state, held: state.held && [...state.held], ram: state.ram.slice() };
		this.next.restore(next);
	}
}

/** The clock as a PC has it. */
export const rtc = (options: RtcOptions): Fitting => ({
	name: 'rtc',
	make: (site) => new Rtc(site, options),
	ports: [[0x70, 2]],
	line: 'irq8'
});
