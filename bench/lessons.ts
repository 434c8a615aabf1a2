/**
 * What a lesson costs its reader, in a real Chromium, in the built page: script and bytes before the first act, when the first moving picture
 * stands, how far things shift, and how long the slowest of a walk's inputs waits for the next picture (INP).
 *
 *     npx tsx bench/lessons.ts [--built: the site has just been built]
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { chromium, type Page } from '@playwright/test';
import { preview } from 'vite';
import { CHROMIUM_FLAGS, chromium as findChromium } from '../scripts/chromium.mjs';
import { figure, table } from './measure';

const LESSONS = readdirSync('lessons', { withFileTypes: true })
	.filter((entry) => entry.isDirectory())
	.map(({ name }) => name)
	.sort();
/** Keys of the walk: a step on, events both ways, text and back, closer and farther, a hypercall on. */
const KEYS = ['n', '.', '.', ',', 't', 't', 'w', 's', 'h', 'n', '.', 'p'];

/** What the browser has told of itself so far. */
interface Told {
	readonly shift: number;
	readonly inputs: number[];
}

/** Listens before the page does anything. */
function listen(): void {
	const told = { shift: 0, inputs: [] as number[] };
	Object.assign(window, { told });
	new PerformanceObserver((list) => {
		for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[])
			if (!entry.hadRecentInput) told.shift += entry.value;
	}).observe({ type: 'layout-shift', buffered: true });
	new PerformanceObserver((list) => {
		for (const entry of list.getEntries() as (PerformanceEntry & { interactionId: number })[])
			if (entry.interactionId > 0) told.inputs.push(entry.duration);
	}).observe({ type: 'event', durationThreshold: 16, buffered: true } as PerformanceObserverInit);
}

const toldBy = (page: Page) => page.evaluate(() => (window as unknown as { told: Told }).told);

async function measure(page: Page, address: string): Promise<string[]> {
	const scripts = new Map<string, Promise<Buffer>>();
	page.on('response', (response) => {
		if (response.url().endsWith('.js')) scripts.set(response.url(), response.body());
	});
	await page.addInitScript(listen);
	await page.goto(address);
	const line = await page.waitForFunction(
		() => (document.querySelector('.score .line') ? performance.now() : 0),
		null,
		{ polling: 'raf' }
	);
	await page.locator('main.ready').waitFor({ timeout: 60_000 });
	await page.locator('.views .view section').first().waitFor();
	const kib = [...(await Promise.all(scripts.values()))].reduce((sum, body) => sum + gzipSync(body).length, 0) / 1024;
	const opened = (await toldBy(page)).shift;
	for (const key of KEYS) {
		await page.keyboard.press(key);
		await page.locator('.views:not(.waiting)').waitFor();
	}
	await page.waitForTimeout(500);
	const { shift, inputs } = await toldBy(page);
	return [
		figure(kib),
		figure(await line.jsonValue()),
		opened.toFixed(3),
		shift.toFixed(3),
		inputs.length > 0 ? figure(Math.max(...inputs)) : 'below 16'
	];
}

if (!process.argv.includes('--built')) spawnSync('npx', ['vite', 'build', '--logLevel', 'warn'], { stdio: 'inherit' });
const server = await preview({ preview: { host: '127.0.0.1', port: 41877, strictPort: true }, logLevel: 'error' });
const browser = await chromium.launch({ executablePath: findChromium(), args: [...CHROMIUM_FLAGS] });
try {
	const rows: string[][] = [];
	for (const lesson of LESSONS) {
		const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
		rows.push([lesson, ...(await measure(await context.newPage(), `http://127.0.0.1:41877/lessons/${lesson}/`))]);
		await context.close();
	}
	table(
		['lesson', 'script KiB (gzip)', 'first picture ms', 'shift at opening', 'shift after the walk', 'slowest input ms'],
		rows
	);
} finally {
	await browser.close();
	await server.close();
}
