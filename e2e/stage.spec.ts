/** A stage that follows the reader: its pictures tell one story, it says where it stands, and nothing that is pressed loses the reader. */
import type { Page } from '@playwright/test';
import { expect, LESSONS, openLesson, stepsOf, test } from './site';

const live = (page: Page) => page.locator('main > [aria-live=polite]');
const pictures = (page: Page) => page.locator('.views .view');

async function settled(page: Page): Promise<void> {
	await expect(page.locator('.views:not(.waiting)')).toBeVisible();
}

/** Goes on to a step, and learns what its predictions ask. */
async function turnTo(page: Page, step: number): Promise<void> {
	if (step > 1) await page.keyboard.press('n');
	await expect(page.locator(`#step-${step} a[aria-current=step]`)).toBeVisible();
	await tell(page, step);
}

/** Commits every open prediction of a step without one. */
async function tell(page: Page, step: number): Promise<void> {
	const buttons = page.locator(`#step-${step}`).getByRole('button', { name: 'Tell me without' });
	while ((await buttons.count()) > 0) await buttons.first().click();
	await settled(page);
}

/** Seq of the event that is on the stage: that of the address that leads to the debugger. */
async function seqOf(page: Page): Promise<number> {
	const href = await page.getByRole('link', { name: 'This moment in the debugger', exact: true }).getAttribute('href');
	return Number(/(?:after|before)=(\d+)/.exec(href ?? '')?.[1] ?? NaN);
}

const focused = (page: Page, selector: string) =>
	expect.poll(() => page.evaluate((at) => document.activeElement?.closest(at) !== null, selector)).toBe(true);

for (const { slug, title } of LESSONS) {
	test.describe(title, () => {
		test('keeps every picture in its place while events are stepped, and each says something', async ({ page }) => {
			test.setTimeout(240_000);
			await page.emulateMedia({ reducedMotion: 'reduce' });
			await openLesson(page, slug);
			const steps = await stepsOf(page);
			for (let step = 1; step <= steps; step++) {
				await turnTo(page, step);
				const shown = await pictures(page).count();
				for (const key of [',', ',', ',', '.', '.', '.', '.', '.', '.']) {
					await page.keyboard.press(key);
					await settled(page);
					await expect(pictures(page).locator('section.card')).toHaveCount(shown);
					for (const picture of await pictures(page).allInnerTexts()) expect(picture.length).toBeGreaterThan(20);
				}
			}
		});

		test('shows what Xen asked at each step, or says that it asked nothing', async ({ page }) => {
			await openLesson(page, slug);
			const steps = await stepsOf(page);
			for (let step = 1; step <= steps; step++) {
				await turnTo(page, step);
				const asked = page.getByRole('region', { name: 'Xen asks', exact: true });
				if ((await asked.count()) === 0) continue;
				const list = asked.getByRole('group', { name: 'Questions' });
				await expect(list.or(asked.getByText('This call asked nothing.'))).toBeVisible();
			}
		});

		test('stays where it is when a why is asked, goes there when told to, and comes back', async ({ page }) => {
			await openLesson(page, slug);
			const steps = await stepsOf(page);
			let whys = 0;
			for (let step = 1; step <= steps; step++) {
				await turnTo(page, step);
				const home = await seqOf(page);
				for (const why of await page.locator(`#step-${step} .why`).all()) {
					whys++;
					await why.getByRole('button').first().click();
					expect(await seqOf(page)).toBe(home);
					const lead = why.getByRole('button', { name: 'See it on the stage' });
					if ((await lead.count()) === 0) continue;
					await lead.click();
					await expect.poll(() => seqOf(page)).not.toBe(home);
					await expect(why.getByText('The stage has gone there.')).toBeVisible();
					const back = why.getByRole('button', { name: 'Back to this step’s moment' });
					await expect(back).toBeFocused();
					await back.click();
					await expect.poll(() => seqOf(page)).toBe(home);
					await expect(lead).toBeFocused();
				}
			}
			expect(whys).toBeGreaterThan(0);
		});

		test('leads from an event of the prose back to the step’s moment, and the reader to the word', async ({ page }) => {
			await openLesson(page, slug);
			const steps = await stepsOf(page);
			let led = 0;
			for (let step = 1; step <= steps && led < 3; step++) {
				await turnTo(page, step);
				const home = await seqOf(page);
				const words = page.locator(`#step-${step} .body > p button.xen, #step-${step} .body > p button.kernel`);
				for (const word of await words.all()) {
					await word.click();
					if ((await seqOf(page)) === home) continue;
					led++;
					await expect(word).toHaveAttribute('aria-current', 'true');
					await expect(word).toBeFocused();
					await expect(page.getByText('The stage shows another moment.')).toBeVisible();
					await page.locator('article').getByRole('button', { name: 'Back to this step’s moment' }).click();
					await expect.poll(() => seqOf(page)).toBe(home);
					await expect(word).toBeFocused();
					await word.click();
					await page.keyboard.press('Backspace');
					await expect.poll(() => seqOf(page)).toBe(home);
					await expect(page.getByText('The stage shows another moment.')).toBeHidden();
				}
			}
			expect(led).toBeGreaterThan(0);
		});

		test('keeps the focus with the reader after a commit, and after the next step', async ({ page }) => {
			await openLesson(page, slug);
			const steps = await stepsOf(page);
			let committed = 0;
			for (let step = 1; step < steps; step++) {
				const section = page.locator(`#step-${step}`);
				const form = section.locator('form.predict').first();
				if ((await form.count()) > 0) {
					const aloud = committed++ % 2 === 0;
					if (aloud) await form.getByRole('radio').first().check();
					await form.getByRole('button', { name: aloud ? 'Commit and run' : 'Tell me without' }).press('Enter');
					await focused(page, `#step-${step} form.predict [role=status]`);
				}
				await section.getByRole('link', { name: 'Next step' }).press('Enter');
				await focused(page, `#step-${step + 1} h2 a`);
			}
			expect(committed).toBeGreaterThan(1);
		});

		test('plays to the next step, marks what it passes, and opens it; at a speed that is remembered', async ({
			page
		}) => {
			await openLesson(page, slug);
			const speed = page.getByRole('combobox', { name: 'Speed of playing' });
			await speed.selectOption({ label: '4×' });
			await page.reload();
			await expect(page.locator('main.ready')).toBeVisible({ timeout: 30_000 });
			await expect(speed).toHaveValue('4');
			const play = page.getByRole('button', { name: 'Play to the next step’s moment' });
			const began = Date.now();
			const from = await seqOf(page);
			await play.click();
			await expect(page.locator('#step-2 a[aria-current=step]')).toBeVisible({ timeout: 40_000 });
			const took = Date.now() - began;
			await expect(live(page)).toContainText('Step 2');
			expect(page.url()).toContain('#step-2');
			const events = (await seqOf(page)) - from;
			// At 4×, an event stays for 35 ms at least, where nothing is skipped.
			expect(took).toBeGreaterThan(Math.min(events, 50) * 35);
			await expect(page.getByRole('button', { name: 'Stop' })).toHaveCount(0);
		});

		test('leads from a step and from any event to the same moment in the debugger', async ({ page }) => {
			await openLesson(page, slug, '#step-2');
			const at = await seqOf(page);
			const href = await page
				.locator('#step-2')
				.getByRole('link', { name: 'Open this moment in the debugger' })
				.getAttribute('href');
			expect(href).toContain(`lesson=${slug}&step=2&`);
			expect(href).toMatch(new RegExp(`(after|before)=${at}$`));
			await page.keyboard.press('.');
			await expect.poll(() => seqOf(page)).toBe(at + 1);
			await page.getByRole('link', { name: 'This moment in the debugger', exact: true }).click();
			await expect(page).toHaveURL(new RegExp(`debugger/#.*lesson=${slug}`));
			const back = page.getByRole('link', { name: /step 2/i });
			await expect(back).toBeVisible({ timeout: 30_000 });
			await back.click();
			await expect(page.locator('#step-2 a[aria-current=step]')).toBeVisible({ timeout: 30_000 });
		});
	});
}

test('a question that is asked thirty times is told once, and how often', async ({ page }) => {
	await openLesson(page, '02-asking-the-hypervisor', '#step-6');
	await tell(page, 6);
	const asked = page.getByRole('region', { name: 'Xen asks', exact: true });
	await expect(asked).toContainText('193 questions');
	await expect(asked.getByText(/^The same 6 questions 31 times more/)).toBeVisible();
	const before = await asked.locator('li').count();
	await asked.getByRole('button', { name: 'Show them' }).click();
	const more = asked.getByRole('button', { name: /^Show the other [\d,]+ questions$/ });
	const left = Number(/\d+/.exec((await more.textContent()) ?? '')![0]);
	const lines = asked.locator('li:not(.fold)');
	expect((await lines.count()) + left).toBe(193);
	expect(await asked.locator('li').count()).toBeGreaterThan(before);
	await more.click();
	await expect(lines).toHaveCount(193);
});

test('what Xen asked about an instruction stands with what came of it', async ({ page }) => {
	await openLesson(page, '01-four-rings', '#step-4');
	const asked = page.getByRole('region', { name: 'Xen asks', exact: true });
	for (const key of [',', ',', '.', '.', '.']) {
		await expect(asked).toContainText('Does the virtual I/O privilege level cover the ring?');
		await expect(asked).toContainText('cli stepped over');
		await expect(page.getByRole('region', { name: 'Trap path' })).toContainText('#GP');
		await page.keyboard.press(key);
		await settled(page);
	}
	await openLesson(page, '03-one-page-table-write', '#step-3');
	await expect(asked).toContainText('Is the instruction a store that can be emulated?');
	await expect(asked).toContainText('entry written in the guest’s name');
});

test('with reduced motion playing goes there at once, and nothing glides', async ({ page }) => {
	await page.emulateMedia({ reducedMotion: 'reduce' });
	await openLesson(page, '02-asking-the-hypervisor', '#step-3');
	await page.evaluate(() => {
		const real = Element.prototype.scrollIntoView;
		Element.prototype.scrollIntoView = function (how) {
			document.body.dataset.scrolled = JSON.stringify(how);
			real.call(this, how);
		};
	});
	await page.getByRole('button', { name: 'Play to the next step’s moment' }).click();
	await expect(page.locator('#step-4 a[aria-current=step]')).toBeVisible({ timeout: 2000 });
	expect(await page.evaluate(() => document.body.dataset.scrolled)).toContain('"auto"');
});

test('a reader who scrolls while the run plays is not pulled away', async ({ page }) => {
	await page.setViewportSize({ width: 1440, height: 560 });
	await openLesson(page, '01-four-rings');
	await page.getByRole('combobox', { name: 'Speed of playing' }).selectOption({ label: '4×' });
	await page.getByRole('button', { name: 'Play to the next step’s moment' }).click();
	const article = page.locator('article');
	await article.hover();
	await page.mouse.wheel(0, 120);
	await page.mouse.wheel(0, -2000);
	await expect(page.locator('#step-2 a[aria-current=step]')).toHaveCount(1, { timeout: 40_000 });
	await page.waitForTimeout(600);
	expect(await article.evaluate((node) => node.scrollTop)).toBeLessThan(40);
});
