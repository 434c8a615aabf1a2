/** The breakpoints that the page holds, in the order in which they were set; what a row means is `src/debugger/breakpoints.ts`'s. */
import {
	addressesOf,
	countHits,
	parseBreakpoint,
	textFor,
	toPoints,
	toRow,
	type Breakpoint,
	type SavedBreakpoint
} from '../../debugger/breakpoints';
import type { Names } from '../../debugger/breakpoint-line';
import { GuestImages } from '../../debugger/guest-image';
import type { StopPoint, StopReport } from '../../workbench/worker/client';

export class Breakpoints {
	rows: readonly Breakpoint[] = $state.raw([]);
	/** What names are looked up in; set with each run that is loaded. */
	names: Names = $state.raw({ images: new GuestImages([]), dom: 1 });
	#next = 1;

	get size(): number {
		return this.rows.length;
	}

	/** The rows that stop before the instruction at a linear address. */
	at(address: number): Breakpoint[] {
		return this.rows.filter((row) => addressesOf(row).includes(address));
	}
	has(address: number): boolean {
		return this.at(address).length > 0;
	}

	/** Sets a breakpoint from a line of text. @throws BreakpointError with what is wrong and where */
	add(text: string, saved: Partial<SavedBreakpoint> = {}): Breakpoint {
		const row = toRow(parseBreakpoint(text, this.names), this.#next++, saved);
		this.rows = [...this.rows, row];
		return row;
	}
	/** Sets one before the instruction at `address`, or takes those away that are there. */
	toggle(address: number): void {
		const there = this.at(address);
		if (there.length === 0) this.add(textFor(this.names, address));
		else this.rows = this.rows.filter((row) => !there.includes(row));
	}
	/** Writes a row anew; it keeps its number and starts to count again. @throws BreakpointError */
	edit(id: number, text: string): void {
		const asked = parseBreakpoint(text, this.names);
		this.rows = this.rows.map((row) => (row.id === id ? toRow(asked, id, row) : row));
	}
	change(id: number, part: Partial<Pick<Breakpoint, 'enabled' | 'label' | 'hits'>>): void {
		this.rows = this.rows.map((row) => (row.id === id ? { ...row, ...part } : row));
	}
	remove(id: number): void {
		this.rows = this.rows.filter((row) => row.id !== id);
	}
	clear(): void {
		this.rows = [];
	}
	/** Addresses of those before an instruction. */
	*[Symbol.iterator](): IterableIterator<number> {
		for (const row of this.rows) yield* addressesOf(row);
	}

	/** Those that are to stop the run, as the machine takes them. */
	get points(): StopPoint[] {
		return this.rows.flatMap(toPoints);
	}

	/** Takes over how often each held on the way. */
	count(hits: StopReport['hits']): void {
		if (hits && hits.length > 0) this.rows = countHits(this.rows, hits);
	}
}
