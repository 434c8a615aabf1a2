/** The debugger's panels: arranged by keyboard and by dragging, remembered, reset; and accessible in every arrangement. */
import type { Page } from '@playwright/test';
import { button, command, open, press, said, tab, tabs } from './desk';
import { accessible, expect, noSideScroll, test } from './site';

const place = (page: Page, panel: string) => page.getByRole('button', { name: `Place of ${panel}`, exact: true });
const box = async (page: Page, panel: string) => (await tab(page, panel).locator('xpath=../../..').boundingBox())!;

test('panels are moved, tabbed, closed and resized by keyboard, and remembered', async ({ page }) => {
	await open(page);
	const first = await tabs(page);
	// Console, now a tab beside Memory, stands alone to the right of it.
	const wide = await box(page, 'Console');
	await place(page, 'Console').focus();
	await page.keyboard.press('Enter');
	await button(page, 'Console alone, to the right').focus();
	await page.keyboard.press('Enter');
	await expect(tab(page, 'Console')).toBeFocused();
	expect((await box(page, 'Console')).x).toBeGreaterThan(wide.x + 50);
	expect((await box(page, 'Console')).y).toBe((await box(page, 'Memory')).y);
	// The bar between them gives one what it takes from the other.
	const bar = page.getByRole('separator', { name: 'Between Memory and Console' });
	const before = (await box(page, 'Memory')).width;
	const value = Number(await bar.getAttribute('aria-valuenow'));
	await bar.focus();
	for (let presses = 0; presses < 5; presses++) await page.keyboard.press('ArrowRight');
	expect((await box(page, 'Memory')).width).toBeGreaterThan(before + 10);
	expect(Number(await bar.getAttribute('aria-valuenow'))).toBeGreaterThanOrEqual(value + 10);
	// Delete on a tab closes it; the list of panels opens another.
	await tab(page, 'Memory').focus();
	await page.keyboard.press('Delete');
	await expect(tab(page, 'Memory')).toHaveCount(0);
	await button(page, 'Panels').click();
	await page.getByRole('checkbox', { name: /^TLB/ }).check();
	await page.keyboard.press('Escape');
	await expect(tab(page, 'TLB')).toHaveAttribute('aria-selected', 'true');
	await command(page, 'move this panel up');
	const arranged = await tabs(page);
	expect(arranged).not.toEqual(first);
	// The browser remembers, also where the address says nothing.
	await page.goto('about:blank');
	await open(page);
	expect(await tabs(page)).toEqual(arranged);
	await command(page, 'reset the panels');
	expect(await tabs(page)).toEqual(first);
});

test('a tab is dragged beside another panel, and Escape leaves all as it was', async ({ page }) => {
	await open(page);
	const drag = async (end: () => Promise<void>): Promise<void> => {
		const from = (await tab(page, 'Memory').boundingBox())!;
		const to = await box(page, 'Events');
		await page.mouse.move(from.x + 20, from.y + 10);
		await page.mouse.down();
		await page.mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 5 });
		await page.mouse.move(to.x + to.width / 2, to.y + 20, { steps: 3 });
		await end();
		await page.mouse.up();
	};
	const first = await tabs(page);
	await drag(() => page.keyboard.press('Escape'));
	expect(await tabs(page)).toEqual(first);
	await drag(async () => {});
	expect((await box(page, 'Memory')).x).toBe((await box(page, 'Events')).x);
	await expect(tab(page, 'Memory')).toHaveAttribute('aria-selected', 'true');
});

test('the first look has room for code, events and score, and nothing empty takes it', async ({ page }) => {
	await open(page);
	const [code, events, score] = [await box(page, 'Code'), await box(page, 'Events'), await box(page, 'Score')];
	expect(code.height).toBeGreaterThan(450);
	expect(score.width).toBeGreaterThan(800);
	const inSight = await page.getByRole('listbox', { name: /^Events/ }).evaluate((list) => list.clientHeight / 24);
	expect(inSight).toBeGreaterThan(5.5);
	expect(events.height).toBeGreaterThan(250);
	// The axis of the score lies within its panel, and no tab is cut off.
	const cut = await page.evaluate(() =>
		[...document.querySelectorAll('[role=tablist], [role=tab], #panel-score')]
			.filter((part) => part.scrollWidth > part.clientWidth + 1 || part.scrollHeight > part.clientHeight + 1)
			.map((part) => part.textContent)
	);
	expect(cut).toEqual([]);
});

test('a message moves no panel', async ({ page }) => {
	await open(page);
	const before = await box(page, 'Code');
	await button(page, 'Out of the function').click();
	await expect(page.locator('main [role=alert]')).toContainText('No caller is known here');
	expect(await box(page, 'Code')).toEqual(before);
});

test('keys go to panels and let one fill the page', async ({ page }) => {
	await open(page);
	await page.keyboard.press('c');
	await expect(page.locator('.xterm-helper-textarea')).toBeFocused();
	await page.keyboard.press('F6');
	await expect.poll(() => page.evaluate(() => document.activeElement?.closest('.xterm') ?? null)).toBeNull();
	await page.getByRole('main').focus();
	await page.keyboard.press('x');
	await expect(page.getByRole('tablist')).toHaveCount(1);
	await page.keyboard.press('x');
	await expect.poll(() => page.getByRole('tablist').count()).toBeGreaterThan(3);
});

const ARRANGEMENTS = ['Debug', 'Memory', 'Events & scheduling', 'Devices', 'Compare'];
for (const colorScheme of ['light', 'dark'] as const)
	test(`axe finds nothing in any arrangement, ${colorScheme}`, async ({ page }) => {
		test.slow();
		await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
		await open(page, '#guest=pocket&cmdline=run%3Dptwrite');
		await page.keyboard.press('h');
		await expect(said(page)).toHaveText(/Hypercall/);
		await page.keyboard.press('b');
		await page.keyboard.press('m');
		for (const arrangement of ARRANGEMENTS) {
			await page.getByRole('group', { name: 'Arrangements' }).getByRole('button', { name: arrangement }).click();
			await page.waitForTimeout(400);
			await accessible(page);
		}
	});

test('axe finds nothing as text, nor in the windows that open', async ({ page }) => {
	test.slow();
	await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
	await open(page);
	await page.keyboard.press('f');
	await expect(said(page)).toHaveText(/#PF/);
	await button(page, 'All as text').click();
	await accessible(page);
	await page.keyboard.press('F1');
	await accessible(page);
	await page.keyboard.press('Escape');
	for (const menu of [/^What runs/, /^File/, /^Panels/]) {
		await page.getByRole('button', { name: menu }).click();
		await accessible(page);
		await page.keyboard.press('Escape');
	}
});

test('fits a phone: one panel at a time, all of them within reach of the keyboard', async ({ page }) => {
	await page.setViewportSize({ width: 390, height: 844 });
	await open(page);
	await press(page, 'Next fault', /#PF/);
	const chooser = page.getByRole('combobox', { name: 'Panel', exact: true });
	const names = await chooser.locator('option').allInnerTexts();
	expect(names.length).toBeGreaterThan(12);
	for (const name of names) {
		await chooser.selectOption({ label: name });
		await expect(page.locator('.one .body h2').first()).toHaveText(name);
		await noSideScroll(page);
	}
	await chooser.selectOption({ label: 'Console' });
	await page.keyboard.press('c');
	for (let stops = 0; stops < 40; stops++) {
		const at = await page.evaluate(() => document.activeElement?.getAttribute('class') ?? '');
		if (at.includes('xterm-helper-textarea')) break;
		await page.keyboard.press('Tab');
	}
	await expect(page.locator('.xterm-helper-textarea')).toBeFocused();
	await page.keyboard.press('Escape');
	await page.keyboard.press('Tab');
	await expect(page.locator('.xterm-helper-textarea')).not.toBeFocused();
	await accessible(page);
});
