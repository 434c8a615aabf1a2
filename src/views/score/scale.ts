/** From cycles to pixels and back, and the axis that says so. */
import { ticks as ticksBetween } from 'd3-array';
import { cyclesText, timeText } from '../../words/numbers';
import { words } from '../../words';
import { fill } from '../../words/template';

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
	const { axis, axisApart } = words.views.score;
	const step = values.length > 1 ? values[1] - values[0] : 1;
	return {
		ticks: values
			.filter((tick) => tick >= 0 && toX(tick) < right - 16)
			.map((tick) => ({ x: toX(tick), text: cyclesText(tick, step) })),
		unit: left > 100 && hz > 0 ? fill(axisApart, { time: timeText(step, hz) }) : axis
	};
}
