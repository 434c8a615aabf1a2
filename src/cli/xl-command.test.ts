/** `ringside xl`: a prompt at which domains are made, talked to and ended. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Input } from './output';
import { begin, ringside, ringsideProcess } from './testing';

const ESCAPE = '\x1d';
let folder: string;
let echo: string;

beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), 'ringside-xl-'));
	echo = join(folder, 'echo.cfg');
	writeFileSync(echo, 'name="echo"\nkernel="pocket"\ncmdline="run=echo"\nmemory=16\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A terminal: what is said decides what is typed next. */
function terminal(answers: readonly [said: string, typed: string][]) {
	const left = [...answers];
	let type: (text: string) => void = () => {};
	const keys: boolean[] = [];
	let from = 0;
	const stdin: Input = {
		terminal: true,
		listen(onText) {
			type = onText;
			return () => {};
		},
		keys: (each) => void keys.push(each)
	};
	const onOutput = (output: string): void => {
		const [next] = left;
		if (!next || !output.slice(from).includes(next[0])) return;
		left.shift();
		from = output.length;
		setImmediate(() => type(next[1]));
	};
	return { stdin, onOutput, keys };
}

describe('ringside xl', () => {
	it('does what is typed, line by line, gives a console what is behind its command, and ends with its input', async () => {
		const lines = [`create -q ${echo}`, 'console echo', 'hi', `${ESCAPE}list`, 'destroy echo', 'list', ''];
		const { code, stdout, stderr } = await ringside(['xl', echo], lines.join('\n'));
		expect(stderr).toContain('the end of what was typed');
		expect(code).toBe(0);
		expect(stdout).toContain('# console echo\n');
		expect(stdout).toMatch(/# list\nName .*\nDomain-0 .*\necho .*\n/);
		expect(stdout).toMatch(/# destroy echo\n(\(d1\).*\n)*# list\nName .*\nDomain-0 .*\n(\(d1\).*\n)?$/);
	});

	it('lets the domain answer what was typed last', async () => {
		const { code, stdout } = await ringside(['xl', '--domain', echo], 'console echo\nhi there\n');
		expect(code).toBe(0);
		// As a terminal attached to it shows it: without a mark.
		expect(stdout).toMatch(/! hi there$/m);
	});

	it('fails where the last command did, and where it is told what has no place there', async () => {
		expect((await ringside(['xl'], 'destroy nobody\n')).code).toBe(1);
		expect((await ringside(['xl'], 'list\n')).code).toBe(0);
		for (const words of [
			['--until', 'x'],
			['--memory', '32'],
			['--scenario', 'x.json', '--dom0', 'hello'],
			['nosuch.cfg']
		]) {
			const { code, stderr } = await ringside(['xl', ...words]);
			expect([code, stderr.includes(words[0])]).toEqual([64, true]);
		}
	});

	it('keeps what was typed in the run, so that it can be made again event by event', async () => {
		const file = join(folder, 'saved.ringside');
		const typed = `console echo\nagain\n${ESCAPE}destroy echo\n`;
		expect((await ringside(['xl', '--domain', echo, '--save', file], typed)).code).toBe(0);
		const verified = await ringside(['trace', file, '--verify']);
		expect([verified.code, verified.stderr]).toEqual([0, '']);
	});

	it('reads keys at a terminal while a console is attached, and lines at its prompt', async () => {
		const { stdin, onOutput, keys } = terminal([
			['# ', 'console echo\n'],
			['? ', 'h\n'],
			['! h', ESCAPE],
			['# ', 'list\n'],
			['echo ', 'destroy echo\n']
		]);
		const running = begin(
			['xl', '--domain', echo],
			(output) => {
				onOutput(output);
				if (/Time\(s\)[^#]*# [^#]*# $/.test(output)) running.interrupt();
			},
			stdin
		);
		const { code, stdout } = await running.ended;
		expect(code).toBe(130);
		expect(keys.slice(0, 2)).toEqual([true, false]);
		// The terminal has echoed the line itself.
		expect(stdout).not.toContain('# list');
		expect(stdout).toMatch(/^echo +1 +16/m);
	});

	it('goes on at a pipe until its other end is closed, and ends in order on Ctrl-C', async () => {
		let stage = 0;
		const talked = await ringsideProcess(
			['xl', '--domain', echo],
			(output, child) => {
				if (stage === 0 && output.includes('run=echo')) {
					stage = 1;
					child.stdin!.write('console echo\nfirst\n');
				} else if (stage === 1 && output.includes('! first')) {
					stage = 2;
					child.stdin!.end('second\n');
				}
			},
			'pipe'
		);
		expect([talked.code, talked.stdout.includes('! second')]).toEqual([0, true]);
		let told = false;
		const stopped = await ringsideProcess(
			['xl', '--domain', echo],
			(output, child) => {
				if (output.includes('run=echo') && !told) told = child.kill('SIGINT');
			},
			'pipe'
		);
		expect([stopped.code, /interrupted/.test(stopped.stderr)]).toEqual([130, true]);
	});
});
