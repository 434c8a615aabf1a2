/** What is counted and what is modelled: the cost table, one click from every figure in cycles, changed and run with. */
import type { Locator, Page } from '@playwright/test';
import { COST_CLASSES, COSTS } from '../src/hardware/cost';
import { count } from '../src/words/numbers';
import { reading, tell } from './reader';
import { accessible, expect, LESSONS, noSideScroll, openLesson, SAMPLE, stepsOf, test } from './site';

const sheet = (page: Page) => page.getByRole('dialog', { name: 'What a cycle stands for' });
const row = (page: Page, name: string) => page.locator(`input[name="${name}"]`);
const bar = (page: Page) => page.getByRole('status').filter({ hasText: /cost table|table in the address/ });
/** The shown number alone, without what is said of it. */
const number = async (fact: Locator) =>
	Number((await fact.textContent())!.replace(/, modelled.*/, '').replaceAll(',', ''));
test.use({ contextOptions: { reducedMotion: 'reduce' } });

test('from a figure in cycles to its table, to another table and back', async ({ page }) => {
	await openLesson(page, '02-asking-the-hypervisor', '#step-3');
	const call = page.locator('#step-3 .fact .modelled').first();
	const before = await number(call);
	await call.hover();
	await expect(page.getByRole('tooltip')).toContainText('Pentium 4 Xeon, 2.4 GHz');
	await page.mouse.move(0, 0);
	await expect(page.getByRole('tooltip')).toHaveCount(0);
	await call.click();
	await expect(row(page, 'hypercall')).toHaveValue('120');
	await row(page, 'hypercall').fill('620');
	await expect(sheet(page).getByText('1 row changed.')).toBeVisible();
	await sheet(page).getByRole('button', { name: 'Run again with this table' }).click();
	await expect(bar(page)).toContainText('With your cost table (1 row changed)');
	expect(await number(call)).toBe(before + 500);
	await expect(call).toContainText('Pentium 4 Xeon, 2.4 GHz, 1 row changed');
	// Pictures and transport are those of the new run.
	await page.getByRole('button', { name: 'One event on' }).click();
	await expect(page.locator('.view').first()).toBeVisible();
	await expect(page).toHaveURL(/\?costs=hypercall\.620#step-3$/);
	// The address alone brings the same run.
	await page.reload();
	await expect(bar(page)).toContainText('With your cost table (1 row changed)');
	expect(await number(call)).toBe(before + 500);
	await bar(page).getByRole('button', { name: 'Back to the profile' }).click();
	await expect(bar(page)).toHaveCount(0);
	expect(await number(call)).toBe(before);
	await expect(page).toHaveURL(/hypervisor\/#step-3$/);
});

test('another profile is another run, and the bar names it', async ({ page }) => {
	await openLesson(page, '02-asking-the-hypervisor', '#step-3');
	const call = page.locator('#step-3 .fact .modelled').first();
	const before = await number(call);
	await call.click();
	await page.getByLabel('Profile').selectOption('p3');
	await expect(row(page, 'ringCrossing')).toHaveValue('90');
	await sheet(page).getByRole('button', { name: 'Run again with this table' }).click();
	await expect(bar(page)).toContainText('(Pentium III, 1 GHz)');
	expect(await number(call)).toBeLessThan(before);
});

test('by keyboard alone, and what is wrong is said where it is', async ({ page }) => {
	await openLesson(page, '02-asking-the-hypervisor', '#step-3');
	const call = page.locator('#step-3 .fact .modelled').first();
	const before = await number(call);
	await page.keyboard.press('Tab');
	await call.focus();
	await expect(page.getByRole('tooltip')).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(page.getByRole('tooltip')).toHaveCount(0);
	await page.keyboard.press('Enter');
	await row(page, 'instruction').focus();
	await page.keyboard.press('Control+A');
	await page.keyboard.type('0');
	await page.keyboard.press('Enter');
	await expect(sheet(page).getByRole('status')).toContainText('time would stand still');
	await expect(row(page, 'instruction')).toBeFocused();
	await expect(row(page, 'instruction')).toHaveAttribute('aria-invalid', 'true');
	await page.keyboard.press('Control+A');
	await page.keyboard.type('3');
	await page.keyboard.press('Enter');
	await expect(sheet(page)).toBeHidden();
	await expect(bar(page)).toContainText('With your cost table');
	await expect(call).toBeFocused();
	expect(await number(call)).toBeGreaterThan(before);
	// The keys of the lesson do not act behind the window.
	await page.keyboard.press('Enter');
	await expect(sheet(page)).toBeVisible();
	await sheet(page).getByRole('button', { name: 'Close' }).focus();
	await page.keyboard.press('n');
	await page.keyboard.press('Escape');
	await expect(page).toHaveURL(/#step-3$/);
});

test('an address with a table that cannot be is told, and the lesson runs with its own', async ({ page }) => {
	await openLesson(page, LESSONS[0].slug, '?costs=iert.5');
	await expect(bar(page)).toContainText("there is no cost 'iert'; did you mean 'iret'?");
	await openLesson(page, LESSONS[0].slug, '?profile=p9');
	await expect(bar(page)).toContainText("there is no cost profile 'p9'");
});

for (const { slug } of SAMPLE)
	for (const [which, bound] of [
		['the most', 'most'],
		['the least', 'least']
	] as const)
		test(`${slug} can be read with ${which} that the table allows`, async ({ page }) => {
			const costs = COST_CLASSES.map((name) => `${name}.${COSTS[name][bound]}`).join(',');
			await openLesson(page, slug, `?costs=${costs}`);
			await expect(bar(page)).toContainText('With your cost table', { timeout: 30_000 });
			const steps = await stepsOf(page);
			for (let step = 1; step <= steps; step++) {
				await page.evaluate((to) => (location.hash = `step-${to}`), step);
				await reading(page, step);
				await tell(page, step);
				// Its moment, or that it does not happen.
				await expect(page.locator('.views .view, .views .loading:has-text("does not happen")').first()).toBeVisible();
				await expect(page.locator('.views.waiting .view')).toHaveCount(0);
			}
			await expect(page.getByRole('alert')).toHaveCount(0);
			for (const text of await page.locator('.fact').allTextContents()) expect(text).toMatch(/\d|no|—|one|two|\w/);
			expect(await page.locator('.fact').filter({ hasText: '…' }).count()).toBe(0);
		});

test('the table goes with the moment: into the debugger and back, into what is shared and embedded', async ({
	page
}) => {
	const slug = '02-asking-the-hypervisor';
	await openLesson(page, slug, '?costs=hypercall.620,domainSwitch.5000#step-3');
	await expect(bar(page)).toContainText('(2 rows changed)');
	await page.getByRole('button', { name: 'One event on' }).click();
	const cycle = await page.locator('.transport .modelled b').textContent();
	await page.getByRole('button', { name: 'Share' }).click();
	await expect(page.getByRole('dialog').getByRole('textbox').first()).toHaveValue(
		/\?costs=hypercall\.620,domainSwitch\.5000#/
	);
	await page.keyboard.press('Escape');
	const link = page.locator('.stage a[href*="debugger/#lesson="]');
	await expect(link).toHaveAttribute('href', /costs=domainSwitch\.5000,hypercall\.620/);
	await link.click();
	// The machine stands right after the instruction that recorded the event.
	await expect(page.locator('.status .modelled b')).toHaveText(count(Number(cycle!.replaceAll(',', '')) + 1));
	await expect(page).toHaveURL(
		/lesson=02-asking-the-hypervisor.*costs=domainSwitch\.5000,hypercall\.620|costs=hypercall\.620/
	);
	await page.getByRole('link', { name: /Back to lesson 2/ }).click();
	await expect(bar(page)).toContainText('(2 rows changed)');
	await page.goto(`lessons/${slug}/?embed&costs=hypercall.620#step-3`);
	await expect(page.getByRole('heading', { level: 2 })).toContainText('(with another cost table)');
	await expect(page.locator('.view').first()).toBeVisible();
});

test('the table is a page of its own, and leads to a lesson with the table made there', async ({ page }) => {
	await page.goto('costs/');
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('What a cycle stands for');
	await expect(page.locator('tbody tr')).toHaveCount(COST_CLASSES.length);
	await row(page, 'iretToOuterRing').fill('1000');
	await page.getByLabel('Run with this table').selectOption({ index: 1 });
	await page.getByRole('button', { name: 'Run', exact: true }).click();
	await expect(page).toHaveURL(new RegExp(`${LESSONS[1].slug}/\\?costs=iretToOuterRing\\.1000`));
	await expect(bar(page)).toContainText('With your cost table (1 row changed)');
	await page.goto('./');
	await page.getByRole('link', { name: 'what a cycle stands for' }).click();
	await expect(page).toHaveURL(/costs\/$/);
});

test('the debugger’s launcher offers the table, and the address keeps it', async ({ page }) => {
	await page.goto('debugger/#guest=pocket&cmdline=run%3Dfork');
	const cycle = page.locator('.status .modelled b');
	await expect(cycle).toHaveText(/\d/);
	const before = Number((await cycle.textContent())!.replaceAll(',', ''));
	await page.getByRole('button', { name: /^What runs/ }).click();
	await expect(page.getByText('Cost table: Pentium 4 Xeon, 2.4 GHz.')).toBeVisible();
	await page.getByRole('button', { name: 'See or change it' }).click();
	await row(page, 'domainSwitch').fill('9000');
	await sheet(page).getByRole('button', { name: 'Run again with this table' }).click();
	await expect.poll(async () => Number((await cycle.textContent())!.replaceAll(',', ''))).toBeGreaterThan(before);
	await expect(page).toHaveURL(/costs=domainSwitch\.9000/);
	const after = await cycle.textContent();
	await page.reload();
	await expect(cycle).toHaveText(after!);
	await page.goto('debugger/#guest=pocket&costs=gat.7');
	await expect(page.getByRole('alert')).toContainText("there is no cost 'gat'; did you mean 'gate'?");
});

for (const { colorScheme, viewport } of [
	{ colorScheme: 'light', viewport: { width: 1440, height: 900 } },
	{ colorScheme: 'dark', viewport: { width: 390, height: 844 } }
] as const)
	test.describe(`${colorScheme}, ${viewport.width} wide`, () => {
		test.use({ colorScheme, viewport });
		test('page and window are accessible, and nothing sticks out', async ({ page }) => {
			await page.goto('costs/');
			await row(page, 'iret').fill('x');
			await row(page, 'gate').fill('7');
			await accessible(page);
			await noSideScroll(page);
			await openLesson(page, '02-asking-the-hypervisor', '?costs=iret.1#step-3');
			await expect(bar(page)).toContainText('With your cost table');
			// The pictures fade in.
			await expect(page.locator('.views:not(.waiting)')).toHaveCSS('opacity', '1');
			await accessible(page);
			await page.locator('#step-3 .fact .modelled').first().click();
			await expect(row(page, 'iret')).toHaveValue('1');
			await row(page, 'iret').fill('99999');
			await accessible(page);
			await noSideScroll(page);
		});
	});
