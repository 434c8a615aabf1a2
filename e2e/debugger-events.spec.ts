/** The debugger's events: chosen, filtered, asked for with completion, gone to. */
import { button, open, panel, press, said } from './desk';
import { expect, test } from './site';

test('events: chosen by keyboard, filtered, asked for, and gone to', async ({ page }) => {
	await open(page);
	await press(page, 'Next fault', /#PF/);
	const list = page.getByRole('listbox', { name: /Events/ });
	const detail = page.getByRole('region', { name: 'Chosen event' });
	const before = await detail.innerText();
	await list.focus();
	await page.keyboard.press('ArrowUp');
	await expect(detail).not.toHaveText(before);
	const shown = panel(page, 'Events').getByText(/^[\d,]+ of [\d,]+$/);
	const all = await shown.innerText();
	await button(page, 'decisions').click();
	await expect(shown).not.toHaveText(all);
	await page.keyboard.press('/');
	const box = page.getByRole('textbox', { name: 'Query over the events' });
	await expect(box).toBeFocused();
	await page.keyboard.type('hypercall na');
	await expect(page.getByRole('option', { name: /^name/ })).toBeVisible();
	// Suggestions are taken only once they have stood for a moment.
	await page.waitForTimeout(200);
	await page.keyboard.press('Enter');
	await expect(box).toHaveText('hypercall name=');
	await page.keyboard.type('mmu_update');
	await page.keyboard.press('Escape');
	await page.keyboard.press('Enter');
	const found = page.locator('.query .count');
	await expect(found).toHaveText(/^\d+\s+results?$/);
	await expect(list.getByRole('option').first()).toContainText('mmu_update');
	await button(page, 'Next result').click();
	await expect(found).toHaveText(/^\d+ of \d+\s+results?$/);
	await list.focus();
	await page.keyboard.press('Home');
	await page.keyboard.press('Enter');
	await expect(said(page)).toHaveText(/^At event \d+\. Hypercall mmu_update/);
	await box.fill('hypercall nam=x');
	await button(page, 'Find').click();
	await expect(page.getByRole('alert').filter({ hasText: "no field 'nam'" })).toBeVisible();
});
