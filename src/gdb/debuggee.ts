/** What is debugged: one run, which outlives the clients that come and go. */
import type { Run } from '../workbench/run';
import { toFirstGuest } from './resume';

/** A run and what GDB is told about it. */
export class Debuggee {
	/** The earliest moment that a client is taken to: the first instruction of a guest. */
	readonly first: { icount: number; seq: number };

	/** @param image path of the kernel image of domain 1, from which GDB may read symbols; '' none */
	constructor(
		readonly run: Run,
		readonly image: string
	) {
		this.first = toFirstGuest(run) ?? { icount: run.icount, seq: run.store.next };
	}

	/** Back to the beginning: what GDB calls to run the program again. */
	restart(): void {
		this.run.goto(this.first);
	}
}
