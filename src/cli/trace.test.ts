import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TraceLine } from '../trace/export/jsonl';
import { RunFile, saveRun } from '../workbench/files/run-file';
import { parseTraceArguments } from './trace-arguments';
import { ringside, type Outcome } from './testing';
import { verify } from './verify';
import { count as written } from '../words/numbers';

const folder = mkdtempSync(join(tmpdir(), 'ringside-trace-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string): string => join(folder, name);
const trace = (...words: string[]): Promise<Outcome> => ringside(['trace', ...words]);
const linesOf = (text: string): TraceLine[] =>
	text
		.trimEnd()
		.split('\n')
		.map((line) => JSON.parse(line) as TraceLine);

beforeAll(async () => {
	const words = ['--trace', file('t.jsonl'), '--save', file('r.ringside')];
	const { code, stderr } = await ringside(['run', 'pocket', '--cmdline', 'run=fork', ...words]);
	expect([code, stderr]).toEqual([0, expect.stringContaining('powered off')]);
});

describe('ringside trace', () => {
	it('sums up a saved run', async () => {
		const { code, stdout, stderr } = await trace(file('r.ringside'));
		expect([code, stderr]).toEqual([0, '']);
		const events = linesOf(readFileSync(file('t.jsonl'), 'utf8'));
		const count = (kind: string): number => events.filter((line) => line.kind === kind).length;
		expect(stdout).toMatch(/^.*r\.ringside: a file of Ringside\n {2}scenario +pocket\n/);
		expect(stdout).toMatch(/domains +dom0, dom1 \(pocket\), the idle processor\n/);
		expect(stdout).toMatch(new RegExp(`\n {2}events +${written(events.length)}\n`));
		for (const kind of ['hypercall', 'check', 'page_fault', 'sched_switch'])
			expect(stdout).toMatch(new RegExp(`\n {4}${kind} +${count(kind)}\n`));
		expect(stdout).toMatch(/\n {8}mmu_update +\d+\n/);
	});

	it('gives back all lines, from every form', async () => {
		const lines = readFileSync(file('t.jsonl'), 'latin1');
		const given = await Promise.all(['r.ringside', 't.jsonl'].map((name) => trace(file(name), '--jsonl')));
		expect(given.map(({ stdout }) => stdout === lines)).toEqual([true, true]);
	});

	it('filters by a query, and keeps to a limit', async () => {
		const all = linesOf(readFileSync(file('t.jsonl'), 'utf8')).filter(({ kind }) => kind === 'page_fault');
		const { stdout } = await trace(file('r.ringside'), '--filter', 'page_fault', '--jsonl');
		expect(linesOf(stdout)).toEqual(all);
		const listed = await trace(file('r.ringside'), '--filter=page_fault', '--limit', '2');
		expect(listed.stdout.trimEnd().split('\n')).toEqual(
			all.slice(0, 2).map(({ seq, cycle }) => expect.stringMatching(`^${seq}\t${cycle}\tdom1/0\t#PF\tThe page walk`))
		);
		// What a filter left can be opened again.
		writeFileSync(file('left.jsonl'), stdout);
		expect((await trace(file('left.jsonl'))).stdout).toMatch(new RegExp(`events +${all.length}\n`));
	});

	it('writes files for other programs, and reads its own for xenalyze', async () => {
		const out = await trace(file('r.ringside'), '--perfetto', file('p.json'), '--xentrace', file('x.bin'));
		expect([out.code, out.stdout, out.stderr]).toEqual([0, '', '']);
		const { traceEvents } = JSON.parse(readFileSync(file('p.json'), 'utf8')) as { traceEvents: unknown[] };
		expect(traceEvents.length).toBeGreaterThan(600);
		const { code, stdout } = await trace(file('x.bin'));
		expect([code, stdout]).toEqual([0, expect.stringMatching(/: records of xentrace\n/)]);
		const calls = linesOf(readFileSync(file('t.jsonl'), 'utf8')).filter(({ kind }) => kind === 'hypercall').length;
		expect(stdout).toMatch(new RegExp(`TRC_PV_HYPERCALL_V2 +${calls}\n`));
		const piped = await trace(file('r.ringside'), '--xentrace', '-');
		expect(piped.stdout === readFileSync(file('x.bin'), 'latin1')).toBe(true);
	});

	it('makes a saved run again, and tells when it comes out otherwise', async () => {
		const same = await trace(file('r.ringside'), '--verify');
		expect([same.code, same.stdout]).toEqual([
			0,
			expect.stringMatching(/made again: [\d,]+ events on one timeline, all the same\n$/)
		]);
		expect((await trace(file('t.jsonl'), '--verify')).stderr).toMatch(/--verify: .* is no saved run/);
	});

	it('tells what differs, with 1', async () => {
		const read = await RunFile.read(readFileSync(file('r.ringside')));
		const saved = await read.run((name) => readFileSync(`src/guests/images/${name}.elf`));
		const domains = saved.scenario.domains.map((domain) => ({ ...domain, cmdline: 'run=hello' }));
		const other = await saveRun({ ...saved, scenario: { ...saved.scenario, domains } });
		const { code, line } = await verify(await RunFile.read(new Uint8Array(Buffer.concat(other))));
		expect([code, line]).toEqual([
			1,
			expect.stringMatching(/^made again, it differs on timeline 0: event [\d,]+: \w+ was .* when it was saved/)
		]);
	});

	it('says what is wrong with a damaged file, with 65', async () => {
		writeFileSync(file('cut.ringside'), readFileSync(file('r.ringside')).subarray(0, 2000));
		writeFileSync(file('cut.bin'), readFileSync(file('x.bin')).subarray(0, 1001));
		const told = async (path: string): Promise<[number | null, string, boolean]> => {
			const { code, stdout, stderr } = await trace(path);
			return [code, stderr, stdout !== ''];
		};
		expect(await Promise.all([file('cut.ringside'), file('cut.bin'), 'package.json'].map(told))).toEqual([
			[65, expect.stringMatching(/the file is cut off: .*byte 2,000/), false],
			[65, expect.stringMatching(/byte [\d,]+\); shown is what comes before/), true],
			[65, expect.stringMatching(/package\.json: this is no trace/), false]
		]);
	});

	it.each<[string, string[], RegExp]>([
		['no file', [], /FILE is missing/],
		['two files', ['a', 'b'], /one FILE, not 2: a, b/],
		['an unknown option', ['t', '--quick'], /no option --quick; there are --filter/],
		['a flag with a value', ['t', '--jsonl=yes'], /--jsonl takes no value/],
		['no value', ['t', '--filter'], /--filter wants a value/],
		['a bad limit', ['t', '--limit', '0'], /--limit: 0 events is out of range/],
		['an option twice', ['t', '--jsonl', '--jsonl'], /--jsonl is given twice/],
		['what does not go together', ['t', '--jsonl', '--perfetto', 'x'], /write the whole trace/],
		['two files on one output', ['t', '--xentrace', '-', '--perfetto', '-'], /cannot both go to standard output/],
		['more than --verify', ['t', '--verify', '--jsonl'], /--verify goes alone/],
		['a bad query', ['t', '--filter', ' '], /the query is empty/]
	])('refuses %s', (_name, words, reason) => {
		expect(() => parseTraceArguments(words)).toThrow(reason);
	});

	it('refuses with 64, and says where help is', async () => {
		const { code, stdout, stderr } = await trace('nowhere/t');
		expect([code, stdout, stderr]).toEqual([
			64,
			'',
			expect.stringMatching(/nowhere\/t: there is no such file\n.*trace --help/)
		]);
	});

	it('refuses what the file does not have', async () => {
		const told = async (...words: string[]): Promise<string> => (await trace(file('r.ringside'), ...words)).stderr;
		expect(
			await Promise.all([told('--timeline', '3'), told('--filter', 'zap'), told('--perfetto', '/nowhere/x')])
		).toEqual([
			expect.stringMatching(/--timeline: there is no 3; there are 0/),
			expect.stringMatching(/--filter: expected a kind of event, found 'zap'/),
			expect.stringMatching(/--perfetto: \/nowhere\/x cannot be written: there is no such file/)
		]);
	});

	it('says all this on --help', async () => {
		const { code, stdout } = await trace('--help');
		expect(code).toBe(0);
		for (const word of [
			'--filter',
			'--jsonl',
			'--limit',
			'--timeline',
			'--perfetto',
			'--xentrace',
			'--hz',
			'--verify',
			'Exit code'
		])
			expect(stdout).toContain(word);
		expect((await ringside(['--help'])).stdout).toContain('trace FILE');
	});

	it('reads its words', () => {
		expect(parseTraceArguments(['--hz=1e9', '-', '--timeline', '2'])).toMatchObject({
			file: '-',
			hz: 1e9,
			timeline: 2
		});
		expect(parseTraceArguments(['--', '-x']).file).toBe('-x');
	});
});
