/** What the tests of the debugger share: how it is opened, ordered about and read. */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expect } from './site';
import { count } from '../src/words/numbers';

export const said = (page: Page) => page.locator('.said');
export const alert = (page: Page) => page.locator('main [role=alert]');
export const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
export const panel = (page: Page, name: string) => page.getByRole('tabpanel', { name, exact: true });
export const tab = (page: Page, name: string) => page.getByRole('tab', { name, exact: true });
export const screen = (page: Page) => page.locator('.xterm-rows');

/** Opens the debugger and waits until a machine stands, where the address says. */
export async function open(page: Page, hash = ''): Promise<void> {
	await page.goto(`debugger/${hash}`);
	await expect(said(page)).toBeVisible({ timeout: 40_000 });
	const [, at] = /[#&]at=(\d+)/.exec(hash) ?? [];
	if (at) await expect(page.locator('.status .where')).toContainText(count(Number(at)));
}

/** Presses a button of the transport and waits until the machine stands again and says something. */
export async function press(page: Page, name: string, saying: RegExp): Promise<void> {
	await button(page, name).click();
	await expect(said(page)).toHaveText(saying, { timeout: 40_000 });
}

/** What the machine can be sent to, and what the field then takes. */
export async function seek(page: Page, kind: string, text: string): Promise<void> {
	await page.getByRole('combobox', { name: 'What is looked for' }).selectOption(kind);
	await page.getByRole('form', { name: 'Go to' }).locator('input').fill(text);
}

export async function breakpoint(page: Page, text: string, kind = 'address'): Promise<void> {
	await seek(page, kind, text);
	await button(page, 'Breakpoint').click();
}

/** Does a command by the palette. */
export async function command(page: Page, name: string): Promise<void> {
	await page.keyboard.press('F1');
	const box = page.getByRole('combobox', { name: /^Command/ });
	await expect(box).toBeFocused();
	await box.fill(name);
	await page.keyboard.press('Enter');
	await expect(box).toBeHidden();
}

/** Every register and segment as the page shows it. */
export const registers = (page: Page): Promise<string[]> =>
	page
		.getByRole('region', { name: 'Register values' })
		.locator('dd, td')
		.evaluateAll((cells) => cells.map((cell) => cell.firstChild?.textContent?.trim() ?? ''));

/** Cycle and instruction where the machine stands. */
export const place = (page: Page): Promise<string> => page.locator('.status .where').innerText();

/** Waits until the address names the moment shown, and gives it. */
export async function address(page: Page): Promise<string> {
	const [, count] = /instruction ([\d,]+)/.exec(await place(page)) ?? [];
	await expect(page).toHaveURL(new RegExp(`[#&]at=${count.replaceAll(',', '')}(&|$)`));
	return page.url();
}

/** Gives the page a file, as its file chooser does. */
export const give = (page: Page, name: string, buffer: Buffer): Promise<void> =>
	page.locator('#any-file').setInputFiles({ name, mimeType: 'application/octet-stream', buffer });

/** Takes what the page gives to the browser when an entry of the menu is pressed. */
export async function taken(page: Page, entry: RegExp): Promise<{ name: string; bytes: Buffer }> {
	await button(page, 'File').click();
	const download = page.waitForEvent('download');
	await page.getByRole('group', { name: 'File' }).getByRole('button', { name: entry }).click();
	const file = await download;
	return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

/** The titles of the tabs in sight, in reading order. */
export const tabs = (page: Page): Promise<string[]> => page.getByRole('tab').allInnerTexts();
