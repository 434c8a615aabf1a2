/**
 * How smooth the debugger's page stays with ten million events: two guests echo what is typed to them until as many are recorded,
 * in a real Chromium, in the built page. Then the score is panned, zoomed from the whole run to one instruction and back, the
 * list of events is scrolled and a filter is answered, one step a frame; each frame is timed.
 *
 *     npx tsx bench/score.ts [events, 10000000] [--built: the site has just been built] [--memory: and no more than that]
 */
import { spawnSync } from 'node:child_process';
import { chromium, type Page } from '@playwright/test';
import { preview } from 'vite';
import { CHROMIUM_FLAGS, chromium as findChromium } from '../scripts/chromium.mjs';
import { emptyPosition, encodePosition } from '../src/debugger/position';
import { ISOLATION } from '../src/offline/isolation';
import { heapsOf, ownMiB } from './heaps';
import { figure, median, table } from './measure';

const EVENTS = Number(process.argv[2] ?? 1e7) || 1e7;
/** What a line typed to both guests comes to, measured; a few more are typed. */
const EVENTS_A_LINE = 117;
const INSTRUCTIONS_AN_EVENT = 20.9;
/** Before the guests have said that they listen: what is typed waits for them. */
const TYPED_AT = 100_000;
/** Longest wait for the run, milliseconds. */
const PATIENCE = 900_000;

/** Times of a stretch of work, milliseconds. */
interface Frames {
	readonly name: string;
	/** From one frame to the next. */
	readonly frames: number[];
	/** From the start to the last change seen. */
	readonly took: number;
	/** Processor time that the page's own thread took. */
	readonly busy: number;
}

function position(): string {
	const lines = Math.ceil((EVENTS / EVENTS_A_LINE) * 1.05);
	return encodePosition({
		...emptyPosition(),
		domains: [1, 2].map(() => ({ image: 'pocket', cmdline: 'run=echo', memoryMiB: 8 })),
		icount: Math.ceil(EVENTS * INSTRUCTIONS_AN_EVENT) + TYPED_AT,
		log: [
			{ icount: TYPED_AT, dom: 1, text: 'x\n'.repeat(lines) },
			{ icount: TYPED_AT, dom: 2, text: 'yy\n'.repeat(lines) }
		]
	});
}

/** Tells how much processor time, in milliseconds, the page's own thread has taken for all that it does. */
async function threadTime(page: Page): Promise<() => Promise<number>> {
	const session = await page.context().newCDPSession(page);
	await session.send('Performance.enable', { timeDomain: 'threadTicks' });
	return async () => {
		const { metrics } = await session.send('Performance.getMetrics');
		return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN) * 1000;
	};
}

/** What runs in the page: one step of a gesture a frame, and the time of each frame. */
async function gesture(
	page: Page,
	name: string,
	steps: number,
	selector: string,
	kind: 'wheel' | 'scroll' | 'none',
	amount: readonly [x: number, y: number]
): Promise<Frames> {
	const before = await spent();
	const frames = await page.evaluate(
		async ({ steps, selector, kind, amount: [x, y] }) => {
			const element = document.querySelector(selector);
			if (!element) throw new Error(`the page has no ${selector}`);
			const box = element.getBoundingClientRect();
			const next = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
			const times: number[] = [];
			let before = await next();
			for (let step = 0; step < steps; step++) {
				if (kind === 'wheel')
					element.dispatchEvent(
						new WheelEvent('wheel', {
							deltaX: x,
							deltaY: y,
							clientX: box.left + box.width * 0.6,
							clientY: box.top + box.height / 2,
							bubbles: true,
							cancelable: true
						})
					);
				else if (kind === 'scroll') element.scrollTop = ((step * 7919) % steps) * (element.scrollHeight / steps);
				const now = await next();
				times.push(now - before);
				before = now;
			}
			return times;
		},
		{ steps, selector, kind, amount }
	);
	return { name, frames, took: frames.reduce((sum, time) => sum + time, 0), busy: (await spent()) - before };
}

/** Types a query and times the frames until it is answered. */
async function filter(page: Page, query: string): Promise<Frames & { found: string }> {
	const box = page.locator('form[role=search] .cm-content');
	await box.fill(query);
	await page.keyboard.press('Escape');
	const before = await spent();
	const answer = await page.evaluate(async () => {
		const next = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
		const form = document.querySelector<HTMLFormElement>('form[role=search]')!;
		const times: number[] = [];
		let before = await next();
		const began = before;
		form.requestSubmit();
		let text: string;
		do {
			const now = await next();
			times.push(now - before);
			before = now;
			text = form.querySelector('[role=status]')?.textContent ?? '';
		} while (!/result/.test(text) || text.includes('%'));
		return { frames: times, took: before - began, text };
	});
	const busy = (await spent()) - before;
	await page.locator('form[role=search] button', { hasText: 'Clear' }).click();
	return { ...answer, busy, name: `filter: ${query}`, found: answer.text.replace(/\s+/g, ' ').trim() };
}

/** The same number of marks the plain way, an element each, moved together: what the score does not do. */
function naive(page: Page, count: number): Promise<number[]> {
	return page.evaluate(async (count) => {
		const SVG = 'http://www.w3.org/2000/svg';
		const svg = document.createElementNS(SVG, 'svg');
		svg.style.cssText = 'position:fixed;inset:200px 0 auto;width:1400px;height:200px;background:white;z-index:99';
		const group = svg.appendChild(document.createElementNS(SVG, 'g'));
		for (let index = 0; index < count; index++) {
			const mark = group.appendChild(document.createElementNS(SVG, 'circle'));
			mark.setAttribute('r', '3');
			mark.setAttribute('cy', String(20 + (index % 4) * 40));
		}
		document.body.append(svg);
		const next = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
		const times: number[] = [];
		let before = await next();
		for (let step = 0; step < 20; step++) {
			for (let index = 0; index < count; index++)
				group.children[index].setAttribute('cx', String(((index * 1400) / count + step * 9) % 1400));
			const now = await next();
			times.push(now - before);
			before = now;
		}
		svg.remove();
		return times.slice(1);
	}, count);
}

const at = (sorted: readonly number[], share: number): number =>
	sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

function row({ name, frames, took, busy }: Frames, note = ''): string[] {
	const sorted = [...frames].sort((a, b) => a - b);
	const [middle, late, worst] = [median(frames), at(sorted, 0.95), sorted[sorted.length - 1]];
	const times = [busy / frames.length, middle, late, worst, took];
	return [name, String(frames.length), ...times.map((time) => (Number.isNaN(time) ? '' : time.toFixed(1))), note];
}

/** MiB that only the process has that draws the page. */
async function own(page: Page): Promise<number> {
	const session = await page.context().browser()!.newBrowserCDPSession();
	const { processInfo } = await session.send('SystemInfo.getProcessInfo');
	return Math.max(...processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => ownMiB(id)));
}

let spent: () => Promise<number> = () => Promise.resolve(NaN);

if (!process.argv.includes('--built')) spawnSync('npx', ['vite', 'build', '--logLevel', 'warn'], { stdio: 'inherit' });
const server = await preview({
	configFile: false,
	root: process.cwd(),
	build: { outDir: 'build' },
	preview: { host: '127.0.0.1', port: 41_929, headers: ISOLATION },
	logLevel: 'warn'
});
const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS });
try {
	const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
	// What runs in the page is a function of this file; tsx names functions by a helper that the page does not have.
	await page.addInitScript('globalThis.__name = (work) => work');
	page.on('pageerror', (error) => console.log(`the page failed: ${error.message}`));
	const began = performance.now();
	await page.goto(`${server.resolvedUrls!.local[0]}debugger/#${position()}`);
	const known = () =>
		page.evaluate(() =>
			Number(
				/of ([\d,]+)/
					.exec(document.querySelector('section[aria-label="Events"]')?.textContent ?? '')?.[1]
					.replaceAll(',', '')
			)
		);
	for (;;) {
		await page.waitForTimeout(1000);
		const events = await known();
		const standing = await page.locator('[aria-busy="true"]').count();
		if (events >= EVENTS * 0.98 && standing === 0) break;
		if (performance.now() - began > PATIENCE) throw new Error(`only ${events} events were recorded`);
	}
	const recorded = (performance.now() - began) / 1000;
	await page.waitForTimeout(1500);
	const events = await known();
	const most = await own(page);
	const heaps = await heapsOf(page);
	await page.waitForTimeout(5000);
	const memory = await own(page);
	const shares = await page.evaluate(() => crossOriginIsolated);
	console.log(
		`${figure(events)} events recorded in ${recorded.toFixed(0)} s; the process of the page and its worker, which ${shares ? '' : 'do not '}share memory,`
	);
	console.log(
		`alone has ${figure(most)} MiB, and ${figure(memory)} once garbage is gone (${figure((memory * 2 ** 20) / events)} bytes an event)`
	);
	for (const [name, objects, buffers] of heaps)
		console.log(`${name}: ${figure(objects)} MiB of objects, ${figure(buffers)} MiB in buffers`);
	console.log();
	if (process.argv.includes('--memory')) process.exit();
	spent = await threadTime(page);
	const SCORE = '[aria-label="The score"] svg[role=slider]';
	const LIST = 'section[aria-label="Events"] [role=listbox]';
	const rows: string[][] = [];
	const add = async (
		...args: [name: string, steps: number, selector: string, kind: 'wheel' | 'scroll' | 'none', x: number, y: number]
	) => {
		const [name, steps, selector, kind, x, y] = args;
		rows.push(row(await gesture(page, name, steps, selector, kind, [x, y])));
	};
	await add('nothing moves', 60, SCORE, 'none', 0, 0);
	await page.locator(SCORE).focus();
	for (let press = 0; press < 45; press++) await page.keyboard.press('s');
	await page.waitForTimeout(800);
	await add('score: panned, half the run in sight', 1, SCORE, 'wheel', 0, -430);
	rows.pop();
	await add('score: panned, half the run in sight', 120, SCORE, 'wheel', 9, 0);
	await add('score: from the whole run to one instruction', 150, SCORE, 'wheel', 0, -100);
	await add('score: panned, single instructions in sight', 120, SCORE, 'wheel', 25, 0);
	await add('score: back to the whole run', 150, SCORE, 'wheel', 0, 100);
	await add('score: panned, a thousandth of the run in sight', 1, SCORE, 'wheel', 0, -4300);
	rows.pop();
	await add('score: panned, a thousandth of the run in sight', 120, SCORE, 'wheel', 25, 0);
	await add('list: by the wheel', 120, LIST, 'wheel', 0, 120);
	await add('list: bar dragged to and fro', 120, LIST, 'scroll', 0, 0);
	for (const query of [
		'check !passed',
		'hypercall name=event_channel_op dom=2',
		'any ring=3',
		'check inside(hypercall #1000)'
	]) {
		const answer = await filter(page, query);
		rows.push(row(answer, answer.found));
	}
	for (const count of [1000, 20_000])
		rows.push(
			row({ name: `beside: ${count} SVG elements, each moved`, frames: await naive(page, count), took: NaN, busy: NaN })
		);
	table(['', 'frames', 'busy ms a frame', 'frame ms: median', '95 %', 'worst', 'altogether', ''], rows);
} finally {
	await browser.close();
	await server.close();
}
