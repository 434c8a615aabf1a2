/**
 * What the debugger page shows and does: one run, the moment where it stands, and the moment before, so
 * that changes can be marked. Every command ends in `look`, which asks the worker for all that is drawn.
 */
import { SvelteSet } from 'svelte/reactivity';
import { KIND } from '../../trace/events';
import type { CodeLine, FrameMap, MomentState, SpaceRegion, TruthView, Walk } from '../../trace/moment';
import { DebugSession, type StepKind } from '../../debugger/session';
import { RunClient, type LoggedInput, type Progress, type StopReport } from '../../workbench/client';
import { ScoreViewport } from '../../views/score/viewport.svelte';
import { findImage } from './images';

/** What to load: an image by name or digest, its command line and memory. */
export interface Target {
	image: string;
	cmdline: string;
	memoryMiB: number;
}

const CODE_LINES = 48;
/** How far back a function's start may lie for the listing to begin there, bytes. */
const NEAR_SYMBOL = 120;

const WHY: Record<StopReport['cause'], string> = {
	cycle: 'reached the cycle',
	icount: 'reached the instruction',
	seq: 'reached the event',
	text: 'the text appeared',
	event: 'at an event',
	breakpoint: 'at a breakpoint',
	budget: 'running',
	ended: 'the domain has ended',
	stuck: 'the guest waits for input or an event that nothing will send',
	shutdown: 'the processor shut down',
	paused: 'paused'
};

export class Desk {
	client: RunClient | null = $state.raw(null);
	/** Steps and code as text, on the same run. */
	debugger: DebugSession | null = $state.raw(null);
	target: Target | null = $state.raw(null);
	/** Shown name of the image. */
	name = $state('');
	progress: Progress | null = $state.raw(null);
	moment: MomentState | null = $state.raw(null);
	before: MomentState | null = $state.raw(null);
	code: CodeLine[] = $state.raw([]);
	frames: FrameMap | null = $state.raw(null);
	truths: TruthView | null = $state.raw(null);
	space: SpaceRegion[] = $state.raw([]);
	walk: Walk | null = $state.raw(null);
	/** Address that the page-table walk follows, or null: the instruction pointer. */
	walkAddress: number | null = $state.raw(null);
	/** Event chosen in the score or the list, or -1: the last one before the cursor. */
	chosen = $state(-1);
	loading = $state(false);
	error = $state('');
	/** Why it stands, in words. */
	why = $state('');
	readonly breakpoints = new SvelteSet<number>();
	readonly viewport = new ScoreViewport();
	#commands = 0;
	#unsubscribe = () => {};

	get busy(): boolean {
		return this.loading || (this.progress !== null && this.progress.doing !== 'idle');
	}
	get length(): number {
		return this.progress ? (this.client?.trace.length ?? 0) : 0;
	}
	/** The event that the pictures speak of. */
	get focus(): number {
		if (this.chosen >= 0 && this.chosen < this.length) return this.chosen;
		return this.moment ? this.moment.seq - 1 : -1;
	}

	/** Builds a machine for the target; on failure `error` says why and what was loaded before stays. */
	async load(
		target: Target,
		log: LoggedInput[] = [],
		at: { icount: number; seq?: number } = { icount: 0 }
	): Promise<void> {
		this.error = '';
		this.loading = true;
		try {
			const image = await findImage(target.image);
			const client = await RunClient.open(
				{
					name: image.name,
					domains: [{ name: image.name, image: target.image, cmdline: target.cmdline, memoryMiB: target.memoryMiB }]
				},
				{ [target.image]: image.bytes },
				log
			);
			this.close();
			this.client = client;
			this.debugger = DebugSession.open(client, image.bytes);
			this.target = target;
			this.name = image.name;
			this.chosen = -1;
			this.before = null;
			this.walkAddress = null;
			this.why = 'at the first instruction of the guest kernel';
			this.viewport.showAll();
			this.#unsubscribe = client.subscribe((news) => {
				this.progress = news;
				this.viewport.grow(
					client.trace.length ? Math.max(news.cycle, client.trace.cycle(client.trace.length - 1)) : news.cycle
				);
			});
			this.progress = client.progress;
			// The hypervisor's boot is over when its first IRET has entered the guest kernel.
			if (at.icount === 0) await client.advance({ kinds: [KIND.far_return] });
			await this.look();
			if (at.icount > 0) await this.command((run) => run.goto(at));
		} catch (error) {
			this.error = error instanceof Error ? error.message : String(error);
		} finally {
			this.loading = false;
		}
	}

	close(): void {
		this.#unsubscribe();
		this.debugger?.close();
		this.client?.close();
		this.debugger = this.client = null;
	}

	/** Carries out one command and looks at where it led. A command given while another goes on is left out. */
	async command(run: (client: RunClient, steps: DebugSession) => Promise<StopReport>): Promise<void> {
		const client = this.client;
		if (!client || this.#commands > 0) return;
		this.#commands++;
		this.error = '';
		this.chosen = -1;
		const { icount, seq } = this.moment ?? { icount: -1, seq: -1 };
		try {
			const report = await run(client, this.debugger!);
			if (client !== this.client) return;
			this.why =
				report.icount === icount && report.seq === seq && report.cause !== 'paused'
					? `${WHY[report.cause]}; nothing further this way`
					: WHY[report.cause];
			await this.look();
		} catch (error) {
			this.error = error instanceof Error ? error.message : String(error);
		} finally {
			this.#commands--;
		}
	}

	run = () => this.command((run) => run.advance({ breakpoints: [...this.breakpoints] }));
	pause = () => this.client?.pause();
	step = (kind: StepKind) => this.command((_, steps) => steps.step(kind, [...this.breakpoints]));
	back = (kind: StepKind) => this.command((_, steps) => steps.back(kind));
	toStart = () => this.command((run) => run.goto({ icount: 0 }));
	toEvent = (seq: number) => this.command((run) => run.goto({ seq }));
	toInstruction = (icount: number) => this.command((run) => run.goto({ icount }));
	runTo = (address: number) => this.command((run) => run.advance({ breakpoints: [...this.breakpoints, address] }));

	/** Types on the console and lets the guest run, so that it can read it. */
	async type(text: string): Promise<void> {
		await this.client?.type(text);
		if (!this.busy) await this.run();
	}

	/** Chooses an event to speak of, without moving the machine. */
	choose(seq: number): void {
		this.chosen = seq;
		if (this.client) this.viewport.reveal(this.client.trace.cycle(seq));
	}

	toggleBreakpoint(address: number): void {
		if (!this.breakpoints.delete(address)) this.breakpoints.add(address);
	}

	async follow(address: number | null): Promise<void> {
		this.walkAddress = address;
		if (this.client && this.moment) this.walk = await this.client.walk(address ?? this.interesting(this.moment));
	}

	/** The address whose walk tells most: that of a page fault just taken, else of the instruction. */
	private interesting(moment: MomentState): number {
		const trace = this.client!.trace;
		for (let seq = moment.seq - 1; seq >= 0 && seq > moment.seq - 4; seq--)
			if (trace.kind(seq) === KIND.page_fault && trace.icount(seq) === moment.icount) return trace.arg(seq, 'addr');
		return moment.code.address;
	}

	/** Asks for everything that is drawn. */
	private async look(): Promise<void> {
		const client = this.client!;
		const moment = await client.inspect();
		const [code, frames, truths, space, walk] = await Promise.all([
			this.listing(moment),
			client.frames(),
			client.truths(),
			client.space(),
			client.walk(this.walkAddress ?? this.interesting(moment))
		]);
		this.before = this.moment;
		this.moment = moment;
		this.code = code;
		this.frames = frames;
		this.truths = truths;
		this.space = space;
		this.walk = walk;
		this.viewport.reveal(moment.cycle);
	}

	/** The listing around the instruction: the one shown while it holds the address, else from the start of the function. */
	private async listing(moment: MomentState): Promise<CodeLine[]> {
		const code = this.debugger!;
		const address = moment.code.address;
		const shown = this.code.findIndex((line) => line.address === address);
		if (shown >= 0 && shown < this.code.length - 8) {
			const again = await code.disassemble(this.code[0].address, CODE_LINES);
			if (again.some((line) => line.address === address)) return again;
		}
		const here = await code.disassemble(address, CODE_LINES);
		const offset = /\+0x([0-9a-f]+)$/.exec(here[0]?.where ?? '');
		const distance = offset ? parseInt(offset[1], 16) : 0;
		if (distance === 0 || distance > NEAR_SYMBOL) return here;
		const fromStart = await code.disassemble((address - distance) >>> 0, CODE_LINES + distance);
		const at = fromStart.findIndex((line) => line.address === address);
		return at < 0 ? here : fromStart.slice(0, Math.max(CODE_LINES, at + 24));
	}
}
