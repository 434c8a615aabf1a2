/**
 * What a room keeps of a domain or of a vcpu. The rooms' `records.ts` have them, and the records of the core only put them together:
 * a room looks at its own part, and at others' as `scripts/check-imports.ts` has it.
 */
import { copyPlain } from '../../base';

/** A part's fields, or some of a record's own, as plain data. */
export type PartState = Record<string, unknown>;

/** A part whose fields are plain data: saved and put back whole. */
export abstract class Part {
	save(): PartState {
		return copyPlain<object>(this) as PartState;
	}

	restore(state: PartState): void {
		Object.assign(this, copyPlain(state));
	}
}
