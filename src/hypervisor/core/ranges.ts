/** Sets of whole numbers as ranges (xen/common/rangeset.c): ascending, apart from each other, both ends included. Plain data. */
export type Ranges = readonly (readonly [first: number, last: number])[];

/** Whether all of `first` to `last` is in the set. */
export const holds = (ranges: Ranges, first: number, last = first): boolean =>
	ranges.some(([from, to]) => from <= first && last <= to);

/** The set with `first` to `last` taken out. */
export const without = (ranges: Ranges, first: number, last: number): Ranges =>
	ranges.flatMap(([from, to]) => {
		const left: [number, number] = [from, Math.min(to, first - 1)];
		const right: [number, number] = [Math.max(from, last + 1), to];
		return (from <= last && first <= to ? [left, right] : [[from, to] as [number, number]]).filter(([a, b]) => a <= b);
	});

/** The set with `first` to `last` put in; neighbours become one range. */
export function including(ranges: Ranges, first: number, last: number): Ranges {
	const touching = ranges.filter(([from, to]) => from <= last + 1 && first - 1 <= to);
	const merged: [number, number] = [
		Math.min(first, ...touching.map(([from]) => from)),
		Math.max(last, ...touching.map(([, to]) => to))
	];
	return [...ranges.filter((range) => !touching.includes(range)), merged].sort(([a], [b]) => a - b);
}
