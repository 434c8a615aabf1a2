/** Which stretch of the run the score shows, and how zooming and panning change it. */
import { Glide } from '../shared/motion.svelte';
import type { Stretch } from './layout';

const NARROWEST = 8;

/** The stretch in sight, in cycles; it glides to where it is sent. */
export class ScoreViewport {
	readonly #glide = new Glide<Stretch>({ from: 0, to: 1000 });
	/** Last cycle of the run; the stretch stays near [0, end]. */
	end = $state(1000);
	/** While true the whole run so far is shown, and grows with it. */
	follow = $state(true);

	get stretch(): Stretch {
		return this.#glide.now;
	}

	/** The run has come to `cycle`. */
	grow(cycle: number): void {
		this.end = Math.max(1, cycle);
		if (this.follow) this.#glide.jump({ from: 0, to: this.end });
	}

	private within(stretch: Stretch): Stretch {
		const span = Math.min(Math.max(stretch.to - stretch.from, NARROWEST), this.end * 1.1);
		const margin = span * 0.08;
		const from = Math.min(Math.max(stretch.from, -margin), Math.max(-margin, this.end + margin - span));
		return { from, to: from + span };
	}

	/** Shows the stretch, gliding there unless `now`. */
	show(stretch: Stretch, now = false): void {
		this.follow = false;
		const target = this.within(stretch);
		if (now) this.#glide.jump(target);
		else this.#glide.go(target);
	}

	showAll(): void {
		this.show({ from: 0, to: this.end });
		this.follow = true;
	}

	/** Zooms by `factor` (below 1: closer) about a cycle. */
	zoom(factor: number, about: number, now = false): void {
		const { from, to } = now ? this.stretch : this.#glide.target;
		this.show({ from: about - (about - from) * factor, to: about + (to - about) * factor }, now);
	}

	/** Moves by a share of what is shown; positive is later. */
	pan(share: number, now = false): void {
		const { from, to } = now ? this.stretch : this.#glide.target;
		const by = (to - from) * share;
		this.show({ from: from + by, to: to + by }, now);
	}

	/** Moves as little as needed for `cycle` to be seen well. */
	reveal(cycle: number): void {
		const { from, to } = this.#glide.target;
		const span = to - from;
		if (cycle >= from + span * 0.06 && cycle <= to - span * 0.06) return;
		this.show({ from: cycle - span * 0.4, to: cycle + span * 0.6 });
	}
}
