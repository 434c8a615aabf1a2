/** Disks, domain 0 and the toolstack in the debugger: given to a machine, written to, saved, and governed while it runs. */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { address, button, command, give, open, panel, place, press, said, taken } from './desk';
import { accessible, expect, test } from './site';

const DISK = readFileSync(new URL('../src/guests/disks/files.img', import.meta.url));
const WRITER = 'Domain 0, a disk, and a guest that reads it';
const runs = (page: Page) => page.getByRole('button', { name: /^What runs/ });
const group = (page: Page, name: string) => page.getByRole('group', { name, exact: true });

test('a guest writes to a disk that domain 0 serves: the disk is saved as it is then, and the address brings it back', async ({
	page
}) => {
	await open(page);
	await runs(page).click();
	await button(page, WRITER).click();
	await expect(said(page)).toHaveText(/before the first instruction/, { timeout: 40_000 });
	const untouched = await taken(page, /Save the disk hda/);
	expect(untouched.bytes.equals(DISK)).toBe(true);
	await press(page, 'Run', /over/);
	await button(page, 'File').click();
	await expect(group(page, 'File').getByRole('button', { name: /Save the disk hda/ })).toContainText(
		/256 KiB as at this moment; \d+ sectors are not as the image has them/
	);
	await accessible(page);
	await page.keyboard.press('Escape');
	const { name, bytes } = await taken(page, /Save the disk hda/);
	expect(name).toMatch(/-hda\.img$/);
	expect(bytes.length).toBe(DISK.length);
	expect([DISK.includes('hello\n'), bytes.includes('hello\n')]).toEqual([false, true]);
	const [lba, offset] = [Math.floor(bytes.indexOf('hello\n') / 512), bytes.indexOf('hello\n') % 512];
	const [url, where] = [await address(page), await place(page)];
	// Who wrote that: the command, by DMA from a frame; and who wrote the frame, one step further.
	await command(page, 'panel answers');
	const answers = panel(page, 'Answers');
	await answers.getByRole('combobox', { name: 'What' }).selectOption('disk');
	await answers.getByLabel('Sector').fill(String(lba));
	await answers.getByLabel('From byte').fill(String(offset));
	await answers.getByRole('button', { name: 'Who wrote it?' }).click();
	await expect(answers).toContainText(/last changed at instruction .* by a command to the disk/, { timeout: 40_000 });
	await answers.getByRole('button', { name: /^Who wrote the 4 bytes at physical/ }).click();
	await expect(answers).toContainText(/at physical 0x[0-9a-f]+: last changed at instruction .* by the instruction at/, {
		timeout: 40_000
	});
	expect(url).toMatch(/guest0=pocket-io.*disk=files/);
	await page.goto('about:blank');
	await page.goto(url);
	await expect.poll(() => place(page), { timeout: 40_000 }).toBe(where);
});

test('a disk is dropped like a kernel, told by its bytes, and a saved run holds it', async ({ page }) => {
	await open(page);
	const own = Buffer.from(DISK);
	own.write('mine', 1024 + 120);
	await give(page, 'own.img', own);
	const hda = group(page, 'hda');
	await expect(hda).toContainText('256 KiB, ext2, named mines');
	await expect(hda.getByLabel('Disk')).toHaveValue(/^sha256:/);
	await hda.getByLabel('Changes').selectOption({ label: 'refused (read-only)' });
	await group(page, 'Domain 0').getByLabel('Guest').selectOption('pocket-io');
	await group(page, 'Domain 0').getByLabel('Command line').fill('run=sh ls / ; cat /readme');
	await accessible(page);
	await button(page, 'Leave out dom1').click();
	await button(page, 'Load').click();
	await expect(runs(page)).toContainText('pocket-io', { timeout: 40_000 });
	await press(page, 'Run', /over/);
	const where = await place(page);
	const saved = await taken(page, /Save the run/);
	await page.evaluate(() => indexedDB.deleteDatabase('ringside-images'));
	await page.goto('about:blank');
	await open(page);
	await give(page, saved.name, saved.bytes);
	await expect.poll(() => place(page), { timeout: 40_000 }).toBe(where);
	const disk = await taken(page, /Save the disk hda/);
	expect(disk.bytes.equals(own)).toBe(true);
});

test('domains are paused, let go and destroyed from their table, by keyboard too, and each command is in the log', async ({
	page
}) => {
	await open(page, '#guest=pocket&cmdline=run%3Dspin');
	await command(page, 'panel domains');
	const domains = panel(page, 'Domains');
	const row = domains.getByRole('row', { name: /^pocket/ });
	await expect(row).toContainText('------');
	await domains.getByRole('button', { name: 'Pause', exact: true }).click();
	await expect(said(page)).toHaveText(/xl pause 1: done/, { timeout: 40_000 });
	await expect(row).toContainText('--p---');
	await expect(domains.getByRole('button', { name: 'Pause', exact: true })).toBeDisabled();
	const line = domains.getByLabel('xl', { exact: true });
	await line.fill('list');
	await line.press('Enter');
	await expect(domains.getByLabel('What xl printed')).toContainText(/pocket +1 +32 +1 +--p--- +\d+\.\d/);
	await accessible(page);
	await line.press('ArrowUp');
	await expect(line).toHaveValue('list');
	await line.fill('unpause pocket');
	await line.press('Enter');
	await expect(said(page)).toHaveText(/xl unpause pocket: done/);
	// Each domain's console stands beside xl: the command shows it, and leaves the shell as it is.
	const console = page.getByRole('region', { name: 'Console' });
	const whose = console.getByRole('combobox', { name: /^Console of/ });
	await whose.selectOption('Xen’s log');
	await line.fill('console pocket');
	await line.press('Enter');
	await expect(whose).toHaveValue('1');
	await expect(console.getByRole('textbox', { name: /^Console of dom1/ })).toBeFocused();
	await expect(domains.getByLabel('What xl printed')).not.toContainText('# console');
	await expect(row).not.toContainText('p---');
	// In the past the same domain is destroyed instead: that is another future.
	await press(page, 'Run back', /beginning/);
	await expect(domains.getByLabel('What xl printed')).not.toContainText('# list');
	await domains.getByRole('button', { name: 'Destroy', exact: true }).click();
	await expect(said(page)).toHaveText(/xl destroy 1: done|over/, { timeout: 40_000 });
	await expect(row).toContainText('gone');
	await expect(domains.getByLabel('What xl printed')).toContainText('# destroy 1');
});

test('requests of three domains stand in the order in which they came and in that of service, and lead to the commands', async ({
	page
}) => {
	test.setTimeout(120_000);
	const guests = [1, 2, 3].map((dom) => {
		const n = dom > 1 ? String(dom) : '';
		const run = encodeURIComponent('run=sh await 1000 diskload xvda read 4 6 12 random');
		return `guest${n}=pocket-io&memory${n}=8&cmdline${n}=${run}&vbd${n}=${encodeURIComponent(`/dev/hda:${(dom - 1) * 4096}+4096`)}`;
	});
	await open(page, `#guest0=pocket-io&cmdline0=run%3Dserve&${guests.join('&')}&disk=;12288`);
	await press(page, 'Run', /over/);
	await command(page, 'panel disks');
	const order = panel(page, 'Disk commands').getByRole('region', { name: 'Before and after reordering' });
	const table = order.getByRole('table', { name: 'Requests in the order in which they came' });
	await expect(table.getByRole('row')).toHaveCount(1 + 3 * 12);
	const [came, served] = await order.locator('figcaption').allInnerTexts();
	const sectors = (text: string): number => Number(/([\d,]+) sectors/.exec(text)?.[1].replaceAll(',', ''));
	expect(sectors(served)).toBeLessThan(sectors(came));
	await expect(order.locator('svg text', { hasText: 'dom3' })).toHaveCount(2);
	await table.getByRole('button').first().focus();
	await page.keyboard.press('ArrowDown');
	await command(page, 'panel chosen event');
	await expect(panel(page, 'Chosen event')).toContainText(/READ.DMA/);
	await command(page, 'panel disks');
	await order.getByRole('button', { name: /as text/ }).click();
	await expect(order.getByRole('listitem')).toHaveCount(1 + 3 * 12);
	await expect(order).toContainText('for dom2');
});

test('a datagram\u2019s way is shown from guest to guest and onto the wire; who wrote a byte of it leads back', async ({
	page
}) => {
	const guests = [
		'guest=pocket-io&cmdline=run%3Dudpecho%207%201&vif=1',
		'guest2=pocket-io&cmdline2=run%3Dudpsend%2010.0.0.1%207%20hello&vif2=1'
	];
	await open(page, `#guest0=pocket-io&cmdline0=run%3Dserve&cards=1&${guests.join('&')}`);
	await press(page, 'Run', /over/);
	await command(page, 'panel ways of packets');
	const ways = panel(page, 'Ways of packets');
	const list = ways.getByRole('list', { name: 'Packets, the oldest first' });
	const chosen = list.getByRole('button', { pressed: true });
	await expect(chosen).toContainText('UDP 10.0.0.1:7 \u2192 10.0.0.2:49153, 47 bytes');
	const way = ways.getByRole('list', { name: /^The way of/ });
	await expect(way).toContainText('Xen copies 47 bytes from a page of dom0 to one of dom2');
	await expect(ways).toContainText(/checksum\s*0x[0-9a-f]{4}, right/);
	await accessible(page);
	// By keyboard to the question that all have heard; a step of its way is an event.
	await chosen.focus();
	await page.keyboard.press('ArrowUp');
	await page.keyboard.press('ArrowUp');
	await page.keyboard.press('ArrowUp');
	await expect(list.getByRole('button', { pressed: true })).toContainText('dom2 \u2192 dom1, wire');
	await way.getByRole('button', { name: /begins to send 60 bytes/ }).click();
	await expect(panel(page, 'Chosen event')).toContainText(/frame.sent/);
	// Its bytes on the wire: from the card to the memory of domain 0, and from there on.
	await command(page, 'panel answers');
	const answers = panel(page, 'Answers');
	await answers.getByRole('combobox', { name: 'What' }).selectOption('wire');
	await answers.getByRole('textbox', { name: 'Frame on the wire' }).fill('2');
	await answers.getByLabel('From byte').fill('28');
	await answers.getByRole('button', { name: 'Who wrote it?' }).click();
	await expect(answers).toContainText(/of frame 2 on the wire: .* by the card 0/, { timeout: 40_000 });
	await answers.getByRole('button', { name: /^Who wrote the 4 bytes at physical/ }).click();
	await expect(answers).toContainText(/at physical 0x[0-9a-f]+: last changed .* by the (instruction|hypervisor)/, {
		timeout: 40_000
	});
});
