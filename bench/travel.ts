/**
 * Time travel: how long it takes to go back, in histories of a thousand million instructions; in Node, and in Chromium
 * with the run in its worker. Milliseconds on the wall, so it wants a machine with nothing else to do.
 *
 *     npx tsx bench/travel.ts [millions of instructions, 1000] [part of a history's name] [node | chromium]
 */
import { createServer } from 'node:http';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { build } from 'vite';
import { inspect } from '../src/workbench/inspect/moment';
import { Run } from '../src/workbench/run';
import type { ScenarioInput } from '../src/workbench/scenario';
import { finish } from '../src/workbench/task';
import { GRUB, hasGrub, imageFile } from '../src/workbench/testing';
import { whoWrote } from '../src/workbench/who/who';
import type { WhoTarget } from '../src/workbench/who/words';
import { figure, median, table } from './measure';
import type { PageResult } from './travel-page';
import { travel, type Plan } from './travel-walk';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

/** A history, and what share of the instructions asked for it is long. */
interface History {
	readonly name: string;
	readonly scenario: ScenarioInput;
	readonly share: number;
}

/** The constants that end pocket's programs, made -1: `cmp $4, %ebx; je` of spin, `cmp $20, %ebx; jne` of pipes. */
const ENDLESS: readonly (readonly [from: readonly number[], to: readonly number[]])[] = [
	[
		[0x83, 0xfb, 0x04, 0x74],
		[0x83, 0xfb, 0xff, 0x74]
	],
	[
		[0x83, 0xfb, 0x14, 0x75],
		[0x83, 0xfb, 0xff, 0x75]
	]
];

/** pocket with programs that never end. */
function endless(): Uint8Array {
	const bytes = Buffer.from(imageFile('pocket'));
	for (const [from, to] of ENDLESS) {
		const at = bytes.indexOf(Buffer.from(from));
		if (at < 0 || bytes.indexOf(Buffer.from(from), at + 1) >= 0)
			throw new Error(`pocket has not exactly one ${from.join(' ')}: bench/travel.ts must learn its new code`);
		bytes.set(to, at);
	}
	return bytes;
}

const pocket = (program: string, name = program): ScenarioInput['domains'][number] => ({
	...{ name, image: 'endless', memoryMiB: 8 },
	cmdline: `run=${program}`
});

const HISTORIES: readonly History[] = [
	{ name: 'pocket, spin', scenario: { domains: [pocket('spin')] }, share: 1 },
	{ name: 'pocket, pipes', scenario: { domains: [pocket('pipes')] }, share: 0.1 },
	{
		name: 'two domains, spin and spin',
		scenario: { domains: [pocket('spin', 'one'), pocket('spin', 'two')] },
		share: 1
	},
	...(hasGrub
		? [{ name: 'GRUB at its prompt', scenario: { domains: [{ name: 'grub', image: GRUB, memoryMiB: 64 }] }, share: 1 }]
		: [])
];

const image = (name: string): Uint8Array => (name === 'endless' ? endless() : imageFile(name));
const millis = (): number => performance.now();
const waits = <T>(value: T): Promise<T> => Promise.resolve(value);

async function inNode({ scenario }: History, plan: Plan): Promise<PageResult> {
	const record = (snapshots?: number): { run: Run; took: number } => {
		const run = new Run(scenario, image, { snapshots });
		const began = millis();
		run.advance({ icount: plan.length });
		return { run, took: millis() - began };
	};
	const bare = record(0).took;
	const { run, took } = record();
	const traveller = {
		advance: (stop: Parameters<Run['advance']>[0]) => waits(run.advance(stop)),
		seek: (moment: { icount: number; seq?: number }) => waits(run.seek(moment)),
		reverseContinue: (stop: Parameters<Run['reverseContinue']>[0]) => waits(run.reverseContinue(stop)),
		whoWrote: (target: WhoTarget) => waits(finish(whoWrote(run, target))),
		snapshots: () => waits(run.snapshots),
		registers: () => waits(inspect(run).regs)
	};
	const latencies = await travel(traveller, plan, millis);
	const { length: events } = run.trace;
	return { bare, recording: took, latencies, snapshots: run.snapshots, events, traceBytes: run.store.view.bytes };
}

/** Bundles the page with its worker, and serves it. */
async function servePage(): Promise<{ url: string; close(): void }> {
	const root = process.cwd();
	const outDir = join(root, 'node_modules/.cache/ringside-bench-page');
	rmSync(outDir, { recursive: true, force: true });
	await build({
		root,
		configFile: false,
		logLevel: 'warn',
		worker: { format: 'es' },
		build: {
			outDir,
			rollupOptions: { input: join(root, 'bench/travel-page.ts'), output: { entryFileNames: 'page.js' } }
		}
	});
	const server = createServer((request, response) => {
		const path = request.url === '/' ? '' : (request.url ?? '').replace(/\.\./g, '');
		if (path === '') {
			response.setHeader('content-type', 'text/html');
			response.end('<!doctype html><script type="module" src="/page.js"></script>');
			return;
		}
		const known = existsSync(join(outDir, path));
		response.writeHead(known ? 200 : 404, { 'content-type': 'text/javascript' });
		response.end(known ? readFileSync(join(outDir, path)) : '');
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const address = server.address() as { port: number };
	return { url: `http://127.0.0.1:${address.port}/`, close: () => server.close() };
}

async function inChromium(histories: readonly History[], planOf: (history: History) => Plan): Promise<void> {
	const { url, close } = await servePage();
	const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
	try {
		for (const history of histories) {
			const page = await browser.newPage();
			await page.goto(url);
			await page.waitForFunction(() => 'measure' in window);
			const plan = planOf(history);
			const names = [...new Set(history.scenario.domains.map((domain) => domain.image))];
			const images = Object.fromEntries(names.map((name) => [name, [...image(name)]]));
			const result = await page.evaluate(
				([scenario, files, wanted]) =>
					(window as unknown as { measure(...args: unknown[]): Promise<PageResult> }).measure(scenario, files, wanted),
				[history.scenario, images, plan] as const
			);
			print('Chromium', history, plan, result);
			await page.close();
		}
	} finally {
		await browser.close();
		close();
	}
}

const MIB = 1024 * 1024;

function print(where: string, { name }: History, plan: Plan, result: PageResult): void {
	const { bare, recording, latencies, snapshots, events, traceBytes } = result;
	console.log(
		`\n${where}: ${name}, ${figure(plan.length / 1e6)} million instructions, ${figure(events / 1000)} thousand events`
	);
	const mips = (took: number): string => figure(plan.length / took / 1000);
	console.log(
		`  recorded at ${mips(recording)} MIPS, without snapshots ${mips(bare)}: ${((recording / bare - 1) * 100).toFixed(1)}% slower`
	);
	if (snapshots)
		console.log(
			`  ${snapshots.main} snapshots every ${figure(snapshots.gap / 1000)} thousand instructions, ${snapshots.local} near the last moments; ` +
				`${figure(snapshots.bytes / MIB)} MiB, and ${figure(traceBytes / MIB)} MiB of trace`
		);
	table(
		['', 'times', 'median ms', '95 of 100', 'worst'],
		latencies.map(({ name: what, times }) => {
			const sorted = [...times].sort((a, b) => a - b);
			const p95 = sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.95) - 1)];
			return [`  ${what}`, String(times.length), figure(median(times)), figure(p95), figure(sorted[sorted.length - 1])];
		})
	);
}

const [millions = '1000', part = '', only = ''] = process.argv.slice(2);
const planOf = ({ share }: History): Plan => ({
	...{ length: Number(millions) * 1e6 * share, steps: 300, jumps: 60 },
	searches: 15
});
const wanted = HISTORIES.filter(({ name }) => name.includes(part));
if (only !== 'chromium')
	for (const history of wanted) print('Node', history, planOf(history), await inNode(history, planOf(history)));
if (only !== 'node') await inChromium(wanted, planOf);
if (!hasGrub) console.log('GRUB is not measured: scripts/fetch-guests.sh fetches it.');
