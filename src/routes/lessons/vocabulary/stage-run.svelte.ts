/**
 * A run on the stage: which of its events is chosen, the machine at that moment, and the transport. The lesson's run is one, a run that the
 * learner made is another; stage, score and keys do not tell them apart.
 */
import { KIND } from '../../../trace/events';
import type { TraceMirror } from '../../../trace/mirror';
import { sentence } from '../../../trace/text/sentence';
import { ScoreViewport } from '../../../views/score/viewport.svelte';
import { motionReduced } from '../../../views/shared/motion.svelte';
import type { ScenarioInput } from '../../../workbench/scenario';
import { count } from '../../../words/numbers';
import { beatsOf, type Beat } from './beats';
import { Superseded, type SceneMachine } from './machine';
import { keyOf, type Scene, type SceneRequest } from './scene';
import { speed } from './speed.svelte';
import type { Picture } from './vocabulary';

/** Scenes that are kept; the oldest goes first. */
const MOST_SCENES = 60;

/** What is said of events that playing leaves out. */
export const skippedText = (events: number): string => `Skipping ${count(events)} events.`;

/** How a moment is to be shown. */
export interface Framing {
	/** The machine before the event or after it. */
	when: 'before' | 'after';
	/** Address to walk, or -1. */
	address: number;
	shows: readonly Picture[];
	/** Rows of the two truths; empty for all. */
	truths: readonly string[];
	/** What the live region says before the event's sentence. */
	title: string;
	/** The learner predicts what comes of it: nothing on the stage may tell. */
	veiled: boolean;
}

/** Who decides what is shown of a run, and where it is going. */
export interface Director {
	frame(seq: number): Framing;
	/** The event that playing goes on to; not after `seq` where there is nothing to play. */
	goal(seq: number): number;
	/** What that is, for a button: `the end of the run`. */
	goalText?(seq: number): string;
	/** Events that are worth a longer look while the run is played. */
	named?(): Iterable<number>;
	/** Playing has come to its goal. */
	arrived?(seq: number): void;
	/** A scene could not be had. */
	fail(error: unknown): void;
	/** A scene is shown. */
	shown?(): void;
}

export class StageRun {
	/** Events known. The trace itself is not reactive: read this first. */
	length = $state(0);
	/** Where the run stands, cycles. */
	end = $state(0);
	/** Chosen event, or -1. */
	seq = $state(-1);
	scene: Scene | null = $state.raw(null);
	/** Whether a scene is being fetched. */
	fetching = $state(false);
	playing = $state(false);
	/** The event that playing began at. */
	playedFrom = $state(-1);
	/** Events that were skipped right before the chosen one, while playing. */
	skipped = $state(0);
	/** One sentence for the live region. */
	announcement = $state('');
	readonly viewport = new ScoreViewport();

	private readonly scenes = new Map<string, Promise<Scene>>();
	private wanted = '';
	private animation = 0;
	private calls: number[] = [];
	private callsOf = -1;

	constructor(
		readonly scenario: ScenarioInput,
		/** The whole run, as far as known. */
		readonly trace: TraceMirror,
		private readonly machine: SceneMachine,
		private readonly director: Director
	) {}

	/** A scene that is known already. */
	remember(key: string, scene: Scene): void {
		this.scenes.set(key, Promise.resolve(scene));
	}

	/** How the chosen event is shown. */
	get framing(): Framing {
		return this.director.frame(this.seq);
	}

	/** Cycle of the chosen event, or of the run's end. */
	get cycle(): number {
		return this.seq >= 0 && this.seq < this.length ? this.trace.cycle(this.seq) : this.end;
	}

	/** Chooses an event; the pictures follow. `quiet` leaves the score where it is. */
	choose(seq: number, quiet = false): void {
		if (seq < 0 || seq >= this.trace.length) return;
		this.seq = seq;
		if (!quiet) this.viewport.reveal(this.trace.cycle(seq));
		const { title, veiled } = this.framing;
		this.announcement = veiled && title ? title : `${quiet && title ? `${title} ` : ''}${sentence(this.trace, seq)}`;
		void this.fetch(seq);
	}

	/** Shows no moment. */
	leave(): void {
		this.stop();
		this.wanted = '';
		this.seq = -1;
		this.scene = null;
		this.fetching = false;
		this.viewport.showAll();
	}

	private async fetch(seq: number): Promise<void> {
		const { when, address, shows } = this.framing;
		const request: SceneRequest = { seq, when, address, shows };
		const key = keyOf(request);
		this.wanted = key;
		this.fetching = true;
		let scene = this.scenes.get(key);
		if (!scene) {
			scene = this.machine.scene(request, () => this.wanted === key);
			this.keep(key, scene);
			scene.catch(() => this.scenes.delete(key));
		}
		try {
			const found = await scene;
			if (this.wanted !== key) return;
			this.scene = found;
			this.director.shown?.();
		} catch (error) {
			if (error instanceof Superseded) return;
			// Pictures of another moment would speak beside the event that is chosen.
			if (this.wanted === key) this.scene = null;
			this.director.fail(error);
		} finally {
			if (this.wanted === key) this.fetching = false;
		}
	}

	private keep(key: string, scene: Promise<Scene>): void {
		this.scenes.set(key, scene);
		if (this.scenes.size > MOST_SCENES) this.scenes.delete(this.scenes.keys().next().value!);
	}

	/** Starts the machine before it is needed. */
	warm(): void {
		this.machine.warm().catch((error: unknown) => this.director.fail(error));
	}

	// --- transport ---------------------------------------------------------------------------------
	stepEvent(direction: 1 | -1): void {
		this.stop();
		this.choose(this.seq + direction);
	}

	/** The next (or previous) event of a kind. */
	seek(kind: number, direction: 1 | -1 = 1): void {
		this.stop();
		for (let seq = this.seq + direction; seq >= 0 && seq < this.trace.length; seq += direction)
			if (this.trace.kind(seq) === kind) return this.choose(seq);
	}

	/** The event that caused the chosen one. */
	toCause(): void {
		if (this.seq >= 0 && this.trace.cause(this.seq) >= 0) this.choose(this.trace.cause(this.seq));
		else this.announcement = 'Nothing recorded caused this event.';
	}

	/** The first event that the chosen one caused. */
	toEffect(): void {
		for (let seq = this.seq + 1; seq < Math.min(this.trace.length, this.seq + 5000); seq++)
			if (this.trace.cause(seq) === this.seq) return this.choose(seq);
		this.announcement = 'This event caused nothing that was recorded.';
	}

	/** The event that playing would go to, or goes to. */
	get goal(): number {
		return Math.min(this.length - 1, this.director.goal(this.seq));
	}

	/** What the play button does, in words. */
	get playText(): string {
		if (this.playing) return 'Stop';
		const to = this.director.goalText?.(this.seq);
		return to ? `Play to ${to}` : 'Play';
	}

	/** Plays from the chosen event to where the director says, then stops. */
	play(): void {
		if (this.playing) return this.pause();
		if (this.seq < 0) return;
		const { goal } = this;
		if (goal <= this.seq) return this.arrive(this.seq);
		const beats = beatsOf(this.trace, this.seq, goal, this.director.named?.());
		if (motionReduced()) return this.arrive(goal);
		this.playing = true;
		this.playedFrom = this.seq;
		let at = 0;
		let [left, last] = [0, performance.now()];
		const tick = (time: number) => {
			left -= Math.max(0, time - last) * speed.times;
			last = time;
			while (left <= 0 && at < beats.length) left += this.pass(beats[at++]);
			// The goal itself has had its time.
			if (left <= 0) return this.arrive(goal);
			this.animation = requestAnimationFrame(tick);
		};
		this.animation = requestAnimationFrame(tick);
	}

	/** Shows an event that is passed. The pictures follow as fast as the machine does. @returns how long it stays */
	private pass({ seq, ms, skipped }: Beat): number {
		this.seq = seq;
		this.skipped = skipped;
		this.viewport.reveal(this.trace.cycle(seq));
		if (skipped > 0) this.announcement = skippedText(skipped);
		if (!this.fetching) void this.fetch(seq);
		return ms;
	}

	private arrive(goal: number): void {
		this.stop();
		if (goal !== this.seq || this.scene?.seq !== goal) this.choose(goal);
		this.director.arrived?.(goal);
	}

	stop(): void {
		cancelAnimationFrame(this.animation);
		this.playing = false;
		this.skipped = 0;
	}

	/** Stops where it is: now the pictures are of this very event. */
	pause(): void {
		const was = this.playing;
		this.stop();
		if (was) this.choose(this.seq);
	}

	/** Hypercalls up to the chosen event, and in all. */
	hypercalls(): { at: number; of: number } {
		if (this.callsOf !== this.length) {
			this.callsOf = this.length;
			this.calls = [];
			for (let seq = 0; seq < this.length; seq++) if (this.trace.kind(seq) === KIND.hypercall) this.calls.push(seq);
		}
		return { at: this.calls.filter((seq) => seq <= this.seq).length, of: this.calls.length };
	}

	/** Ends its machine and its motion. */
	close(): void {
		this.stop();
		this.machine.close();
	}
}
