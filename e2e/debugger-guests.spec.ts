/** What the debugger runs: two domains at once, GRUB, and what cannot run. */
import { existsSync, readFileSync } from 'node:fs';
import { address, alert, breakpoint, button, give, open, place, press, registers, said, screen } from './desk';
import { expect, test } from './site';

const GRUB = new URL('../.cache/grub/grub-i386-xen.bin', import.meta.url);

test('two domains share the processor, each with its console, and an address brings both back', async ({ page }) => {
	await open(page);
	await page.getByRole('button', { name: /^What runs/ }).click();
	await button(page, 'Two kernels on one processor').click();
	await expect(said(page)).toHaveText(/before the first instruction/, { timeout: 40_000 });
	await press(page, 'Next context switch', /passes from dom1|passes from/);
	await press(page, 'Run', /over/);
	const consoles = page.getByRole('combobox', { name: 'Console of' });
	await expect(screen(page)).toContainText('pocket: up');
	await consoles.selectOption({ label: 'dom2' });
	await expect(screen(page)).toContainText('pocket: up');
	await press(page, 'Previous context switch', /passes/);
	const [shown, where] = [await registers(page), await place(page)];
	const url = await address(page);
	expect(url).toContain('guest2=pocket');
	await page.goto('about:blank');
	await page.goto(url);
	await expect.poll(() => place(page), { timeout: 40_000 }).toBe(where);
	await expect(said(page)).toBeVisible();
	expect(await registers(page)).toEqual(shown);
});

test('a domain is added by hand, and what cannot be is told', async ({ page }) => {
	await open(page);
	await page.getByRole('button', { name: /^What runs/ }).click();
	await button(page, 'Add a domain').click();
	await page.getByRole('group', { name: 'dom2' }).getByLabel('Memory, MiB').fill('1e9');
	await button(page, 'Load').click();
	await expect(alert(page)).toContainText("'1e9' is not a whole number of MiB from 4 to 512");
	await page.getByRole('group', { name: 'dom2' }).getByLabel('Memory, MiB').fill('16');
	await page.getByRole('group', { name: 'dom2' }).getByLabel('Guest').selectOption('hello');
	await button(page, 'Load').click();
	await expect(page.getByRole('button', { name: /^What runs/ })).toContainText('hello', { timeout: 40_000 });
	await press(page, 'Run', /over/);
});

test('a guest by WebAssembly records and says what it does by the interpreter', async ({ page }) => {
	const runs = page.getByRole('button', { name: /^What runs/ });
	const menu = page.getByRole('form', { name: 'What to run' });
	await open(page);
	const told: string[][] = [];
	for (const engine of ['interpreter', 'WebAssembly']) {
		if ((await menu.count()) === 0) await runs.click();
		await menu.getByLabel('Engine').selectOption(engine);
		await button(page, 'Load').click();
		await expect(menu).toBeHidden({ timeout: 40_000 });
		await press(page, 'Run', /over/);
		// The address ends with the number of the last event.
		told.push([await address(page), await screen(page).innerText(), ...(await registers(page))]);
		await runs.click();
		await expect(menu.getByText(/^Loaded now:/)).toContainText(engine);
	}
	expect(told[1]).toEqual(told[0]);
	await expect(menu.getByText(/which ran [1-9][\d,]{3,} instructions/)).toBeVisible();
	// It is remembered.
	await page.reload();
	await runs.click();
	await expect(menu.getByLabel('Engine')).toHaveValue('wasm');
});

test('a guest gets as many vcpus as one asks for: the registers name them, the address and the form keep them', async ({
	page
}) => {
	const runs = page.getByRole('button', { name: /^What runs/ });
	await open(page);
	await runs.click();
	const first = page.getByRole('group', { name: 'dom1' });
	await first.getByLabel('Command line').fill('run=smp');
	await first.getByLabel('Vcpus').fill('33');
	await button(page, 'Load').click();
	await expect(alert(page)).toContainText("'33' is not a whole number from 1 to 32");
	await first.getByLabel('Vcpus').fill('3');
	await button(page, 'Load').click();
	await expect(runs).toContainText('run=smp', { timeout: 40_000 });
	await breakpoint(page, 'sched_switch prev_dom=1 next_dom=1', 'to-event');
	await press(page, 'Run', /passes from dom1 \(vcpu \d\) to dom1 \(vcpu \d\)/);
	await expect(page.getByRole('heading', { name: /^Registers · .*, dom1 vcpu \d$/ })).toBeVisible();
	const url = await address(page);
	expect(url).toContain('vcpus=3');
	const where = await place(page);
	await page.goto('about:blank');
	await page.goto(url);
	await expect.poll(() => place(page), { timeout: 40_000 }).toBe(where);
	await runs.click();
	await expect(first.getByLabel('Vcpus')).toHaveValue('3');
});

test('GRUB, which nobody here wrote, boots, is typed to, pauses, and is found again by its address', async ({
	page
}) => {
	test.skip(!existsSync(GRUB), 'the GRUB image has not been fetched');
	await open(page);
	await give(page, 'grub-i386-xen.bin', readFileSync(GRUB));
	await expect(page.getByRole('button', { name: /^What runs/ })).toContainText('grub', { timeout: 30_000 });
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
