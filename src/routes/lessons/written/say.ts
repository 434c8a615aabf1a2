/** What is said of an exercise: its task and hints with the run's numbers in their places, and what became of an attempt. */
import { why } from '../../../trace/text/why';
import { sentence } from '../../../trace/text/sentence';
import { tryQuery } from '../../../trace/query';
import { count } from '../../../words/numbers';
import { fill } from '../../../words/template';
import { MOST_INSTRUCTIONS, type Attempt } from './carry-out';
import type { Exercise, ExerciseWords, Posed, Variant } from './exercise';

/** The task, and the two hints. */
export function taskOf(
	exercise: Exercise,
	words: ExerciseWords,
	posed: Posed<Variant>
): { task: string; hints: string[] } {
	const { task, hints } = words.asks[posed.variant.ask];
	const places = exercise.places(posed);
	return { task: fill(task, places), hints: hints.map((hint) => fill(hint, places)) };
}

/** What became of an attempt: what the exercise says of it, why Xen or the processor refused, and how the run ended. */
export interface Reply {
	readonly solved: boolean;
	readonly says: string;
	/** Told from the trace, where there is something to explain; else ''. */
	readonly because: string;
	/** How the run ended, where it did not as the lesson's; else ''. */
	readonly ended: string;
}

/** @param attempt one that was not stopped by hand */
export function replyOf(words: ExerciseWords, { verdict, trace, parted, unfinished }: Attempt): Reply {
	const { solved, reply, places = {}, at } = verdict!;
	const crash = tryQuery(trace, `domain_crash after(@${parted}) #1`);
	const about = at >= 0 ? why(trace, at) : null;
	return {
		solved,
		says: fill(words.replies[reply], places),
		because: about && about.by !== null ? about.says : '',
		ended: crash >= 0 ? `${sentence(trace, crash)}.` : unfinished ? UNFINISHED : ''
	};
}

const UNFINISHED = `The run would have gone on; it was stopped after ${count(MOST_INSTRUCTIONS)} instructions.`;
