/**
 * What the debugger's page shows: one run, the moment where it stands, and the moment before, so that changes can be
 * marked; or a trace from a file. All of it is reactive; what is done to it is `desk.svelte.ts`'s.
 */
import type { CodeLine, FrameMap, MomentState, SpaceRegion, TruthView, Walk } from '../../moments';
import type { TraceView } from '../../trace/view';
import type { PositionLesson } from '../../debugger/position';
import type { DebugSession } from '../../debugger/session';
import { nameOf } from '../../debugger/guest-image';
import type { Progress, RunClient, Timeline } from '../../workbench/worker/client';
import { ScoreViewport } from '../../views/score/viewport.svelte';
import { Bookmarks } from './bookmarks.svelte';
import { Breakpoints } from './breakpoints.svelte';
import type { Layout } from './layout/layout.svelte';
import type { Inspection } from './inspection';
import { Query } from './query.svelte';
import type { Target } from './target';

/** A trace that somebody recorded, without the machine that it is of. */
export interface Recording {
	readonly name: string;
	readonly view: TraceView;
	/** What it is and what it cannot show, in a sentence or two. */
	readonly about: string;
}

export class Shown {
	client: RunClient | null = $state.raw(null);
	/** A trace from a file that is shown without a machine, or null. */
	recording: Recording | null = $state.raw(null);
	/** All futures of the run, the first one first, and the number of the current one. */
	timelines: readonly Timeline[] = $state.raw([]);
	timeline = $state(0);
	/** Steps and code as text, on the same run. */
	debugger: DebugSession | null = $state.raw(null);
	target: Target | null = $state.raw(null);
	/** Where in the course the reader comes from, or null. */
	lesson: PositionLesson | null = $state.raw(null);
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
	/** Why what was asked for just now was not done, while something else goes on. */
	hint = $state('');
	/** The machine is gone, and the page must be loaded again to have it back: its address has brought it here. */
	lost = $state(false);
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
	/** All that was asked of the machine at this moment. */
	protected inspection: Inspection | null = $state.raw(null);
	/** Whose input is behind the error that is shown. */
	#blamed = { of: '', error: '' };
	readonly #kept = new Map<string, object>();

	/** Opens the palette; set by the page. */
	onpalette: () => void = () => {};

	/** @param layout where the panels stand */
	constructor(readonly layout: Layout) {}

	get moment(): MomentState | null {
		return this.inspection?.moment ?? null;
	}
	get code(): CodeLine[] {
		return this.inspection?.code ?? [];
	}
	get frames(): FrameMap | null {
		return this.inspection?.frames ?? null;
	}
	get truths(): TruthView | null {
		return this.inspection?.truths ?? null;
	}
	get space(): SpaceRegion[] {
		return this.inspection?.space ?? [];
	}
	get walk(): Walk | null {
		return this.inspection?.walk ?? null;
	}
	/** The machine moves, or is being built. */
	get busy(): boolean {
		return this.loading || (this.progress !== null && this.progress.doing !== 'idle');
	}
	/** Every event known of the run that is shown, in its current future. */
	get trace(): TraceView | null {
		void this.progress;
		return this.recording?.view ?? this.client?.trace ?? null;
	}
	get length(): number {
		return this.trace?.length ?? 0;
	}
	/** The event that the pictures speak of. */
	get focus(): number {
		if (this.chosen >= 0 && this.chosen < this.length) return this.chosen;
		return this.moment ? Math.min(this.moment.seq, this.length) - 1 : this.length - 1;
	}

	/** Tells an error that goes when what `of` names is put right. */
	complain(error: string, of: string): void {
		this.error = error;
		this.#blamed = { of, error };
	}
	/** What `of` names is no longer what was complained of. */
	forgive(of: string): void {
		if (this.#blamed.of === of && this.#blamed.error === this.error) this.error = '';
	}

	/** What a panel holds on to while it is out of sight: made once, the same reactive object ever after. */
	kept<T extends object>(panel: string, make: () => T): T {
		const there = this.#kept.get(panel);
		if (there) return there as T;
		const made = $state(make());
		this.#kept.set(panel, made);
		return made;
	}

	/** Chooses an event to speak of, without moving the machine. */
	choose(seq: number): void {
		this.chosen = seq;
		const { trace } = this;
		if (trace && seq >= 0 && seq < trace.length) this.viewport.reveal(trace.cycle(seq));
	}

	/** `kernel_main+0x4` in the domain that runs, or '' where no symbol is near. */
	nameOf(address: number): string {
		return this.debugger ? nameOf(this.debugger.image, address) : '';
	}
}
