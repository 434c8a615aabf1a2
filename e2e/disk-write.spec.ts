/** One disk write followed back: from a byte on the disk, through domain 0's driver, to the process in another domain that asked for it. */
import { button, command, open, panel, press, said, taken } from './desk';
import { expect, test } from './site';

const WRITER = 'Domain 0, a disk, and a guest that reads it';

test('from a byte on the disk back through domain 0 to the process that wrote it, and forward to the answer', async ({
	page
}) => {
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
	await answers.getByLabel('What', { exact: true }).selectOption('disk');
	await answers.getByLabel('Sector').fill(String(Math.floor(at / 512)));
	await answers.getByLabel('From byte').fill(String(at % 512));
	await answers.getByRole('button', { name: 'Who wrote it?' }).click();
	await expect(answers).toContainText(/by a command to the disk/, { timeout: 40_000 });
	await expect(answers).toContainText(/DMA/);

	// Domain 0's driver gave that command, by a port.
	await answers
		.getByRole('button', { name: /^Event [\d,]+$/ })
		.first()
		.click();
	const chosen = panel(page, 'Chosen event');
	await expect(chosen).toContainText('disk dma');
	await chosen.getByRole('button', { name: /^Why/ }).click();
	await expect(chosen).toContainText('disk command');
	await chosen.getByRole('button', { name: /^Why/ }).click();
	await expect(chosen).toContainText('dom0');

	// Who wrote the frame: the other domain's kernel, for a process of its own.
	await command(page, 'panel answers');
	await answers
		.getByRole('button', { name: /^Who wrote/ })
		.last()
		.click();
	await expect(answers).toContainText(/by the instruction|by instruction/, { timeout: 40_000 });
	await answers.getByRole('button', { name: 'Just before it' }).click();
	await expect(said(page)).toBeVisible();
	await command(page, 'panel stack');
	await expect(panel(page, 'Stack')).toContainText('system_call', { timeout: 40_000 });
	await expect(panel(page, 'Stack')).toContainText('program_write');
});
