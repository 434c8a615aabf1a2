/**
 * Text from outside is never markup: file names, symbols, what a guest writes, notes, queries, addresses, progress files. Each way in is given
 * elements and handlers that would show; what is found is text. A page that ran them, or tried, would fail by its policy as well (site.ts).
 */
import { readFileSync } from 'node:fs';
import { test as unwatched, type Page } from '@playwright/test';
import { emptyPosition, encodePosition } from '../src/debugger/position';
import { alert, breakpoint, button, command, give, open, press, said, taken } from './desk';
import { expect, LESSONS, openLesson, PAGES, test } from './site';

const [{ slug }] = LESSONS;

/** Elements that would stand in the page, and handlers that would tell. */
const MARKUP =
	'<img src="data:," id="injected" onerror="window.__injected=1"><svg id="injected" onload="window.__injected=1">';
/** A file's name may not hold a slash everywhere. */
const NAME = '<img src=x id=injected onerror=window.__injected=1>';

/** What must not be in a page. */
const MARKS = '#injected, #j, [onerror], [onload], [onclick], a[href^="javascript:" i], iframe[srcdoc]';

/** Nothing of it became an element, ran, or became an address that runs. */
async function inert(page: Page): Promise<void> {
	const found = await page.evaluate(
		(marks) => ({ elements: document.querySelectorAll(marks).length, ran: '__injected' in window }),
		MARKS
	);
	expect(found).toEqual({ elements: 0, ran: false });
}

/** The page listens. */
const started = (page: Page): Promise<void> => expect(page.locator('html[data-started]')).toBeAttached();

/** An image of ours with other texts in it, each as long as the one that it stands for. */
function imageWith(texts: Readonly<Record<string, string>>): Buffer {
	let image = readFileSync('src/guests/images/hello.elf', 'latin1');
	for (const [from, to] of Object.entries(texts)) {
		expect(image, from).toContain(from);
		image = image.replaceAll(from, to.padEnd(from.length, '.'));
		expect(to.length).toBeLessThanOrEqual(from.length);
	}
	return Buffer.from(image, 'latin1');
}

/** A symbol's name is short. */
const SYMBOL = '<b id=j>x';
const GREETING = '<b id=injected>Hey</b>, in ring ';
const HOSTILE = imageWith({ hypercall_page: SYMBOL, VIRT_BASE: SYMBOL, 'I am a kernel, and I run in ring ': GREETING });

unwatched('each would be found: as markup it makes an element', async ({ page }) => {
	await page.goto('lessons/');
	for (const text of [MARKUP, NAME, SYMBOL, GREETING]) {
		const found = await page.evaluate(
			([markup, marks]) => new DOMParser().parseFromString(markup, 'text/html').querySelectorAll(marks).length,
			[text, MARKS] as const
		);
		expect(found).toBeGreaterThan(0);
	}
});

test('an image’s name, its symbols, and what its guest writes on the console and into xenstore', async ({ page }) => {
	await open(page);
	await give(page, `${NAME}.elf`, HOSTILE);
	await expect(page.getByRole('button', { name: /^What runs/ })).toContainText(NAME, { timeout: 40_000 });
	await press(page, 'Run', /over|waits|ended/);
	await expect(page.locator('.xterm-rows')).toContainText(GREETING.trim());
	await expect(page.locator('.status .console')).toBeVisible();
	for (const name of ['code', 'stack', 'xenstore', 'memory', 'breakpoints', 'frames', 'descriptors', 'change']) {
		await command(page, `panel ${name}`);
		await inert(page);
	}
	// In the hypercall page, whose symbol it is: SCHEDOP, the 29th of 32 bytes each.
	await breakpoint(page, '0xc00003a0');
	await press(page, 'Run back', /./);
	await expect(page.getByText(SYMBOL).filter({ visible: true }).first()).toBeVisible();
	await inert(page);
	await page.getByRole('button', { name: 'All as text' }).click();
	await inert(page);
	expect(await page.title()).not.toContain('undefined');
});

test('a saved run with all of that, and notes and breakpoints of its own', async ({ page }) => {
	await open(page);
	await give(page, `${NAME}.elf`, HOSTILE);
	await expect(page.getByRole('button', { name: /^What runs/ })).toContainText(NAME, { timeout: 40_000 });
	await press(page, 'Run', /over|waits|ended/);
	await command(page, 'write a note');
	await page.getByLabel(/^Note on/).fill(MARKUP);
	await inert(page);
	const { bytes } = await taken(page, /Save the run/);
	await page.goto('about:blank');
	await open(page);
	await give(page, `${NAME}.ringside`, bytes);
	await command(page, 'panel bookmarks');
	await expect(page.getByLabel(/^Note on/)).toHaveValue(MARKUP, { timeout: 40_000 });
	await inert(page);
	await page.getByRole('button', { name: 'All as text' }).click();
	await inert(page);
});

test('a position: command line, notes, breakpoints, labels, query, panels', async ({ page }) => {
	const position = {
		...emptyPosition(),
		domains: [{ image: 'hello', cmdline: MARKUP, memoryMiB: 8 }],
		icount: 4000,
		stops: [{ text: 'check refused', label: MARKUP, enabled: true }],
		marks: [{ icount: 3000, seq: 5, cycle: 9000, timeline: 0, note: MARKUP }],
		query: `hypercall name=${NAME}`,
		panels: MARKUP
	} as unknown as Parameters<typeof encodePosition>[0];
	await page.goto(`debugger/#${encodePosition(position)}`);
	await expect(said(page)).toBeVisible({ timeout: 40_000 });
	await expect(page.getByRole('button', { name: /^What runs/ })).toContainText('<img src="data:,"');
	await inert(page);
	for (const name of ['bookmarks', 'breakpoints', 'events']) {
		await command(page, `panel ${name}`);
		await inert(page);
	}
	await command(page, 'panel bookmarks');
	await expect(page.getByLabel(/^Note on/).first()).toHaveValue(MARKUP);
	if (await alert(page).isVisible()) await button(page, 'Dismiss').click();
	await page.getByRole('button', { name: 'All as text' }).click();
	await inert(page);
});

test('addresses that cannot be followed are quoted as text', async ({ page }) => {
	for (const hash of [
		NAME,
		`guest=${encodeURIComponent(NAME)}`,
		`at=${encodeURIComponent(NAME)}`,
		`stops=${encodeURIComponent(NAME)}`,
		`lesson=${encodeURIComponent(NAME)}`
	]) {
		await page.goto('about:blank');
		await page.goto(`debugger/#${hash}`);
		await expect(
			page
				.getByText(
					/Choose what runs and press Load|before the first instruction|There is no|is left out|cannot be followed/
				)
				.first()
		).toBeVisible({ timeout: 40_000 });
		await inert(page);
	}
});

test('queries, places and conditions that are typed', async ({ page }) => {
	await open(page);
	const box = page
		.getByRole('textbox', { name: /query/i })
		.or(page.getByRole('combobox', { name: /query|events/i }))
		.first();
	for (const text of [MARKUP, `hypercall name=${NAME}`, `count(${NAME})`]) {
		await box.fill(text);
		await box.press('Enter');
		await inert(page);
	}
	await page.getByRole('form', { name: 'Go to' }).locator('input').fill(NAME);
	await button(page, 'Breakpoint').click();
	await expect(alert(page).first()).toBeVisible();
	await inert(page);
});

test('files that are no run and no trace, by their names and what stands in them', async ({ page }) => {
	await open(page);
	const line = { seq: 0, cycle: 1, icount: 0, dom: 1, vcpu: 0, ring: 1, kind: NAME, cause: -1 };
	const call = {
		...line,
		kind: 'hypercall',
		name: MARKUP,
		op: null,
		op_name: MARKUP,
		args: [0, 0, 0, 0, 0],
		result: 0,
		end: 0,
		cycles: 1,
		nr: 1,
		nr_name: MARKUP
	};
	const files: [string, string][] = [
		[`${NAME}.jsonl`, JSON.stringify(line)],
		[`${NAME}.jsonl`, JSON.stringify(call)],
		[`${NAME}.ringside`, MARKUP],
		[`${NAME}.xentrace`, MARKUP],
		[`${NAME}.txt`, MARKUP]
	];
	for (const [name, content] of files) {
		await give(page, name, Buffer.from(content));
		await expect(
			alert(page)
				.or(said(page).filter({ hasText: NAME }))
				.first()
		).toContainText(NAME, { timeout: 20_000 });
		await inert(page);
	}
});

test('whatever the address of any page asks', async ({ page }) => {
	test.setTimeout(180_000);
	const asked = encodeURIComponent(MARKUP);
	const search = ['', 'profile=', 'costs=', 'q=', 'title=', 'v='].map((name) => `${name}${asked}`).join('&');
	for (const path of PAGES)
		await test.step(`/${path}`, async () => {
			await page.goto(`${path}?${search}#${asked}`);
			await started(page);
			await page.waitForTimeout(600);
			await inert(page);
		});
});

test('a moment that a lesson has not is quoted', async ({ page }) => {
	await openLesson(page, slug, `#moment-${encodeURIComponent(NAME)}`);
	await expect(page.getByRole('alert')).toContainText('no moment');
	await inert(page);
});

test('an embed is asked for what it has not, by address and by message', async ({ page }) => {
	const asked = encodeURIComponent(MARKUP);
	for (const search of [
		`?embed&step=${asked}&show=${asked}`,
		`?embed&moment=${asked}`,
		`?embed&theme=${asked}&event=${asked}`
	]) {
		await page.goto(`lessons/${slug}/${search}`);
		await expect(page.locator('main.embed, [role=alert]').first()).toBeVisible({ timeout: 30_000 });
		await inert(page);
	}
	await page.evaluate((markup) => {
		for (const told of [
			{ ringside: 1, do: markup },
			{ ringside: 1, do: 'go', moment: markup, id: markup },
			{ ringside: 1, do: 'show', pictures: [markup] },
			{ ringside: 1, do: 'theme', theme: markup }
		])
			window.postMessage(told, '*');
	}, MARKUP);
	await page.waitForTimeout(500);
	await inert(page);
});

test('an assignment says its title and due text as they are', async ({ page }) => {
	const asked = encodeURIComponent(MARKUP);
	await page.goto(`assignment/?title=${asked}&due=${asked}&${LESSONS[0].slug}=steps&${asked}=steps`);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText(MARKUP);
	await inert(page);
});

test('progress files: their names, and every text in them', async ({ page }) => {
	const at = '2026-01-31T12:00:00.000Z';
	const file = (name: string) => ({
		name: `${NAME}.json`,
		mimeType: 'application/json',
		buffer: Buffer.from(
			JSON.stringify({
				ringside: 2,
				name,
				exported: at,
				assignment: { title: MARKUP, tasks: MARKUP },
				lessons: {
					[NAME]: { seen: [1], at: 1, solved: [MARKUP.slice(0, 90)] },
					[LESSONS[0].slug]: {
						seen: [1, 2],
						solved: [NAME],
						predicted: { [NAME]: 1 },
						attempts: [{ kind: 'exercise', id: NAME, at, answer: { [NAME]: MARKUP }, right: false }],
						recall: [{ id: NAME, at, answer: NAME, right: false }]
					}
				}
			})
		)
	});
	await page.goto('lessons/');
	await started(page);
	await page.getByLabel('Bring back').setInputFiles(file(MARKUP));
	await expect(page.getByText(/Your progress is back|Nothing was changed/)).toBeVisible();
	await inert(page);
	await page.getByLabel('Bring back').setInputFiles({ ...file(''), buffer: Buffer.from(MARKUP) });
	await expect(page.getByText(/Nothing was changed/)).toContainText(NAME);
	await inert(page);
	await openLesson(page, LESSONS[0].slug);
	await inert(page);
	await page.goto('class/');
	await started(page);
	await page
		.getByLabel('Choose files')
		.setInputFiles([file(MARKUP), { ...file(''), name: `${NAME}2.json`, buffer: Buffer.from(MARKUP) }]);
	await expect(page.getByText(MARKUP).filter({ visible: true }).first()).toBeVisible();
	await inert(page);
});
