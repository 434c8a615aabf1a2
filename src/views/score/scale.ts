/** From cycles to pixels and back, and the axis that says so. */
import { ticks as ticksBetween } from 'd3-array';

export interface Stretch {
	/** Cycles, `from` < `to`. */
	from: number;
	to: number;
}

export interface Size {
	width: number;
	height: number;
}

/** Where the staves begin: their names lie to the left. */
export const leftOf = (size: Size): number => (size.width < 560 ? 62 : 148);

export interface Scale extends Stretch {
	/** Pixels between which the stretch lies. */
	left: number;
	right: number;
	/** Cycles a pixel. */
	perPixel: number;
	toX(cycle: number): number;
	toCycle(x: number): number;
}

export function scaleOf({ from, to }: Stretch, size: Size): Scale {
	const left = leftOf(size);
	const right = Math.max(left + 1, size.width - 4);
	const perPixel = (to - from) / (right - left);
	return {
		from,
		to,
		left,
		right,
		perPixel,
		toX: (cycle) => left + (cycle - from) / perPixel,
		toCycle: (x) => from + (x - left) * perPixel
	};
}

/** From a count to its unit: the smallest count and the smallest step for which it is exact enough. */
const SI: readonly [size: number, step: number, unit: string][] = [
	[1e9, 1e7, ' G'],
	[1e6, 1e4, ' M'],
	[1e3, 1e2, ' k']
];

/** A count of cycles for an axis: `1,204,881` when precision matters, `1.2 M` otherwise. */
export function cyclesText(cycle: number, step: number): string {
	const unit = SI.find(([size, least]) => step >= least && Math.abs(cycle) >= size);
	if (!unit) return Math.round(cycle).toLocaleString('en-GB');
	const digits = Math.max(0, Math.ceil(-Math.log10(step / unit[0]) - 1e-9));
	return (cycle / unit[0]).toLocaleString('en-GB', { maximumFractionDigits: digits }) + unit[2];
}

/** A number of events where room is short: `950`, `1.2 k`, `35 k`, `1.2 M`. */
export function shortCount(count: number): string {
	if (count < 1000) return String(count);
	const [size, , unit] = SI.find(([least]) => count >= least)!;
	const value = count / size;
	return (value < 9.95 ? value.toFixed(1).replace('.0', '') : Math.floor(value).toLocaleString('en-GB')) + unit;
}

const TIMES: readonly [seconds: number, unit: string][] = [
	[1, 's'],
	[1e-3, 'ms'],
	[1e-6, '\u00b5s'],
	[1e-9, 'ns']
];

/** Cycles as time, three digits that count: `12.5 µs`. */
export function timeText(cycles: number, hz: number): string {
	const seconds = cycles / hz;
	const [size, unit] = TIMES.find(([least]) => seconds >= least * 0.9995) ?? TIMES[TIMES.length - 1];
	return `${Number((seconds / size).toPrecision(3))} ${unit}`;
}

export interface Axis {
	ticks: { x: number; text: string }[];
	/** What the numbers are, and how long it is from one to the next. */
	unit: string;
}

/** Room for one number, pixels. */
const TICK = 130;

export function axisOf(scale: Scale, hz: number): Axis {
	const { from, to, left, right, toX } = scale;
	const values = ticksBetween(from, to, Math.max(2, Math.floor((right - left) / TICK))).filter(Number.isInteger);
	const step = values.length > 1 ? values[1] - values[0] : 1;
	return {
		ticks: values
			.filter((tick) => tick >= 0 && toX(tick) < right - 16)
			.map((tick) => ({ x: toX(tick), text: cyclesText(tick, step) })),
		unit: left > 100 && hz > 0 ? `cycles, ${timeText(step, hz)} apart` : 'cycles'
	};
}
