/** When something is missing the page says what, and what to do; what can live on does. */
import { readFileSync } from 'node:fs';
import { test as bare, type Page } from '@playwright/test';
import { expect, LESSONS, noSideScroll, PAGES, openLesson, SAMPLE, stepsOf, test } from './site';

const [FIRST] = LESSONS;

const WORKER = /\/workers\/worker-[^/]*\.js/;
const DECODER = /\/workers\/code\.worker-[^/]*\.js/;
const RECORDING = /recording\.trace/;

const trouble = (page: Page) => page.locator('.trouble[role=alert]');
/** Every page must be told of on the console by what failed, so these tests watch for what may not happen by themselves. */
const uncaught = (page: Page): string[] => {
	const errors: string[] = [];
	page.on('pageerror', (error) => errors.push(String(error)));
	return errors;
};

/** On to a step of the open lesson, one after another. */
async function toStep(page: Page, last: number): Promise<void> {
	for (let step = 2; step <= last; step++) {
		await page.keyboard.press('n');
		await expect(page.locator(`#step-${step} a[aria-current=step]`)).toBeVisible();
	}
}

bare.describe('without scripts', () => {
	bare.use({ javaScriptEnabled: false });

	bare('every page says so, and offers nothing that cannot work', async ({ page }) => {
		for (const path of PAGES)
			await bare.step(`/${path}`, async () => {
				await page.goto(path);
				await expect(page.locator('.unstarted')).toBeVisible();
				await expect(page.locator('.unstarted')).toContainText(
					/JavaScript is off, .* Allow it for this site and load the page/s
				);
				await expect(
					page
						.getByText(/Starting the machine|The machine is starting|Going to this moment|^The run:/)
						.filter({ visible: true })
				).toHaveCount(0);
				await expect(page.locator('form button:visible')).toHaveCount(0);
			});
	});

	bare('every lesson can be read to its end, on a wide page and on a phone', async ({ page }) => {
		for (const { slug } of LESSONS)
			await bare.step(slug, async () => {
				await page.goto(`lessons/${slug}/`);
				const parts = page.locator('.prose > section, .prose > section .body, .prose .body > p:not(.next)');
				expect(await page.locator('.prose > section').count()).toBeGreaterThan(1);
				for (const width of slug === FIRST.slug ? [1440, 390] : [390]) {
					await page.setViewportSize({ width, height: 844 });
					await expect(parts.filter({ visible: false })).toHaveCount(0);
					await noSideScroll(page);
				}
			});
	});
});

/** Where the scripts of a page start. */
const ENTRY = /\/entry\/app\..*\.js/;

bare('every page has the watch over its scripts', () => {
	const watch = 'The scripts of this page did not load, so its machine does not run.';
	for (const path of PAGES)
		expect(readFileSync(new URL(`../build/${path}index.html`, import.meta.url), 'utf8'), path).toContain(watch);
});

for (const path of ['', `lessons/${FIRST.slug}/`, 'debugger/'])
	bare(`/${path}: scripts that do not load are told of before anything else runs`, async ({ page }) => {
		await page.route(ENTRY, (route) => route.abort());
		await page.goto(path);
		const alert = page.locator('.unstarted[role=alert]');
		await expect(alert).toContainText('The scripts of this page did not load');
		await expect(alert).toContainText('Look at your connection');
		await page.unroute(ENTRY);
		await alert.getByRole('button', { name: 'Load the page again' }).click();
		await expect(page.locator('html[data-started]')).toBeAttached();
		await expect(page.locator('.unstarted[role=alert]')).toHaveCount(0);
	});

bare('scripts that come late take the message away again', async ({ page }) => {
	await page.clock.install();
	let go: () => void = () => {};
	const late = new Promise<void>((resolve) => (go = resolve));
	await page.route(ENTRY, async (route) => {
		await late;
		await route.continue();
	});
	await page.goto(`lessons/${FIRST.slug}/`, { waitUntil: 'load' });
	await page.clock.runFor(16_000);
	await expect(page.getByText('The scripts of this page did not load')).toBeVisible();
	go();
	await expect(page.locator('html[data-started]')).toBeAttached();
	await expect(page.getByText('The scripts of this page did not load')).toHaveCount(0);
	await expect(page.getByRole('region', { name: 'Stage' })).toBeVisible();
});

bare('a browser that is too old is told which are not, and the lesson is there to read', async ({ page }) => {
	await page.addInitScript(() => Reflect.deleteProperty(window, 'DecompressionStream'));
	await page.goto(`lessons/${FIRST.slug}/`);
	await expect(page.getByText('This browser is too old for the machine.')).toBeVisible();
	await expect(page.getByText(/Firefox 120/)).toBeVisible();
	await expect(page.locator('.prose > section').last().locator('.body')).toBeVisible();
});

bare.describe('a worker that does not load', () => {
	bare('home says so and tries again', async ({ page }) => {
		const errors = uncaught(page);
		await page.route(WORKER, (route) => route.abort());
		await page.goto('');
		await expect(trouble(page)).toContainText('The machine is not there: its program could not be loaded.');
		await expect(trouble(page)).toContainText('Look at your connection');
		await expect(page.getByText('Starting the machine')).toBeHidden();
		await page.unroute(WORKER);
		await trouble(page).getByRole('button', { name: 'Try again' }).click();
		await expect(page.getByText(/\d instructions/)).toBeVisible();
		await expect(page.locator('.numbers b').nth(2)).not.toHaveText('0');
		await expect(trouble(page)).toHaveCount(0);
		expect(errors).toEqual([]);
	});

	bare('a lesson keeps its recording and tries again', async ({ page }) => {
		const errors = uncaught(page);
		await page.route(WORKER, (route) => route.abort());
		await openLesson(page, FIRST.slug);
		await page.getByRole('button', { name: 'One event on' }).click();
		await expect(trouble(page)).toContainText('its program could not be loaded');
		await expect(trouble(page)).toContainText('Prose, score and numbers come from the recording');
		for (const fact of await page.locator('.fact').all()) await expect(fact).not.toHaveText(/…|NaN/);
		await page.unroute(WORKER);
		await trouble(page).getByRole('button', { name: 'Try again' }).click();
		await expect(page.locator('.views .view section').first()).toBeVisible();
		await expect(trouble(page)).toHaveCount(0);
		expect(errors).toEqual([]);
	});

	bare('the opening page says so in its figures, and all of them come when tried again', async ({ page }) => {
		await page.route(WORKER, (route) => route.abort());
		await page.goto('what-is-a-hypervisor/');
		await expect(trouble(page).first()).toContainText('its program could not be loaded');
		await page.unroute(WORKER);
		await trouble(page).first().getByRole('button', { name: 'Try again' }).click();
		await expect(page.locator('figure .pictures').first()).toBeVisible({ timeout: 30_000 });
		await expect(trouble(page)).toHaveCount(0);
		await expect(page.getByText('The machine is starting')).toHaveCount(0);
	});

	bare('the debugger says so and comes back', async ({ page }) => {
		const errors = uncaught(page);
		await page.route(WORKER, (route) => route.abort());
		await page.goto('debugger/');
		await expect(page.getByRole('alert')).toContainText('its program could not be loaded');
		await page.unroute(WORKER);
		await page.getByRole('alert').getByRole('button', { name: 'Try again' }).click();
		await expect(page.getByText(/instruction/).first()).toBeVisible();
		await expect(page.getByRole('alert')).toHaveCount(0);
		expect(errors).toEqual([]);
	});
});

/** A worker's script as the site serves it: a page that is isolated takes no other. */
const script = (body: string): { contentType: string; headers: Record<string, string>; body: string } => ({
	contentType: 'text/javascript',
	headers: { 'Cross-Origin-Embedder-Policy': 'require-corp' },
	body
});

bare('a worker that never answers is given up, with a word about slow connections', async ({ page }) => {
	await page.clock.install();
	await page.route(WORKER, (route) => route.fulfill(script('onmessage = () => {};')));
	await page.goto('');
	await expect(page.getByText('Starting the machine')).toBeVisible();
	await page.waitForTimeout(1500);
	await page.clock.runFor(41_000);
	await expect(trouble(page)).toContainText('it has not answered for a long time');
	await expect(trouble(page)).toContainText('slow connection');
});

bare('a worker that breaks is told with its words', async ({ page }) => {
	await page.route(WORKER, (route) => route.fulfill(script('throw new RangeError("no memory for the machine");')));
	await page.goto('');
	await expect(trouble(page)).toContainText('it has stopped: Uncaught RangeError: no memory for the machine');
});

bare('a browser that starts no workers is told what it costs', async ({ page }) => {
	await page.addInitScript(() => {
		window.Worker = class {
			constructor() {
				throw new DOMException('blocked by a setting', 'SecurityError');
			}
		} as unknown as typeof Worker;
	});
	await page.goto('');
	await expect(trouble(page)).toContainText('this browser does not start the page’s workers: blocked by a setting');
	await expect(trouble(page)).toContainText('The text can be read without.');
});

bare.describe('a guest’s image that cannot be had', () => {
	bare('is told on the home page', async ({ page }) => {
		await page.route(/\.elf$/, (route) => route.fulfill({ status: 404 }));
		await page.goto('');
		await expect(trouble(page)).toContainText('The image of pocket could not be fetched: 404.');
	});
	bare('is told in the debugger', async ({ page }) => {
		await page.route(/\.elf$/, (route) => route.abort());
		await page.goto('debugger/');
		await expect(page.getByRole('alert')).toContainText('The site could not be reached.');
	});
});

bare.describe('a recording that is missing or damaged', () => {
	const WAYS = {
		'is not there': (page: Page) => page.route(RECORDING, (route) => route.fulfill({ status: 404 })),
		'cannot be reached': (page: Page) => page.route(RECORDING, (route) => route.abort()),
		'is a page in its place': (page: Page) =>
			page.route(RECORDING, (route) => route.fulfill({ body: '<!doctype html>' })),
		'is cut off': (page: Page) =>
			page.route(RECORDING, async (route) => {
				const body = await (await route.fetch()).body();
				await route.fulfill({ body: body.subarray(0, body.length / 2) });
			}),
		'is damaged': (page: Page) =>
			page.route(RECORDING, async (route) => {
				const body = Buffer.from(await (await route.fetch()).body());
				for (let at = 200; at < 260; at++) body[at] ^= 0x55;
				await route.fulfill({ body });
			})
	};
	// In how many ways it is lost does not depend on the lesson.
	for (const { slug, title } of SAMPLE)
		for (const [name, spoil] of Object.entries(WAYS).slice(0, slug === FIRST.slug ? undefined : 1))
			bare(`${title}: ${name}`, async ({ page }) => {
				const errors = uncaught(page);
				await spoil(page);
				await openLesson(page, slug);
				await expect(page.getByText('the machine was run in its place')).toBeVisible();
				await expect(page.locator('.views .view section').first()).toBeVisible();
				// From here on it is the machine's run, however the recording was lost: once to the end will do.
				await toStep(page, name === 'is not there' ? await stepsOf(page) : 2);
				expect(errors).toEqual([]);
			});
});

bare.describe('a part of a page that does not load', () => {
	bare('a picture of a lesson', async ({ page }) => {
		const errors = uncaught(page);
		// What is loaded after the page is ready: the pictures of later moments, the machine, the exercise.
		await openLesson(page, FIRST.slug);
		await expect(page.locator('.views .view section').first()).toBeVisible();
		await page.route(/\/_app\/.*\.js/, (route) => route.abort());
		const steps = await stepsOf(page);
		await toStep(page, steps);
		await expect(page.getByText('A part of this page could not be loaded.').first()).toBeVisible();
		await page.unroute(/\/_app\/.*\.js/);
		await page
			.getByRole('button', { name: /Load the page again|Load again/ })
			.first()
			.click();
		await expect(page.locator('main.ready')).toBeVisible({ timeout: 30_000 });
		await expect(page.locator(`#step-${steps} a[aria-current=step]`)).toBeVisible();
		await expect(page.getByText('A part of this page could not be loaded.')).toHaveCount(0);
		expect(errors.filter((text) => !/dynamically imported module/.test(text))).toEqual([]);
	});

	bare('a page of the site: it says so, and comes when loaded again', async ({ page }) => {
		await page.goto('lessons/');
		await expect(page.locator('html[data-started]')).toBeAttached();
		await page.route(/\/_app\/immutable\/nodes\/.*\.js/, (route) => route.abort());
		await page.getByRole('link', { name: 'Debugger' }).click();
		await expect(page.getByRole('heading', { name: 'This page could not be shown' })).toBeVisible();
		await expect(page.getByText('A part of this page could not be loaded.').first()).toBeVisible();
		await page.unroute(/\/_app\/immutable\/nodes\/.*\.js/);
		await page.getByRole('button', { name: 'Load the page again' }).click();
		await expect(page.getByRole('region', { name: 'Console' })).toBeVisible();
	});

	bare('the debugger’s console', async ({ page }) => {
		const errors = uncaught(page);
		await page.goto('debugger/');
		await expect(page.locator('.xterm')).toBeVisible();
		const terminal = await page.evaluate(() =>
			performance
				.getEntriesByType('resource')
				.map(({ name, ...entry }) => ({ name, size: (entry as { decodedBodySize?: number }).decodedBodySize ?? 0 }))
				.filter(({ name }) => name.endsWith('.js'))
				.map(({ name }) => name)
		);
		const texts = await Promise.all(
			terminal.map(async (url) => [url, await (await page.request.get(url)).text()] as const)
		);
		const [url] = texts.find(([, text]) => text.includes('xterm-helper-textarea')) ?? [];
		if (!url) throw new Error('no script holds the terminal');
		await page.route(url, (route) => route.abort());
		await page.reload();
		await expect(trouble(page)).toContainText('The console cannot be shown. A part of this page could not be loaded.');
		expect(errors).toEqual([]);
	});
});

bare.describe('WebAssembly', () => {
	/** Off in the page and in its workers. */
	const off = async (page: Page) => {
		await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'WebAssembly'));
		await page.route(DECODER, async (route) => {
			const answer = await route.fetch();
			await route.fulfill({ response: answer, body: `delete globalThis.WebAssembly;\n${await answer.text()}` });
		});
	};
	bare('switched off: the debugger tells instructions by the processor’s own table, and says so', async ({ page }) => {
		const errors = uncaught(page);
		await off(page);
		await page.goto('debugger/');
		await expect(page.getByText('The disassembler cannot be had here')).toBeVisible();
		await expect(page.locator('#panel-code')).toContainText(/mov |push |call /);
		await page.getByRole('button', { name: 'Run', exact: true }).click();
		await expect(page.getByRole('status').first()).toContainText(/ended/i, { timeout: 20_000 });
		expect(errors).toEqual([]);
	});
	bare('switched off: a lesson does without', async ({ page }) => {
		await off(page);
		await openLesson(page, FIRST.slug);
		await page.getByRole('button', { name: 'One event on' }).click();
		await expect(page.locator('.views:not(.waiting) .view section').first()).toBeVisible();
		await expect(trouble(page)).toHaveCount(0);
	});
});

bare.describe('storage that is refused', () => {
	const refuse = (page: Page) =>
		page.addInitScript(() => {
			const refused = () => {
				throw new DOMException('The operation is insecure.', 'SecurityError');
			};
			for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches'])
				Object.defineProperty(window, name, { get: refused, configurable: true });
		});

	test('the lesson works on, says once that nothing is kept, and remembers as long as the page', async ({ page }) => {
		await refuse(page);
		await openLesson(page, FIRST.slug);
		await expect(page.getByText('Your progress cannot be kept here')).toBeVisible();
		await expect(page.getByText('Your progress cannot be kept here')).toHaveCount(1);
		await page.getByRole('button', { name: 'Close' }).click();
		await page.keyboard.press('n');
		await page.getByRole('link', { name: 'Lessons' }).first().click();
		await expect(page.getByText(/^2 of \d+ steps/)).toBeVisible();
	});

	test('the debugger takes an image and says that it is not kept', async ({ page }) => {
		await refuse(page);
		await page.goto('debugger/');
		await expect(page.getByText(/instruction/).first()).toBeVisible();
		await page.locator('#image-file').setInputFiles('src/guests/images/hello.elf');
		await expect(page.getByText('hello.elf is loaded')).toBeAttached();
		await expect(page.getByText('Your progress cannot be kept here')).toBeVisible();
	});
});
