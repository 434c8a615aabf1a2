/**
 * Recall questions: what a learner should still know when the lesson is closed. `recall.ts` of a lesson says what is shared by all languages
 * (names, what decides, the moment that shows it), `en.recall.json` what is said.
 */

/** An option of a question, by its name. */
export interface RecallOption {
	/** Whether the number measured makes it right; where the question has no `measure`, left out. */
	when?: (measured: number) => boolean;
	/** It is the right one: the tests compare it with the trace where there is a measure. */
	expected?: true;
	/** The moment that shows why, by name; left out where the question's does. */
	shows?: string;
}

export interface RecallData {
	/** Fact that decides, wherever the run can: `[name]` in it is a moment. */
	measure?: string;
	/** The moment of the lesson that shows the answer, by name. */
	shows: string;
	options: Readonly<Record<string, RecallOption>>;
}

/** `recall.ts` of a lesson: question -> what it is. */
export type Recall = Readonly<Record<string, RecallData>>;

export interface RecallOptionWords {
	says: string;
	/** What a learner who chooses it is told. */
	reply: string;
	/** For a wrong option: what people believe who choose it. */
	misconception?: string;
}

/** `en.recall.json` of a lesson. */
export type RecallWords = Readonly<
	Record<string, { question: string; options: Readonly<Record<string, RecallOptionWords>> }>
>;

export interface AskedOption extends RecallOptionWords {
	name: string;
	right: boolean;
	/** The moment that shows why, by name. */
	shows: string;
}

/** A question as it is asked. */
export interface RecallQuestion {
	id: string;
	question: string;
	options: readonly AskedOption[];
}

/** Questions with their words. @throws Error for one that has none */
export function joined(recall: Recall, words: RecallWords): RecallQuestion[] {
	return Object.entries(recall).map(([id, { shows, options }]) => ({
		id,
		question: words[id]?.question ?? missing(id),
		options: Object.entries(options).map(([name, option]) => ({
			...(words[id].options[name] ?? missing(`${id}.${name}`)),
			name,
			right: option.expected === true,
			shows: option.shows ?? shows
		}))
	}));
}

function missing(what: string): never {
	throw new Error(`nothing is said for the recall question ${what}`);
}

/** The options in another order each time that a question is asked, so that places teach nothing. The same `time` gives the same order. */
export function shuffled(question: RecallQuestion, time: number): AskedOption[] {
	let seed = time + 1;
	for (const char of question.id) seed = (Math.imul(seed, 31) + char.charCodeAt(0)) >>> 0;
	const options = [...question.options];
	for (let at = options.length - 1; at > 0; at--) {
		seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
		const other = (seed >>> 8) % (at + 1);
		[options[at], options[other]] = [options[other], options[at]];
	}
	return options;
}
