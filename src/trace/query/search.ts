/** A query asked of a trace that may be long and may still grow: answered in pieces, so that a page stays quick meanwhile. */
import { Seqs, type Found } from '../seqs';
import type { TraceView } from '../view';
import { compileQuery, type Query } from '.';

/** One query under way, and what it has found so far. */
export class Search {
	private readonly seqs = new Seqs();
	private readonly query: Query;
	private work: Generator<number, void>;
	/** Events of the trace that the work going on will have answered for, and how far it has come. */
	private length: number;
	private reached = 0;
	private cutsSeen: number;
	/** Whether every event known has been looked at. */
	done = false;

	/** @throws QueryError for a query that cannot be read */
	constructor(
		private readonly view: TraceView,
		text: string
	) {
		this.query = compileQuery(text);
		this.length = view.length;
		this.cutsSeen = view.cuts.length;
		this.work = this.query.find(view, this.seqs);
	}

	/** What has been found so far. */
	get found(): Found {
		return this.seqs;
	}
	/** How much of the work is done, 0 to 1. */
	get fraction(): number {
		return this.done || this.length === 0 ? 1 : Math.min(1, this.reached / this.length);
	}

	/**
	 * Looks on, until all is answered or `enough` says so: it is asked several times a millisecond.
	 * @returns whether all is answered
	 */
	go(enough: () => boolean = () => false): boolean {
		while (!this.done) {
			const { done, value } = this.work.next();
			if (done) this.done = true;
			else {
				// What the scopes ask first has no share in it.
				this.reached = Math.max(this.reached, value);
				if (enough()) break;
			}
		}
		return this.done;
	}

	/** Whether the answer is complete, but not for all that the trace holds by now: `again` brings it up to date. */
	get stale(): boolean {
		return this.done && (this.length !== this.view.length || this.cutsSeen < this.view.cuts.length);
	}

	/** The trace has been cut, or has grown beyond what is answered: `go` on. What is still true of the answer is kept. */
	again(): void {
		const { view, query } = this;
		let kept = query.simple && this.done ? this.length : 0;
		const cut = this.cutsSeen < view.cuts.length;
		for (; this.cutsSeen < view.cuts.length; this.cutsSeen++) kept = Math.min(kept, view.cuts[this.cutsSeen]);
		// Work that goes on answers for what was there when it began; the rest is for the next time.
		if (!cut && (!this.done || this.length === view.length)) return;
		this.seqs.cut(kept);
		this.length = view.length;
		this.reached = kept;
		this.done = false;
		this.work = query.find(view, this.seqs, kept);
	}
}
