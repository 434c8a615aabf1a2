/**
 * A learner's progress as a file: JSON that can be read by people, with nothing hidden and nothing that proves it. `README.md` of the
 * lessons tells the format. Checking takes a library: pages load this module when a file is read or written.
 */
import * as v from 'valibot';
import { stamp } from '../../shell/clock';
import { tidy, TOLD, type Learner, type Progress } from './record';

const VERSION = 2;

/** Bytes; no file of ours comes near. */
export const LARGEST_FILE = 4 * 2 ** 20;

/** What was handed in, as its address says it. */
export interface HandIn {
	title: string;
	/** The query of the assignment's address. */
	tasks: string;
}

export interface ProgressFile {
	learner: Learner;
	/** When it was written, ISO 8601 in UTC; '' where it does not say (version 1). */
	exported: string;
	assignment: HandIn | null;
}

const text = (most: number) => v.pipe(v.string(), v.maxLength(most));
const id = v.pipe(v.string(), v.minLength(1), v.maxLength(100));
const moment = v.pipe(v.string(), v.isoTimestamp('not a moment such as 2026-01-31T12:00:00.000Z'));
const step = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000));
const option = v.pipe(v.number(), v.integer(), v.minValue(TOLD), v.maxValue(100));

const Attempted = v.object({
	kind: v.picklist(['prediction', 'exercise']),
	id,
	at: moment,
	answer: v.union([option, v.record(id, text(20_000))], 'neither the place of an option nor what was set'),
	right: v.boolean()
});
const Recalled = v.object({ id, at: moment, answer: id, right: v.boolean() });
const Visited = v.object({ from: moment, seconds: v.pipe(v.number(), v.minValue(0), v.maxValue(1e7)) });

const Lesson = v.object({
	seen: v.array(step),
	at: v.optional(step, 1),
	predicted: v.optional(v.record(id, option), {}),
	solved: v.array(id),
	attempts: v.optional(v.array(Attempted), []),
	recall: v.optional(v.array(Recalled), []),
	visits: v.optional(v.array(Visited), [])
});

const File = v.object({
	ringside: v.number(),
	name: v.optional(text(200), ''),
	exported: v.optional(moment),
	assignment: v.optional(v.object({ title: text(200), tasks: text(8000) })),
	lessons: v.record(id, Lesson)
});

function parsed(content: string): unknown {
	try {
		return JSON.parse(content);
	} catch (error) {
		throw new Error(`it is not JSON: ${(error as Error).message}`, { cause: error });
	}
}

/** Reads a file of any version. @throws Error that says what is wrong, and where */
export function readProgress(content: string): ProgressFile {
	const value = parsed(content);
	const version = typeof value === 'object' && value !== null && 'ringside' in value ? value.ringside : undefined;
	if (typeof version !== 'number') throw new Error('it holds no progress of Ringside');
	if (version > VERSION)
		throw new Error(`it was written by a newer Ringside (format ${version}; this one reads up to ${VERSION})`);
	const result = v.safeParse(File, value);
	if (!result.success) {
		const [issue] = result.issues;
		throw new Error(`it is damaged at ${v.getDotPath(issue) ?? 'its top'}: ${issue.message}`);
	}
	const { name, exported = '', assignment = null, lessons } = result.output;
	const whole = Object.entries(lessons).map(([lesson, entry]) => [lesson, tidy(entry)]);
	return { learner: { name, lessons: Object.fromEntries(whole) as Progress }, exported, assignment };
}

/** The text of a file; of an assignment's lessons alone where one is handed in. */
export function writeProgress(
	{ name, lessons }: Learner,
	assignment: HandIn | null = null,
	only?: readonly string[]
): string {
	const told = Object.entries(lessons).filter(([lesson]) => only?.includes(lesson) ?? true);
	const file = {
		ringside: VERSION,
		...(name && { name }),
		exported: stamp(),
		...(assignment && { assignment }),
		lessons: Object.fromEntries(told)
	};
	return JSON.stringify(file, null, '\t');
}

/** Words of a title or a name as a part of a file's name: letters and digits of any script. */
const inFileName = (words: string): string =>
	words
		.normalize('NFKC')
		.replace(/[^\p{L}\p{N}]+/gu, '-')
		.replace(/^-+|-+$/g, '')
		.slice(0, 60)
		.toLowerCase();

/** `ringside-progress-ada-lovelace.json`, `ringside-week-3-ada-lovelace.json`. */
export const fileNameOf = (name: string, assignment: HandIn | null = null): string =>
	['ringside', inFileName(assignment?.title ?? '') || 'progress', inFileName(name)].filter(Boolean).join('-') + '.json';
