/** The debugger's events: chosen, filtered, asked for with completion, gone to. */
import { button, open, panel, press, said } from './desk';
import { expect, test } from './site';

test('events: chosen by keyboard, filtered, asked for, and gone to', async ({ page }) => {
	await open(page);
	await press(page, 'Next fault', /#PF/);
	const list = page.getByRole('listbox', { name: /Events/ });
	const detail = page.getByRole('region', { name: 'Chosen event' });
	// Buttons read as words.
	await expect(detail.getByRole('button', { name: /^Why: event \d+$/ })).toBeVisible();
	await expect(detail.getByRole('button', { name: /^(Effect: event \d+|No effect recorded)$/ })).toBeVisible();
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
	// A word that is whole asks; what is offered for it is in nobody's way.
	await page.keyboard.type('mmu_update');
	await page.keyboard.press('Enter');
	await expect(page.locator('.cm-tooltip')).toHaveCount(0);
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
	const problem = page.getByRole('alert').filter({ hasText: "no field 'nam'; did you mean 'name'?" });
	await expect(problem).toBeVisible();
	await box.fill('hypercall name=mmu_updat');
	await expect(problem).toHaveCount(0);
	await button(page, 'Find').click();
	await expect(page.getByRole('alert')).toHaveText(/'mmu_updat'; did you mean 'mmu_update'\?|is called 'mmu_updat'/);
});

test('before the guest has run, what lists events says that it is too early', async ({ page }) => {
	await open(page);
	const box = page.getByRole('textbox', { name: 'Query over the events' });
	await box.fill('hypercall');
	await button(page, 'Find').click();
	await expect(panel(page, 'Events')).toContainText('Nothing recorded yet that matches');
	await press(page, 'Next hypercall', /Hypercall/);
	await expect(page.locator('.query .count')).toHaveText(/^1 of 1\s+result$/);
	await box.fill('shutdown');
	await button(page, 'Find').click();
	await expect(panel(page, 'Events')).toContainText(/No event matches, of \d+ recorded so far\./);
});

test('facts are asked in the same box, with completion, and keep up with the run', async ({ page }) => {
	await open(page, '#guest=pocket&cmdline=run%3Dptwrite');
	await page.keyboard.press('/');
	const box = page.getByRole('textbox', { name: 'Query over the events' });
	await expect(box).toBeFocused();
	await page.keyboard.type('coun');
	await expect(page.getByRole('option', { name: /^count/ })).toBeVisible();
	await page.waitForTimeout(200);
	await page.keyboard.press('Enter');
	await expect(box).toHaveText('count(');
	await page.keyboard.type('hyperc');
	await expect(page.getByRole('option', { name: /^hypercall/ }).first()).toBeVisible();
	await page.waitForTimeout(200);
	await page.keyboard.press('Enter');
	await expect(box).toHaveText('count(hypercall');
	await page.keyboard.type(')');
	await page.keyboard.press('Enter');
	const value = page.locator('.query .count');
	await expect(value).toHaveText(/^= 0, of \d+ events$/);
	await press(page, 'Next hypercall', /Hypercall/);
	await expect(value).toHaveText(/^= 1, of \d+ events$/);
	await press(page, 'Run', /over/);
	await expect(value).toHaveText(/^= \d\d+, of [\d,]+ events$/);
	// The list stays that of the kinds, and the fact stands in the address.
	await expect(page.getByRole('group', { name: 'Kinds shown' })).toBeVisible();
	await expect(page).toHaveURL(/query=count\(hypercall/);
	const asked: [text: string, answer: RegExp][] = [
		['cycles(hypercall #1)', /^= [\d,]+, of/],
		['max(arg1, hypercall)', /^= [\d,]+ = 0x[0-9a-f]+, of/],
		['ratio(count(check refused), count(check))', /^= 0\.\d+, of/]
	];
	for (const [text, answer] of asked) {
		await box.fill(text);
		await button(page, 'Find').click();
		await expect(value).toHaveText(answer);
	}
	const wrong: [text: string, problem: string][] = [
		['cuont(hypercall)', "did you mean 'count'?"],
		['count(hypercal)', "did you mean 'hypercall'?"],
		['max(agr1, hypercall)', "did you mean 'arg1'?"],
		['cycles(xen_crash)', 'No event matches.'],
		['count(hypercall', "Expected ')' to close 'count('"]
	];
	for (const [text, problem] of wrong) {
		await box.fill(text);
		await button(page, 'Find').click();
		await expect(page.getByRole('alert')).toContainText(problem);
		await expect(value).toHaveCount(0);
	}
});

for (const [width, height] of [
	[1440, 900],
	[390, 844]
])
	test(`completion covers no results, ${width} wide`, async ({ page }) => {
		await page.setViewportSize({ width, height });
		await open(page, '#guest=pocket&cmdline=run%3Dptwrite&panels=events~breakpoints');
		await page.keyboard.press('/');
		const box = page.getByRole('textbox', { name: 'Query over the events' });
		await expect(box).toBeFocused();
		for (const text of ['h', 'hypercall ', 'hypercall name=', 'hypercall name=mmu_update refused ']) {
			await box.fill(text);
			await page.keyboard.press('Control+Space');
			const offered = page.locator('.cm-tooltip-autocomplete');
			await expect(offered).toBeVisible();
			const [list, field] = [(await offered.boundingBox())!, (await box.boundingBox())!];
			expect(list.y + list.height).toBeLessThanOrEqual(field.y + 8);
			expect(list.y).toBeGreaterThanOrEqual(0);
			expect(list.height).toBeGreaterThan(24);
			await page.keyboard.press('Escape');
		}
	});
