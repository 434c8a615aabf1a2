/**
 * Plays a lesson: finds the steps' moments in the recorded run and keeps the pictures at the moment chosen. Everything
 * shown comes from the trace or from the machine standing at that moment.
 */
import { getContext, setContext } from 'svelte';
import { KIND } from '../../../trace/events';
import { fact } from '../../../trace/facts';
import { sliceOf, TraceMirror } from '../../../trace/mirror';
import { query } from '../../../trace/query';
import { sentence } from '../../../trace/text/sentence';
import { ScoreViewport } from '../../../views/score/viewport.svelte';
import { motionReduced } from '../../../views/shared/motion.svelte';
import type { ScenarioInput } from '../../../workbench/scenario';
import { LessonMachine, startRun, Superseded } from './machine';
import { fresh, keep, progressOf, type LessonProgress } from './progress';
import { addressOf, stretchAround } from './moments';
import { Names } from './names';
import { unpack, unzip } from './recording';
import { keyOf, type Scene, type SceneRequest } from './scene';
import type { Collector, ExerciseData, Moments, Prediction, StepData } from './vocabulary';

const CONTEXT = Symbol('lesson');

/** How long the line takes to be drawn when a lesson opens. */
const UNROLL_MS = 900;

export type { Scene } from './scene';

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
	readonly names: Names;
	readonly predictions = new Map<string, Prediction>();
	readonly viewport = new ScoreViewport();
	/** The whole run. */
	readonly trace = new TraceMirror();

	private readonly machine: LessonMachine;
	private readonly scenes = new Map<string, Promise<Scene>>();
	private wanted = '';
	private frame = 0;
	private runEnd = 0;
	private calls: number[] | null = null;
	private closed = false;

	constructor(
		readonly lesson: string,
		readonly scenario: ScenarioInput,
		moments: Moments
	) {
		this.names = new Names(moments);
		this.machine = new LessonMachine(scenario, this.trace);
	}

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
	/** Brings the run, shows it growing, and opens the step. Call in the browser, once. */
	async start(recording: string): Promise<void> {
		this.progress = progressOf(this.lesson);
		try {
			await this.load(recording);
			if (this.closed) return;
			this.status = 'running';
			await this.unroll();
			if (this.closed) return;
			this.status = 'ready';
			this.open(this.step);
		} catch (error) {
			this.fail(error);
		}
	}

	/** The recording of this lesson's run; where it cannot be had, the run itself. */
	private async load(recording: string): Promise<void> {
		const answer = await fetch(recording);
		if (answer.ok) {
			const { slice, end, scene, key } = unpack(await unzip(await answer.arrayBuffer()));
			this.trace.append(slice);
			this.scenes.set(key, Promise.resolve(scene));
			this.runEnd = end;
			return;
		}
		const client = await startRun(this.scenario);
		const { cycle } = await client.advance({});
		this.trace.append(sliceOf(client.trace, 0, client.trace.length));
		this.runEnd = cycle;
		client.close();
	}

	/** The line is drawn from the first event to the last. */
	private unroll(): Promise<void> {
		this.length = this.trace.length;
		const grow = (share: number) => {
			this.end = this.runEnd * share;
			this.viewport.grow(this.runEnd);
		};
		if (motionReduced()) {
			grow(1);
			return Promise.resolve();
		}
		const began = performance.now();
		return new Promise((resolve) => {
			const tick = (time: number) => {
				const share = Math.min(1, Math.max(0.02, (time - began) / UNROLL_MS));
				grow(share);
				if (share < 1 && !this.closed) this.frame = requestAnimationFrame(tick);
				else resolve();
			};
			this.frame = requestAnimationFrame(tick);
		});
	}

	/** Starts the machine before it is needed: the learner has begun to do something. */
	warm(): void {
		this.machine.warm().catch((error: unknown) => this.fail(error));
	}

	private fail(error: unknown): void {
		if (this.closed) return;
		this.status = 'failed';
		this.error = error instanceof Error ? error.message : String(error);
	}

	close(): void {
		this.closed = true;
		cancelAnimationFrame(this.frame);
		this.machine.close();
	}

	/** Seq of the event that a query names, or -1 while the run has not come to it. */
	find(text: string): number {
		if (this.status !== 'ready' || !text) return -1;
		return this.ask(() => query(this.trace, text), -1);
	}
	/** The number that a query gives, or NaN until the run has ended. */
	measure(text: string): number {
		if (this.status !== 'ready') return NaN;
		return this.ask(() => Number(fact(this.trace, text)), NaN);
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
		if (!data || seq < 0) return;
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
		if (seq < 0 || seq >= this.trace.length) return;
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

	/** Plays from the chosen event to the next step's, then stops. */
	play(): void {
		if (this.playing) return this.stop();
		const next = this.steps[this.step];
		const { trace } = this;
		if (this.seq < 0) return;
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
		if (this.status !== 'ready') return { at: 0, of: 0 };
		this.calls ??= Array.from({ length: this.trace.length }, (_, seq) => seq).filter(
			(seq) => this.trace.kind(seq) === KIND.hypercall
		);
		return { at: this.calls.filter((seq) => seq <= this.seq).length, of: this.calls.length };
	}

	// --- scenes ------------------------------------------------------------------------------------
	private async fetch(seq: number, when: 'before' | 'after'): Promise<void> {
		const data = this.steps[this.step - 1];
		const here = data && seq === this.find(data.at);
		const request: SceneRequest = {
			seq,
			when,
			address: here && data.address ? this.measure(data.address) : addressOf(this.trace, seq),
			shows: data?.shows ?? []
		};
		const key = keyOf(request);
		this.wanted = key;
		this.fetching = true;
		let scene = this.scenes.get(key);
		if (!scene) {
			scene = this.machine.scene(request, () => this.wanted === key);
			this.scenes.set(key, scene);
			scene.catch(() => this.scenes.delete(key));
		}
		try {
			const found = await scene;
			if (this.wanted === key) this.scene = found;
		} catch (error) {
			if (!(error instanceof Superseded)) this.fail(error);
		} finally {
			if (this.wanted === key) this.fetching = false;
		}
	}
}

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
