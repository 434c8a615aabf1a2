/** The debugger: both ways through a run, positions as addresses, a kernel that is dropped in, and whatever may go wrong. */
import { existsSync, readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { accessible, expect, noSideScroll, test } from './site';

const GRUB = new URL('../.cache/grub/grub-i386-xen.bin', import.meta.url);

const said = (page: Page) => page.locator('.said');
const alert = (page: Page) => page.getByRole('alert');
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const screen = (page: Page) => page.locator('.xterm-rows');

async function open(page: Page, hash = ''): Promise<void> {
	await page.goto(`debugger/${hash}`);
	await expect(said(page)).toBeVisible({ timeout: 40_000 });
}

/** Presses a button of the transport and waits until the machine stands again and says something. */
async function press(page: Page, name: string, saying: RegExp): Promise<void> {
	await button(page, name).click();
	await expect(said(page)).toHaveText(saying, { timeout: 40_000 });
}

/** Every register and segment as the page shows it. */
const registers = (page: Page): Promise<string[]> =>
	page
		.getByRole('region', { name: 'Register values' })
		.locator('dd, td')
		.evaluateAll((cells) => cells.map((cell) => cell.firstChild?.textContent?.trim() ?? ''));
const place = (page: Page): Promise<string> => page.locator('.where').innerText();

/** Waits until the address names the moment shown, and gives it. */
async function address(page: Page): Promise<string> {
	const [, count] = /instruction ([\d,]+)/.exec(await place(page)) ?? [];
	await expect(page).toHaveURL(new RegExp(`at=${count.replaceAll(',', '')}(&|$)`));
	return page.url();
}

const drop = (page: Page, name: string, buffer: Buffer): Promise<void> =>
	page.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/octet-stream', buffer });

test('steps lead on and back to exactly the same registers', async ({ page }) => {
	await open(page);
	await expect(said(page)).toHaveText(/before the first instruction/);
	await press(page, 'One instruction on', /^Done: cld/);
	await press(page, 'Next hypercall', /Hypercall/);
	const [first, where] = [await registers(page), await place(page)];
	await expect(page.getByRole('region', { name: 'Chosen event' })).toContainText('hypercall');
	await press(page, 'Next hypercall', /Hypercall/);
	await expect.poll(() => place(page)).not.toBe(where);
	expect(await registers(page)).not.toEqual(first);
	await press(page, 'Next fault', /#PF/);
	await expect(page.getByRole('region', { name: 'Trap path' })).toContainText('#PF');
	await press(page, 'Previous hypercall', /Hypercall/);
	await page.getByLabel('Address or symbol, to run to or to stop at').fill('kernel_main');
	await press(page, 'To the start', /before the first instruction/);
	await press(page, 'Next hypercall', /Hypercall/);
	expect(await registers(page)).toEqual(first);
	expect(await place(page)).toBe(where);
	await press(page, 'One instruction on', /^Done/);
	await press(page, 'One instruction back', /^Back/);
	expect(await registers(page)).toEqual(first);
	await press(page, 'Next fault', /#PF/);
	await page.getByRole('button', { name: /To the console/ }).click();
	await expect(screen(page)).toContainText('pocket: up');
});

test('breakpoints: by symbol, in the margin, from the keyboard; the run stops there', async ({ page }) => {
	await open(page);
	const symbol = page.getByLabel('Address or symbol, to run to or to stop at');
	await symbol.fill('no_such_name');
	await button(page, 'Breakpoint').click();
	await expect(alert(page)).toContainText("'no_such_name' is no address");
	await symbol.fill('kernel_main');
	await button(page, 'Breakpoint').click();
	await expect(page.getByRole('list', { name: 'Breakpoints' })).toContainText('kernel_main');
	await press(page, 'Run', /breakpoint/);
	await expect(page.getByRole('region', { name: 'Code', exact: true })).toContainText('in kernel_main');
	const line = page.locator('.line.here + .line');
	await line.locator('.gutter').click();
	await expect(page.getByRole('list', { name: 'Breakpoints' }).getByRole('listitem')).toHaveCount(2);
	await press(page, 'Run', /breakpoint/);
	const code = page.getByRole('listbox', { name: /Disassembly/ });
	await code.focus();
	for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
	await expect(page.getByRole('list', { name: 'Breakpoints' }).getByRole('listitem')).toHaveCount(3);
	await page
		.getByRole('button', { name: /Remove the breakpoint/ })
		.first()
		.click();
	await expect(page.getByRole('list', { name: 'Breakpoints' }).getByRole('listitem')).toHaveCount(2);
});

test('events: chosen by keyboard, filtered, asked for, and gone to', async ({ page }) => {
	await open(page);
	await press(page, 'Next fault', /#PF/);
	const list = page.getByRole('listbox', { name: /Events/ });
	const detail = page.getByRole('region', { name: 'Chosen event' });
	const before = await detail.innerText();
	await list.focus();
	await page.keyboard.press('ArrowUp');
	await expect(detail).not.toHaveText(before);
	const head = page.getByRole('region', { name: 'Events' }).getByRole('heading');
	const all = await head.innerText();
	await button(page, 'decisions').click();
	await expect(head).not.toHaveText(all);
	await page.keyboard.press('/');
	await page.keyboard.type('mmu_update');
	await page.keyboard.press('Enter');
	await expect(list.getByRole('option').first()).toContainText('mmu_update');
	await list.focus();
	await page.keyboard.press('Home');
	await page.keyboard.press('Enter');
	await expect(said(page)).toHaveText(/^At event \d+\. Hypercall mmu_update/);
	await page.getByRole('combobox', { name: 'Query over the events' }).fill('hypercall nam=x');
	await button(page, 'Find').click();
	await expect(alert(page)).toContainText("no field 'nam'");
});

test('an address is a position: registers, cycle and breakpoints come back, and Back is left alone', async ({
	page
}) => {
	await open(page);
	const history = await page.evaluate(() => window.history.length);
	await page.getByLabel('Address or symbol, to run to or to stop at').fill('kernel_main');
	await button(page, 'Breakpoint').click();
	await press(page, 'Next fault', /#PF|breakpoint/);
	await press(page, 'Next fault', /#PF/);
	const [shown, where] = [await registers(page), await place(page)];
	expect(await address(page)).toContain('break=');
	expect(await page.evaluate(() => window.history.length)).toBe(history);
	await page.reload();
	await expect(said(page)).toBeVisible({ timeout: 40_000 });
	await expect.poll(() => place(page)).toBe(where);
	expect(await registers(page)).toEqual(shown);
	await expect(page.getByRole('list', { name: 'Breakpoints' })).toContainText('kernel_main');
});

test('GRUB, which nobody here wrote, boots, is typed to, pauses, and is found again by its address', async ({
	page
}) => {
	test.skip(!existsSync(GRUB), 'the GRUB image has not been fetched');
	await open(page);
	await drop(page, 'grub-i386-xen.bin', readFileSync(GRUB));
	await expect(page.getByRole('combobox', { name: 'Guest' })).toHaveValue(/^sha256:/, { timeout: 30_000 });
	await button(page, 'Run').click();
	await expect(page.getByRole('button', { name: /To the console/ })).toContainText('grub>', { timeout: 40_000 });
	await page.getByRole('main').focus();
	await page.keyboard.press('c');
	await expect(screen(page)).toContainText('grub>');
	await page.keyboard.type('ls\n');
	await expect(screen(page)).toContainText('(memdisk)', { timeout: 30_000 });
	// GRUB spins at its prompt; pausing works at once. Shift+Tab leaves the console.
	await page.keyboard.press('Shift+Tab');
	expect(await page.evaluate(() => document.activeElement?.closest('.xterm') ?? null)).toBeNull();
	await page.getByRole('main').focus();
	await page.keyboard.press('Space');
	await expect(said(page)).toHaveText('Paused.', { timeout: 5_000 });
	const [shown, where] = [await registers(page), await place(page)];
	expect(await address(page)).toContain('log=');
	await page.reload();
	await expect.poll(() => place(page), { timeout: 50_000 }).toBe(where);
	await expect(said(page)).toBeVisible();
	expect(await registers(page)).toEqual(shown);
	await page.keyboard.press('c');
	await expect(screen(page)).toContainText('(memdisk)');
	// A moment that the run needs hours for: the way there can be left, and where it stands is a moment like any other.
	await page.evaluate(
		() => (location.hash = location.hash.replace(/at=\d+/, 'at=900000000000').replace(/&event=\d+/, ''))
	);
	await page.getByRole('button', { name: 'Cancel' }).click({ timeout: 20_000 });
	await expect(said(page)).toHaveText(/^Paused/, { timeout: 5_000 });
	await press(page, 'One instruction on', /^Done/);
});

test('a file that is no guest is refused with the reason, and the run stays', async ({ page }) => {
	await open(page);
	await press(page, 'Next hypercall', /Hypercall/);
	const shown = await registers(page);
	const elf = (kind: number): Buffer => {
		const bytes = Buffer.alloc(64);
		bytes.set([0x7f, 0x45, 0x4c, 0x46, kind, 1, 1]);
		bytes.writeUInt16LE(2, 16);
		bytes.writeUInt16LE(kind === 2 ? 62 : 3, 18);
		bytes.writeUInt32LE(1, 20);
		bytes.writeUInt16LE(52, 40);
		return bytes;
	};
	const files: [name: string, bytes: Buffer, reason: RegExp][] = [
		['picture.png', Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1'), /picture\.png: .*ELF/],
		['wide.elf', elf(2), /wide\.elf: not a 32-bit ELF image/],
		['plain.elf', elf(1), /plain\.elf: /],
		['nothing.bin', Buffer.alloc(0), /nothing\.bin is empty/]
	];
	for (const [name, bytes, reason] of files) {
		await drop(page, name, bytes);
		await expect(alert(page)).toContainText(reason);
	}
	expect(await registers(page)).toEqual(shown);
	await page.getByLabel('Memory, MiB').fill('1e9');
	await button(page, 'Load').click();
	await expect(alert(page)).toContainText("'1e9' is not a whole number of MiB from 4 to 512");
	await page.getByLabel('Address, register or symbol').first().fill('0xzz');
	await button(page, 'Show').click();
	await expect(alert(page).last()).toContainText("'0xzz' is no address");
	await press(page, 'Next hypercall', /Hypercall/);
});

test('an address that cannot be followed says what is wrong and where', async ({ page }) => {
	await page.goto('debugger/#guest=pocket&at=five');
	await expect(alert(page)).toContainText("at: 'five' is not a number");
	await page.goto('debugger/#guest=nobody');
	await expect(alert(page)).toContainText("There is no guest 'nobody'");
	await page.goto(`debugger/#guest=sha256:${'0'.repeat(64)}`);
	await expect(alert(page)).toContainText('not in this browser');
	await button(page, 'Load').isEnabled();
	await page.goto('debugger/#guest=pocket&cmdline=run=hello&at=99999999999');
	await expect(alert(page)).toContainText('which this run does not have', { timeout: 40_000 });
	await press(page, 'Previous hypercall', /Hypercall/);
	// The link that skips to the content is no position.
	const where = await place(page);
	await page.evaluate(() => (location.hash = 'main'));
	await page.waitForTimeout(300);
	await expect(alert(page)).toHaveCount(0);
	expect(await place(page)).toBe(where);
});

test('axe finds nothing in the midst of a run, light', async ({ page }) => {
	await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
	await open(page);
	await page.keyboard.press('h');
	await expect(said(page)).toHaveText(/Hypercall/);
	await page.keyboard.press('b');
	await accessible(page);
});

test('axe finds nothing in the midst of a run as text, dark', async ({ page }) => {
	await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
	await open(page);
	await page.keyboard.press('f');
	await expect(said(page)).toHaveText(/#PF/);
	await button(page, 'All as text').click();
	await accessible(page);
});

test('fits a phone, and is walked by keyboard alone', async ({ page }) => {
	await page.setViewportSize({ width: 390, height: 844 });
	await open(page);
	await press(page, 'Next fault', /#PF/);
	await noSideScroll(page);
	// Every stop of the Tab key is in sight and shows that it has the focus; the console is left by Escape, Tab.
	await page.getByRole('listbox', { name: /Disassembly/ }).focus();
	for (let stops = 0; stops < 120; stops++) {
		const at = await page.evaluate(() => document.activeElement?.getAttribute('class') ?? '');
		if (at.includes('xterm-helper-textarea')) break;
		await page.keyboard.press('Tab');
	}
	await expect(page.locator('.xterm-helper-textarea')).toBeFocused();
	await page.keyboard.press('Escape');
	await page.keyboard.press('Tab');
	await expect(page.locator('.xterm-helper-textarea')).not.toBeFocused();
});
