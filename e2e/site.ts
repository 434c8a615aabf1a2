/** What every browser test shares: a page whose console must stay clean, and the lessons there are. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { expect, test as base, type Page } from '@playwright/test';

export { expect };

/** What the page has tried against its content security policy, told on the console. */
const tellViolations = (): void =>
	document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sourceFile, lineNumber }) =>
		console.error(`against the policy: ${effectiveDirective} ${blockedURI} (${sourceFile}:${lineNumber})`)
	);

/** A page that fails its test when it logs an error, throws, or does what its policy forbids. */
export const test = base.extend<{ page: Page }>({
	page: async ({ page }, use) => {
		const errors: string[] = [];
		await page.addInitScript(tellViolations);
		page.on('console', (message) => {
			if (message.type() === 'error') errors.push(message.text());
		});
		page.on('pageerror', (error) => errors.push(String(error)));
		await use(page);
		expect(errors).toEqual([]);
	}
});

export interface Lesson {
	slug: string;
	title: string;
}

const folder = new URL('../lessons/', import.meta.url);
export const LESSONS: Lesson[] = readdirSync(folder, { withFileTypes: true })
	.filter((entry) => entry.isDirectory())
	.map(({ name }) => ({
		slug: name,
		...(JSON.parse(readFileSync(new URL(`${name}/en.json`, folder), 'utf8')) as Omit<Lesson, 'slug'>)
	}))
	.sort((a, b) => a.slug.localeCompare(b.slug));

/**
 * Lessons that stand for all where the page is tried and not the lesson: the first, and the last, in which most runs. What depends on the
 * prose, the moments or the run of a lesson is tried in every one.
 */
export const SAMPLE: readonly Lesson[] = [LESSONS[0], LESSONS[LESSONS.length - 1]];

/** Every page of the site, of lessons those of the sample, as the build wrote them; examples for other sites stand in `static`. */
export const PAGES: string[] = readdirSync(new URL('../build/', import.meta.url), { recursive: true, encoding: 'utf8' })
	.filter((name) => name.endsWith('index.html') && !existsSync(new URL(`../static/${name}`, import.meta.url)))
	.map((name) => name.slice(0, -'index.html'.length))
	.filter((path) => !LESSONS.some(({ slug }) => path.includes(slug)) || SAMPLE.some(({ slug }) => path.includes(slug)))
	.sort();

/** Opens a lesson and waits until its run is recorded. */
export async function openLesson(page: Page, slug: string, hash = ''): Promise<void> {
	await page.goto(`lessons/${slug}/${hash}`);
	await expect(page.locator('main.ready')).toBeVisible({ timeout: 30_000 });
}

/** Number of steps of the lesson that is open. */
export const stepsOf = (page: Page): Promise<number> => page.locator('.prose > section').count();

/** What axe looks at. That something is right it need not say at length, nor look into frames: no page of ours has any. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** No violation of WCAG 2.2 AA that axe can find. */
export async function accessible(page: Page): Promise<void> {
	// Pictures that wait for the machine are dimmed for as long.
	await expect(page.locator('.views.waiting')).toHaveCount(0);
	await page.waitForTimeout(400);
	// What fades in has its colours when it is there; what turns for ever is not waited for.
	await page.evaluate(() =>
		Promise.allSettled(
			document
				.getAnimations()
				.filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
				.map(({ finished }) => finished)
		)
	);
	const { violations } = await new AxeBuilder({ page })
		.options({ runOnly: RULES, resultTypes: ['violations'] })
		.setLegacyMode()
		.analyze();
	expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(' | ')}`)).toEqual(
		[]
	);
}

/** Nothing sticks out to the right, neither of the page nor of a picture's table. */
export async function noSideScroll(page: Page): Promise<void> {
	expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
	const tables = page.locator('.views section table');
	for (const table of await tables.all())
		expect(await table.evaluate((node) => node.scrollWidth - node.parentElement!.clientWidth)).toBeLessThanOrEqual(0);
}
