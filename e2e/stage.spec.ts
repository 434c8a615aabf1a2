/** A stage that follows the reader: it plays, leads to the debugger, and says once what was asked often. Each lesson's walk (`lessons.spec.ts`) tries its whys and its words. */
import { live, seqOf, settled, tell } from './reader';
import { expect, LESSONS, openLesson, test } from './site';

const [{ slug }] = LESSONS;

test('plays to the next step, marks what it passes, and opens it; at a speed that is remembered', async ({ page }) => {
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
