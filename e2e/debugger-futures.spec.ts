/** The past is changed: a refused page-table update, who wrote the entry, another future, and the two side by side. */
import { address, alert, breakpoint, button, command, open, panel, place, press, registers, said, tab } from './desk';
import { accessible, expect, test } from './site';

test('a refused update is stopped at, asked about, changed, and the futures are compared', async ({ page }) => {
	await open(page, '#guest=pocket&cmdline=run%3Dptwrite');
	// Break on a refused page-table update.
	await breakpoint(page, 'hypercall name=mmu_update refused', 'to-event');
	await press(
		page,
		'Run',
		/Stopped at the breakpoint hypercall name=mmu_update refused\. Event \d+: Hypercall mmu_update/
	);
	await press(page, 'Run', /over/);
	await press(page, 'Run back', /Stopped at the breakpoint .* refused with -EBUSY/);
	await tab(page, 'Decisions').click();
	const decisions = await panel(page, 'Decisions').innerText();
	const pointer = Number(/pointer (0x[0-9a-f]+)/.exec(decisions)![1]);
	const [table, entry] = [(pointer >>> 12).toString(16), String((pointer & 0xfff) >>> 3)];
	// Step back into the guest: to the call, and to the instruction before.
	await press(page, 'One instruction back', /^Back: next is native 82/);
	await press(page, 'One instruction back', /^Back: next is int 0x82 at hypercall_page/);
	await expect(panel(page, 'Code')).toContainText('ring 1');
	const [shown, where] = [await registers(page), await place(page)];
	// Who wrote the entry?
	await command(page, 'panel answers');
	const answers = panel(page, 'Answers');
	await answers.getByRole('combobox', { name: 'What' }).selectOption('pte');
	await answers.getByLabel('Frame, hexadecimal').fill(table);
	await answers.getByLabel('Entry number').fill(entry);
	await answers.getByRole('button', { name: 'Who wrote it?' }).click();
	await expect(answers).toContainText(`Entry ${entry} of the page table in frame 0x${table}: last changed`, {
		timeout: 20_000
	});
	await expect(answers).toContainText(/by the hypervisor/);
	// The decision leads to the lines that asked.
	await answers
		.getByRole('button', { name: /lines of the hypervisor that ask/ })
		.last()
		.click();
	await expect(answers.getByLabel('Source of the question')).toContainText(/ask\(\s*CHECK\./);
	await expect(answers).toContainText(/src\/hypervisor\/[\w/-]+\.ts:\d+/);
	// Asking moves nothing.
	expect(await registers(page)).toEqual(shown);
	expect(await place(page)).toBe(where);
	// Change it: the entry maps nothing any more.
	await command(page, 'panel change');
	const change = panel(page, 'Change');
	await change.getByRole('combobox', { name: 'Change', exact: true }).selectOption('pte');
	await change.getByLabel('Frame of the table').fill(table);
	await change.getByLabel('Entry number').fill(entry);
	await change.getByLabel('New entry').fill('0');
	await button(page, 'Change it here, and see').click();
	await expect(said(page)).toHaveText(/^Changed: entry .* This is a future of its own/);
	const future = page.getByRole('combobox', { name: 'Future' });
	await expect(future.locator('option')).toHaveCount(2);
	await page.getByRole('tab', { name: 'Decisions' }).click();
	await press(page, 'Run', /over|Stopped at the breakpoint/);
	if (!/over/.test(await said(page).innerText())) await press(page, 'Run', /over/);
	// Both futures, aligned, with the first difference marked.
	await page.getByRole('group', { name: 'Arrangements' }).getByRole('button', { name: 'Compare' }).click();
	await expect(panel(page, 'Compare')).toContainText(/first difference|differ/i, { timeout: 20_000 });
	await accessible(page);
	await expect(alert(page)).toHaveCount(0);
	// The old future is as it was.
	await future.selectOption({ index: 0 });
	await expect(said(page)).toHaveText(/^In the future first/);
	await press(page, 'Run', /Stopped at the breakpoint .* refused with -EBUSY/);
	// An address has both futures.
	const url = await address(page);
	expect(url).toMatch(/futures=|z=/);
	const there = await place(page);
	await page.goto('about:blank');
	await page.goto(url);
	await expect.poll(() => place(page), { timeout: 40_000 }).toBe(there);
	await expect(future.locator('option')).toHaveCount(2);
});

test('a change that cannot be made is refused with the reason, and nothing moves', async ({ page }) => {
	await open(page, '#guest=pocket&cmdline=run%3Dptwrite');
	await press(page, 'Next hypercall', /Hypercall/);
	const where = await place(page);
	await command(page, 'panel change');
	const change = panel(page, 'Change');
	await change.getByRole('combobox', { name: 'Change', exact: true }).selectOption('pte');
	await change.getByLabel('Frame of the table').fill('ffffff');
	await change.getByLabel('Entry number').fill('9');
	await change.getByLabel('New entry').fill('0');
	await button(page, 'Change it here, and see').click();
	await expect(change.getByRole('alert')).toContainText(/\S/);
	expect(await place(page)).toBe(where);
	await expect(page.getByRole('combobox', { name: 'Future' })).toHaveCount(0);
});

test('each answer in Decisions can be overruled: that very one, a no as well as a yes', async ({ page }) => {
	await open(page, '#guest=pocket&cmdline=run%3Dptwrite&stops=hypercall+name%3Dmmu_update+refused');
	await press(page, 'Run', /Stopped at the breakpoint hypercall name=mmu_update refused/);
	await tab(page, 'Decisions').click();
	const decisions = panel(page, 'Decisions');
	const no = decisions.locator('li.no').last();
	const question = (await no.locator('.q').innerText()).replace(/^✗\s*/, '').replace(/\s+No\.$/, '');
	const call = await decisions.locator('.outcome').innerText();
	expect(call).toContain('−');
	await no.getByRole('button', { name: `Overrule this answer: ${question}` }).click();
	await expect(said(page)).toHaveText(new RegExp(`Overruled: ‘.*’ is taken as answered yes`), { timeout: 20_000 });
	const future = page.getByRole('combobox', { name: 'Future', exact: true });
	await expect(future).toHaveValue('1');
	await expect(decisions.locator('li', { hasText: 'overruled by hand' })).toHaveCount(1);
	await expect(decisions.locator('li', { hasText: 'overruled by hand' })).toContainText(question);
	await expect(panel(page, 'Events').getByRole('option', { selected: true })).toContainText('as if it were yes');
	// In the first future the same call was answered as before; there a yes is overruled.
	await future.selectOption('0');
	await expect(future).toBeEnabled();
	await press(page, 'Run', /Stopped at the breakpoint|over/);
	await press(page, 'To the start', /before the first instruction/);
	await press(page, 'Run', /Stopped at the breakpoint/);
	const yes = decisions.locator('li:not(.no)').first();
	await yes.getByRole('button', { name: /^Overrule this answer/ }).click();
	await expect(said(page)).toHaveText(/is taken as answered no/, { timeout: 20_000 });
	await expect(future).toHaveValue('2');
	await expect(decisions.locator('li', { hasText: 'overruled by hand' })).toHaveCount(1);
	await accessible(page);
	// Both futures come back out of the address.
	await expect(page).toHaveURL(/futures=|z=/);
	await page.reload();
	await expect(future).toHaveValue('2', { timeout: 40_000 });
});

test('a question to overrule is chosen by how it is put', async ({ page }) => {
	await open(page, '#guest=pocket&cmdline=run%3Dptwrite&stops=hypercall+name%3Dmmu_update+refused');
	await press(page, 'Run', /Stopped at the breakpoint/);
	await command(page, 'panel change');
	const change = panel(page, 'Change');
	await change.getByRole('combobox', { name: /^Change/ }).selectOption({ label: 'Overrule a check' });
	const options = change.getByRole('combobox', { name: /^Question/ }).locator('option');
	const texts = await options.allInnerTexts();
	expect(texts.length).toBeGreaterThan(40);
	expect(texts.slice(1).filter((text) => !/ /.test(text) || /^[a-z0-9_ ]+$/.test(text))).toEqual([]);
	await expect(change.locator('optgroup').first()).toHaveAttribute('label', 'Asked near the chosen event');
	await change.getByRole('button', { name: 'Change it here, and see' }).click();
	await expect(change.getByRole('alert')).toContainText('Choose the question');
	await change.getByRole('combobox', { name: /^Question/ }).selectOption({ index: 1 });
	await expect(change.getByRole('alert')).toHaveCount(0);
});

test('a bookmark leads back to the future it was made in, also out of an address', async ({ page }) => {
	await open(page, '#guest=pocket&cmdline=run%3Dptwrite');
	await press(page, 'Next hypercall', /Hypercall/);
	await press(page, 'Next hypercall', /Hypercall/);
	await press(page, 'Previous hypercall', /Hypercall/);
	// Another future from here on; the mark is of a moment that only this one has.
	await command(page, 'panel change');
	const change = panel(page, 'Change');
	await change.getByLabel('New value').fill('0x12345');
	await change.getByRole('button', { name: 'Change it here, and see' }).click();
	await expect(said(page)).toContainText('This is a future of its own', { timeout: 20_000 });
	await press(page, 'One instruction on', /^Done/);
	await page.getByRole('main').focus();
	await page.keyboard.press('m');
	const [marked, where] = [await registers(page), await place(page)];
	const future = page.getByRole('combobox', { name: 'Future', exact: true });
	await expect(future).toHaveValue('1');
	await future.selectOption('0');
	await expect(future).toBeEnabled();
	await press(page, 'To the start', /before the first instruction/);
	await command(page, 'panel bookmarks');
	const mark = panel(page, 'Bookmarks').getByRole('button', { name: /^Instruction .* in ‘1: / });
	await mark.click();
	await expect.poll(() => place(page)).toBe(where);
	await expect(future).toHaveValue('1');
	expect(await registers(page)).toEqual(marked);
	// The same out of the address; making all futures again says so, and how far it is.
	await future.selectOption('0');
	await expect(future).toBeEnabled();
	await press(page, 'To the start', /before the first instruction/);
	await expect(page).toHaveURL(/marks=/);
	await expect(page).toHaveURL(/panels=[^&]*bookmarks/);
	await expect(page).not.toHaveURL(/timeline=1/);
	await page.reload();
	await expect(mark).toBeEnabled({ timeout: 40_000 });
	await expect(future).toHaveValue('0');
	await mark.click();
	await expect.poll(() => place(page)).toBe(where);
	await expect(future).toHaveValue('1');
	expect(await registers(page)).toEqual(marked);
});

test('futures that are made again for an address say how far that is, and can be called off', async ({ page }) => {
	const futures = Array.from({ length: 60 }, () => ({
		parent: 0,
		icount: 5,
		seq: 59,
		entry: { icount: 5, seq: 59, change: { kind: 'skip_flush', times: 1 } },
		later: [],
		until: 3_400_000
	}));
	const address =
		'debugger/#v=2&guest=pocket&cmdline=run%3Dspin&at=5&until=3400000&panels=compare' +
		`&futures=${encodeURIComponent(JSON.stringify(futures))}`;
	await page.goto(address);
	const status = page.locator('.status');
	await expect(status).toContainText(/Making the futures of this address again: \d+ %/, { timeout: 20_000 });
	await expect(panel(page, 'Compare')).toContainText(/Making the futures of this address again: \d+ %/);
	await panel(page, 'Compare').getByRole('button', { name: 'Cancel' }).click();
	await expect(status).toContainText('Nothing is loaded', { timeout: 20_000 });
	await expect(panel(page, 'Compare')).toContainText('Nothing is loaded');
});
