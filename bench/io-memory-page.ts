/**
 * What a run with many domains takes of a browser: the scenario of io-memory.ts in the debugger of the built site, page and worker
 * together, as the operating system counts the pages that the tab's process alone has; and what an empty tab takes. `npm run build` comes
 * first.
 *
 *     npx tsx bench/io-memory-page.ts [domains, 32] [MiB each, 8]
 */
import { chromium, type CDPSession } from '@playwright/test';
import { SiteServer } from '../e2e/site-server';
import { CHROMIUM_FLAGS } from '../scripts/chromium.mjs';
import { emptyPosition, encodePosition } from '../src/debugger/position';
import { heapsOf, ownMiB } from './heaps';
import { readWriteAndSend } from './io-memory-scenario';
import { figure, table } from './measure';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const LONGEST_MS = 15 * 60_000;

/** Processes that render tabs, and what each has alone. */
async function renderers(browser: CDPSession): Promise<Map<number, number>> {
	const { processInfo } = await browser.send('SystemInfo.getProcessInfo');
	return new Map(processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => [id, ownMiB(id)]));
}

async function measure(domains: number, memoryMiB: number): Promise<void> {
	const site = await new SiteServer('/').start();
	const browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_FLAGS });
	try {
		const session = await browser.newBrowserCDPSession();
		const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
		await page.goto('about:blank');
		const empty = Math.max(...(await renderers(session)).values());
		const target = readWriteAndSend(domains, memoryMiB);
		const runs = { domains: [...target.domains], dom0: target.dom0, disks: [...target.disks], cards: target.cards };
		const hash = encodePosition({ ...emptyPosition(), ...runs });
		await page.goto(`${site.url}debugger/#${hash}`);
		const said = page.locator('.said');
		const trouble = page.locator('main [role=alert]');
		await said
			.filter({ hasText: /before the first instruction/ })
			.or(trouble)
			.first()
			.waitFor({ timeout: LONGEST_MS });
		if (await trouble.count()) throw new Error(await trouble.first().innerText());
		const loaded = Math.max(...(await renderers(session)).values());
		await page.getByRole('button', { name: 'Run', exact: true }).click();
		let most = loaded;
		const began = Date.now();
		do {
			await page.waitForTimeout(500);
			most = Math.max(most, ...(await renderers(session)).values());
			if (Date.now() - began > LONGEST_MS) throw new Error(`not done: ${await page.locator('.status').innerText()}`);
			// While the machine runs, nothing is said.
		} while ((await said.count()) === 0);
		const where = await page.locator('.status .where').innerText();
		const heaps = await heapsOf(page);
		await page.waitForTimeout(3000);
		const after = Math.max(...(await renderers(session)).values());
		console.log(`${domains} domains of ${memoryMiB} MiB, ${where}: "${await said.innerText()}"\n`);
		table(
			['MiB', ''],
			[
				['an empty tab', figure(empty)],
				['the debugger, loaded', figure(loaded)],
				['at the end of the run', figure(after)],
				['  most of all while it ran', figure(most)],
				['  the end less an empty tab', figure(after - empty)],
				...heaps.flatMap(([name, objects, buffers]) => [
					[`objects of ${name}`, figure(objects)],
					[`  buffers of ${name}`, figure(buffers)]
				])
			]
		);
	} finally {
		await browser.close();
		await site.stop();
	}
}

const [domains, memoryMiB] = process.argv.slice(2);
await measure(Number(domains ?? 32), Number(memoryMiB ?? 8));
