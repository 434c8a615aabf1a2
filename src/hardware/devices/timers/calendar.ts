/*
 * The ten bytes of a clock's time (MC146818 data sheet, table 3): what they stand for, and in which notation they are kept.
 *
 *     0 seconds   1 their alarm   2 minutes   3 alarm   4 hours   5 alarm   6 day of the week, Sunday is 1   7 day   8 month   9 year
 */

/** Of a count of 12 hours, and with the bit for the afternoon. */
const PM = 0x80;
const DAY = 86_400;

/** Notation of the bytes: binary or BCD, hours of a day or of its halves. */
export interface Notation {
	readonly binary: boolean;
	readonly hours24: boolean;
}

export const encode = ({ binary }: Notation, value: number): number =>
	binary ? value : (Math.floor(value / 10) << 4) | (value % 10);
export const decode = ({ binary }: Notation, byte: number): number => (binary ? byte : (byte >>> 4) * 10 + (byte & 15));

/** Hours 0 to 23 as a byte: twelve o'clock is 12 in both halves of the day. */
export function encodeHour(notation: Notation, hour: number): number {
	if (notation.hours24) return encode(notation, hour);
	return encode(notation, hour % 12 || 12) | (hour >= 12 ? PM : 0);
}

export function decodeHour(notation: Notation, byte: number): number {
	if (notation.hours24) return decode(notation, byte);
	return (decode(notation, byte & ~PM) % 12) + ((byte & PM) !== 0 ? 12 : 0);
}

/** A moment as the numbers of a calendar; months and days begin with 1, the year is that of its century. */
export interface Fields {
	readonly second: number;
	readonly minute: number;
	readonly hour: number;
	/** Days since Sunday. */
	readonly weekday: number;
	readonly day: number;
	readonly month: number;
	readonly year: number;
}

/** Of seconds since 1970. */
export function fieldsOf(seconds: number): Fields {
	const date = new Date(seconds * 1000);
	return {
		second: date.getUTCSeconds(),
		minute: date.getUTCMinutes(),
		hour: date.getUTCHours(),
		weekday: date.getUTCDay(),
		day: date.getUTCDate(),
		month: date.getUTCMonth() + 1,
		year: date.getUTCFullYear() % 100
	};
}

/** Seconds since 1970 of a moment in this century; what is too large runs over into the next field. */
export const secondsOf = ({ second, minute, hour, day, month, year }: Omit<Fields, 'weekday'>): number =>
	Date.UTC(2000 + year, month - 1, day, hour, minute, second) / 1000;

/** The second, minute and hour of an alarm; null matches any. */
export type AlarmTime = readonly [second: number | null, minute: number | null, hour: number | null];

/** The first second from `from` to `until`, since 1970, at which an alarm goes off; Infinity where there is none. */
export function nextAlarm(from: number, [second, minute, hour]: AlarmTime, until = Infinity): number {
	for (let at = from; at < from + DAY && at <= until; at++) {
		const ofDay = at % DAY;
		if (second !== null && ofDay % 60 !== second) continue;
		if (minute !== null && Math.floor(ofDay / 60) % 60 !== minute) continue;
		if (hour === null || Math.floor(ofDay / 3600) === hour) return at;
	}
	return Infinity;
}
