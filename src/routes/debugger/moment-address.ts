/** The debugger's address of a moment of a lesson, for pages that link to it. What it says is read by `src/debugger/position.ts`. */
import { costingFields, type Costing } from '../../workbench/costing';

export interface MomentOfLesson {
	/** Name of the lesson's folder. */
	readonly lesson: string;
	/** The step to come back to, from 1. */
	readonly step: number;
	/** The event that the pictures speak of. */
	readonly seq: number;
	/** Whether the machine stands before the instruction that recorded it, or right after. */
	readonly when: 'before' | 'after';
	/** The cost table of the run, where it is not the lesson's own. */
	readonly costing?: Costing;
}

/** Below the site's base: `debugger/#lesson=01-four-rings&step=4&after=612`. */
export const momentAddress = ({ lesson, step, seq, when, costing }: MomentOfLesson): string =>
	`debugger/#${[`lesson=${encodeURIComponent(lesson)}`, `step=${step}`, ...(costing ? costingFields(costing) : []), `${when}=${seq}`].join('&')}`;
