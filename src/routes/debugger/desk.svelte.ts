/**
 * What is done on the debugger's page. Every order ends in `gather`, which asks the worker for all that is drawn; what it
 * brings is shown at once, so that all panels always speak of the same moment.
 */
import { DOMID_SELF } from '../../abi/structs/xen';
import type { TraceView } from '../../trace/view';
import type { Breakpoint } from '../../debugger/breakpoints';
import type { PositionEvent } from '../../debugger/position';
import type { DebugSession, Step } from '../../debugger/session';
import { describeChange } from '../../workbench/time/change-words';
import { goalOf } from '../../workbench/goal';
import type { StopSpec } from '../../workbench/stops';
import type { Change, RunClient, StopPoint, StopReport } from '../../workbench/worker/client';
import type { Bookmark } from './bookmarks.svelte';
import { Drawing } from './drawing';
import { build, sourceOf, type Built, type Source } from './build';
import type { Files } from './files.svelte';
import { keep } from './images';
import { LastLine } from './last-line';
import { gather, interesting, type Inspection } from './inspection';
import { Shown, type Recording } from './shown.svelte';
import { AT_START, foundEvent, stopSentence, type Order, type Stop } from './stops';
import type { Target } from './target';
import { imagesOf } from '../../workbench/images';
import { FINAL_CHECKS, KIND, type CheckName } from '../../trace/events';
import { questionAt } from '../../trace/text/check-values';
import { words } from '../../words';
import { count } from '../../words/numbers';
import { counted } from '../../words/plural';
import { lineOf, needsReload } from '../shell/trouble';

/** A moment that an address names. */
export interface Place {
	icount: number;
	seq?: number;
}

/** The last line on a console is looked for in this much of its end, characters. */
const LAST_BYTES = 2000;
/** An order that takes longer is announced when it starts, milliseconds. */
const LONG_MS = 700;
/** Steps asked for faster than the machine goes wait for their turn, so many at most. */
const MOST_TURNS = 99;
/** After a command of xl the machine runs in stretches that double, until the toolstack has nothing to do; cycles, doublings, stretches. */
const SHELL_LOOK_CYCLES = 100_000;
const LONGEST_LOOK = 6;
const MOST_LOOKS = 60;
const LEFT_OUT = { one: 'The step behind it was left out.', other: 'The {n} steps behind it were left out.' };
/** Where one of these ends a step, those that wait behind it are not taken. */
const HALTS: readonly StopReport['cause'][] = ['point', 'start', 'ended', 'stuck', 'shutdown', 'paused'];

/** Where a run stands, as a report. */
const standing = ({ progress: { icount, cycle, seq } }: RunClient): StopReport => ({
	cause: 'icount',
	icount,
	cycle,
	seq
});

const orderOf = (step: Step, back: boolean): Order =>
	typeof step === 'string'
		? { kind: step, back }
		: { kind: step.kind, back, query: 'query' in step ? step.query : undefined };

/** What an event must be to make a breakpoint hold; undefined for those at places. */
const queryOf = ({ points }: Breakpoint): string | undefined =>
	points.flatMap((point) => (point.kind === 'event' ? [point.query] : [])).at(0);

export const messageOf = lineOf;

export class Desk extends Shown {
	/** The order that is being carried out, and the run that carries it out. */
	#ordered: { client: RunClient; order: Order } | null = $state.raw(null);
	/** Steps that were asked for meanwhile, the next one first. */
	#turns: readonly (() => Promise<StopReport | null>)[] = $state.raw([]);
	#loads = 0;
	readonly #drawing = new Drawing(() => this.#take());
	/** The first instruction of the guest kernel. */
	#start: Required<Place> = { icount: 0, seq: 0 };

	/** What is saved and opened; set by the page. */
	files: Files | null = null;
	/** Asks for a file to open; set by the page. */
	onopen: () => void = () => {};
	/** Whose console is shown; the hypervisor's log is kept under its own domain number. */
	console = $state(1);
	/** What the run that is shown is made of; null where there is none. */
	source: Source | null = $state.raw(null);

	/**
	 * Builds a machine for the target and shows it. On failure `error` says why, and what was loaded before stays.
	 * @returns whether the target is loaded now
	 */
	load(target: Target): Promise<boolean> {
		return this.install(async () => build(await sourceOf(target)));
	}

	/** Shows what `make` builds, unless something else is loaded meanwhile. @returns whether it is shown */
	async install(make: () => Promise<Built>): Promise<boolean> {
		const ticket = ++this.#loads;
		this.error = '';
		this.lost = false;
		this.loading = true;
		try {
			const built = await make();
			if (ticket !== this.#loads) {
				built.steps.close();
				built.client.close();
				return false;
			}
			this.#show(built);
			for (const image of imagesOf(built.scenario).keys()) void keep(image);
			return true;
		} catch (error) {
			if (error instanceof DOMException && error.name === 'AbortError') throw error;
			if (ticket === this.#loads) this.#fail(error);
			return false;
		} finally {
			if (ticket === this.#loads) this.loading = false;
		}
	}

	#fail(error: unknown): void {
		this.error = messageOf(error);
		this.lost = needsReload(error);
	}

	/** Puts a run that was just built in the place of the one shown. */
	#show({ client, steps, inspection, start, ...source }: Built): void {
		const { target } = source;
		const name = source.scenario.name ?? '';
		this.close();
		this.source = source;
		const kernels = (of: Target | null): string =>
			of ? [of.dom0, ...of.domains].map((each) => each?.image ?? '').join() : '';
		if (kernels(target) !== kernels(this.target)) this.breakpoints.clear();
		this.breakpoints.names = steps.names;
		this.bookmarks.clear();
		this.recording = this.lesson = null;
		this.layout.forMachine(true);
		this.client = client;
		this.debugger = steps;
		this.target = target;
		this.name = name;
		this.chosen = -1;
		this.before = null;
		this.walkAddress = null;
		this.#ordered = null;
		this.#turns = [];
		this.inspection = inspection;
		this.#start = start;
		this.#drawing.now();
		const atStart = inspection.moment.icount === start.icount && inspection.moment.seq === start.seq;
		this.said = atStart ? AT_START : `${name} is as it was saved.`;
		this.announced = `${name} is loaded. ${this.said}`;
		this.viewport.showAll();
		this.lastLine = new LastLine().add(client.console());
		client.subscribe((news) => {
			if (news.console.some(({ dom }) => dom === 1))
				this.lastLine = new LastLine().add(client.console().slice(-LAST_BYTES));
			// What an order ends with is shown together with the inspection that follows it.
			if (news.doing === 'idle' && this.#ordered) return;
			this.#drawing.soon();
		});
	}

	/** Shows a trace from a file in the place of the run. */
	showRecording(recording: Recording): void {
		this.close();
		const { view } = recording;
		this.recording = recording;
		this.layout.forMachine(false);
		this.target = this.progress = this.inspection = this.before = this.source = this.lesson = null;
		this.timelines = [];
		this.name = recording.name;
		this.bookmarks.clear();
		this.breakpoints.clear();
		this.chosen = view.length > 0 ? 0 : -1;
		this.error = this.lastLine = '';
		this.said = this.announced = recording.about;
		this.viewport.grow(view.length > 0 ? view.cycle(view.length - 1) : 0);
		this.viewport.showAll();
	}

	#take(): void {
		if (!this.client) return;
		const { trace, progress: news, timelines, timeline } = this.client;
		this.timelines = timelines;
		this.timeline = timeline;
		this.progress = news;
		this.viewport.grow(trace.length ? Math.max(news.cycle, trace.cycle(trace.length - 1)) : news.cycle);
	}

	/** Goes to the moment that an address named, and says so when the run has no such moment. */
	async return(place: Place): Promise<void> {
		const { moment } = this;
		if (moment && moment.icount === place.icount && moment.seq === (place.seq ?? moment.seq)) return;
		const report = await this.order({ kind: 'go', back: false }, (run) => run.seek(place));
		if (!report || report.cause === 'paused') return;
		const missed = report.icount < place.icount || (place.seq !== undefined && report.seq !== place.seq);
		if (missed)
			this.error =
				`The address asks for instruction ${count(place.icount)}` +
				`${place.seq === undefined ? '' : `, event ${count(place.seq)}`}, which this run does not have: ` +
				`it stands at instruction ${count(report.icount)}, event ${count(report.seq)}.`;
	}

	/**
	 * Goes to a moment that is told by an event, which is chosen then. A lesson's run is had to its end, as the lesson has it; another
	 * one goes no further than that event.
	 */
	async toNear({ seq, when }: PositionEvent): Promise<void> {
		const whole = this.source?.lesson !== undefined;
		let missing = false;
		const report = await this.order(
			{ kind: 'go', back: false, event: when === 'after' ? seq : undefined },
			async (run) => {
				const way = await run.advance(whole ? this.#goal(run) : { seq: seq + 1 });
				if (way.cause === 'paused') return way;
				missing = seq >= run.trace.length;
				return missing ? way : run.seek(when === 'after' ? { seq } : { icount: run.trace.icount(seq) });
			}
		);
		if (missing)
			this.error = `The address asks for event ${count(seq)}, which this run does not have: it ends after event ${count(this.length - 1)}.`;
		else if (report && report.cause !== 'paused') this.choose(seq);
	}

	close(): void {
		this.#drawing.stop();
		this.debugger?.close();
		this.client?.close();
		this.debugger = this.client = null;
	}

	/** Whether there is more in the trace than how the hypervisor booted. */
	get hasRun(): boolean {
		return this.recording !== null || this.length > this.#start.seq;
	}
	/** How many steps wait for their turn. */
	get waiting(): number {
		return this.#turns.length;
	}
	/** Whether a step can be asked for: at once, or in its turn. A run that goes on has no end that one could wait for. */
	get takesSteps(): boolean {
		const order = this.#ordered?.order;
		return this.client !== null && !this.loading && !(order?.kind === 'run' && !order.back);
	}
	/** Whether an order is being carried out. */
	get acting(): boolean {
		return this.#ordered !== null;
	}
	/** Something was asked for that cannot be done while something else goes on: says so. */
	refuse(): void {
		if (this.busy || this.acting) this.hint = this.loading ? 'It takes orders once it stands.' : 'Pause it first.';
	}

	/** Takes a step, after those that were asked for before. */
	#inTurn(take: () => Promise<StopReport | null>): void {
		if (!this.takesSteps) this.refuse();
		else if (!this.#ordered) void take();
		else if (this.waiting < MOST_TURNS) this.#turns = [...this.#turns, take];
		else this.hint = `No more than ${MOST_TURNS} steps wait.`;
	}

	/** The next step in turn, unless what came before it ended the matter. @returns how many were left out */
	#nextTurn(order: Order, report: StopReport | null): number {
		const [next, ...rest] = this.#turns;
		if (!next) return 0;
		// Back to a breakpoint is where such an order is to lead.
		const halted = !report || (HALTS.includes(report.cause) && !(order.kind === 'run' && report.cause === 'point'));
		this.#turns = halted ? [] : rest;
		if (!halted) void next();
		return halted ? rest.length + 1 : 0;
	}

	/** Carries out one order and looks at where it led. An order given while another goes on is left out; steps have their turn. */
	async order(
		order: Order,
		carryOut: (client: RunClient, steps: DebugSession) => Promise<StopReport>
	): Promise<StopReport | null> {
		const client = this.client;
		if (!client || this.#ordered || this.loading) return null;
		this.#ordered = { client, order };
		this.error = this.hint = '';
		this.chosen = -1;
		let ended: StopReport | null = null;
		const late = setTimeout(() => (this.announced = order.kind === 'run' ? 'Running.' : 'On the way …'), LONG_MS);
		try {
			const report = await carryOut(client, this.debugger!);
			const inspection = await gather(client, this.debugger!, this.inspection, this.walkAddress);
			if (client !== this.client) return null;
			this.#tell(order, report, inspection, client.trace);
			ended = report;
			return report;
		} catch (error) {
			if (client === this.client) this.#fail(error);
			return null;
		} finally {
			clearTimeout(late);
			if (client === this.client) {
				this.#ordered = null;
				this.hint = '';
				this.#drawing.now();
				if (this.moment) this.viewport.reveal(this.moment.cycle);
				const left = this.#nextTurn(order, ended);
				if (left > 0) this.said = this.announced = `${this.said} ${counted(LEFT_OUT, left)}`;
			}
		}
	}

	/** Shows where an order led, and says it. */
	#tell(order: Order, report: StopReport, inspection: Inspection, trace: TraceView): void {
		const { icount, seq } = inspection.moment;
		const row = report.cause === 'point' ? this.breakpoints.rows.find(({ id }) => id === report.point) : undefined;
		const stop: Stop = {
			order,
			cause: report.cause,
			before: this.moment,
			now: inspection.moment,
			trace,
			code: this.code,
			ahead: inspection.code
		};
		if (row) stop.breakpoint = { text: row.text, query: queryOf(row) };
		const found = foundEvent(stop);
		const atStart = icount === this.#start.icount && seq === this.#start.seq;
		this.said = this.announced = atStart ? AT_START : stopSentence(stop, found);
		this.breakpoints.count(report.hits);
		this.debugger?.at(inspection.moment);
		if (this.debugger) this.breakpoints.names = this.debugger.names;
		this.before = this.moment;
		this.inspection = inspection;
		this.chosen = found;
	}

	/** Where the run is to stop by the learner's breakpoints. */
	get #stops(): StopPoint[] {
		return this.breakpoints.points;
	}
	/** Where the scenario's own run ends, as long as that lies ahead. */
	#goal = ({ progress }: RunClient): StopSpec => (this.source ? goalOf(this.source.scenario, progress.cycle) : {});
	run = () =>
		this.order({ kind: 'run', back: false }, (run) => run.advance({ ...this.#goal(run), points: this.#stops }));
	/** Back to where a breakpoint held last, or to the beginning. */
	runBack = (): void =>
		this.#inTurn(() => this.order({ kind: 'run', back: true }, (run) => run.reverseContinue({ points: this.#stops })));
	/** Stops what goes on; steps that wait are not taken any more. */
	pause = (): void => {
		this.#turns = [];
		void this.client?.pause();
	};
	step = (step: Step): void =>
		this.#inTurn(() => this.order(orderOf(step, false), (_, steps) => steps.step(step, this.#stops)));
	back = (step: Step): void =>
		this.#inTurn(() => this.order(orderOf(step, true), (_, steps) => steps.back(step, this.#stops)));
	toStart = (): void => this.toMoment(this.#start);
	toEvent = (seq: number): void =>
		this.#inTurn(() => this.order({ kind: 'go', back: false, event: seq }, (run) => run.seek({ seq })));
	toMoment = (place: Place): void =>
		this.#inTurn(() => this.order({ kind: 'go', back: false }, (run) => run.seek(place)));
	runTo = (address: number): void => this.step({ kind: 'until', address });

	/** Changes something at this moment: the run has another future from here on, and keeps the old one. */
	fork = (change: Change) =>
		this.order(
			{ kind: 'fork', back: false, did: `Changed: ${describeChange(change)}. This is a future of its own.` },
			async (run) => {
				await run.fork(change);
				return standing(run);
			}
		);
	/**
	 * Another future, in which the answer that event `seq` is was the other one: it parts before the instruction that had the question
	 * asked, and stands behind that instruction.
	 */
	async overrule(seq: number): Promise<void> {
		const { trace } = this;
		if (!trace || !this.client) return;
		if (this.acting || this.loading) return this.refuse();
		const { name, question, passed } = questionAt(trace, seq);
		const final = passed ? undefined : FINAL_CHECKS.get(name as CheckName);
		if (final) {
			this.error = `This no is final: ${words.finals[final]}.`;
			return;
		}
		const did = `Overruled: ‘${question}’ is taken as answered ${passed ? 'no' : 'yes'}. This is a future of its own.`;
		const { icount, seq: at } = this.moment!;
		const here = { icount, seq: at };
		let [turned, early] = [-1, false];
		await this.order({ kind: 'fork', back: false, did }, async (run) => {
			const start = await run.seek({ icount: trace.icount(seq) });
			if (start.cause === 'paused') return start;
			let nth = 0;
			for (let at = start.seq; at <= seq; at++)
				if (trace.kind(at) === KIND.check && questionAt(trace, at).name === name) nth++;
			await run.fork({ kind: 'turn_answer', check: name, nth });
			if (nth === 0) {
				early = true;
				return run.seek(here);
			}
			// The change is recorded, the question, and that its answer was overruled.
			turned = seq + 2;
			return run.advance({ seq: turned + 1 });
		});
		if (early) {
			this.said = this.announced = 'Nothing has changed.';
			this.error =
				'This was asked before the first moment at which something can be changed: while the hypervisor built the domains.';
		} else if (turned >= 0 && this.trace?.kind(turned) === KIND.overruled) this.choose(turned);
	}
	/** Turns to another future: at the same moment where both have it, else where they part. */
	switchTo = (id: number) =>
		this.order({ kind: 'fork', back: false, did: `In the future ${this.timelines[id]?.name ?? id}.` }, (run) =>
			run.switchTo(id)
		);
	/** Looks again, after something was done to the run by other means. */
	refresh = () => this.order({ kind: 'go', back: false }, (run) => Promise.resolve(standing(run)));

	/** Types on the console and lets the guest run, so that it can read it. */
	async type(text: string, dom = 1): Promise<void> {
		const client = this.client;
		if (!client || this.loading) return;
		try {
			await client.type(text, dom);
			if (client === this.client && !this.busy) await this.run();
		} catch (error) {
			this.error = messageOf(error);
		}
	}

	/**
	 * Types a command of xl in the toolstack's shell, and lets the machine run until it is done. Where the machine moves already, it is only
	 * typed.
	 */
	async xl(command: string): Promise<void> {
		const client = this.client;
		if (!client || this.loading) return;
		try {
			if (await this.#showConsole(command)) return;
			await client.type(`${command}\n`, DOMID_SELF);
			if (client === this.client && !this.busy) await this.#untilSettled(command);
		} catch (error) {
			this.error = messageOf(error);
		}
	}
	/** `xl console DOMAIN`: each domain has a console here, so that one is shown, and the shell stays free. @returns whether it was that */
	async #showConsole(command: string): Promise<boolean> {
		const name = /^\s*console\s+(\S+)\s*$/.exec(command)?.[1];
		if (name === undefined || !this.client) return false;
		const { domains } = await this.client.inspectWith('toolstack');
		const domain = domains.find((each) => each.name === name || String(each.dom) === name);
		// Of a domain without one, or of none, xl itself says so.
		if (!domain || (domain.dom === 0 && domain.vcpus === 0)) return false;
		this.console = domain.dom;
		void this.layout.go('console');
		return true;
	}
	#untilSettled(command: string): Promise<StopReport | null> {
		const order: Order = { kind: 'run', back: false };
		return this.order(order, async (run) => {
			let { cycle } = run.progress;
			for (let looks = 0; ; looks++) {
				const stretch = SHELL_LOOK_CYCLES * 2 ** Math.min(looks, LONGEST_LOOK);
				const report = await run.advance({ cycle: cycle + stretch, points: this.#stops });
				// With every domain paused nothing moves any more, and that is what was asked for.
				const rests = report.cause === 'stuck';
				if (!(report.cause === 'cycle' || rests) || looks > MOST_LOOKS) return report;
				({ cycle } = report);
				if ((await run.inspectWith('toolstack')).busy) {
					if (rests) return report;
					continue;
				}
				order.did = `xl ${command}: done.`;
				return report;
			}
		});
	}

	toggleBreakpoint(address: number): void {
		this.breakpoints.toggle(address);
	}

	/** The moment where the machine stands, as bookmarks name it. */
	get #here(): Omit<Bookmark, 'id' | 'note'> | null {
		if (!this.moment) return null;
		const { icount, seq, cycle } = this.moment;
		return { icount, seq, cycle, timeline: this.timeline };
	}
	/** The bookmark of this moment, if it has one. */
	get markedHere(): Bookmark | undefined {
		return this.#here ? this.bookmarks.at(this.#here) : undefined;
	}
	/** The bookmark of this moment, made if there is none. */
	markHere(): Bookmark | null {
		return this.#here && this.bookmarks.add(this.#here);
	}
	toggleBookmark(): void {
		const there = this.markedHere;
		if (there) this.bookmarks.remove(there.id);
		else this.markHere();
		this.announced = there ? 'The mark of this moment is gone.' : 'This moment is marked.';
	}
	toBookmark = (mark: Bookmark): void => this.#inTurn(() => this.#visit(mark));
	#visit = (mark: Bookmark): Promise<StopReport | null> =>
		this.order({ kind: 'go', back: false, mark: mark.note }, async (run) => {
			if (mark.timeline !== run.timeline && run.timelines.some(({ id }) => id === mark.timeline))
				await run.switchTo(mark.timeline);
			return run.seek({ icount: mark.icount, seq: mark.seq });
		});
	/** Goes to the next bookmark after this moment, or the one before; round at the ends. */
	turnBookmark(by: 1 | -1): void {
		this.#inTurn(async () => {
			const mark = this.#here && this.bookmarks.next(this.#here, by);
			return mark ? this.#visit(mark) : null;
		});
	}

	async follow(address: number | null): Promise<void> {
		this.walkAddress = address;
		const { client, moment } = this;
		if (!client || !moment) return;
		const walk = await client.walk(address ?? interesting(client, moment));
		if (this.inspection?.moment === moment) this.inspection = { ...this.inspection, walk };
	}
}
