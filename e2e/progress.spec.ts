/** What a learner has done: asked again days later, exported, brought back, handed in, and read by a teacher. */
import type { Page } from '@playwright/test';
import { accessible, expect, LESSONS, noSideScroll, openLesson, stepsOf, test } from './site';

const DAY = 86_400_000;

/** Opens a lesson's last step, where recall begins. */
async function openEnd(page: Page, slug: string): Promise<number> {
	await openLesson(page, slug);
	const steps = await stepsOf(page);
	await page.goto(`lessons/${slug}/#step-${steps}`);
	await expect(page.getByRole('heading', { name: 'What stays' })).toBeVisible();
	return steps;
}

const questions = (page: Page) => page.locator('form').filter({ has: page.getByRole('button', { name: 'Answer' }) });

for (const { slug, title } of LESSONS) {
	test(`${title}: each answer to its recall questions leads to the moment that shows it`, async ({ page }) => {
		await openEnd(page, slug);
		const recall = page.getByRole('region', { name: 'What stays' });
		const count = await recall.locator('form').count();
		expect(count).toBeGreaterThanOrEqual(2);
		const links = new Set<string>();
		for (let asked = 0; asked < count; asked++) {
			const form = recall.locator('form').nth(asked);
			await form.getByRole('radio').first().check();
			await form.getByRole('button', { name: 'Answer' }).press('Enter');
			await expect(form.getByRole('status')).toContainText(/^(Yes\. |No\. Behind this answer stands a belief: )\S/);
			await expect(form.getByRole('status')).toContainText(/Asked again on \w+/);
			const link = form.getByRole('link', { name: 'See the moment that shows it' });
			await expect(link).toBeFocused();
			links.add((await link.getAttribute('href'))!);
		}
		await expect(page.locator('.views:not(.waiting)')).toBeVisible();
		await accessible(page);
		for (const link of links) {
			const moment = link.slice(link.indexOf('#'));
			await page.goto(`lessons/${slug}/${moment}`);
			await expect(page.getByRole('alert')).toHaveCount(0);
			await expect(page.locator('.views:not(.waiting)')).toBeVisible();
			await expect(page.locator('.prose section.here')).toHaveCount(1);
		}
	});
}

test('what was not known is asked again the day after, what was known later, and home and the index say so', async ({
	page
}) => {
	const [{ slug }] = LESSONS;
	await page.goto('');
	await openLesson(page, slug);
	await page.goto('recall/');
	await expect(page.getByText('Questions come once you have reached the end of a lesson.')).toBeVisible();
	await openEnd(page, slug);
	await page.goto('');
	await expect(page.getByRole('link', { name: /^\d questions are due$/ })).toBeVisible();
	await page.goto('recall/');
	// All are answered wrongly where that can be seen from the place: the reply tells.
	const total = Number(/of (\d)/.exec((await page.getByRole('heading', { level: 2 }).textContent())!)![1]);
	for (let asked = 1; asked <= total; asked++) {
		await expect(page.getByRole('heading', { level: 2 })).toContainText(`Question ${asked} of ${total}`);
		await page.getByRole('radio').first().check();
		await page.getByRole('button', { name: 'Answer' }).click();
		if (asked === 1) await accessible(page);
		await page.getByRole('button', { name: asked < total ? 'Next question' : 'Finish' }).click();
	}
	await expect(page.getByRole('heading', { name: /That is all for today/ })).toBeFocused();
	await expect(page.getByText(`Next: ${total} questions on`)).toBeVisible();
	await page.goto('recall/');
	await expect(page.getByRole('heading', { name: 'Nothing is due' })).toBeVisible();
	await page.goto('lessons/');
	await expect(page.getByText(/questions? (is|are) due/)).toHaveCount(0);

	await page.clock.setFixedTime(Date.now() + DAY);
	await page.goto('lessons/');
	await page.getByRole('link', { name: `${total} questions are due` }).click();
	await expect(page.getByRole('heading', { name: `Question 1 of ${total}` })).toBeVisible();
});

test('a wrong answer names what is believed, leads to the moment, and back', async ({ page }) => {
	const [{ slug }] = LESSONS;
	const steps = await openEnd(page, slug);
	const form = page.locator('form', { hasText: 'What is the way that works?' });
	await form.getByRole('radio', { name: /executes cli/ }).check();
	await form.getByRole('button', { name: 'Answer' }).click();
	await expect(form.getByRole('status')).toContainText('No. Behind this answer stands a belief: With the virtual I/O');
	await form.getByRole('link', { name: 'See the moment' }).click();
	await expect(page).toHaveURL(/#moment-cli-skipped$/);
	await expect(page.locator('.here')).toContainText('How a guest really does it');
	await expect(page.locator('[aria-live=polite]')).toContainText(/emulat|steps over/i);
	await page.goBack();
	await expect(page.locator(`#step-${steps} a[aria-current=step]`)).toBeVisible();
	await expect(form.getByRole('status')).toContainText('No. Behind this answer');
});

test('a moment that the lesson has not is said, and the lesson goes on', async ({ page }) => {
	await openLesson(page, LESSONS[0].slug, '#moment-nowhere');
	await expect(page.getByRole('alert')).toContainText('no moment of the name “nowhere”');
	await expect(page.locator('#step-1 a[aria-current=step]')).toBeVisible();
});

test('where storage is refused that is said once, and a lesson goes on', async ({ page }) => {
	await page.addInitScript(() => {
		Object.defineProperty(window, 'localStorage', {
			get() {
				throw new DOMException('refused', 'SecurityError');
			}
		});
	});
	await openLesson(page, LESSONS[0].slug, '#step-2');
	const notice = page.getByText('Your progress cannot be kept here');
	await expect(notice).toHaveCount(1);
	await accessible(page);
	const form = page.locator('#step-2 form');
	await form.getByRole('radio').first().check();
	await form.getByRole('button', { name: 'Commit and run' }).click();
	await expect(form.getByText('what happened', { exact: true })).toHaveCount(1);
	await page.getByRole('button', { name: 'Close' }).click();
	await expect(notice).toHaveCount(0);
	// It lasts as long as the page: another part of the site knows it.
	await page.getByRole('link', { name: 'Lessons' }).first().click();
	await expect(page.getByText(/1 of \d steps/)).toBeVisible();
	await noSideScroll(page);
});
