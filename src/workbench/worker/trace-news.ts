/** What is new in the traces of a run since it was told last: one feed a future, of which only the current one has more to say. */
import { TraceFeed } from '../../trace/mirror';
import type { Progress } from './protocol';
import type { Run } from '../run';
import type { Branch } from '../time/timelines';

type News = Pick<Progress, 'timeline' | 'timelines' | 'forks' | 'slices'>;

/** Tells of the traces of one run. */
export class TraceNews {
	private readonly feeds: TraceFeed[] = [];

	constructor(private readonly run: Run) {}

	/** What is new; of the current future at most `limit` events, the rest with the next news. */
	take(limit: number): News {
		const { run, feeds } = this;
		const { timeline } = run;
		const fresh = run.player.timelines.branches.slice(feeds.length);
		const slices: Progress['slices'] = [];
		const forks: Progress['forks'] = [];
		for (const { id, parent, at, open } of fresh.filter((branch) => branch.parent >= 0)) {
			// Whoever hears of a fork needs all that it shares with its parent.
			if (feeds[parent]) this.tell(parent, Infinity, slices);
			forks.push({ timeline: id, parent, length: at.seq, open: [...open] });
		}
		for (const branch of fresh) feeds.push(this.feedOf(branch));
		this.tell(timeline, limit, slices);
		return { timeline, timelines: fresh.length > 0 ? [...run.timelines] : null, forks, slices };
	}

	private tell(timeline: number, limit: number, slices: Progress['slices']): void {
		const slice = this.feeds[timeline].take(limit);
		if (slice) slices.push({ ...slice, timeline });
	}

	/** A feed begins where the future parted: with the spans that were open there. */
	private feedOf({ id, parent, at, open, view }: Branch): TraceFeed {
		const { run } = this;
		const source = { view, openSpans: open };
		const feed = new TraceFeed(source, parent < 0 ? 0 : at.seq);
		Object.defineProperty(source, 'openSpans', {
			get: () => (run.timeline === id ? run.store.openSpans : open)
		});
		return feed;
	}
}
