/** What a command of xl is: a function from its words to what it prints and how it ends, at once or once something has happened. */
import type { Toolstack } from '../toolstack';

/** What commands have of the world. */
export interface XlContext {
	readonly stack: Toolstack;
	/** The text of a configuration file, a byte a character; undefined where there is none. */
	readonly file: (name: string) => string | undefined;
	/** The bytes of a kernel or ramdisk by its name. @throws Error where there are none */
	readonly image: (name: string) => Uint8Array;
}

/** What a command waits for, as plain data. */
export type Wait =
	/** A job of the toolstack; its errors are printed. */
	| { readonly kind: 'job'; readonly id: number }
	/** The end of domains. */
	| { readonly kind: 'end'; readonly doms: readonly number[] }
	/** ^], or the end of the domain whose console has what is typed. */
	| { readonly kind: 'console'; readonly dom: number };

/** What came of a command: text as printed, lines ended by newlines; the exit status unless it still waits. */
export type Answer =
	| { readonly text: string; readonly status: number; readonly wait?: undefined }
	| { readonly text: string; readonly wait: Wait };

/** Options that were given, by their letters, and the other words. */
export interface Words {
	readonly options: ReadonlyMap<string, string>;
	readonly words: readonly string[];
}

/** One command. */
export interface Command {
	/** How it is written after its name. */
	readonly usage: string;
	/** Letters of its options; a colon behind one that wants a value. */
	readonly options?: string;
	/** How many other words it wants at least. */
	readonly least?: number;
	run(context: XlContext, words: Words): Answer;
}

export type Commands = Readonly<Record<string, Command>>;

/** A command that cannot be done: what it prints and its exit status. */
export class Refusal extends Error {
	constructor(
		readonly text: string,
		readonly status = 1
	) {
		super(text);
	}
}

export const done = (text = ''): Answer => ({ text, status: 0 });

/** Sorts words into options and others, as getopt does. @throws Refusal */
export function sortWords(command: Command, words: readonly string[]): Words {
	const options = new Map<string, string>();
	const others: string[] = [];
	for (let at = 0; at < words.length; at++) {
		const word = words[at];
		if (!/^-[a-zA-Z]/.test(word)) {
			others.push(word);
			continue;
		}
		for (let letter = 1; letter < word.length; letter++) {
			const place = (command.options ?? '').indexOf(word[letter]);
			if (place < 0) throw new Refusal(`option \`${word[letter]}' not supported.\n`, 2);
			const wantsValue = command.options![place + 1] === ':';
			const value = wantsValue ? word.slice(letter + 1) || words[++at] : '';
			if (value === undefined) throw new Refusal(`option requires an argument -- '${word[letter]}'\n`, 2);
			options.set(word[letter], value);
			if (wantsValue) break;
		}
	}
	return { options, words: others };
}

/** Text in a column: to the left where `width` is negative. */
export const column = (value: string | number, width: number): string =>
	width < 0 ? String(value).padEnd(-width) : String(value).padStart(width);
