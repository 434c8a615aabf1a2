/** A learner’s walk through each lesson, and what holds for the page of any. */
import { gzipSync } from 'node:zlib';
import type { Locator, Page } from '@playwright/test';
import { focused, live, pictures, reading, seqOf, settled } from './reader';
import { accessible, expect, LESSONS, noSideScroll, openLesson, SAMPLE, stepsOf, test } from './site';

/** How each exercise is solved as it is posed first: what is typed into which field. */
const SOLUTIONS: Record<string, Record<string, string>[]> = {
	'01-four-rings': [{ 'The instruction': 'smsw ebx' }],
	'02-asking-the-hypervisor': [{ EBX: '7' }, { 'ptr: where': '0x1350e8', 'As a number': '0x13b061' }],
	'03-one-page-table-write': [{ 'As a number': '0x138065' }],
	'04-events-instead-of-interrupts': [
		{ 'evtchn_mask[0]: the mask bits of ports 0 to 31': '0x10' },
		{ 'EBX: the operation': '4', 'The port, in memory at ECX': '4' }
	],
	'05-sharing-a-page': [{ 'flags: what is permitted': '1' }],
	'06-a-ring-for-two': [{ 'sector_number: the first sector on the disk': '120' }, { rsp_event: '8' }],
	'07-one-disk-write': [{ 'sector_number: first sector on dom1’s disk': '328' }],
	'08-a-packets-journey': [{ 'ip.src: the sender’s address in the packet': '0x0a000003' }]
};

/** JavaScript that a lesson may load before the learner asks for more, KiB gzipped. */
const BUDGET = 168;

/** Scripts that a page has loaded so far, KiB gzipped. */
function scriptsOf(page: Page): () => Promise<number> {
	const scripts = new Map<string, Promise<Buffer>>();
	page.on('response', (response) => {
		if (response.url().endsWith('.js')) scripts.set(response.url(), response.body());
	});
	return async () => {
		let bytes = 0;
		for (const body of scripts.values()) bytes += gzipSync(await body).length;
		return bytes / 1024;
	};
}

/** Opens a lesson, and tells when its first picture moved, in ms of the page. */
async function openAndTime(page: Page, slug: string): Promise<number> {
	await page.goto(`lessons/${slug}/`);
	const picture = await page.waitForFunction(
		() => (document.querySelector('.score .line') ? performance.now() : 0),
		null,
		{ polling: 'raf' }
	);
	await expect(page.locator('main.ready')).toBeVisible({ timeout: 30_000 });
	await expect(page.locator('.views .view section').first()).toBeVisible();
	return Math.round(await picture.jsonValue());
}

/** Commits to the first answer of each prediction of a step; the reader is led to what is said of it. Gives how many there were. */
async function predictAll(page: Page, step: number): Promise<number> {
	const form = page.locator(`#step-${step} form.predict`);
	const asked = await form.count();
	if (asked === 0) return 0;
	await form.getByRole('radio').first().check();
	await form.getByRole('button', { name: 'Commit and run' }).press('Enter');
	await focused(page, `#step-${step} form.predict [role=status]`);
	await expect(form.getByText('what happened', { exact: true })).toHaveCount(1);
	await expect(form.getByRole('status')).toContainText(/Yes\.|No\./);
	return asked;
}

/** Asks each why of a step: the stage stays where it is, goes there when told to, and comes back. Gives how many there are. */
async function askWhys(page: Page, step: number): Promise<number> {
	const home = await seqOf(page);
	const whys = await page.locator(`#step-${step} .why`).all();
	for (const why of whys) {
		await why.getByRole('button').first().click();
		expect(await seqOf(page)).toBe(home);
		const lead = why.getByRole('button', { name: 'See it on the stage' });
		if ((await lead.count()) === 0) continue;
		await lead.click();
		await expect.poll(() => seqOf(page)).not.toBe(home);
		await expect(why.getByText('The stage has gone there.')).toBeVisible();
		const back = why.getByRole('button', { name: 'Back to this step’s moment' });
		await expect(back).toBeFocused();
		await back.click();
		await expect.poll(() => seqOf(page)).toBe(home);
		await expect(lead).toBeFocused();
	}
	return whys.length;
}

/** Goes to the first event of a step's prose that lies elsewhere, back by the button, there again and back by the key; whether there is one. */
async function followWord(page: Page, step: number): Promise<boolean> {
	const home = await seqOf(page);
	const words = page.locator(`#step-${step} .body > p button.xen, #step-${step} .body > p button.kernel`);
	for (const word of await words.all()) {
		await word.click();
		if ((await seqOf(page)) === home) continue;
		await expect(word).toHaveAttribute('aria-current', 'true');
		await expect(word).toBeFocused();
		await expect(page.getByText('The stage shows another moment.')).toBeVisible();
		await page.locator('article').getByRole('button', { name: 'Back to this step’s moment' }).click();
		await expect.poll(() => seqOf(page)).toBe(home);
		await expect(word).toBeFocused();
		await word.click();
		await page.keyboard.press('Backspace');
		await expect.poll(() => seqOf(page)).toBe(home);
		await expect(page.getByText('The stage shows another moment.')).toBeHidden();
		return true;
	}
	return false;
}

/** Events are stepped: every picture keeps its place, and says something. */
async function stepAround(page: Page, keys: readonly string[]): Promise<void> {
	const shown = await pictures(page).count();
	for (const key of keys) {
		await page.keyboard.press(key);
		await settled(page);
		await expect(pictures(page).locator('section.card')).toHaveCount(shown);
		for (const picture of await pictures(page).allInnerTexts()) expect(picture.length).toBeGreaterThan(20);
	}
}

/** Where a step shows what Xen asked, there are questions, or it is said that there were none. */
async function questionsOrNone(page: Page): Promise<void> {
	const asked = page.getByRole('region', { name: 'Xen asks', exact: true });
	if ((await asked.count()) === 0) return;
	const list = asked.getByRole('group', { name: 'Questions' });
	await expect(list.or(asked.getByText('This call asked nothing.'))).toBeVisible();
}

/** Solves the exercises of a step, after what stands there at the start has not. */
async function solveAll(section: Locator, solutions: Record<string, string>[]): Promise<void> {
	for (const exercise of await section.getByRole('region', { name: 'Exercise' }).all()) {
		const run = exercise.getByRole('button', { name: 'Run it' });
		const verdict = exercise.getByRole('status');
		await run.click();
		await expect(verdict).toContainText(/Not yet\.|Type a number/);
		for (const [label, text] of Object.entries(solutions.shift()!))
			await exercise.getByRole('textbox', { name: label, exact: true }).fill(text);
		await run.click();
		await expect(verdict).toContainText('Solved.');
	}
}

/** Answers each recall question at the end of a lesson; gives the addresses of the moments that show it. */
async function recallAll(page: Page): Promise<Set<string>> {
	const recall = page.getByRole('region', { name: 'What stays' });
	await expect(recall.getByRole('heading', { name: 'What stays' })).toBeVisible();
	const links = new Set<string>();
	const forms = await recall.locator('form').all();
	expect(forms.length).toBeGreaterThanOrEqual(2);
	for (const form of forms) {
		await form.getByRole('radio').first().check();
		await form.getByRole('button', { name: 'Answer' }).press('Enter');
		await expect(form.getByRole('status')).toContainText(/^(Yes\. |No\. Behind this answer stands a belief: )\S/);
		await expect(form.getByRole('status')).toContainText(/Asked again on \w+/);
		const link = form.getByRole('link', { name: 'See the moment that shows it' });
		await expect(link).toBeFocused();
		links.add((await link.getAttribute('href'))!);
	}
	return links;
}

/** Of the figures of a lesson whose steps are all open: those in cycles are marked as modelled, and no other is one. */
async function cyclesAreModelled(page: Page): Promise<void> {
	await expect(page.locator('.transport .modelled')).toContainText('cycle');
	const counted = await page
		.locator('.fact.counted')
		.evaluateAll((facts) => facts.map((fact) => `${fact.textContent} ${fact.nextSibling?.textContent?.trim() ?? ''}`));
	for (const text of counted) expect(text).not.toMatch(/^\S+ cycles?\b/);
	for (const name of await page.locator('.fact .modelled').allTextContents())
		expect(name).toContain(', modelled: Pentium 4 Xeon, 2.4 GHz');
}

/** From a step's moment to what lies around it and back; further in the lessons that stand for all. */
const AROUND = [',', '.', '.'];
const FURTHER = [',', ',', ',', '.', '.', '.', '.', '.', '.'];

for (const lesson of LESSONS) {
	const { slug, title } = lesson;
	test.describe(title, () => {
		// One walk, so that the lesson is opened once: what fails names its part.
		test('is walked from the first step to the solved exercise and what stays', async ({ page }, info) => {
			test.setTimeout(240_000);
			const kib = scriptsOf(page);
			const [opened, after] = await test.step('loads little JavaScript, and shows a moving picture soon', async () => {
				const after = await openAndTime(page, slug);
				const opened = await kib();
				expect(opened).toBeLessThanOrEqual(BUDGET);
				return [opened, after];
			});
			const steps = await stepsOf(page);
			expect(steps).toBeGreaterThan(1);
			const solutions = [...SOLUTIONS[slug]];
			let [predicted, whys, followed] = [0, 0, false];
			for (let step = 1; step <= steps; step++)
				await test.step(`step ${step}`, async () => {
					const section = page.locator(`#step-${step}`);
					await reading(page, step);
					predicted += await predictAll(page, step);
					for (const fact of await section.locator('.fact').all()) await expect(fact).not.toHaveText(/…|NaN/);
					await expect(page.locator('.views .view section').first()).toBeVisible();
					await settled(page);
					await questionsOrNone(page);
					whys += await askWhys(page, step);
					followed ||= await followWord(page, step);
					await stepAround(page, SAMPLE.includes(lesson) ? FURTHER : AROUND);
					await solveAll(section, solutions);
					if (step === steps) return;
					await section.getByRole('link', { name: 'Next step' }).press('Enter');
					await focused(page, `#step-${step + 1} h2 a`);
				});
			const said = `${slug}: ${opened.toFixed(1)} KiB of JavaScript (gzip), ${(await kib()).toFixed(1)} in the whole walk; first moving picture after ${after} ms`;
			info.annotations.push({ type: 'measured', description: said });
			console.log(said);
			expect(predicted).toBeGreaterThan(1);
			expect(whys).toBeGreaterThan(0);
			expect(followed).toBe(true);
			expect(solutions).toEqual([]);
			await expect(page.locator('.whose')).toBeVisible();
			await test.step('every figure in cycles is told from those that are counted', () => cyclesAreModelled(page));
			await test.step('each answer to its recall questions leads to the moment that shows it', async () => {
				const links = await recallAll(page);
				await settled(page);
				await accessible(page);
				for (const link of links) {
					await page.goto(`lessons/${slug}/${link.slice(link.indexOf('#'))}`);
					await expect(page.getByRole('alert')).toHaveCount(0);
					await settled(page);
					await expect(page.locator('.prose section.here')).toHaveCount(1);
				}
			});
			await page.goto('lessons/');
			await expect(page.getByText(`${steps} of ${steps} steps · exercise solved`)).toBeVisible();
		});

		test('turns like pages on a phone, in the dark, to an exercise that can be used; nothing is clipped, and axe finds nothing', async ({
			page
		}) => {
			await page.setViewportSize({ width: 390, height: 844 });
			await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
			await openLesson(page, slug);
			const steps = await stepsOf(page);
			for (let step = 1; step <= steps; step++) {
				await expect(page.locator(`#step-${step}`)).toBeVisible();
				await expect(page.locator('.views:not(.waiting)')).toBeVisible();
				for (const exercise of await page.locator(`#step-${step}`).getByRole('region', { name: 'Exercise' }).all()) {
					await exercise.getByRole('button', { name: 'A hint' }).click();
					await exercise.getByRole('button', { name: 'Run it' }).click();
					await expect(exercise.getByRole('status')).toContainText(/Not yet\.|Type a number/);
				}
				await noSideScroll(page);
				if (step < steps) await page.getByRole('button', { name: 'Next step', exact: true }).click();
			}
			// Pictures that wait for the machine are faint.
			await expect(page.locator('.views:not(.waiting)')).toHaveCSS('opacity', '1');
			// From the top: what has been scrolled halfway below the bar of steps is a small target only there.
			await page.evaluate(() => scrollTo(0, 0));
			await accessible(page);
		});
	});
}

for (const { slug, title } of SAMPLE)
	test(`${title} can be walked with the keyboard and read as text`, async ({ page }) => {
		await page.emulateMedia({ reducedMotion: 'reduce' });
		await openLesson(page, slug);
		await expect(live(page)).toContainText('Step 1');
		await page.keyboard.press('t');
		await expect(page.getByRole('list', { name: 'The score, as text' })).toBeVisible();
		await page.keyboard.press('n');
		await expect(live(page)).toContainText('Step 2');
		await page.keyboard.press('.');
		const one = await live(page).textContent();
		await page.keyboard.press('.');
		await expect(live(page)).not.toHaveText(one ?? '');
		await page.keyboard.press(',');
		await expect(live(page)).toHaveText(one ?? '');
		await page.keyboard.press('h');
		await expect(live(page)).toContainText('Hypercall');
		await page.keyboard.press('[');
		await expect(live(page)).not.toHaveText('');
		await page.keyboard.press(' ');
		await expect(page.getByRole('button', { name: 'Play to the next step’s moment' })).toBeVisible();
	});

test('a lesson opens at a step by its address', async ({ page }) => {
	await openLesson(page, LESSONS[0].slug, '#step-3');
	await reading(page, 3);
	await expect(page.locator('#step-3 .body')).toBeVisible();
	await expect(page.locator('#step-2 .body')).toBeHidden();
});

test('nothing tells the answer before the learner has predicted, or asked to be told', async ({ page }) => {
	await openLesson(page, '03-one-page-table-write', '#step-4');
	const step = page.locator('#step-4');
	const answer = step.getByText('Nothing was written: an entry is written whole, or not at all.');
	await expect(step.getByRole('button', { name: 'Commit and run' })).toBeVisible();
	await expect(answer).toBeHidden();
	await expect(page.locator('.score')).not.toContainText('no');
	await step.getByRole('button', { name: 'Tell me without' }).press('Enter');
	await focused(page, '#step-4 form.predict [role=status]');
	await expect(answer).toBeVisible();
	await expect(step.getByRole('status')).toContainText('A frame has one type at a time.');
	await expect(page.locator('.score')).toContainText('type compatible: no');
});

test('the space bar chooses the answer that has the focus, and plays only where nothing takes it', async ({ page }) => {
	await openLesson(page, '04-events-instead-of-interrupts');
	const answer = page.locator('#step-1').getByRole('radio').nth(1);
	await answer.press('Space');
	await expect(answer).toBeChecked();
	await expect(page.getByRole('button', { name: 'Stop' })).toHaveCount(0);
	await expect(page.locator('#step-1 a[aria-current=step]')).toBeVisible();
});
