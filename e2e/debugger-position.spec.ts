/** A position of the debugger as an address: moments, breakpoints, bookmarks with notes, panels; and what cannot be followed. */
import { readFileSync } from 'node:fs';
import { Symbols } from '../src/workbench/symbols';
import { address, alert, breakpoint, button, command, open, place, press, registers, said, tabs } from './desk';
import { expect, test } from './site';

test('an address brings everything back, and Back is left alone', async ({ page }) => {
	await open(page);
	const history = await page.evaluate(() => window.history.length);
	await breakpoint(page, 'kernel_main if esp != 0');
	await breakpoint(page, 'check refused', 'to-event');
	await press(page, 'Next fault', /#PF|breakpoint/);
	await press(page, 'Next fault', /#PF/);
	await page.getByRole('main').focus();
	await command(page, 'write a note');
	await page.getByLabel(/^Note on/).fill('here it faults: 100 % sure,\nsee [2]');
	await command(page, 'arrangement memory');
	const [where, arranged] = [await place(page), await tabs(page)];
	// The arrangement itself: the address named panels before, too.
	await expect(page).toHaveURL(/[#&]panels=memory/);
	const url = await address(page);
	expect(url).toContain('stops=');
	expect(await page.evaluate(() => window.history.length)).toBe(history);
	await page.evaluate(() => localStorage.clear());
	await page.goto('about:blank');
	await page.goto(url);
	await expect(said(page)).toBeVisible({ timeout: 40_000 });
	await expect.poll(() => place(page)).toBe(where);
	await expect.poll(() => tabs(page)).toEqual(arranged);
	await command(page, 'panel bookmarks');
	await expect(page.getByLabel(/^Note on/)).toHaveValue('here it faults: 100 % sure,\nsee [2]');
	await command(page, 'panel breakpoints');
	await expect(page.getByText('kernel_main if esp != 0').first()).toBeVisible();
	await expect(page.getByText('check refused').first()).toBeVisible();
});

test('an address of the first version leads to the same registers', async ({ page }) => {
	const image = readFileSync(new URL('../src/guests/images/pocket.elf', import.meta.url));
	const entry = Symbols.of(image).find('kernel_main').toString(16);
	await open(page, `#guest=pocket&cmdline=run=fork&break=${entry}`);
	await press(page, 'Next fault', /#PF|breakpoint/);
	const [shown, where] = [await registers(page), await place(page)];
	const [, at] = /instruction ([\d,]+)/.exec(where)!;
	await page.goto('about:blank');
	await open(page, `#guest=pocket&cmdline=run=fork&at=${at.replaceAll(',', '')}`);
	await expect.poll(() => place(page)).toBe(where);
	expect(await registers(page)).toEqual(shown);
});

test('an address with at=0 leads to the beginning, before any instruction', async ({ page }) => {
	await open(page, '#guest=pocket&cmdline=run%3Dfork&at=0');
	await expect(page.locator('.status .where')).toHaveText(/ instruction 0$/, { timeout: 20_000 });
	await expect(page).toHaveURL(/[#&]at=0&event=\d+(&|$)/);
	const where = await place(page);
	await page.reload();
	await expect(said(page)).toBeVisible({ timeout: 40_000 });
	await expect.poll(() => place(page)).toBe(where);
	await press(page, 'Next recorded event', /Stopped/);
});

test('an address that cannot be followed says what is wrong and where', async ({ page }) => {
	await page.goto('debugger/#guest=pocket&at=five');
	await expect(alert(page)).toContainText("at: 'five' is not a number");
	await page.goto('debugger/#guest=nobody');
	await expect(alert(page)).toContainText("There is no image 'nobody'");
	await page.goto(`debugger/#guest=sha256:${'0'.repeat(64)}`);
	await expect(alert(page)).toContainText('not in this browser');
	await page.goto('debugger/#z=eJxLz89PUkjLL1KwUgAAJ');
	await expect(alert(page)).toContainText('cut or changed');
	await page.goto('debugger/#v=99&guest=pocket');
	await expect(alert(page)).toContainText('newer than this page');
	await page.goto('debugger/#guest=pocket&cmdline=run=hello&at=99999999999');
	await expect(alert(page)).toContainText('which this run does not have', { timeout: 40_000 });
	await press(page, 'Previous hypercall', /Hypercall/);
	// The link that skips to the content is no position.
	const where = await place(page);
	await page.evaluate(() => (location.hash = 'main'));
	await page.waitForTimeout(300);
	await expect(alert(page)).toHaveCount(0);
	expect(await place(page)).toBe(where);
	await page.goto('debugger/#guest=pocket&v=2&panels=rows(5:code');
	await expect(alert(page)).toContainText('arrangement of panels', { timeout: 40_000 });
	await expect(button(page, 'Run')).toBeEnabled();
});
