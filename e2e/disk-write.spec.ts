/** One disk write followed back: from a byte on the disk, through domain 0's driver, to the process in another domain that asked for it. */
import { button, command, open, panel, press, said, taken } from './desk';
import { expect, test } from './site';

const WRITER = 'Domain 0, a disk, and a guest that reads it';

test('from a byte on the disk back through domain 0 to the process that wrote it', async ({ page }) => {
	await open(page);
	await page.getByRole('button', { name: /^What runs/ }).click();
	await button(page, WRITER).click();
	await expect(said(page)).toHaveText(/before the first instruction/, { timeout: 40_000 });
	await press(page, 'Run', /over/);
	const { bytes } = await taken(page, /Save the disk hda/);
	const at = bytes.indexOf('hello\n');
	expect(at).toBeGreaterThan(0);

	// The byte on the disk: which command, from which frame.
	await command(page, 'panel answers');
	const answers = panel(page, 'Answers');
	await answers.getByRole('combobox', { name: 'What' }).selectOption('disk');
	await answers.getByLabel('Sector').fill(String(Math.floor(at / 512)));
	await answers.getByLabel('From byte').fill(String(at % 512));
	await answers.getByRole('button', { name: 'Who wrote it?' }).click();
	await expect(answers).toContainText(/by a command to the disk/, { timeout: 40_000 });
	await expect(answers).toContainText(/DMA/);

	// Domain 0's driver gave that command, by a port; the piece that moved the byte came of it.
	await answers
		.getByRole('button', { name: /^Event [\d,]+$/ })
		.first()
		.click();
	await command(page, 'panel chosen event');
	const chosen = panel(page, 'Chosen event');
	await expect(chosen).toContainText(/disk.dma/);
	await chosen.getByRole('button', { name: /^Why/ }).click();
	await expect(chosen).toContainText(/disk.command/);
	await chosen.getByRole('button', { name: /^Why/ }).click();
	await expect(chosen).toContainText(/port.io/);
	await chosen.getByRole('button', { name: /^Why/ }).click();
	await expect(chosen).toContainText(/trap .*dom0/);

	// Who wrote the frame: the other domain's kernel, for a process of its own.
	await command(page, 'panel answers');
	await answers.getByRole('button', { name: /^Who wrote the 4 bytes at physical/ }).click();
	await expect(answers).toContainText(/at physical 0x[0-9a-f]+: last changed .* by the instruction at/, {
		timeout: 40_000
	});
	await answers.getByRole('button', { name: 'Just before it' }).click();
	await command(page, 'panel stack');
	const stack = panel(page, 'Stack');
	await expect(stack).toContainText('system_call', { timeout: 40_000 });
	await expect(stack).toContainText('program_write');
});
