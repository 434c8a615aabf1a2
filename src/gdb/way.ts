/** Something long that goes on in pieces: whoever drives it listens to the socket in between, and may give it up. */
import type { Task } from '../workbench/task';

/** Yields after each piece; its result at the end. */
export type Way<T> = Generator<void, T, void>;

/** Instructions between two looks at the socket. */
const STRETCH = 500_000;

/**
 * Carries a task out. Given up, the machine stands where the task has come to; or, for a task that searches (`stay`), where it
 * stood before.
 */
export function* carryOut<T>(task: Task<T>, stay = false): Way<T> {
	let done = false;
	try {
		for (;;) {
			const result = task.go(STRETCH);
			if (result !== null) {
				done = true;
				return result;
			}
			yield;
		}
	} finally {
		if (!done && stay) task.cancel?.();
	}
}
