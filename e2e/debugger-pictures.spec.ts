/** The pictures of the moment: each in a panel, by keyboard, in both themes, on a wide page and a narrow one. */
import type { Page } from '@playwright/test';
import { alert, open, panel, press } from './desk';
import { accessible, expect, noSideScroll, test } from './site';

/** Lays the panels out before the page is opened. */
const arrange = (page: Page, text: string) =>
	page.addInitScript((panels) => localStorage.setItem('ringside.debugger.panels', JSON.stringify(panels)), text);

const TWO = '#v=2&guest=pocket&cmdline=run%3Dfork&memory=32&guest2=pocket&cmdline2=run%3Dpipes&memory2=32&at=120000';

test('TLB, event channels and scheduler of two domains are chosen by keyboard', async ({ page }) => {
	await arrange(page, 'cols(33:tlb,33:channels,34:scheduler)');
	await open(page, TWO);
	const tlb = panel(page, 'TLB').getByRole('slider', { name: 'data 4K: sets and ways' });
	await tlb.focus();
	await page.keyboard.press('ArrowRight');
	await expect(tlb).toHaveAttribute('aria-valuetext', /^data 4K, set 1, way 0: /);
	const ports = panel(page, 'Event channels').getByRole('slider', { name: 'Ports of all domains' });
	await ports.focus();
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('ArrowDown');
	await expect(ports).toHaveAttribute('aria-valuetext', /^dom1 port 1: connected to port 2 of dom0\./);
	const scheduler = panel(page, 'Scheduler');
	await expect(scheduler).toContainText('dom1 v0');
	await expect(scheduler).toContainText('dom2 v0');
	const states = scheduler.getByRole('slider', { name: 'Runstates' });
	await states.focus();
	await page.keyboard.press('ArrowRight');
	await expect(states).toHaveAttribute('aria-valuetext', /^dom1 v0 (running|runnable|blocked|offline) for /);
	await accessible(page);
});

test('descriptors, grants and xenstore say what changed, and what there is not', async ({ page }) => {
	await arrange(page, 'cols(38:descriptors,31:grants,31:xenstore)');
	await page.emulateMedia({ colorScheme: 'dark' });
	await open(page, TWO);
	const tables = panel(page, 'Descriptor tables');
	await expect(tables).toContainText('LDTR is null');
	await tables.getByRole('table', { name: 'GDT' }).getByRole('button', { name: 'e021' }).click();
	await expect(tables.getByLabel('Bits of the chosen entry')).toContainText('the ring that it asks for');
	await expect(panel(page, 'Grant tables')).toContainText('the console ring');
	const store = panel(page, 'xenstore');
	await store.getByRole('searchbox').fill('pocket');
	await expect(store.getByRole('table', { name: 'Nodes' })).toContainText('name');
	await expect(store.getByRole('table', { name: 'Nodes' })).not.toContainText('memory');
	await accessible(page);
});

test('a frame is asked who maps it, from the walk and back to an address', async ({ page }) => {
	await arrange(page, 'cols(50:walk,50:mappers)');
	await open(page, '#guest=pocket&cmdline=run%3Dfork&memory=32&at=60000');
	const walk = panel(page, 'Page-table walk');
	const question = walk.getByRole('button', { name: /^Who maps frame / });
	const frame = /frame (\w+)\?/.exec(await question.innerText())![1];
	await question.click();
	const mappers = panel(page, 'Who maps this frame');
	await expect(mappers).toContainText(`Who maps frame ${frame}`);
	await mappers.getByRole('table').getByRole('button').first().click();
	const back = mappers.getByRole('button', { name: /^Walk / }).first();
	const address = (await back.innerText()).replace('Walk ', '');
	await back.click();
	await expect(walk).toContainText(address);
});

test('memory is shown as bytes, text and structures; a bad place is told where it is bad', async ({ page }) => {
	await arrange(page, 'cols(60:memory,40:code)');
	await open(page, '#guest=pocket&cmdline=run%3Dfork&memory=32&at=60000');
	const memory = panel(page, 'Memory');
	const where = memory.getByRole('textbox').first();
	await memory.getByRole('combobox', { name: 'Structures of the domains' }).selectOption('dom1/start_info');
	await expect(memory).toContainText("'xen-3.0-x86_32p'");
	await expect(memory).toContainText("'run=fork'");
	await memory.getByRole('combobox', { name: 'Show as' }).selectOption('text');
	await expect(memory).toContainText('run=fork');
	await memory.getByRole('combobox', { name: 'Show as' }).selectOption('hex');
	await where.fill('[esp + 4');
	await where.press('Enter');
	await expect(alert(page)).toContainText("expected ']', at character");
	await where.fill('[esp + 4]');
	await where.press('Enter');
	await expect(alert(page)).toHaveCount(0);
	await memory.getByRole('combobox', { name: 'Structures of the domains' }).selectOption('dom1/shared_info');
	await expect(memory).toContainText('marked from the next step on');
	await press(page, 'Next hypercall', /Hypercall/);
	await expect(memory).not.toContainText('marked from the next step on');
});

test('pictures fit a narrow page', async ({ page }) => {
	await page.setViewportSize({ width: 390, height: 844 });
	await arrange(page, 'tlb~descriptors~channels~grants~xenstore~scheduler~mappers~memory');
	await open(page, '#guest=pocket&cmdline=run%3Dfork&memory=32&at=60000');
	for (const id of ['tlb', 'descriptors', 'channels', 'grants', 'xenstore', 'scheduler', 'mappers', 'memory']) {
		await expect(page.locator(`#panel-${id} :is(svg, table)`).first()).toBeVisible();
		await noSideScroll(page);
		// The page's head stays in sight and covers what is scrolled below it.
		await page.evaluate(() => scrollTo(0, 0));
		if (id === 'scheduler') await accessible(page);
		await page.getByRole('button', { name: 'Next panel' }).click();
	}
});
