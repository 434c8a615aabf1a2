/** The debugger: both ways through a run, to whatever one looks for, and why it stopped. */
import { breakpoint, button, open, place, press, registers, screen, seek, said, alert, command } from './desk';
import { expect, test } from './site';

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
	await page.getByRole('tab', { name: 'Trap path' }).click();
	await expect(page.getByRole('region', { name: 'Trap path' })).toContainText('#PF');
	await press(page, 'Previous hypercall', /Hypercall/);
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

test('breakpoints stop the run both ways, and a watched write names its instruction', async ({ page }) => {
	await open(page);
	await breakpoint(page, 'no_such_name');
	await expect(alert(page)).toContainText('no_such_name');
	await breakpoint(page, 'kernel_mian');
	await expect(alert(page)).toContainText("did you mean 'kernel_main'?");
	await breakpoint(page, 'kernel_main');
	await press(page, 'Run', /Stopped at the breakpoint kernel_main/);
	const [there, where] = [await registers(page), await place(page)];
	await press(page, 'Next hypercall', /Hypercall/);
	await press(page, 'Run back', /Stopped at the breakpoint kernel_main/);
	expect(await registers(page)).toEqual(there);
	expect(await place(page)).toBe(where);
	// The word on the top of the stack was written by the call that led here.
	await press(page, 'Next hypercall', /Hypercall/);
	const called = await place(page);
	await seek(page, 'to-write', 'esp 4');
	await press(page, 'Back to the last one', /^Back: next is mov eax/);
	await press(page, 'One instruction back', /^Back: next is call/);
	expect(await place(page)).not.toBe(called);
});

test('source lines lead on and back to the same places', async ({ page }) => {
	await open(page);
	await seek(page, 'until', 'kernel_main');
	await press(page, 'On to the next one', /^Stopped there: next is push esi at kernel_main/);
	const begin = await place(page);
	await button(page, 'Next source line').click();
	await expect.poll(() => place(page)).not.toBe(begin);
	const line = await place(page);
	await button(page, 'Next source line').click();
	await expect.poll(() => place(page)).not.toBe(line);
	await button(page, 'Previous source line').click();
	await expect.poll(() => place(page)).toBe(line);
	await button(page, 'Previous source line').click();
	await expect.poll(() => place(page)).toBe(begin);
});

test('an event is looked for by a query, and a mistake in it is told', async ({ page }) => {
	await open(page, '#guest=pocket&cmdline=run%3Dptwrite');
	await seek(page, 'to-event', 'hypercall nam=x');
	await button(page, 'On to the next one').click();
	await expect(alert(page)).toContainText("no field 'nam'; did you mean 'name'?");
	await seek(page, 'to-event', 'mmu_update');
	await press(page, 'On to the next one', /Stopped at event \d+\. Hypercall mmu_update/);
	const first = await place(page);
	await press(page, 'On to the next one', /Stopped at event \d+\. Hypercall mmu_update/);
	await expect.poll(() => place(page)).not.toBe(first);
	await press(page, 'Back to the last one', /Back at event \d+\. Hypercall mmu_update/);
	await expect.poll(() => place(page)).toBe(first);
});

test('the palette finds commands and places by some of their letters', async ({ page }) => {
	await open(page);
	await command(page, 'nh');
	await expect(said(page)).toHaveText(/Hypercall/);
	await command(page, 'panel tlb');
	await expect(page.getByRole('tab', { name: 'TLB' })).toHaveAttribute('aria-selected', 'true');
	await command(page, 'kernel_main');
	await expect(said(page)).toHaveText(/Stopped there|over/);
	await page.keyboard.press('Control+k');
	await page.keyboard.type('zzzz');
	await expect(page.getByText('No command is called so')).toBeVisible();
	await page.getByRole('combobox', { name: /^Command/ }).fill('nxet hypercal');
	await expect(page.getByText('Did you mean next hypercall?')).toBeVisible();
	await page.keyboard.press('Enter');
	await expect(page.locator('#palette-list').getByRole('option', { selected: true })).toContainText('Next hypercall');
	await page.keyboard.press('Escape');
	// Single keys can be switched off; those with Ctrl and function keys stay.
	await page.getByRole('main').focus();
	await page.keyboard.press('?');
	await page.getByRole('dialog').getByRole('checkbox').uncheck();
	await page.keyboard.press('Escape');
	const where = await place(page);
	await page.keyboard.press('h');
	await page.waitForTimeout(300);
	expect(await place(page)).toBe(where);
	await command(page, 'to the start');
	await expect(said(page)).toHaveText(/before the first instruction/);
});
