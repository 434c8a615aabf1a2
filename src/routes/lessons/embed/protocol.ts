/**
 * What a page that shows an embed can say to it by `postMessage`, and what it hears (`README.md` beside this file tells it to teachers).
 * Every message is a plain object with `ringside: 1`. A message that has no `ringside` is not for us and passes unanswered.
 */
import * as v from 'valibot';
import { PICTURES } from '../vocabulary/vocabulary';

export const VERSION = 1;

const wholeFrom = (least: number) =>
	v.pipe(v.number('a number'), v.integer('a whole number'), v.minValue(least, `a number from ${least} on`));

const step = v.optional(wholeFrom(1));
const moment = v.optional(v.pipe(v.string('a name'), v.minLength(1, 'a name')));
const event = v.optional(wholeFrom(0));
const pictures = v.array(v.picklist(PICTURES, `one of ${PICTURES.join(', ')}`), 'a list');

/** `do` -> what else it says. */
const COMMANDS = {
	/** Goes to one place. */
	go: v.strictObject({ step, moment, event }),
	/** Puts the question of a step; of the step where it stands when none is named. */
	ask: v.strictObject({ step }),
	play: v.strictObject({}),
	stop: v.strictObject({}),
	/** Chooses pictures; none for those of the step. */
	show: v.strictObject({ pictures }),
	theme: v.strictObject({ theme: v.picklist(['system', 'light', 'dark'], 'one of system, light, dark') }),
	/** Tells where it stands. */
	where: v.strictObject({})
} as const;

type Rows = typeof COMMANDS;
export type Command = { [Name in keyof Rows]: { do: Name } & v.InferOutput<Rows[Name]> }[keyof Rows];
type CommandName = keyof Rows;

/** A number or text of the sender's, sent back with what answers its message. */
export type Tag = string | number;

export interface Told {
	command: Command;
	id?: Tag;
}
export interface Refused {
	refused: string;
	id?: Tag;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const isName = (value: unknown): value is CommandName => typeof value === 'string' && Object.hasOwn(COMMANDS, value);

/** A value of a stranger's as a message quotes it: short, and never a way to make us fail. */
function quoted(value: unknown): string {
	let text: string | undefined;
	try {
		text = JSON.stringify(value);
	} catch {
		// A circle, or a number too big for JSON: its kind will do.
	}
	text ??= typeof value;
	return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** `step: a number from 1 on, not 0` */
function complaint(issue: v.BaseIssue<unknown>): string {
	const where = v.getDotPath(issue) ?? '';
	if (issue.type === 'strict_object' && issue.expected === 'never') return `'${where}' is not known here`;
	return `${where ? `${where}: ` : ''}${issue.message}, not ${quoted(issue.input)}`;
}

const PLACES = ['step', 'moment', 'event'] as const;

/** What a message asks for; a reason where it cannot be; null for a message that is not for us. */
export function read(data: unknown): Told | Refused | null {
	if (!isRecord(data) || !('ringside' in data)) return null;
	const { ringside, id, do: name, ...rest } = data;
	const tag = typeof id === 'string' || typeof id === 'number' ? { id } : {};
	if (ringside !== VERSION)
		return { refused: `this embed speaks ringside: ${VERSION}, not ${quoted(ringside)}`, ...tag };
	if (!isName(name)) return { refused: `do: one of ${Object.keys(COMMANDS).join(', ')}, not ${quoted(name)}`, ...tag };
	const found = v.safeParse(COMMANDS[name], rest);
	if (!found.success) return { refused: `${name}: ${found.issues.map(complaint).join('; ')}`, ...tag };
	const command = { do: name, ...found.output } as Command;
	if (command.do === 'go' && PLACES.filter((place) => command[place] !== undefined).length !== 1)
		return { refused: `go: name one of ${PLACES.join(', ')}`, ...tag };
	return { command, ...tag };
}

/** Where an embed stands. */
export interface Standing {
	step: number;
	title: string;
	/** The name that the lesson has for this event, or null. */
	moment: string | null;
	event: number;
	cycle: number;
	/** The event as a sentence; '' while a question is open, for it would tell the answer. */
	sentence: string;
}

/** What an embed says. */
export type Report =
	| {
			says: 'ready';
			lesson: string;
			title: string;
			steps: { step: number; title: string; questions: string[] }[];
			moments: { name: string; is: string }[];
			/** How many events the run has: they are numbered from 0. */
			events: number;
	  }
	| ({ says: 'went' } & Standing)
	| {
			says: 'answered';
			step: number;
			question: string;
			/** Place of the option that was chosen; -1 where the reader asked to be told without. */
			option: number;
			/** Its words; '' for -1. */
			answer: string;
			/** As the run decided. */
			right: boolean;
	  }
	| { says: 'failed'; reason: string };

export type Message = { ringside: typeof VERSION; id?: Tag } & Report;

/** The rules of who is heard and told. `origin` is the one that the embed's address names, or ''. */
export class Line {
	constructor(
		private readonly parent: Pick<Window, 'postMessage'> | null,
		private readonly origin: string
	) {}

	/** Whether a message may ask for anything: it comes from the page that shows the frame, and from the origin that was named, if one was. */
	hears({ source, origin }: Pick<MessageEvent, 'source' | 'origin'>): boolean {
		return this.parent !== null && source === this.parent && (!this.origin || origin === this.origin);
	}

	/** Tells the page that shows the frame. Without a named origin it may be anybody: nothing that is said is a secret. */
	tell(report: Report, id?: Tag): void {
		const message: Message = { ringside: VERSION, ...(id === undefined ? {} : { id }), ...report };
		this.parent?.postMessage(message, this.origin || '*');
	}
}
