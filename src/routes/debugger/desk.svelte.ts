/**
 * What the debugger page shows and does: one run, the moment where it stands, and the moment before, so
 * that changes can be marked. Every order ends in `look`, which asks the worker for all that is drawn; what it
 * brings is shown at once, so that all panes always speak of the same moment.
 */
import { tick } from 'svelte';
import { SvelteSet } from 'svelte/reactivity';
import { KIND } from '../../trace/events';
import type { CodeLine, FrameMap, MomentState, SpaceRegion, TruthView, Walk } from '../../trace/moment';
import { DebugSession, type StepKind } from '../../debugger/session';
import { RunClient, type LoggedInput, type Progress, type StopReport } from '../../workbench/client';
import { ScoreViewport } from '../../views/score/viewport.svelte';
import { findImage, keep } from './images';
import type { Layout } from './layout/layout.svelte';
import { LastLine } from './last-line';
import { listing, stillShows } from './listing';
import { AT_START, foundEvent, stopSentence, type Order } from './stops';

/** What to load: an image by name or digest, its command line and memory. */
export interface Target {
	image: string;
	cmdline: string;
	memoryMiB: number;
}

/** A moment that an address names. */
export interface Place {
	icount: number;
	seq?: number;
}

/** All that is drawn of one moment. */
interface Look {
	moment: MomentState;
	code: CodeLine[];
	frames: FrameMap;
	truths: TruthView;
	space: SpaceRegion[];
	walk: Walk;
}

/** An order that takes longer is announced when it starts, milliseconds. */
const LONG_MS = 700;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export class Desk {
	client: RunClient | null = $state.raw(null);
	/** Steps and code as text, on the same run. */
	debugger: DebugSession | null = $state.raw(null);
	target: Target | null = $state.raw(null);
	/** Shown name of the image. */
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
	/** The last line on the guest's console. */
	lastLine = $state('');
	/** All pictures as text. */
	asText = $state(false);
	readonly breakpoints = new SvelteSet<number>();
	readonly viewport = new ScoreViewport();
	#look: Look | null = $state.raw(null);
	/** The run whose order is being carried out. */
	#ordered: RunClient | null = $state.raw(null);
	#loads = 0;
	#frame = 0;
	#drawAfter = 0;
	/** The first instruction of the guest kernel. */
	#start: Place = { icount: 0 };

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
	get length(): number {
		return this.progress ? (this.client?.trace.length ?? 0) : 0;
	}
	/** The event that the pictures speak of. */
	get focus(): number {
		if (this.chosen >= 0 && this.chosen < this.length) return this.chosen;
		return this.moment ? Math.min(this.moment.seq, this.length) - 1 : -1;
	}

	/**
	 * Builds a machine for the target and shows it. On failure `error` says why, and what was loaded before stays.
	 * @returns whether the target is loaded now
	 */
	async load(
		target: Target,
		log: LoggedInput[] = [],
		place: Place | null = null,
		breakpoints: readonly number[] = []
	): Promise<boolean> {
		const ticket = ++this.#loads;
		this.error = '';
		this.loading = true;
		let client: RunClient | null = null;
		let name = '';
		try {
			const image = await findImage(target.image);
			name = image.name;
			client = await RunClient.open(
				{ name, domains: [{ name, image: target.image, cmdline: target.cmdline, memoryMiB: target.memoryMiB }] },
				{ [target.image]: image.bytes },
				log
			);
			const steps = DebugSession.open(client, image.bytes);
			// The hypervisor's boot is over when its first IRET has entered the guest kernel.
			await client.advance({ kinds: [KIND.far_return] });
			const look = await this.#gather(client, steps, null);
			if (ticket !== this.#loads) {
				steps.close();
				client.close();
				return false;
			}
			this.#show(client, steps, { ...target }, name, look);
			void keep(target.image);
		} catch (error) {
			client?.close();
			if (ticket === this.#loads) this.error = name ? `${name}: ${messageOf(error)}.` : messageOf(error);
			return false;
		} finally {
			if (ticket === this.#loads) this.loading = false;
		}
		for (const address of breakpoints) this.breakpoints.add(address);
		if (place) await this.#return(place);
		return true;
	}

	/** Puts a run that was just built in the place of the one shown. */
	#show(client: RunClient, steps: DebugSession, target: Target, name: string, look: Look): void {
		this.close();
		if (target.image !== this.target?.image) this.breakpoints.clear();
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
		this.#take();
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
			this.#draw();
		});
	}

	/** News may come faster than the page can draw it: at most a third of the time goes into drawing a run that goes on. */
	#draw(): void {
		if (this.#frame) return;
		this.#frame = requestAnimationFrame(async () => {
			this.#frame = 0;
			const began = performance.now();
			if (began < this.#drawAfter) return this.#draw();
			this.#take();
			await tick();
			const ended = performance.now();
			this.#drawAfter = ended + 2 * (ended - began);
		});
	}

	#take(): void {
		if (this.#frame) cancelAnimationFrame(this.#frame);
		this.#frame = 0;
		if (!this.client) return;
		const { trace, progress: news } = this.client;
		this.progress = news;
		this.viewport.grow(trace.length ? Math.max(news.cycle, trace.cycle(trace.length - 1)) : news.cycle);
	}

	/** Goes to the moment that an address named, and says so when the run has no such moment. */
	async #return(place: Place): Promise<void> {
		const { moment } = this;
		if (moment && moment.icount === place.icount && moment.seq === (place.seq ?? moment.seq)) return;
		const report = await this.#order({ kind: 'go', back: false }, (run) => run.goto(place));
		if (!report || report.cause === 'paused') return;
		const missed = report.icount < place.icount || (place.seq !== undefined && report.seq !== place.seq);
		if (missed)
			this.error =
				`The address asks for instruction ${place.icount.toLocaleString('en')}` +
				`${place.seq === undefined ? '' : `, event ${place.seq.toLocaleString('en')}`}, which this run does not have: ` +
				`it stands at instruction ${report.icount.toLocaleString('en')}, event ${report.seq.toLocaleString('en')}.`;
	}

	close(): void {
		if (this.#frame) cancelAnimationFrame(this.#frame);
		this.#frame = 0;
		this.debugger?.close();
		this.client?.close();
		this.debugger = this.client = null;
	}

	/** Carries out one order and looks at where it led. An order given while another goes on is left out. */
	async #order(
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
			const look = await this.#gather(client, this.debugger!, this.#look);
			if (client !== this.client) return null;
			const stop = {
				order,
				cause: report.cause,
				before: this.moment,
				now: look.moment,
				trace: client.trace,
				code: this.code
			};
			// Going back, the instruction that comes next is found in the new listing.
			if (order.back) stop.code = look.code;
			const found = foundEvent(stop);
			const { icount, seq } = look.moment;
			const atStart = icount === this.#start.icount && seq === this.#start.seq;
			this.said = this.announced = atStart ? AT_START : stopSentence(stop, found);
			this.before = this.moment;
			this.#look = look;
			this.chosen = found;
			return report;
		} catch (error) {
			if (client === this.client) this.error = messageOf(error);
			return null;
		} finally {
			clearTimeout(late);
			if (client === this.client) {
				this.#ordered = null;
				this.#take();
				if (this.moment) this.viewport.reveal(this.moment.cycle);
			}
		}
	}

	#stops = () => [...this.breakpoints];
	run = () => this.#order({ kind: 'run', back: false }, (run) => run.advance({ breakpoints: this.#stops() }));
	pause = () => void this.client?.pause();
	step = (kind: StepKind) => this.#order({ kind, back: false }, (_, steps) => steps.step(kind, this.#stops()));
	back = (kind: StepKind) => this.#order({ kind, back: true }, (_, steps) => steps.back(kind));
	toStart = () => this.#order({ kind: 'go', back: false }, (run) => run.goto(this.#start));
	toEvent = (seq: number) => this.#order({ kind: 'go', back: false, event: seq }, (run) => run.goto({ seq }));
	runTo = (address: number) =>
		this.#order({ kind: 'run', back: false }, (run) => run.advance({ breakpoints: [...this.#stops(), address] }));

	/** Types on the console and lets the guest run, so that it can read it. */
	async type(text: string): Promise<void> {
		const client = this.client;
		if (!client || this.loading) return;
		try {
			await client.type(text);
			if (client === this.client && !this.busy) await this.run();
		} catch (error) {
			this.error = messageOf(error);
		}
	}

	/** Chooses an event to speak of, without moving the machine. */
	choose(seq: number): void {
		this.chosen = seq;
		if (this.client) this.viewport.reveal(this.client.trace.cycle(seq));
	}

	toggleBreakpoint(address: number): void {
		if (!this.breakpoints.delete(address)) this.breakpoints.add(address);
	}

	/** `kernel_main+0x4`, or '' where no symbol is near. */
	nameOf(address: number): string {
		const near = this.debugger?.symbols.near(address);
		return near ? (near.offset ? `${near.name}+0x${near.offset.toString(16)}` : near.name) : '';
	}

	async follow(address: number | null): Promise<void> {
		this.walkAddress = address;
		const { client, moment } = this;
		if (!client || !moment) return;
		const walk = await client.walk(address ?? this.#interesting(client, moment));
		if (this.#look?.moment === moment) this.#look = { ...this.#look, walk };
	}

	/** The address whose walk tells most: that of a page fault just taken, else of the instruction. */
	#interesting(client: RunClient, moment: MomentState): number {
		const { trace } = client;
		for (let seq = Math.min(moment.seq, trace.length) - 1; seq >= 0 && seq > moment.seq - 4; seq--)
			if (trace.kind(seq) === KIND.page_fault && trace.icount(seq) === moment.icount) return trace.arg(seq, 'addr');
		return moment.code.address;
	}

	/** Asks for everything that is drawn. What only the hypervisor changes is asked for only when it has acted since. */
	async #gather(client: RunClient, steps: DebugSession, last: Look | null): Promise<Look> {
		const moment = await client.inspect();
		const quiet = last !== null && last.moment.seq === moment.seq && last.moment.cr3 === moment.cr3;
		const { address, bytes } = moment.code;
		const shows = last !== null && last.moment.cr3 === moment.cr3 && stillShows(last.code, address, bytes);
		const [code, frames, space, truths, walk] = await Promise.all([
			shows ? last.code : listing(steps, address),
			quiet ? last.frames : client.frames(),
			quiet ? last.space : client.space(),
			client.truths(),
			client.walk(this.walkAddress ?? this.#interesting(client, moment))
		]);
		return { moment, code, frames, truths, space, walk };
	}
}
