/**
 * Time that a learner spends on a page, as far as a page can tell: seconds in which it was seen, and used within the last minute. Reading
 * without touching anything for longer than that does not count, for nobody may be there.
 */

/** This long after the learner last did something, ms, time still counts. */
const STILL_THERE = 60_000;

export class Attention {
	private spent = 0;
	/** Up to here it is counted, or would be if it counted. */
	private counted: number;
	private used: number;
	private seen = true;

	/** @param from when the page was opened: all times are milliseconds of one clock */
	constructor(from: number) {
		this.counted = this.used = from;
	}

	/** The learner did something. */
	use(now: number): void {
		this.count(now);
		this.used = Math.max(this.used, now);
	}

	/** The page is seen from now on, or hidden. */
	show(seen: boolean, now: number): void {
		this.count(now);
		this.seen = seen;
	}

	/** Whole seconds so far. */
	seconds(now: number): number {
		this.count(now);
		return Math.floor(this.spent / 1000);
	}

	private count(now: number): void {
		const until = Math.min(now, this.used + STILL_THERE);
		if (this.seen && until > this.counted) this.spent += until - this.counted;
		this.counted = Math.max(this.counted, now);
	}
}
