/** `ringside` as a process: only what a call of its function cannot show. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ringside, ringsideProcess } from './testing';

describe('ringside as a process', () => {
	it('says and returns what the same words do when they are called', async () => {
		const words = ['run', 'hello', '--memory=16'];
		const outcome = await ringsideProcess(words);
		expect(outcome).toEqual(await ringside(words));
		expect([outcome.code, outcome.stdout]).toEqual([0, readFileSync('src/guests/expected/hello.txt', 'latin1')]);
	});

	it('returns the exit code of a command line that is refused', async () => {
		const words = ['walk'];
		const outcome = await ringsideProcess(words);
		expect(outcome).toEqual(await ringside(words));
		expect([outcome.code, outcome.stdout]).toEqual([64, '']);
	});

	it('ends in order on Ctrl-C, with its trace', async () => {
		const folder = mkdtempSync(join(tmpdir(), 'ringside-process-'));
		const file = join(folder, 'c.jsonl');
		try {
			let told = false;
			const { code, stderr } = await ringsideProcess(
				['run', 'pocket', '--cmdline', 'run=echo', '--type', 'hi\\n', '--trace', file],
				(output, child) => {
					if (output.includes('pocket: up') && !told) child.kill('SIGINT');
					told ||= output.includes('pocket: up');
				}
			);
			// It may have come to wait for input before the signal arrives.
			expect([130, 2]).toContain(code);
			expect(stderr).toMatch(code === 130 ? /interrupted/ : /waits/);
			expect(readFileSync(file, 'utf8').endsWith('}\n')).toBe(true);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});

	it('ends when nobody reads its output any more', async () => {
		const { code, stderr } = await ringsideProcess(['run', 'pocket', '--cmdline', 'run=spin'], (_output, child) =>
			child.stdout?.destroy()
		);
		expect([0, 141]).toContain(code);
		expect(stderr).not.toMatch(/bug|EPIPE/);
	});

	it.each(['SIGINT', 'SIGTERM'] as const)('serves GDB until %s', async (signal) => {
		const { code, stdout, stderr } = await ringsideProcess(['gdb', 'hello', '--port=0'], (_output, child) =>
			child.kill(signal)
		);
		expect([code, stderr]).toEqual([0, '']);
		expect(stdout).toMatch(/^ringside: gdb: target remote 127\.0\.0\.1:\d+\n$/);
	});
});
