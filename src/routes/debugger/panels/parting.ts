/** Where two futures of a run part. */
import { isBefore } from '../../../workbench/moment';
import type { Timeline } from '../../../workbench/worker/client';

/** A future and those that it comes from, itself first. */
function ancestry(timelines: readonly Timeline[], id: number): Timeline[] {
	const found: Timeline[] = [];
	for (let at = timelines.find((one) => one.id === id); at; at = timelines.find((one) => one.id === at.parent))
		found.push(at);
	return found;
}

/** Where two futures part; null where there is no such place. */
function parting(timelines: readonly Timeline[], a: number, b: number): Timeline['at'] | null {
	const own = ancestry(timelines, a);
	const other = ancestry(timelines, b);
	const common = own.find((one) => other.includes(one));
	const below = [
		...own.slice(0, common ? own.indexOf(common) : undefined),
		...other.slice(0, common ? other.indexOf(common) : undefined)
	];
	return below
		.map(({ at }) => at)
		.reduce<Timeline['at'] | null>((first, at) => (first && !isBefore(at, first) ? first : at), null);
}

/** The seq of the first event that may differ between two futures. */
export const partingSeq = (timelines: readonly Timeline[], a: number, b: number): number =>
	parting(timelines, a, b)?.seq ?? 0;

/** Whether a moment of future `a` is one of future `b`, too. */
export function sharesMoment(timelines: readonly Timeline[], a: number, b: number, moment: Timeline['at']): boolean {
	if (a === b) return true;
	const at = parting(timelines, a, b);
	return at !== null && !isBefore(at, moment);
}

/** The two futures that one wants to see first: the current one and the one that it comes from, or its youngest child. */
export function firstPair(timelines: readonly Timeline[], current: number): [a: number, b: number] {
	const here = timelines.find(({ id }) => id === current);
	if (here && here.parent >= 0) return [here.parent, here.id];
	const child = timelines.findLast(({ parent }) => parent === current);
	return [current, child?.id ?? current];
}
