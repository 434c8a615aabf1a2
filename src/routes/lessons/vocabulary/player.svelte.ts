/**
 * Plays a lesson: starts its run in a worker, finds the steps' moments in the trace, and keeps the pictures at the
 * moment chosen. Everything shown comes from the trace or from the machine standing at that moment.
 */
import { getContext, setContext } from 'svelte';
import { KIND } from '../../../trace/events';
import type { FrameMap, MomentState, SpaceRegion, TruthView, Walk } from '../../../trace/moment';
import { fact } from '../../../trace/facts';
import { query } from '../../../trace/query';
import { sentence } from '../../../trace/text';
import { trapOf } from '../../../views/trap-path/layout';
import { ScoreViewport } from '../../../views/score/viewport.svelte';
import { motionReduced } from '../../../views/shared/motion.svelte';
import { RunClient, type ScenarioInput } from '../../../workbench/client';
import { loadImages } from '../../images';
import { fresh, keep, progressOf, type LessonProgress } from './progress';
import { addressOf, stretchAround } from './moments';
import type { Collector, ExerciseData, Picture, Prediction, StepData } from './vocabulary';

const CONTEXT = Symbol('lesson');

/** The machine at a moment, as far as the pictures asked for it. */
export interface Scene {
	seq: number;
	when: 'before' | 'after';
	state: MomentState;
	truths: TruthView | null;
	frames: FrameMap | null;
	walk: Walk | null;
	space: SpaceRegion[] | null;
	trap: { seq: number; gate: Uint8Array; stack: Uint8Array; ss0: number } | null;
}

export type Status = 'waiting' | 'running' | 'ready' | 'failed';

export class Player implements Collector {
	status: Status = $state('waiting');
	error = $state('');
	/** Events known. The trace itself is not reactive: read this first. */
	length = $state(0);
	/** Where the run stands, cycles. */
	end = $state(0);
	/** The step that is open, 1-based. */
	step = $state(1);
	/** Chosen event, or -1. */
	seq = $state(-1);
	scene: Scene | null = $state.raw(null);
	/** Whether a scene is being fetched. */
	fetching = $state(false);
	playing = $state(false);
	asText = $state(false);
	/** One sentence for the live region. */
	announcement = $state('');
	progress: LessonProgress = $state(fresh());
	/** Steps in the order of the prose. They are added while the lesson is first rendered, then stay. */
	steps: StepData[] = $state.raw([]);
	readonly predictions = new Map<string, Prediction>();
	readonly viewport = new ScoreViewport();
	client: RunClient | null = null;

	private readonly scenes = new Map<string, Promise<Scene>>();
	private wanted = '';
	private queue: Promise<unknown> = Promise.resolve();
	private frame = 0;
	private closed = false;

	constructor(
		readonly lesson: string,
		readonly scenario: ScenarioInput
	) {}

	// --- what the components of the prose register -------------------------------------------------
	addStep(step: StepData): number {
		this.steps = [...this.steps, step];
		return this.steps.length;
	}
	addPrediction(step: number, prediction: Prediction): void {
		this.predictions.set(prediction.id, prediction);
		this.steps[step - 1]?.predictions.push(prediction.id);
	}
	addFact(): void {}
	addEvent(): void {}
	addExercise(_exercise: ExerciseData): void {}

	// --- the run ---------------------------------------------------------------------------------
	get trace() {
		return this.client?.trace ?? null;
	}

	/** Runs the scenario to its end. Call in the browser, once. */
	async start(): Promise<void> {
		this.progress = progressOf(this.lesson);
		try {
			const images = await loadImages(this.scenario.domains);
			const client = await RunClient.open(this.scenario, images);
			if (this.closed) return client.close();
			this.client = client;
			this.status = 'running';
			client.subscribe((news) => this.hear(client, news.cycle));
			this.hear(client, client.progress.cycle);
			const report = await client.advance({});
			this.hear(client, report.cycle);
			this.status = 'ready';
			this.open(this.step);
		} catch (error) {
			if (this.closed) return;
			this.status = 'failed';
			this.error = error instanceof Error ? error.message : String(error);
		}
	}

	close(): void {
		this.closed = true;
		cancelAnimationFrame(this.frame);
		this.client?.close();
	}

	private hear(client: RunClient, cycle: number): void {
		this.length = client.trace.length;
		if (this.status === 'ready') return;
		this.end = Math.max(this.end, cycle);
		this.viewport.grow(this.end);
	}

	/** Seq of the event that a query names, or -1 while the run has not come to it. */
	find(text: string): number {
		if (this.status !== 'ready' || !text || !this.trace) return -1;
		return this.ask(() => query(this.trace!, text), -1);
	}
	/** The number that a query gives, or NaN until the run has ended. */
	measure(text: string): number {
		if (this.status !== 'ready' || !this.trace) return NaN;
		return this.ask(() => fact(this.trace!, text), NaN);
	}

	/** The tests see to it that every query of a lesson has an answer; should one have none, the rest of the page lives on. */
	private ask(question: () => number, otherwise: number): number {
		try {
			return question();
		} catch (error) {
			console.error(error);
			return otherwise;
		}
	}

	// --- where the learner is ----------------------------------------------------------------------
	/** The first prediction of a step that is not committed yet, or null. */
	openPrediction(step: number): string | null {
		return this.steps[step - 1]?.predictions.find((id) => this.progress.predicted[id] === undefined) ?? null;
	}

	/** Opens a step: its moment, its pictures, its place in the score. */
	open(step: number): void {
		this.stop();
		this.step = Math.min(Math.max(1, step), Math.max(1, this.steps.length));
		if (!this.progress.seen.includes(this.step))
			this.progress.seen = [...this.progress.seen, this.step].sort((a, b) => a - b);
		this.progress.at = this.step;
		keep(this.lesson, $state.snapshot(this.progress));
		const data = this.steps[this.step - 1];
		const seq = data ? this.find(data.at) : -1;
		if (!data || seq < 0 || !this.trace) return;
		this.viewport.show(stretchAround(this.trace, seq, data.until ? this.find(data.until) : -1));
		this.choose(seq, true);
	}

	/** Whether the pictures show the chosen event's moment before or after it. */
	get when(): 'before' | 'after' {
		const data = this.steps[this.step - 1];
		if (!data || this.seq !== this.find(data.at)) return 'after';
		return this.openPrediction(this.step) ? 'before' : data.moment;
	}

	/** Chooses an event; the pictures follow. */
	choose(seq: number, quiet = false): void {
		if (!this.trace || seq < 0 || seq >= this.trace.length) return;
		this.seq = seq;
		if (!quiet) this.viewport.reveal(this.trace.cycle(seq));
		const data = this.steps[this.step - 1];
		const hidden = data && seq === this.find(data.at) && this.openPrediction(this.step);
		this.announcement = hidden
			? `Step ${this.step}, ${data.title}. Make your prediction.`
			: `${quiet ? `Step ${this.step}, ${data?.title}. ` : ''}${sentence(this.trace, seq)}`;
		void this.fetch(seq, this.when);
	}

	/** A learner has committed a prediction: the pictures go on to what came of it. */
	commit(id: string, option: number): void {
		this.progress.predicted = { ...this.progress.predicted, [id]: option };
		keep(this.lesson, $state.snapshot(this.progress));
		const data = this.steps[this.step - 1];
		if (data) this.choose(this.find(data.at), true);
	}

	solve(id: string): void {
		if (this.progress.solved.includes(id)) return;
		this.progress.solved = [...this.progress.solved, id];
		keep(this.lesson, $state.snapshot(this.progress));
	}

	// --- transport ---------------------------------------------------------------------------------
	stepEvent(direction: 1 | -1): void {
		this.stop();
		this.choose(this.seq + direction);
	}

	/** The next (or previous) event of a kind. */
	seek(kind: number, direction: 1 | -1 = 1): void {
		this.stop();
		if (!this.trace) return;
		for (let seq = this.seq + direction; seq >= 0 && seq < this.trace.length; seq += direction)
			if (this.trace.kind(seq) === kind) return this.choose(seq);
	}

	/** The event that caused the chosen one. */
	toCause(): void {
		if (this.trace && this.seq >= 0 && this.trace.cause(this.seq) >= 0) this.choose(this.trace.cause(this.seq));
		else this.announcement = 'Nothing recorded caused this event.';
	}

	/** The first event that the chosen one caused. */
	toEffect(): void {
		if (!this.trace) return;
		for (let seq = this.seq + 1; seq < Math.min(this.trace.length, this.seq + 5000); seq++)
			if (this.trace.cause(seq) === this.seq) return this.choose(seq);
		this.announcement = 'This event caused nothing that was recorded.';
	}

	/** Plays from the chosen event to the next step's, then stops. */
	play(): void {
		if (this.playing) return this.stop();
		const next = this.steps[this.step];
		const trace = this.trace;
		if (!trace || this.seq < 0) return;
		const found = next ? this.find(next.at) : -1;
		const goal = found > this.seq ? found : Math.min(trace.length - 1, this.seq + 40);
		if (motionReduced()) return this.choose(goal);
		const first = this.seq;
		const events = goal - first;
		const duration = Math.min(6000, Math.max(1200, events * 120));
		const began = performance.now();
		this.playing = true;
		const tick = (time: number) => {
			const share = Math.min(1, Math.max(0, (time - began) / duration));
			const seq = first + Math.round(events * share);
			if (seq !== this.seq) {
				this.seq = seq;
				this.viewport.reveal(trace.cycle(seq));
			}
			if (share < 1) {
				this.frame = requestAnimationFrame(tick);
				return;
			}
			this.playing = false;
			this.choose(goal);
		};
		this.frame = requestAnimationFrame(tick);
	}

	stop(): void {
		cancelAnimationFrame(this.frame);
		this.playing = false;
	}

	/** Hypercalls up to the chosen event, and in all. */
	hypercalls(): { at: number; of: number } {
		void this.length;
		const counts = { at: 0, of: 0 };
		if (!this.trace) return counts;
		for (let seq = 0; seq < this.trace.length; seq++) {
			if (this.trace.kind(seq) !== KIND.hypercall) continue;
			counts.of++;
			if (seq <= this.seq) counts.at++;
		}
		return counts;
	}

	// --- scenes ------------------------------------------------------------------------------------
	private async fetch(seq: number, when: 'before' | 'after'): Promise<void> {
		const data = this.steps[this.step - 1];
		const address =
			data?.address && seq === this.find(data.at)
				? this.measure(data.address)
				: this.trace
					? addressOf(this.trace, seq)
					: -1;
		const shows = data?.shows ?? [];
		const key = `${seq} ${when} ${address} ${shows.join()}`;
		this.wanted = key;
		this.fetching = true;
		let scene = this.scenes.get(key);
		if (!scene) {
			scene = this.later(() => this.look(key, seq, when, address, shows));
			this.scenes.set(key, scene);
			scene.catch(() => this.scenes.delete(key));
		}
		try {
			const found = await scene;
			if (this.wanted === key) this.scene = found;
		} catch (error) {
			if (this.wanted === key && !this.closed && !(error instanceof Superseded))
				this.error = error instanceof Error ? error.message : String(error);
		} finally {
			if (this.wanted === key) this.fetching = false;
		}
	}

	/** One request after the other: the machine stands in one place at a time. */
	private later<T>(work: () => Promise<T>): Promise<T> {
		const result = this.queue.then(work);
		this.queue = result.catch(() => undefined);
		return result;
	}

	private async look(
		key: string,
		seq: number,
		when: 'before' | 'after',
		address: number,
		shows: readonly Picture[]
	): Promise<Scene> {
		const { client } = this;
		if (!client || this.wanted !== key) throw new Superseded();
		const has = (picture: Picture) => shows.includes(picture);
		const trap = has('trap') ? await this.lookAtTrap(client, trapOf(client.trace, seq)) : null;
		await client.goto(when === 'before' ? { icount: client.trace.icount(seq) } : { seq });
		const [state, truths, frames, walk, space] = await Promise.all([
			client.inspect(),
			has('truths') ? client.truths() : null,
			has('frames') ? client.frames() : null,
			has('walk') && address >= 0 ? client.walk(address) : null,
			has('space') ? client.space() : null
		]);
		return { seq, when, state, truths, frames, walk, space, trap };
	}

	/** The gate that a trap went through and the words on the new stack, read just after it. */
	private async lookAtTrap(client: RunClient, seq: number): Promise<Scene['trap']> {
		if (seq < 0) return null;
		await client.goto({ seq });
		const { idtr, tss } = await client.inspect();
		const [gate, stack] = await Promise.all([
			client.read(idtr.base + 8 * client.trace.arg(seq, 'vector'), 8),
			client.read(client.trace.arg(seq, 'new_esp'), 24)
		]);
		return { seq, gate, stack, ss0: tss.ss0 };
	}
}

/** The learner went on before this moment was reached. */
class Superseded extends Error {}

/** Makes a collector the one that the lesson's components register with. */
export const provide = (collector: Collector): void => void setContext(CONTEXT, collector);
/** For tests, which render without a parent component. */
export const contextOf = (collector: Collector): Map<symbol, Collector> => new Map([[CONTEXT, collector]]);

export const collector = (): Collector => {
	const found = getContext<Collector | undefined>(CONTEXT);
	if (!found) throw new Error('a lesson component stands outside a lesson');
	return found;
};
/** The player, or null where a test collects. */
export const player = (): Player | null => {
	const found = collector();
	return found instanceof Player ? found : null;
};

const STEP = Symbol('step');
export const enterStep = (step: number): void => void setContext(STEP, step);
/** Number of the step around a component, or 0 outside of one. */
export const stepAround = (): number => getContext<number | undefined>(STEP) ?? 0;
