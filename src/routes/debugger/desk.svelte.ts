/**
 * What the debugger page shows and does: one run, the moment where it stands, and the moment before, so
 * that changes can be marked. Every order ends in `gather`, which asks the worker for all that is drawn; what it
 * brings is shown at once, so that all panels always speak of the same moment.
 */
import { KIND } from '../../trace/events';
import type { CodeLine, FrameMap, MomentState, SpaceRegion, TruthView, Walk } from '../../trace/moment';
import type { TraceView } from '../../trace/view';
import { GuestImages, nameOf } from '../../debugger/guest-image';
import { DebugSession, type StepKind } from '../../debugger/session';
import { RunClient, type LogEntry, type Progress, type StopReport } from '../../workbench/client';
import { ScoreViewport } from '../../views/score/viewport.svelte';
import { Bookmarks, type Bookmark } from './bookmarks.svelte';
import { Breakpoints } from './breakpoints.svelte';
import { Drawing } from './drawing';
import { findImage, keep } from './images';
import { LastLine } from './last-line';
import type { Layout } from './layout/layout.svelte';
import { gather, interesting, type Look } from './look';
import { Query } from './query.svelte';
import { AT_START, foundEvent, stopSentence, type Order } from './stops';
import { scenarioOf, type Target } from './target';

/** A moment that an address names. */
export interface Place {
	icount: number;
	seq?: number;
}

/** An order that takes longer is announced when it starts, milliseconds. */
const LONG_MS = 700;

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export class Desk {
	client: RunClient | null = $state.raw(null);
	/** Steps and code as text, on the same run. */
	debugger: DebugSession | null = $state.raw(null);
	target: Target | null = $state.raw(null);
	/** Shown name of what runs. */
	name = $state('');
	progress: Progress | null = $state.raw(null);
	before: MomentState | null = $state.raw(null);
	/** Address that the page-table walk follows, or null: what the moment is about. */
	walkAddress: number | null = $state.raw(null);
	/** Event chosen in the score or the list, or -1: the last one before the cursor. */
	chosen = $state(-1);
	loading = $state(false);
	error = $state('');
	/** What the last order did and where it stands, in words. */
	said = $state('');
	/** The same for the live region, and when a long order begins. */
	announced = $state('');
	/** The last line on the first guest's console. */
	lastLine = $state('');
	/** All pictures as text. */
	asText = $state(false);
	readonly breakpoints = new Breakpoints();
	readonly bookmarks = new Bookmarks();
	readonly query: Query = new Query(this);
	readonly viewport = new ScoreViewport();
	#look: Look | null = $state.raw(null);
	/** The run whose order is being carried out. */
	#ordered: RunClient | null = $state.raw(null);
	#loads = 0;
	readonly #drawing = new Drawing(() => this.#take());
	#images = new GuestImages([]);
	/** The first instruction of the guest kernel. */
	#start: Place = { icount: 0 };
	readonly #kept = new Map<string, object>();

	/** Opens the palette; set by the page. */
	onpalette: () => void = () => {};

	/** @param layout where the panels stand */
	constructor(readonly layout: Layout) {}

	get moment(): MomentState | null {
		return this.#look?.moment ?? null;
	}
	get code(): CodeLine[] {
		return this.#look?.code ?? [];
	}
	get frames(): FrameMap | null {
		return this.#look?.frames ?? null;
	}
	get truths(): TruthView | null {
		return this.#look?.truths ?? null;
	}
	get space(): SpaceRegion[] {
		return this.#look?.space ?? [];
	}
	get walk(): Walk | null {
		return this.#look?.walk ?? null;
	}
	/** The machine moves, or is being built. */
	get busy(): boolean {
		return this.loading || (this.progress !== null && this.progress.doing !== 'idle');
	}
	/** Every event known of the run that is shown. */
	get trace(): TraceView | null {
		void this.progress;
		return this.client?.trace ?? null;
	}
	get length(): number {
		return this.progress ? (this.client?.trace.length ?? 0) : 0;
	}
	/** The event that the pictures speak of. */
	get focus(): number {
		if (this.chosen >= 0 && this.chosen < this.length) return this.chosen;
		return this.moment ? Math.min(this.moment.seq, this.length) - 1 : -1;
	}

	/** What a panel holds on to while it is out of sight: made once, the same reactive object ever after. */
	kept<T extends object>(panel: string, make: () => T): T {
		const there = this.#kept.get(panel);
		if (there) return there as T;
		const made = $state(make());
		this.#kept.set(panel, made);
		return made;
	}

	/**
	 * Builds a machine for the target and shows it. On failure `error` says why, and what was loaded before stays.
	 * @param log of an earlier run, to be had again
	 * @returns whether the target is loaded now
	 */
	async load(target: Target, log: LogEntry[] = [], place: Place | null = null): Promise<boolean> {
		const ticket = ++this.#loads;
		this.error = '';
		this.loading = true;
		let client: RunClient | null = null;
		const names: Record<string, string> = {};
		const bytes: Record<string, Uint8Array> = {};
		try {
			for (const { image } of target.domains) {
				const found = await findImage(image);
				names[image] = found.name;
				bytes[image] = found.bytes;
			}
			const scenario = scenarioOf(target, names);
			client = await RunClient.open(scenario, bytes, log as never);
			const steps = DebugSession.open(client, bytes[target.domains[0].image]);
			const images = new GuestImages(target.domains.map(({ image }, at) => ({ dom: at + 1, image: bytes[image] })));
			// The hypervisor's boot is over when its first IRET has entered the guest kernel.
			await client.advance({ kinds: [KIND.far_return] });
			const look = await gather(client, steps, null, null);
			if (ticket !== this.#loads) {
				steps.close();
				client.close();
				return false;
			}
			this.#images = images;
			this.#show(client, steps, target, scenario.name ?? '', look);
			for (const { image } of target.domains) void keep(image);
		} catch (error) {
			client?.close();
			const name = Object.values(names).join(' + ');
			if (ticket === this.#loads) this.error = name ? `${name}: ${messageOf(error)}.` : messageOf(error);
			return false;
		} finally {
			if (ticket === this.#loads) this.loading = false;
		}
		if (place) await this.#return(place);
		return true;
	}

	/** Puts a run that was just built in the place of the one shown. */
	#show(client: RunClient, steps: DebugSession, target: Target, name: string, look: Look): void {
		this.close();
		const imagesOf = (of: Target | null): string => (of?.domains ?? []).map(({ image }) => image).join();
		if (imagesOf(target) !== imagesOf(this.target)) this.breakpoints.clear();
		this.breakpoints.names = { images: this.#images, dom: look.moment.dom };
		this.bookmarks.clear();
		this.client = client;
		this.debugger = steps;
		this.target = target;
		this.name = name;
		this.chosen = -1;
		this.before = null;
		this.walkAddress = null;
		this.#ordered = null;
		this.#look = look;
		this.#start = { icount: look.moment.icount, seq: look.moment.seq };
		this.#drawing.now();
		this.said = AT_START;
		this.announced = `${name} is loaded. ${AT_START}`;
		this.viewport.showAll();
		let line = new LastLine();
		this.lastLine = line.add(client.console());
		client.subscribe((news) => {
			if (news.consoleReset) line = new LastLine();
			for (const { dom, bytes } of news.console) if (dom === 1) line.add(bytes);
			if (line.text !== this.lastLine) this.lastLine = line.text;
			// What an order ends with is shown together with the look that follows it.
			if (news.doing === 'idle' && this.#ordered) return;
			this.#drawing.soon();
		});
	}

	#take(): void {
		if (!this.client) return;
		const { trace, progress: news } = this.client;
		this.progress = news;
		this.viewport.grow(trace.length ? Math.max(news.cycle, trace.cycle(trace.length - 1)) : news.cycle);
	}

	/** Goes to the moment that an address named, and says so when the run has no such moment. */
	async #return(place: Place): Promise<void> {
		const { moment } = this;
		if (moment && moment.icount === place.icount && moment.seq === (place.seq ?? moment.seq)) return;
		const report = await this.order({ kind: 'go', back: false }, (run) => run.goto(place));
		if (!report || report.cause === 'paused') return;
		const missed = report.icount < place.icount || (place.seq !== undefined && report.seq !== place.seq);
		if (missed)
			this.error =
				`The address asks for instruction ${place.icount.toLocaleString('en')}` +
				`${place.seq === undefined ? '' : `, event ${place.seq.toLocaleString('en')}`}, which this run does not have: ` +
				`it stands at instruction ${report.icount.toLocaleString('en')}, event ${report.seq.toLocaleString('en')}.`;
	}

	close(): void {
		this.#drawing.stop();
		this.debugger?.close();
		this.client?.close();
		this.debugger = this.client = null;
	}

	/** Carries out one order and looks at where it led. An order given while another goes on is left out. */
	async order(
		order: Order,
		carryOut: (client: RunClient, steps: DebugSession) => Promise<StopReport>
	): Promise<StopReport | null> {
		const client = this.client;
		if (!client || this.#ordered || this.loading) return null;
		this.#ordered = client;
		this.error = '';
		this.chosen = -1;
		const late = setTimeout(() => (this.announced = order.kind === 'run' ? 'Running.' : 'On the way …'), LONG_MS);
		try {
			const report = await carryOut(client, this.debugger!);
			const look = await gather(client, this.debugger!, this.#look, this.walkAddress);
			if (client !== this.client) return null;
			this.#tell(order, report, look, client.trace);
			return report;
		} catch (error) {
			if (client === this.client) this.error = messageOf(error);
			return null;
		} finally {
			clearTimeout(late);
			if (client === this.client) {
				this.#ordered = null;
				this.#drawing.now();
				if (this.moment) this.viewport.reveal(this.moment.cycle);
			}
		}
	}

	/** Shows where an order led, and says it. */
	#tell(order: Order, report: StopReport, look: Look, trace: TraceView): void {
		const { icount, seq } = look.moment;
		// Going back, the instruction that comes next is found in the new listing.
		const code = order.back ? look.code : this.code;
		const stop = { order, cause: report.cause, before: this.moment, now: look.moment, trace, code };
		const found = foundEvent(stop);
		const atStart = icount === this.#start.icount && seq === this.#start.seq;
		this.said = this.announced = atStart ? AT_START : stopSentence(stop, found);
		this.breakpoints.count(report.hits);
		this.breakpoints.names = { images: this.#images, dom: look.moment.dom };
		this.before = this.moment;
		this.#look = look;
		this.chosen = found;
	}

	/** Where the run is to stop by the learner's breakpoints. */
	get #addresses(): number[] {
		return this.breakpoints.points.flatMap((point) => (point.kind === 'address' ? [point.address] : []));
	}
	run = () => this.order({ kind: 'run', back: false }, (run) => run.advance({ breakpoints: this.#addresses }));
	pause = () => void this.client?.pause();
	step = (kind: StepKind) => this.order({ kind, back: false }, (_, steps) => steps.step(kind, this.#addresses));
	back = (kind: StepKind) => this.order({ kind, back: true }, (_, steps) => steps.back(kind));
	toStart = () => this.order({ kind: 'go', back: false }, (run) => run.goto(this.#start));
	toEvent = (seq: number) => this.order({ kind: 'go', back: false, event: seq }, (run) => run.goto({ seq }));
	toMoment = (place: Place) => this.order({ kind: 'go', back: false }, (run) => run.goto(place));
	runTo = (address: number) =>
		this.order({ kind: 'run', back: false }, (run) => run.advance({ breakpoints: [...this.#addresses, address] }));

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

	/** Chooses an event to speak of, without moving the machine. */
	choose(seq: number): void {
		this.chosen = seq;
		const { trace } = this;
		if (trace && seq >= 0 && seq < trace.length) this.viewport.reveal(trace.cycle(seq));
	}

	toggleBreakpoint(address: number): void {
		this.breakpoints.toggle(address);
	}

	/** The moment where the machine stands, as bookmarks name it. */
	get #here(): Omit<Bookmark, 'id' | 'note'> | null {
		if (!this.moment) return null;
		const { icount, seq, cycle } = this.moment;
		return { icount, seq, cycle, timeline: 0 };
	}
	/** The bookmark of this moment, made if there is none. */
	markHere(): Bookmark | null {
		return this.#here && this.bookmarks.add(this.#here);
	}
	toggleBookmark(): void {
		const there = this.#here && this.bookmarks.at(this.#here);
		if (there) this.bookmarks.remove(there.id);
		else this.markHere();
		this.announced = there ? 'The mark of this moment is gone.' : 'This moment is marked.';
	}
	toBookmark = (mark: Bookmark) =>
		this.order({ kind: 'go', back: false, mark: mark.note }, (run) => run.goto({ icount: mark.icount, seq: mark.seq }));
	/** Goes to the next bookmark after this moment, or the one before; round at the ends. */
	turnBookmark(by: 1 | -1): void {
		const mark = this.#here && this.bookmarks.next(this.#here, by);
		if (mark) void this.toBookmark(mark);
	}

	/** `kernel_main+0x4` in the domain that runs, or '' where no symbol is near. */
	nameOf(address: number): string {
		return nameOf(this.#images.of(this.moment?.dom ?? 1), address);
	}

	async follow(address: number | null): Promise<void> {
		this.walkAddress = address;
		const { client, moment } = this;
		if (!client || !moment) return;
		const walk = await client.walk(address ?? interesting(client, moment));
		if (this.#look?.moment === moment) this.#look = { ...this.#look, walk };
	}
}
