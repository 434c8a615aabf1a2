/** Who is faster than the machine loses nothing: steps wait their turn, and what cannot wait says so. */
import type { Page } from '@playwright/test';
import { alert, button, open, place, said, seek } from './desk';
import { expect, test } from './site';

const instruction = async (page: Page): Promise<number> =>
	Number(/instruction ([\d,]+)/.exec(await place(page))![1].replaceAll(',', ''));

test('steps that come faster than the machine are taken one after the other', async ({ page }) => {
	await open(page);
	const start = await instruction(page);
	// All in one turn of the page: no machine answers as fast.
	const type = (keys: string[]): Promise<void> =>
		page.evaluate((keys) => {
			for (const key of keys) document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
		}, keys);
	await type(['.', '.', '.', '.', '.']);
	await expect.poll(() => instruction(page)).toBe(start + 5);
	await type(['.', '.', ',', ',', ',']);
	await expect.poll(() => instruction(page)).toBe(start + 4);
	// The same by the pointer, on a button that keeps the focus.
	await button(page, 'One instruction on').evaluate((element: HTMLElement) => {
		element.focus();
		for (let count = 0; count < 4; count++) element.click();
	});
	await expect.poll(() => instruction(page)).toBe(start + 8);
	await expect(button(page, 'One instruction on')).toBeFocused();
});

test('a breakpoint ends what waits behind it, and that is told', async ({ page }) => {
	await open(page, '#guest=pocket&cmdline=run%3Dfork&stops=hypercall');
	await page.evaluate(() => {
		for (const key of ['f', 'f', 'f'])
			document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
	});
	await expect(said(page)).toHaveText(/Stopped at the breakpoint hypercall.* The 2 steps behind it were left out\./, {
		timeout: 20_000
	});
});

test('a key held down goes on as fast as the machine, and no further', async ({ page }) => {
	await open(page);
	const start = await instruction(page);
	await page.evaluate(() => {
		for (let count = 0; count < 20; count++)
			document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '.', repeat: count > 0, bubbles: true }));
	});
	await expect.poll(() => instruction(page)).toBe(start + 1);
});

test('while the machine runs, a step says what to do first', async ({ page }) => {
	const spins = [2, 3, 4].map((dom) => `&guest${dom}=pocket&cmdline${dom}=run%3Dspin`).join('');
	await open(page, `#guest=pocket&cmdline=run%3Dspin${spins}`);
	const told = await page.evaluate(async () => {
		const press = (key: string) => document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
		const status = () => document.querySelector('.status')!.textContent;
		press(' ');
		for (let frame = 0; frame < 60 && !status().includes('Pause it first.'); frame++) {
			press('.');
			await new Promise(requestAnimationFrame);
		}
		return status();
	});
	expect(told).toMatch(/^\s*Running.* · Pause it first\./);
	await page.keyboard.press(' ');
	await expect(said(page)).toHaveText(/Paused|over/, { timeout: 20_000 });
	await expect(page.locator('.status')).not.toContainText('Pause it first.');
});

test('a message goes when its cause is gone', async ({ page }) => {
	await open(page);
	await seek(page, 'until', 'no_such_name');
	await button(page, 'On to the next one').click();
	await expect(alert(page)).toContainText('no_such_name');
	await page.getByRole('form', { name: 'Go to' }).locator('input').fill('kernel_main');
	await expect(alert(page)).toHaveCount(0);
	await page.getByRole('button', { name: /^What runs/ }).click();
	const memory = page.getByLabel('Memory, MiB');
	await memory.fill('lots');
	await button(page, 'Load').click();
	await expect(alert(page)).toContainText("Memory: 'lots'");
	await memory.fill('32');
	await expect(alert(page)).toHaveCount(0);
});
