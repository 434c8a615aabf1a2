/** Runs and traces in files: saved and opened again, exported and opened as traces of elsewhere, and what cannot be opened. */
import { alert, button, command, give, open, panel, place, press, registers, said, tab, taken } from './desk';
import { accessible, expect, test } from './site';

test('a run is saved and opened again: moment, registers, breakpoints, notes', async ({ page }) => {
	await open(page, '#guest=pocket&cmdline=run%3Dptwrite&stops=check+refused');
	await press(page, 'Run', /Stopped at the breakpoint check refused/);
	await command(page, 'write a note');
	await page.getByLabel(/^Note on/).fill('refused here');
	const [shown, where] = [await registers(page), await place(page)];
	const { name, bytes } = await taken(page, /Save the run/);
	expect(name).toBe('pocket.ringside');
	await page.goto('about:blank');
	await open(page);
	await give(page, name, bytes);
	await expect.poll(() => place(page), { timeout: 40_000 }).toBe(where);
	expect(await registers(page)).toEqual(shown);
	await command(page, 'panel bookmarks');
	await expect(page.getByLabel(/^Note on/)).toHaveValue('refused here');
	await press(page, 'Run back', /beginning|Stopped at the breakpoint/);
	await press(page, 'Run', /Stopped at the breakpoint check refused/);
	expect(await registers(page)).toEqual(shown);
});

test('exports are opened as traces without a machine, and say so', async ({ page }) => {
	await open(page, '#guest=pocket&cmdline=run%3Dptwrite');
	await press(page, 'Run', /over/);
	const files = [await taken(page, /Export: xentrace/), await taken(page, /Export: JSON lines/)];
	const perfetto = await taken(page, /Export: Perfetto/);
	expect(JSON.parse(perfetto.bytes.toString())).toHaveProperty('traceEvents');
	for (const { name, bytes } of files) {
		await give(page, name, bytes);
		await expect(said(page)).toHaveText(/No machine stands behind this trace/, { timeout: 20_000 });
		await expect(said(page)).toContainText(name);
		await expect(panel(page, 'Events').getByRole('option').first()).toBeVisible();
		// The panels that need a machine make room.
		await expect(tab(page, 'Registers')).toHaveCount(0);
		expect((await panel(page, 'Events').boundingBox())!.width).toBeGreaterThan(1300);
		await expect(button(page, 'Run')).toBeDisabled();
		await page.getByRole('listbox', { name: /Events/ }).focus();
		await expect(panel(page, 'Events').locator('[aria-posinset="1"]')).toBeInViewport();
		await page.keyboard.press('End');
		await expect(page.getByRole('region', { name: 'Chosen event' })).toContainText('cycle');
		await accessible(page);
	}
	// A run can be loaded again.
	await page.getByRole('button', { name: /^What runs/ }).click();
	await button(page, 'pocket: fork').click();
	await expect(said(page)).toHaveText(/before the first instruction/, { timeout: 40_000 });
	await expect(tab(page, 'Registers')).toBeVisible();
});

test('damaged and foreign files are told, and the run stays', async ({ page }) => {
	await open(page);
	await press(page, 'Next hypercall', /Hypercall/);
	const shown = await registers(page);
	const { bytes } = await taken(page, /Save the run/);
	const changed = Buffer.from(bytes);
	changed[bytes.length >> 1] ^= 0x40;
	const elf = (kind: number): Buffer => {
		const header = Buffer.alloc(64);
		header.set([0x7f, 0x45, 0x4c, 0x46, kind, 1, 1]);
		header.writeUInt16LE(2, 16);
		header.writeUInt16LE(kind === 2 ? 62 : 3, 18);
		header.writeUInt32LE(1, 20);
		header.writeUInt16LE(52, 40);
		return header;
	};
	const files: [name: string, bytes: Buffer, reason: RegExp][] = [
		['cut.ringside', bytes.subarray(0, bytes.length - 20), /cut\.ringside: .*(cut off|missing)/],
		['changed.ringside', changed, /changed\.ringside: /],
		['hello.ringside', Buffer.from('hello'), /hello\.ringside: this is no trace/],
		['half.jsonl', Buffer.from('{"seq":0,"cycle":'), /half\.jsonl: /],
		['picture.png', Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1'), /picture\.png: .*ELF/],
		['wide.elf', elf(2), /not a 32-bit ELF image/],
		['plain.elf', elf(1), /\S/],
		['nothing.bin', Buffer.alloc(0), /nothing\.bin is empty/]
	];
	for (const [name, content, reason] of files) {
		await give(page, name, content);
		await expect(alert(page)).toContainText(reason, { timeout: 20_000 });
		await button(page, 'Dismiss').click();
	}
	expect(await registers(page)).toEqual(shown);
	await press(page, 'Next hypercall', /Hypercall/);
});
