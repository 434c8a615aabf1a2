/** Runs the command line as a process of its own: for tests from outside, and for runs too long for a test runner. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

export interface Outcome {
	code: number | null;
	/** Bytes as Latin-1, so that nothing is lost. */
	stdout: string;
	stderr: string;
}

/**
 * @param onOutput told of standard output so far, with the process; for tests that signal it or stop reading
 */
export function ringside(
	words: readonly string[],
	onOutput: (output: string, child: ReturnType<typeof spawn>) => void = () => {}
): Promise<Outcome> {
	return new Promise((resolve, reject) => {
		const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'src/cli/main.ts'), ...words], {
			cwd: ROOT,
			stdio: ['ignore', 'pipe', 'pipe'],
			env: { ...process.env, NODE_OPTIONS: '' }
		});
		const outcome: Outcome = { code: null, stdout: '', stderr: '' };
		child.stdout.on('data', (bytes: Buffer) => {
			outcome.stdout += bytes.toString('latin1');
			onOutput(outcome.stdout, child);
		});
		child.stderr.on('data', (bytes: Buffer) => (outcome.stderr += bytes.toString()));
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

/** Starts `ringside gdb` with these words on a free port, and waits until it listens. Rejects where it ends instead. */
export function served(words: readonly string[]): Promise<ServedRun> {
	return new Promise((resolve, reject) => {
		const ended = ringside(['gdb', ...words, '--port', '0'], (output, child) => {
			const [, port] = /target remote 127\.0\.0\.1:(\d+)\n/.exec(output) ?? [];
			if (port === undefined) return;
			resolve({
				port: Number(port),
				stop: () => {
					child.kill('SIGINT');
					return ended;
				}
			});
		});
		ended.then((outcome) => reject(new Error(`ringside gdb has ended: ${outcome.stderr}`)), reject);
	});
}
