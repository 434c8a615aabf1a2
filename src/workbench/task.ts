/** Anything long that is done in pieces: whoever carries it out listens in between, tells how far it has come, and may stop it. */

/** Work on a run. Only one task at a time may be under way on it. */
export interface Task<T> {
	/** How far it has come, 0 to 1; -1 when that is not known. */
	readonly fraction: number;
	/** Goes on for about `maxInstructions` of the machine; the result once it is done, null to be called again. */
	go(maxInstructions: number): T | null;
	/** Gives up: the run stands where it stood when the task began. Without, it stands where the task has come to. */
	cancel?(): void;
}

/** Carries a task out to its end. */
export function finish<T>(task: Task<T>): T {
	for (;;) {
		const result = task.go(Infinity);
		if (result !== null) return result;
	}
}
