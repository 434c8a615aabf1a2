/**
 * Plays a lesson: its steps, predictions and progress, and which run is on the stage. What is shown comes from the trace or from the machine
 * standing at that moment (`stage-run.svelte.ts`).
 */
import { getContext, setContext } from 'svelte';
import { fact } from '../../../trace/facts';
import { sliceOf, TraceMirror } from '../../../trace/mirror';
import { query } from '../../../trace/query';
import { sameVisit } from '../../../trace/visit';
import { motionReduced } from '../../../views/shared/motion.svelte';
import type { Costing } from '../../../workbench/costing';
import { goalOf } from '../../../workbench/goal';
import type { ScenarioInput } from '../../../workbench/scenario';
import { stamp } from '../../shell/clock';
import { withAttempt, type Attempt } from '../progress/record';
import { notices } from '../../shell/notices.svelte';
import { reproduced, StageMachine, startRun } from './machine';
import { fresh, keep, progressOf, type LessonProgress } from './progress';
import { momentAddress } from '../../debugger/moment-address';
import { addressOf, stretchAround } from './moments';
import { Names } from './names';
import { unpack, unzip, type Recording } from './recording';
import { StageRun, type Director, type Framing } from './stage-run.svelte';
import type { Values } from '../written/exercise';
import type { Collector, Moments, Prediction, StepData } from './vocabulary';

const CONTEXT = Symbol('lesson');

/** How long the line takes to be drawn when a lesson opens. */
const UNROLL_MS = 900;

export type { Scene } from './scene';

export type Status = 'waiting' | 'running' | 'ready' | 'failed';

export class Player implements Collector, Director {
	status: Status = $state('waiting');
	/** Why the run, or the machine at a moment of it, cannot be had; null where all is well. */
	trouble: unknown = $state.raw(null);
	/** The step that is open, 1-based. */
	step = $state(1);
	asText = $state(false);
	progress: LessonProgress = $state(fresh());
	/** Steps in the order of the prose. They are added while the lesson is first rendered, then stay. */
	steps: StepData[] = $state.raw([]);
	readonly names: Names;
	readonly predictions = new Map<string, Prediction>();
	/** The lesson's run: the recorded one, or with another cost table one that was made anew. */
	run: StageRun = $state.raw(null!);
	/** The cost table of that run. */
	costing: Costing = $state.raw({});
	/** The table with which a run is being made, or null. */
	making: Costing | null = $state.raw(null);
	/** What came of the last one, where that must be told. */
	remark = $state('');
	/** A run that the learner made; while there is one it has the stage. */
	own: StageRun | null = $state.raw(null);
	/** The learner's last run in this step, and its first event that is not the lesson's: it can be put beside the lesson's run. */
	kept: { run: StageRun; parted: number } | null = $state.raw(null);
	/** The address that an exercise of the open step speaks of, or -1: it is walked in place of the step's. */
	spoken = $state(-1);

	/** Goes on to a step when playing has come to it; the page also notes it in its address. */
	turn: (step: number) => void = (step) => this.open(step);

	/** The next step that opens takes the focus: what had it is gone. */
	takesFocus = false;
	/** The reader has scrolled while the run plays: the prose stays where it is. */
	scrolls = false;

	private ledFrom: HTMLElement | null = null;
	/** What queries found in each run, which is whole once the page is ready. */
	private readonly found = new WeakMap<StageRun, Map<string, number>>();
	/** Queries of the events that the prose names. */
	private readonly events: string[] = [];
	private frames = 0;
	private runEnd = 0;
	private closed = false;
	private readonly recorded: StageRun;
	private abort = new AbortController();
	/** What it was opened with. */
	private opening: [recording: string, moment: string] = ['', ''];

	constructor(
		readonly lesson: string,
		scenario: ScenarioInput,
		moments: Moments
	) {
		this.names = new Names(moments);
		const trace = new TraceMirror();
		this.recorded = new StageRun(scenario, trace, new StageMachine(() => reproduced(scenario, trace)), this);
		this.run = this.recorded;
		this.costing = this.usual;
	}

	/** The table that the lesson was recorded with. */
	get usual(): Costing {
		return this.recorded.scenario.machine ?? {};
	}
	/** Whether the run is another than the recorded one. */
	get remade(): boolean {
		return this.run !== this.recorded;
	}

	/** Makes the lesson's run anew with another cost table; the one shown stays until it is there. */
	async rerun(costing: Costing): Promise<void> {
		this.cancelRerun();
		const { usual, recorded } = this;
		const { signal } = (this.abort = new AbortController());
		this.making = costing;
		try {
			const [{ plainCosting, sameCosting }, { remake }] = await Promise.all([
				import('../../../workbench/costs'),
				import('./remake')
			]);
			if (signal.aborted) return;
			if (sameCosting(costing, usual)) return this.show(recorded, usual);
			const wanted = plainCosting(costing);
			const instructions = recorded.trace.icount(recorded.trace.length - 1);
			const { run, cut } = await remake(recorded.scenario, wanted, this, { instructions, signal });
			if (signal.aborted) return run.close();
			this.show(run, wanted);
			if (cut) this.remark = 'With this table the run does not come to its end; it is cut.';
		} catch (error) {
			if (signal.aborted) return;
			this.remark = `The run could not be made with your table: ${error instanceof Error ? error.message : String(error)}`;
		} finally {
			if (!signal.aborted) this.making = null;
		}
	}

	/** Leaves off making a run; the one shown stays. */
	cancelRerun(): void {
		this.abort.abort();
		this.making = null;
		this.remark = '';
	}

	/** Puts a run in the place of the lesson's; everything is read from it from now on. */
	private show(run: StageRun, costing: Costing): void {
		const before = this.run;
		if (run === before) return;
		this.present(null);
		this.run = run;
		this.costing = costing;
		if (before !== this.recorded) before.close();
		this.open(this.step);
	}

	/** The run that stage, score, transport and keys are about. */
	get stage(): StageRun {
		return this.own ?? this.run;
	}

	/** Puts a run of the learner's on the stage, or with null takes it off again. */
	present(own: StageRun | null): void {
		this.stage.stop();
		if (this.own !== own) this.own?.close();
		this.own = own;
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
	addEvent(text: string): void {
		this.events.push(text);
	}
	addExercise(step: number, id: string): void {
		this.steps[step - 1]?.exercises.push(id);
	}

	// --- the run ---------------------------------------------------------------------------------
	/** Brings the run, shows it growing, and opens the step, or a moment by its name. Call in the browser, once. */
	async start(recording: string, moment = ''): Promise<void> {
		this.opening = [recording, moment];
		this.progress = progressOf(this.lesson);
		try {
			await this.load(recording);
			if (this.closed) return;
			this.status = 'running';
			await this.unroll();
			if (this.closed) return;
			this.status = 'ready';
			if (!this.openMoment(moment)) this.open(this.step);
		} catch (error) {
			this.fail(error);
		}
	}

	/** The recording of this lesson's run; where it cannot be had, the run itself. */
	private async load(recording: string): Promise<void> {
		const recorded = await this.read(recording);
		if (recorded) {
			const { slice, end, scene, key } = recorded;
			this.run.trace.append(slice);
			this.run.remember(key, scene);
			this.runEnd = end;
			return;
		}
		const client = await startRun(this.run.scenario);
		const { cycle } = await client.advance(goalOf(this.run.scenario));
		this.run.trace.append(sliceOf(client.trace, 0, client.trace.length));
		this.runEnd = cycle;
		client.close();
		notices.show({
			id: 'recording',
			text: 'The recording of this lesson could not be read, so the machine was run in its place. It is the same run.'
		});
	}

	/** What was recorded when the site was built; null where it is not there, or damaged. */
	private async read(recording: string): Promise<Recording | null> {
		try {
			const answer = await fetch(recording);
			return answer.ok ? unpack(await unzip(await answer.arrayBuffer())) : null;
		} catch {
			return null;
		}
	}

	/** The line is drawn from the first event to the last. */
	private unroll(): Promise<void> {
		const { run } = this;
		run.length = run.trace.length;
		const grow = (share: number) => {
			run.end = this.runEnd * share;
			run.viewport.grow(this.runEnd);
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
				if (share < 1 && !this.closed) this.frames = requestAnimationFrame(tick);
				else resolve();
			};
			this.frames = requestAnimationFrame(tick);
		});
	}

	/** Starts the machine before it is needed: the learner has begun to do something. */
	warm(): void {
		if (this.trouble === null) this.run.warm();
	}

	/** What has been recorded stays: only the machine is missing. Without a run there is nothing to show. */
	fail(error: unknown): void {
		if (this.closed) return;
		this.trouble = error;
		if (this.status !== 'ready') this.status = 'failed';
	}

	/** A moment could be shown. */
	shown(): void {
		this.trouble = null;
	}

	/** Tries again what failed. */
	retry(): void {
		this.trouble = null;
		if (this.status === 'ready') return this.stage.choose(this.stage.seq, true);
		this.status = 'waiting';
		void this.start(...this.opening);
	}

	close(): void {
		this.closed = true;
		cancelAnimationFrame(this.frames);
		this.abort.abort();
		this.own?.close();
		this.run.close();
		this.recorded.close();
	}

	/** Seq of the event that a query names, or -1 while the run has not come to it. */
	find(text: string): number {
		if (this.status !== 'ready' || !text) return -1;
		const { run } = this;
		const known = this.found.get(run) ?? new Map<string, number>();
		this.found.set(run, known);
		let seq = known.get(text);
		if (seq === undefined) known.set(text, (seq = this.ask(() => query(run.trace, text), -1)));
		return seq;
	}
	/** The number that a query gives, or NaN until the run has ended. */
	measure(text: string): number {
		if (this.status !== 'ready') return NaN;
		return this.ask(() => Number(fact(this.run.trace, text)), NaN);
	}

	/**
	 * The tests see to it that every query of a lesson has an answer in its own run; should one have none, the rest of the page lives on. In a
	 * run that was made anew something may not happen, and the page says so.
	 */
	private ask(question: () => number, otherwise: number): number {
		try {
			return question();
		} catch (error) {
			if (!this.remade) console.error(error);
			return otherwise;
		}
	}

	/** Whether the step's moment does not happen in this run. */
	get missing(): boolean {
		const data = this.steps[this.step - 1];
		return this.status === 'ready' && !!data && this.find(data.at) < 0;
	}

	// --- where the learner is ----------------------------------------------------------------------
	/** The first prediction of a step that is not committed yet, or null. */
	openPrediction(step: number): string | null {
		return this.steps[step - 1]?.predictions.find((id) => this.progress.predicted[id] === undefined) ?? null;
	}

	/** Opens a step: its moment, its pictures, its place in the score. */
	open(step: number): void {
		this.present(null);
		this.kept = null;
		this.step = Math.min(Math.max(1, step), Math.max(1, this.steps.length));
		if (!this.progress.seen.includes(this.step))
			this.progress.seen = [...this.progress.seen, this.step].sort((a, b) => a - b);
		this.progress.at = this.step;
		keep(this.lesson, $state.snapshot(this.progress));
		const data = this.steps[this.step - 1];
		const seq = data ? this.find(data.at) : -1;
		if (data && seq < 0 && this.status === 'ready') this.run.leave();
		if (!data || seq < 0) return;
		this.run.viewport.show(stretchAround(this.run.trace, seq, data.until ? this.find(data.until) : -1));
		this.run.choose(seq, true);
	}

	/** Back to the open step's moment; the reader goes back to where the prose led away, or to the step's title. */
	back(): void {
		this.open(this.step);
		const title = document.querySelector<HTMLElement>(`#step-${this.step} h2 a`);
		const place = this.ledFrom?.isConnected ? this.ledFrom : title;
		this.ledFrom = null;
		place?.focus({ preventScroll: true });
	}

	/** Shows an event that the prose leads to. @param from what was pressed: the reader comes back to it */
	lead(seq: number, from: HTMLElement): void {
		this.choose(seq);
		this.ledFrom = from;
	}

	/** Puts a moment on the stage, by its name, and opens the step that it belongs to. Whether the lesson has it. */
	openMoment(name: string): boolean {
		return Object.hasOwn(this.names.moments, name) && this.openEvent(this.find(this.names.query(name)));
	}

	/** Puts any event on the stage, and opens the last step that begins no later. Whether the run has it. */
	openEvent(seq: number): boolean {
		if (seq < 0 || seq >= this.run.trace.length) return false;
		const step = this.steps.findLastIndex(({ at, exercises }) => exercises.length === 0 && this.find(at) <= seq) + 1;
		this.open(Math.max(1, step));
		this.choose(seq);
		return true;
	}

	/** The lesson's name for an event, or ''. */
	momentAt(seq: number): string {
		return Object.keys(this.names.moments).find((name) => this.find(this.names.query(name)) === seq) ?? '';
	}

	/** Chooses an event of the lesson's run; the pictures follow. */
	choose(seq: number, quiet = false): void {
		this.present(null);
		this.run.choose(seq, quiet);
	}

	/** A learner has committed a prediction: the trace decides, and the pictures go on to what came of it. */
	commit(id: string, option: number): void {
		const prediction = this.predictions.get(id);
		const right = prediction?.options[option]?.when(this.measure(prediction.measure)) ?? false;
		this.record({ kind: 'prediction', id, at: stamp(), answer: option, right });
		const data = this.steps[this.step - 1];
		if (data) this.choose(this.find(data.at), true);
	}

	/** A learner has tried an exercise; once solved it stays solved, whatever is tried later. */
	attempt(id: string, answer: Values, right: boolean): void {
		this.record({ kind: 'exercise', id, at: stamp(), answer, right });
	}

	private record(attempt: Attempt): void {
		this.progress = withAttempt($state.snapshot(this.progress), attempt);
		keep(this.lesson, $state.snapshot(this.progress));
	}

	// --- what the stage shows of the lesson's run ---------------------------------------------------
	frame(seq: number): Framing {
		const data = this.steps[this.step - 1];
		const { shows = [], truths = [] } = data ?? {};
		const here = !!data && seq >= 0 && seq === this.find(data.at);
		const veiled = this.openPrediction(this.step) !== null;
		return {
			when: !here ? 'after' : veiled ? 'before' : data.moment,
			address: here && this.spoken >= 0 ? this.spoken : this.addressAt(seq, data),
			shows,
			truths,
			title: here ? `Step ${this.step}, ${data.title}.${veiled ? ' Make your prediction.' : ''}` : '',
			veiled
		};
	}

	/** The address to walk: the step's on the whole visit of its moment, and wherever the run speaks of no other. */
	private addressAt(seq: number, step: StepData | undefined): number {
		const { trace } = this.run;
		const own = addressOf(trace, seq);
		const at = step ? this.find(step.at) : -1;
		if (!step || at < 0 || seq < 0) return own;
		if (own >= 0 && !(step.address && sameVisit(trace, at, seq))) return own;
		return step.address ? this.measure(step.address) : addressOf(trace, at);
	}

	/** The debugger's address of an event of the lesson's run, below the site's base. */
	debuggerAddress(seq: number, when: 'before' | 'after'): string {
		const { lesson, step } = this;
		return momentAddress({ lesson, step, seq, when, ...(this.remade ? { costing: this.costing } : {}) });
	}

	/** Seq of the open step's moment, or -1. */
	get home(): number {
		const data = this.steps[this.step - 1];
		return data ? this.find(data.at) : -1;
	}

	/** Whether the stage shows something else than the open step's moment. */
	get away(): boolean {
		return this.status === 'ready' && this.own === null && this.home >= 0 && this.run.seq !== this.home;
	}

	/** The next step's moment, else the next that lies ahead, else the end of the run. */
	goal(seq: number): number {
		const ahead = this.steps.map(({ at }) => this.find(at));
		const next = ahead[this.step] ?? -1;
		return next >= seq && this.step < ahead.length ? next : (ahead.find((at) => at > seq) ?? this.run.trace.length - 1);
	}

	/** What `goal` is, for a button: `the next step’s moment`. */
	goalText(seq: number): string {
		return this.goal(seq) >= this.run.trace.length - 1 && this.step === this.steps.length
			? 'the end of the run'
			: 'the next step’s moment';
	}

	/** What the prose names, and what its steps are about. */
	named(): number[] {
		return [...this.events, ...this.steps.map(({ at }) => at)].map((text) => this.find(text));
	}

	/** Playing has come to the next step: it is opened. */
	arrived(seq: number): void {
		const next = this.steps[this.step];
		if (next && this.find(next.at) === seq) this.turn(this.step + 1);
		else this.run.announcement = seq >= this.run.trace.length - 1 ? 'The run ends here.' : this.run.announcement;
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

const CONTROL = Symbol('control');
/** Says that what stands inside is part of a control, and can be none itself. */
export const enterControl = (): void => void setContext(CONTROL, true);
export const insideControl = (): boolean => getContext<boolean | undefined>(CONTROL) ?? false;

const STEP = Symbol('step');
export const enterStep = (step: number): void => void setContext(STEP, step);
/** Number of the step around a component, or 0 outside of one. */
export const stepAround = (): number => getContext<number | undefined>(STEP) ?? 0;
