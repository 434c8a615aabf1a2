/** Where two futures of a run part. */
import type { Timeline } from '../../../workbench/worker/client';

/** A future and those that it comes from, itself first. */
function ancestry(timelines: readonly Timeline[], id: number): Timeline[] {
	const found: Timeline[] = [];
	for (let at = timelines.find((one) => one.id === id); at; at = timelines.find((one) => one.id === at.parent))
		found.push(at);
	return found;
}

/** The seq of the first event that may differ between two futures. */
export function partingSeq(timelines: readonly Timeline[], a: number, b: number): number {
	const own = ancestry(timelines, a);
	const other = ancestry(timelines, b);
	const common = own.find((one) => other.includes(one));
	const below = [
		...own.slice(0, common ? own.indexOf(common) : undefined),
		...other.slice(0, common ? other.indexOf(common) : undefined)
	];
	return below.length === 0 ? 0 : Math.min(...below.map(({ at }) => at.seq));
}

/** The two futures that one wants to see first: the current one and the one that it comes from, or its youngest child. */
export function firstPair(timelines: readonly Timeline[], current: number): [a: number, b: number] {
	const here = timelines.find(({ id }) => id === current);
	if (here && here.parent >= 0) return [here.parent, here.id];
	const child = timelines.findLast(({ parent }) => parent === current);
	return [current, child?.id ?? current];
}
