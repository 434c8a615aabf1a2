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
export const decode = ({ binary }: Notation, byte: number): number =>
	binary ? byte : (byte >>> 4) * 10 + (byte & 15);

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

/** The second of the day at which an alarm next goes off after `after`, that one included, or -1; a field of null matches any. */
export function nextAlarm(after: number, alarm: readonly [second: number | null, minute: number | null, hour: number | null]): number {
	const start = Math.floor(after / DAY) * DAY;
	const matches = (at: number): boolean => {
		const { second, minute, hour } = fieldsOf(at);
		return [second, minute, hour].every((value, n) => alarm[n] === null || alarm[n] === value);
	};
	for (let at = after; at < after + DAY; at++) if (matches(at)) return at;
	return start < 0 ? -1 : -1;
}
