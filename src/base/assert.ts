/**
 * The fourth kind of outcome: a bug of ours. Guest faults, VM exits and `-errno` are values;
 * a `Bug` is thrown, loudly, with the state that shows it.
 */
export class Bug extends Error {
	constructor(
		message: string,
		readonly state: Record<string, unknown> = {}
	) {
		super(message);
		this.name = 'Bug';
	}
}

/** Throws a `Bug` unless `condition` holds. */
export function assert(condition: unknown, message: string, state: Record<string, unknown> = {}): asserts condition {
	if (!condition) throw new Bug(message, state);
}
