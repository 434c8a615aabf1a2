/**
 * Numbers as people read them, with the digits, groups and decimal mark of the language that is spoken; hexadecimal is the same in all of
 * them.
 */
import { words } from '.';

const LOCALE = words.locale;

const makers = new Map<string, Intl.NumberFormat>();

/** A formatter, made once for each way of writing: to make one costs far more than to use it. */
function formatter(options: Intl.NumberFormatOptions): Intl.NumberFormat {
	const key = JSON.stringify(options);
	const known = makers.get(key) ?? new Intl.NumberFormat(LOCALE, options);
	makers.set(key, known);
	return known;
}

const grouped = new Intl.NumberFormat(LOCALE);

/** A count with its thousands apart: `1,204,881`. */
export const count = (value: number | bigint): string => grouped.format(value);

/** At most `digits` after the decimal mark, and no zeros at the end: `1.2`, `1,204`. */
export const decimal = (value: number, digits: number): string =>
	formatter({ maximumFractionDigits: digits }).format(value);

/** Exactly `digits` after the decimal mark: `1.20`. */
export const fixed = (value: number, digits: number): string =>
	formatter({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);

/** `digits` that count, zeros among them: `2.80`, `0.01234`. */
export const significant = (value: number, digits: number): string =>
	formatter({ minimumSignificantDigits: digits, maximumSignificantDigits: digits }).format(value);

/** `c010_4a3e`: eight digits in two groups, as addresses are read aloud. */
export const address = (value: number): string => {
	const text = (value >>> 0).toString(16).padStart(8, '0');
	return `${text.slice(0, 4)}_${text.slice(4)}`;
};

/** A frame number, bare hexadecimal. */
export const frame = (value: number): string => value.toString(16);

const BINARY: readonly [size: number, unit: string][] = [
	[2 ** 30, 'GiB'],
	[2 ** 20, 'MiB'],
	[2 ** 10, 'KiB']
];

/** A size in bytes, binary units: `512 B`, `1.5 KiB`, `1016 MiB`. */
export function bytes(value: number): string {
	const [size, unit] = BINARY.find(([least]) => value >= least) ?? [1, 'B'];
	return `${formatter({ maximumFractionDigits: 1, useGrouping: false }).format(value / size)} ${unit}`;
}

/** From a count to its unit: the smallest count and the smallest step for which it is exact enough. */
const SI: readonly [size: number, step: number, unit: string][] = [
	[1e9, 1e7, ' G'],
	[1e6, 1e4, ' M'],
	[1e3, 1e2, ' k']
];

/** A count of cycles for an axis with a number every `step` cycles: `1,204,881` when precision matters, `1.2 M` otherwise. */
export function cyclesText(cycle: number, step: number): string {
	const unit = SI.find(([size, least]) => step >= least && Math.abs(cycle) >= size);
	if (!unit) return count(Math.round(cycle));
	const digits = Math.max(0, Math.ceil(-Math.log10(step / unit[0]) - 1e-9));
	return decimal(cycle / unit[0], digits) + unit[2];
}

/** A number of events where room is short: `950`, `1.2 k`, `35 k`, `1.2 M`. */
export function shortCount(value: number): string {
	if (value < 1000) return count(value);
	const [size, , unit] = SI.find(([least]) => value >= least)!;
	const share = value / size;
	return (share < 9.95 ? decimal(share, 1) : count(Math.floor(share))) + unit;
}

const TIMES: readonly [seconds: number, unit: string][] = [
	[1, 's'],
	[1e-3, 'ms'],
	[1e-6, '\u00b5s'],
	[1e-9, 'ns']
];

/** Cycles of a clock of `hz` as time, three digits that count: `12.5 µs`. */
export function timeText(cycles: number, hz: number): string {
	const seconds = cycles / hz;
	const [size, unit] = TIMES.find(([least]) => seconds >= least * 0.9995) ?? TIMES[TIMES.length - 1];
	return `${formatter({ maximumSignificantDigits: 3 }).format(seconds / size)} ${unit}`;
}
