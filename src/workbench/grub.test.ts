/**
 * A real guest that nobody here wrote, beside what a real Xen saw of it. It runs as a process of its own:
 * a hundred million instructions are slow under a test runner's module wrappers.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ringsideProcess } from '../cli/testing';
import { GRUB, hasGrub } from './testing';

/** A hypercall in the words of the golden file. */
interface Call {
	name: string;
	/** Five words, or the length of a batch. */
	detail: string;
}

/** A line of the trace, as far as it is used here. */
interface Line {
	kind: string;
	name: string;
	op_name?: string | null;
	args: number[];
	result: number;
}

const PREFIX = new URL('./golden/grub-i386-xen-prefix.txt', import.meta.url);

/** Calls of the golden file; a call that was continued stands there several times and here once. */
const goldenCalls = (): Call[] =>
	readFileSync(PREFIX, 'utf8')
		.split('\n')
		.filter((line) => line.startsWith('hypercall'))
		.map((line) => /^hypercall +[0-9a-f]+ \((\w+)\) (.*)$/.exec(line)!)
		.map(([, name, detail]) => ({ name: name === 'evtchn_op' ? 'event_channel_op' : name, detail }))
		.filter(({ detail }) => !/^-\d+ ops$/.test(detail));

/** A recorded call in the words that the golden line of the same call uses. */
function inWordsOf(golden: Call, { name, op_name, args }: Line): Call {
	const unit = /\d (ops|updates)$/.exec(golden.detail)?.[1];
	if (!unit) return { name, detail: args.map((arg) => arg.toString(16).padStart(8, '0')).join(' ') };
	// A batch: its length is the second argument, of a grant-table operation the third.
	const length = name === 'grant_table_op' ? args[2] : args[1];
	return { name, detail: `${op_name ? `${op_name} ` : ''}${length} ${unit}` };
}

/** A mapping's frame depends on the host: only that there is one, and the flags, are compared. */
const withoutFrame = ({ name, detail }: Call): Call => ({
	name,
	detail: name === 'update_va_mapping' ? detail.replace(/(?<=^\w{8} )(?!00000)\w{5}/, 'FRAME') : detail
});

describe.runIf(hasGrub)('GRUB for Xen, unmodified', () => {
	it('makes the hypercalls that it made on a real Xen, up to the first event send', async () => {
		const folder = mkdtempSync(join(tmpdir(), 'ringside-'));
		try {
			const file = join(folder, 'trace.jsonl');
			const { code, stdout } = await ringsideProcess(['run', GRUB, '--until', 'grub>', '--trace', file]);
			expect(code).toBe(0);
			expect(stdout).toContain('Welcome to GRUB!');
			const lines = readFileSync(file, 'utf8')
				.trimEnd()
				.split('\n')
				.map((line) => JSON.parse(line) as Line);
			const calls = lines.filter((line) => line.kind === 'hypercall');
			const golden = goldenCalls();
			expect(golden).toHaveLength(54);
			expect(golden.map((call, n) => withoutFrame(inWordsOf(call, calls[n])))).toEqual(golden.map(withoutFrame));
			expect(calls.filter((call) => call.result < 0)).toEqual([]);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});

	it('takes typed commands at its prompt, and powers off', async () => {
		const { code, stdout, stderr } = await ringsideProcess([
			'run',
			GRUB,
			'--type',
			'ls\\necho ringside-$grub_platform\\nhalt\\n',
			'--cycles',
			'20e9'
		]);
		expect(stdout).toContain('GNU GRUB');
		expect(stdout).toContain('(memdisk) (proc)');
		expect(stdout).toContain('ringside-xen');
		expect(stderr).toContain('the domain powered off');
		expect(code).toBe(0);
	});
});
