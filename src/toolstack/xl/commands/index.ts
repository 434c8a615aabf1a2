/** All commands by their names: those of `xl`, and the tools beside it. */
import { done, Refusal, sortWords, type Answer, type Command, type Commands, type XlContext } from '../command';
import { DEVICE_COMMANDS } from './devices';
import { HOST_COMMANDS } from './host';
import { LIFE_COMMANDS } from './life';
import { LIST_COMMANDS } from './list';
import { XENSTORE_COMMANDS } from './xenstore';

const XL: Commands = { ...LIFE_COMMANDS, ...LIST_COMMANDS, ...DEVICE_COMMANDS, ...HOST_COMMANDS };

/** Every command that a line may begin with. */
export const COMMAND_NAMES: readonly string[] = [...Object.keys(XL), ...Object.keys(XENSTORE_COMMANDS)];

/** The words of a line; quotes keep blanks together. */
export const wordsOf = (line: string): string[] =>
	[...line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'));

const help = (): string =>
	[
		...Object.entries(XL).map(([name, { usage }]) => `xl ${name} ${usage}`),
		...Object.entries(XENSTORE_COMMANDS).map(([name, { usage }]) => `${name} ${usage}`)
	]
		.map((line) => `${line.trimEnd()}\n`)
		.join('');

function find(name: string): Command {
	const tools = name.startsWith('xenstore-') ? XENSTORE_COMMANDS : XL;
	if (!Object.hasOwn(tools, name)) throw new Refusal('command not implemented\n');
	return tools[name];
}

/** Carries out a line; `xl` before the command may be left out. */
export function carryOut(context: XlContext, line: string): Answer {
	const [first, ...more] = wordsOf(line);
	const [name, ...words] = first === 'xl' ? more : [first, ...more];
	if (name === undefined || name === 'help') return done(help());
	try {
		const command = find(name);
		const sorted = sortWords(command, words);
		const { least = 0 } = command;
		if (sorted.words.length < least)
			throw new Refusal(`'xl ${name}' requires at least ${least} argument${least === 1 ? '' : 's'}.\n\n`, 2);
		return command.run(context, sorted);
	} catch (error) {
		if (!(error instanceof Refusal)) throw error;
		return { text: error.text, status: error.status };
	}
}
