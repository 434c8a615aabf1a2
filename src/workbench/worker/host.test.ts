import { describe, expect, it } from 'vitest';
import { jsonl } from '../../trace/export/jsonl';
import { TraceMirror } from '../../trace/mirror';
import { query } from '../../trace/query';
import { DebugSession, type Debuggee } from '../../debugger/session';
import { goalOf } from '../goal';
import { Run, type RunOptions } from '../run';
import type { ScenarioInput } from '../scenario';
import { Host } from './host';
import type { Progress } from './protocol';
import { imageFile, stopAt } from '../testing';

/** A page without a browser: receives what the worker would send it. */
async function page(image = 'pocket', options: RunOptions = {}) {
	let milliseconds = 0;
	const host = new Host({
		clock: () => (milliseconds += 20),
		breathe: () => new Promise((resolve) => setImmediate(resolve))
	});
	const trace = new TraceMirror();
	const seen = { news: [] as Progress[], console: '' };
	host.listener = (news) => {
		for (const slice of news.slices) trace.append(structuredClone(slice));
		for (const { dom, keep, bytes } of news.console)
			if (dom === 1) seen.console = seen.console.slice(0, keep) + new TextDecoder().decode(bytes);
		seen.news.push(news);
	};
	await host.open(
		{ domains: [{ name: 'guest', image, memoryMiB: 8, cmdline: 'run=fork' }] },
		{ [image]: imageFile(image) },
		[],
		options
	);
	const last = (): Progress => seen.news[seen.news.length - 1];
	const run: Debuggee = {
		trace,
		get progress() {
			return last();
		},
		advance: (stop) => host.advance(stop),
		seek: (moment) => host.seek(moment),
		reverseContinue: (stop) => host.reverseContinue(stop),
		inspect: () => Promise.resolve(host.inspect()),
		read: (address, length) => Promise.resolve(host.read(address, length))
	};
	return { host, trace, seen, last, run };
}

describe('the host of a run', () => {
	it('sends the whole trace and console, and says where it stands', async () => {
		const { host, trace, seen, last } = await page();
		expect((await host.advance({})).cause).toBe('ended');
		expect(seen.console).toContain('power off');
		expect(last()).toMatchObject({ doing: 'idle', seq: trace.length });
		expect(seen.news.some((news) => news.doing === 'running')).toBe(true);
		expect(trace.parent(query(trace, 'check'))).toBeGreaterThanOrEqual(-1);
	});

	it('gives the same news by either engine, and says which it is', async () => {
		const pages = await Promise.all([page('pocket'), page('pocket', { engine: 'wasm' })]);
		for (const { host } of pages) await host.advance({});
		const [plain, compiled] = pages;
		expect([...jsonl(compiled.trace)]).toEqual([...jsonl(plain.trace)]);
		expect(compiled.seen.console).toBe(plain.seen.console);
		expect(plain.host.inspectWith('engine')).toEqual({ name: 'interpreter', regions: null });
		expect(compiled.host.inspectWith('engine').regions!.instructions).toBeGreaterThan(10_000);
	});

	it('can be paused, and goes on from there', async () => {
		const { host, last } = await page();
		const going = host.advance({});
		host.pause();
		expect((await going).cause).toBe('paused');
		expect(last().doing).toBe('idle');
		expect((await host.advance({})).cause).toBe('ended');
	});

	it('leaves what it does when something else is asked for', async () => {
		const { host } = await page();
		const first = host.advance({});
		const second = host.advance({ icount: 1_000_000 });
		expect(['paused', 'ended']).toContain((await first).cause);
		expect((await second).cause).toBe('ended');
	});

	it('goes back with the console of that moment, and keeps the known future', async () => {
		const { host, trace, seen, last } = await page();
		await host.advance({});
		const length = trace.length;
		await host.seek({ icount: 3000 });
		expect(last().icount).toBe(3000);
		expect(seen.news.some(({ console }) => console.some(({ of, keep }) => keep < of))).toBe(true);
		expect(seen.console).toBe('');
		expect(trace.length).toBe(length);
		await host.seek({ seq: length - 1 });
		expect(seen.console).toContain('power off');
	});

	it('cuts the future when something is typed', async () => {
		const { host, trace, last } = await page();
		await host.advance({});
		await host.seek({ icount: 50_000 });
		await host.type(1, 'x');
		expect(host.log()).toEqual([{ icount: 50_000, dom: 1, text: 'x' }]);
		await host.advance({});
		expect(trace.length).toBe(last().seq);
		expect(query(trace, 'console_input bytes=1')).toBeGreaterThan(0);
	});

	it('answers about the moment', async () => {
		const { host } = await page();
		await host.advance({ icount: 20_000 });
		const moment = host.inspect();
		const { address } = moment.code;
		const walk = host.walk(address);
		expect(walk.steps.map((step) => step.level)).toEqual([3, 2, 1]);
		expect(walk).toMatchObject({ owner: 1 });
		expect(host.readFrame(walk.physical >>> 12).slice(address & 0xfff, (address & 0xfff) + 8)).toEqual(
			host.read(address, 8)
		);
		const map = host.frames();
		expect(map.owner.filter((owner) => owner === 1).length).toBeGreaterThanOrEqual(8 * 256);
		const space = host.space();
		expect(space.find((region) => address >= region.start && address < region.end)).toMatchObject({ part: 'guest' });
		expect(host.truths().rows.find((row) => row.id === 'if')).toMatchObject({ machine: 'on' });
		expect(structuredClone(moment)).toEqual(moment);
	});

	it('tells why it cannot open', async () => {
		const host = new Host({ clock: () => 0, breathe: () => Promise.resolve() });
		expect(() => host.inspect()).toThrow('no scenario has been opened');
		await expect(async () => host.open({ domains: [{ name: 'a', image: 'nothing' }] }, {}, [])).rejects.toThrow(
			"no image 'nothing'"
		);
	});
});

describe('a debugger on it', () => {
	it('steps, and steps back to where it came from, by every size of step', async () => {
		const { host, run } = await page();
		const session = DebugSession.open(run, imageFile('pocket'));
		await host.advance({ icount: 55_000 });
		for (const kind of ['instruction', 'event', 'hypercall', 'fault'] as const) {
			await host.seek({ icount: 55_000 });
			await session.step(kind);
			const first = host.inspect();
			expect(first.icount).toBeGreaterThan(55_000);
			await session.step(kind);
			await session.back(kind);
			expect([kind, host.inspect()]).toEqual([kind, first]);
		}
		await host.seek({ icount: 1 });
		await session.back('instruction');
		expect(host.inspect().icount).toBe(0);
		await session.back('hypercall');
		expect(host.inspect().icount).toBe(0);
	});

	it('stops at breakpoints, steps over calls, and shows code with its symbols', async () => {
		const { host, run } = await page();
		const session = DebugSession.open(run, imageFile('pocket'));
		const address = session.symbols.find('print');
		expect(address).toBeGreaterThan(0);
		const report = await run.advance(stopAt(address));
		expect(report.cause).toBe('point');
		const lines = await session.disassemble(address, 12);
		expect(lines[0]).toMatchObject({ address, label: 'print' });
		expect(lines[1].where).toMatch(/^print\+0x/);
		for (let n = 0; n < 200; n++) {
			const [line] = await session.disassemble(host.inspect().code.address, 1);
			if (line.text.startsWith('call')) {
				await session.step('over');
				expect(host.inspect().code.address).toBe(line.address + line.bytes.length);
				return;
			}
			await session.step('instruction');
		}
		expect.unreachable('no call was met');
	});
});

describe('a scenario that says where it ends', () => {
	const scenario = (stop: ScenarioInput['stop']): ScenarioInput => ({
		domains: [{ name: 'guest', image: 'pocket', memoryMiB: 8, cmdline: 'run=spin' }],
		stop
	});
	it.each<[string, ScenarioInput['stop']]>([
		['at a cycle', { cycles: 3_000_000 }],
		['once something is said', { text: 'pocket: up' }]
	])('ends there in a page as in a test: %s', async (_where, stop) => {
		const run = new Run(scenario(stop), imageFile);
		const { cause, icount } = run.advance(run.goal);
		const host = new Host({ clock: () => performance.now(), breathe: () => Promise.resolve() });
		await host.open(scenario(stop), { pocket: imageFile('pocket') }, []);
		expect(await host.advance(goalOf(scenario(stop)))).toMatchObject({ cause, icount });
		expect(['cycle', 'text']).toContain(cause);
		expect(goalOf(scenario(stop), 3_000_000).cycle).toBeUndefined();
	});
});
