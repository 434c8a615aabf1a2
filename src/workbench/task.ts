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

/**
 * A task written as a generator, which yields whenever its allowance of instructions is used up.
 * @example new Work(function* (work) { const report = yield* work.wait(run.seeking(moment)); ... })
 */
export class Work<T> implements Task<T> {
	fraction = -1;
	private left = 0;
	private steps: Generator<void, T, void> | null = null;

	/** @param undo stands where the run stood when it began */
	constructor(
		private readonly body: (work: Work<T>) => Generator<void, T, void>,
		private readonly undo?: () => void
	) {}

	/** The rest of the allowance. */
	get allowance(): number {
		return Math.max(1, this.left);
	}

	go(maxInstructions: number): T | null {
		this.left = maxInstructions;
		this.steps ??= this.body(this);
		const next = this.steps.next();
		return next.done === true ? next.value : null;
	}

	cancel(): void {
		this.undo?.();
	}

	/** Counts what has been done, in instructions; listens to the caller when the allowance is spent. */
	*spend(instructions: number): Generator<void, void, void> {
		this.left -= instructions;
		if (this.left <= 0) yield;
	}

	/** Carries out another task as a part of this one. */
	*wait<R>(task: Task<R>): Generator<void, R, void> {
		for (;;) {
			const { allowance } = this;
			const result = task.go(allowance);
			if (result !== null) {
				yield* this.spend(PART);
				return result;
			}
			yield* this.spend(allowance);
		}
	}
}

/** What a finished part counts for, whatever it did: about as long as it takes to stand at a snapshot. */
const PART = 100_000;
