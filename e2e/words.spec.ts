/** The words of the glossary: explained on the spot by pointer, keyboard and finger, and all of them on a page of their own. */
import type { Locator, Page } from '@playwright/test';
import { expect, LESSONS, openLesson, SAMPLE, test } from './site';

const tip = (page: Page): Locator => page.getByRole('complementary', { name: 'Glossary' });
const firstTerm = (page: Page): Locator => page.locator('.prose a[data-term]:visible').first();

for (const { slug, title } of SAMPLE)
	test(`${title}: a word is explained where it stands, by pointer and by keyboard, and Enter leads to its entry`, async ({
		page
	}) => {
		await openLesson(page, slug);
		const term = firstTerm(page);
		await test.step('while the pointer is on it, or on what explains it', async () => {
			await term.hover();
			await expect(tip(page)).toContainText(/\.\s/);
			await expect(term).toHaveAttribute('aria-describedby', 'term-says');
			// Over to the explanation: it stays, for as long as one likes.
			await tip(page).getByRole('paragraph').first().hover();
			await page.waitForTimeout(700);
			await expect(tip(page)).toBeVisible();
			await page.keyboard.press('Escape');
			await expect(tip(page)).toBeHidden();
			await expect(term).not.toHaveAttribute('aria-describedby');
			await term.hover();
			await page.locator('h1').hover();
			await expect(tip(page)).toBeHidden();
		});
		await test.step('each word stays in sight beside its explanation', async () => {
			for (const word of await page.locator('.prose a[data-term]:visible').all()) {
				await word.scrollIntoViewIfNeeded();
				await word.hover();
				await expect(word).toHaveAttribute('aria-describedby', 'term-says');
				const at = await word.evaluate((node) => node.getClientRects()[0].toJSON() as DOMRect);
				const box = (await tip(page).boundingBox())!;
				expect(box.y + box.height <= at.y || box.y >= at.y + at.height).toBe(true);
				expect(box.x).toBeGreaterThanOrEqual(0);
				expect(box.y).toBeGreaterThanOrEqual(0);
				expect(box.x + box.width).toBeLessThanOrEqual(1440);
			}
			await page.mouse.move(0, 0);
			await expect(tip(page)).toBeHidden();
		});
		await test.step('when the keyboard comes to it', async () => {
			for (let presses = 0; presses < 40 && !(await term.evaluate((at) => at === document.activeElement)); presses++)
				await page.keyboard.press('Tab');
			await expect(term).toBeFocused();
			await expect(tip(page)).toBeVisible();
			const name = await term.getAttribute('data-term');
			const says = await page.locator('#term-says').textContent();
			await page.keyboard.press('Escape');
			await expect(tip(page)).toBeHidden();
			await expect(term).toBeFocused();
			await page.keyboard.press('Enter');
			await expect(page).toHaveURL(new RegExp(`/glossary/#${name}$`));
			const entry = page.locator(`#${name}`);
			await expect(entry).toBeInViewport();
			expect(says).toContain((await entry.locator('dd').first().textContent())!.trim());
		});
	});

test.describe('with a finger', () => {
	test.use({ hasTouch: true, viewport: { width: 390, height: 844 } });

	test('the first tap explains, and the explanation leads to the entry', async ({ page }) => {
		await openLesson(page, LESSONS[0].slug);
		const term = firstTerm(page);
		const name = await term.getAttribute('data-term');
		await term.tap();
		await expect(tip(page)).toBeVisible();
		await expect(page).toHaveURL(new RegExp(LESSONS[0].slug));
		const box = (await tip(page).boundingBox())!;
		expect(box.x).toBeGreaterThanOrEqual(0);
		expect(box.x + box.width).toBeLessThanOrEqual(390);
		await page.locator('h1').tap();
		await expect(tip(page)).toBeHidden();
		await term.tap();
		await tip(page).getByRole('link', { name: 'In the glossary' }).tap();
		await expect(page).toHaveURL(new RegExp(`/glossary/#${name}$`));
	});
});

test.describe('the glossary', () => {
	test('finds words by what is typed, and shows an entry that is gone to', async ({ page }) => {
		await page.goto('glossary/');
		const search = page.getByRole('searchbox', { name: 'Find' });
		await search.fill('upcall mask');
		await expect(page.locator('#upcall-mask')).toBeVisible();
		await expect(page.locator('#pae')).toBeHidden();
		await expect(page.locator('.search').getByRole('status')).toHaveText(/^\d+ of \d+$/);
		await page.locator('#upcall-mask').getByRole('link', { name: 'EFLAGS' }).click();
		await expect(page.locator('#eflags')).toBeInViewport();
		await search.fill('no such word at all');
		await page.getByRole('button', { name: 'Show all words' }).click();
		await expect(page.locator('#pae')).toBeVisible();
	});

	test('leads to the step that teaches a word', async ({ page }) => {
		await page.goto('glossary/');
		await page
			.locator('#pin')
			.getByRole('link', { name: /^lesson \d/ })
			.click();
		await expect(page.locator('main.ready')).toBeVisible({ timeout: 30_000 });
		await expect(page.locator('section.here')).toContainText('pin');
	});
});

test.describe('without scripts', () => {
	test.use({ javaScriptEnabled: false });
	test('a word still leads to its entry', async ({ page }) => {
		await page.goto(`lessons/${LESSONS[0].slug}/`);
		const term = firstTerm(page);
		const name = await term.getAttribute('data-term');
		await term.click();
		await expect(page).toHaveURL(new RegExp(`/glossary/#${name}$`));
		await expect(page.locator(`#${name}`)).toBeInViewport();
	});
});

test.describe('the opening page', () => {
	test('runs its machine, shows every figure at its moment, and leads to the first lesson', async ({ page }) => {
		await page.goto('what-is-a-hypervisor/');
		const figures = page.locator('.prose figure');
		await expect(page.locator('.bytes')).toHaveText('0F 3F 82', { timeout: 30_000 });
		for (const figure of await figures.all()) await expect(figure).not.toContainText('could not be started');
		for (const number of await page.locator('.prose .count').all()) await expect(number).not.toHaveText(/…|NaN/);
		// The figure of a trap shows its path, and goes on from event to event.
		const trap = figures.filter({ has: page.getByRole('region', { name: 'Trap path' }) });
		await expect(trap).toBeVisible();
		const before = await trap.getByRole('status').textContent();
		await trap.getByRole('button', { name: 'One event on' }).click();
		await expect(trap.getByRole('status')).not.toHaveText(before!);
		await page.getByRole('link', { name: /^Lesson 1/ }).click();
		await expect(page.locator('main.ready')).toBeVisible({ timeout: 30_000 });
	});

	test('says what is native where home’s sentence leads', async ({ page }) => {
		await page.goto('');
		await page.getByRole('link', { name: /What is native here/ }).click();
		await expect(page.getByRole('heading', { name: /What is native here/ })).toBeInViewport();
	});
});

test('home’s first button follows the learner', async ({ page }) => {
	const button = page.locator('.go .primary');
	await page.goto('');
	await expect(button).toHaveText('Start: what is a hypervisor');
	await button.click();
	await expect(page.locator('.bytes')).toHaveText('0F 3F 82', { timeout: 30_000 });
	await page.goto('');
	await expect(button).toHaveText(`Start lesson 1: ${LESSONS[0].title}`);
	await openLesson(page, LESSONS[1].slug, '#step-3');
	await page.goto('');
	await expect(button).toHaveText('Go on with lesson 2, step 3');
	await button.click();
	await expect(page.locator('#step-3 a[aria-current=step]')).toBeVisible();
});
