/** What is debugged: one run, which outlives the clients that come and go. */
import type { Run } from '../workbench/run';
import { toFirstGuest } from './resume';

/** A run and what GDB is told about it. */
export class Debuggee {
	/** Instruction count of the earliest moment that a client is taken to: the first instruction of a guest. */
	readonly first: number;

	/** @param image path of the kernel image of domain 1, from which GDB may read symbols; '' none */
	constructor(
		readonly run: Run,
		readonly image: string
	) {
		this.first = toFirstGuest(run);
	}
}
