/** Many domains in the debugger: put into the launcher as one row, told apart in the score, and found again by the address. */
import { decodePosition } from '../src/debugger/position';
import { button, open, panel, place, press, said } from './desk';
import { accessible, expect, test } from './site';

test('thirty-two domains are one row of the launcher, some have staves of their own, and the address brings all back', async ({
	page
}) => {
	test.setTimeout(240_000);
	await open(page);
	await page.getByRole('button', { name: /^What runs/ }).click();
	const row = page.getByRole('group', { name: 'dom1', exact: true });
	await row.getByLabel('Memory, MiB').fill('4');
	await row.getByLabel('Command line').fill('run=hello');
	await row.getByLabel('How many').fill('32');
	await expect(page.getByRole('group', { name: 'dom1 to dom32', exact: true })).toBeVisible();
	await button(page, 'Load').click();
	await expect(page.getByRole('button', { name: /^What runs.*32 × pocket run=hello/ })).toBeVisible({
		timeout: 60_000
	});
	await expect(said(page)).toHaveText(/before the first instruction/, { timeout: 60_000 });
	await press(page, 'Run', /over/);
	const score = panel(page, 'Score');
	const names = score.locator('text.name');
	await expect(names.filter({ hasText: /others/ })).toHaveCount(2);
	expect(await names.count()).toBeLessThan(20);
	// By keyboard: dom1 gives its staves to dom20.
	await score.getByRole('button', { name: 'Which domains' }).press('Enter');
	const which = page.getByRole('group', { name: 'Which domains' });
	await which.getByRole('checkbox', { name: 'dom1', exact: true }).press('Space');
	await which.getByRole('checkbox', { name: 'dom20', exact: true }).press('Space');
	await accessible(page);
	await page.keyboard.press('Escape');
	await expect(score.getByRole('button', { name: 'Which domains' })).toBeFocused();
	await expect(names.filter({ hasText: 'dom20' })).toHaveCount(2);
	await expect(names.filter({ hasText: /dom1( |$)/ })).toHaveCount(0);
	// So many fields are deflated in the address.
	const where = await place(page);
	const standing = Number(/instruction ([\d,]+)/.exec(where)![1].replaceAll(',', ''));
	const addressed = () => decodePosition(new URL(page.url()).hash.slice(1));
	await expect.poll(addressed).toMatchObject({ icount: standing });
	const url = page.url();
	expect(url).toContain('#z=');
	await page.goto('about:blank');
	await page.goto(url);
	await expect.poll(() => place(page), { timeout: 60_000 }).toBe(where);
});
