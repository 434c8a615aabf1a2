/** A step of a lesson in the page of somebody else: small, by keyboard, by messages, and without the browser's storage. */
import { createServer, type Server } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { Frame, Page } from '@playwright/test';
import { accessible, expect, LESSONS, noSideScroll, openLesson, SAMPLE, stepsOf, test } from './site';

const FRAME = { width: 480, height: 300 };
const folder = new URL('../static/embed-example/', import.meta.url);
const TYPES: Readonly<Record<string, string>> = { html: 'text/html', css: 'text/css', js: 'text/javascript' };

/** Somebody else's server: our example on another origin, which to a browser is another site as well (`localhost` is not `127.0.0.1`). */
let server: Server;
test.beforeAll(async () => {
	server = createServer((request, response) => {
		const path = new URL(request.url ?? '/', 'http://localhost').pathname;
		if (path === '/empty')
			return void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Empty</title>');
		const name = path === '/' ? 'index.html' : path.slice(1);
		readFile(new URL(name, folder)).then(
			(file) => response.writeHead(200, { 'content-type': TYPES[name.split('.').at(-1)!] }).end(file),
			() => response.writeHead(name === 'favicon.ico' ? 204 : 404).end()
		);
	});
	await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
});
test.afterAll(() => void server.close());

async function openEmbed(page: Page, slug: string, rest: string): Promise<void> {
	await page.goto(`lessons/${slug}/${rest}`);
	await expect(page.locator('main.embed.ready')).toBeVisible({ timeout: 30_000 });
}

/** The example with a lesson in its frame. */
async function openExample(page: Page, site: string, slug: string, hash = ''): Promise<Frame> {
	const { port } = server.address() as AddressInfo;
	await page.goto(`http://localhost:${port}/?site=${encodeURIComponent(site)}&lesson=${slug}${hash}`);
	await expect(page.locator('#step')).toBeEnabled({ timeout: 30_000 });
	return page.frames()[1];
}

for (const lesson of LESSONS) {
	const { slug, title } = lesson;
	test.describe(title, () => {
		test(`every step fits ${FRAME.width}x${FRAME.height}, alone`, async ({ page }) => {
			await page.setViewportSize(FRAME);
			await openEmbed(page, slug, '?embed');
			const steps = await stepsOf(page);
			expect(steps).toBeGreaterThan(1);
			for (let step = 1; step <= steps; step++) {
				await page.evaluate((to) => (location.hash = `step-${to}`), step);
				await expect(page.getByRole('heading', { level: 2, name: new RegExp(`^Step ${step}:`) })).toBeVisible();
				await expect(page.locator('.views:not(.waiting) section').first()).toBeVisible();
				await noSideScroll(page);
				expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBe(FRAME.height);
				if (!SAMPLE.includes(lesson)) continue;
				for (const tab of await page.getByRole('tab').all()) {
					await tab.click();
					await expect(tab).toHaveAttribute('aria-selected', 'true');
					await expect(page.locator('.views section').first()).toBeVisible();
				}
			}
			await expect(page.getByRole('navigation')).toHaveCount(0);
			await expect(page.locator('.prose')).toBeHidden();
			await expect(page.getByRole('link', { name: 'Open the lesson' })).toHaveAttribute('target', '_blank');
		});
	});
}

const [{ slug }] = LESSONS;

for (const colorScheme of ['light', 'dark'] as const)
	test(`axe finds nothing, ${colorScheme}, small and large`, async ({ page }) => {
		// The theme of the address, not of the reader.
		await page.emulateMedia({ colorScheme: colorScheme === 'dark' ? 'light' : 'dark', reducedMotion: 'reduce' });
		for (const size of [FRAME, { width: 1000, height: 700 }]) {
			await page.setViewportSize(size);
			await openEmbed(page, slug, `?embed&theme=${colorScheme}#step-2`);
			await expect(page.locator('html')).toHaveCSS('color-scheme', colorScheme);
			await expect(page.locator('.views:not(.waiting) section').first()).toBeVisible();
			await expect(page.locator('.views')).toHaveCSS('opacity', '1');
			// What fades in has its colours when it is there.
			await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
			await accessible(page);
		}
	});

test('every moment can be shown, with the pictures that were asked for', async ({ page }) => {
	await page.setViewportSize({ width: 1000, height: 700 });
	await openEmbed(page, slug, '?embed&moment=nowhere');
	const moments = await page
		.getByRole('listitem')
		.getByRole('link')
		.evaluateAll((links) =>
			links.map((link) => link.getAttribute('href')!).filter((href) => href.startsWith('#moment-'))
		);
	expect(moments.length).toBeGreaterThan(1);
	const name = moments[1].slice('#moment-'.length);
	await openEmbed(page, slug, `?embed&moment=${name}&shows=registers`);
	await expect(page.locator('.views .view')).toHaveCount(1);
	await expect(page.locator('.views .view.registers')).toBeVisible();
	await expect(page.locator('.now')).not.toBeEmpty();
});

test('an embed is played by the keyboard', async ({ page }) => {
	await page.setViewportSize(FRAME);
	await page.emulateMedia({ reducedMotion: 'reduce' });
	await openEmbed(page, slug, '?embed#step-2');
	const live = page.locator('[aria-live=polite]');
	await expect(live).not.toBeEmpty();
	const one = await live.textContent();
	await page.keyboard.press('.');
	await expect(live).not.toHaveText(one!);
	await page.keyboard.press('b');
	await expect(live).toHaveText(one!);
	await page.getByRole('tab').first().focus();
	await page.keyboard.press('End');
	await expect(page.getByRole('tab').last()).toBeFocused();
	await expect(page.getByRole('tab').last()).toHaveAttribute('aria-selected', 'true');
	await page.keyboard.press('Tab');
	await expect(page.getByRole('tabpanel')).toBeFocused();
	await page.keyboard.press('t');
	await expect(page.getByRole('button', { name: 'As pictures' })).toBeVisible();
});

test('what is not there is said, with what there is instead', async ({ page }) => {
	await openEmbed(page, slug, '?embed&moment=cli-bonce');
	await expect(page.getByRole('alert')).toHaveText(/has no moment 'cli-bonce'; did you mean 'cli-bounce'\?/);
	await page.getByRole('link', { name: 'cli-bounce', exact: true }).click();
	await expect(page.locator('.now')).toContainText(/\S/);
	await expect(page.getByRole('alert')).toHaveCount(0);
	await openEmbed(page, slug, '?embed#step-99');
	await expect(page.getByRole('alert')).toHaveText(/has no step 99: its steps are 1 to \d/);
	await openEmbed(page, slug, '?embed&shows=trap,frame');
	await expect(page.getByRole('alert')).toContainText('shows=frame: there are the pictures trap');
});

test('an embed keeps nothing, and needs no storage', async ({ page }) => {
	// A browser that refuses storage to frames of other sites throws at the first touch.
	await page.addInitScript(() => {
		if (window !== window.parent)
			Object.defineProperty(window, 'localStorage', {
				get: () => {
					throw new DOMException('refused', 'SecurityError');
				}
			});
	});
	const site = test.info().project.use.baseURL!;
	const frame = await openExample(page, site, slug, '#step-2');
	await expect(frame.locator('.views:not(.waiting) section').first()).toBeVisible();
	await expect(frame.getByText('Nothing can be kept')).toHaveCount(0);
	// In a page of its own, where it could: it does not.
	await openEmbed(page, slug, '?embed#step-3');
	await page.getByRole('button', { name: 'One event on' }).click();
	expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([]);
});

test('a page of another origin leads it, hears what the reader answers, and is told what cannot be', async ({
	page
}) => {
	const site = test.info().project.use.baseURL!;
	const frame = await openExample(page, site, slug);
	const standing = page.locator('#standing');
	await expect(standing).toContainText('step 1');
	await page.locator('#step').selectOption('2');
	await expect(standing).toContainText('step 2');
	await page.locator('#moment').selectOption('cli-bounce');
	await expect(frame.locator('.now')).toContainText(/\S/);
	await expect(page.locator('#log')).toContainText('"moment":"cli-bounce"');

	await page.getByRole('button', { name: 'Ask this step’s question' }).click();
	await expect(frame.getByRole('group', { name: /What happens/ })).toBeVisible();
	// Nothing that is told gives the answer away.
	await expect(standing).toHaveText(/event \d+\. $/);
	await frame.getByRole('radio').nth(1).check();
	await frame.getByRole('button', { name: 'Commit and run' }).click();
	await expect(page.locator('#answer')).toHaveText(/^wrong: Nothing is raised/);
	await expect(frame.getByText('what happened', { exact: true })).toBeVisible();
	await page.getByRole('button', { name: 'Ask this step’s question' }).click();
	await frame.getByRole('radio').first().check();
	await frame.getByRole('button', { name: 'Commit and run' }).click();
	await expect(page.locator('#answer')).toHaveText(/^right: /);

	const say = (message: unknown) =>
		page.evaluate((data) => document.querySelector('iframe')!.contentWindow!.postMessage(data, '*'), message);
	await say({ ringside: 1, id: 'x', do: 'go', moment: 'nope' });
	await expect(standing).toContainText('failed: Four rings has no moment');
	await say({ ringside: 1, do: 'fly' });
	await expect(standing).toContainText('failed: do: one of go');
	// The failures moved nothing.
	await page.getByRole('button', { name: 'Where are you?' }).click();
	await expect(standing).toContainText('step 2');
});

test('an embed that is for one origin is deaf and dumb to another', async ({ page, baseURL }) => {
	const { port } = server.address() as AddressInfo;
	await page.goto(`http://localhost:${port}/empty`);
	const heard = await page.evaluate(
		(src) =>
			new Promise<unknown[]>((resolve) => {
				const messages: unknown[] = [];
				addEventListener('message', ({ data }) => messages.push(data));
				const frame = document.createElement('iframe');
				frame.src = src;
				document.body.append(frame);
				frame.onload = () => {
					frame.contentWindow!.postMessage({ ringside: 1, do: 'where' }, '*');
					setTimeout(
						() => resolve(messages.filter((data) => (data as { lesson?: string }).lesson === undefined)),
						6000
					);
				};
			}),
		`${baseURL}lessons/${slug}/?embed&origin=https://course.example`
	);
	expect(heard).toEqual([]);
});

test('sharing a moment that is to be predicted does not tell what comes of it', async ({ page }) => {
	await openLesson(page, slug, '#step-2');
	await page.getByRole('button', { name: 'Share' }).click();
	await expect(page.getByRole('dialog', { name: 'Share' }).getByRole('radio', { name: /^The moment/ })).toHaveCount(1);
	await expect(page.getByRole('dialog', { name: 'Share' })).not.toContainText('refused');
});

test('what a reader shares opens where the reader stood', async ({ page, context }) => {
	await context.grantPermissions(['clipboard-read', 'clipboard-write']);
	await openLesson(page, slug, '#step-2');
	await page.getByRole('button', { name: 'One event on' }).click();
	await page.getByRole('button', { name: 'Share' }).click();
	const dialog = page.getByRole('dialog', { name: 'Share' });
	await expect(dialog.getByRole('radio', { name: /^Event/ })).toBeChecked();
	await dialog.getByRole('button', { name: 'Copy Address' }).click();
	await expect(dialog.getByText('Copied.')).toBeVisible();
	const address = await page.evaluate(() => navigator.clipboard.readText());
	expect(address).toMatch(new RegExp(`/lessons/${slug}/#event-\\d+$`));
	// A step with a question may ask it first.
	await dialog.getByRole('radio', { name: /^Step 2/ }).check();
	await dialog.getByRole('checkbox', { name: /Ask this step’s question/ }).check();
	await dialog.getByLabel('Size').selectOption('small');
	const code = await dialog.getByLabel('Code of the frame').inputValue();
	expect(code).toContain('width="480" height="300"');
	await accessible(page);
	await page.keyboard.press('Escape');
	await expect(dialog).toBeHidden();
	await expect(page.getByRole('button', { name: 'Share' })).toBeFocused();

	await page.goto(address);
	await expect(page.locator('main.ready')).toBeVisible();
	await expect(page.locator('#step-2 a[aria-current=step]')).toBeVisible();
	await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/empty`);
	await page.setContent(code);
	const frame = page.frameLocator('iframe');
	await expect(frame.getByRole('group', { name: /What happens/ })).toBeVisible({ timeout: 30_000 });
});

test('without the clipboard the text is selected, and the page says what to press', async ({ page }) => {
	await page.addInitScript(() => {
		Object.defineProperty(navigator, 'clipboard', { value: undefined });
		document.execCommand = () => false;
	});
	await openLesson(page, slug);
	await page.getByRole('button', { name: 'Share' }).click();
	await page.getByRole('button', { name: 'Copy Address' }).click();
	await expect(page.getByRole('status').filter({ hasText: 'Ctrl+C' })).toBeVisible();
	expect(await page.evaluate(() => getSelection()?.toString() ?? '')).toContain('/lessons/');
});
