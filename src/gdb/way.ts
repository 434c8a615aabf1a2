/** Something long that goes on in pieces: whoever drives it listens to the socket in between, and may give it up. */
import type { Task } from '../workbench/task';

/** Yields after each piece; its result at the end. */
export type Way<T> = Generator<void, T, void>;

/** Instructions of a piece: so many first, then what takes about `PIECE_MS`, within bounds. */
const FIRST = 100_000;
const SHORTEST = 1000;
const LONGEST = 5_000_000;
const PIECE_MS = 20;

/**
 * Carries a task out. Given up, the machine stands where the task has come to; or, for a task that searches (`stay`), where it
 * stood before.
 */
export function* carryOut<T>(task: Task<T>, stay = false): Way<T> {
	let done = false;
	let piece = FIRST;
	try {
		for (;;) {
			const began = performance.now();
			const result = task.go(piece);
			if (result !== null) {
				done = true;
				return result;
			}
			const factor = PIECE_MS / Math.max(0.1, performance.now() - began);
			piece = Math.round(Math.min(LONGEST, Math.max(SHORTEST, piece * Math.min(4, Math.max(0.25, factor)))));
			yield;
		}
	} finally {
		if (!done && stay) task.cancel?.();
	}
}
