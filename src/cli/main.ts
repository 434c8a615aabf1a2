/** The command line: `ringside COMMAND ...`. */
import { asksForHelp, UsageError } from './arguments';
import { gdbCommand } from './gdb-command';
import { gdbHelp, generalHelp, runHelp } from './help';
import { guestNames } from './images';
import { say, writeAll } from './output';
import { EXIT } from './report';
import { runCommand } from './run-command';
import { traceCommand } from './trace-command';
import { traceHelp } from './trace-help';

const print = (text: string): number => {
	writeAll(1, new TextEncoder().encode(text));
	return EXIT.done;
};

async function main([command, ...words]: string[]): Promise<number> {
	if (command === 'run') return asksForHelp(words) ? print(runHelp(guestNames())) : runCommand(words);
	if (command === 'gdb') return asksForHelp(words) ? print(gdbHelp(guestNames())) : gdbCommand(words);
	if (command === 'trace') return asksForHelp(words) ? print(traceHelp) : traceCommand(words);
	if (command === 'help' || command === '--help' || command === '-h') return print(generalHelp);
	throw new UsageError(command === undefined ? 'what to do is missing' : `there is no command '${command}'`);
}

try {
	process.exitCode = await main(process.argv.slice(2));
} catch (error) {
	if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exitCode = EXIT.closed;
	else if (error instanceof UsageError) {
		const [command] = process.argv.slice(2);
		const known = ['run', 'gdb', 'trace'].includes(command) ? command : 'run';
		say(`ringside: ${error.message}\nTry: npm run -s ringside -- ${known} --help`);
		process.exitCode = EXIT.usage;
	} else {
		say(`ringside: a bug of ours: ${(error as Error).stack ?? String(error)}`);
		process.exitCode = EXIT.bug;
	}
}
