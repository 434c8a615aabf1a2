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
