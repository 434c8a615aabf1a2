/**
 * A moment of a run is a pair (icount, seq): instructions retired and events recorded. `icount` alone names the
 * moment at which the count is first reached; a fault or interrupt delivered there records events without
 * retiring anything, so the moments after it have the same icount and a higher seq.
 */

/** A moment to go to. */
export interface Moment {
	icount: number;
	/** Events recorded; the first moment of that icount when left out. */
	seq?: number;
}

/** A moment that has been reached. */
export type Point = Readonly<Required<Moment>>;

/** Whether `a` lies before `b`. */
export const isBefore = (a: Point, b: Point): boolean =>
	a.icount < b.icount || (a.icount === b.icount && a.seq < b.seq);
export const atOrBefore = (a: Point, b: Point): boolean => !isBefore(b, a);
