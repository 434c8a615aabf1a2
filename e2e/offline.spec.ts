/** The site without a network, and from one version to the next. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type BrowserContext, type Page } from '@playwright/test';
import { BUILD, otherVersion, SiteServer } from './site-server';
import { expect, LESSONS } from './site';

test.use({ serviceWorkers: 'allow' });

/** What is listed for offline use may weigh so much, MB: it is fetched once by everybody. */
const MOST_MB = 10;

const READY = 'Ready to work offline';
const ready = (page: Page) => page.getByRole('button', { name: READY, exact: true });
const notice = (page: Page) => page.getByText('A new version is here: reload when it suits you.');
const versions = (page: Page): Promise<string[]> => page.evaluate(async () => (await caches.keys()).sort());

const served = async (work: (site: SiteServer) => Promise<void>): Promise<void> => {
	const site = await new SiteServer().start();
	try {
		await work(site);
	} finally {
		await site.stop();
	}
};

/** Errors of all pages of a context. */
function errorsOf(context: BrowserContext): string[] {
	const errors: string[] = [];
	context.on('weberror', (error) => errors.push(String(error.error())));
	return errors;
}

test('what is kept for later is what lies in the folder, byte for byte', () => {
	const { files } = JSON.parse(readFileSync(join(BUILD, 'offline.json'), 'utf8')) as {
		files: { path: string; hash: string; bytes: number }[];
	};
	const listed = files.map(({ path }) => (path === '' || path.endsWith('/') ? `${path}index.html` : path));
	const there = readdirSync(BUILD, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) =>
			join(entry.parentPath, entry.name)
				.slice(BUILD.length + 1)
				.replaceAll('\\', '/')
		);
	const left = there.filter((path) => !listed.includes(path)).sort();
	expect(left.filter((path) => !path.startsWith('embed-example/'))).toEqual([
		'404.html',
		'_app/version.json',
		'offline.json',
		'screenshot.png',
		'service-worker.js'
	]);
	expect(listed.filter((path) => !there.includes(path))).toEqual([]);
	for (const [at, { hash }] of files.entries())
		expect(
			createHash('sha256')
				.update(readFileSync(join(BUILD, listed[at])))
				.digest('hex')
		).toBe(hash);
	// What Kit's own list leaves out: what workers load.
	expect(listed.some((path) => /workers\/.*\.wasm$/.test(path))).toBe(true);
	expect(listed.some((path) => /workers\/worker-.*\.js$/.test(path))).toBe(true);
	expect(listed.filter((path) => path.endsWith('recording.trace'))).toHaveLength(LESSONS.length);
	const megabytes = files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
	console.log(`offline: ${files.length} files, ${megabytes.toFixed(1)} MB`);
	expect(megabytes).toBeLessThan(MOST_MB);
});

test('after one visit everything works without a network, below any path', async ({ page, context }) => {
	test.setTimeout(180_000);
	await served(async (site) => {
		const errors = errorsOf(context);
		await page.goto(site.url);
		await expect(ready(page)).toBeVisible({ timeout: 60_000 });
		await ready(page).click();
		await expect(page.getByText(/kept in this browser: \d+\.\d MB/)).toBeVisible();
		await site.stop();
		const session = await context.newCDPSession(page);
		await session.send('Network.clearBrowserCache');

		await page.goto(site.url);
		await expect(page.getByText(/\d instructions/)).toBeVisible();
		await expect(page.locator('.numbers b').nth(2)).not.toHaveText('0');
		for (const { slug } of LESSONS) {
			await page.goto(`${site.url}lessons/${slug}/#step-2`);
			await expect(page.locator('main.ready')).toBeVisible({ timeout: 30_000 });
			await page.getByRole('button', { name: 'One event on' }).click();
			await expect(page.locator('.views:not(.waiting) .view section').first()).toBeVisible();
			for (const fact of await page.locator('#step-2 .fact').all()) await expect(fact).not.toHaveText(/…|NaN/);
			await page.keyboard.press('n');
			await expect(page.locator('#step-3 a[aria-current=step]')).toBeVisible();
			await expect(page.locator('.views:not(.waiting) .view section').first()).toBeVisible();
		}
		await page.getByRole('link', { name: 'Debugger', exact: true }).click();
		await expect(page.locator('#panel-code')).toContainText(/mov |push |call /, { timeout: 30_000 });
		await expect(page.getByText('The disassembler cannot be had here')).toHaveCount(0);
		await page.getByRole('button', { name: 'Run', exact: true }).click();
		await expect(page.locator('.said')).toContainText(/ended/i, { timeout: 30_000 });
		await page.goto(`${site.url}lessons`);
		await expect(page).toHaveURL(`${site.url}lessons/`);
		await expect(page.getByRole('heading', { name: 'Lessons', exact: true })).toBeVisible();
		await expect(ready(page)).toBeVisible();
		expect(errors).toEqual([]);
	});
});

test('a page shares memory with its worker where a server lets it, or from the second visit on; either way it works', async ({
	page,
	context
}) => {
	test.setTimeout(120_000);
	const errors = errorsOf(context);
	/** How many events a guest's run has, in a page that is isolated or is not. */
	const events = async (isolated: boolean): Promise<string> => {
		expect(await page.evaluate(() => crossOriginIsolated)).toBe(isolated);
		await page.getByRole('button', { name: 'Run', exact: true }).click();
		await expect(page.locator('.said')).toContainText(/ended/i, { timeout: 30_000 });
		const [count] = /of [\d,]+/.exec(await page.locator('section[aria-label="Events"]').innerText())!;
		return count;
	};
	await page.goto('/debugger/');
	const withHeaders = await events(true);
	await served(async (site) => {
		await page.goto(`${site.url}debugger/`);
		expect(await events(false)).toBe(withHeaders);
		await page.goto(site.url);
		await expect(ready(page)).toBeVisible({ timeout: 60_000 });
		await page.goto(`${site.url}debugger/`);
		expect(await events(true)).toBe(withHeaders);
	});
	expect(errors).toEqual([]);
});

test('nothing is fetched for later while the reader is busy', async ({ page }) => {
	await served(async (site) => {
		const registered = () => page.evaluate(async () => (await navigator.serviceWorker.getRegistration()) !== undefined);
		await page.goto(`${site.url}lessons/${LESSONS[0].slug}/`);
		await expect(page.locator('main.ready')).toBeVisible({ timeout: 30_000 });
		for (let act = 0; act < 6; act++) {
			await page.keyboard.press('.');
			await page.waitForTimeout(1200);
			expect(await registered()).toBe(false);
		}
		await expect(ready(page)).toBeVisible({ timeout: 60_000 });
	});
});

test('what cannot be kept is told, and can be tried again', async ({ page }) => {
	await served(async (site) => {
		site.missing.add('debugger/');
		await page.goto(`${site.url}lessons/`);
		const mark = page.locator('.offline > button');
		await expect(mark).toHaveAccessibleName('Needs the network', { timeout: 60_000 });
		await mark.click();
		await expect(page.getByText('Not all could be kept: debugger/ could not be fetched: 404.')).toBeVisible();
		site.missing.clear();
		await page.getByRole('button', { name: 'Try again' }).click();
		await expect(ready(page)).toBeVisible({ timeout: 60_000 });
	});
});

test('a new version is announced and waits; an open page keeps its files; old ones go when no page uses them', async ({
	page,
	context
}) => {
	test.setTimeout(180_000);
	const second = otherVersion('second', (folder) => {
		const file = join(folder, 'lessons/index.html');
		writeFileSync(file, readFileSync(file, 'utf8').replace('</h1>', ', second edition</h1>'));
		// A recording that is not the one which the first version's pages know.
		for (const { slug } of LESSONS) writeFileSync(join(folder, `lessons/${slug}/recording.trace`), 'another one');
	});
	try {
		await served(async (site) => {
			const errors = errorsOf(context);
			await page.goto(`${site.url}lessons/`);
			await expect(ready(page)).toBeVisible({ timeout: 60_000 });
			const [first] = await versions(page);
			site.folder = second.folder;
			await page.reload();
			await expect(notice(page)).toBeVisible({ timeout: 60_000 });
			expect(await versions(page)).toEqual([first, 'ringside-second'].sort());
			// Nothing is forced: loaded again, it is still the first one.
			await page.reload();
			await expect(page.getByRole('heading', { level: 1 })).not.toContainText('second edition');
			await expect(notice(page)).toBeVisible({ timeout: 30_000 });

			const other = await context.newPage();
			await other.goto(`${site.url}lessons/`);
			await expect(notice(other)).toBeVisible({ timeout: 30_000 });
			const html = () => other.evaluate(() => performance.getEntriesByType('navigation').length);
			const loads = await html();
			await page.getByRole('button', { name: 'Reload' }).click();
			await expect(page.getByRole('heading', { level: 1 })).toContainText('second edition');
			await expect(notice(page)).toHaveCount(0);

			// The other page is of the first version still, and goes on with its files.
			await other.getByRole('link', { name: LESSONS[0].title }).first().click();
			await expect(other.locator('main.ready')).toBeVisible({ timeout: 30_000 });
			await expect(other.getByText('the machine was run in its place')).toHaveCount(0);
			await other.getByRole('button', { name: 'One event on' }).click();
			await expect(other.locator('.views:not(.waiting) .view section').first()).toBeVisible();
			expect(await html()).toBe(loads);
			await page.reload();
			await page.waitForTimeout(4000);
			expect(await versions(page)).toEqual([first, 'ringside-second'].sort());

			await other.close();
			await page.reload();
			await expect.poll(() => versions(page), { timeout: 20_000 }).toEqual(['ringside-second']);
			expect(errors).toEqual([]);
		});
	} finally {
		second.drop();
	}
});
