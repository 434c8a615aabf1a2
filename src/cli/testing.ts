/** For tests: the command line called as a function, and as a process of its own where that is what is tested. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { main } from './command-line';
import type { Input, Streams } from './output';

const ROOT = join(import.meta.dirname, '..', '..');

export interface Outcome {
	code: number | null;
	/** Bytes as Latin-1, so that nothing is lost. */
	stdout: string;
	stderr: string;
}

/** A command that goes on. */
export interface Running {
	readonly ended: Promise<Outcome>;
	/** Asks it to stop, as Ctrl-C does. */
	interrupt(): void;
}

/** A pipe that holds all of a text, and then ends. */
const typedAtOnce = (text: string): Input => ({
	terminal: false,
	listen(onText, onEnd) {
		if (text !== '') onText(text);
		onEnd();
		return () => {};
	},
	keys: () => {}
});

/**
 * @param onOutput told of standard output so far; what it throws is thrown by the write
 * @param stdin what standard input holds
 */
export function begin(
	words: readonly string[],
	onOutput: (output: string) => void = () => {},
	stdin: string | Input = ''
): Running {
	const outcome: Outcome = { code: null, stdout: '', stderr: '' };
	const listeners = new Set<() => void>();
	const streams: Streams = {
		stdin: typeof stdin === 'string' ? typedAtOnce(stdin) : stdin,
		stdout: {
			write(bytes) {
				outcome.stdout += Buffer.from(bytes).toString('latin1');
				onOutput(outcome.stdout);
			}
		},
		stderr: { write: (bytes) => void (outcome.stderr += Buffer.from(bytes).toString()) },
		onInterrupt(listener) {
			listeners.add(listener);
			return () => void listeners.delete(listener);
		}
	};
	// The caller has what is returned before the first output.
	const code = Promise.resolve().then(() => main(words, streams));
	return {
		ended: code.then((code) => ({ ...outcome, code })),
		interrupt: () => listeners.forEach((listener) => listener())
	};
}

/** Carries out the words of a command line in this process. */
export const ringside = (words: readonly string[], stdin: string | Input = ''): Promise<Outcome> =>
	begin(words, undefined, stdin).ended;

/**
 * The same as a process of its own.
 * @param onOutput told of standard output so far, with the process; for tests that signal it or stop reading
 */
export function ringsideProcess(
	words: readonly string[],
	onOutput: (output: string, child: ReturnType<typeof spawn>) => void = () => {},
	stdin: 'ignore' | 'pipe' = 'ignore'
): Promise<Outcome> {
	return new Promise((resolve, reject) => {
		const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'src/cli/main.ts'), ...words], {
			cwd: ROOT,
			stdio: [stdin, 'pipe', 'pipe'],
			env: { ...process.env, NODE_OPTIONS: '' }
		});
		const outcome: Outcome = { code: null, stdout: '', stderr: '' };
		child.stdout!.on('data', (bytes: Buffer) => {
			outcome.stdout += bytes.toString('latin1');
			onOutput(outcome.stdout, child);
		});
		child.stderr!.on('data', (bytes: Buffer) => (outcome.stderr += bytes.toString()));
		child.on('error', reject);
		child.on('close', (code) => resolve({ ...outcome, code }));
	});
}

/** A server that `ringside gdb` runs. */
export interface ServedRun {
	readonly port: number;
	/** Ends it as Ctrl-C does, and says how it ended. */
	stop(): Promise<Outcome>;
}

const portIn = (output: string): number => Number(/target remote 127\.0\.0\.1:(\d+)\n/.exec(output)?.[1]);

/** Starts `ringside gdb` with these words on a free port, and waits until it listens. Rejects where it ends instead. */
export function served(words: readonly string[]): Promise<ServedRun> {
	return new Promise((resolve, reject) => {
		const running = begin(['gdb', ...words, '--port', '0'], (output) =>
			resolve({
				port: portIn(output),
				stop: () => {
					running.interrupt();
					return running.ended;
				}
			})
		);
		running.ended.then((outcome) => reject(new Error(`ringside gdb has ended: ${outcome.stderr}`)), reject);
	});
}
