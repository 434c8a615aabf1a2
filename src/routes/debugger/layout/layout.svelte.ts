/**
 * The arrangement that a page shows and what can be done with it. It is remembered in the browser; an address may
 * bring one of its own. Nothing here knows the panels but by their rows.
 */
import { tick } from 'svelte';
import { load, save } from '../../shell/stored';
import {
	close,
	edge,
	fromText,
	join,
	only,
	open,
	panelsOf,
	resize,
	show,
	stack,
	stackWith,
	stacksOf,
	stand,
	toText,
	type Arrangement,
	type Side
} from './arrangement';
import { ARRANGEMENTS } from './arrangements';
import { neighbour, type StackBox } from './boxes';

/** What a layout has to know of a panel. */
export interface PanelPlace {
	readonly id: string;
	readonly title: string;
	/** Panels beside which it opens as a tab, the first that is open. */
	readonly near: readonly string[];
	/** Needs only a trace, no machine. */
	readonly fromTrace?: boolean;
}

const KEY = 'debugger.panels';

export class Layout {
	now: Arrangement = $state.raw(stack(''));
	/** The panel that had the focus last: what the commands move. */
	current = $state('');
	/** The one panel that fills the page, or ''. */
	alone = $state('');
	/** One panel at a time, as on a phone. Set by the view. */
	narrow = $state(false);
	/** A panel that is to take the focus when it has come up. */
	wanted = $state('');
	/** Boxes as last drawn. Set by the view. */
	boxes: readonly StackBox[] = [];
	/** While a trace without a machine is shown: how the panels stood before. */
	#before: Arrangement | null = null;

	/** @param rows of all panels there are */
	constructor(readonly rows: readonly PanelPlace[]) {
		this.now = this.named('debug');
		this.current = stacksOf(this.now)[0].shown;
	}

	/** What was remembered, if anything. Call in the browser. */
	restore(): void {
		const kept = load<unknown>(KEY, '');
		if (typeof kept === 'string' && kept) this.read(kept);
	}

	/** An arrangement that comes with the page, as far as its panels exist. */
	private named(id: string): Arrangement {
		const row = ARRANGEMENTS.find((each) => each.id === id) ?? ARRANGEMENTS[0];
		const read = fromText(row.text);
		const known = typeof read === 'string' ? null : only(read, (panel) => this.has(panel));
		return known ?? stack(...this.rows.slice(0, 1).map((each) => each.id));
	}

	has(panel: string): boolean {
		return this.rows.some(({ id }) => id === panel);
	}
	titleOf(panel: string): string {
		return this.rows.find(({ id }) => id === panel)?.title ?? panel;
	}
	isOpen(panel: string): boolean {
		return stackWith(this.now, panel) !== undefined;
	}
	/** Panels that are open, in reading order. */
	get panels(): string[] {
		return panelsOf(this.now);
	}

	get text(): string {
		return toText(this.now);
	}
	/** The name of the arrangement when it is one that comes with the page, unchanged; else ''. */
	get name(): string {
		return ARRANGEMENTS.find(({ id }) => toText(this.named(id)) === this.text)?.id ?? '';
	}

	/** Takes over an arrangement: the name of one that comes with the page, or its text. @returns the problem, or '' */
	read(text: string): string {
		if (ARRANGEMENTS.some(({ id }) => id === text)) {
			this.#set(this.named(text));
			return '';
		}
		const read = fromText(text);
		if (typeof read === 'string') return read;
		const known = only(read, (panel) => this.has(panel));
		if (!known) return 'has no panel that this page knows';
		this.#set(known);
		return '';
	}

	#set(next: Arrangement): void {
		this.now = next;
		if (!stackWith(next, this.current)) this.current = stacksOf(next)[0].shown;
		if (this.alone && !stackWith(next, this.alone)) this.alone = '';
		if (typeof window !== 'undefined' && !this.#before) save(KEY, this.name || this.text);
	}

	/** For a trace without a machine, leaves the panels that need none; with one again, brings back how all stood. */
	forMachine(there: boolean): void {
		if (there === (this.#before === null)) return;
		const before = this.#before;
		this.alone = '';
		if (before) {
			this.#before = null;
			this.#set(before);
			return;
		}
		this.#before = this.now;
		const needsNone = (panel: string): boolean => this.rows.some((row) => row.id === panel && row.fromTrace);
		this.#set(only(this.now, needsNone) ?? only(this.named('debug'), needsNone) ?? this.now);
	}

	arrange(id: string): void {
		this.alone = '';
		this.#set(this.named(id));
	}
	show(panel: string): void {
		this.current = panel;
		if (this.alone) this.alone = panel;
		this.#set(show(this.now, panel));
	}
	open(panel: string): void {
		const row = this.rows.find(({ id }) => id === panel);
		if (!row) return;
		const next = open(this.now, panel, row.near);
		this.current = panel;
		if (this.alone) this.alone = panel;
		this.#set(next);
	}
	/** Opens a panel and gives it the keyboard. */
	async go(panel: string): Promise<void> {
		this.open(panel);
		this.wanted = panel;
		await tick();
	}
	close(panel: string): void {
		this.#set(close(this.now, panel));
	}
	join(panel: string, other: string, at?: number): void {
		this.#set(join(this.now, panel, other, at));
	}
	stand(panel: string, beside: string, side: Side): void {
		this.#set(stand(this.now, panel, beside, side));
	}
	edge(panel: string, side: Side): void {
		this.#set(edge(this.now, panel, side));
	}
	resize(path: readonly number[], index: number, by: number): void {
		this.#set(resize(this.now, path, index, by));
	}

	/** The panel shown beyond that side of `panel`, or '' at the edge. */
	beyond(panel: string, side: Side): string {
		const from = this.boxes.find(({ stack: each }) => each.panels.includes(panel));
		return (from && neighbour(this.boxes, from, side)?.stack.shown) ?? '';
	}

	/**
	 * One step to a side, by keyboard what a drag does: out of a stack with others to that side of it; a panel that
	 * stands alone goes into the stack on that side.
	 */
	move(panel: string, side: Side): void {
		const from = stackWith(this.now, panel);
		if (!from) return;
		if (from.panels.length > 1) return this.stand(panel, panel, side);
		const other = this.beyond(panel, side);
		if (other) this.join(panel, other);
	}

	/** The next panel, or the one before, of all that are open. */
	turn(by: 1 | -1): void {
		const all = this.panels;
		const at = all.indexOf(this.current);
		void this.go(all[(at + by + all.length) % all.length]);
	}
}
