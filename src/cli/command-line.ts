/** The command line: `ringside COMMAND ...`. */
import { asksForHelp, UsageError } from './arguments';
import { gdbCommand } from './gdb-command';
import { gdbHelp, generalHelp, runHelp, xlHelp } from './help';
import { guestNames } from './images';
import { say, writeAll, type Streams } from './output';
import { EXIT } from './report';
import { runCommand } from './run-command';
import { traceCommand } from './trace-command';
import { traceHelp } from './trace-help';
import { xlCommand } from './xl-command';

/** A command by its name: what --help prints, and what carries it out and returns the exit code. */
const COMMANDS: Readonly<
	Record<string, { help(): string; carryOut(words: readonly string[], streams: Streams): Promise<number> }>
> = {
	run: { help: () => runHelp(guestNames()), carryOut: runCommand },
	xl: { help: () => xlHelp(guestNames()), carryOut: xlCommand },
	gdb: { help: () => gdbHelp(guestNames()), carryOut: gdbCommand },
	trace: { help: () => traceHelp, carryOut: traceCommand }
};
const HELP = ['help', '--help', '-h'];

const known = (command: string | undefined): command is string =>
	command !== undefined && Object.hasOwn(COMMANDS, command);

async function carryOut([command, ...words]: readonly string[], streams: Streams): Promise<number> {
	if (command !== undefined && HELP.includes(command)) return print(generalHelp, streams);
	if (!known(command))
		throw new UsageError(command === undefined ? 'what to do is missing' : `there is no command '${command}'`);
	return asksForHelp(words) ? print(COMMANDS[command].help(), streams) : COMMANDS[command].carryOut(words, streams);
}

function print(text: string, { stdout }: Streams): number {
	writeAll(stdout, [text]);
	return EXIT.done;
}

/** What is said of an error that ended a command, and its exit code. */
function failed(error: unknown, [command]: readonly string[], streams: Streams): number {
	if ((error as NodeJS.ErrnoException).code === 'EPIPE') return EXIT.closed;
	if (error instanceof UsageError) {
		const hint = `Try: npm run -s ringside -- ${known(command) ? command : 'run'} --help`;
		say(streams, `ringside: ${error.message}\n${hint}`);
		return EXIT.usage;
	}
	say(streams, `ringside: a bug of ours: ${(error as Error).stack ?? String(error)}`);
	return EXIT.bug;
}

/** Carries out the words of a command line; returns the exit code, also where it could not be done. */
export async function main(words: readonly string[], streams: Streams): Promise<number> {
	try {
		return await carryOut(words, streams);
	} catch (error) {
		return failed(error, words, streams);
	}
}
